"""Market data memory: candles, the last 24 hours, trades and spreads of every pair.

Built from the trades that the exchange remembers and from `Trade` events; what
lies before the oldest of them comes from `History`. Everything is made on
demand and in integers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import takewhile

from app.clock import NS_PER_S, Clock
from app.domain.order import Side
from app.venue.core.api import ExchangeApi, Trade
from app.venue.gateways.history import History
from app.venue.wire.market import NS_PER_MINUTE, Candle, Quote

INTERVALS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
"""Candle lengths in minutes."""

OHLC_ROWS = 720
SPREADS_KEPT = 200
_MINUTES_KEPT = 3 * 1440
_DAY_NS = 86_400 * NS_PER_S
_DAY_STEP = 240


@dataclass(frozen=True, slots=True)
class Spread:
    """Best prices at one second, in ticks."""

    at_s: int
    bid: int
    ask: int


class PairMemory:
    """Memory of one pair; made when first asked for or first traded."""

    __slots__ = ("_day", "_day_minute", "_last_id", "_past", "_steps", "history", "minutes", "spreads")

    def __init__(self, history: History) -> None:
        self.history = history
        self.minutes: deque[Candle] = deque(maxlen=_MINUTES_KEPT)
        self.spreads: deque[Spread] = deque(maxlen=SPREADS_KEPT)
        self._last_id = 0
        self._past: dict[int, list[Candle]] = {}
        self._steps: dict[int, Candle] = {}
        self._day: Candle | None = None
        self._day_minute = -1

    def add(self, trade: Trade) -> None:
        """Take one trade; one that is known already is passed over."""
        if trade.trade_id <= self._last_id:
            return
        self._last_id = trade.trade_id
        begin = trade.ts_ns - trade.ts_ns % NS_PER_MINUTE
        piece = Candle(begin, trade.price, trade.price, trade.price, trade.price, trade.qty, trade.price * trade.qty, 1)
        if self._day is not None:
            self._day.merge(piece)
        if self.minutes and self.minutes[-1].begin_ns >= begin:
            self.minutes[-1].merge(piece)
        else:
            self.minutes.append(piece)

    def _before(self, minutes: int, count: int) -> list[Candle]:
        """Copies of the last candles of the past, oldest first; the very last may be cut by its end."""
        past = self._past.setdefault(minutes, [])
        length = minutes * NS_PER_MINUTE
        last = self.history.start_ns - self.history.start_ns % length
        while len(past) < count:
            past.append(self.history.candle(last - length * len(past), minutes))
        return [_copy(item, item.begin_ns) for item in reversed(past[:count])]

    def candles(self, minutes: int, count: int) -> list[Candle]:
        """The last candles of one length, oldest first; copies, the last one still grows."""
        length = minutes * NS_PER_MINUTE
        live: list[Candle] = []
        for piece in self.minutes:
            begin = piece.begin_ns - piece.begin_ns % length
            if live and live[-1].begin_ns == begin:
                live[-1].merge(piece)
            else:
                live.append(_copy(piece, begin))
        past = self._before(minutes, max(1, count - len(live) + 1))
        if live and past and live[0].begin_ns == past[-1].begin_ns:
            past[-1].merge(live.pop(0))
        return (past + live)[-count:]

    def current(self, minutes: int) -> Candle:
        """The candle that grows now; looks only at the minutes that belong to it."""
        length = minutes * NS_PER_MINUTE
        newest = self.minutes[-1]
        begin = newest.begin_ns - newest.begin_ns % length
        if begin < self.history.start_ns:
            return self.candles(minutes, 1)[-1]
        pieces = list(takewhile(lambda piece: piece.begin_ns >= begin, reversed(self.minutes)))
        total = _copy(pieces.pop(), begin)
        for piece in reversed(pieces):
            total.merge(piece)
        return total

    def since(self, from_ns: int) -> Candle:
        """Everything since a time as one candle."""
        step = _DAY_STEP * NS_PER_MINUTE
        total: Candle | None = None
        begin = from_ns - from_ns % step
        while begin < self.history.start_ns:
            piece = self._steps.get(begin)
            if piece is None:
                piece = self._steps[begin] = self.history.candle(begin, _DAY_STEP)
            if total is None:
                total = _copy(piece, begin)
            else:
                total.merge(piece)
            begin += step
        for minute in self.minutes:
            if minute.begin_ns >= from_ns:
                if total is None:
                    total = _copy(minute, minute.begin_ns)
                else:
                    total.merge(minute)
        if total is None:
            price = self.minutes[-1].close if self.minutes else self.history.price(self.history.start_ns)
            total = Candle(from_ns, price, price, price, price)
        return total

    def day(self, now_ns: int) -> Candle:
        """The last 24 hours as one candle; refreshed each minute, grown by each trade."""
        minute = now_ns // NS_PER_MINUTE
        if self._day is None or minute != self._day_minute:
            self._day, self._day_minute = self.since(now_ns - _DAY_NS), minute
        return self._day


def _copy(candle: Candle, begin_ns: int) -> Candle:
    return Candle(
        begin_ns,
        candle.open,
        candle.high,
        candle.low,
        candle.close,
        candle.volume,
        candle.turnover,
        candle.trades,
    )


class MarketMemory:
    """Memory of all pairs.

    Args:
        exchange: Books and live trades.
        clock: Time source.
        seed: Seed of the past.
    """

    def __init__(self, exchange: ExchangeApi, clock: Clock, seed: int) -> None:
        self._exchange = exchange
        self._clock = clock
        self._seed = seed
        self.start_ns = clock.now_ns()
        self._pairs: dict[str, PairMemory] = {}
        self._moved: set[str] = set()

    def pair(self, symbol: str) -> PairMemory:
        """Memory of one pair."""
        memory = self._pairs.get(symbol)
        if memory is None:
            known = self._exchange.trades(symbol)
            listing = self._exchange.listings[symbol]
            at_ns, price = (known[0].ts_ns, known[0].price) if known else (self.start_ns, listing.reference)
            memory = self._pairs[symbol] = PairMemory(History(listing, self._seed, at_ns, price))
            for trade in known:
                memory.add(trade)
        return memory

    def add(self, trade: Trade) -> None:
        """Take one live trade."""
        self.pair(trade.symbol).add(trade)

    def book_moved(self, symbol: str) -> None:
        """Note that a book changed, so that its spread is sampled."""
        self._moved.add(symbol)

    def sample_spreads(self) -> None:
        """Note the spread of every book that changed since the last call."""
        now_s = self._clock.now_ns() // NS_PER_S
        for symbol in self._moved:
            quote = self.quote(symbol)
            if quote.bid is not None and quote.ask is not None:
                spreads = self.pair(symbol).spreads
                if not spreads or (spreads[-1].bid, spreads[-1].ask) != (quote.bid, quote.ask):
                    spreads.append(Spread(now_s, quote.bid, quote.ask))
        self._moved.clear()

    def quote(self, symbol: str) -> Quote:
        """Best prices now."""
        bids = self._exchange.levels(symbol, Side.BUY, 1)
        asks = self._exchange.levels(symbol, Side.SELL, 1)
        return Quote(
            bid=bids[0].price if bids else None,
            bid_qty=bids[0].qty if bids else 0,
            ask=asks[0].price if asks else None,
            ask_qty=asks[0].qty if asks else 0,
        )

    def trades(self, symbol: str, count: int) -> list[Trade]:
        """The last public trades, oldest first."""
        return list(self._exchange.trades(symbol))[-count:]
