"""When a session has to say something, ask, or give up (`fix.md` §1.6, §8.4)."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from app.protocol.wiretime import NS_PER_S

LOGON_TIMEOUT_NS: Final = 10 * NS_PER_S
LOGOUT_TIMEOUT_NS: Final = 2 * NS_PER_S
PEER_CLOSE_NS: Final = 10 * NS_PER_S
"""How long a venue that logged us out may take to close."""


class Due(Enum):
    """What the silence calls for."""

    NOTHING = auto()
    HEARTBEAT = auto()
    TEST = auto()
    DEAD = auto()


class Liveness:
    """Silence in both directions.

    A heartbeat goes out after half the agreed interval, so that a slow moment
    never makes us late. After 1.2 intervals without a message we ask, after
    2.4 the link is dead.

    Args:
        heartbeat_s: The interval in seconds.
    """

    __slots__ = ("_interval_ns", "asked", "heard_ns", "sent_ns")

    def __init__(self, heartbeat_s: int) -> None:
        self.agree(heartbeat_s)
        self.heard_ns = 0
        self.sent_ns = 0
        self.asked = False

    def agree(self, heartbeat_s: int) -> None:
        """Take over the interval that the venue answered."""
        self._interval_ns = heartbeat_s * NS_PER_S

    def start(self, now_ns: int) -> None:
        """Begin on a new connection."""
        self.heard_ns = self.sent_ns = now_ns
        self.asked = False

    def heard(self, now_ns: int) -> None:
        """A message arrived."""
        self.heard_ns = now_ns
        self.asked = False

    def due(self, now_ns: int) -> Due:
        """Return what is to be done now."""
        if not self._interval_ns:
            return Due.NOTHING
        silent_ns = now_ns - self.heard_ns
        if silent_ns * 10 >= self._interval_ns * 24:
            return Due.DEAD
        if silent_ns * 10 >= self._interval_ns * 12 and not self.asked:
            return Due.TEST
        return Due.HEARTBEAT if (now_ns - self.sent_ns) * 2 >= self._interval_ns else Due.NOTHING
