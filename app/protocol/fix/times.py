"""UTC times as FIX writes them (`fix.md` §1.2, §2.2)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from app.protocol.wiretime import NS_PER_MS, NS_PER_S

_SHAPE: Final = re.compile(r"(\d{8})-(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?")
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_DAY_S: Final = 86_400


@lru_cache(maxsize=8)
def _second_text(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y%m%d-%H:%M:%S")


@lru_cache(maxsize=8)
def _ms_text(ms: int) -> str:
    second, rest = divmod(ms, 1000)
    return f"{_second_text(second)}.{rest:03d}"


def utc_text(ns: int) -> str:
    """Write a wall time with milliseconds: `20260407-14:32:01.000`."""
    return _ms_text(ns // NS_PER_MS)


def utc_text_s(ns: int) -> str:
    """Write a wall time with whole seconds, as ExpireTime wants it."""
    return _second_text(ns // NS_PER_S)


@lru_cache(maxsize=8)
def _day_s(text: str) -> int:
    return (date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal() - _EPOCH_DAY) * _DAY_S


def utc_ns(text: str) -> int:
    """Read such a time.

    Raises:
        ValueError: It is none.
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:30]!r} is no UTC time")
    day, hour, minute, second, fraction = found.groups()
    whole = _day_s(day) + int(hour) * 3600 + int(minute) * 60 + int(second)
    return whole * NS_PER_S + (int(fraction.ljust(9, "0")) if fraction else 0)
