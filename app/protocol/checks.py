"""Checks that every decoded message passes before anybody believes it.

msgspec reads `NaN` and `1e999999` into a Decimal without complaint; this
module turns them into a clean refusal of the frame (`faults.md` P16) and
makes texts harmless to a terminal.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec.structs import force_setattr

from app.domain.text import clean

MAX_EXPONENT = 24
MAX_DIGITS = 48
MAX_LABEL = 120


class Checked(msgspec.Struct, frozen=True, gc=False):
    """Base of inbound rows: text is cleaned, numbers are finite and of sane size."""

    def __post_init__(self) -> None:
        """Clean each text, check each number.

        Raises:
            ValueError: A number is not finite or absurdly large or long.
        """
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if type(value) is str:
                if not (value.isascii() and value.isprintable() and len(value) <= MAX_LABEL):
                    force_setattr(self, name, clean(value, MAX_LABEL))
            elif type(value) is Decimal:
                check_number(value)


def check_number(value: Decimal) -> Decimal:
    """Pass a number of sane size.

    Raises:
        ValueError: It is not finite, too large or too long.
    """
    if not value.is_finite():
        raise ValueError("a number is not finite")
    if not -MAX_EXPONENT < value.adjusted() < MAX_EXPONENT or len(value.as_tuple().digits) > MAX_DIGITS:
        raise ValueError("a number is out of range")
    return value
