"""The heat map: resting size over time, a row per price, a column per second.

Size is a shade or a digit, never a colour alone, so the picture reads the same
in 16 colours and in none.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import ClassVar

from app.link.market_frames import HeatColumn, HeatView
from widgets.ladder_rows import LAST_BUY, LAST_SELL, round_top
from widgets.lines import Line, LinePane, Span, grounds, inks
from widgets.numbers import fixed, short_qty
from widgets.plate import guarded
from widgets.text import clean, fit

SHADES = "░▒▓█"
DIGITS = "123456789"
OWN = "◆"
MIDDLE = "─"
BREAK = "┆"
STRONG_PART = 20
"""The strongest shade begins at the size that one in so many cells exceeds."""

_HEAD_FROM = 4


class HeatMap(LinePane):
    """Resting size over time around the market of one pair."""

    COMPONENT_CLASSES: ClassVar[set[str]] = inks(
        "bid", "ask", "own", "warn", "muted", "faint", "strong", "heat-touch"
    ) | grounds("head")

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._view: HeatView | None = None
        self._digits = False

    @guarded
    def apply(self, view: HeatView | None) -> None:
        """Show a window; None while there is none of the shown pair."""
        self._view = view
        self.show()

    def in_digits(self, *, digits: bool) -> None:
        """Choose digits or shades."""
        self._digits = digits
        self.show()

    @property
    def digits(self) -> bool:
        """Whether sizes are digits."""
        return self._digits

    @property
    def room(self) -> tuple[int, int]:
        """Rows and columns that fit now; the price axis is taken off."""
        width, height = self.size
        axis = self._axis() if self._view is not None else 9
        return max(0, height - (height >= _HEAD_FROM)), max(0, width - axis - 1)

    def build(self, width: int, height: int) -> list[Line]:
        """Build the legend and the price rows."""
        view = self._view
        if view is None or not view.columns:
            return [Line(((fit(" collecting: a column each second", width), "muted"),))]
        columns = view.columns[-(width - self._axis() - 1) :]
        steps = self._steps(columns)
        lines = [Line(((fit(self._legend(view, steps, len(columns), width), width), "muted"),), "head")]
        if height < _HEAD_FROM:
            lines = []
        pad = width - self._axis() - 1 - len(columns)
        sides = [_painted(column, steps, self._digits) for column in columns]
        for row in range(min(view.rows, height - len(lines))):
            cells = [side[row] for side in sides]
            spans: list[Span] = [(" " * pad, "")] if pad > 0 else []
            for ink, run in groupby(cells, key=lambda cell: cell[1]):
                spans.append(("".join(glyph for glyph, _ in run), ink))
            spans.append((f" {self._price(view.top_row - row)}", self._axis_ink(columns[-1], row)))
            lines.append(Line(tuple(spans)))
        return lines

    def _steps(self, columns: tuple[HeatColumn, ...]) -> tuple[int, ...]:
        """Return the least size of each shade, in lots: equal steps up to a size that few cells exceed."""
        sizes = sorted(size for column in columns for size in column.cells if size)
        if not sizes:
            return (1,) * len(SHADES)
        strong = round_top(sizes[len(sizes) - 1 - len(sizes) // STRONG_PART])
        if self._digits:
            return tuple(max(1, strong * (at + (at > 0)) // 10) for at in range(len(DIGITS)))
        return tuple(max(1, strong * at // len(SHADES)) for at in range(len(SHADES)))

    def _legend(self, view: HeatView, steps: tuple[int, ...], seconds: int, width: int) -> str:
        """Say what the glyphs mean, as much of it as fits."""
        glyphs = DIGITS if self._digits else SHADES
        sizes = [short_qty(step, view.qty_dp, 6) for step in steps]
        if self._digits:
            scale = f"1-9: 9 is {sizes[-1]} or more"
        else:
            scale = "  ".join(
                f"{glyph} {'<' + sizes[1] if not at else sizes[at] + '+'}" for at, glyph in enumerate(glyphs)
            )
        marks = f"{LAST_BUY}{LAST_SELL} traded  {OWN} yours"
        forms = (
            f"{scale}   {marks}  {MIDDLE} between bid and ask  {BREAK} no data   {seconds} s",
            f"{scale}  {marks}  {BREAK} no data  {seconds} s",
            f"{scale}  {marks}",
            scale,
        )
        return next((form for form in forms if len(form) <= width), scale)

    def _axis(self) -> int:
        """Return the cells of the price axis."""
        return len(self._price(self._view.top_row)) if self._view is not None else 0

    def _price(self, row: int) -> str:
        """Return the price of a row."""
        assert self._view is not None
        step = Decimal(clean(self._view.step))
        places = max(self._view.price_dp, -int(step.as_tuple().exponent))
        return fixed(row * int(step.scaleb(places)), places)

    @staticmethod
    def _axis_ink(column: HeatColumn, row: int) -> str:
        """Return the ink of a price: the touch stands out."""
        return "strong" if row in (column.bid, column.ask) else "muted"


def _painted(column: HeatColumn, steps: tuple[int, ...], digits: bool) -> list[tuple[str, str]]:
    """Return glyph and ink of every cell of a column."""
    if column.broken:
        return [(BREAK, "warn")] * len(column.cells)
    glyphs = DIGITS if digits else SHADES
    found: list[tuple[str, str]] = []
    for row, size in enumerate(column.cells):
        side = "bid" if column.ask is None or row > column.ask else "ask" if row < column.ask else "heat-touch"
        if not size:
            between = column.ask is not None and column.bid is not None and column.ask < row < column.bid
            found.append((MIDDLE, "faint") if between else (" ", ""))
            continue
        shade = sum(1 for step in steps if size >= step) - 1
        found.append((glyphs[max(0, shade)], side))
    for row in column.own:
        found[row] = (OWN, "own")
    for rows, mark in ((column.sold, (LAST_SELL, "ask")), (column.bought, (LAST_BUY, "bid"))):
        for row in rows:
            found[row] = mark
    return found
