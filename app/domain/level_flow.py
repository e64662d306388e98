"""What comes and goes at each level: stacking, pulling and flicker of the last seconds.

One dict a second, by level key (a signed price in units, positive for bids),
so that a message costs a lookup and nothing grows with time.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import NamedTuple

from app.domain.stamps import NS_PER_S, time_ns

SPAN_S = 10
"""Seconds that count as now."""

ADDED, REMOVED, FLICKED = 0, 1, 2
"""Places of the sums in a cell."""

Cell = list[int]
"""Quantity added, removed, and removed within a second of its arrival, units."""

_SECOND = len("2026-01-01T00:00:00")
_NOTHING = (0, 0, 0)


class Flow(NamedTuple):
    """A level's last seconds.

    Attributes:
        added: Quantity that joined, units.
        removed: Quantity that left, executed or not.
        flicked: Part of it that had been there for less than a second.
    """

    added: int = 0
    removed: int = 0
    flicked: int = 0


class LevelFlow:
    """Sums by level over the last `SPAN_S` seconds of the venue's clock.

    Seconds that are over are kept added up, so that reading a level costs the
    same however many of them there are.

    Attributes:
        cells: Sums of the running second by level key.
    """

    __slots__ = ("_before", "_now", "_past", "_second", "_sums", "cells")

    def __init__(self) -> None:
        self._past: deque[tuple[int, dict[int, Cell]]] = deque()
        self._sums: dict[int, Cell] = {}
        self._second = ""
        self._before = ""
        self._now = 0
        self.cells: dict[int, Cell] = {}

    def turn(self, stamp: str) -> None:
        """Begin another second if a message's time says so."""
        second = stamp[:_SECOND]
        if second == self._second:
            return
        if self.cells:
            self._past.append((self._now, self.cells))
            self._add(self.cells, 1)
        self._now = _seconds(stamp)
        self._second, self._before = second, _text_before(stamp)
        self.cells = {}
        self._forget(self._now)

    def young(self, born: str, stamp: str) -> bool:
        """Say whether a time is less than a second before a message's time, without reading either."""
        second = born[:_SECOND]
        return second == self._second or (second == self._before and born[_SECOND:] > stamp[_SECOND:])

    def at(self, key: int, now_s: int) -> Flow:
        """Return a level's last seconds.

        Args:
            key: Level key.
            now_s: Venue time in seconds.
        """
        if self._past and self._past[0][0] <= now_s - SPAN_S:
            self._forget(now_s)
        over = self._sums.get(key)
        cell = self.cells.get(key) if self._now > now_s - SPAN_S else None
        if over is None or cell is None:
            return Flow(*(over or cell or _NOTHING))
        return Flow(over[0] + cell[0], over[1] + cell[1], over[2] + cell[2])

    def clear(self) -> None:
        """Forget everything: there was a gap."""
        self._past.clear()
        self._sums.clear()
        self.cells = {}
        self._second = self._before = ""
        self._now = 0

    def _forget(self, now: int) -> None:
        past = self._past
        while past and past[0][0] <= now - SPAN_S:
            self._add(past.popleft()[1], -1)

    def _add(self, cells: dict[int, Cell], sign: int) -> None:
        """Add a second's cells to the sums, or take them off."""
        sums = self._sums
        for key, (added, removed, flicked) in cells.items():
            total = sums.get(key)
            if total is None:
                total = sums[key] = [0, 0, 0]
            total[ADDED] += sign * added
            total[REMOVED] += sign * removed
            total[FLICKED] += sign * flicked
            if not any(total):
                del sums[key]


def _seconds(stamp: str) -> int:
    """Return a time in whole seconds; 0 if it cannot be read."""
    try:
        return time_ns(stamp) // NS_PER_S
    except ValueError:
        return 0


def _text_before(stamp: str) -> str:
    """Return the second before a time, as text."""
    try:
        before = time_ns(stamp) // NS_PER_S - 1
    except ValueError:
        return ""
    return datetime.fromtimestamp(before, UTC).strftime("%Y-%m-%dT%H:%M:%S")
