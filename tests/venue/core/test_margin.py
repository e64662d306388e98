"""Margin: positions, what they use, reduce-only and settlement."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from app.domain.instrument import UNIT
from app.domain.order import OrderType, Side
from app.venue.core import policies
from app.venue.core.api import LedgerEntry, LedgerKind, OrderStatus, Trigger, VenueReject

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue

SELL, BUY = Side.SELL, Side.BUY
BTC = 10**8


def _house(venue: Venue, side: Side, qty: str, price: str) -> None:
    assert venue.exchange.desk("BTC/USD").place(side, int(Decimal(price) * 10), int(Decimal(qty) * BTC)) is not None


def _long(venue: Venue, qty: str = "1", price: str = "60000.0", leverage: int = 5) -> None:
    _house(venue, SELL, qty, price)
    assert venue.limit("eve", BUY, qty, price, leverage=leverage).status is OrderStatus.FILLED


def test_an_opening_fill_makes_a_position_and_moves_only_fees(venue: Venue) -> None:
    _long(venue)
    (position,) = venue.exchange.positions("eve")
    (fill,) = venue.exchange.fills("eve")
    assert position.position_id == fill.exec_id
    assert (position.side, position.qty, position.cost) == (BUY, BTC, 60_000 * UNIT)
    assert (position.margin, position.fee) == (12_000 * UNIT, 252 * UNIT)
    assert venue.exchange.balances("eve") == {"USD": (100_000 - 252) * UNIT, "BTC": UNIT}
    (entry,) = [entry for entry in venue.of(LedgerEntry) if entry.account_id == "eve"]
    assert (entry.kind, entry.asset, entry.amount, entry.fee) == (LedgerKind.MARGIN, "USD", 0, 252 * UNIT)


def test_margin_without_a_number_takes_the_highest(venue: Venue) -> None:
    assert venue.limit("eve", BUY, "1", "60000.0", margin=True).terms.leverage == 5


def test_the_margin_state_adds_up(venue: Venue) -> None:
    _long(venue)
    state = venue.exchange.margin("eve")
    assert state.collateral == (100_000 - 252 + 64_000) * UNIT
    assert (state.used, state.cost, state.value, state.unrealised) == (12_000 * UNIT, 60_000 * UNIT, 60_000 * UNIT, 0)
    assert state.level == Decimal(100 * (100_000 - 252 + 64_000)) / 12_000
    venue.last("61000.0")
    moved = venue.exchange.margin("eve")
    assert moved.unrealised == 1_000 * UNIT
    assert moved.free == moved.equity - moved.used == state.free + 1_000 * UNIT


def test_an_opposite_order_closes_the_oldest_first_and_realises_the_profit(venue: Venue) -> None:
    _long(venue, "0.4", "60000.0")
    _long(venue, "0.6", "60500.0", leverage=2)
    old, new = venue.exchange.positions("eve")
    before = venue.exchange.balances("eve")["USD"]
    _house(venue, BUY, "0.5", "61000.0")
    venue.limit("eve", SELL, "0.5", "61000.0", leverage=5)
    fill = venue.exchange.fills("eve")[0]
    assert (fill.closed, fill.opened, fill.pnl) == (BTC // 2, 0, (400 + 50) * UNIT)
    assert venue.exchange.balances("eve")["USD"] == before + 450 * UNIT - fill.fee
    (left,) = venue.exchange.positions("eve")
    assert (left.position_id, left.left, left.left_cost) == (new.position_id, BTC // 2, 30_250 * UNIT)
    assert left.margin == 15_125 * UNIT
    closed = venue.exchange.find_position("eve", old.position_id)
    assert closed is not None
    assert (closed.left, closed.pnl, closed.closing) == (0, 400 * UNIT, (fill.exec_id,))


def test_a_position_closes_in_parts_each_at_its_share_of_the_cost(venue: Venue) -> None:
    _long(venue)
    _house(venue, BUY, "1", "61000.0")
    for qty, pnl, cost, margin in (("0.25", 250, 45_000, 9_000), ("0.5", 500, 15_000, 3_000)):
        venue.limit("eve", SELL, qty, "61000.0", leverage=5)
        (left,) = venue.exchange.positions("eve")
        assert venue.exchange.fills("eve")[0].pnl == pnl * UNIT
        assert (left.left_cost, left.margin, left.cost) == (cost * UNIT, margin * UNIT, 60_000 * UNIT)


def test_more_than_the_position_flips_it(venue: Venue) -> None:
    _long(venue, "0.4")
    _house(venue, BUY, "1", "60000.0")
    venue.limit("eve", SELL, "1", "60000.0", leverage=4)
    (position,) = venue.exchange.positions("eve")
    assert (position.side, position.qty, position.leverage) == (SELL, BTC * 6 // 10, 4)


def test_a_short_gains_when_the_price_falls(venue: Venue) -> None:
    _house(venue, BUY, "1", "60000.0")
    venue.limit("eve", SELL, "1", "60000.0", leverage=5)
    venue.last("59000.0")
    assert venue.exchange.margin("eve").unrealised == 1_000 * UNIT
    _house(venue, SELL, "1", "59000.0")
    venue.market("eve", BUY, "0", leverage=5)
    assert venue.exchange.fills("eve")[0].pnl == 1_000 * UNIT
    assert venue.exchange.positions("eve") == []
    assert venue.exchange.margin("eve").level is None


def test_a_resting_margin_order_reserves_its_margin_and_holds_no_funds(venue: Venue) -> None:
    order = venue.limit("eve", BUY, "1", "50000.0", leverage=5)
    assert venue.exchange.holds("eve") == {}
    assert venue.exchange.margin("eve").reserved == 10_000 * UNIT
    venue.exchange.cancel_order("eve", order_id=order.order_id)
    assert venue.exchange.margin("eve").reserved == 0


@pytest.mark.parametrize(
    ("who", "symbol", "qty", "fields", "error"),
    [
        ("poor", "BTC/USD", "1", {"leverage": 5}, "EOrder:Margin level too low"),
        ("eve", "BTC/USD", "14", {"leverage": 5}, "EOrder:Margin level too low"),
        ("eve", "BTC/USD", "34", {"leverage": 5}, "EOrder:Margin position size exceeded"),
        ("eve", "BTC/USD", "1", {"leverage": 7}, "EGeneral:Invalid arguments:leverage"),
        ("eve", "BTC/USD", "1", {"reduce_only": True}, "EOrder:Reduce only:Non-PC"),
        ("eve", "BTC/USD", "1", {"reduce_only": True, "leverage": 5}, "EOrder:Reduce only:No position exists"),
        ("eve", "BTC/USD", "0", {"leverage": 5}, "EOrder:Unknown position"),
        ("eve", "BTC/USD", "0", {}, "EGeneral:Invalid arguments:volume"),
    ],
)
def test_refusals_on_margin(
    venue: Venue, who: str, symbol: str, qty: str, fields: dict[str, object], error: str
) -> None:
    with pytest.raises(VenueReject) as caught:
        venue.limit(who, BUY, qty, "60000.0", **fields)
    assert caught.value.error == error
    assert venue.exchange.margin(who).reserved == 0


def test_an_allowance_and_a_number_of_positions_bound_the_account(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "MARGIN_ALLOWANCE_USD", 59_999)
    with pytest.raises(VenueReject, match="EOrder:Margin allowance exceeded"):
        venue.limit("eve", BUY, "1", "60000.0", leverage=5)
    monkeypatch.setattr(policies, "POSITIONS_LIMIT", 0)
    with pytest.raises(VenueReject, match="EOrder:Positions limit exceeded"):
        venue.limit("eve", BUY, "1", "60000.0", leverage=5)


def test_a_pair_without_margin_opens_nothing(venue: Venue) -> None:
    pair = venue.exchange._floor.pair("BTC/USD")
    pair.listing = type(pair.listing)(
        **{name: getattr(pair.listing, name) for name in pair.listing.__slots__} | {"leverage": ()}
    )
    with pytest.raises(VenueReject, match="EOrder:Cannot open position"):
        venue.limit("eve", BUY, "1", "60000.0", leverage=5)
    with pytest.raises(VenueReject, match="EOrder:Cannot open position"):
        venue.order("eve", SELL, OrderType.SETTLE_POSITION)


def test_reduce_only_takes_up_to_the_position_and_ends(venue: Venue) -> None:
    _long(venue, "0.4")
    _house(venue, BUY, "1", "60000.0")
    order = venue.limit("eve", SELL, "1", "60000.0", leverage=5, reduce_only=True)
    assert (order.filled, order.status) == (BTC * 4 // 10, OrderStatus.CANCELED)
    assert order.reason == "Reduce only:Position is closed"
    assert venue.exchange.positions("eve") == []


def test_resting_reduce_only_orders_beyond_the_position_go_least_aggressive_first(venue: Venue) -> None:
    _long(venue, "0.5")
    near = venue.limit("eve", SELL, "0.3", "61000.0", leverage=5, reduce_only=True)
    far = venue.limit("eve", SELL, "0.3", "62000.0", leverage=5, reduce_only=True)
    _house(venue, BUY, "0.3", "60000.0")
    venue.limit("eve", SELL, "0.3", "60000.0", leverage=5)
    assert venue.now(near).status is OrderStatus.NEW
    assert venue.now(far).status is OrderStatus.CANCELED
    assert venue.exchange.desk("BTC/USD").take(BUY, 610_000, BTC) == BTC * 2 // 10
    assert venue.now(near).reason == "Reduce only:Position is closed"
    assert venue.exchange.positions("eve") == []


def test_a_reduce_only_order_that_is_too_much_on_arrival_displaces_the_least_aggressive(venue: Venue) -> None:
    _long(venue, "0.5")
    far = venue.limit("eve", SELL, "0.5", "62000.0", leverage=5, reduce_only=True)
    near = venue.limit("eve", SELL, "0.5", "61000.0", leverage=5, reduce_only=True)
    assert venue.now(far).status is OrderStatus.CANCELED
    assert venue.now(near).status is OrderStatus.NEW


def test_a_reduce_only_stop_is_taken_and_checked_when_it_fires(venue: Venue) -> None:
    venue.last("60000.0")
    order = venue.order(
        "eve", SELL, OrderType.STOP_LOSS, leverage=5, reduce_only=True, trigger=Trigger(Decimal("59000.0"))
    )
    assert order.status is OrderStatus.NEW
    venue.last("59000.0")
    assert venue.now(order).reason == "Reduce only:No position exists"


def test_settling_a_long_delivers_the_principal_without_a_fee(venue: Venue) -> None:
    _long(venue, "1")
    before = venue.exchange.balances("eve")
    order = venue.order("eve", SELL, OrderType.SETTLE_POSITION, "0.25")
    assert (order.status, order.filled, order.fee) == (OrderStatus.FILLED, BTC // 4, 0)
    after = venue.exchange.balances("eve")
    assert (after["BTC"] - before["BTC"], after["USD"] - before["USD"]) == (UNIT // 4, -15_000 * UNIT)
    assert {entry.kind for entry in venue.of(LedgerEntry)[-2:]} == {LedgerKind.SETTLED}
    venue.order("eve", SELL, OrderType.SETTLE_POSITION, "0")
    assert venue.exchange.positions("eve") == []
    assert venue.exchange._floor.pool == {"USD": 0, "BTC": 0}


def test_settling_a_short_gives_back_what_was_borrowed(venue: Venue) -> None:
    _house(venue, BUY, "1", "60000.0")
    venue.limit("eve", SELL, "1", "60000.0", leverage=5)
    before = venue.exchange.balances("eve")
    venue.order("eve", BUY, OrderType.SETTLE_POSITION, "0")
    after = venue.exchange.balances("eve")
    assert (after["BTC"] - before["BTC"], after["USD"] - before["USD"]) == (-UNIT, 60_000 * UNIT)


@pytest.mark.parametrize(
    ("side", "qty", "error"),
    [(SELL, "1.5", "EOrder:Unknown position"), (BUY, "1", "EOrder:Unknown position")],
)
def test_what_cannot_be_settled_is_refused(venue: Venue, side: Side, qty: str, error: str) -> None:
    _long(venue, "1")
    with pytest.raises(VenueReject, match=error):
        venue.order("eve", side, OrderType.SETTLE_POSITION, qty)


def test_a_settlement_that_cannot_be_paid_is_refused(venue: Venue) -> None:
    _long(venue, "2")
    with pytest.raises(VenueReject, match="EOrder:Insufficient funds"):
        venue.order("eve", SELL, OrderType.SETTLE_POSITION, "0")
