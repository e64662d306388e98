"""Numbers and relative prices as both wires write them.

Always from the characters of a Decimal, never with an exponent
(`ws-v2.md` §11, `rest.md` §5.2).
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Raw

from app.domain.instrument import parse_number, plain
from app.domain.order import PriceKind

_PERCENT = "%"
_SIGNS = ("+", "-")


def number_text(value: Decimal) -> str:
    """Write a number as digits.

    Raises:
        ValueError: It is not finite.
    """
    # Formatting costs four times as much, and makes a difference with an exponent only.
    text = str(value)
    if text.isdigit() or ("E" not in text and value and value.is_finite()):
        return text
    if not value.is_finite():
        raise ValueError(f"{value} can't be sent")
    return plain(value) if value else "0"


def number(value: Decimal) -> Raw:
    """Write a number as JSON.

    Raises:
        ValueError: It is not finite.
    """
    return Raw(number_text(value).encode())


def price_text(value: Decimal, kind: PriceKind) -> str:
    """Write a price as REST reads it: `27500.1`, `+50`, `-1.5%`.

    Raises:
        ValueError: It is not finite.
    """
    text = number_text(value)
    if kind is PriceKind.STATIC:
        return text
    signed = text if text.startswith("-") else f"+{text}"
    return signed + _PERCENT if kind is PriceKind.PCT else signed


def parse_price(text: str) -> tuple[Decimal, PriceKind]:
    """Read what `price_text` writes.

    Raises:
        ValueError: It is no such price; `#50` is none either, its sign is the venue's secret.
    """
    body = text.strip()
    value = parse_number(body.removesuffix(_PERCENT))
    if body.endswith(_PERCENT):
        return value, PriceKind.PCT
    return value, PriceKind.QUOTE if body.startswith(_SIGNS) else PriceKind.STATIC
