"""One row of the ladder as spans: numbers, bars, own orders, the price axis."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from math import isqrt
from typing import NamedTuple

from app.link.frames import LadderRow, LevelFlow, OwnMark
from widgets.ladder_columns import MARKS, Columns
from widgets.ladder_flow import flick_span, flow_span, side_moves, single_spans
from widgets.lines import Line, Span
from widgets.numbers import fixed, plain, rounded, short_qty

EIGHTHS = " ▏▎▍▌▋▊▉"
LAST_BUY = "▲"
LAST_SELL = "▼"
CURSOR = "▸"
DOUBT = "~"
MID, NEW = "▒", "░"
PLACE = "┃"

BEST_BID = 1
BEST_ASK = 2
SPREAD = 4
CHOSEN = 8
LAST = 16
LAST_BOUGHT = 32
BEYOND = 64
"""The row lies beyond the levels that the checksum covers."""

MOST_PLACES = 5
"""Decimals of a quantity worth reading at a glance."""
MOST_CUM_PLACES = 3
HALF_CELL = 4
"""Eighths from which a part cell that holds a digit is filled."""
ROWS_KEPT = 512
_CELL = 8
_NUMBER = 10
"""Cells within a size column that its number may take; the rest is for the bar."""


class RowKey(NamedTuple):
    """Everything that decides how a row looks, apart from the layout.

    Attributes:
        row: Number of the price row.
        price: Its price as text.
        level: What rests there, or None.
        own_buy: Own buy orders there.
        own_sell: Own sell orders there.
        flags: Sum of `BEST_BID` … `BEYOND`.
        flow: What happens there, or None.
        mark: Character of what is marked there; empty for nothing.
    """

    row: int
    price: str
    level: LadderRow | None
    own_buy: tuple[OwnMark, ...]
    own_sell: tuple[OwnMark, ...]
    flags: int
    flow: LevelFlow | None = None
    mark: str = ""


class Ages(NamedTuple):
    """Which cells of a bar are young, and where an own order stands in it.

    Attributes:
        mid: Cells of orders between one and ten seconds old.
        new: Cells of younger ones; they are at the end.
        own: Distance of the own order's cell from the price; -1 for none.
    """

    mid: int = 0
    new: int = 0
    own: int = -1


OLD = Ages()


@dataclass(frozen=True, slots=True)
class Layout:
    """What all rows of a window share.

    Attributes:
        columns: Widths.
        qty_dp: Decimals of a lot.
        size_top: Quantity of a full bar, lots.
        size_whole: Digits before the point of the largest quantity.
        cum_whole: Digits before the point of the largest cumulative quantity.
        doubt: Whether the book may not be believed: everything is grey.
        edges: Whether bars end in part cells; not if bars have no colour.
        heat: Whether bars tell ages.
    """

    columns: Columns
    qty_dp: int
    size_top: int
    size_whole: int
    cum_whole: int
    doubt: bool
    edges: bool
    heat: bool = False


def round_top(lots: int) -> int:
    """Round a maximum up to 1, 2 or 5 times a power of ten, so that it is steady."""
    if lots <= 0:
        return 1
    power: int = 10 ** (len(str(lots)) - 1)
    for step in (1, 2, 5):
        if lots <= step * power:
            return step * power
    return 10 * power


def whole_digits(lots: int, qty_dp: int) -> int:
    """Return how many digits a quantity has before its point, at least 1."""
    return max(1, len(str(lots)) - qty_dp)


@lru_cache(maxsize=8192)
def aligned(lots: int, qty_dp: int, whole: int, width: int, most: int) -> str:
    """Format a quantity so that the decimal points of a column line up.

    Args:
        lots: Quantity; 0 gives blanks.
        qty_dp: Decimals of a lot.
        whole: Digits before the point of the column's largest quantity.
        width: Cells.
        most: Most decimals.

    Returns:
        Text of exactly `width` cells; zeros at the end are blanks.
    """
    if lots <= 0:
        return " " * width
    places = min(qty_dp, most, width - whole - 1)
    if places < 0 or len(str(lots)) - qty_dp > whole:
        return short_qty(lots, qty_dp, width, most).rjust(width)
    value = rounded(lots, qty_dp - places)
    text = plain(value, places) if value else f"<{fixed(1, places)[1:]}" if places else "<1"
    decimals = len(text) - text.index(".") if "." in text else 0
    pad = " " * ((places + 1 if places else 0) - decimals)
    return (text + pad).rjust(width)


def _blank(whole: int, width: int, qty_dp: int, most: int) -> int:
    """Return the blank cells before the longest number that `aligned` makes."""
    places = max(0, min(qty_dp, most, width - whole - 1))
    return max(0, width - whole - (places + 1 if places else 0))


def size_blank(layout: Layout) -> int:
    """Return the blank cells before the largest quantity of a sell column."""
    return _blank(layout.size_whole, min(layout.columns.size, _NUMBER), layout.qty_dp, MOST_PLACES)


def cum_blank(layout: Layout) -> int:
    """Return the blank cells before the largest cumulative quantity."""
    return _blank(layout.cum_whole, layout.columns.cum, layout.qty_dp, MOST_CUM_PLACES)


@lru_cache(maxsize=8192)
def bar_cells(text: str, eighths: int, *, buy: bool, edges: bool, ages: Ages = OLD) -> tuple[Span, ...]:
    """Lay a number over a bar that grows away from the price.

    The front of the queue is at the price, so the youngest orders are at the
    end of the bar. Blank cells of young parts are shaded: they tell without
    colours.

    Args:
        text: The size column's text, padded to its width.
        eighths: Length of the bar in eighths of a cell.
        buy: A buy bar grows to the left, a sell bar to the right.
        edges: Whether the bar may end inside a blank cell.
        ages: What is young, and where an own order stands.

    Returns:
        Spans that cover exactly the width of the text.
    """
    side = "bid" if buy else "ask"
    width = len(text)
    full, part = divmod(min(eighths, 8 * width), 8)
    body = text if not buy else text[::-1]
    edge = ""
    if part and full < width and edges and body[full] == " ":
        edge = EIGHTHS[8 - part] if buy else EIGHTHS[part]
    elif part and full < width and part >= HALF_CELL:
        full += 1
    rest = body[full + len(edge) :]
    spans = [*_inside(body[:full], side, ages), (edge, f"{side}-edge"), (rest, side)]
    if buy:
        spans = [(text[::-1], ink) for text, ink in reversed(spans)]
    return _seen(*spans)


def _inside(body: str, side: str, ages: Ages) -> list[Span]:
    """Split the full cells of a bar by age, and mark the own order's."""
    full = len(body)
    new = min(ages.new, full)
    old = max(0, full - new - ages.mid)
    parts = [(body[:old], f"{side}-bar"), (_shaded(body[old : full - new], MID), f"{side}-mid")]
    parts.append((_shaded(body[full - new :], NEW), f"{side}-new"))
    if not 0 <= ages.own < full:
        return parts
    spans: list[Span] = []
    at = 0
    for text, ink in parts:
        cut = ages.own - at
        if 0 <= cut < len(text):
            own = PLACE if text[cut] in {" ", MID, NEW} else text[cut]
            spans += [(text[:cut], ink), (own, "own"), (text[cut + 1 :], ink)]
        else:
            spans.append((text, ink))
        at += len(text)
    return spans


