"""Prices as REST writes them: absolute, or an offset with a sign (`rest.md` §5.1, §5.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.domain.order import OrderType, Side
from app.venue.core.api import PriceType, auto_sign
from app.venue.wire import policies
from app.venue.wire.forms import Form
from app.venue.wire.values import amount, invalid

_OFFSET: Final = re.compile(r"([+\-#])((?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20}))(%?)")
_ABSENT: Final = frozenset({"", "0"})


@dataclass(frozen=True, slots=True)
class Expression:
    """One price expression.

    Attributes:
        value: The price, or the signed offset.
        kind: Which of these.
        sign: `+`, `-` or `#` as written; empty for an absolute price.
    """

    value: Decimal
    kind: PriceType
    sign: str


def expression(form: Form, name: str, sign: int) -> Expression | None:
    """Read a price; None when it is absent or a bare 0.

    Args:
        form: The request.
        name: Of the field.
        sign: What `#` stands for: +1 or -1.

    Raises:
        BadRequest: Neither a positive number nor an offset.
    """
    text = form.text(name)
    if text in _ABSENT:
        return None
    match = _OFFSET.fullmatch(text)
    if match is None:
        price = form.decimal(name)
        return None if price is None else Expression(amount(price, name), PriceType.STATIC, "")
    mark, digits, percent = match.groups()
    factor = {"+": 1, "-": -1}.get(mark, sign)
    return Expression(factor * Decimal(digits), PriceType.PCT if percent else PriceType.QUOTE, mark)


def first_sign(order_type: OrderType, side: Side) -> int:
    """What `#` stands for in `price`: away from the market, in the direction of the kind."""
    return auto_sign(order_type, side)


def second_sign(order_type: OrderType, side: Side) -> int:
    """What `#` stands for in `price2`."""
    if not policies.HASH_LIMIT_PASSES_TRIGGER:
        return auto_sign(order_type, side)
    return 1 if side is Side.BUY else -1


def trail(form: Form, name: str) -> Expression | None:
    """Read the distance of a trailing stop, which always begins with `+` (§5.1).

    Raises:
        BadRequest: Another form.
    """
    found = expression(form, name, 1)
    if found is not None and (found.sign != "+" or not found.value):
        raise invalid(name)
    return found


def trail_limit(form: Form, name: str) -> Expression | None:
    """Read the limit of a trailing-stop-limit: an offset from the trigger with `+` or `-` (§5.1).

    Raises:
        BadRequest: Another form.
    """
    found = expression(form, name, 1)
    if found is not None and found.sign not in {"+", "-"}:
        raise invalid(name)
    return found
