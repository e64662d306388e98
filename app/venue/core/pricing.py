"""Prices as sent, absolute or relative, turned into ticks (`rest.md` §5.2)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import islice

from app.domain.order import OrderType, Side
from app.venue.core import policies
from app.venue.core.checks import check_price
from app.venue.core.kinds import STOPS, TRAILING
from app.venue.core.orders import TriggerState
from app.venue.core.pair import Pair
from app.venue.core.requests import PriceType, Reference, Trigger, VenueReject

INVALID_PRICE = "EOrder:Invalid price"
_PERCENT = 100


def index_price(pair: Pair) -> int:
    """Return the venue's own index price in ticks: the mean of the last trades, rounded half up."""
    prices = [trade.price for trade in islice(reversed(pair.trades), policies.INDEX_TRADES)]
    if not prices:
        return pair.last_price
    return (2 * sum(prices) + len(prices)) // (2 * len(prices))


def reference_price(pair: Pair, reference: Reference) -> int:
    """Return the price that a trigger watches, in ticks; the last trade while the index is down."""
    if reference is Reference.INDEX and pair.index_up:
        return index_price(pair)
    return pair.last_price


def offset_ticks(pair: Pair, value: Decimal, kind: PriceType, base: int) -> int:
    """Return an offset in ticks, rounded half away from zero.

    Args:
        pair: The pair.
        value: Offset in percent or in quote currency, signed.
        kind: `PCT` or `QUOTE`.
        base: Price that a percentage is taken of, in ticks.
    """
    exact = base * value / _PERCENT if kind is PriceType.PCT else value / pair.instrument.tick
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def resolve(pair: Pair, value: Decimal, kind: PriceType, base: int) -> int:
    """Return a price in ticks.

    Args:
        pair: The pair.
        value: Price or signed offset.
        kind: What `value` means.
        base: Price that offsets count from, in ticks.

    Raises:
        VenueReject: It is not positive, or an absolute one misses the tick.
    """
    if kind is PriceType.STATIC:
        return check_price(pair, value)
    price = base + offset_ticks(pair, value, kind, base)
    if price <= 0:
        raise VenueReject(INVALID_PRICE)
    return price


def new_trigger(pair: Pair, side: Side, order_type: OrderType, trigger: Trigger, base: int = 0) -> TriggerState:
    """Return the trigger of an order that arrives now.

    Args:
        pair: The pair.
        side: Of the order.
        order_type: A triggered kind.
        trigger: As sent.
        base: Price that offsets count from, in ticks; 0 for the reference price.

    Raises:
        VenueReject: The trigger price is not positive or misses the tick.
    """
    reference = reference_price(pair, trigger.reference)
    if order_type not in TRAILING:
        price = resolve(pair, trigger.price, trigger.price_type, base or reference)
        return TriggerState(trigger.reference, trigger.price, trigger.price_type, price)
    state = TriggerState(trigger.reference, trigger.price, trigger.price_type, 0)
    return trail(pair, side, state, reference)


def trail(pair: Pair, side: Side, state: TriggerState, peak: int) -> TriggerState:
    """Return a trailing trigger with a new peak (for buys the lowest price), in ticks.

    Raises:
        VenueReject: The trigger price would not be positive.
    """
    distance = max(1, offset_ticks(pair, state.value, state.kind, peak))
    price = peak + distance if side is Side.BUY else peak - distance
    if price <= 0:
        raise VenueReject(INVALID_PRICE)
    return TriggerState(state.reference, state.value, state.kind, price, peak)


def fires(side: Side, order_type: OrderType, state: TriggerState, reference: int) -> bool:
    """Whether a reference price fires a trigger (`rest.md` §5.3)."""
    falling = (side is Side.SELL) == (order_type in STOPS)
    return reference <= state.price if falling else reference >= state.price
