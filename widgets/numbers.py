"""Numbers and times as people read them. Integers and Decimal only.

A shortened quantity is rounded, never cut, and a quantity that is not zero
never reads as zero.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from app.clock import rfc3339

NS_PER_MS = 1_000_000
MS_PER_S = 1000
S_PER_MIN = 60
S_PER_HOUR = 3600
S_PER_DAY = 86_400
US_PER_MS = 1000

_UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
_BARE = 6
"""Whole digits shown before a unit letter is used when room allows."""


def fixed(value: int, places: int) -> str:
    """Format an integer of `10**-places` exactly.

    Args:
        value: For example lots or price units.
        places: Decimals.

    Returns:
        For example `fixed(41200000, 8)` is `0.41200000`.
    """
    if places <= 0:
        return str(value * 10**-places)
    sign, value = ("-", -value) if value < 0 else ("", value)
    digits = str(value).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def plain(value: int, places: int) -> str:
    """Format like `fixed`, without zeros at the end."""
    text = fixed(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: int, drop: int) -> int:
    """Divide by `10**drop`, half to even."""
    if drop <= 0:
        scale: int = 10**-drop
        return value * scale
    unit: int = 10**drop
    return _divided(value, unit)


def _divided(value: int, unit: int) -> int:
    """Divide, half to even."""
    whole, rest = divmod(value, unit)
    return whole + (1 if 2 * rest > unit or (2 * rest == unit and whole & 1) else 0)


@lru_cache(maxsize=8192)
def short_qty(lots: int, qty_dp: int, width: int, most_dp: int = 8) -> str:
    """Shorten a quantity to a column.

    Args:
        lots: Quantity, not negative.
        qty_dp: One lot is `10**-qty_dp`.
        width: Cells of the column, at least 2.
        most_dp: Most decimals worth showing.

    Returns:
        At most `width` cells: rounded decimals without zeros at the end, a
        unit letter for large numbers, `<0.01` for what would round to nothing.
        Only a column too narrow for any of that gets `#`.
    """
    if lots <= 0:
        return "0"
    whole = len(str(lots // 10**qty_dp)) if lots >= 10**qty_dp else 1
    places = min(qty_dp, most_dp, max(0, width - whole - 1))
    if whole <= width and (whole <= _BARE or whole + 2 <= width):
        value = rounded(lots, qty_dp - places)
        text = plain(value, places)
        if value == 0:
            text = f"<{fixed(1, places)}" if places else "<1"
            text = text if len(text) <= width else f"<{fixed(1, max(0, width - 3))}" if width > _TINY else "<1"
        if len(text) <= width:
            return text
    return _with_unit(lots, qty_dp, width)


_TINY = 3


def _with_unit(lots: int, qty_dp: int, width: int) -> str:
    """Shorten with a unit letter: `1.25M`."""
    for size, letter in _UNITS:
        unit = size * 10**qty_dp
        if lots >= unit:
            whole = len(str(lots // unit))
            places = max(0, min(2, width - whole - 2))
            value = _divided(lots * 10**places, unit)
            text = f"{plain(value, places)}{letter}"
            if len(text) <= width:
                return text
    return "#" * max(1, width)


def decimal_of(text: str) -> Decimal | None:
    """Read a formatted number; None if it is not one."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def trimmed(text: str) -> str:
    """Drop zeros at the end of the decimals of a formatted number."""
    return text.rstrip("0").rstrip(".") if "." in text and text[-1:].isdigit() else text


def trimmed_all(text: str) -> str:
    """Drop zeros at the end of the decimals of every number in a text."""
    return _DECIMALS.sub(lambda number: trimmed(number[0]), text)


_DECIMALS = re.compile(r"\d+\.\d+")


def points(thousandths: int) -> str:
    """Format a rate counter: `41.2`."""
    return fixed(rounded(thousandths, 2), 1)


def clock_time(ns: int, digits: int = 0) -> str:
    """Format wall time as UTC time of day: `04:10:43` or with a fraction."""
    return rfc3339(ns, digits).partition("T")[2].rstrip("Z")


def span(ms: int) -> str:
    """Format a duration in at most five cells: `1.7s`, `42s`, `4:51`, `3h05`, `2d`."""
    ms = max(0, ms)
    if ms < 10 * MS_PER_S:
        return f"{ms // MS_PER_S}.{ms % MS_PER_S // 100}s"
    seconds = ms // MS_PER_S
    if seconds < S_PER_MIN:
        return f"{seconds}s"
    if seconds < S_PER_HOUR:
        return f"{seconds // S_PER_MIN}:{seconds % S_PER_MIN:02d}"
    if seconds < S_PER_DAY:
        return f"{seconds // S_PER_HOUR}h{seconds % S_PER_HOUR // S_PER_MIN:02d}"
    return f"{seconds // S_PER_DAY}d"


def latency(us: int) -> str:
    """Format a latency: `0.4ms`, `12ms`, `1.3s`; empty if not measured."""
    if us < 0:
        return ""
    if us < 10 * US_PER_MS:
        return f"{us // US_PER_MS}.{us % US_PER_MS // 100}ms"
    ms = us // US_PER_MS
    return f"{ms}ms" if ms < MS_PER_S else f"{ms // MS_PER_S}.{ms % MS_PER_S // 100}s"
