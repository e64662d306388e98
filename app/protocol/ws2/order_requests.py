"""New orders and changes of orders as WS v2 frames (`ws-v2.md` §9.1, §9.2, §9.3, §9.7).

The results carry the session token: they go to the socket and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from app.domain.order import CloseTemplate, OrderRequest, PriceKind, Trigger
from app.protocol.changes import Amend, Edit
from app.protocol.numbers import number
from app.protocol.order_check import batch_deadline_ns, check_batch, check_order
from app.protocol.wiretime import time_text_ms, time_text_s

_encoder = msgspec.json.Encoder()


class _Triggers(Struct):
    reference: str
    price: Raw
    price_type: str


class _Close(Struct, omit_defaults=True):
    order_type: str
    limit_price: Raw | UnsetType = UNSET
    limit_price_type: str | UnsetType = UNSET
    trigger_price: Raw | UnsetType = UNSET
    trigger_price_type: str | UnsetType = UNSET


class _Order(Struct, omit_defaults=True, kw_only=True):
    """One order as a leg of a batch; a single order adds the fields of `_Add`."""

    order_type: str
    side: str
    order_qty: Raw | UnsetType = UNSET
    cash_order_qty: Raw | UnsetType = UNSET
    limit_price: Raw | UnsetType = UNSET
    limit_price_type: str | UnsetType = UNSET
    triggers: _Triggers | UnsetType = UNSET
    time_in_force: str | UnsetType = UNSET
    expire_time: str | UnsetType = UNSET
    effective_time: str | UnsetType = UNSET
    margin: bool | UnsetType = UNSET
    reduce_only: bool | UnsetType = UNSET
    post_only: bool | UnsetType = UNSET
    display_qty: Raw | UnsetType = UNSET
    fee_preference: str | UnsetType = UNSET
    stp_type: str | UnsetType = UNSET
    conditional: _Close | UnsetType = UNSET
    cl_ord_id: str | UnsetType = UNSET


class _Add(_Order, omit_defaults=True, kw_only=True):
    symbol: str
    token: str
    deadline: str | UnsetType = UNSET
    validate: bool | UnsetType = UNSET


class _Batch(Struct, omit_defaults=True, kw_only=True):
    symbol: str
    orders: list[_Order]
    token: str
    deadline: str | UnsetType = UNSET
    validate: bool | UnsetType = UNSET


class _Amend(Struct, omit_defaults=True, kw_only=True):
    token: str
    order_id: str | UnsetType = UNSET
    cl_ord_id: str | UnsetType = UNSET
    order_qty: Raw | UnsetType = UNSET
    limit_price: Raw | UnsetType = UNSET
    limit_price_type: str | UnsetType = UNSET
    display_qty: Raw | UnsetType = UNSET
    trigger_price: Raw | UnsetType = UNSET
    trigger_price_type: str | UnsetType = UNSET
    post_only: bool | UnsetType = UNSET
    deadline: str | UnsetType = UNSET


class _Edit(Struct, omit_defaults=True, kw_only=True):
    token: str
    order_id: str
    symbol: str
    order_qty: Raw | UnsetType = UNSET
    limit_price: Raw | UnsetType = UNSET
    display_qty: Raw | UnsetType = UNSET
    triggers: _Triggers | UnsetType = UNSET
    fee_preference: str | UnsetType = UNSET
    post_only: bool | UnsetType = UNSET
    reduce_only: bool | UnsetType = UNSET
    deadline: str | UnsetType = UNSET
    validate: bool | UnsetType = UNSET


class _Request(Struct):
    method: str
    req_id: int
    params: _Add | _Batch | _Amend | _Edit


def add_order(order: OrderRequest, token: str, req_id: int) -> bytes:
    """Send a new order (§9.1). WS knows margin, not how much: it takes the pair's most.

    Raises:
        ValueError: Its parts don't go together.
    """
    check_order(order)
    params = _Add(
        **_fields(order),  # type: ignore[arg-type]
        symbol=order.symbol,
        token=token,
        deadline=_deadline(order.deadline_ns),
        validate=order.validate or UNSET,
    )
    return _encode("add_order", req_id, params)


def batch_add(orders: Sequence[OrderRequest], token: str, req_id: int) -> bytes:
    """Send 2 to 15 orders of one pair (§9.7).

    Raises:
        ValueError: It is no such batch, or the parts of an order don't go together.
    """
    check_batch(orders)
    params = _Batch(
        symbol=orders[0].symbol,
        orders=[_Order(**_fields(order)) for order in orders],  # type: ignore[arg-type]
        token=token,
        deadline=_deadline(batch_deadline_ns(orders)),
        validate=orders[0].validate or UNSET,
    )
    return _encode("batch_add", req_id, params)


def amend_order(amend: Amend, token: str, req_id: int) -> bytes:
    """Change an order in place (§9.2).

    Raises:
        ValueError: It names no order, or two, or changes nothing.
    """
    amend.check()
    params = _Amend(
        token=token,
        order_id=amend.order_id or UNSET,
        cl_ord_id=amend.cl_ord_id or UNSET,
        order_qty=_number(amend.qty),
        limit_price=_number(amend.limit_price),
        limit_price_type=_kind(amend.limit_price, amend.limit_kind),
        display_qty=_number(amend.display_qty),
        trigger_price=_number(amend.trigger_price),
        trigger_price_type=_kind(amend.trigger_price, amend.trigger_kind),
        post_only=amend.post_only or UNSET,
        deadline=_deadline(amend.deadline_ns),
    )
    return _encode("amend_order", req_id, params)


def edit_order(edit: Edit, token: str, req_id: int) -> bytes:
    """Cancel an order and place it anew (§9.3).

    Raises:
        ValueError: It names no order or changes nothing, or has a relative
            limit, for which this method has no word.
    """
    edit.check()
    if edit.limit_price is not None and edit.limit_kind is not PriceKind.STATIC:
        raise ValueError("an edit over WS takes a fixed limit price only")
    params = _Edit(
        token=token,
        order_id=edit.order_id,
        symbol=edit.symbol,
        order_qty=_number(edit.qty),
        limit_price=_number(edit.limit_price),
        display_qty=_number(edit.display_qty),
        triggers=UNSET if edit.trigger is None else _triggers(edit.trigger),
        fee_preference=_fee(edit.fee_in_base),
        post_only=edit.post_only or UNSET,
        reduce_only=edit.reduce_only or UNSET,
        deadline=_deadline(edit.deadline_ns),
        validate=edit.validate or UNSET,
    )
    return _encode("edit_order", req_id, params)


def _fields(order: OrderRequest) -> dict[str, object]:
    """Return the fields that a single order and a leg of a batch share."""
    return {
        "order_type": order.order_type.value,
        "side": order.side.value,
        "order_qty": number(order.qty) if order.cash_qty is None else UNSET,
        "cash_order_qty": _number(order.cash_qty),
        "limit_price": _number(order.limit_price),
        "limit_price_type": _kind(order.limit_price, order.limit_kind),
        "triggers": UNSET if order.trigger is None else _triggers(order.trigger),
        "time_in_force": order.time_in_force.value,
        "expire_time": time_text_s(order.expire_ns) if order.expire_ns else UNSET,
        "effective_time": time_text_s(order.start_ns) if order.start_ns else UNSET,
        "margin": bool(order.leverage) or UNSET,
        "reduce_only": order.reduce_only or UNSET,
        "post_only": order.post_only or UNSET,
        "display_qty": _number(order.display_qty),
        "fee_preference": _fee(order.fee_in_base),
        "stp_type": order.stp.value if order.stp else UNSET,
        "conditional": UNSET if order.conditional is None else _close(order.conditional),
        "cl_ord_id": order.cl_ord_id or UNSET,
    }


def _close(close: CloseTemplate) -> _Close:
    return _Close(
        close.order_type.value,
        limit_price=_number(close.limit_price),
        limit_price_type=_kind(close.limit_price, close.limit_kind),
        trigger_price=_number(close.trigger_price),
        trigger_price_type=_kind(close.trigger_price, close.trigger_kind),
    )


def _triggers(trigger: Trigger) -> _Triggers:
    return _Triggers(trigger.reference.value, number(trigger.price), trigger.kind.value)


def _number(value: Decimal | None) -> Raw | UnsetType:
    return UNSET if value is None else number(value)


def _kind(price: Decimal | None, kind: PriceKind) -> str | UnsetType:
    """Say how a price is meant, unless it is simply the price."""
    return UNSET if price is None or kind is PriceKind.STATIC else kind.value


def _fee(in_base: bool | None) -> str | UnsetType:
    return UNSET if in_base is None else "base" if in_base else "quote"


def _deadline(ns: int) -> str | UnsetType:
    return time_text_ms(ns) if ns else UNSET


def _encode(method: str, req_id: int, params: _Add | _Batch | _Amend | _Edit) -> bytes:
    return _encoder.encode(_Request(method, req_id, params))
