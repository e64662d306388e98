"""Market data as the engine holds it: books, tape, tickers, instruments.

Every message is applied, since the checksum needs it; nothing is computed for
a screen until a screen is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from app.clock import NS_PER_S, Clock, rfc3339
from app.domain.book import L2Book, L3Book
from app.domain.book_flow import BookFlow
from app.domain.instrument import UNIT_DP, Instrument, PairStatus, from_units, to_units
from app.domain.order import Side
from app.domain.price_volume import PriceVolume
from app.domain.queue_story import when
from app.engine.backlog import Backlog
from app.engine.heat import HeatTrail
from app.engine.recorder import Recorder
from app.engine.tape import Tape
from app.link.frames import Trust
from app.protocol.wiretime import time_ns
from app.protocol.ws2.frames import BookFrame, Level3Frame, OrdersData, Ticker, Trade

AnyBook = L3Book | L2Book

NS_PER_DAY = 86_400 * NS_PER_S
OLD_TRADE_NS = 10 * NS_PER_S
"""A trade that happened so long ago was not heard when it happened."""


class DataGap(NamedTuple):
    """A break in the data of one book.

    Attributes:
        ended_ns: When it ended, monotonic.
        lasted_ns: How long nothing was known.
    """

    ended_ns: int
    lasted_ns: int


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
        self.tape = Tape()
        self.heard_ns = self.updated_ns = 0
        self.version = 0
        self.flow: BookFlow | None = None
        self.recorder: Recorder | None = None
        self.backlog = Backlog()
        self.heat = HeatTrail()
        self.volume = PriceVolume()
        self.stamp = ""
        self.gap: DataGap | None = None
        self._lost_ns = 0
        self._bad = (0, 0)
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

    def late(self, mono_ns: int) -> bool:
        """Look whether the book is too far behind the venue."""
        # A snapshot tells when the last order came, not when it was sent.
        told = when(self.stamp) if self.heard_ns == self.updated_ns else 0
        return self.backlog.look(told, self.heard_ns, mono_ns)

    def venue_ns(self, mono_ns: int) -> int:
        """Return the venue's time by its last message and what has passed since; 0 before one."""
        told = when(self.stamp)
        return told + mono_ns - self.heard_ns if told else 0

    def mismatch(self, now_ns: int) -> None:
        """Count that the book was not the venue's."""
        day, count = now_ns // NS_PER_DAY, self.bad_today(now_ns)
        self._bad = (day, count + 1)

    def bad_today(self, now_ns: int) -> int:
        """Return how often the book was not the venue's on the UTC day of a wall time."""
        day, count = self._bad
        return count if day == now_ns // NS_PER_DAY else 0

    def broke(self) -> None:
        """The data ends here: what comes after its last message is missing."""
        self._lost_ns = self._lost_ns or self.heard_ns
        if self.flow is not None:
            self.flow.lost()
        if self.recorder is not None:
            self.recorder.broke()

    def mended(self, mono_ns: int) -> None:
        """The book is verified again."""
        if self._lost_ns:
            self.gap = DataGap(mono_ns, mono_ns - self._lost_ns)
            self._lost_ns = 0

    def keep_counts(self) -> None:
        """Add up the checksums of a book that is about to be replaced."""
        if self.book is not None:
            self.checks_ok += self.book.checksums_ok
            self.checks_bad += self.book.checksums_bad

    def mid(self) -> Decimal | None:
        """Return the middle of the spread, or None without both sides."""
        bid, ask = self.best(Side.BUY), self.best(Side.SELL)
        return None if bid is None or ask is None else (bid + ask) / 2

    def add_trade(self, trade: Trade, now_ns: int, mono_ns: int) -> None:
        """Add a public trade to the tape; repeats after a reconnect are dropped.

        Args:
            trade: The trade.
            now_ns: Wall time.
            mono_ns: Monotonic time.
        """
        if trade.trade_id <= self._last_trade_id:
            return
        # The numbers rise within a pair, so that a hole tells of prints that did not come (`ws-v2.md` §4.3).
        skipped = trade.trade_id - self._last_trade_id - 1 if self._last_trade_id else 0
        self._last_trade_id = trade.trade_id
        at_ns = time_ns(trade.timestamp)
        side = Side.BUY if trade.side == "buy" else Side.SELL
        self.last = LastTrade(trade.price, trade.qty, side, at_ns)
        self._add_volume(trade, at_ns, now_ns, mono_ns)
        self.tape.add(at_ns, trade.price, trade.qty, side, skipped)

    def _add_volume(self, trade: Trade, at_ns: int, now_ns: int, mono_ns: int) -> None:
        """Count a trade at its price, and let it explain what left the book there."""
        try:
            price, qty = to_units(trade.price), to_units(trade.qty)
        except ValueError:
            return  # finer than any book: it belongs to no level
        bought = trade.side == "buy"
        # The first frame of a subscription holds trades of before.
        old_ns = now_ns - at_ns
        self.volume.add(price, qty, mono_ns - (old_ns if old_ns > OLD_TRADE_NS else 0), bought=bought)
        if self.flow is not None:
            self.flow.trade(price, qty, at_ns, mono_ns, bought=bought)


