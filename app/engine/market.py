"""Market data as the engine holds it: books, tape, tickers, instruments.

Every message is applied, since the checksum needs it; nothing is computed for
a screen until a screen is due.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.clock import NS_PER_MS, Clock
from app.domain.book import L2Book, L3Book
from app.domain.instrument import Instrument, PairStatus, from_units, parse_number
from app.domain.order import Side
from app.link.frames import TapePrint, Trust
from app.protocol.wiretime import time_ns
from app.protocol.ws2.frames import BookFrame, Level3Frame, Ticker, Trade

AnyBook = L3Book | L2Book

TAPE_KEPT = 500
JOIN_NS = 20 * NS_PER_MS
"""Prints of one side at one price within this time are one line of the tape."""


@dataclass(slots=True)
class LastTrade:
    """The newest public trade of a pair."""

    price: Decimal
    qty: Decimal
    side: Side
    ts_ns: int


class PairMarket:
    """One pair: its book, its tape, its last trade.

    Args:
        symbol: WS v2 name.
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.book: AnyBook | None = None
        self.kind = "L3"
        self.depth = 0
        self.resyncs = 0
        self.checks_ok = 0
        self.checks_bad = 0
        self.last: LastTrade | None = None
        self.tape: deque[TapePrint] = deque(maxlen=TAPE_KEPT)
        self.heard_ns = 0
        self.version = 0
        self.tape_version = 0
        self._last_trade_id = 0

    @property
    def synced(self) -> bool:
        """Whether the book equals the venue's by its last checksum."""
        return self.book is not None and self.book.verified

    def best(self, side: Side) -> Decimal | None:
        """Return the best price of a side, or None."""
        if self.book is None:
            return None
        units = self.book.best_bid if side is Side.BUY else self.book.best_ask
        return None if units is None else from_units(units).normalize()

    def keep_counts(self) -> None:
        """Add up the checksums of a book that is about to be replaced."""
        if self.book is not None:
            self.checks_ok += self.book.checksums_ok
            self.checks_bad += self.book.checksums_bad

    def mid(self) -> Decimal | None:
        """Return the middle of the spread, or None without both sides."""
        bid, ask = self.best(Side.BUY), self.best(Side.SELL)
        return None if bid is None or ask is None else (bid + ask) / 2

    def add_trade(self, trade: Trade, instrument: Instrument | None) -> None:
        """Add a public trade to the tape; repeats after a reconnect are dropped."""
        if trade.trade_id <= self._last_trade_id:
            return
        self._last_trade_id = trade.trade_id
        at_ns = time_ns(trade.timestamp)
        side = Side.BUY if trade.side == "buy" else Side.SELL
        self.last = LastTrade(trade.price, trade.qty, side, at_ns)
        price = instrument.price_text(trade.price) if instrument else str(trade.price)
        qty = trade.qty
        count = 1
        if self.tape:
            newest = self.tape[0]
            if newest.price == price and newest.buy == (side is Side.BUY) and at_ns - newest.ts_ns < JOIN_NS:
                qty += parse_number(newest.qty)
                count = newest.count + 1
                self.tape.popleft()
        text = instrument.qty_text(qty) if instrument else str(qty)
        self.tape.appendleft(TapePrint(at_ns, price, text, side is Side.BUY, count))
        self.tape_version += 1


