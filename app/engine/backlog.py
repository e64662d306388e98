"""Whether a book is old although it is verified: more comes than can be read.

A message that waits is late by the venue's own time stamp. How late cannot be
read off two clocks that differ, but that the way has become longer can: by
the difference to the quickest message of the last minutes.
"""

from __future__ import annotations

from typing import Final

from app.clock import NS_PER_S

WINDOW_NS: Final = 300 * NS_PER_S
"""The quickest message is looked for in this time and the one before it: clocks drift."""

LATE_NS: Final = 2 * NS_PER_S
"""A book that is so far behind is not traded on."""

CAUGHT_UP_NS: Final = NS_PER_S
"""It is again once it is no further behind than this."""

FELT_NS: Final = NS_PER_S // 2
"""From here on it is told, though it may still be traded on."""

PAUSE_NS: Final = NS_PER_S
"""A backlog has no such pauses: all of it is read."""


class Backlog:
    """How far one book is behind the venue.

    Attributes:
        behind_ns: How much longer the last message was on its way than the quickest.
        late: Whether that is too much.
    """

    __slots__ = ("_heard_ns", "_now", "_past", "_turn_ns", "behind_ns", "late")

    def __init__(self) -> None:
        self.behind_ns = 0
        self.late = False
        self._heard_ns = 0
        self._now: int | None = None
        self._past: int | None = None
        self._turn_ns = 0

    def look(self, told_ns: int, heard_ns: int, now_ns: int) -> bool:
        """Look at the last message of the book.

        Args:
            told_ns: The venue's time stamp, wall time; 0 if it had none.
            heard_ns: Monotonic time at which it was read.
            now_ns: Monotonic time.

        Returns:
            Whether the book is too far behind.
        """
        if now_ns - heard_ns > PAUSE_NS:
            self.late = False
        if not told_ns or heard_ns == self._heard_ns:
            return self.late
        self._heard_ns = heard_ns
        way = heard_ns - told_ns
        if self._now is None or heard_ns - self._turn_ns > WINDOW_NS:
            self._past, self._now, self._turn_ns = self._now, way, heard_ns
        self._now = min(self._now, way)
        self.behind_ns = way - (self._now if self._past is None else min(self._past, self._now))
        self.late = self.behind_ns > (CAUGHT_UP_NS if self.late else LATE_NS)
        return self.late

    def felt(self, now_ns: int) -> int:
        """Return how far the book is behind if that is worth a word, else 0.

        Args:
            now_ns: Monotonic time.
        """
        worth = self.behind_ns >= FELT_NS and now_ns - self._heard_ns <= PAUSE_NS
        return self.behind_ns if self.late or worth else 0
