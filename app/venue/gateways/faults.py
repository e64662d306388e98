"""Faults that are switched on now; consulted by the feed, the sockets and REST.

Everything is off by default, and `active` is the only thing the hot path
reads while it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Face(StrEnum):
    """The four listening ports."""

    PUBLIC = "public"
    AUTH = "auth"
    L3 = "l3"
    CONTROL = "control"


class Silence(StrEnum):
    """How a face falls silent while its connections stay up."""

    DATA = "data"  # heartbeats go on
    ALL = "all"


@dataclass(slots=True)
class Faults:
    """Switches and countdowns.

    Attributes:
        active: Whether any is set.
        drop: Data messages to swallow, by (channel, symbol or "").
        corrupt: Frames to send with a wrong checksum, by (channel, symbol or "").
        delay_ms: Added to every outgoing frame of a face.
        silence: Faces that send nothing.
        refuse: Faces that end new connections at once.
        http_status: (count, status) of REST methods answered so after they were done.
        unanswered: WS or REST methods done without any answer, with a count.
    """

    active: bool = False
    drop: dict[tuple[str, str], int] = field(default_factory=dict)
    corrupt: dict[tuple[str, str], int] = field(default_factory=dict)
    delay_ms: dict[Face, int] = field(default_factory=dict)
    silence: dict[Face, Silence] = field(default_factory=dict)
    refuse: set[Face] = field(default_factory=set)
    http_status: dict[str, tuple[int, int]] = field(default_factory=dict)
    unanswered: dict[str, int] = field(default_factory=dict)

    def refresh(self) -> None:
        """Recompute `active` after a change."""
        self.active = any(
            (
                self.drop,
                self.corrupt,
                self.delay_ms,
                self.silence,
                self.refuse,
                self.http_status,
                self.unanswered,
            )
        )

    def clear(self) -> None:
        """Switch everything off."""
        for box in (self.drop, self.corrupt, self.delay_ms, self.silence, self.http_status):
            box.clear()
        self.unanswered.clear()
        self.refuse.clear()
        self.refresh()

    def _count_down(self, box: dict[tuple[str, str], int], channel: str, symbol: str) -> bool:
        for key in ((channel, symbol), (channel, "")):
            left = box.get(key, 0)
            if left:
                if left == 1:
                    del box[key]
                else:
                    box[key] = left - 1
                self.refresh()
                return True
        return False

    def drops(self, channel: str, symbol: str) -> bool:
        """Whether this data message is to be swallowed; counts it."""
        return self._count_down(self.drop, channel, symbol)

    def corrupts(self, channel: str, symbol: str) -> bool:
        """Whether this frame is to carry a wrong checksum; counts it."""
        return self._count_down(self.corrupt, channel, symbol)

    def leaves_unanswered(self, method: str) -> bool:
        """Whether this method is done without an answer; counts it."""
        left = self.unanswered.get(method, 0)
        if not left:
            return False
        if left == 1:
            del self.unanswered[method]
        else:
            self.unanswered[method] = left - 1
        self.refresh()
        return True

    def http_error(self, method: str) -> int:
        """HTTP status to answer with after the method was done, or 0; counts it."""
        left, status = self.http_status.get(method, (0, 0))
        if not left:
            return 0
        if left == 1:
            del self.http_status[method]
        else:
            self.http_status[method] = (left - 1, status)
        self.refresh()
        return status
