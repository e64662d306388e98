"""Time & sales: the newest print on top."""

from __future__ import annotations

from typing import ClassVar

from app.link.frames import TapePrint
from widgets.ladder_rows import LAST_BUY, LAST_SELL
from widgets.lines import Line, LinePane, Span, grounds, inks
from widgets.numbers import clock_time, trimmed
from widgets.plate import guarded
from widgets.text import clean, fit, width_of

_TIME = 8
_TIME_MS = 12
_MORE_TIME_FROM = 40
_TIME_FROM = 26


class Tape(LinePane):
    """Prints of the shown pair; sweeps are one line with their count."""

    COMPONENT_CLASSES: ClassVar[set[str]] = inks("bid", "ask", "own") | grounds("head")

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._prints: tuple[TapePrint, ...] = ()

    @guarded
    def apply(self, prints: tuple[TapePrint, ...]) -> None:
        """Show prints.

        Args:
            prints: Newest first.
        """
        self._prints = prints
        self.show()

    def build(self, width: int, height: int) -> list[Line]:
        """Build the header and as many prints as fit."""
        if not self._prints:
            return [Line(((fit(" no trades seen yet", width), "muted"),))]
        shown = self._prints[: max(0, height - 1)] if height > 1 else self._prints[:1]
        rows = [_cells(item) for item in shown]
        price = max(width_of(row[0]) for row in rows)
        whole = max(len(row[1].partition(".")[0]) for row in rows)
        places = max(len(row[1].partition(".")[2]) for row in rows)
        clock = _TIME_MS if width >= _MORE_TIME_FROM else _TIME if width >= _TIME_FROM else 0
        lines = [_line(item, row, price, (whole, places), clock) for item, row in zip(shown, rows, strict=True)]
        if height <= 1:
            return lines
        head = f"{fit('TIME', clock)}{' ' * bool(clock)}S {fit('PRICE', price, right=True)} {'SIZE':>{whole}}"
        return [Line(((fit(head, width), "muted"),), "head"), *lines]


def _cells(item: TapePrint) -> tuple[str, str]:
    """Clean the price and the quantity of a print."""
    return clean(item.price), trimmed(clean(item.qty))


def _line(item: TapePrint, row: tuple[str, str], price: int, digits: tuple[int, int], clock: int) -> Line:
    """Build one print: time, side glyph, price, size, count of a sweep."""
    ink = "bid" if item.buy else "ask"
    spans: list[Span] = []
    if clock:
        spans.append((fit(clock_time(item.ts_ns, 3 if clock == _TIME_MS else 0), clock) + " ", "muted"))
    whole, _, decimals = row[1].partition(".")
    point = "." if decimals else " "
    size = f"{whole:>{digits[0]}}{point}{decimals:<{digits[1]}}" if digits[1] else f"{whole:>{digits[0]}}"
    spans.append((f"{LAST_BUY if item.buy else LAST_SELL} {fit(row[0], price, right=True)} {size}", ink))
    if item.count > 1:
        spans.append((f" {item.count}x", "muted"))
    if item.own:
        spans.append((" ", ""))
        spans.append((" own ", "own"))
    return Line(tuple(spans))
