"""Times in force: what expires when, what starts when, all or nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from app.clock import NS_PER_S
from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core.api import (
    AddOrder,
    ExecType,
    OrderStatus,
    PriceType,
    Stp,
    SystemMode,
    Trade,
    Trigger,
    VenueReject,
)

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue

SELL, BUY = Side.SELL, Side.BUY
BTC = 10**8
DAY_S = 86_400


def _at(venue: Venue, seconds: int) -> int:
    return venue.clock.now_ns() + seconds * NS_PER_S


def test_a_gtd_order_expires_on_time_and_not_before(venue: Venue) -> None:
    order = venue.limit("ann", BUY, "1", "60000.0", time_in_force=TimeInForce.GTD, expire_ns=_at(venue, 10))
    venue.clock.advance(ns=10 * NS_PER_S - 1)
    venue.exchange.tick()
    assert venue.now(order).status is OrderStatus.NEW
    venue.clock.advance(ns=1)
    venue.exchange.tick()
    ended = venue.now(order)
    assert (ended.status, ended.closed_ns) == (OrderStatus.EXPIRED, order.terms.expire_ns)
    assert venue.reports(order)[-1] is ExecType.EXPIRED
    assert venue.queue(BUY) == []
    assert venue.exchange.holds("ann") == {}


@pytest.mark.parametrize("house", [True, False])
def test_what_has_expired_does_not_trade_even_before_the_tick(venue: Venue, house: bool) -> None:
    order = venue.limit("ann", BUY, "1", "60000.0", time_in_force=TimeInForce.GTD, expire_ns=_at(venue, 10))
    venue.clock.advance(s=10)
    if house:
        assert venue.exchange.desk("BTC/USD").take(SELL, 600_000, BTC) == 0
    else:
        venue.limit("bob", SELL, "1", "60000.0", time_in_force=TimeInForce.IOC)
    assert venue.of(Trade) == []
    assert venue.now(order).status is OrderStatus.EXPIRED


def test_expiry_waits_for_the_end_of_a_maintenance(venue: Venue) -> None:
    order = venue.limit("ann", BUY, "1", "60000.0", time_in_force=TimeInForce.GTD, expire_ns=_at(venue, 10))
    venue.exchange.set_mode(SystemMode.MAINTENANCE)
    venue.clock.advance(s=20)
    venue.exchange.tick()
    assert venue.now(order).status is OrderStatus.NEW
    venue.exchange.set_mode(SystemMode.ONLINE)
    venue.exchange.tick()
    assert venue.now(order).status is OrderStatus.EXPIRED


def test_a_waiting_stop_expires_too(venue: Venue) -> None:
    order = venue.order(
        "ann",
        SELL,
        OrderType.STOP_LOSS,
        trigger=Trigger(Decimal(1000)),
        time_in_force=TimeInForce.GTD,
        expire_ns=_at(venue, 10),
    )
    venue.clock.advance(s=10)
    venue.exchange.tick()
    assert venue.now(order).status is OrderStatus.EXPIRED
    venue.last("900.0")
    assert [trade.qty for trade in venue.of(Trade)] == [10_000]


@pytest.mark.parametrize(
    ("time_in_force", "ahead", "error"),
    [
        (TimeInForce.GTD, None, "EGeneral:Invalid arguments:expiretm"),
        (TimeInForce.GTD, 4, "EGeneral:Invalid arguments:expiretm"),
        (TimeInForce.GTD, 5, ""),
        (TimeInForce.GTD, 31 * DAY_S, ""),
        (TimeInForce.GTD, 31 * DAY_S + 1, "EGeneral:Invalid arguments:expiretm"),
        (TimeInForce.GTC, 10, "EGeneral:Invalid arguments:expiretm"),
    ],
)
def test_the_expiry_lies_between_five_seconds_and_a_month_ahead(
    venue: Venue, time_in_force: TimeInForce, ahead: int | None, error: str
) -> None:
    expire_ns = 0 if ahead is None else _at(venue, ahead)
    if error:
        with pytest.raises(VenueReject, match=error):
            venue.limit("ann", BUY, "1", "60000.0", time_in_force=time_in_force, expire_ns=expire_ns)
    else:
        assert venue.limit("ann", BUY, "1", "60000.0", time_in_force=time_in_force, expire_ns=expire_ns).order_id


def test_a_scheduled_order_is_pending_until_its_start(venue: Venue) -> None:
    venue.limit("bob", SELL, "0.4", "60000.0")
    order = venue.limit("ann", BUY, "1", "60000.0", effective_ns=_at(venue, 30))
    assert order.status is OrderStatus.PENDING_NEW
    assert venue.reports(order) == [ExecType.PENDING_NEW]
    assert venue.exchange.holds("ann")["USD"] > 0
    assert venue.queue(BUY) == []
    venue.clock.advance(s=30)
    venue.exchange.tick()
    assert venue.reports(order)[1:] == [ExecType.NEW, ExecType.TRADE]
    assert venue.queue(BUY) == [(600_000, [order.order_id])]
    assert venue.now(order).filled == BTC * 4 // 10


def test_a_start_waits_for_an_online_venue_while_an_expiry_does_not(venue: Venue) -> None:
    later = venue.limit("ann", BUY, "1", "60000.0", effective_ns=_at(venue, 30))
    ends = venue.limit("bob", BUY, "1", "60000.0", time_in_force=TimeInForce.GTD, expire_ns=_at(venue, 30))
    venue.exchange.set_mode(SystemMode.CANCEL_ONLY)
    venue.clock.advance(s=40)
    venue.exchange.tick()
    assert venue.now(later).status is OrderStatus.PENDING_NEW
    assert venue.now(ends).status is OrderStatus.EXPIRED
    venue.exchange.set_mode(SystemMode.ONLINE)
    venue.exchange.tick()
    assert venue.queue(BUY) == [(600_000, [later.order_id])]


def test_a_scheduled_order_can_be_cancelled(venue: Venue) -> None:
    order = venue.order("ann", BUY, OrderType.MARKET, effective_ns=_at(venue, 30))
    venue.exchange.cancel_order("ann", order_id=order.order_id)
    assert venue.exchange.holds("ann") == {}
    venue.clock.advance(s=30)
    venue.exchange.tick()
    assert venue.now(order).status is OrderStatus.CANCELED


def test_a_scheduled_trailing_stop_takes_its_peak_at_the_start(venue: Venue) -> None:
    venue.last("60000.0")
    order = venue.order(
        "ann",
        SELL,
        OrderType.TRAILING_STOP,
        trigger=Trigger(Decimal(50), PriceType.QUOTE),
        effective_ns=_at(venue, 30),
    )
    venue.last("61000.0")
    venue.clock.advance(s=30)
    venue.exchange.tick()
    trigger = venue.now(order).trigger
    assert trigger is not None
    assert (trigger.peak, trigger.price) == (610_000, 609_500)


def test_a_start_too_far_ahead_is_refused(venue: Venue) -> None:
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments:starttm"):
        venue.limit("ann", BUY, "1", "60000.0", effective_ns=_at(venue, 31 * DAY_S + 1))


def test_only_so_many_orders_may_wait(venue: Venue) -> None:
    far = Trigger(Decimal(1000))
    for symbol in ("BTC/USD", "ETH/USD"):
        for _ in range(50):
            venue.clock.advance(s=2)
            request = AddOrder(symbol, BUY, OrderType.TAKE_PROFIT, Decimal("0.01"), trigger=far)
            venue.exchange.add_order("bob", request)
    with pytest.raises(VenueReject) as caught:
        venue.order("bob", BUY, OrderType.TAKE_PROFIT, "0.01", trigger=far)
    assert caught.value.error == "EOrder:Scheduled orders limit exceeded"
    assert venue.limit("bob", BUY, "1", "50000.0").order_id


@pytest.mark.parametrize(("qty", "filled"), [("1.5", 0), ("1.4", BTC * 14 // 10)])
def test_fill_or_kill_takes_all_or_nothing(venue: Venue, qty: str, filled: int) -> None:
    venue.limit("bob", SELL, "0.4", "60000.0")
    venue.order("bob", SELL, OrderType.ICEBERG, "1", limit_price="60001.0", display_qty="0.1")
    venue.limit("bob", SELL, "5", "60001.1")
    order = venue.limit("ann", BUY, qty, "60001.0", time_in_force=TimeInForce.FOK)
    assert order.filled == filled
    assert order.status is (OrderStatus.FILLED if filled else OrderStatus.CANCELED)
    assert bool(venue.of(Trade)) is bool(filled)
    if not filled:
        assert venue.reports(order) == [ExecType.PENDING_NEW, ExecType.CANCELED]
        assert venue.exchange.holds("ann") == {}


@pytest.mark.parametrize(("stp", "filled"), [(Stp.CANCEL_NEWEST, 0), (Stp.CANCEL_OLDEST, BTC), (Stp.CANCEL_BOTH, 0)])
def test_an_own_order_in_front_stops_a_fill_or_kill_unless_it_goes(venue: Venue, stp: Stp, filled: int) -> None:
    venue.limit("bob", SELL, "0.4", "60000.0")
    own = venue.limit("ann", SELL, "0.4", "60000.0")
    venue.limit("bob", SELL, "0.6", "60000.0")
    order = venue.limit("ann", BUY, "1", "60000.0", time_in_force=TimeInForce.FOK, stp=stp)
    assert order.filled == filled
    assert (venue.now(own).status is OrderStatus.NEW) is not bool(filled)
