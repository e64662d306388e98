"""The daily FIX rollover: when it is, and how near (`fix.md` §1.12).

Kraken's FIX sessions end every day at 22:00 UTC for about half a minute; the
sequence numbers then start anew.
"""

from __future__ import annotations

from dataclasses import dataclass

NS_PER_S = 1_000_000_000
DAY_NS = 86_400 * NS_PER_S
ROLLOVER_NS = 22 * 3_600 * NS_PER_S
"""Time of day of the rollover, UTC."""

LASTS_NS = 30 * NS_PER_S
"""About how long the sessions are away."""

PLANNED_NS = 120 * NS_PER_S
"""A session that ends so near to the rollover ended for it, and is no fault."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time around a rollover in which no new order goes out over FIX.

    Attributes:
        before_ns: How long before 22:00 UTC it begins.
        after_ns: How long after 22:00 UTC it ends.
    """

    before_ns: int
    after_ns: int = LASTS_NS

    def holds(self, now_ns: int) -> bool:
        """Say whether a wall time lies in it."""
        return until(now_ns) <= self.before_ns or since(now_ns) < self.after_ns


def until(now_ns: int) -> int:
    """Return the nanoseconds to the next rollover, 1 to a day."""
    return (ROLLOVER_NS - now_ns - 1) % DAY_NS + 1


def since(now_ns: int) -> int:
    """Return the nanoseconds since the last rollover; 0 at the very moment."""
    return (now_ns - ROLLOVER_NS) % DAY_NS


def planned(now_ns: int) -> bool:
    """Say whether a session that ends now ends because of the rollover."""
    return min(until(now_ns), since(now_ns)) <= PLANNED_NS
