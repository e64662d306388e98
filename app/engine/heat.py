"""Resting size over time: one small picture of a book a second, and the window of it that a screen shows.

Kept per pair: the levels around the touch at the end of each second, as
whole ticks and lots, what traded in it, and where own orders rested. A
second without a believable book is kept as a break.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from app.domain.book import L2Book, L3Book
from app.domain.instrument import Instrument, to_units
from app.domain.order import Side
from app.link.market_frames import DepthRow, DepthView, HeatColumn, HeatView

SECONDS_KEPT = 300
LEVELS = 150
"""Levels a side that a picture has."""

EDGE = 5
"""The window is centred anew when the market is within this part of its height of an edge."""


class Picture(NamedTuple):
    """A book at the end of a second.

    Attributes:
        second: Engine's wall time in seconds.
        bids: Tick and lots in turn, best first; empty in a break.
        asks: The same.
        bought: Tick to lots that takers bought in the second.
        sold: Tick to lots that takers sold.
        own: Ticks at which own orders rest.
    """

    second: int
    bids: array[int]
    asks: array[int]
    bought: dict[int, int]
    sold: dict[int, int]
    own: tuple[int, ...]


class HeatTrail:
    """The last minutes of one pair."""

    def __init__(self) -> None:
        self.pictures: deque[Picture] = deque(maxlen=SECONDS_KEPT)
        self._bought: dict[int, int] = {}
        self._sold: dict[int, int] = {}

    def trade(self, tick: int, lots: int, *, bought: bool) -> None:
        """Count a trade for the second that is running."""
        sums = self._bought if bought else self._sold
        sums[tick] = sums.get(tick, 0) + lots

    def take(self, second: int, book: L3Book | L2Book | None, instrument: Instrument, own: Iterable[int]) -> None:
        """Take the picture of a second; once each, None for a break."""
        if self.pictures and self.pictures[-1].second >= second:
            return
        tick, lot = to_units(instrument.tick), to_units(instrument.lot)
        sides = []
        for side in (Side.BUY, Side.SELL):
            levels = book.levels(side, LEVELS) if book is not None else []
            sides.append(array("q", [part for level in levels for part in (level.price // tick, level.qty // lot)]))
        self.pictures.append(Picture(second, sides[0], sides[1], self._bought, self._sold, tuple(own)))
        self._bought, self._sold = {}, {}


@dataclass(slots=True)
class HeatDesk:
    """What one screen shows of a trail: its window, and columns that are ready.

    Attributes:
        key: Pair, grouping and rows that the window is for.
        top: Uppermost row; 0 before there was a market.
        ready: Columns of that window by second.
    """

    key: tuple[str, int, int] = ("", 0, 0)
    top: int = 0
    ready: dict[int, HeatColumn] = field(default_factory=dict)

    def view(
        self, symbol: str, trail: HeatTrail, instrument: Instrument, group: int, rows: int, columns: int
    ) -> HeatView:
        """Return the newest columns of a window around the market.

        Only columns that were not there before are computed.
        """
        if self.key != (symbol, group, rows):
            self.key, self.top, self.ready = (symbol, group, rows), 0, {}
        shown = list(trail.pictures)[-columns:]
        self._follow(shown, group, rows)
        found = []
        for picture in shown:
            column = self.ready.get(picture.second)
            if column is None:
                column = _column(picture, group, self.top, rows)
            found.append(column)
        self.ready = {column.second: column for column in found}
        return HeatView(
            symbol, instrument.price_dp, instrument.qty_dp, f"{instrument.tick * group:f}", self.top, rows, tuple(found)
        )

    def _follow(self, shown: list[Picture], group: int, rows: int) -> None:
        """Centre the window if the market is about to leave it."""
        newest = next((picture for picture in reversed(shown) if picture.bids or picture.asks), None)
        if newest is None:
            return
        touch = [side[0] for side in (newest.bids, newest.asks) if side]
        mid = sum(touch) // len(touch) // group
        edge = max(1, rows // EDGE)
        if not self.top or not self.top - rows + edge < mid <= self.top - edge:
            self.top, self.ready = mid + rows // 2, {}


def _column(picture: Picture, group: int, top: int, rows: int) -> HeatColumn:
    """Sum a picture into the rows of a window; bids round down and asks up, as in the ladder."""
    cells = [0] * rows
    for ticks, sign in ((picture.bids, 1), (picture.asks, -1)):
        for at in range(0, len(ticks), 2):
            index = top - (ticks[at] // group if sign > 0 else -(-ticks[at] // group))
            if 0 <= index < rows:
                cells[index] += ticks[at + 1]
    trades = [
        (top - (-(-tick // group) if buy else tick // group), buy, lots)
        for sums, buy in ((picture.bought, True), (picture.sold, False))
        for tick, lots in sums.items()
    ]
    return HeatColumn(
        picture.second,
        tuple(cells),
        top - picture.bids[0] // group if picture.bids else None,
        top + (-picture.asks[0] // group) if picture.asks else None,
        tuple(sorted({index for index, buy, _ in trades if buy and 0 <= index < rows})),
        tuple(sorted({index for index, buy, _ in trades if not buy and 0 <= index < rows})),
        tuple(sorted({index for tick in picture.own if 0 <= (index := top - tick // group) < rows})),
        broken=not picture.bids and not picture.asks,
    )


def depth(symbol: str, book: L3Book | L2Book | None, instrument: Instrument, group: int, rows: int) -> DepthView:
    """Return the cumulative size by distance from the middle; no rows without a book of both sides.

    Costs the levels within the farthest distance, once each.

    Args:
        symbol: Pair.
        book: Its book.
        instrument: For ticks and lots.
        group: Ticks per ladder row; a row here is ten of them.
        rows: Distances wanted.
    """
    bid, ask = (book.best_bid, book.best_ask) if book is not None else (None, None)
    if book is None or bid is None or ask is None:
        return DepthView(symbol, instrument.qty_dp, ())
    step, lot, middle = to_units(instrument.tick) * group * 10, to_units(instrument.lot), (bid + ask) // 2
    sums = [[0, 0] for _ in range(rows)]
    for column, side in enumerate((Side.BUY, Side.SELL)):
        low, high = (middle - step * rows, middle) if side is Side.BUY else (middle, middle + step * rows)
        for level in book.window(side, low, high):
            sums[min(rows - 1, max(0, (abs(level.price - middle) - 1) // step))][column] += level.qty
    total = [0, 0]
    found = []
    for number, pair in enumerate(sums, 1):
        total = [total[0] + pair[0], total[1] + pair[1]]
        away = instrument.tick * group * 10 * number
        found.append(DepthRow(f"{away:f}", total[0] // lot, total[1] // lot, step * number * 10_000 // middle))
    return DepthView(symbol, instrument.qty_dp, tuple(found))
