"""Which order types go with which flags and times in force (`rest.md` §4.1, `ws-v2.md` §9.1).

| type | limit price | trigger | IOC | FOK | GTD | post-only |
|---|---|---|---|---|---|---|
| limit | yes | no | yes | yes | yes | yes |
| iceberg | yes | no | no | no | yes | yes |
| market | ignored | no | yes | no | no | no |
| stop-loss, take-profit, trailing-stop | no | yes | yes | no | yes | no |
| the same with -limit | yes | yes | yes | no | yes | yes |
| settle-position | no | no | no | no | no | no |
"""

from __future__ import annotations

from app.clock import NS_PER_S
from app.domain.instrument import Instrument
from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core import policies
from app.venue.core.requests import AddOrder, Conditional, PriceType, Reference, Trigger, VenueReject

TRIGGERED = frozenset(
    {
        OrderType.STOP_LOSS,
        OrderType.STOP_LOSS_LIMIT,
        OrderType.TAKE_PROFIT,
        OrderType.TAKE_PROFIT_LIMIT,
        OrderType.TRAILING_STOP,
        OrderType.TRAILING_STOP_LIMIT,
    }
)
TRAILING = frozenset({OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT})
STOPS = frozenset({OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT}) | TRAILING
LIMITED = frozenset(
    {
        OrderType.LIMIT,
        OrderType.ICEBERG,
        OrderType.STOP_LOSS_LIMIT,
        OrderType.TAKE_PROFIT_LIMIT,
        OrderType.TRAILING_STOP_LIMIT,
    }
)
UNCLOSING = frozenset({OrderType.MARKET, OrderType.SETTLE_POSITION})
"""Kinds that a conditional close cannot be."""

INDEX_UNAVAILABLE = "EGeneral:Invalid arguments:Index unavailable"
REDUCE_ONLY_SPOT = "EOrder:Reduce only:Non-PC"
CANNOT_OPEN = "EOrder:Cannot open position"

_IMMEDIATE = frozenset({TimeInForce.IOC, TimeInForce.FOK})
_TIMES = {
    OrderType.LIMIT: frozenset(TimeInForce),
    OrderType.ICEBERG: frozenset({TimeInForce.GTC, TimeInForce.GTD}),
    OrderType.MARKET: frozenset({TimeInForce.GTC, TimeInForce.IOC}),
    OrderType.SETTLE_POSITION: frozenset({TimeInForce.GTC}),
} | dict.fromkeys(TRIGGERED, frozenset({TimeInForce.GTC, TimeInForce.GTD, TimeInForce.IOC}))


def check_kind(request: AddOrder, instrument: Instrument, leverages: tuple[int, ...]) -> None:
    """Refuse combinations that no order can have.

    Args:
        request: The order.
        instrument: Its pair.
        leverages: What the pair offers; empty when it takes no margin orders.

    Raises:
        VenueReject: `EGeneral:Invalid arguments:…` naming the field, or the
            documented text where there is one.
    """
    if request.time_in_force not in _TIMES[request.order_type]:
        raise VenueReject(policies.UNSUPPORTED_TIME_IN_FORCE)
    if request.post_only and (request.order_type not in LIMITED or request.time_in_force in _IMMEDIATE):
        raise VenueReject(policies.POST_ONLY_TAKES)
    _check_prices(request, instrument)
    _check_amounts(request)
    _check_margin(request, leverages)
    if request.close is not None:
        _check_close(request, request.close, instrument)


def check_times(request: AddOrder, now_ns: int) -> None:
    """Refuse a start or an expiry that is missing, too near or too far.

    Raises:
        VenueReject: `EGeneral:Invalid arguments:expiretm` or `:starttm`.
    """
    most = now_ns + policies.EXPIRY_MOST_S * NS_PER_S
    if request.effective_ns > most or (request.effective_ns and request.cash_qty is not None):
        raise VenueReject(policies.BAD_START)
    if request.effective_ns and request.order_type is OrderType.SETTLE_POSITION:
        raise VenueReject(policies.BAD_START)
    if (request.time_in_force is TimeInForce.GTD) != bool(request.expire_ns):
        raise VenueReject(policies.BAD_EXPIRY)
    if request.expire_ns:
        least = max(now_ns + policies.EXPIRY_LEAST_S * NS_PER_S, request.effective_ns + 1)
        if not least <= request.expire_ns <= most:
            raise VenueReject(policies.BAD_EXPIRY)


def _check_prices(request: AddOrder, instrument: Instrument) -> None:
    kind = request.order_type
    if (kind in TRIGGERED) != (request.trigger is not None):
        raise VenueReject(policies.BAD_TRIGGER if request.trigger else policies.BAD_PRICE)
    if kind in LIMITED and request.limit_price is None:
        raise VenueReject(policies.BAD_SECOND_PRICE if kind in TRIGGERED else policies.BAD_PRICE)
    if kind in TRIGGERED and kind not in LIMITED and request.limit_price is not None:
        raise VenueReject(policies.BAD_SECOND_PRICE)
    _check_trigger(kind, request.trigger, request.limit_price_type, instrument)


def _check_trigger(kind: OrderType, trigger: Trigger | None, limit: PriceType, instrument: Instrument) -> None:
    if trigger is None:
        return
    if trigger.reference is Reference.INDEX and not instrument.has_index:
        raise VenueReject(INDEX_UNAVAILABLE)
    if kind in TRAILING and (trigger.price_type is PriceType.STATIC or trigger.price <= 0):
        raise VenueReject(policies.BAD_PRICE)
    if kind is OrderType.TRAILING_STOP_LIMIT and limit is PriceType.STATIC:
        raise VenueReject(policies.BAD_SECOND_PRICE)


def _check_amounts(request: AddOrder) -> None:
    if (request.order_type is OrderType.ICEBERG) != (request.display_qty is not None):
        raise VenueReject(policies.BAD_DISPLAY)
    if request.cash_qty is None:
        return
    market_buy = request.order_type is OrderType.MARKET and request.side is Side.BUY
    if not market_buy or request.qty or request.margin or request.leverage or request.cash_qty <= 0:
        raise VenueReject(policies.BAD_CASH)


def _check_margin(request: AddOrder, leverages: tuple[int, ...]) -> None:
    on_margin = request.margin or request.leverage or request.order_type is OrderType.SETTLE_POSITION
    if request.reduce_only and not on_margin:
        raise VenueReject(REDUCE_ONLY_SPOT)
    if on_margin and not leverages:
        raise VenueReject(CANNOT_OPEN)
    if request.leverage and request.leverage not in leverages:
        raise VenueReject(policies.BAD_LEVERAGE)


def _check_close(request: AddOrder, close: Conditional, instrument: Instrument) -> None:
    if request.order_type is OrderType.SETTLE_POSITION or close.order_type in UNCLOSING:
        raise VenueReject(policies.BAD_CLOSE)
    if (close.order_type in TRIGGERED) != (close.trigger is not None):
        raise VenueReject(policies.BAD_CLOSE)
    if (close.order_type in LIMITED) != (close.limit_price is not None):
        raise VenueReject(policies.BAD_CLOSE)
    _check_trigger(close.order_type, close.trigger, close.limit_price_type, instrument)
