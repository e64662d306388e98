"""Our gate and the local venue, written apart, refuse the same orders with the same reason."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.instrument import Instrument
from app.domain.order import (
    CloseTemplate,
    OrderRequest,
    OrderType,
    PriceKind,
    Side,
    TimeInForce,
    Trigger,
    TriggerRef,
)
from app.domain.venue_rules import broken_rule
from app.venue.core import kinds
from app.venue.core.requests import AddOrder, Conditional, PriceType, Reference, VenueReject
from app.venue.core.requests import Trigger as VenueTrigger
from tests.thorough import examples

D = Decimal
NOW = 1_800_000_000_000_000_000
MINUTE = 60_000_000_000
LEVERAGES = (2, 3, 5)
MARKET_LIKE = {OrderType.MARKET, OrderType.SETTLE_POSITION}
PRICES = st.sampled_from([D(-1), D(0), D("0.5"), D(64000)])

TRIGGERS = st.builds(Trigger, st.sampled_from(TriggerRef), PRICES, st.sampled_from(PriceKind))
CLOSES = st.builds(
    CloseTemplate,
    st.sampled_from(OrderType),
    st.none() | PRICES,
    st.sampled_from(PriceKind),
    st.none() | PRICES,
    st.sampled_from(PriceKind),
)
TIMES = st.sampled_from([0, NOW + MINUTE // 60, NOW + MINUTE, NOW + 60 * MINUTE, NOW + 40 * 24 * 60 * MINUTE])
ORDERS = st.builds(
    OrderRequest,
    cl_ord_id=st.just("c-1"),
    symbol=st.just("BTC/USD"),
    side=st.sampled_from(Side),
    order_type=st.sampled_from(OrderType),
    qty=st.just(D(1)),
    limit_price=st.none() | st.just(D(64000)),
    post_only=st.booleans(),
    time_in_force=st.sampled_from(TimeInForce),
    trigger=st.none() | TRIGGERS,
    limit_kind=st.sampled_from(PriceKind),
    display_qty=st.none() | st.just(D("0.5")),
    expire_ns=TIMES,
    start_ns=TIMES,
    reduce_only=st.booleans(),
    leverage=st.sampled_from([0, 2, 4]),
    cash_qty=st.none() | st.just(D(100)),
    conditional=st.none() | CLOSES,
)


def asked(order: OrderRequest) -> AddOrder:
    """Return an order as it arrives at the venue."""
    trigger, close = order.trigger, order.conditional
    return AddOrder(
        order.symbol,
        order.side,
        order.order_type,
        order.qty if order.cash_qty is None else D(0),
        order.limit_price,
        order.time_in_force,
        order.post_only,
        limit_price_type=PriceType(order.limit_kind),
        trigger=None if trigger is None else asked_trigger(trigger),
        display_qty=order.display_qty,
        cash_qty=order.cash_qty,
        effective_ns=order.start_ns,
        expire_ns=order.expire_ns,
        margin=order.leverage > 0,
        leverage=order.leverage,
        reduce_only=order.reduce_only,
        close=None if close is None else asked_close(close),
    )


def asked_trigger(trigger: Trigger) -> VenueTrigger:
    return VenueTrigger(trigger.price, PriceType(trigger.kind), Reference(trigger.reference))


def asked_close(close: CloseTemplate) -> Conditional:
    price = close.trigger_price
    trigger = None if price is None else VenueTrigger(price, PriceType(close.trigger_kind))
    return Conditional(close.order_type, close.limit_price, PriceType(close.limit_kind), trigger)


def venue_says(order: OrderRequest, instrument: Instrument, leverages: tuple[int, ...]) -> str:
    request = asked(order)
    try:
        kinds.check_kind(request, instrument, leverages)
        kinds.check_times(request, NOW)
    except VenueReject as reject:
        return reject.error
    return ""


def gate_says(order: OrderRequest, instrument: Instrument, leverages: tuple[int, ...]) -> str:
    broken = broken_rule(order, instrument, wall_ns=NOW, leverages=leverages)
    return broken.error if broken else ""


@given(ORDERS, st.booleans(), st.sampled_from([(), LEVERAGES]))
@example(
    OrderRequest(
        *("c", "BTC/USD", Side.BUY, OrderType.LIMIT, D(1), D(64000)),
        conditional=CloseTemplate(OrderType.TRAILING_STOP, trigger_price=D(-1), trigger_kind=PriceKind.PCT),
    ),
    True,
    LEVERAGES,
)
@settings(max_examples=examples(1500))
def test_the_same_orders_are_refused_with_the_same_reason(
    order: OrderRequest, has_index: bool, leverages: tuple[int, ...]
) -> None:
    instrument = Instrument(
        *("BTC/USD", "BTC", "USD", 1, D("0.1"), 8, D("0.00000001"), D("0.0001"), 5, D("0.5")),
        marginable=bool(leverages),
        has_index=has_index,
    )
    if order.order_type in MARKET_LIKE:
        # The venue ignores a limit that means nothing; we refuse it, for the one who typed it meant something.
        order = replace(order, limit_price=None)
    if not order.order_type.trailing:
        # The venue takes offsets for limits, which WS v2 documents for trailing stops only.
        order = replace(order, limit_kind=PriceKind.STATIC)
    assert gate_says(order, instrument, leverages) == venue_says(order, instrument, leverages)
