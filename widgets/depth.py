"""The depth profile: cumulative size by distance from the middle, bids to the left and asks to the right."""

from __future__ import annotations

from typing import ClassVar

from app.link.market_frames import DepthRow, DepthView
from widgets.lines import Line, LinePane, grounds, inks
from widgets.numbers import short_qty
from widgets.plate import guarded
from widgets.text import clean, fit

_SIZE = 6
_HEAD_FROM = 4
FULL = "█"
HALF_LEFT, HALF_RIGHT = "▐", "▌"


class Depth(LinePane):
    """Cumulative size of both sides of one pair."""

    COMPONENT_CLASSES: ClassVar[set[str]] = inks("bid", "ask", "muted", "faint") | grounds("head")

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._view: DepthView | None = None

    @guarded
    def apply(self, view: DepthView | None) -> None:
        """Show a profile; None while there is none of the shown pair."""
        self._view = view
        self.show()

    @property
    def room(self) -> int:
        """Rows that fit now."""
        height = self.size.height
        return max(0, height - (height >= _HEAD_FROM))

    def build(self, width: int, height: int) -> list[Line]:
        """Build the names and a row for every distance."""
        view = self._view
        if view is None or not view.rows:
            return [Line(((fit(" no book with both sides yet", width), "muted"),))]
        away = max(len(clean(row.away)) for row in view.rows) + 1
        bar = max(0, (width - away - 2 * _SIZE - 2) // 2)
        most = max(1, *(max(row.bid, row.ask) for row in view.rows))
        head = f"{'BIDS':>{_SIZE}} {'':{bar}}{'±AWAY':^{away}}{'':{bar}} ASKS"
        lines = [Line(((fit(head, width), "muted"),), "head")] if height >= _HEAD_FROM else []
        return lines + [_row(view, row, away, bar, most) for row in view.rows[: height - len(lines)]]


def _row(view: DepthView, row: DepthRow, away: int, bar: int, most: int) -> Line:
    """Build one distance: size and bar of the bids, the distance, bar and size of the asks."""
    bid, ask = short_qty(row.bid, view.qty_dp, _SIZE), short_qty(row.ask, view.qty_dp, _SIZE)
    return Line(
        (
            (f"{bid:>{_SIZE}} {_bar(row.bid, most, bar, HALF_LEFT):>{bar}}", "bid"),
            (f"{clean(row.away):^{away}}", "muted"),
            (f"{_bar(row.ask, most, bar, HALF_RIGHT):<{bar}} {ask:<{_SIZE}}", "ask"),
        )
    )


def _bar(size: int, most: int, width: int, half: str) -> str:
    """Return a bar of half cells; the half cell is at its outer end."""
    halves = size * width * 2 // most
    full = FULL * (halves // 2)
    if not halves % 2:
        return full
    return half + full if half == HALF_LEFT else full + half
