"""Receipts of the terminal: how many frames are on their way to who looks at them.

What a program has written may lie in buffers for seconds before it is seen,
above all behind a slow line. After each frame the terminal is asked where its
cursor is (`performance.md` §3); the answer says that it has shown the frame.
A terminal that has never answered, or no longer does, is not waited for.
"""

from __future__ import annotations

from collections import deque
from typing import Final

WHERE: Final = "\x1b[6n"
"""Asks a terminal for its cursor: CPR, answered after what was written before."""

MOST: Final = 2
"""Frames that may be on their way over a line that takes its time."""

FRESH_S: Final = 0.025
"""A question younger than this says nothing of the line: our own loop may not have come to read its answer."""

SOON: Final = 4
"""Frames that may be on their way while all of them are so fresh."""

QUEUED_S: Final = 0.1
"""A way longer than the quickest by this is a line that is too thin: one frame at a time fills it, and two would only
be older when they come. A line that is merely long has all its frames late by the same."""

FORGET: Final = 1.001
"""By how much the quickest way is taken for longer with each frame: lines change."""

LOST_S: Final = 5.0
"""Without any answer for so long the terminal is taken for one that does not answer."""


class Receipts:
    """Counts questions and answers.

    Attributes:
        trip_s: Time from the last question to its answer; 0 before one.
    """

    def __init__(self) -> None:
        self.trip_s = 0.0
        self._least_s = 0.0
        self._asked: deque[float] = deque()
        self._answers = False

    @property
    def awaited(self) -> bool:
        """Whether answers are still to come."""
        return self._answers and bool(self._asked)

    def asked(self, now_s: float) -> None:
        """Note a question."""
        self._asked.append(now_s)
        if not self._answers:
            while len(self._asked) > MOST:
                self._asked.popleft()

    def answered(self, now_s: float) -> None:
        """Note an answer; the first one says that this terminal answers."""
        self._answers = True
        if self._asked:
            self.trip_s = now_s - self._asked.popleft()
            self._least_s = min(self.trip_s, self._least_s * FORGET) if self._least_s else self.trip_s

    def full(self, now_s: float) -> bool:
        """Say whether as many frames as may be are on their way."""
        if self._answers and self._asked and now_s - self._asked[0] > LOST_S:
            self._answers = False
            self._asked.clear()
        if not self._answers or not self._asked:
            return False
        if now_s - self._asked[0] < FRESH_S and self.trip_s < FRESH_S:
            return len(self._asked) >= SOON
        return len(self._asked) >= (1 if self.trip_s - self._least_s > QUEUED_S else MOST)
