"""What one side of any book is: its sorted prices and what the checksum needs of it.

A side keeps its prices as *keys*: the price for bids, its negative for asks,
so that on both sides the largest key is the best and sits at the cheap end of
a sorted list.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from app.domain.book_values import LevelView
from app.domain.checksum import TOP_LEVELS, VERBATIM, OddDigits
from app.domain.instrument import UNIT_DP
from app.domain.order import Side

SCALE: tuple[int, ...] = tuple(10 ** (UNIT_DP - dp) for dp in range(UNIT_DP + 1))
"""Units in one step of so many decimals."""

BOTTOM = -(10**60)
"""A key below every price."""


Row = TypeVar("Row")


class BookSide(ABC, Generic[Row]):
    """One side of a book.

    Attributes:
        depth: Levels kept at most.
        sign: 1 for bids, -1 for asks; turns a price into a key and back.
        keys: Keys of all levels, best last.
        tenth: Key of the worst level that the checksum covers; `BOTTOM` if
            there are fewer than ten levels.
        changed: Whether one of the ten best levels moved since the last check.
        text: The checksum's text of this side, as of the last check.
        price_dp: Decimals of a price as usually printed; `VERBATIM` if they vary.
        qty_dp: The same of a quantity.
    """

    __slots__ = ("changed", "depth", "keys", "price_dp", "qty_dp", "sign", "tenth", "text")

    def __init__(self, side: Side, depth: int) -> None:
        self.depth = depth
        self.sign = 1 if side is Side.BUY else -1
        self.keys: list[int] = []
        self.tenth = BOTTOM
        self.changed = True
        self.text = b""
        self.price_dp = self.qty_dp = VERBATIM

    @abstractmethod
    def load(self, rows: Sequence[Row], price_dp: int, qty_dp: int) -> None:
        """Replace everything by a snapshot's rows.

        Raises:
            BookFault: A row cannot be.
        """

    @abstractmethod
    def apply(self, rows: Sequence[Row]) -> None:
        """Apply one message's rows in array order, then truncate to the depth.

        Raises:
            BookFault: A row cannot be or does not fit the book.
        """

    @abstractmethod
    def settle(self) -> None:
        """Bring `text` and `tenth` up to date and clear `changed`."""

    @staticmethod
    @abstractmethod
    def tokens(rows: Iterable[Row]) -> tuple[list[bytes], list[bytes]]:
        """Return the price tokens and the quantity tokens of some rows."""

    @abstractmethod
    def view(self, key: int) -> LevelView:
        """Return the level of a held key."""

    @abstractmethod
    def qty(self, key: int) -> int:
        """Return the quantity of a held key in units."""

    def best(self) -> int | None:
        """Return the best price in units."""
        return self.keys[-1] * self.sign if self.keys else None

    def holds(self, key: int) -> bool:
        """Return whether a level with that key exists."""
        at = bisect_left(self.keys, key)
        return at < len(self.keys) and self.keys[at] == key

    def between(self, low: int, high: int) -> list[LevelView]:
        """Return the levels from price `low` to `high` inclusive, best first."""
        return [self.view(key) for key in self.keys_between(low, high)]

    def keys_between(self, low: int, high: int) -> list[int]:
        """Return the keys held from price `low` to `high` inclusive, best first."""
        if self.sign < 0:
            low, high = -high, -low
        found = self.keys[bisect_left(self.keys, low) : bisect_right(self.keys, high)]
        found.reverse()
        return found

    def units(self, digits: bytes) -> int:
        """Return a held quantity in units."""
        if isinstance(digits, OddDigits):
            return digits.units
        return int(digits) * SCALE[self.qty_dp]

    def _settle_tenth(self) -> None:
        """Note which key is the worst that the checksum covers."""
        self.tenth = self.keys[-TOP_LEVELS] if len(self.keys) >= TOP_LEVELS else BOTTOM
