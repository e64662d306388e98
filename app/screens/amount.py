"""Steps and presets of sizes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.domain.order import Side, Size, SizeUnit
from app.screens.field_values import read_size

DECIMAL_BASE = 10
ALL = Decimal(100)
SHARES = (Decimal(25), Decimal(50), Decimal(75), ALL)
"""Percentages of what is available that one key walks through."""

_SHARED = frozenset({SizeUnit.PERCENT, SizeUnit.POSITION})


def preset(text: str, symbol: str) -> Size:
    """Read a size preset; the settings have checked it.

    Args:
        text: `0.5`, `$200` or `25%`.
        symbol: Pair that is shown.
    """
    return read_size(text, Side.BUY, symbol)


def stepped(size: Size, *, up: bool, least: Decimal) -> Size:
    """Return the size one step away: one unit of its leading digit.

    0.1, 0.2 … 0.9, 1, 2 … upwards and the same way down.

    Args:
        size: The size.
        up: Direction.
        least: Smallest base quantity; money and percent stop at 1, percent also at 100.
    """
    unit = Decimal(1).scaleb(size.value.adjusted())
    if not up and size.value <= unit:
        unit = unit / DECIMAL_BASE
    moved = size.value + unit if up else size.value - unit
    value = max(least if size.unit is SizeUnit.BASE else Decimal(1), moved)
    return replace(size, value=_trim(min(value, ALL) if size.unit in _SHARED else value))


def next_share(size: Size) -> Size:
    """Return the next larger percentage of what is available; after all of it the smallest."""
    now = size.value if size.unit is SizeUnit.PERCENT else Decimal(0)
    larger = [share for share in SHARES if share > now]
    return Size(larger[0] if larger else SHARES[0], SizeUnit.PERCENT)


def _trim(value: Decimal) -> Decimal:
    """Drop zeros after the point, keep the number."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