def _shaded(text: str, shade: str) -> str:
    return text.replace(" ", shade)


def _seen(*spans: Span) -> tuple[Span, ...]:
    """Leave out spans without text."""
    return tuple(span for span in spans if span[0])


def bar_length(lots: int, top: int, width: int) -> int:
    """Return the length of a bar in eighths of a cell.

    The scale is the square root: on a linear one a single wall flattens every
    other level to nothing, on a logarithmic one all levels look alike.
    """
    if lots <= 0:
        return 0
    return max(1, isqrt(lots * (8 * width) ** 2 // max(top, lots)))


def own_text(marks: tuple[OwnMark, ...], width: int, qty_dp: int) -> str:
    """Describe own orders on a row, as fully as the column allows.

    Args:
        marks: Orders of one side on the row, at least one.
        width: Cells of the column.
        qty_dp: Decimals of a lot.

    Returns:
        `#2 0.05 Q3/0.412`, `#2 Q3/0.412`, `#2 Q3`, `#2` or `●`. A `~` in place
        of `Q`'s space says that the place is not provable, a `?` that the
        outcome of the order is unknown, a `+` that there are more orders.
    """
    mark = marks[0]
    number = f"#{mark.number}" + ("+" if len(marks) > 1 else "")
    if is_unknown(mark.state):
        return _longest(width, f"{number} ? {short_qty(mark.left, qty_dp, 8)}", f"{number} ?", f"{number}?", "?")
    if mark.ahead_n < 0:
        return _longest(width, f"{number} {short_qty(mark.left, qty_dp, 8)}", number, "●")
    gap = " " if mark.provable else DOUBT
    place = f"{gap}Q{mark.ahead_n}"
    ahead = short_qty(mark.ahead, qty_dp, 7)
    left = short_qty(mark.left, qty_dp, 7)
    return _longest(
        width, f"{number} {left}{place}/{ahead}", f"{number}{place}/{ahead}", f"{number}{place}", number, "●"
    )


def is_unknown(state: str) -> bool:
    """Say whether a state means that the outcome is not known."""
    return state.lower().startswith("unknown")


def _longest(width: int, *texts: str) -> str:
    """Return the first text that fits, or nothing."""
    return next((text for text in texts if len(text) <= width), "")


@dataclass(slots=True)
class RowPainter:
    """Makes lines of rows and remembers those it made for one layout.

    Attributes:
        layout: What all rows share.
    """

    layout: Layout
    _made: dict[RowKey, Line] = field(default_factory=dict)
    _blank: dict[bool, list[Span]] = field(default_factory=dict)

    def line(self, key: RowKey) -> Line:
        """Return the line of a row."""
        made = self._made.get(key)
        if made is None:
            if len(self._made) >= ROWS_KEPT:
                self._made.clear()
            made = self._made[key] = self._make(key)
        return made

    def _make(self, key: RowKey) -> Line:
        """Lay out one row."""
        columns = self.layout.columns
        left = self._side(key, buy=True)
        right = self._side(key, buy=False)
        spans = [(" " * columns.left, ""), *left, *self._price(key), *right]
        if columns.singles:
            once = (("last", columns.last), ("vol", columns.vol), ("delta", columns.delta), ("ice", columns.ice))
            shown = tuple((name, width) for name, width in once if width)
            spans += single_spans(key.flow, shown, self.layout.qty_dp)
        if self.layout.doubt:
            spans = [(text, "own" if ink == "own" else "stale" if text.strip() else "") for text, ink in spans]
        ground = "cursor" if key.flags & CHOSEN else "spread" if key.flags & SPREAD else ""
        return Line(tuple(span for span in spans if span[0]), ground)

    def _side(self, key: RowKey, *, buy: bool) -> list[Span]:
        """Lay out the columns of one side, mirrored for sells."""
        level, own = key.level, key.own_buy if buy else key.own_sell
        lots, count, cum = (0, 0, 0)
        if level is not None:
            bid, ask = (level.bid, level.bid_n, level.bid_cum), (level.ask, level.ask_n, level.ask_cum)
            lots, count, cum = bid if buy else ask
        if lots or own or side_moves(key.flow, buy=buy):
            return self._cells(lots, count, cum, own, key.flow, buy=buy)
        if buy not in self._blank:
            self._blank[buy] = self._cells(0, 0, 0, (), None, buy=buy)
        return self._blank[buy]

    def _cells(
        self, lots: int, count: int, cum: int, own: tuple[OwnMark, ...], flow: LevelFlow | None, *, buy: bool
    ) -> list[Span]:
        """Lay out the cells of one side with a blank between each and towards the price."""
        layout, columns = self.layout, self.layout.columns
        cells: list[tuple[Span, ...]] = []
        if columns.work:
            cells.append(self._work(own, buy=buy))
        if columns.cum:
            cum = cum if lots else 0
            cells.append(((aligned(cum, layout.qty_dp, layout.cum_whole, columns.cum, MOST_CUM_PLACES), "muted"),))
        if columns.flow:
            cells.append((flow_span(flow, columns.flow, layout.qty_dp, buy=buy),))
        if columns.flick:
            cells.append((flick_span(flow, columns.flick, buy=buy),))
        if columns.size:
            cells.append(self._size(lots, own, flow, buy=buy))
        if columns.count:
            text = short_qty(count, 0, columns.count) if count else ""
            cells.append(((text.rjust(columns.count) if buy else text.ljust(columns.count), "muted"),))
        if not buy:
            cells.reverse()
        spans: list[Span] = []
        for cell in cells:
            if not buy:
                spans.append((" ", ""))
            spans.extend(cell)
            if buy:
                spans.append((" ", ""))
        return spans

    def _size(self, lots: int, own: tuple[OwnMark, ...], flow: LevelFlow | None, *, buy: bool) -> tuple[Span, ...]:
        """Lay out a quantity and its bar, with the ages in it and the place of the first own order."""
        layout, width = self.layout, self.layout.columns.size
        number = aligned(lots, layout.qty_dp, layout.size_whole, min(width, _NUMBER), MOST_PLACES)
        number = number.rjust(width) if buy else number.ljust(width)
        length = bar_length(lots, layout.size_top, width)
        ages = OLD
        if lots and length >= _CELL:
            cells = length // _CELL
            place = own[0].ahead * cells // lots if own and own[0].ahead_n >= 0 else -1
            new, mid = (0, 0)
            if flow is not None and layout.heat:
                new, mid = (flow.bid_new, flow.bid_mid) if buy else (flow.ask_new, flow.ask_mid)
            # Rounded up: what is young is never out of sight.
            new, young = -(-new * cells // lots), -(-(new + mid) * cells // lots)
            ages = Ages(young - new, new, min(place, cells - 1))
        return bar_cells(number, length, buy=buy, edges=layout.edges, ages=ages)

    def _work(self, marks: tuple[OwnMark, ...], *, buy: bool) -> tuple[Span, ...]:
        """Lay out own orders beside their level."""
        width = self.layout.columns.work
        if not marks:
            return ((" " * width, ""),)
        text = own_text(marks, width, self.layout.qty_dp)
        pad = (" " * (width - len(text)), "")
        return (pad, (text, "own")) if buy else ((text, "own"), pad)

    def _price(self, key: RowKey) -> tuple[Span, ...]:
        """Lay out the price between its marks."""
        flags = key.flags
        before = CURSOR if flags & CHOSEN else DOUBT if self.layout.doubt and key.level is not None else " "
        after = (LAST_BUY if flags & LAST_BOUGHT else LAST_SELL) if flags & LAST else " "
        price = key.price.rjust(self.layout.columns.price - MARKS)
        mark = (key.mark or " ", "last" if key.mark else "")
        if flags & CHOSEN:
            return ((before + price, "cursor-price"), (after, "cursor-price"), mark)
        ink = "faint" if key.level is None else "muted" if flags & BEYOND else "text"
        if flags & BEST_BID:
            ink = "best-bid"
        elif flags & BEST_ASK:
            ink = "best-ask"
        return ((before + price, ink), (after, "last" if flags & LAST else ""), mark)
