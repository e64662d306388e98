"""From WS parameters to new orders: add_order and batch_add (`ws-v2.md` §9.1, §9.7)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core.api import AddOrder, Conditional, PriceType, Reference, Trigger
from app.venue.wire import methods, policies, schema, values
from app.venue.wire.schema import BadRequest, Params
from app.venue.wire.values import INVALID, invalid

BATCH_LEAST: Final = 2
BATCH_MOST: Final = 15

_REQUIRED: Final = ("order_type", "side")
_TRAILING_LIMIT: Final = OrderType.TRAILING_STOP_LIMIT
_DEPRECATED: Final = {
    "no_mpp": "no_mpp is deprecated",
    "stop_price": "stop_price is deprecated, use triggers.price",
    "trigger": "trigger is deprecated use triggers.reference",
    "price": "price is deprecated, use limit_price",
}


class FeePreference(StrEnum):
    """Currency in which fees are wanted."""

    BASE = "base"
    QUOTE = "quote"


def warnings(params: Params) -> tuple[str, ...]:
    """Words for the deprecated fields that a request uses (§9.1)."""
    return tuple(text for name, text in _DEPRECATED.items() if name in params)


def add_order(params: Params, now_ns: int) -> AddOrder:
    """Read checked parameters of `add_order`.

    Raises:
        BadRequest: A value is missing, malformed or contradicts another.
    """
    if "symbol" not in params:
        raise invalid("symbol")
    return _order(params, now_ns, "add_order", params)


def batch_add(params: Params, now_ns: int) -> list[AddOrder]:
    """Read checked parameters of `batch_add`; one malformed order refuses all.

    Raises:
        BadRequest: Too few or too many orders, or one of them is malformed.
    """
    if "symbol" not in params:
        raise invalid("symbol")
    orders = schema.objects(params, "orders")
    if not BATCH_LEAST <= len(orders) <= BATCH_MOST:
        raise invalid("orders")
    for order in orders:
        schema.check(order, methods.BATCH_ORDER, "batch_add")
    return [_order(order, now_ns, "batch_add", params) for order in orders]


def _order(params: Params, now_ns: int, method: str, envelope: Params) -> AddOrder:
    """Read one order; `envelope` holds symbol, deadline and validate."""
    for name in _REQUIRED:
        if name not in params:
            raise invalid(name)
    order_type = values.word(schema.text(params, "order_type"), OrderType, "order_type")
    cl_ord_id = values.client_id(schema.text(params, "cl_ord_id"))
    if cl_ord_id and "order_userref" in params:
        raise BadRequest(f"{INVALID}:cl_ord_id and order_userref exclude each other")
    values.client_id(schema.text(params, "sender_sub_id"), "sender_sub_id")
    trigger = triggers(params, method)
    watched = trigger.reference if trigger and policies.CLOSE_WATCHES_WHAT_PRIMARY_WATCHES else Reference.LAST
    close = _conditional(params, method, watched)
    order = AddOrder(
        symbol=schema.text(envelope, "symbol"),
        side=values.word(schema.text(params, "side"), Side, "side"),
        order_type=order_type,
        qty=Decimal(0),
        limit_price_type=_limit_type(params, order_type),
        time_in_force=values.word(schema.text(params, "time_in_force", "gtc").lower(), TimeInForce, "time_in_force"),
        post_only=schema.flag(params, "post_only", False),
        stp=values.stp(schema.text(params, "stp_type", "cancel_newest"), "stp_type"),
        cl_ord_id=cl_ord_id,
        userref=values.userref(schema.integer(params, "order_userref", 0)) if "order_userref" in params else None,
        deadline_ns=values.deadline(schema.text(envelope, "deadline"), now_ns, values.DEADLINE_MIN_WS_NS),
        validate=schema.flag(envelope, "validate", False),
        fee_in_base=_fee_in_base(params, policies.FEE_PREFERENCE),
        source="ws",
        trigger=trigger,
        effective_ns=values.moment(schema.text(params, "effective_time"), "effective_time", now_ns),
        expire_ns=values.moment(schema.text(params, "expire_time"), "expire_time", now_ns),
        margin=schema.flag(params, "margin", False),
        reduce_only=schema.flag(params, "reduce_only", False),
        close=close,
    )
    return _sized(order, params)


def _sized(order: AddOrder, params: Params) -> AddOrder:
    """The same order with its size and its limit price."""
    if ("order_qty" in params) == ("cash_order_qty" in params):
        raise invalid("order_qty")
    cash = values.amount(params["cash_order_qty"], "cash_order_qty") if "cash_order_qty" in params else None
    empties = order.margin or order.order_type is OrderType.SETTLE_POSITION
    signed = order.limit_price_type is not PriceType.STATIC
    read = values.number if signed else values.amount
    return replace(
        order,
        qty=values.amount(params["order_qty"], "order_qty", zero=empties) if cash is None else Decimal(0),
        cash_qty=cash,
        limit_price=read(params["limit_price"], "limit_price") if "limit_price" in params else None,
        display_qty=values.amount(params["display_qty"], "display_qty") if "display_qty" in params else None,
    )


def _limit_type(params: Params, order_type: OrderType) -> PriceType:
    """What the limit price means; only a trailing-stop-limit has a choice (§9.1)."""
    default = PriceType.QUOTE if order_type is _TRAILING_LIMIT else PriceType.STATIC
    kind = values.word(schema.text(params, "limit_price_type", default), PriceType, "limit_price_type")
    if order_type is not _TRAILING_LIMIT and kind is not PriceType.STATIC:
        raise invalid("limit_price_type")
    return kind


def _fee_in_base(params: Params, default: str) -> bool:
    preference = schema.text(params, "fee_preference", default)
    return values.word(preference, FeePreference, "fee_preference") is FeePreference.BASE


def fee_choice(params: Params) -> bool | None:
    """The fee preference that a request names (whether in base), or None.

    Raises:
        BadRequest: Neither `base` nor `quote`.
    """
    return _fee_in_base(params, "") if "fee_preference" in params else None


def triggers(params: Params, method: str) -> Trigger | None:
    """The trigger, also from the deprecated `stop_price` and `trigger` (§9.1, §9.1.1).

    Raises:
        BadRequest: Malformed, or given in both ways.
    """
    if "triggers" not in params:
        return _deprecated_trigger(params)
    if "stop_price" in params or "trigger" in params:
        raise invalid("triggers")
    block = schema.nested(params, "triggers")
    schema.check(block, methods.TRIGGERS, method)
    if "price" not in block:
        raise invalid("triggers.price")
    kind = values.word(schema.text(block, "price_type", "static"), PriceType, "triggers.price_type")
    read = values.amount if kind is PriceType.STATIC else values.number
    return Trigger(
        price=read(block["price"], "triggers.price"),
        price_type=kind,
        reference=values.word(schema.text(block, "reference", "last"), Reference, "triggers.reference"),
    )


def _deprecated_trigger(params: Params) -> Trigger | None:
    if "stop_price" not in params:
        if "trigger" in params:
            raise invalid("stop_price")
        return None
    reference = values.word(schema.text(params, "trigger", "last"), Reference, "trigger")
    return Trigger(values.amount(params["stop_price"], "stop_price"), reference=reference)


def _conditional(params: Params, method: str, reference: Reference) -> Conditional | None:
    """The conditional close; its trigger watches what the primary's watches (§9.1.2)."""
    if "conditional" not in params:
        return None
    block = schema.nested(params, "conditional")
    schema.check(block, methods.CONDITIONAL, method)
    if "order_type" not in block:
        raise invalid("conditional.order_type")
    order_type = values.word(schema.text(block, "order_type"), OrderType, "conditional.order_type")
    limit_type = _limit_type(block, order_type)
    read = values.amount if limit_type is PriceType.STATIC else values.number
    return Conditional(
        order_type=order_type,
        limit_price=read(block["limit_price"], "conditional.limit_price") if "limit_price" in block else None,
        limit_price_type=limit_type,
        trigger=_close_trigger(block, reference),
    )


def _close_trigger(block: Params, reference: Reference) -> Trigger | None:
    if "stop_price" in block and "trigger_price" in block:
        raise invalid("conditional.stop_price")
    price = block.get("trigger_price", block.get("stop_price"))
    if price is None:
        return None
    kind = values.word(schema.text(block, "trigger_price_type", "static"), PriceType, "conditional.trigger_price_type")
    read = values.amount if kind is PriceType.STATIC else values.number
    return Trigger(read(price, "conditional.trigger_price"), kind, reference)
