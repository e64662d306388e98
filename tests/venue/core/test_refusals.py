"""Every refusal says what Kraken says."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from app.domain.instrument import PairStatus
from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core.api import AddOrder, InstrumentChange, StatusChange, SystemMode, VenueReject

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue


def _order(**changes: object) -> AddOrder:
    fields: dict[str, object] = {
        "symbol": "BTC/USD",
        "side": Side.BUY,
        "order_type": OrderType.LIMIT,
        "qty": Decimal("0.001"),
        "limit_price": Decimal("60000.0"),
    }
    return AddOrder(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (_order(symbol="XBT/USD"), "EQuery:Unknown asset pair"),
        (_order(qty=Decimal("0.00004999")), "EGeneral:Invalid arguments:volume minimum not met"),
        (_order(qty=Decimal("0.00004999"), source="rest"), "EOrder:Order minimum not met"),
        (_order(qty=Decimal("0.123456789")), "EGeneral:Invalid arguments:volume"),
        (_order(qty=Decimal(0)), "EGeneral:Invalid arguments:volume"),
        (_order(qty=Decimal(-1)), "EGeneral:Invalid arguments:volume"),
        (_order(limit_price=None), "EGeneral:Invalid arguments:price"),
        (_order(limit_price=Decimal(0)), "EOrder:Invalid price"),
        (_order(limit_price=Decimal(-5)), "EOrder:Invalid price"),
        (_order(limit_price=Decimal("60000.05")), "EOrder:Tick size check failed"),
        (_order(qty=Decimal("0.00005"), limit_price=Decimal("9999.9")), "EOrder:Cost minimum not met"),
        (_order(qty=Decimal(17)), "EOrder:Insufficient funds"),
        (_order(side=Side.SELL, qty=Decimal("100.00000001")), "EOrder:Insufficient funds"),
        (_order(post_only=True, time_in_force=TimeInForce.IOC), "EGeneral:Invalid arguments:post_only"),
        (_order(deadline_ns=1), "EService:Deadline elapsed"),
        (_order(cl_ord_id="longer-than-18-chars"), "EGeneral:Invalid arguments:cl_ord_id"),
        (_order(cl_ord_id="mine", userref=3), "EGeneral:Invalid arguments:cl_ord_id"),
    ],
)
def test_an_order_is_refused_with_krakens_words_and_leaves_no_trace(venue: Venue, order: AddOrder, error: str) -> None:
    with pytest.raises(VenueReject) as caught:
        venue.exchange.add_order("ann", order)
    assert caught.value.error == error
    assert venue.events == []
    assert venue.exchange.holds("ann") == {}
    assert venue.exchange.open_orders("ann") == []


@pytest.mark.parametrize(
    "cl_ord_id", ["a", "exactly-18-chars-x", "0" * 32, "6d1b345e-2821-40e2-ad83-4ecb18a06876", "6d1b345E" * 4]
)
def test_the_three_forms_of_client_ids_are_taken(venue: Venue, cl_ord_id: str) -> None:
    assert venue.exchange.add_order("ann", _order(cl_ord_id=cl_ord_id)).cl_ord_id == cl_ord_id


def test_a_client_id_of_an_open_order_is_refused_but_other_accounts_may_use_it(venue: Venue) -> None:
    venue.exchange.add_order("ann", _order(cl_ord_id="same"))
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments:cl_ord_id"):
        venue.exchange.add_order("ann", _order(cl_ord_id="same"))
    assert venue.exchange.add_order("bob", _order(cl_ord_id="same")).order_id


def test_a_market_buy_beyond_the_funds_is_refused(venue: Venue) -> None:
    venue.limit("bob", Side.SELL, "1", "60000.0")
    with pytest.raises(VenueReject, match="EOrder:Insufficient funds"):
        venue.market("poor", Side.BUY, "0.01")
    assert venue.market("poor", Side.BUY, "0.001").filled == 100_000


@pytest.mark.parametrize(
    ("mode", "add", "post", "cancel"),
    [
        (SystemMode.ONLINE, None, None, None),
        (SystemMode.POST_ONLY, "EService:Market in post_only mode", None, None),
        (SystemMode.CANCEL_ONLY, *["EService:Market in cancel_only mode"] * 2, None),
        (SystemMode.MAINTENANCE, *["EService:Unavailable"] * 3),
    ],
)
def test_the_venues_mode_decides_what_is_taken(
    venue: Venue, mode: SystemMode, add: str | None, post: str | None, cancel: str | None
) -> None:
    order = venue.limit("ann", Side.BUY, "1", "50000.0")
    venue.exchange.set_mode(mode)
    commands: list[tuple[Callable[[], object], str | None]] = [
        (lambda: venue.limit("ann", Side.BUY, "1", "50000.0"), add),
        (lambda: venue.limit("ann", Side.BUY, "1", "50000.0", post_only=True), post),
        (lambda: venue.exchange.cancel_order("ann", order_id=order.order_id), cancel),
    ]
    for command, error in commands:
        if error is None:
            command()
        else:
            with pytest.raises(VenueReject, match=error):
                command()
    assert [event.mode for event in venue.of(StatusChange)] == ([] if mode is SystemMode.ONLINE else [mode])


@pytest.mark.parametrize(
    ("status", "limit", "market"),
    [
        (PairStatus.CANCEL_ONLY, *["EService:Market in cancel_only mode"] * 2),
        (PairStatus.POST_ONLY, *["EService:Market in post_only mode"] * 2),
        (PairStatus.LIMIT_ONLY, None, "EService:Market in limit_only mode"),
        (PairStatus.REDUCE_ONLY, *["EService:Market in reduce_only mode"] * 2),
        (PairStatus.MAINTENANCE, *["EService:Unavailable"] * 2),
        (PairStatus.DELISTED, *["EService:Unavailable"] * 2),
    ],
)
def test_a_pairs_status_decides_what_is_taken(
    venue: Venue, status: PairStatus, limit: str | None, market: str | None
) -> None:
    venue.exchange.set_pair_status("BTC/USD", status)
    assert venue.of(InstrumentChange)[-1].instrument.status is status
    assert venue.exchange.listings["BTC/USD"].instrument.status is status
    commands: list[tuple[Callable[[], object], str | None]] = [
        (lambda: venue.limit("ann", Side.BUY, "1", "50000.0"), limit),
        (lambda: venue.market("ann", Side.BUY, "0.001"), market),
    ]
    for command, error in commands:
        if error is None:
            command()
        else:
            with pytest.raises(VenueReject, match=error):
                command()
    other = AddOrder("ETH/USD", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(3000))
    assert venue.exchange.add_order("ann", other).order_id


def test_the_tier_bounds_open_orders_per_pair(venue: Venue) -> None:
    for _ in range(80):
        venue.clock.advance(s=2)
        venue.exchange.add_order("ann", _order())
    with pytest.raises(VenueReject, match="EOrder:Orders limit exceeded"):
        venue.exchange.add_order("ann", _order())
    assert venue.exchange.rate_limits("ann")[2] == 80
    elsewhere = AddOrder("ETH/USD", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(3000))
    assert venue.exchange.add_order("ann", elsewhere).order_id


def test_an_unknown_account_is_refused(venue: Venue) -> None:
    for name in ("nobody", "house"):
        with pytest.raises(VenueReject, match="EAPI:Invalid key"):
            venue.exchange.balances(name)
