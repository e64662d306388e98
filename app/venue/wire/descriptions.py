"""How REST tells an order in words and in its two prices (`rest.md` §3.5, §4.2, §5.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.domain.order import OrderType
from app.venue.core.api import Listing, Order, PriceType
from app.venue.wire import policies
from app.venue.wire.numbers import Scale, units_text

NO_PRICE: Final = "0"
CASH_DP: Final = 8
_CLOSE: Final = "close position @ "


def order_text(order: Order, listing: Listing, scale: Scale) -> str:
    """`descr.order`, for example `buy 1.25000000 XBTUSD @ limit 30010.0`."""
    size = units_text(order.terms.cash, CASH_DP) if order.terms.cash else scale.qty(order.qty)
    first, second = prices(order, scale, policies.PERCENT_TEXT_DP)
    tail = _tail(order.order_type, first, second)
    leverage = f" with {order.terms.leverage}:1 leverage" if order.terms.leverage else ""
    return f"{order.side} {size} {listing.altname} @ {tail}{leverage}"


def close_text(order: Order, scale: Scale) -> str:
    """`descr.close`; empty without a conditional close."""
    close = order.terms.close
    if close is None:
        return ""
    limit = NO_PRICE
    if close.limit_price is not None:
        limit = expression(close.limit_price, close.limit_price_type, scale, policies.PERCENT_TEXT_DP)
    if close.trigger is None:
        return _CLOSE + _tail(close.order_type, limit, NO_PRICE)
    trigger = expression(close.trigger.price, close.trigger.price_type, scale, policies.PERCENT_TEXT_DP)
    return _CLOSE + _tail(close.order_type, trigger, limit)


def prices(order: Order, scale: Scale, percent_dp: int = policies.PERCENT_PRICE_DP) -> tuple[str, str]:
    """`price` and `price2`: trigger and limit, or limit alone; offsets as they were sent.

    Args:
        order: The order.
        scale: Printing rules.
        percent_dp: Least decimals of percentages.
    """
    limit = NO_PRICE
    if order.terms.limit_value is not None:
        limit = expression(order.terms.limit_value, order.terms.limit_price_type, scale, percent_dp)
    elif order.order_type.limited and order.price:
        limit = scale.price(order.price)
    trigger = order.trigger
    if trigger is None:
        return limit, NO_PRICE
    first = scale.price(trigger.price)
    if trigger.kind is not PriceType.STATIC:
        first = expression(trigger.value, trigger.kind, scale, percent_dp)
    return first, limit


def expression(value: Decimal, kind: PriceType, scale: Scale, percent_dp: int) -> str:
    """A price, or an offset with its sign: `+5.0000%`, `-150.0`."""
    if kind is PriceType.STATIC:
        return scale.instrument.price_text(value)
    sign = "-" if value < 0 else "+"
    size = abs(value)
    if kind is PriceType.QUOTE:
        return sign + scale.instrument.price_text(size)
    exponent = size.normalize().as_tuple().exponent
    finer = -exponent if isinstance(exponent, int) else 0
    return f"{sign}{size:.{max(percent_dp, finer)}f}%"


def _tail(order_type: OrderType, first: str, second: str) -> str:
    if order_type is OrderType.MARKET:
        return "market"
    if order_type is OrderType.SETTLE_POSITION:
        return policies.SETTLE_WORD
    if order_type is OrderType.ICEBERG:
        return f"{policies.ICEBERG_WORD} {first}"
    words = str(order_type).removesuffix("-limit").replace("-", " ")
    return f"{words} {first} -> limit {second}" if order_type.triggered and order_type.limited else f"{words} {first}"
