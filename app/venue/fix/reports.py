"""Execution reports as FIX fields (`fix.md` §2.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.domain.instrument import from_units
from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core import policies as core
from app.venue.core.api import Fill, Order, OrderStatus, PriceType, Stp
from app.venue.fix.message import Field, number, utc
from app.venue.wire.numbers import Scale

ORDER_TYPES: Final = {
    OrderType.MARKET: "1",
    OrderType.LIMIT: "2",
    OrderType.ICEBERG: "2",
    OrderType.STOP_LOSS: "3",
    OrderType.STOP_LOSS_LIMIT: "4",
    OrderType.TAKE_PROFIT: "R",
    OrderType.TAKE_PROFIT_LIMIT: "T",
    OrderType.TRAILING_STOP: "U",
    OrderType.TRAILING_STOP_LIMIT: "V",
    OrderType.SETTLE_POSITION: "1",
}
TIMES: Final = {TimeInForce.GTC: "1", TimeInForce.IOC: "3", TimeInForce.FOK: "4", TimeInForce.GTD: "6"}
SIDES: Final = {Side.BUY: "1", Side.SELL: "2"}
STPS: Final = {Stp.CANCEL_BOTH: "0", Stp.CANCEL_NEWEST: "1", Stp.CANCEL_OLDEST: "2"}
STATUSES: Final = {
    OrderStatus.PENDING_NEW: "A",
    OrderStatus.NEW: "0",
    OrderStatus.PARTIALLY_FILLED: "1",
    OrderStatus.FILLED: "2",
    OrderStatus.CANCELED: "4",
    OrderStatus.EXPIRED: "C",
}
CANCELED_BY_USER: Final = "Order canceled by user"
GTD_EXPIRED: Final = "GTD order expired"
_FEE_TYPE = "4"


def reason_text(order: Order) -> str:
    """Why an order ended, in FIX's words where they are known."""
    if order.status is OrderStatus.EXPIRED:
        return GTD_EXPIRED
    return CANCELED_BY_USER if order.reason == core.REASON_USER else order.reason


def description(order: Order, scale: Scale) -> str:
    """Text of a New report: `buy 0.001 BTC/USD @ limit 84000`."""
    qty = quantity(order.qty, scale)
    price = f" {number(Decimal(scale.price(order.price)))}" if order.price else ""
    return f"{order.side.value} {qty} {order.symbol} @ {order.order_type.value.replace('-', ' ')}{price}"


def order_fields(order: Order, scale: Scale) -> dict[int, str]:
    """The terms and totals of an order as they stand."""
    closed = order.status in {OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED}
    fields = {
        37: order.order_id,
        38: quantity(order.qty, scale),
        40: kind_now(order),
        54: SIDES[order.side],
        55: order.symbol,
        59: TIMES[order.time_in_force],
        6: number(Decimal(scale.average(order.cost, order.filled))),
        14: quantity(order.filled, scale),
        151: "0" if closed else quantity(order.left, scale),
        381: number(from_units(order.cost)),
    }
    if order.price:
        fields[44] = number(Decimal(scale.price(order.price)))
    if order.terms.display:
        fields[1138] = quantity(order.terms.display, scale)
    if order.trigger is not None:
        trailing = order.trigger.kind is not PriceType.STATIC
        stop = order.trigger.value if trailing else Decimal(scale.price(order.trigger.price))
        fields[99] = number(stop)
        if order.trigger.triggered:
            fields[1102] = number(Decimal(scale.price(order.trigger.last)))
    return fields


def kind_now(order: Order) -> str:
    """OrdType; a triggered order has become a market or limit order."""
    if order.trigger is not None and order.trigger.triggered:
        return "2" if order.price else "1"
    return ORDER_TYPES[order.order_type]


def fill_fields(order: Order, fill: Fill, scale: Scale) -> dict[int, str]:
    """What a Trade report adds; the fee is cumulative over the order on Spot."""
    return {
        31: number(Decimal(scale.price(fill.price))),
        32: quantity(fill.qty, scale),
        118: number(from_units(fill.cost)),
        136: "1",
        137: number(from_units(order.fee)),
        138: fill.fee_asset,
        139: _FEE_TYPE,
        527: str(fill.trade_id),
        1003: fill.exec_id,
        5050: "0" if fill.maker else "1",
    }


def quantity(lots: int, scale: Scale) -> str:
    """A quantity as FIX prints it."""
    return number(Decimal(scale.qty(lots)))


def in_order(fields: dict[int, str], ts_ns: int, alloc: str) -> tuple[Field, ...]:
    """A report's body in wire order: ascending tags; `alloc` is the broker's sub-account, or empty."""
    group = {78: "1", 79: alloc} if alloc else {}
    return tuple(sorted((fields | group | {60: utc(ts_ns)}).items()))
