"""Sizes as the ticket holds them: base quantity, quote money or percent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from app.domain.grammar_orders import LARGE_SIZE

DECIMAL_BASE = 10
ALL = Decimal(100)


class Unit(StrEnum):
    """What a size counts."""

    BASE = ""
    QUOTE = "$"
    PERCENT = "%"


def plain(value: Decimal) -> str:
    """Return a Decimal without exponent, exactly as it is held."""
    return format(value, "f")


@dataclass(frozen=True, slots=True)
class Amount:
    """A size.

    Attributes:
        value: Positive number.
        unit: What it counts.
    """

    value: Decimal
    unit: Unit = Unit.BASE

    @classmethod
    def parse(cls, text: str) -> Amount:
        """Read a size preset.

        Args:
            text: `0.5`, `$200` or `25%`; the settings have checked it.
        """
        if text.startswith("$"):
            return cls(Decimal(text[1:]), Unit.QUOTE)
        if text.endswith("%"):
            return cls(Decimal(text[:-1]), Unit.PERCENT)
        return cls(Decimal(text))

    def __str__(self) -> str:
        """Return the size as people write it."""
        number = plain(self.value)
        return f"${number}" if self.unit is Unit.QUOTE else f"{number}{self.unit}"

    def word(self) -> str:
        """Return the size as a word of the grammar, which takes a large bare number for a price."""
        return f"size {self}" if self.unit is Unit.BASE and self.value >= LARGE_SIZE else str(self)

    def step(self, *, up: bool, least: Decimal) -> Amount:
        """Return the size one step away: one unit of its leading digit.

        0.1, 0.2 … 0.9, 1, 2 … upwards and the same way down.

        Args:
            up: Direction.
            least: Smallest base quantity; money and percent stop at 1, percent also at 100.
        """
        unit = Decimal(1).scaleb(self.value.adjusted())
        if not up and self.value <= unit:
            unit = unit / DECIMAL_BASE
        value = max(least if self.unit is Unit.BASE else Decimal(1), self.value + unit if up else self.value - unit)
        return replace(self, value=_trim(min(value, ALL) if self.unit is Unit.PERCENT else value))


def _trim(value: Decimal) -> Decimal:
    """Drop zeros after the point, keep the number."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