class Market:
    """All pairs that are watched, and the instruments of the venue.

    Args:
        clock: Monotonic time.
        lost: Called with a pair and the reason when its book lost the venue.
        regained: Called with a pair when its book is verified again.

    Attributes:
        touched: Called with a pair and the lowest and highest price, in units, that the market got to.
        order_book: Kind of books by order, which depends on where they come from.
    """

    def __init__(self, clock: Clock, lost: Callable[[str, str], None], regained: Callable[[str], None]) -> None:
        self._clock = clock
        self._lost = lost
        self._regained = regained
        self.instruments: dict[str, Instrument] = {}
        self.tickers: dict[str, Ticker] = {}
        self.pairs: dict[str, PairMarket] = {}
        self.messages = 0
        self.touched: Callable[[str, int, int], None] = lambda symbol, low, high: None
        self.order_book: type[L3Book] = L3Book
        self._bounds: dict[str, tuple[int, int]] = {}
        self.hearing = True
        self.recorded = False  # messages of a recording come at the pace of who plays it
        self._observed: frozenset[str] = frozenset()

    def bound(self, symbol: str, falling: int, rising: int) -> None:
        """Set the prices of a pair, in units, from which on `touched` is called, below and above."""
        self._bounds[symbol] = (falling, rising)

    def _look_at_touch(self, pair: PairMarket) -> None:
        """Say so if the market got to a price that somebody waits for."""
        falling, rising = self._bounds.get(pair.symbol, (0, 0))
        book = pair.book
        if not rising or book is None or book.best_bid is None or book.best_ask is None:
            return
        if book.best_bid >= rising or book.best_ask <= falling:
            self.touched(pair.symbol, book.best_ask, book.best_bid)

    def _look_at_trade(self, trade: Trade) -> None:
        falling, rising = self._bounds.get(trade.symbol, (0, 0))
        pair = self.pairs[trade.symbol]
        # A trade of before the subscription says nothing about now.
        if rising and pair.last is not None and self._clock.now_ns() - pair.last.ts_ns < OLD_TRADE_NS:
            units = int(trade.price.scaleb(UNIT_DP))
            if units >= rising or units <= falling:
                self.touched(trade.symbol, units, units)

    def observe(self, symbols: Iterable[str]) -> None:
        """Set the pairs whose flow is looked at, message by message; all others cost nothing extra."""
        wanted = frozenset(symbols)
        if wanted == self._observed:
            return
        for symbol in self._observed - wanted:
            if symbol in self.pairs:
                self.pairs[symbol].flow = self.pairs[symbol].recorder = None
        for symbol in wanted - self._observed:
            pair = self.pair(symbol)
            now = pair.venue_ns(self._clock.mono_ns())
            pair.flow = BookFlow(rfc3339(now, 9) if now else "")
            pair.flow.hearing = self.hearing
            pair.recorder = Recorder()
        self._observed = wanted

    def take_pictures(self, second: int, own: Mapping[str, Iterable[int]], believed: Callable[[str], bool]) -> None:
        """Take the heat map's picture of every observed pair; without a believable book a break.

        Args:
            second: Engine's wall time in seconds.
            own: Ticks at which own orders rest, by pair.
            believed: Tells whether a pair's book can be believed now, its link included.
        """
        for symbol in self._observed:
            instrument = self.instruments.get(symbol)
            if instrument is not None:
                pair = self.pair(symbol)
                pair.heat.take(second, pair.book if believed(symbol) else None, instrument, own.get(symbol, ()))

    def follow(self, symbol: str, order_ids: Iterable[str]) -> None:
        """Set the venue's ids of the own orders that work on a pair."""
        pair = self.pairs.get(symbol)
        if pair is not None and pair.flow is not None:
            book = pair.book if isinstance(pair.book, L3Book) else None
            pair.flow.follow(order_ids, book, self._clock.mono_ns())

    def hear(self, *, hearing: bool) -> None:
        """Say whether the public trades are heard."""
        self.hearing = hearing
        for pair in self.pairs.values():
            if pair.flow is not None:
                pair.flow.hearing = hearing

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
        pair.broke()
        pair.version += 1

    def level3(self, frame: Level3Frame, depth: int) -> None:
        """Apply one level3 frame."""
        for data in frame.data:
            pair = self._heard(data.symbol)
            if frame.type == "snapshot":
                book = self.order_book(data.symbol, depth, *self._decimals(data.symbol))
                self._install(pair, book, "L3", depth)
                good = book.snapshot(data)
                pair.stamp = data.timestamp
                self._judge(pair, book, good=good)
                if good:
                    self._follow(pair, book, data.timestamp)
            elif isinstance(pair.book, L3Book) and pair.book.following:
                book, before = pair.book, pair.book.verified
                good = self._update(pair, book, data)
                if not good:
                    self._judge(pair, book, good=False)
                elif not before:  # its snapshot had no checksum: this update proved it
                    self._judge(pair, book, good=True)
                    self._follow(pair, book, data.timestamp)
            if self._bounds and pair.synced:
                self._look_at_touch(pair)

    def _update(self, pair: PairMarket, book: L3Book, data: OrdersData) -> bool:
        """Apply one update, between two looks at what it does if anybody wants to know."""
        flow = pair.flow
        pair.stamp, pair.updated_ns = data.timestamp, pair.heard_ns
        if flow is None or not book.verified:
            return book.apply(data)
        bounds = flow.bounds(book)
        flow.before(book, data, pair.heard_ns)
        good = book.apply(data)
        if good:
            flow.after(book, data, bounds, pair.heard_ns)
            if pair.recorder is not None:
                pair.recorder.add(book, data, self._clock.now_ns())
        return good

    def _follow(self, pair: PairMarket, book: L3Book, timestamp: str) -> None:
        """Look at a book that is proven from now on."""
        if pair.flow is not None:
            pair.flow.regained(book, timestamp, pair.heard_ns)
        if pair.recorder is not None:
            pair.recorder.begin(book, self._clock.now_ns())

    def level2(self, frame: BookFrame, depth: int) -> None:
        """Apply one book frame."""
        for data in frame.data:
            pair = self._heard(data.symbol)
            if frame.type == "snapshot":
                book = L2Book(data.symbol, depth, *self._decimals(data.symbol))
                self._install(pair, book, "L2", depth)
                self._judge(pair, book, good=book.snapshot(data))
            elif isinstance(pair.book, L2Book) and pair.book.following:
                before = pair.book.verified
                good = pair.book.apply(data)
                if not (good and before):
                    self._judge(pair, pair.book, good=good)
            if self._bounds and pair.synced:
                self._look_at_touch(pair)

    def trades(self, trades: Sequence[Trade]) -> None:
        """Apply the trades of one frame."""
        self.messages += 1
        now, mono = self._clock.now_ns(), self._clock.mono_ns()
        for trade in trades:
            pair = self.pair(trade.symbol)
            pair.add_trade(trade, now, mono)
            if (instrument := self.instruments.get(trade.symbol)) is not None:
                tick = int(trade.price / instrument.tick)
                pair.heat.trade(tick, instrument.whole_lots(trade.qty), bought=trade.side == "buy")
            if self._bounds:
                self._look_at_trade(trade)

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
        if not pair.book.verified:
            return Trust.UNVERIFIED
        return Trust.STALE if pair.late(self._clock.mono_ns()) and not self.recorded else Trust.VERIFIED

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

    def _judge(self, pair: PairMarket, book: AnyBook, *, good: bool) -> None:
        """Take note of a book that is proven from now on, or is not any more."""
        if book.following and not good:
            return  # a snapshot without a checksum, as of a recording or over FIX: the first update proves it
        if not good:
            pair.resyncs += 1
            pair.mismatch(self._clock.now_ns())
            pair.broke()
            self._lost(pair.symbol, book.fault)
        else:
            pair.mended(pair.heard_ns)
            self._regained(pair.symbol)
