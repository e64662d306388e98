"""Whether market data still flows: a heartbeat proves the socket, not the feeds (`ws-v2.md` §3.2).

Quiet pairs are silent for half a minute in good health, so only a link that
was busy is judged: when some thirty frames failed to come that its recent
pace promised, and not before three seconds, the feeds are taken for dead.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.protocol.wiretime import NS_PER_S

LEAST_NS = 3 * NS_PER_S
MISSED_FRAMES = 30
HORIZON_S = 30


@dataclass
class DataFlow:
    """The pace of one link's market frames."""

    _rate: float = 0.0  # frames a second; an estimate, not money
    _count: int = 0
    _last_ns: int = 0
    _second_ns: int = 0

    def reset(self, now_ns: int) -> None:
        """Learn anew: a new socket, or other feeds than before."""
        self._rate = 0.0
        self._count = 0
        self._last_ns = self._second_ns = now_ns

    def frame(self, now_ns: int) -> None:
        """A market frame came."""
        self._count += 1
        self._last_ns = now_ns

    def dead(self, now_ns: int) -> bool:
        """Tell whether far more silence has passed than the pace explains; call it each tick."""
        while now_ns - self._second_ns >= NS_PER_S:
            self._second_ns += NS_PER_S
            self._rate += (self._count - self._rate) / HORIZON_S
            self._count = 0
        silent_ns = now_ns - self._last_ns
        return silent_ns >= LEAST_NS and self._rate * silent_ns >= MISSED_FRAMES * NS_PER_S

    def silent_ns(self, now_ns: int) -> int:
        """Return the time since the last market frame."""
        return now_ns - self._last_ns
