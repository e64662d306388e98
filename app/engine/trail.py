"""The story of each order: what was typed, seen, sent, answered, filled, paid.

Kept in memory for the orders of the blotter; the journal keeps what must
survive a crash.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime

from app.clock import NS_PER_MS, NS_PER_S, Clock
from app.domain.text import clean

LINES_PER_ORDER = 200
ORDERS_KEPT = 600


class Trails:
    """Lines by order.

    Args:
        clock: Labels the lines.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lines: dict[str, deque[str]] = {}
        self._queues: dict[str, tuple[int, int]] = {}

    def add(self, key: str, text: str) -> None:
        """Add a line to an order's story.

        Args:
            key: The order's key.
            text: What happened; cleaned here.
        """
        lines = self._lines.get(key)
        if lines is None:
            if len(self._lines) >= ORDERS_KEPT:
                oldest = next(iter(self._lines))
                del self._lines[oldest]
                self._queues.pop(oldest, None)
            lines = self._lines[key] = deque(maxlen=LINES_PER_ORDER)
        lines.append(f"{utc_text(self._clock.now_ns())}  {clean(text)}")

    def queue(self, key: str, ahead_n: int, text: str) -> None:
        """Note an order's place in the queue when the number of orders ahead changed."""
        before = self._queues.get(key)
        if before is None or before[0] != ahead_n:
            self._queues[key] = (ahead_n, self._clock.mono_ns())
            self.add(key, text)

    def lines(self, key: str) -> tuple[str, ...]:
        """Return an order's story, oldest first."""
        return tuple(self._lines.get(key, ()))


def utc_text(ns: int) -> str:
    """Format a wall time as `05:04:41.594`."""
    stamp = datetime.fromtimestamp(ns // NS_PER_S, UTC)
    return f"{stamp:%H:%M:%S}.{ns % NS_PER_S // NS_PER_MS:03d}"
