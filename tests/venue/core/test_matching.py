"""Who trades with whom, at what price, and what becomes of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.domain.order import Side, TimeInForce
from app.venue.core.api import BookAction, ExecType, Execution, OrderStatus, Stp, Trade

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue

BTC = 10**8


def test_a_resting_order_is_reported_pending_then_new_and_added_to_the_book(venue: Venue) -> None:
    order = venue.limit("ann", Side.BUY, "0.5", "60000.0", cl_ord_id="mine-1")
    assert order.status is OrderStatus.NEW
    assert venue.reports(order) == [ExecType.PENDING_NEW, ExecType.NEW]
    (change,) = venue.changes()
    assert (change.action, change.price, change.qty, change.ts_ns) == (
        BookAction.ADD,
        600_000,
        BTC // 2,
        order.created_ns,
    )


def test_the_best_price_trades_first_and_the_oldest_order_of_a_price(venue: Venue) -> None:
    late = venue.limit("ann", Side.SELL, "1", "60001.0")
    first = venue.limit("ann", Side.SELL, "1", "60000.0")
    second = venue.limit("ann", Side.SELL, "1", "60000.0")
    taker = venue.limit("bob", Side.BUY, "2.5", "60005.0")
    trades = venue.of(Trade)
    assert [(trade.price, trade.qty) for trade in trades] == [(600_000, BTC), (600_000, BTC), (600_010, BTC // 2)]
    assert [venue.now(order).status for order in (first, second)] == [OrderStatus.FILLED] * 2
    assert venue.now(late).left == BTC // 2
    assert taker.status is OrderStatus.FILLED
    assert [trade.trade_id for trade in trades] == sorted({trade.trade_id for trade in trades})
    assert all(trade.taker_side is Side.BUY for trade in trades)


def test_a_fill_keeps_the_queue_time_and_a_full_fill_deletes(venue: Venue) -> None:
    resting = venue.limit("ann", Side.SELL, "1", "60000.0")
    venue.clock.advance(s=5)
    venue.limit("bob", Side.BUY, "0.4", "60000.0")
    modify = venue.changes()[-1]
    assert (modify.action, modify.qty, modify.ts_ns) == (BookAction.MODIFY, 60_000_000, resting.created_ns)
    venue.limit("bob", Side.BUY, "0.6", "60000.0")
    delete = venue.changes()[-1]
    assert (delete.action, delete.qty) == (BookAction.DELETE, 60_000_000)
    assert delete.ts_ns > resting.created_ns
    assert venue.queue(Side.SELL) == []


def test_maker_and_taker_hear_of_a_trade_in_order(venue: Venue) -> None:
    maker = venue.limit("ann", Side.SELL, "1", "60000.0")
    taker = venue.limit("bob", Side.BUY, "1", "60000.0")
    assert venue.reports(maker)[2:] == [ExecType.TRADE, ExecType.FILLED]
    assert venue.reports(taker) == [ExecType.PENDING_NEW, ExecType.NEW, ExecType.TRADE, ExecType.FILLED]
    fills = [report.fill for report in venue.of(Execution) if report.fill]
    assert [(fill.account_id, fill.maker) for fill in fills] == [("ann", True), ("bob", False)]
    assert fills[0].trade_id == fills[1].trade_id
    assert fills[0].exec_id != fills[1].exec_id


def test_a_post_only_order_that_would_take_is_accepted_then_canceled(venue: Venue) -> None:
    venue.limit("ann", Side.SELL, "1", "60000.0")
    order = venue.limit("bob", Side.BUY, "1", "60000.0", post_only=True)
    assert order.order_id
    assert (order.status, order.reason) == (OrderStatus.CANCELED, "Post only order")
    assert venue.reports(order) == [ExecType.PENDING_NEW, ExecType.CANCELED]
    assert venue.of(Trade) == []
    assert venue.exchange.holds("bob") == {}


def test_what_ioc_cannot_trade_at_once_is_canceled(venue: Venue) -> None:
    venue.limit("ann", Side.SELL, "1", "60000.0")
    order = venue.limit("bob", Side.BUY, "1.5", "60000.0", time_in_force=TimeInForce.IOC)
    assert (order.status, order.filled) == (OrderStatus.CANCELED, BTC)
    assert venue.queue(Side.BUY) == []
    assert venue.exchange.open_orders("bob") == []


def test_a_market_order_walks_the_book_but_stops_five_percent_away(venue: Venue) -> None:
    for price in ("60000.0", "63000.0", "63000.1"):
        venue.limit("ann", Side.SELL, "1", price)
    order = venue.market("bob", Side.BUY, "3")
    assert [trade.price for trade in venue.of(Trade)] == [600_000, 630_000]
    assert (order.status, order.reason) == (OrderStatus.CANCELED, "Market price protection")


def test_a_market_order_in_an_empty_book_is_canceled(venue: Venue) -> None:
    order = venue.market("bob", Side.SELL, "1")
    assert (order.status, order.filled) == (OrderStatus.CANCELED, 0)


@pytest.mark.parametrize(
    ("mode", "resting_lives", "arriving_filled"),
    [(Stp.CANCEL_NEWEST, True, 0), (Stp.CANCEL_OLDEST, False, BTC), (Stp.CANCEL_BOTH, False, 0)],
)
def test_own_orders_never_trade_with_each_other(
    venue: Venue, mode: Stp, resting_lives: bool, arriving_filled: int
) -> None:
    own = venue.limit("ann", Side.SELL, "1", "60000.0")
    venue.limit("bob", Side.SELL, "1", "60000.0")
    arriving = venue.limit("ann", Side.BUY, "1", "60000.0", stp=mode)
    assert (venue.now(own).status is OrderStatus.NEW) is resting_lives
    assert arriving.filled == arriving_filled
    assert arriving.status is (OrderStatus.FILLED if arriving_filled else OrderStatus.CANCELED)


def test_validate_changes_nothing(venue: Venue) -> None:
    order = venue.limit("ann", Side.BUY, "1", "60000.0", validate=True)
    assert order.order_id == ""
    assert venue.events == []
    assert venue.exchange.open_orders("ann") == []
    assert venue.exchange.holds("ann") == {}


def test_a_listener_that_orders_sees_one_sequence_of_events(venue: Venue) -> None:
    seen: list[str] = []

    def react(event: object) -> None:
        if isinstance(event, Execution):
            seen.append(f"{event.account_id} {event.exec_type}")
            if event.account_id == "ann" and event.exec_type is ExecType.NEW:
                venue.limit("bob", Side.BUY, "1", "59000.0")

    venue.exchange.listen(react)
    venue.limit("ann", Side.BUY, "1", "60000.0")
    assert seen == ["ann pending_new", "ann new", "bob pending_new", "bob new"]
