"""Ids that we give to orders and requests.

One form serves every transport: a version 4 UUID whose first 48 bits are the
time in steps of 10 microseconds ("COMB", `fix.md` §2.1). FIX wants it on
derivatives and takes it on spot; REST and WS take any UUID.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Final

NS_PER_UNIT: Final = 10_000
_TIME_BITS: Final = 48
_RANDOM_BITS: Final = 74
_LOW_BITS: Final = 62


class CombIds:
    """Maker of time-first UUIDs, each greater than the one before.

    Args:
        clock_now_ns: Wall time in nanoseconds since the epoch.
        randbits: Returns so many random bits, as `secrets.randbits` does.
    """

    __slots__ = ("_last", "_now_ns", "_randbits")

    def __init__(self, clock_now_ns: Callable[[], int], randbits: Callable[[int], int]) -> None:
        self._now_ns = clock_now_ns
        self._randbits = randbits
        self._last = 0

    def next(self) -> str:
        """Return an id that was never used.

        A clock that stands still or steps back makes the time part run ahead
        of it by one unit for each id.
        """
        self._last = max(self._now_ns() // NS_PER_UNIT, self._last + 1)
        noise = self._randbits(_RANDOM_BITS)
        high = (self._last & ((1 << _TIME_BITS) - 1)) << 80
        value = high | 4 << 76 | (noise >> _LOW_BITS) << 64 | 2 << _LOW_BITS | (noise & ((1 << _LOW_BITS) - 1))
        return str(uuid.UUID(int=value))


def comb_time_ns(text: str) -> int:
    """Return the time in an id of this form, in nanoseconds since the epoch.

    Raises:
        ValueError: It is no UUID.
    """
    return (uuid.UUID(text).int >> 80) * NS_PER_UNIT
