"""RFC 3339 times of a venue, as numbers; pure text work, no clock.

Level3 rows carry nine fraction digits, most frames six, cancel-after none
(`ws-v2.md` §2.3), so fractions are read whatever their length.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
NS_PER_US = 1_000
_FRACTION_DIGITS = 9
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MINUTES_PER_DAY = 1440
_SHORTEST = len("2026-01-01T00:00:00")


@lru_cache(maxsize=64)
def _minute_ns(head: str) -> int:
    """Return the start of a minute such as `2026-09-15T23:41`."""
    day = date(int(head[0:4]), int(head[5:7]), int(head[8:10])).toordinal() - _EPOCH_DAY
    minutes = day * _MINUTES_PER_DAY + int(head[11:13]) * 60 + int(head[14:16])
    return minutes * 60 * NS_PER_S


def time_ns(text: str) -> int:
    """Read an RFC 3339 UTC time; a missing `Z` is tolerated (`ws-v2.md` §9.8).

    Raises:
        ValueError: The text is no such time.
    """
    if len(text) < _SHORTEST or text[10] != "T":
        raise ValueError(f"{text[:40]!r} is no RFC 3339 time")
    fraction = text[20:].removesuffix("Z") if len(text) > _SHORTEST and text[19] == "." else ""
    part = int(fraction[:_FRACTION_DIGITS].ljust(_FRACTION_DIGITS, "0")) if fraction else 0
    return _minute_ns(text[:16]) + int(text[17:19]) * NS_PER_S + part
