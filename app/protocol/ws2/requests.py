"""Outbound frames of feeds and cancels (`ws-v2.md` §2.1, §4, §6.3, §7.1, §8, §9.4 to §9.6, §9.8).

New orders and changes of orders are in `order_requests.py`. The results carry
the session token: they go to the socket and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Struct, UnsetType

from app.protocol.order_check import BATCH_MIN, CANCEL_MAX
from app.protocol.ws2.topics import PRIVATE_CHANNELS, Topic

DEFAULT_TRIGGER = "trades"
_encoder = msgspec.json.Encoder()


class _Feed(Struct, omit_defaults=True):
    channel: str
    symbol: Sequence[str] | UnsetType = UNSET
    depth: int | UnsetType = UNSET
    interval: int | UnsetType = UNSET
    event_trigger: str | UnsetType = UNSET
    snapshot: bool | UnsetType = UNSET
    snap_orders: bool | UnsetType = UNSET
    snap_trades: bool | UnsetType = UNSET
    order_status: bool | UnsetType = UNSET
    ratecounter: bool | UnsetType = UNSET
    token: str | UnsetType = UNSET


class _Cancel(Struct, omit_defaults=True):
    token: str
    order_id: Sequence[str] | UnsetType = UNSET
    cl_ord_id: Sequence[str] | UnsetType = UNSET


class _CancelBatch(Struct, omit_defaults=True):
    token: str
    orders: Sequence[str]
    cl_ord_id: Sequence[str] | UnsetType = UNSET


class _Token(Struct):
    token: str


class _CancelAfter(Struct):
    timeout: int
    token: str


class _Request(Struct, omit_defaults=True):
    method: str
    req_id: int
    params: _Feed | _Cancel | _CancelBatch | _CancelAfter | _Token | UnsetType = UNSET


def _encode(request: _Request) -> bytes:
    return _encoder.encode(request)


def _feed(topic: Topic, symbols: Sequence[str], token: str) -> _Feed:
    return _Feed(
        topic.channel,
        symbol=symbols or UNSET,
        depth=topic.depth or UNSET,
        interval=topic.interval or UNSET,
        event_trigger=topic.trigger or UNSET,
        token=token if topic.channel in PRIVATE_CHANNELS else UNSET,
    )


def subscribe(topic: Topic, symbols: Sequence[str], req_id: int, token: str = "") -> bytes:
    """Ask for one feed of some symbols, always with its snapshot.

    The flags of `executions` are all said, as the documented defaults
    contradict each other (§7.1).
    """
    feed = _feed(topic, symbols, token)
    if topic.channel == "executions":
        feed.snap_orders = feed.snap_trades = feed.order_status = feed.ratecounter = True
    else:
        feed.snapshot = True
    return _encode(_Request("subscribe", req_id, feed))


def unsubscribe(topic: Topic, symbols: Sequence[str], req_id: int, token: str = "") -> bytes:
    """End one feed of some symbols; the parameters must match the subscription (§4)."""
    return _encode(_Request("unsubscribe", req_id, _feed(topic, symbols, token)))


def ping(req_id: int) -> bytes:
    """Ask for a pong; takes no parameters (§2.1)."""
    return _encode(_Request("ping", req_id))


def cancel_order(token: str, req_id: int, *, order_id: str = "", cl_ord_id: str = "") -> bytes:
    """Cancel one order; one id a request, so that a refusal can be attributed (§9.4)."""
    params = _Cancel(token, order_id=[order_id]) if order_id else _Cancel(token, cl_ord_id=[cl_ord_id])
    return _encode(_Request("cancel_order", req_id, params))


def batch_cancel(order_ids: Sequence[str], cl_ord_ids: Sequence[str], token: str, req_id: int) -> bytes:
    """Cancel 2 to 50 orders, at least one of them by the venue's id (§9.8).

    Raises:
        ValueError: They are too few or too many, or none has the venue's id:
            whether client ids alone are taken is UNCONFIRMED (§15).
    """
    count = len(order_ids) + len(cl_ord_ids)
    if not BATCH_MIN <= count <= CANCEL_MAX or not order_ids:
        raise ValueError(f"a batch cancel names {BATCH_MIN} to {CANCEL_MAX} orders, one or more by the venue's id")
    params = _CancelBatch(token, list(order_ids), list(cl_ord_ids) or UNSET)
    return _encode(_Request("batch_cancel", req_id, params))


def cancel_all(token: str, req_id: int) -> bytes:
    """Cancel everything, all pairs (§9.5)."""
    return _encode(_Request("cancel_all", req_id, _Token(token)))


def cancel_all_orders_after(timeout_s: int, token: str, req_id: int) -> bytes:
    """Arm (or with 0 disarm) the dead-man timer (§9.6)."""
    return _encode(_Request("cancel_all_orders_after", req_id, _CancelAfter(timeout_s, token)))
