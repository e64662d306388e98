"""The Level-3 book whose checksum is one over price levels, as FIX market data has it.

How Kraken reckons 5041 on its order-by-order FIX feed is not published
(UNCONFIRMED, `fix.md` §10). We take the rule of the L2 feed, over the sums of
the levels: where it agrees the book is proven, since no other book has that
sum; where it has never agreed it proves nothing, and the book stays unverified.
"""

from __future__ import annotations

from app.domain.book_l3 import L3Book, L3Side
from app.domain.book_side import SCALE
from app.domain.checksum import TOP_LEVELS
from app.domain.order import Side


class SummedSide(L3Side):
    """One side; its text for the checksum is price and quantity of each of its ten best levels (`fix.md` §3.4)."""

    def settle(self) -> None:
        """Bring the checksum's text up to date."""
        step = SCALE[self.qty_dp]
        best = self.keys[: -TOP_LEVELS - 1 : -1]
        self.text = b"".join([b"%b%d" % (self.levels[key].digits, self.qty(key) // step) for key in best])
        self.changed = False


class SummedBook(L3Book):
    """All visible orders of one pair, verified by the sums of its levels."""

    def _sides(self) -> tuple[L3Side, L3Side]:
        """Return new empty sides, bids first."""
        super()._sides()
        return (
            SummedSide(Side.BUY, self.depth, self._where, self._stamps),
            SummedSide(Side.SELL, self.depth, self._where, self._stamps),
        )

    def _verify(self, checksum: int | None) -> bool:
        """Compare with the venue's checksum; as long as the rule has never held, a difference is no fault."""
        if checksum not in {None, self._crc} and not self.verified and not self.checksums_ok:
            self.fault = "the checksum of orders over FIX follows another rule"
            return False
        return super()._verify(checksum)
