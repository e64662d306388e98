"""The agents' markets: repeatable, healthy, alive, and fair to a client's order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

import pytest

from app.clock import NS_PER_S, ManualClock
from app.domain.instrument import PairStatus
from app.domain.order import OrderType, Side
from app.venue.agents.flow import COMMANDS_PER_STEP, Flow
from app.venue.core.api import AddOrder, BookDelta, Event, OrderStatus, SystemMode, Trade
from app.venue.core.exchange import Exchange
from app.venue.core.universe import Universe, build_universe

SMALL = build_universe(4)


class Session:
    """A populated venue whose time is moved by hand."""

    def __init__(self, seed: int = 7, universe: Universe = SMALL, *, speed: float = 1.0, flood: int = 0) -> None:
        self.clock = ManualClock()
        self.exchange = Exchange(self.clock, universe, keys_seed="seed")
        self.flow = Flow(self.exchange, seed, self.clock, speed, flood)
        self.placed = self.flow.populate()
        self.events: list[Event] = []
        self.largest_step = 0
        self.exchange.listen(self.events.append)

    def run(self, seconds: int, slice_ms: int = 20) -> None:
        for _ in range(seconds * 1_000 // slice_ms):
            self.clock.advance(ms=slice_ms)
            self.catch_up()

    def catch_up(self) -> None:
        while (due := self.flow.next_due_ns) is not None and due <= self.clock.mono_ns():
            self.largest_step = max(self.largest_step, self.flow.step(self.clock.mono_ns()))

    def changes(self, symbol: str) -> int:
        return sum(
            len(event.changes) for event in self.events if isinstance(event, BookDelta) and event.symbol == symbol
        )

    def story(self) -> list[tuple[object, ...]]:
        told: list[tuple[object, ...]] = []
        for event in self.events:
            if isinstance(event, BookDelta):
                told += [(event.symbol, each.side, each.action, each.price, each.qty) for each in event.changes]
            elif isinstance(event, Trade):
                told.append((event.symbol, event.trade_id, event.price, event.qty, event.taker_side))
        return told


def test_the_same_seed_gives_the_same_flow_to_the_nanosecond() -> None:
    first, second = Session(seed=3), Session(seed=3)
    first.run(5)
    second.run(5)
    assert first.events == second.events
    assert first.exchange.levels("BTC/USD", Side.BUY, 0) == second.exchange.levels("BTC/USD", Side.BUY, 0)


def test_another_seed_gives_another_flow() -> None:
    first, second = Session(seed=3), Session(seed=4)
    first.run(2)
    second.run(2)
    assert first.story() != second.story()


def test_the_flow_does_not_depend_on_how_time_is_sliced() -> None:
    fine, coarse = Session(), Session()
    fine.run(3, slice_ms=1)
    coarse.run(3, slice_ms=100)
    assert fine.story() == coarse.story()


def test_the_big_books_open_deep_and_dense() -> None:
    session = Session(universe=build_universe(10))
    for symbol, least in (("BTC/USD", 1_000), ("ETH/USD", 1_000), ("SOL/USD", 50), ("LTC/USD", 50)):
        for side in Side:
            levels = session.exchange.levels(symbol, side, 0)
            assert len(levels) >= least
            assert sum(len(level.orders) for level in levels) > 1.4 * len(levels)
    for symbol in ("BTC/USD", "ETH/USD"):
        bids = [level.price for level in session.exchange.levels(symbol, Side.BUY, 0)]
        near = [price for price in bids if price > bids[0] - 60]
        gaps = [high - low for high, low in pairwise(near)]
        assert sum(gap <= 5 for gap in gaps) >= 0.9 * len(gaps)
        assert len(near) >= 20


def test_every_listed_pair_has_a_book_and_a_past() -> None:
    universe = build_universe()
    session = Session(universe=universe)
    for symbol, listing in universe.listings.items():
        (bid,), (ask,) = (session.exchange.levels(symbol, side, 1) for side in (Side.BUY, Side.SELL))
        assert bid.price < ask.price
        assert abs(bid.price + ask.price - 2 * listing.reference) < listing.reference // 10, symbol
        trades = session.exchange.trades(symbol)
        assert len(trades) >= (100 if listing.alive else 1)
        assert [trade.ts_ns for trade in trades] == sorted(trade.ts_ns for trade in trades)
        assert trades[-1].ts_ns < session.clock.now_ns() + NS_PER_S
    assert session.exchange.last_price("BTC/USD") == session.exchange.trades("BTC/USD")[-1].price


@pytest.mark.parametrize("minutes", [2, pytest.param(6, marks=pytest.mark.slow)])
def test_markets_stay_healthy_for_minutes(minutes: int) -> None:
    session = Session(universe=build_universe(12))
    opening = {symbol: _orders(session, symbol) for symbol in session.exchange.listings}
    session.exchange.listen(lambda _: session.events.clear())
    for _ in range(minutes):
        session.run(60, slice_ms=100)
        for symbol, listing in session.exchange.listings.items():
            (bid,), (ask,) = (session.exchange.levels(symbol, side, 1) for side in (Side.BUY, Side.SELL))
            assert bid.price < ask.price
            assert ask.price - bid.price < max(60, listing.reference // 200), symbol
            assert abs(bid.price - listing.reference) < listing.reference // 20, symbol
            assert 0.4 < _orders(session, symbol) / opening[symbol] < 2.5, symbol
    for side in Side:
        assert len(session.exchange.levels("BTC/USD", side, 0)) >= 900


def _orders(session: Session, symbol: str) -> int:
    book = session.exchange.desk(symbol).book
    return book.bids.count + book.asks.count


def test_btc_is_hectic_and_quiet_pairs_have_seconds_of_silence() -> None:
    session = Session(universe=build_universe(30))
    busiest = 0
    silent: Counter[str] = Counter()
    seconds = 60
    for _ in range(seconds):
        session.events.clear()
        session.run(1)
        busiest = max(busiest, session.changes("BTC/USD"))
        silent.update(symbol for symbol in session.exchange.listings if not session.changes(symbol))
    assert busiest >= 300
    assert silent["BTC/USD"] == 0
    assert sum(count > seconds // 4 for count in silent.values()) >= 8
    assert all(count < seconds for count in silent.values())


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("symbol", ["BTC/USD", "ETH/USD"])
def test_an_order_joining_the_best_price_is_filled_within_a_minute(symbol: str, side: Side) -> None:
    session = Session()
    session.run(2)
    (best,) = session.exchange.levels(symbol, side, 1)
    instrument = session.exchange.listings[symbol].instrument
    request = AddOrder(symbol, side, OrderType.LIMIT, Decimal("0.05"), instrument.price(best.price), post_only=True)
    order = session.exchange.add_order("practice", request)
    for _ in range(60):
        session.run(1)
        if not session.exchange.open_orders("practice"):
            break
    found = session.exchange.find_order("practice", order.order_id)
    assert found is not None
    assert found.status is OrderStatus.FILLED


def test_agents_never_touch_a_clients_order_but_by_trading() -> None:
    session = Session()
    request = AddOrder("BTC/USD", Side.BUY, OrderType.LIMIT, Decimal("0.05"), Decimal("63900.0"))
    order = session.exchange.add_order("practice", request)
    session.run(60)
    found = session.exchange.find_order("practice", order.order_id)
    assert found is not None
    assert found.status in {OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED}


@pytest.mark.parametrize(
    ("halt", "quotes"),
    [
        (lambda exchange: exchange.set_mode(SystemMode.MAINTENANCE), False),
        (lambda exchange: exchange.set_mode(SystemMode.CANCEL_ONLY), False),
        (lambda exchange: exchange.set_mode(SystemMode.POST_ONLY), True),
        (lambda exchange: exchange.set_pair_status("BTC/USD", PairStatus.CANCEL_ONLY), False),
        (lambda exchange: exchange.set_pair_status("BTC/USD", PairStatus.POST_ONLY), True),
    ],
)
def test_a_halt_stops_the_agents_and_they_come_back(halt: Callable[[Exchange], None], quotes: bool) -> None:
    session = Session()
    halt(session.exchange)
    session.events.clear()
    session.run(10)
    assert not [event for event in session.events if isinstance(event, Trade) and event.symbol == "BTC/USD"]
    assert bool(session.changes("BTC/USD")) is quotes
    session.exchange.set_mode(SystemMode.ONLINE)
    session.exchange.set_pair_status("BTC/USD", PairStatus.ONLINE)
    session.run(10)
    assert [event for event in session.events if isinstance(event, Trade) and event.symbol == "BTC/USD"]


def test_a_step_gives_few_commands_and_a_sleeping_machine_is_not_caught_up() -> None:
    session = Session(flood=5_000)
    session.run(2)
    assert session.largest_step <= 4 * COMMANDS_PER_STEP
    session.events.clear()
    session.clock.advance(s=3_600)
    session.catch_up()
    assert session.changes("BTC/USD") < 20_000


def test_flood_and_speed_raise_the_rate() -> None:
    rates = []
    for session in (Session(), Session(speed=4.0), Session(flood=3_000)):
        session.run(5)
        rates.append(sum(session.changes(symbol) for symbol in SMALL.listings) / 5)
    usual, fast, flood = rates
    assert fast > 2 * usual
    assert flood > 2_500
