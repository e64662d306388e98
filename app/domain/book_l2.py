"""The Level-2 book: quantity by price, and Kraken's checksum.

Rules: `ws-v2.md` §4.2 and §5.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from app.domain.book_base import Book
from app.domain.book_side import BookSide
from app.domain.book_values import BookFault, LevelRow, LevelView
from app.domain.checksum import MAX_TOKEN, TOP_LEVELS, odd_digits, read_number
from app.domain.instrument import UNIT_DP
from app.domain.order import Side


class L2Side(BookSide[LevelRow]):
    """One side of an L2 book."""

    __slots__ = ("levels", "scale")

    def __init__(self, side: Side, depth: int) -> None:
        super().__init__(side, depth)
        self.levels: dict[int, tuple[bytes, bytes]] = {}  # key -> digits of price and quantity
        self.scale = 0  # turns the digits of a usual price into its key

    def load(self, rows: Sequence[LevelRow], price_dp: int, qty_dp: int) -> None:
        """Replace everything.

        Raises:
            BookFault: A row cannot be.
        """
        self.price_dp, self.qty_dp = price_dp, qty_dp
        self.scale = self.sign * 10 ** (UNIT_DP - price_dp) if price_dp >= 0 else 0
        self.levels.clear()
        self.keys.clear()
        self.apply(rows)
        self.changed = True

    def apply(self, rows: Sequence[LevelRow]) -> None:
        """Set or remove levels in array order; a price may occur twice, the last wins.

        Raises:
            BookFault: A row cannot be.
        """
        levels, keys = self.levels, self.keys
        for row in rows:
            key, price = self._price(bytes(row.price))
            qty = self._digits(bytes(row.qty))
            if qty:
                if key not in levels:
                    insort(keys, key)
                levels[key] = (price, qty)
            elif levels.pop(key, None) is not None:
                del keys[bisect_left(keys, key)]
            if key >= self.tenth:
                self.changed = True
        if len(keys) > self.depth:
            excess = len(keys) - self.depth
            for key in keys[:excess]:
                del levels[key]
            del keys[:excess]

    def settle(self) -> None:
        """Bring the checksum's text up to date."""
        levels = self.levels
        self.text = b"".join([part for key in self.keys[: -TOP_LEVELS - 1 : -1] for part in levels[key]])
        self._settle_tenth()
        self.changed = False

    @staticmethod
    def tokens(rows: Iterable[LevelRow]) -> tuple[list[bytes], list[bytes]]:
        """Return the price tokens and the quantity tokens of some rows."""
        rows = list(rows)
        return [bytes(row.price) for row in rows], [bytes(row.qty) for row in rows]

    def view(self, key: int) -> LevelView:
        """Return the level of a held key; the number of orders is not known."""
        return LevelView(key * self.sign, self.qty(key), 0)

    def qty(self, key: int) -> int:
        """Return the quantity of a held key in units."""
        return self.units(self.levels[key][1])

    def _price(self, token: bytes) -> tuple[int, bytes]:
        """Return a price's key and digits."""
        whole, _, fraction = token.partition(b".")
        if len(fraction) == self.price_dp and len(token) <= MAX_TOKEN and (digits := whole + fraction).isdigit():
            key = int(digits) * self.scale
            digits = digits.lstrip(b"0")
        else:
            digits, units = read_number(token, self.price_dp)
            key = units * self.sign
        if not key:
            raise BookFault("a level at price zero")
        return key, digits

    def _digits(self, token: bytes) -> bytes:
        """Return a quantity's digits; empty for zero."""
        whole, _, fraction = token.partition(b".")
        if len(fraction) == self.qty_dp and len(token) <= MAX_TOKEN and (digits := whole + fraction).isdigit():
            return digits.lstrip(b"0")
        return odd_digits(token, self.qty_dp)


class L2Book(Book[LevelRow]):
    """The levels of one pair; numbers of orders are not known and read as 0."""

    def _sides(self) -> tuple[L2Side, L2Side]:
        """Return new empty sides, bids first."""
        return L2Side(Side.BUY, self.depth), L2Side(Side.SELL, self.depth)
