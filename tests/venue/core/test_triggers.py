"""Stops, take-profits and trailing stops: when they fire and what they become."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from app.domain.instrument import UNIT
from app.domain.order import OrderType, Side
from app.venue.core.api import (
    AmendOrder,
    BookDelta,
    ExecType,
    Execution,
    Order,
    OrderStatus,
    PriceType,
    Reference,
    Trigger,
    VenueReject,
    auto_sign,
)

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue

SELL, BUY = Side.SELL, Side.BUY
STATIC, PCT, QUOTE = PriceType.STATIC, PriceType.PCT, PriceType.QUOTE


def _trigger(price: str, kind: PriceType = STATIC, reference: Reference = Reference.LAST) -> Trigger:
    return Trigger(Decimal(price), kind, reference)


def _fired(venue: Venue, order: Order) -> bool:
    trigger = venue.now(order).trigger
    return trigger is not None and trigger.triggered


@pytest.fixture
def market(venue: Venue) -> Venue:
    """A deep market around 60,000 whose last trade was there."""
    for step in range(40):
        venue.exchange.desk("BTC/USD").place(BUY, 599_000 - 100 * step, 10**9)
        venue.exchange.desk("BTC/USD").place(SELL, 601_000 + 100 * step, 10**9)
    venue.last("60000.0")
    venue.events.clear()
    return venue


@pytest.mark.parametrize(
    ("order_type", "side", "trigger", "still", "fires"),
    [
        (OrderType.STOP_LOSS, SELL, "59950.0", "59950.1", "59950.0"),
        (OrderType.STOP_LOSS, BUY, "60050.0", "60049.9", "60050.0"),
        (OrderType.TAKE_PROFIT, SELL, "60050.0", "60049.9", "60050.0"),
        (OrderType.TAKE_PROFIT, BUY, "59950.0", "59950.1", "59950.0"),
    ],
)
def test_a_trigger_fires_on_its_side_and_not_a_tick_before(
    market: Venue, order_type: OrderType, side: Side, trigger: str, still: str, fires: str
) -> None:
    order = market.order("ann", side, order_type, trigger=_trigger(trigger))
    assert market.reports(order) == [ExecType.PENDING_NEW, ExecType.NEW]
    assert market.of(BookDelta) == []
    market.last(still)
    assert market.now(order).waits
    market.last(fires)
    assert market.now(order).status is OrderStatus.FILLED
    assert market.reports(order)[2:4] == [ExecType.STATUS, ExecType.TRADE]
    state = market.now(order).trigger
    assert state is not None
    assert (state.triggered, state.last) == (True, int(Decimal(fires) * 10))


def test_a_limit_kind_rests_at_its_limit_once_fired(market: Venue) -> None:
    order = market.order("ann", SELL, OrderType.STOP_LOSS_LIMIT, trigger=_trigger("59950.0"), limit_price="60020.0")
    market.last("59950.0")
    assert market.queue(SELL)[0] == (600_200, [order.order_id])
    market.exchange.cancel_order("ann", order_id=order.order_id)
    assert market.exchange.holds("ann") == {}


@pytest.mark.parametrize(
    ("kind", "value", "price"),
    [(PCT, "-2", 588_000), (QUOTE, "-150", 598_500), (PCT, "-0.00001", 600_000), (QUOTE, "-0.05", 599_999)],
)
def test_an_offset_counts_from_the_last_trade_and_is_rounded_to_the_tick(
    market: Venue, kind: PriceType, value: str, price: int
) -> None:
    if price == 600_000:
        order = market.order("ann", SELL, OrderType.STOP_LOSS, trigger=_trigger(value, kind))
        assert _fired(market, order)
        return
    order = market.order("ann", SELL, OrderType.STOP_LOSS, trigger=_trigger(value, kind))
    assert order.trigger is not None
    assert order.trigger.price == price


def test_a_limit_offset_counts_from_the_trigger_price(market: Venue) -> None:
    order = market.order(
        "ann",
        SELL,
        OrderType.STOP_LOSS_LIMIT,
        trigger=_trigger("59000.0"),
        limit_price="-100",
        limit_price_type=QUOTE,
    )
    assert order.price == 589_000


def test_a_relative_limit_counts_from_the_last_trade(market: Venue) -> None:
    order = market.order("ann", BUY, OrderType.LIMIT, limit_price="-1", limit_price_type=PCT)
    assert order.price == 594_000


def test_a_trigger_that_is_satisfied_at_once_fires_at_once(market: Venue) -> None:
    order = market.order("ann", SELL, OrderType.STOP_LOSS, trigger=_trigger("60000.0"))
    assert order.status is OrderStatus.FILLED
    assert market.reports(order)[:3] == [ExecType.PENDING_NEW, ExecType.NEW, ExecType.STATUS]


def test_a_trailing_stop_follows_the_peak_and_never_back(market: Venue) -> None:
    order = market.order("ann", SELL, OrderType.TRAILING_STOP, trigger=_trigger("50", QUOTE))
    for price, trigger in [("60040.0", 599_900), ("60030.0", 599_900), ("60060.0", 600_100)]:
        market.last(price)
        state = market.now(order).trigger
        assert state is not None
        assert state.price == trigger
    market.last("60010.1")
    assert not _fired(market, order)
    market.last("60010.0")
    assert _fired(market, order)


def test_a_trailing_limit_moves_with_its_trigger(market: Venue) -> None:
    order = market.order(
        "ann",
        BUY,
        OrderType.TRAILING_STOP_LIMIT,
        trigger=_trigger("0.1", PCT),
        limit_price="5",
        limit_price_type=QUOTE,
    )
    assert (order.trigger and order.trigger.price, order.price) == (600_600, 600_650)
    market.last("59950.0")
    moved = market.now(order)
    assert (moved.trigger and moved.trigger.price, moved.price) == (600_100, 600_150)
    market.last("60010.0")
    assert market.queue(BUY)[0] == (600_150, [order.order_id])


def test_a_trigger_on_the_index_waits_for_the_mean_of_the_trades(market: Venue) -> None:
    order = market.order("ann", SELL, OrderType.STOP_LOSS, trigger=_trigger("59990.0", STATIC, Reference.INDEX))
    market.last("59985.0")
    assert market.exchange.index_price("BTC/USD") == 599_925
    assert not _fired(market, order)
    market.last("59985.0")
    assert _fired(market, order)


def test_without_its_index_a_pair_triggers_on_the_last_trade(market: Venue) -> None:
    order = market.order("ann", SELL, OrderType.STOP_LOSS, trigger=_trigger("59960.0", STATIC, Reference.INDEX))
    market.last("59950.0")
    assert not _fired(market, order)
    market.exchange.set_index("BTC/USD", up=False)
    market.last("59950.0")
    assert _fired(market, order)


def test_triggers_that_fire_together_go_in_the_order_of_their_acceptance(market: Venue) -> None:
    first = market.order("ann", SELL, OrderType.STOP_LOSS, trigger=_trigger("59950.0"))
    second = market.order("bob", SELL, OrderType.STOP_LOSS, trigger=_trigger("59970.0"))
    market.last("59940.0")
    fired = [r.order.order_id for r in market.of(Execution) if r.exec_type is ExecType.STATUS]
    assert fired == [first.order_id, second.order_id]


def test_what_one_stop_trades_fires_the_next(market: Venue) -> None:
    near = market.order("ann", SELL, OrderType.STOP_LOSS, trigger=_trigger("59950.0"))
    far = market.order("bob", SELL, OrderType.STOP_LOSS, trigger=_trigger("59900.0"))
    market.last("59950.0")
    assert market.now(near).status is market.now(far).status is OrderStatus.FILLED


def test_waiting_orders_hold_their_funds_and_give_them_back(market: Venue) -> None:
    sell = market.order("ann", SELL, OrderType.STOP_LOSS, trigger=_trigger("59000.0"))
    buy = market.order("ann", BUY, OrderType.STOP_LOSS, "0.5", trigger=_trigger("61000.0"))
    assert market.exchange.holds("ann") == {"BTC": UNIT, "USD": 30_622 * UNIT}
    for order in (sell, buy):
        assert market.exchange.cancel_order("ann", order_id=order.order_id).status is OrderStatus.CANCELED
    assert market.exchange.holds("ann") == {}


def test_a_fired_buy_that_costs_more_than_there_is_ends_with_the_reason(market: Venue) -> None:
    order = market.order("poor", BUY, OrderType.STOP_LOSS, "0.00165", trigger=_trigger("60100.0"))
    market.exchange.desk("BTC/USD").take(BUY, 604_000, 31 * 10**9)
    ended = market.now(order)
    assert (ended.status, ended.reason) == (OrderStatus.CANCELED, "Insufficient funds")
    assert market.exchange.holds("poor") == {}


def test_an_amended_trigger_counts_at_once(market: Venue) -> None:
    order = market.order("ann", SELL, OrderType.STOP_LOSS, trigger=_trigger("59000.0"))
    market.exchange.amend_order("ann", AmendOrder(order_id=order.order_id, trigger_price=Decimal("59500.0")))
    amended = market.now(order)
    assert (amended.waits, amended.trigger and amended.trigger.price) == (True, 595_000)
    market.exchange.amend_order("ann", AmendOrder(order_id=order.order_id, trigger_price=Decimal("60000.0")))
    assert _fired(market, order)


def test_an_amended_trailing_distance_counts_from_the_peak_so_far(market: Venue) -> None:
    order = market.order("ann", SELL, OrderType.TRAILING_STOP, trigger=_trigger("100", QUOTE))
    market.last("60050.0")
    market.last("60010.0")
    market.exchange.amend_order("ann", AmendOrder(order_id=order.order_id, trigger_price=Decimal(60)))
    state = market.now(order).trigger
    assert state is not None
    assert (state.peak, state.price) == (600_500, 599_900)


@pytest.mark.parametrize(
    ("order_type", "trigger", "limit", "limit_type", "error"),
    [
        (OrderType.STOP_LOSS, None, None, STATIC, "EGeneral:Invalid arguments:price"),
        (OrderType.STOP_LOSS, _trigger("0"), None, STATIC, "EOrder:Invalid price"),
        (OrderType.STOP_LOSS, _trigger("-100", PCT), None, STATIC, "EOrder:Invalid price"),
        (OrderType.STOP_LOSS, _trigger("59000.05"), None, STATIC, "EOrder:Tick size check failed"),
        (OrderType.STOP_LOSS, _trigger("59000.0"), "59000.0", STATIC, "EGeneral:Invalid arguments:price2"),
        (OrderType.STOP_LOSS_LIMIT, _trigger("59000.0"), None, STATIC, "EGeneral:Invalid arguments:price2"),
        (OrderType.STOP_LOSS_LIMIT, _trigger("59000.0"), "0", STATIC, "EOrder:Invalid price"),
        (OrderType.TRAILING_STOP, _trigger("59000.0"), None, STATIC, "EGeneral:Invalid arguments:price"),
        (OrderType.TRAILING_STOP, _trigger("-5", PCT), None, STATIC, "EGeneral:Invalid arguments:price"),
        (OrderType.TRAILING_STOP, _trigger("100", PCT), None, STATIC, "EOrder:Invalid price"),
        (OrderType.TRAILING_STOP_LIMIT, _trigger("5", PCT), "5", STATIC, "EGeneral:Invalid arguments:price2"),
        (OrderType.LIMIT, _trigger("59000.0"), "5", STATIC, "EGeneral:Invalid arguments:trigger"),
    ],
)
def test_malformed_triggers_are_refused(
    market: Venue,
    order_type: OrderType,
    trigger: Trigger | None,
    limit: str | None,
    limit_type: PriceType,
    error: str,
) -> None:
    with pytest.raises(VenueReject) as caught:
        market.order("ann", SELL, order_type, trigger=trigger, limit_price=limit, limit_price_type=limit_type)
    assert caught.value.error == error
    assert market.exchange.holds("ann") == {}


def test_a_pair_without_an_index_refuses_triggers_on_it(venue: Venue) -> None:
    listing = next(found for found in venue.exchange.listings.values())
    pair = venue.exchange._floor.pair(listing.instrument.symbol)
    pair.instrument = type(pair.instrument)(
        **{name: getattr(pair.instrument, name) for name in pair.instrument.__slots__} | {"has_index": False}
    )
    with pytest.raises(VenueReject) as caught:
        venue.order("ann", SELL, OrderType.STOP_LOSS, trigger=_trigger("1000.0", STATIC, Reference.INDEX))
    assert caught.value.error == "EGeneral:Invalid arguments:Index unavailable"


@pytest.mark.parametrize(
    ("order_type", "side", "sign"),
    [
        (OrderType.STOP_LOSS, SELL, -1),
        (OrderType.STOP_LOSS_LIMIT, BUY, 1),
        (OrderType.TAKE_PROFIT, SELL, 1),
        (OrderType.TAKE_PROFIT_LIMIT, BUY, -1),
        (OrderType.TRAILING_STOP, SELL, 1),
        (OrderType.LIMIT, BUY, -1),
        (OrderType.LIMIT, SELL, 1),
    ],
)
def test_the_automatic_sign_points_where_the_kind_triggers(order_type: OrderType, side: Side, sign: int) -> None:
    assert auto_sign(order_type, side) == sign