class Market:
    """All pairs that are watched, and the instruments of the venue.

    Args:
        clock: Monotonic time.
        lost: Called with a pair and the reason when its book lost the venue.
        regained: Called with a pair when its book is verified again.
    """

    def __init__(self, clock: Clock, lost: Callable[[str, str], None], regained: Callable[[str], None]) -> None:
        self._clock = clock
        self._lost = lost
        self._regained = regained
        self.instruments: dict[str, Instrument] = {}
        self.tickers: dict[str, Ticker] = {}
        self.pairs: dict[str, PairMarket] = {}
        self.messages = 0

    def pair(self, symbol: str) -> PairMarket:
        """Return the market of a pair, made on first use."""
        found = self.pairs.get(symbol)
        if found is None:
            found = self.pairs[symbol] = PairMarket(symbol)
        return found

    def forget(self, symbol: str) -> None:
        """Drop a pair that nobody watches any more."""
        self.pairs.pop(symbol, None)

    def reset(self, symbol: str, kind: str) -> None:
        """Its subscription starts anew: the book is not to be believed."""
        pair = self.pair(symbol)
        pair.kind = "L3" if kind == "level3" else "L2"
        pair.keep_counts()
        pair.book = None
        pair.version += 1

    def level3(self, frame: Level3Frame, depth: int) -> None:
        """Apply one level3 frame."""
        for data in frame.data:
            pair = self._heard(data.symbol)
            if frame.type == "snapshot":
                book = L3Book(data.symbol, depth, *self._decimals(data.symbol))
                self._install(pair, book, "L3", depth)
                self._judge(pair, book, good=book.snapshot(data), fresh=True)
            elif isinstance(pair.book, L3Book) and pair.book.following and not pair.book.apply(data):
                self._judge(pair, pair.book, good=False, fresh=False)

    def level2(self, frame: BookFrame, depth: int) -> None:
        """Apply one book frame."""
        for data in frame.data:
            pair = self._heard(data.symbol)
            if frame.type == "snapshot":
                book = L2Book(data.symbol, depth, *self._decimals(data.symbol))
                self._install(pair, book, "L2", depth)
                self._judge(pair, book, good=book.snapshot(data), fresh=True)
            elif isinstance(pair.book, L2Book) and pair.book.following and not pair.book.apply(data):
                self._judge(pair, pair.book, good=False, fresh=False)

    def trades(self, trades: Sequence[Trade]) -> None:
        """Apply the trades of one frame."""
        self.messages += 1
        for trade in trades:
            self.pair(trade.symbol).add_trade(trade, self.instruments.get(trade.symbol))

    def ticker(self, ticker: Ticker) -> None:
        """Keep the newest 24 h figures of a pair."""
        self.messages += 1
        self.tickers[ticker.symbol] = ticker

    def trust(self, symbol: str, link: Trust) -> Trust:
        """Return how far a pair's book can be believed.

        Args:
            symbol: Pair.
            link: VERIFIED if the link of its kind is alive, else what it says.
        """
        pair = self.pairs.get(symbol)
        if pair is None:
            return Trust.NONE
        if link is not Trust.VERIFIED:
            return link
        if pair.book is None:
            return Trust.SYNCING
        return Trust.VERIFIED if pair.book.verified else Trust.UNVERIFIED

    def status(self, symbol: str) -> PairStatus:
        """Return the trading status of a pair."""
        instrument = self.instruments.get(symbol)
        return instrument.status if instrument else PairStatus.UNKNOWN

    def usd_prices(self) -> dict[str, Decimal]:
        """Return prices of assets in USD, from what is watched or was ticked."""
        prices = {"USD": Decimal(1)}
        for symbol, ticker in self.tickers.items():
            base, _, quote = symbol.partition("/")
            if quote == "USD" and ticker.last is not None:
                prices[base] = ticker.last
        for symbol, pair in self.pairs.items():
            base, _, quote = symbol.partition("/")
            if quote == "USD" and pair.last is not None:
                prices[base] = pair.last.price
        return prices

    def _heard(self, symbol: str) -> PairMarket:
        self.messages += 1
        pair = self.pair(symbol)
        pair.heard_ns = self._clock.mono_ns()
        pair.version += 1
        return pair

    def _decimals(self, symbol: str) -> tuple[int | None, int | None]:
        instrument = self.instruments.get(symbol)
        return (instrument.price_dp, instrument.qty_dp) if instrument else (None, None)

    def _install(self, pair: PairMarket, book: AnyBook, kind: str, depth: int) -> None:
        pair.keep_counts()
        pair.book, pair.kind, pair.depth = book, kind, depth

    def _judge(self, pair: PairMarket, book: AnyBook, *, good: bool, fresh: bool) -> None:
        if book.following and not good:
            return  # a recording's snapshot without a checksum: the first update proves it
        if not good:
            pair.resyncs += 1
            self._lost(pair.symbol, book.fault)
        elif fresh:
            self._regained(pair.symbol)
