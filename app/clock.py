"""The only place that reads a clock.

Everything else receives a `Clock`. Wall time labels things; durations and
deadlines come from the monotonic clock, which a step of the wall clock
cannot disturb.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


class Clock(Protocol):
    """Wall and monotonic time in nanoseconds."""

    def now_ns(self) -> int:
        """Return wall time as nanoseconds since the Unix epoch, UTC."""
        ...

    def mono_ns(self) -> int:
        """Return monotonic time in nanoseconds, for durations only."""
        ...


class SystemClock:
    """The machine's own clocks."""

    __slots__ = ()

    def now_ns(self) -> int:
        """Return wall time as nanoseconds since the Unix epoch, UTC."""
        return time.time_ns()

    def mono_ns(self) -> int:
        """Return monotonic time in nanoseconds, for durations only."""
        return time.monotonic_ns()


class ManualClock:
    """A clock that moves only when told to; both faces move together."""

    __slots__ = ("_mono", "_now")

    def __init__(self, now_ns: int = 1_700_000_000 * NS_PER_S, mono_ns: int = 0) -> None:
        self._now = now_ns
        self._mono = mono_ns

    def now_ns(self) -> int:
        """Return the set wall time in nanoseconds since the Unix epoch."""
        return self._now

    def mono_ns(self) -> int:
        """Return the set monotonic time in nanoseconds."""
        return self._mono

    def advance(self, *, s: int = 0, ms: int = 0, ns: int = 0) -> None:
        """Move both clocks forward.

        Args:
            s: Seconds to add.
            ms: Milliseconds to add.
            ns: Nanoseconds to add.
        """
        step = s * NS_PER_S + ms * NS_PER_MS + ns
        self._now += step
        self._mono += step

    def step_wall(self, ns: int) -> None:
        """Step the wall clock alone, as an NTP correction would."""
        self._now += ns


def rfc3339(ns: int, digits: int = 6) -> str:
    """Format wall time the way Kraken does: UTC with a `Z`.

    Args:
        ns: Nanoseconds since the Unix epoch.
        digits: Fraction digits, 0 to 9 (Kraken uses 0, 3, 6 and 9).

    Returns:
        For example `2026-11-23T04:10:43.000001Z`.
    """
    seconds, rest = divmod(ns, NS_PER_S)
    head = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{rest:09d}"[: digits + 1] if digits else ""
    return f"{head}{fraction}Z"


def parse_rfc3339(text: str) -> int:
    """Read an RFC 3339 UTC time with any number of fraction digits.

    A missing `Z` is tolerated, as one of Kraken's own samples lacks it.

    Args:
        text: For example `2026-09-15T23:41:47.461426256Z`.

    Returns:
        Nanoseconds since the Unix epoch.

    Raises:
        ValueError: The text is not such a time.
    """
    body = text.removesuffix("Z")
    head, _, fraction = body.partition(".")
    seconds = int(datetime.strptime(head, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC).timestamp())
    return seconds * NS_PER_S + (int(fraction[:9].ljust(9, "0")) if fraction else 0)
