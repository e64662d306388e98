"""The book of one pair for its FIX subscribers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from app.domain.order import Side
from app.venue.core.api import BookDelta, ExchangeApi, Trade
from app.venue.fix.market_entries import level_changes, order_changes, snapshot, trade_entry
from app.venue.fix.message import Field
from app.venue.fix.session import Session
from app.venue.wire.mirror import MirrorSide, Touched, l2_checksum
from app.venue.wire.numbers import Scale
from app.venue.wire.windows import OPEN, bound

CORRUPT_MASK = 0x5A5A5A5A


@dataclass(slots=True, eq=False)
class Subscription:
    """One MarketDataRequest of one connection.

    Attributes:
        session: Who asked.
        request_id: MDReqID (262).
        symbols: The pairs.
        depth: Levels a side.
        level3: Whether single orders are shown.
        book: Whether bids and offers are wanted.
        trades: Whether trades are wanted.
    """

    session: Session
    request_id: str
    symbols: tuple[str, ...]
    depth: int
    level3: bool
    book: bool
    trades: bool


@dataclass(slots=True, eq=False)
class _Window:
    """Readers of one depth and kind, and the bounds as of the last delta."""

    depth: int
    level3: bool
    readers: list[Subscription]
    bid_bound: int = OPEN
    ask_bound: int = OPEN


class FixBook:
    """One pair's book; exists only while somebody subscribes.

    The checksum covers the best ten levels a side whatever the depth, and on
    Level 3 the aggregated levels too (`fix.md` §3.4, §10).

    Args:
        exchange: Source of the full book.
        scale: Printing rules.
    """

    def __init__(self, exchange: ExchangeApi, scale: Scale) -> None:
        self.trade_readers: list[Subscription] = []
        self._scale = scale
        self._bids, self._asks = MirrorSide(scale, -1), MirrorSide(scale, 1)
        self._bids.load(exchange.levels(scale.symbol, Side.BUY, 0))
        self._asks.load(exchange.levels(scale.symbol, Side.SELL, 0))
        self._windows: dict[tuple[int, bool], _Window] = {}

    @property
    def idle(self) -> bool:
        """Whether nobody subscribes any more."""
        return not self._windows and not self.trade_readers

    def add(self, reader: Subscription, now_ns: int) -> None:
        """Add a reader and send it the snapshot."""
        if reader.trades:
            self.trade_readers.append(reader)
        if not reader.book:
            return
        window = self._windows.get((reader.depth, reader.level3))
        if window is None:
            window = self._windows[reader.depth, reader.level3] = _Window(reader.depth, reader.level3, [])
            self._rebound(window)
        window.readers.append(reader)
        entries = [
            entry
            for side in (self._asks, self._bids)
            for entry in snapshot(side, reader.depth, self._scale, now_ns, level3=reader.level3)
        ]
        reader.session.send("W", (*self._head(reader), (268, str(len(entries))), *chain.from_iterable(entries)))

    def remove(self, reader: Subscription) -> None:
        """Remove a reader."""
        if reader.trades:
            self.trade_readers.remove(reader)
        if reader.book:
            window = self._windows[reader.depth, reader.level3]
            window.readers.remove(reader)
            if not window.readers:
                del self._windows[reader.depth, reader.level3]

    def apply(self, delta: BookDelta, corrupts: Iterator[bool]) -> None:
        """Apply a delta and send every window its difference.

        Args:
            delta: What changed.
            corrupts: Tells of each message whether its checksum is to be wrong.
        """
        bids, asks = Touched(), Touched()
        for change in delta.changes:
            if change.side is Side.BUY:
                self._bids.apply(change, bids)
            else:
                self._asks.apply(change, asks)
        checksum = -1
        for window in self._windows.values():
            changes = order_changes if window.level3 else level_changes
            sides = ((self._asks, window.ask_bound, asks), (self._bids, window.bid_bound, bids))
            entries = [
                entry
                for side, before, touched in sides
                if touched.levels
                for entry in changes(side, window.depth, before, touched, self._scale, delta.ts_ns)
            ]
            self._rebound(window)
            if not entries:
                continue
            if checksum < 0:
                checksum = l2_checksum(self._asks, self._bids)
            flat = list(chain.from_iterable(entries))
            for reader in list(window.readers):
                told = checksum ^ CORRUPT_MASK if next(corrupts) else checksum
                body = (*self._head(reader), (268, str(len(entries))), *flat, (5041, str(told)))
                reader.session.send("X", body)

    def trade(self, trade: Trade) -> None:
        """Send a trade to those who want trades."""
        entry = trade_entry(trade, self._scale)
        for reader in list(self.trade_readers):
            reader.session.send("X", (*self._head(reader), (268, "1"), *entry))

    def _head(self, reader: Subscription) -> tuple[Field, ...]:
        return ((55, self._scale.symbol), (262, reader.request_id))

    def _rebound(self, window: _Window) -> None:
        window.bid_bound = bound(self._bids, window.depth)
        window.ask_bound = bound(self._asks, window.depth)
