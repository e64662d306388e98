"""Answers to a batch of new orders: which leg got which (`ws-v2.md` §9.7, `rest.md` §4.3).

How WS v2 shows a leg that failed alone is UNCONFIRMED; an `error` in its
place is read, as REST documents it. Whatever can't be attributed stays
unattributed: nobody may take such a leg for refused.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Raw

from app.domain.text import clean
from app.protocol.checks import Checked


class LegAnswer(Checked, frozen=True):
    """What the venue says of one leg.

    Attributes:
        order_id: The new order; empty if there is none.
        cl_ord_id: Echo of the client's id; empty if not echoed.
        error: Why this leg failed; empty if it did not.
    """

    order_id: str = ""
    cl_ord_id: str = ""
    error: str = ""


class _Leg(msgspec.Struct, frozen=True):
    order_id: str = ""
    txid: str | tuple[str, ...] = ""
    cl_ord_id: str = ""
    error: str | tuple[str, ...] | None = None


class _RestLegs(msgspec.Struct, frozen=True):
    orders: tuple[Raw, ...]


_ws_legs = msgspec.json.Decoder(tuple[Raw, ...])
_rest_legs = msgspec.json.Decoder(_RestLegs)
_leg = msgspec.json.Decoder(_Leg)


def ws_legs(result: bytes) -> tuple[LegAnswer | None, ...]:
    """Read the array in the answer to `batch_add`; a leg that can't be read is None.

    Raises:
        ValueError: It is no array.
    """
    try:
        return tuple(_read(raw) for raw in _ws_legs.decode(result))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError("the answer to the batch can't be read") from error


def rest_legs(result: Raw) -> tuple[LegAnswer | None, ...]:
    """Read the result of `AddOrderBatch`; a leg that can't be read is None.

    Raises:
        ValueError: It has no list of orders.
    """
    try:
        return tuple(_read(raw) for raw in _rest_legs.decode(result).orders)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError("the answer to the batch can't be read") from error


def _read(raw: Raw) -> LegAnswer | None:
    try:
        leg = _leg.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        return None
    txid = leg.txid if isinstance(leg.txid, str) else "".join(leg.txid[:1])
    error = leg.error if isinstance(leg.error, str) else "; ".join(leg.error or ())
    return LegAnswer(leg.order_id or txid, leg.cl_ord_id, clean(error))


def match_legs(cl_ord_ids: Sequence[str], answers: Sequence[LegAnswer | None]) -> tuple[LegAnswer | None, ...]:
    """Give each leg its answer: by the client's id, else by its place.

    The place counts only if there are as many answers as legs and the answer
    there names no other leg.

    Args:
        cl_ord_ids: Of the legs, in the order of the request; may be empty texts.
        answers: In the order of the answer.

    Returns:
        One entry a leg; None where no answer can be attributed.
    """
    named = {_plain_id(answer.cl_ord_id): answer for answer in reversed(answers) if answer and answer.cl_ord_id}
    whole = len(answers) == len(cl_ord_ids)
    found: list[LegAnswer | None] = []
    for place, cl_ord_id in enumerate(cl_ord_ids):
        answer = named.get(_plain_id(cl_ord_id)) if cl_ord_id else None
        if answer is None and whole:
            there = answers[place]
            answer = there if there is not None and not there.cl_ord_id else None
        found.append(answer)
    return tuple(found)


def _plain_id(cl_ord_id: str) -> str:
    """Drop what a venue that stores 128 bits may not give back (`ws-v2.md` §9.1.3)."""
    return cl_ord_id.replace("-", "").lower()
