"""From exchange events to encoded frames, each encoded once for all its readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.clock import Clock
from app.venue.core.api import (
    BookDelta,
    Event,
    ExchangeApi,
    Execution,
    InstrumentChange,
    LedgerEntry,
    StatusChange,
    Trade,
)
from app.venue.gateways.bookfeed import BookFeed
from app.venue.gateways.faults import Faults
from app.venue.gateways.ledgers import LedgerMemory
from app.venue.gateways.memory import INTERVALS, MarketMemory
from app.venue.gateways.private import PrivateFeed
from app.venue.gateways.websocket import WebSocket, text_frame
from app.venue.wire import frames, instruments, market
from app.venue.wire.numbers import Scale


@dataclass(frozen=True, slots=True)
class Stream:
    """What a market subscription names.

    Attributes:
        channel: `ticker`, `trade`, `ohlc` or `instrument`.
        symbol: WS v2 name; empty for `instrument`.
        option: Interval of `ohlc`, 1 for a `bbo` ticker, else 0.
    """

    channel: str
    symbol: str = ""
    option: int = 0


class Feed:
    """All market and private streams of the venue.

    Args:
        exchange: Source of events and snapshots.
        clock: Time source.
        memory: Candles, trades and day statistics.
        faults: Faults to obey.
        on_status: Called when the state of the venue changes.
    """

    def __init__(
        self,
        exchange: ExchangeApi,
        clock: Clock,
        memory: MarketMemory,
        faults: Faults,
        on_status: Callable[[StatusChange], None],
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._memory = memory
        self._faults = faults
        self._on_status = on_status
        self.scales = {symbol: Scale(listing.instrument) for symbol, listing in exchange.listings.items()}
        self.private = PrivateFeed(exchange, self.scales, faults)
        self.ledgers = LedgerMemory()
        self._books: dict[str, BookFeed] = {}
        self._readers: dict[Stream, dict[WebSocket, None]] = {}
        self._quoted: set[str] = set()
        self._trades: dict[str, list[Trade]] = {}
        self._last_bbo: dict[str, market.Quote] = {}

    def on_event(self, event: Event) -> None:
        """Take one event of the exchange."""
        if isinstance(event, BookDelta):
            self._memory.book_moved(event.symbol)
            book = self._books.get(event.symbol)
            if book is not None:
                book.apply(event)
            self._quoted.add(event.symbol)
        elif isinstance(event, Trade):
            self._memory.add(event)
            self._trades.setdefault(event.symbol, []).append(event)
        elif isinstance(event, Execution):
            self.private.execution(event)
        elif isinstance(event, LedgerEntry):
            self.ledgers.add(event)
            self.private.ledger(event)
        elif isinstance(event, StatusChange):
            self._on_status(event)
        elif isinstance(event, InstrumentChange):
            self._publish(Stream("instrument"), instruments.frame("update", (), (event.instrument,)))

    def flush(self) -> None:
        """Send what is gathered per slice: trades, tickers and growing candles."""
        trades, self._trades = self._trades, {}
        for symbol, batch in trades.items():
            self._flush_trades(symbol, batch)
        quoted, self._quoted = self._quoted, set()
        for symbol in quoted:
            stream = Stream("ticker", symbol, 1)
            if stream in self._readers:
                self._flush_quote(stream)

    def _flush_trades(self, symbol: str, batch: list[Trade]) -> None:
        scale, now = self.scales[symbol], self._clock.now_ns()
        if Stream("trade", symbol) in self._readers:
            self._publish(Stream("trade", symbol), frames.data("trade", "update", market.trade_rows(batch, scale)))
        for option in (0, 1):
            if Stream("ticker", symbol, option) in self._readers:
                self._publish(Stream("ticker", symbol, option), self.ticker("update", symbol))
        for interval in [i for i in INTERVALS if Stream("ohlc", symbol, i) in self._readers]:
            candle = self._memory.pair(symbol).current(interval)
            frame = market.ohlc_frame("update", (candle,), interval, scale, now)
            self._publish(Stream("ohlc", symbol, interval), frame)

    def _flush_quote(self, stream: Stream) -> None:
        quote = self._memory.quote(stream.symbol)
        if self._last_bbo.get(stream.symbol) != quote:
            self._last_bbo[stream.symbol] = quote
            self._publish(stream, self.ticker("update", stream.symbol))

    def ticker(self, kind: str, symbol: str) -> str:
        """A ticker frame as of now."""
        now = self._clock.now_ns()
        day = self._memory.pair(symbol).day(now)
        row = market.ticker_row(self.scales[symbol], self._memory.quote(symbol), day, now)
        return frames.data("ticker", kind, row)

    def instrument_snapshot(self) -> str:
        """The whole universe."""
        pairs = [listing.instrument for listing in self._exchange.listings.values()]
        return instruments.frame("snapshot", self._exchange.assets.values(), pairs)

    def trade_snapshot(self, symbol: str, count: int) -> str:
        """The last trades, oldest first."""
        rows = market.trade_rows(self._memory.trades(symbol, count), self.scales[symbol])
        return frames.data("trade", "snapshot", rows)

    def ohlc_snapshot(self, symbol: str, interval: int, count: int) -> str:
        """The last candles, oldest first."""
        candles = self._memory.pair(symbol).candles(interval, count)
        return market.ohlc_frame("snapshot", candles, interval, self.scales[symbol], self._clock.now_ns())

    def subscribe(self, stream: Stream, reader: WebSocket) -> None:
        """Add a reader of a market stream."""
        self._readers.setdefault(stream, {})[reader] = None

    def unsubscribe(self, stream: Stream, reader: WebSocket) -> None:
        """Remove a reader of a market stream."""
        readers = self._readers[stream]
        del readers[reader]
        if not readers:
            del self._readers[stream]

    def subscribe_book(self, channel: str, symbol: str, depth: int, reader: WebSocket) -> None:
        """Add a reader of `book` or `level3`."""
        book = self._books.get(symbol)
        if book is None:
            book = self._books[symbol] = BookFeed(self._exchange, self.scales[symbol], self._faults)
        book.subscribe(channel, depth, reader)

    def book_snapshot(self, channel: str, symbol: str, depth: int) -> str:
        """A snapshot of `book` or `level3` of a subscribed pair."""
        return self._books[symbol].snapshot(channel, depth, self._clock.now_ns())

    def unsubscribe_book(self, channel: str, symbol: str, depth: int, reader: WebSocket) -> None:
        """Remove a reader of `book` or `level3`; the last one takes the mirror along."""
        book = self._books[symbol]
        book.unsubscribe(channel, depth, reader)
        if book.idle:
            del self._books[symbol]

    def _publish(self, stream: Stream, text: str) -> None:
        readers = self._readers.get(stream)
        if not readers or (self._faults.active and self._faults.drops(stream.channel, stream.symbol)):
            return
        frame = text_frame(text)
        for reader in list(readers):
            reader.send(frame, stream.channel)
