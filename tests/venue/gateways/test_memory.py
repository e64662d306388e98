"""Candles and day figures: the past, the live part, and the seam between them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from app.clock import NS_PER_S
from app.domain.order import OrderType, Side
from app.venue.core.api import AddOrder, Trade
from app.venue.gateways.memory import INTERVALS, MarketMemory
from tests.venue.gateways.conftest import Desk

MINUTE_NS = 60 * NS_PER_S


async def test_candles_of_all_lengths_are_sound_and_in_order(desk: Desk) -> None:
    memory = MarketMemory(desk.venue.exchange, desk.clock, seed=1).pair("BTC/USD")
    for minutes in INTERVALS:
        candles = memory.candles(minutes, 200)
        assert len(candles) == 200
        for candle in candles:
            assert candle.begin_ns % (minutes * MINUTE_NS) == 0
            assert candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
            assert candle.low <= candle.vwap <= candle.high
        begins = [candle.begin_ns for candle in candles]
        assert begins == sorted(set(begins))


async def test_the_same_seed_gives_the_same_past(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    first, second = await open_desk(), await open_desk()
    assert (await first.get("OHLC?pair=XBTUSD&interval=240")) == (await second.get("OHLC?pair=XBTUSD&interval=240"))


async def test_live_trades_grow_the_last_candle_and_the_day(desk: Desk) -> None:
    exchange = desk.venue.exchange
    memory = MarketMemory(exchange, desk.clock, seed=1)
    exchange.listen(lambda event: memory.add(event) if isinstance(event, Trade) else None)
    before, now = memory.pair("BTC/USD").day(desk.clock.now_ns()).trades, desk.clock.now_ns()
    order = AddOrder("BTC/USD", Side.BUY, OrderType.MARKET, exchange.listings["BTC/USD"].instrument.qty_min)
    exchange.add_order("practice", order)
    last = exchange.trades("BTC/USD")[-1]
    for minutes in INTERVALS:
        assert memory.pair("BTC/USD").current(minutes) == memory.pair("BTC/USD").candles(minutes, 1)[-1]
        assert memory.pair("BTC/USD").current(minutes).close == last.price
    assert memory.pair("BTC/USD").day(now).trades > before
    assert memory.pair("BTC/USD").day(now + MINUTE_NS).close == last.price
