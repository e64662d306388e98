"""The log of events, newest at the bottom."""

from __future__ import annotations

from collections import deque
from typing import ClassVar

from app.link.frames import Event, Severity
from widgets.lines import Line, LinePane, Span, inks
from widgets.numbers import clock_time
from widgets.plate import guarded
from widgets.text import clean, fit, wrap

KEPT = 500
"""Events kept for scrolling back."""

SIGNS = {
    Severity.INFO: ("·", "muted"),
    Severity.GOOD: ("✓", "good"),
    Severity.WARN: ("!", "warn"),
    Severity.BAD: ("✗", "bad"),
}
"""Glyph and ink of a severity; the glyph alone is enough."""

_KIND = 6
_KIND_FROM = 44
_TIME_FROM = 24
_MOST_LINES = 2


class Events(LinePane, can_focus=True):
    """Lossless events as they came."""

    COMPONENT_CLASSES: ClassVar[set[str]] = inks("good", "warn", "bad")

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._back = 0

    @guarded
    def apply(self, events: tuple[Event, ...] | list[Event]) -> None:
        """Add events; one that is shown already is not added again.

        Args:
            events: In the order of their numbers.
        """
        last = self._events[-1].no if self._events else -1
        fresh = [event for event in events if event.no > last]
        self._events.extend(fresh)
        if self._back:
            self._back = min(self._back + len(fresh), len(self._events) - 1)
        self.show()

    def scroll_back(self, delta: int) -> None:
        """Look at older events.

        Args:
            delta: Events; positive is older, negative is newer.
        """
        self._back = min(max(0, self._back + delta), max(0, len(self._events) - 1))
        self.show()

    def build(self, width: int, height: int) -> list[Line]:
        """Build events from the bottom up until the pane is full."""
        if not self._events:
            return [Line(((fit(" nothing has happened yet", width), "muted"),))]
        blocks: list[list[Line]] = []
        used = 0
        newest = len(self._events) - self._back
        for at in range(newest - 1, -1, -1):
            block = _block(self._events[at], width)
            if used + len(block) > height:
                break
            blocks.append(block)
            used += len(block)
        lines = [line for block in reversed(blocks) for line in block]
        if self._back and lines:
            lines[-1] = Line(((fit(f" {self._back} newer", width), "warn"),))
        return lines or _block(self._events[newest - 1], width)[:height]


def _block(event: Event, width: int) -> list[Line]:
    """Build one event; its text continues on a second line."""
    sign, ink = SIGNS.get(event.severity, SIGNS[Severity.INFO])
    head: list[Span] = []
    if width >= _TIME_FROM:
        head.append((clock_time(event.ts_ns) + " ", "muted"))
    head.append((f"{sign} ", ink))
    if width >= _KIND_FROM:
        head.append((f"{fit(clean(event.kind), _KIND)} ", "muted"))
    indent = sum(len(text) for text, _ in head)
    body = "text" if event.severity in {Severity.INFO, Severity.GOOD} else ink
    parts = wrap(clean(event.text), max(1, width - indent), _MOST_LINES) or [""]
    return [Line((*(head if not at else [(" " * indent, "")]), (part, body))) for at, part in enumerate(parts)]
