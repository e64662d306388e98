"""Amends: who keeps the place in the queue, and what readers of the book see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.domain.order import Side
from app.venue.core.api import AmendOrder, BookAction, ExecType, OrderStatus, Trade, VenueReject

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue


def test_a_lower_quantity_keeps_the_place_and_the_queue_time(venue: Venue) -> None:
    first = venue.limit("ann", Side.BUY, "1", "60000.0")
    second = venue.limit("bob", Side.BUY, "1", "60000.0")
    venue.clock.advance(s=20)
    amend_id = venue.amend("ann", first, qty="0.4")
    assert amend_id.startswith("T")
    assert venue.queue(Side.BUY) == [(600_000, [first.order_id, second.order_id])]
    change = venue.changes()[-1]
    assert (change.action, change.qty, change.ts_ns) == (BookAction.MODIFY, 40_000_000, first.created_ns)
    assert venue.now(first).changed_ns > first.changed_ns
    assert venue.reports(first)[-1] is ExecType.AMENDED


@pytest.mark.parametrize(("qty", "price", "order"), [("2", None, [1, 0]), (None, "59999.9", [0])])
def test_a_new_price_or_more_quantity_goes_to_the_back(
    venue: Venue, qty: str | None, price: str | None, order: list[int]
) -> None:
    first = venue.limit("ann", Side.BUY, "1", "60000.0")
    second = venue.limit("bob", Side.BUY, "1", "60000.0")
    venue.amend("ann", first, qty=qty, price=price)
    level = [found for _, found in venue.queue(Side.BUY) if first.order_id in found]
    assert level == [[(first.order_id, second.order_id)[index] for index in order]]
    delete, add = venue.changes()[-2:]
    assert (delete.action, add.action) == (BookAction.DELETE, BookAction.ADD)
    assert delete.order_id == add.order_id == first.order_id
    assert add.ts_ns == venue.now(first).changed_ns


def test_an_amend_into_the_other_side_trades_and_rests_the_remainder(venue: Venue) -> None:
    venue.limit("bob", Side.SELL, "0.4", "60001.0")
    order = venue.limit("ann", Side.BUY, "1", "60000.0")
    venue.amend("ann", order, price="60001.0")
    assert [trade.qty for trade in venue.of(Trade)] == [40_000_000]
    assert venue.queue(Side.BUY) == [(600_010, [order.order_id])]
    assert venue.now(order).status is OrderStatus.PARTIALLY_FILLED


@pytest.mark.parametrize("born_post_only", [True, False])
def test_a_post_only_amend_that_would_take_changes_nothing(venue: Venue, born_post_only: bool) -> None:
    venue.limit("bob", Side.SELL, "1", "60001.0")
    order = venue.limit("ann", Side.BUY, "1", "60000.0", post_only=born_post_only)
    with pytest.raises(VenueReject, match="EOrder:Post only order"):
        venue.amend("ann", order, price="60001.0", post_only=not born_post_only)
    assert venue.queue(Side.BUY) == [(600_000, [order.order_id])]


def test_a_quantity_below_what_is_filled_cancels_the_remainder(venue: Venue) -> None:
    order = venue.limit("ann", Side.BUY, "1", "60000.0")
    venue.limit("bob", Side.SELL, "0.6", "60000.0")
    venue.amend("ann", order, qty="0.5")
    ended = venue.now(order)
    assert (ended.status, ended.qty, ended.filled) == (OrderStatus.CANCELED, 60_000_000, 60_000_000)
    assert venue.exchange.holds("ann") == {}
    assert venue.queue(Side.BUY) == []


def test_an_amend_beyond_the_funds_changes_nothing(venue: Venue) -> None:
    order = venue.limit("ann", Side.BUY, "1", "60000.0")
    held = venue.exchange.holds("ann")
    with pytest.raises(VenueReject, match="EOrder:Insufficient funds"):
        venue.amend("ann", order, qty="20")
    assert venue.exchange.holds("ann") == held
    assert venue.now(order).qty == 100_000_000


@pytest.mark.parametrize(
    "request_",
    [AmendOrder(), AmendOrder(order_id="a", cl_ord_id="b")],
)
def test_exactly_one_id_is_needed(venue: Venue, request_: AmendOrder) -> None:
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments"):
        venue.exchange.amend_order("ann", request_)


def test_an_amend_of_nothing_is_refused(venue: Venue) -> None:
    order = venue.limit("ann", Side.BUY, "1", "60000.0")
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments"):
        venue.amend("ann", order)
