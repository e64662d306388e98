"""Times on Kraken's wires, to and from nanoseconds since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from app.domain.stamps import NS_PER_MS, NS_PER_S, NS_PER_US, time_ns

__all__ = ["NS_PER_MS", "NS_PER_S", "NS_PER_US", "seconds_ns", "time_ns", "time_text_ms", "time_text_s"]


def time_text_ms(ns: int) -> str:
    """Write a wall time with milliseconds, as `deadline` wants it."""
    seconds, rest = divmod(ns, NS_PER_S)
    head = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{head}.{rest // NS_PER_MS:03d}Z"


def seconds_ns(value: Decimal) -> int:
    """Turn REST's fractional seconds into nanoseconds.

    Raises:
        ValueError: The value is not finite or lies outside any calendar.
    """
    if not value.is_finite() or abs(value) > 10**11:
        raise ValueError(f"{str(value)[:20]} is no time")
    return int(value * NS_PER_S)


def time_text_s(ns: int) -> str:
    """Write a wall time with whole seconds, as `expire_time` and `effective_time` want it."""
    return datetime.fromtimestamp(ns // NS_PER_S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
