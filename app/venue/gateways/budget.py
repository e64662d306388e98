"""Token bucket for request rates."""

from __future__ import annotations

from app.clock import NS_PER_S, Clock


class Budget:
    """A number of units a second, saved up for one second at most.

    Args:
        clock: Time source.
        per_second: Units a second.
    """

    __slots__ = ("_at_ns", "_clock", "_left_ns", "_rate")

    def __init__(self, clock: Clock, per_second: int) -> None:
        self._clock = clock
        self._rate = per_second
        self._left_ns = NS_PER_S * per_second
        self._at_ns = clock.mono_ns()

    def take(self, units: int) -> bool:
        """Use units if they are there."""
        now = self._clock.mono_ns()
        full = NS_PER_S * self._rate
        self._left_ns = min(full, self._left_ns + (now - self._at_ns) * self._rate)
        self._at_ns = now
        if self._left_ns < units * NS_PER_S:
            return False
        self._left_ns -= units * NS_PER_S
        return True
