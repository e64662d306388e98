"""Values that requests of both faces carry: numbers, ids, tags, times, choices (`ws-v2.md` §9, `rest.md` §4.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

from app.clock import NS_PER_MS, NS_PER_S, parse_rfc3339
from app.venue.core.api import Stp
from app.venue.wire import policies
from app.venue.wire.schema import BadRequest

INVALID: Final = "EGeneral:Invalid arguments"

DEADLINE_MIN_WS_NS: Final = 500 * NS_PER_MS
DEADLINE_MIN_REST_NS: Final = 2 * NS_PER_S
DEADLINE_MAX_NS: Final = 60 * NS_PER_S
USERREF_LIMIT: Final = 1 << 31
_NUMBER_EXPONENT: Final = 30
_CL_ORD_ID: Final = re.compile(
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[\x21-\x7e]{1,18}"
)
_TAG_LENGTH: Final = 11
_UTC: Final = "+00:00"
_RELATIVE: Final = re.compile(r"\+([0-9]{1,9})s?")

Word = TypeVar("Word", bound=StrEnum)


def invalid(name: str) -> BadRequest:
    """The refusal of one argument."""
    return BadRequest(f"{INVALID}:{name}")


def number(value: object, name: str) -> Decimal:
    """A finite number of either sign.

    Raises:
        BadRequest: It is no number, or absurdly large or fine.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise invalid(name)
    exact = Decimal(value)
    if exact and abs(exact.adjusted()) >= _NUMBER_EXPONENT:
        raise invalid(name)
    return exact


def amount(value: object, name: str, *, zero: bool = False) -> Decimal:
    """A positive finite number.

    Args:
        value: As sent.
        name: Of the argument.
        zero: Whether 0 is fine too.

    Raises:
        BadRequest: It is not positive or is absurdly large or fine.
    """
    exact = number(value, name)
    if exact < 0 or not (exact or zero):
        raise invalid(name)
    return exact


def client_id(value: str, name: str = "cl_ord_id") -> str:
    """A well-formed `cl_ord_id`, or empty.

    Raises:
        BadRequest: Not one of the three documented forms.
    """
    if value and not _CL_ORD_ID.fullmatch(value):
        raise invalid(name)
    return value


def userref(value: int) -> int:
    """A 32-bit tag.

    Raises:
        BadRequest: Out of range.
    """
    if not -USERREF_LIMIT <= value < USERREF_LIMIT:
        raise invalid("userref")
    return value


def tag(text: str) -> int:
    """A 32-bit tag from text.

    Raises:
        BadRequest: No whole number, or out of range.
    """
    if len(text) > _TAG_LENGTH or not text.removeprefix("-").isdecimal():
        raise invalid("userref")
    return userref(int(text))


def deadline(value: str, now_ns: int, least_ns: int) -> int:
    """Wall time after which the engine must refuse; 0 when none was sent.

    A time in the past is handed on, so that the engine answers
    `EService:Deadline elapsed`.

    Args:
        value: RFC 3339 text or empty.
        now_ns: Wall time.
        least_ns: Shortest time ahead that the face allows.

    Raises:
        BadRequest: Not a time, or outside the allowed range ahead.
    """
    if not value:
        return 0
    at_ns = _rfc3339(value, "deadline")
    ahead = at_ns - now_ns
    if ahead > DEADLINE_MAX_NS or 0 < ahead < least_ns:
        raise invalid("deadline")
    return at_ns


def relative_ns(value: str, now_ns: int) -> int | None:
    """Wall time of `+seconds`; None for a text of another form."""
    match = _RELATIVE.fullmatch(value)
    return now_ns + int(match[1]) * NS_PER_S if match else None


def moment(value: str, name: str, now_ns: int) -> int:
    """Wall time of a start or an expiry on WS; 0 when none was sent.

    Args:
        value: RFC 3339 text, `+seconds` where the policy takes it, or empty.
        name: Of the argument.
        now_ns: Wall time.

    Raises:
        BadRequest: Not a time.
    """
    if not value:
        return 0
    ahead = relative_ns(value, now_ns) if policies.RELATIVE_TIMES_ON_WS else None
    if ahead is not None:
        return ahead
    return _rfc3339(value, name)


def _rfc3339(value: str, name: str) -> int:
    try:
        return parse_rfc3339(value.removesuffix(_UTC))
    except ValueError:
        raise invalid(name) from None


def word(value: str, kind: type[Word], name: str) -> Word:
    """One of a set of words, exactly as written.

    Raises:
        BadRequest: Another word.
    """
    try:
        return kind(value)
    except ValueError:
        raise invalid(name) from None


_STP: Final[Mapping[str, Stp]] = {str(mode): mode for mode in Stp}


def stp(value: str, name: str) -> Stp:
    """Self-trade prevention; WS writes it with underscores and REST with dashes.

    Raises:
        BadRequest: Another word.
    """
    mode = _STP.get(value)
    if mode is None:
        raise invalid(name)
    return mode
