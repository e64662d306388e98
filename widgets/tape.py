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
    """Prints of the shown pair; the lines of a sweep are tied together at their end."""

    COMPONENT_CLASSES: ClassVar[set[str]] = inks("bid", "ask", "own", "warn") | grounds("head")

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._prints: tuple[TapePrint, ...] = ()
        self._waiting: tuple[TapePrint, ...] | None = None
        self._mode = ""
        self._filtered = False

    @guarded
    def apply(self, prints: tuple[TapePrint, ...]) -> None:
        """Show prints; while held only count them.

        Args:
            prints: Newest first.
        """
        if self._waiting is not None:
            self._waiting = prints
            self._name_mode()
            return
        self._prints = prints
        self.show()

    @property
    def held(self) -> bool:
        """Whether the prints stand still."""
        return self._waiting is not None

    def hold(self, *, on: bool) -> None:
        """Let the prints stand still, or show the newest again."""
        if on:
            self._waiting = self._prints
        elif self._waiting is not None:
            self._prints, self._waiting = self._waiting, None
        self._name_mode()
        self.show()

    def explain(self, mode: str, *, filtered: bool) -> None:
        """Say in the frame what is shown.

        Args:
            mode: In words; empty for the usual.
            filtered: Whether small lines are left out.
        """
        self._mode, self._filtered = mode, filtered
        self._name_mode()
        self.show()

    def _name_mode(self) -> None:
        words = [clean(self._mode)] if self._mode else []
        if self._waiting is not None:
            newest = self._prints[0].ts_ns if self._prints else 0
            new = sum(1 for item in self._waiting if item.ts_ns > newest and not item.skipped)
            most = "+" if new and new == len(self._waiting) else ""
            words.append(f"HELD, {new}{most} new")
        self.caption(" · ".join(words))

    def build(self, width: int, height: int) -> list[Line]:
        """Build the header and as many prints as fit."""
        if not self._prints:
            empty = " no print so large lately" if self._filtered else " no trades seen yet"
            return [Line(((fit(empty, width), "muted"),))]
        shown = self._prints[: max(0, height - 1)] if height > 1 else self._prints[:1]
        rows = [_cells(item) for item in shown]
        price = max(width_of(row[0]) for row in rows)
        whole = max(len(row[1].partition(".")[0]) for row in rows)
        places = max(len(row[1].partition(".")[2]) for row in rows)
        clock = _TIME_MS if width >= _MORE_TIME_FROM else _TIME if width >= _TIME_FROM else 0
        lines = [
            _line(item, row, price, (whole, places), clock, _tie(shown, at))
            for at, (item, row) in enumerate(zip(shown, rows, strict=True))
        ]
        if height <= 1:
            return lines
        head = f"{fit('TIME', clock)}{' ' * bool(clock)}S {fit('PRICE', price, right=True)} {'SIZE':>{whole}}"
        return [Line(((fit(head, width), "muted"),), "head"), *lines]


def _tie(shown: tuple[TapePrint, ...], at: int) -> str:
    """Return the glyph that ties a line to its sweep, with the levels reached; empty for what swept nothing."""
    item = shown[at]
    above = at > 0 and item.sweep > 0 and shown[at - 1].sweep == item.sweep
    below = at + 1 < len(shown) and item.sweep > 0 and shown[at + 1].sweep == item.sweep
    if above or below:
        glyph = "│" if above and below else "╯" if above else "╮"
        return f" {glyph}" if above else f" {glyph}{item.level}"
    return f" {item.level} prices" if item.level > 1 else ""


def _cells(item: TapePrint) -> tuple[str, str]:
    """Clean the price and the quantity of a print."""
    return clean(item.price), trimmed(clean(item.qty))


def _line(item: TapePrint, row: tuple[str, str], price: int, digits: tuple[int, int], clock: int, tie: str) -> Line:
    """Build one line: time, side glyph, price, size, how many prints it joins, its sweep."""
    if item.skipped:
        return Line(((f" ╌╌ {item.skipped} trade number{'s' if item.skipped > 1 else ''} skipped ╌╌", "warn"),))
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
    if tie:
        spans.append((tie, "warn"))
    if item.start:
        spans.append((f" from {clean(item.start)}", "muted"))
    if item.own:
        spans.append((" ", ""))
        spans.append((" own ", "own"))
    return Line(tuple(spans))
