"""Book and level3 streams of one pair: mirror, windows and their readers."""

from __future__ import annotations

from app.domain.order import Side
from app.venue.core.api import BookDelta, ExchangeApi
from app.venue.gateways.faults import Faults
from app.venue.gateways.websocket import WebSocket, text_frame
from app.venue.wire import windows
from app.venue.wire.frames import data
from app.venue.wire.mirror import MirrorSide, Touched, l2_checksum, l3_checksum
from app.venue.wire.numbers import Scale, micros, nanos

BOOK = "book"
LEVEL3 = "level3"
_CORRUPT_MASK = 0x5A5A5A5A


class Window:
    """Readers of one depth, and the bounds as of the last delta."""

    __slots__ = ("ask_bound", "bid_bound", "depth", "readers")

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.readers: dict[WebSocket, None] = {}
        self.bid_bound = windows.OPEN
        self.ask_bound = windows.OPEN


class BookFeed:
    """One pair's book as its subscribers see it; exists only while somebody subscribes.

    Args:
        exchange: Source of the full book.
        scale: Printing rules.
        faults: Faults to obey.
    """

    def __init__(self, exchange: ExchangeApi, scale: Scale, faults: Faults) -> None:
        self._scale = scale
        self._faults = faults
        self._bids = MirrorSide(scale, -1)
        self._asks = MirrorSide(scale, 1)
        self._bids.load(exchange.levels(scale.symbol, Side.BUY, 0))
        self._asks.load(exchange.levels(scale.symbol, Side.SELL, 0))
        self._windows: dict[tuple[str, int], Window] = {}

    @property
    def idle(self) -> bool:
        """Whether nobody subscribes any more."""
        return not self._windows

    def subscribe(self, channel: str, depth: int, reader: WebSocket) -> None:
        """Add a reader."""
        window = self._windows.get((channel, depth))
        if window is None:
            window = self._windows[channel, depth] = Window(depth)
            self._rebound(window)
        window.readers[reader] = None

    def unsubscribe(self, channel: str, depth: int, reader: WebSocket) -> None:
        """Remove a reader."""
        window = self._windows[channel, depth]
        del window.readers[reader]
        if not window.readers:
            del self._windows[channel, depth]

    def snapshot(self, channel: str, depth: int, ts_ns: int) -> str:
        """The window as a snapshot frame."""
        if channel == BOOK:
            text, checksum, stamp = windows.l2_snapshot, l2_checksum(self._asks, self._bids), micros(ts_ns)
        else:
            text, checksum, stamp = windows.l3_snapshot, l3_checksum(self._asks, self._bids), nanos(ts_ns)
        bids, asks = text(self._bids, depth, self._scale), text(self._asks, depth, self._scale)
        return self._frame(channel, "snapshot", bids, asks, checksum, stamp)

    def apply(self, delta: BookDelta) -> None:
        """Apply a delta and send every window its difference."""
        bids, asks = Touched(), Touched()
        for change in delta.changes:
            if change.side is Side.BUY:
                self._bids.apply(change, bids)
            else:
                self._asks.apply(change, asks)
        sums: dict[str, int] = {}
        for (channel, _), window in self._windows.items():
            rows = self._difference(channel, window, bids, asks, delta.ts_ns)
            self._rebound(window)
            if rows is None:
                continue
            checksum = sums.get(channel)
            if checksum is None:
                summed = l2_checksum if channel == BOOK else l3_checksum
                checksum = sums[channel] = summed(self._asks, self._bids)
            self._send(channel, window, rows, checksum, delta.ts_ns)

    def _difference(
        self, channel: str, window: Window, bids: Touched, asks: Touched, ts_ns: int
    ) -> tuple[str, str] | None:
        scale, depth = self._scale, window.depth
        if channel == BOOK:
            down = windows.l2_rows(self._bids, depth, window.bid_bound, bids, scale) if bids.levels else ""
            up = windows.l2_rows(self._asks, depth, window.ask_bound, asks, scale) if asks.levels else ""
        else:
            down = windows.l3_events(self._bids, depth, window.bid_bound, bids, scale, ts_ns) if bids.orders else ""
            up = windows.l3_events(self._asks, depth, window.ask_bound, asks, scale, ts_ns) if asks.orders else ""
        return (f"[{down}]", f"[{up}]") if down or up else None

    def _send(self, channel: str, window: Window, rows: tuple[str, str], checksum: int, ts_ns: int) -> None:
        if self._faults.active:
            if self._faults.drops(channel, self._scale.symbol):
                return
            if self._faults.corrupts(channel, self._scale.symbol):
                checksum ^= _CORRUPT_MASK
        stamp = micros(ts_ns) if channel == BOOK else nanos(ts_ns)
        frame = text_frame(self._frame(channel, "update", *rows, checksum, stamp))
        for reader in list(window.readers):
            reader.send(frame, channel)

    def _frame(self, channel: str, kind: str, bids: str, asks: str, checksum: int, stamp: str) -> str:
        row = (
            f'[{{"symbol":"{self._scale.symbol}","bids":{bids},"asks":{asks},'
            f'"checksum":{checksum},"timestamp":"{stamp}"}}]'
        )
        return data(channel, kind, row)

    def _rebound(self, window: Window) -> None:
        window.bid_bound = windows.bound(self._bids, window.depth)
        window.ask_bound = windows.bound(self._asks, window.depth)
