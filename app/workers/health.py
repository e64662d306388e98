"""Health of one connection, as the status bar shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
"""This machine: the only hosts that a secret may be sent to in the clear."""


FIX_LINK: Final = "fix "
"""What the names of FIX sessions begin with among the links."""


class LinkState(StrEnum):
    """State of one connection."""

    UP = "UP"
    STALE = "STALE"  # connected, but silent for three seconds
    DOWN = "DOWN"
    CONNECTING = "CONNECTING"


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """One connection at one moment.

    Attributes:
        state: Up, stale, down or connecting.
        since_ns: Wall time of the last change of state.
        rtt_us: Last round trip in microseconds; 0 if not measured.
        venue_us: Part of it spent inside the venue; 0 if not measured.
        offset_us: Venue clock minus ours, in microseconds, from the same round
            trip (good to half of it).
        generation: Number of the socket; grows by one with each attempt.
        note: Why it is not up; cleaned text.
        bad_frames: Frames that could not be read since the start.
    """

    state: LinkState = LinkState.DOWN
    since_ns: int = 0
    rtt_us: int = 0
    venue_us: int = 0
    offset_us: int = 0
    generation: int = 0
    note: str = ""
    bad_frames: int = 0
