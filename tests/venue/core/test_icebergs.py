"""Icebergs: what they show, what is behind, and where a fresh slice stands."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from app.domain.order import OrderType, Side
from app.venue.core.api import AmendOrder, BookAction, ExecType, Order, OrderStatus, Trade, VenueReject

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue

BTC = 10**8
SELL, BUY = Side.SELL, Side.BUY


def _iceberg(venue: Venue, qty: str = "1", display: str = "0.2", price: str = "60000.0", **more: object) -> Order:
    return venue.order("ann", SELL, OrderType.ICEBERG, qty, limit_price=price, display_qty=display, **more)


def _visible(venue: Venue) -> int:
    return venue.exchange.levels("BTC/USD", SELL, 1)[0].qty


def test_only_the_slice_is_shown_though_all_of_it_is_held(venue: Venue) -> None:
    order = _iceberg(venue)
    assert _visible(venue) == BTC // 5
    assert [change.qty for change in venue.changes()] == [BTC // 5]
    assert venue.exchange.holds("ann") == {"BTC": 10**12}
    assert (order.shown, order.hidden, order.left) == (BTC // 5, BTC * 4 // 5, BTC)


def test_a_fresh_slice_goes_behind_the_others_of_its_price(venue: Venue) -> None:
    order = _iceberg(venue)
    other = venue.limit("eve", SELL, "0.5", "60000.0")
    venue.limit("bob", BUY, "0.2", "60000.0")
    assert venue.queue(SELL) == [(600_000, [other.order_id, order.order_id])]
    assert venue.reports(order)[-2:] == [ExecType.TRADE, ExecType.ICEBERG_REFILL]
    delete, add = venue.changes()[-2:]
    assert (delete.action, add.action, add.qty) == (BookAction.DELETE, BookAction.ADD, BTC // 5)
    assert add.ts_ns > order.queued_ns


def test_a_taker_walks_through_slices_in_turn_and_the_last_one_may_be_smaller(venue: Venue) -> None:
    order = _iceberg(venue, qty="0.5")
    venue.limit("eve", SELL, "0.1", "60000.0")
    venue.limit("bob", BUY, "0.6", "60000.0")
    assert [trade.qty for trade in venue.of(Trade)] == [BTC // 5, BTC // 10, BTC // 5, BTC // 10]
    assert venue.now(order).status is OrderStatus.FILLED
    assert venue.reports(order).count(ExecType.ICEBERG_REFILL) == 2
    assert venue.exchange.holds("ann") == {}


def test_an_arriving_iceberg_takes_with_all_of_it_and_shows_a_slice_of_the_rest(venue: Venue) -> None:
    venue.limit("bob", BUY, "0.7", "60000.0")
    order = _iceberg(venue)
    assert order.filled == BTC * 7 // 10
    assert _visible(venue) == BTC // 5


@pytest.mark.parametrize(("qty", "display"), [("1.5", "0.1"), ("1", "1"), ("0.3", "0.02")])
def test_a_fifteenth_may_be_shown(venue: Venue, qty: str, display: str) -> None:
    assert _iceberg(venue, qty, display).order_id


@pytest.mark.parametrize(("qty", "display"), [("1.50000001", "0.1"), ("1", "1.1"), ("1", None)])
def test_less_than_a_fifteenth_or_more_than_all_is_refused(venue: Venue, qty: str, display: str | None) -> None:
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments:displayvol"):
        venue.order("ann", SELL, OrderType.ICEBERG, qty, limit_price="60000.0", display_qty=display)


def _amend(venue: Venue, order: Order, **change: str) -> str:
    fields = {name: Decimal(value) for name, value in change.items()}
    return venue.exchange.amend_order("ann", AmendOrder(order_id=order.order_id, **fields))  # type: ignore[arg-type]


def test_a_smaller_slice_shows_at_once_a_larger_one_at_the_next_refill(venue: Venue) -> None:
    order = _iceberg(venue)
    other = venue.limit("eve", SELL, "0.5", "60000.0")
    _amend(venue, order, display_qty="0.1")
    assert venue.queue(SELL) == [(600_000, [order.order_id, other.order_id])]
    assert venue.now(order).shown == BTC // 10
    _amend(venue, order, display_qty="0.4")
    assert venue.now(order).shown == BTC // 10
    venue.limit("bob", BUY, "0.1", "60000.0")
    assert venue.now(order).shown == BTC * 4 // 10


def test_the_amended_slice_is_measured_against_what_is_left(venue: Venue) -> None:
    order = _iceberg(venue, qty="1.5", display="0.1")
    venue.limit("bob", BUY, "0.75", "60000.0")
    _amend(venue, order, display_qty="0.05")
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments:displayvol"):
        _amend(venue, order, display_qty="0.04")


def test_less_quantity_comes_out_of_what_is_hidden_and_keeps_the_place(venue: Venue) -> None:
    order = _iceberg(venue)
    other = venue.limit("eve", SELL, "0.5", "60000.0")
    before = len(venue.changes())
    _amend(venue, order, qty="0.5")
    assert len(venue.changes()) == before
    assert venue.now(order).hidden == BTC * 3 // 10
    _amend(venue, order, qty="0.1")
    assert venue.queue(SELL) == [(600_000, [order.order_id, other.order_id])]
    assert venue.now(order).shown == BTC // 10
    _amend(venue, order, qty="0.8")
    assert venue.queue(SELL) == [(600_000, [other.order_id, order.order_id])]
    assert venue.now(order).shown == BTC // 5


def test_a_plain_order_has_no_slice_to_amend(venue: Venue) -> None:
    order = venue.limit("ann", SELL, "1", "60000.0")
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments:displayvol"):
        _amend(venue, order, display_qty="0.5")
