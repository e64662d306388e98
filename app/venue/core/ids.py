"""Ids that look like Kraken's: a letter and sixteen base-32 characters, 6-5-6."""

from __future__ import annotations

from itertools import product

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TWO = ["".join(pair) for pair in product(_ALPHABET, repeat=2)]
_THREE = ["".join(triple) for triple in product(_ALPHABET, repeat=3)]
_BITS = 80
_MASK = (1 << _BITS) - 1
_STRIDE = 0x9E37_79B9_7F4A_7C15_F39D
"""Odd, so that multiplying by it permutes the 80-bit numbers: ids never repeat."""

_ROOM_BITS = 16
"""Neighbouring salts lie this far apart: 65,536 ids."""

_LOW_TWO = 0x3FF
_LOW_THREE = 0x7FFF


class IdSource:
    """Unique ids for one run of the venue.

    Args:
        salt: Any number; two runs with different salts issue different ids.
    """

    __slots__ = ("_count",)

    def __init__(self, salt: int) -> None:
        self._count = (salt << _ROOM_BITS) & _MASK

    def _next(self, letter: str) -> str:
        self._count += 1
        bits = (self._count * _STRIDE) & _MASK
        return (
            f"{letter}{_THREE[bits >> 65]}{_TWO[(bits >> 55) & _LOW_TWO]}-"
            f"{_THREE[(bits >> 40) & _LOW_THREE]}{_TWO[(bits >> 30) & _LOW_TWO]}-"
            f"{_THREE[(bits >> 15) & _LOW_THREE]}{_THREE[bits & _LOW_THREE]}"
        )

    def order(self) -> str:
        """Return a fresh order id, `OXXXXX-XXXXX-XXXXXX`."""
        return self._next("O")

    def execution(self) -> str:
        """Return a fresh fill id, `TXXXXX-XXXXX-XXXXXX`."""
        return self._next("T")

    def amend(self) -> str:
        """Return a fresh amend id; Kraken gives it the same letter as fills."""
        return self._next("T")

    def ledger(self) -> str:
        """Return a fresh ledger id, `LXXXXX-XXXXX-XXXXXX`."""
        return self._next("L")
