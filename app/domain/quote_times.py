"""Times as typed, turned into moments."""

from __future__ import annotations

from typing import Final

from app.domain.order import When, WhenKind
from app.domain.quote_prices import QuoteError

NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000
DAY_S: Final = 86_400


def resolve_when(when: When | None, now_ns: int) -> int:
    """Return the wall time in nanoseconds, whole seconds; 0 for None.

    Args:
        when: As typed; a time of day is the next one, in UTC.
        now_ns: Wall time.

    Raises:
        QuoteError: The time has passed, or the present is not known.
    """
    if when is None:
        return 0
    if now_ns <= 0:
        raise QuoteError("the time is not known yet", "try again once the venue has told it")
    now_s = -(-now_ns // NS_PER_S)
    match when.kind:
        case WhenKind.AFTER:
            at_s = now_s + when.seconds
        case WhenKind.TIME_OF_DAY:
            at_s = now_s - now_s % DAY_S + when.seconds
            at_s += DAY_S if at_s <= now_s else 0
        case WhenKind.AT:
            at_s = when.seconds
    if at_s * NS_PER_S <= now_ns:
        raise QuoteError("that time has passed", "times are UTC; give a later one, or a span such as 15m")
    return at_s * NS_PER_S
