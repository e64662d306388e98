"""Cancels by id, tag, all at once and by the cancel-after timer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.domain.order import Side
from app.venue.core.api import BookAction, ExecType, OrderStatus, SystemMode, VenueReject

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue


def test_a_cancel_ends_the_order_and_frees_its_hold(venue: Venue) -> None:
    order = venue.limit("ann", Side.BUY, "1", "60000.0", cl_ord_id="mine-1")
    assert venue.exchange.holds("ann")
    ended = venue.exchange.cancel_order("ann", cl_ord_id="mine-1")
    assert (ended.status, ended.reason, ended.order_id) == (OrderStatus.CANCELED, "User requested", order.order_id)
    assert venue.exchange.holds("ann") == {}
    assert venue.changes()[-1].action is BookAction.DELETE
    assert venue.reports(order)[-1] is ExecType.CANCELED
    assert venue.exchange.closed_orders("ann")[0].order_id == order.order_id


def test_another_accounts_order_is_unknown(venue: Venue) -> None:
    order = venue.limit("ann", Side.BUY, "1", "60000.0")
    with pytest.raises(VenueReject, match="EOrder:Unknown order"):
        venue.exchange.cancel_order("bob", order_id=order.order_id)
    assert venue.exchange.find_order("bob", order.order_id) is None


def test_a_client_id_may_be_used_again_after_the_order_ended(venue: Venue) -> None:
    venue.limit("ann", Side.BUY, "1", "60000.0", cl_ord_id="mine-1")
    venue.exchange.cancel_order("ann", cl_ord_id="mine-1")
    again = venue.limit("ann", Side.BUY, "1", "60000.0", cl_ord_id="mine-1")
    assert again.status is OrderStatus.NEW


def test_a_tag_cancels_all_its_orders_and_only_those(venue: Venue) -> None:
    tagged = [venue.limit("ann", Side.BUY, "1", price, userref=7) for price in ("60000.0", "60001.0")]
    other = venue.limit("ann", Side.BUY, "1", "60000.0", userref=8)
    done = venue.exchange.cancel_userref("ann", 7)
    assert [order.order_id for order in done] == [order.order_id for order in tagged]
    assert [order.order_id for order in venue.exchange.open_orders("ann")] == [other.order_id]
    with pytest.raises(VenueReject, match="EOrder:Unknown order"):
        venue.exchange.cancel_userref("ann", 7)


def test_cancel_all_spares_other_accounts(venue: Venue) -> None:
    venue.limit("ann", Side.BUY, "1", "60000.0")
    venue.limit("ann", Side.SELL, "1", "70000.0")
    venue.limit("bob", Side.BUY, "1", "60000.0")
    assert len(venue.exchange.cancel_all("ann")) == 2
    assert venue.exchange.open_orders("ann") == []
    assert len(venue.exchange.open_orders("bob")) == 1


def test_the_timer_cancels_everything_once(venue: Venue) -> None:
    order = venue.limit("ann", Side.BUY, "1", "60000.0")
    now, trigger = venue.exchange.cancel_all_after("ann", 60)
    assert trigger - now == 60 * 10**9
    venue.clock.advance(s=59)
    venue.exchange.tick()
    assert venue.now(order).status is OrderStatus.NEW
    venue.clock.advance(s=1)
    venue.exchange.tick()
    assert venue.now(order).reason == "CancelAllOrdersAfter Timeout"
    later = venue.limit("ann", Side.BUY, "1", "60000.0")
    venue.clock.advance(s=600)
    venue.exchange.tick()
    assert venue.now(later).status is OrderStatus.NEW


def test_rearming_moves_the_timer_and_zero_clears_it(venue: Venue) -> None:
    order = venue.limit("ann", Side.BUY, "1", "60000.0")
    venue.exchange.cancel_all_after("ann", 10)
    venue.clock.advance(s=9)
    venue.exchange.cancel_all_after("ann", 10)
    venue.clock.advance(s=9)
    venue.exchange.tick()
    assert venue.now(order).status is OrderStatus.NEW
    assert venue.exchange.cancel_all_after("ann", 0)[1] == 0
    venue.clock.advance(s=100)
    venue.exchange.tick()
    assert venue.now(order).status is OrderStatus.NEW


def test_a_step_of_the_wall_clock_does_not_fire_the_timer(venue: Venue) -> None:
    order = venue.limit("ann", Side.BUY, "1", "60000.0")
    venue.exchange.cancel_all_after("ann", 60)
    venue.clock.step_wall(3_600 * 10**9)
    venue.exchange.tick()
    assert venue.now(order).status is OrderStatus.NEW


def test_a_timer_that_ran_out_in_maintenance_fires_at_its_end(venue: Venue) -> None:
    order = venue.limit("ann", Side.BUY, "1", "60000.0")
    venue.exchange.cancel_all_after("ann", 5)
    venue.exchange.set_mode(SystemMode.MAINTENANCE)
    venue.clock.advance(s=6)
    venue.exchange.tick()
    assert venue.now(order).status is OrderStatus.NEW
    venue.exchange.set_mode(SystemMode.ONLINE)
    venue.exchange.tick()
    assert venue.now(order).status is OrderStatus.CANCELED


@pytest.mark.parametrize("seconds", [-1, 86_400])
def test_a_timer_of_a_day_or_more_is_refused(venue: Venue, seconds: int) -> None:
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments"):
        venue.exchange.cancel_all_after("ann", seconds)
