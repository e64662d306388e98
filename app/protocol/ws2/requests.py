"""Outbound frames (`ws-v2.md` §2.1, §4, §6.3, §7.1, §8, §9).

Numbers go out as JSON numbers written from the characters of their Decimal:
never as text (the gateway refuses that, §9), never with an exponent (§11).
The results carry the session token: they go to the socket and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from app.domain.order import OrderRequest, OrderType, TimeInForce
from app.protocol.wiretime import time_text_ms
from app.protocol.ws2.topics import PRIVATE_CHANNELS, Topic

DEFAULT_TRIGGER = "trades"
_WITH_LIMIT = frozenset({OrderType.LIMIT})
_WITHOUT_LIMIT = frozenset({OrderType.MARKET})
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


class _Add(Struct, omit_defaults=True):
    order_type: str
    side: str
    symbol: str
    order_qty: Raw
    token: str
    limit_price: Raw | UnsetType = UNSET
    time_in_force: str | UnsetType = UNSET
    post_only: bool | UnsetType = UNSET
    cl_ord_id: str | UnsetType = UNSET
    deadline: str | UnsetType = UNSET


class _Amend(Struct, omit_defaults=True):
    token: str
    order_id: str | UnsetType = UNSET
    cl_ord_id: str | UnsetType = UNSET
    order_qty: Raw | UnsetType = UNSET
    limit_price: Raw | UnsetType = UNSET
    post_only: bool | UnsetType = UNSET
    deadline: str | UnsetType = UNSET


class _Cancel(Struct, omit_defaults=True):
    token: str
    order_id: Sequence[str] | UnsetType = UNSET
    cl_ord_id: Sequence[str] | UnsetType = UNSET


class _Token(Struct):
    token: str


class _CancelAfter(Struct):
    timeout: int
    token: str


class _Request(Struct, omit_defaults=True):
    method: str
    req_id: int
    params: _Feed | _Add | _Amend | _Cancel | _CancelAfter | _Token | UnsetType = UNSET


def number(value: Decimal) -> Raw:
    """Write a number as JSON without an exponent.

    Raises:
        ValueError: It is not finite.
    """
    if not value.is_finite():
        raise ValueError(f"{value} can't be sent")
    return Raw(format(value, "f").encode())


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


def add_order(order: OrderRequest, token: str, req_id: int) -> bytes:
    """Send a limit or market order (§9.1).

    Raises:
        ValueError: The order type or its time in force needs parameters that
            an `OrderRequest` does not have.
    """
    check_order(order)
    params = _Add(
        order.order_type.value,
        order.side.value,
        order.symbol,
        number(order.qty),
        token,
        limit_price=UNSET if order.limit_price is None else number(order.limit_price),
        time_in_force=order.time_in_force.value,
        post_only=order.post_only or UNSET,
        cl_ord_id=order.cl_ord_id or UNSET,
        deadline=time_text_ms(order.deadline_ns) if order.deadline_ns else UNSET,
    )
    return _encode(_Request("add_order", req_id, params))


def check_order(order: OrderRequest) -> None:
    """Pass an order that the wire can carry.

    Raises:
        ValueError: It needs parameters that an `OrderRequest` does not have.
    """
    if order.order_type not in _WITH_LIMIT | _WITHOUT_LIMIT:
        raise ValueError(f"{order.order_type.value} orders can't be sent yet")
    if (order.limit_price is None) != (order.order_type in _WITHOUT_LIMIT):
        raise ValueError(f"a {order.order_type.value} order and its limit price don't go together")
    if order.time_in_force is TimeInForce.GTD:
        raise ValueError("good-till-date orders can't be sent yet")


def amend_order(
    token: str,
    req_id: int,
    *,
    order_id: str = "",
    cl_ord_id: str = "",
    qty: Decimal | None = None,
    limit_price: Decimal | None = None,
    post_only: bool = False,
    deadline_ns: int = 0,
) -> bytes:
    """Change an order in place; exactly one id (§9.2)."""
    params = _Amend(
        token,
        order_id=order_id or UNSET,
        cl_ord_id=UNSET if order_id else cl_ord_id,
        order_qty=UNSET if qty is None else number(qty),
        limit_price=UNSET if limit_price is None else number(limit_price),
        post_only=post_only or UNSET,
        deadline=time_text_ms(deadline_ns) if deadline_ns else UNSET,
    )
    return _encode(_Request("amend_order", req_id, params))


def cancel_order(token: str, req_id: int, *, order_id: str = "", cl_ord_id: str = "") -> bytes:
    """Cancel one order; one id a request, so that a refusal can be attributed (§9.4)."""
    params = _Cancel(token, order_id=[order_id]) if order_id else _Cancel(token, cl_ord_id=[cl_ord_id])
    return _encode(_Request("cancel_order", req_id, params))


def cancel_all(token: str, req_id: int) -> bytes:
    """Cancel everything, all pairs (§9.5)."""
    return _encode(_Request("cancel_all", req_id, _Token(token)))


def cancel_all_orders_after(timeout_s: int, token: str, req_id: int) -> bytes:
    """Arm (or with 0 disarm) the dead-man timer (§9.6)."""
    return _encode(_Request("cancel_all_orders_after", req_id, _CancelAfter(timeout_s, token)))
