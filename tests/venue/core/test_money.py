"""Costs, fees, holds and ledger entries of trades."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.clock import ManualClock
from app.domain.instrument import UNIT, from_units, to_units
from app.domain.order import OrderType, Side
from app.venue.core.accounts import Account
from app.venue.core.api import AddOrder, Fill, LedgerEntry, OrderStatus, VenueReject
from app.venue.core.exchange import Exchange
from app.venue.core.fees import SPOT, fee_ceiling, fee_on, tier_for
from app.venue.core.pair import Pair
from app.venue.core.ratelimit import INTERMEDIATE
from app.venue.core.universe import build_universe

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue


def _units(text: str) -> int:
    return to_units(Decimal(text))


def _fill(venue: Venue, who: str) -> Fill:
    return venue.exchange.fills(who)[0]


@pytest.mark.parametrize(
    ("volume", "maker", "taker"),
    [("0", 25, 40), ("9999.99", 25, 40), ("10000", 20, 35), ("999999", 8, 18), ("50000000", 0, 10)],
)
def test_the_fee_tier_follows_the_volume(volume: str, maker: int, taker: int) -> None:
    tier = tier_for(SPOT, _units(volume))
    assert (tier.maker, tier.taker) == (maker, taker)


def test_cost_and_fee_of_the_documented_fill() -> None:
    pair = Pair(build_universe(1).listings["BTC/USD"])
    cost = pair.cost(265_999, 500_000)
    assert from_units(cost) == Decimal("132.9995")
    assert from_units(fee_on(cost, 26, 10**8)) == Decimal("0.3458")


def test_maker_and_taker_pay_their_own_fee_in_quote(venue: Venue) -> None:
    venue.limit("ann", Side.SELL, "0.5", "60000.0")
    venue.limit("bob", Side.BUY, "0.5", "60000.0")
    maker, taker = _fill(venue, "ann"), _fill(venue, "bob")
    assert (maker.cost, maker.fee, maker.fee_asset) == (30_000 * UNIT, 75 * UNIT, "USD")
    assert (taker.cost, taker.fee) == (30_000 * UNIT, 120 * UNIT)
    assert venue.exchange.balances("ann") == {"USD": 1_029_925 * UNIT, "BTC": _units("99.5")}
    assert venue.exchange.balances("bob") == {"USD": 969_880 * UNIT, "BTC": _units("100.5")}


def test_volume_counts_at_once_and_lowers_the_next_fee(venue: Venue) -> None:
    venue.limit("ann", Side.SELL, "2", "60000.0")
    venue.limit("bob", Side.BUY, "1", "60000.0")
    assert venue.exchange.volume_30d("bob") == 60_000
    assert venue.exchange.fee_rates("bob", "BTC/USD") == (Decimal("0.14"), Decimal("0.24"))
    venue.limit("bob", Side.BUY, "1", "60000.0")
    assert _fill(venue, "bob").fee == 144 * UNIT


def test_each_fill_makes_a_base_and_a_quote_entry_with_one_reference(venue: Venue) -> None:
    venue.limit("ann", Side.SELL, "0.5", "60000.0")
    venue.limit("bob", Side.BUY, "0.5", "60000.0")
    entries = [entry for entry in venue.of(LedgerEntry) if entry.account_id == "bob"]
    fill = _fill(venue, "bob")
    assert [(entry.asset, entry.amount, entry.fee) for entry in entries] == [
        ("BTC", _units("0.5"), 0),
        ("USD", -30_000 * UNIT, 120 * UNIT),
    ]
    assert {entry.ref_id for entry in entries} == {fill.exec_id}
    assert {entry.asset: entry.balance for entry in entries} == venue.exchange.balances("bob")


@pytest.mark.parametrize(
    ("side", "held", "fee_in_base"),
    [
        (Side.BUY, {"USD": 60_240 * UNIT}, False),
        (Side.BUY, {"USD": 60_000 * UNIT}, True),
        (Side.SELL, {"BTC": UNIT}, False),
        (Side.SELL, {"BTC": _units("1.004")}, True),
    ],
)
def test_an_open_order_holds_its_cost_and_its_highest_fee(
    venue: Venue, side: Side, held: dict[str, int], fee_in_base: bool
) -> None:
    venue.limit("ann", side, "1", "60000.0", fee_in_base=fee_in_base)
    assert venue.exchange.holds("ann") == held
    assert venue.exchange.balances("ann")["USD"] == 1_000_000 * UNIT


def test_the_hold_shrinks_with_each_fill(venue: Venue) -> None:
    venue.limit("ann", Side.SELL, "1", "60000.0")
    venue.limit("bob", Side.BUY, "0.25", "60000.0")
    assert venue.exchange.holds("ann") == {"BTC": _units("0.75")}


def test_a_fee_in_base_comes_out_of_what_is_bought(venue: Venue) -> None:
    venue.limit("ann", Side.SELL, "1", "60000.0")
    venue.limit("bob", Side.BUY, "1", "60000.0", fee_in_base=True)
    fill = _fill(venue, "bob")
    assert (fill.fee, fill.fee_asset) == (_units("0.004"), "BTC")
    assert venue.exchange.balances("bob") == {"USD": 940_000 * UNIT, "BTC": _units("100.996")}


def test_funds_held_by_one_order_are_not_there_for_the_next(venue: Venue) -> None:
    venue.limit("ann", Side.SELL, "60", "70000.0")
    with pytest.raises(VenueReject, match="EOrder:Insufficient funds"):
        venue.limit("ann", Side.SELL, "40.00000001", "70000.0")
    venue.limit("ann", Side.SELL, "40", "70000.0")


def test_a_better_price_gives_back_what_was_held_for_the_worse(venue: Venue) -> None:
    venue.limit("ann", Side.SELL, "1", "50000.0")
    venue.limit("bob", Side.BUY, "1", "60000.0")
    assert venue.exchange.holds("bob") == {}
    assert venue.exchange.balances("bob")["USD"] == 949_800 * UNIT


def test_usd_value_uses_reference_prices(venue: Venue) -> None:
    assert venue.exchange.usd_value("BTC", UNIT // 2) == 32_000 * UNIT


def test_a_hold_cannot_exceed_what_is_available() -> None:
    account = Account("x", INTERMEDIATE, {"USD": 10})
    account.hold("a", "USD", 6)
    with pytest.raises(VenueReject):
        account.hold("b", "USD", 5)
    account.hold("a", "USD", 10)
    account.release("a")
    assert account.available("USD") == 10


@given(pieces=st.lists(st.integers(1, 9_999), min_size=1, max_size=12), ticks=st.integers(600_000, 600_099))
@example(pieces=[3] * 20, ticks=600_000)  # each fee of 0.72 steps is rounded up to a whole one
def test_an_order_that_holds_the_last_cent_fills_in_any_pieces_without_a_debt(pieces: list[int], ticks: int) -> None:
    universe = build_universe(1)
    pair = Pair(universe.listings["BTC/USD"])
    lots = sum(pieces) + pair.min_lots
    cost = pair.cost_ceiling(ticks, lots)
    funds = cost + fee_ceiling(cost, SPOT[0].taker, pair.cost_quantum)
    exchange = Exchange(ManualClock(), universe, accounts=[Account("all-in", INTERMEDIATE, {"USD": funds})])
    desk = exchange.desk("BTC/USD")
    for piece in [*pieces, pair.min_lots]:
        desk.place(Side.SELL, ticks, piece)
    request = AddOrder("BTC/USD", Side.BUY, OrderType.LIMIT, pair.instrument.qty(lots), pair.instrument.price(ticks))
    assert exchange.add_order("all-in", request).status is OrderStatus.FILLED
    assert exchange.balances("all-in")["USD"] >= 0
