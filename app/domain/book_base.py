"""What both kinds of book share: reading them, and following the venue or saying why not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from itertools import product
from typing import Generic
from zlib import crc32

from app.domain.book_side import BOTTOM, BookSide, Row
from app.domain.book_values import BookData, BookFault, Fillable, LevelView
from app.domain.checksum import TOP_LEVELS, candidate_decimals
from app.domain.instrument import UNIT, UNIT_DP
from app.domain.order import Side


class Book(ABC, Generic[Row]):
    """One pair's book. `Side.BUY` names the bids and `Side.SELL` the asks.

    Not verified until a checksum matched: the snapshot's, or, from a source
    whose snapshots carry none, that of the first update. After a fault the
    book keeps what it last held, for showing greyed, and ignores updates until
    the next snapshot (`ws-v2.md` §4.2 rule 5, §6.5 rules 7 and 8).

    Args:
        symbol: WS v2 name of the pair.
        depth: Subscribed depth in levels, 10 or more.
        price_dp: Decimals of a price; None reads them off the snapshot.
        qty_dp: Decimals of a quantity; None reads them off the snapshot.

    Attributes:
        verified: Whether the last message left the book equal to the venue's.
        fault: Why it is not, for a person; empty while it is.
        checksums_ok: Messages whose checksum matched.
        checksums_bad: Messages whose checksum did not.

    Raises:
        ValueError: The depth is below ten or the decimals are beyond twelve.
    """

    def __init__(self, symbol: str, depth: int, price_dp: int | None = None, qty_dp: int | None = None) -> None:
        if depth < TOP_LEVELS:
            raise ValueError(f"a book of depth {depth} cannot be verified, take {TOP_LEVELS} or more")
        if not all(dp is None or 0 <= dp <= UNIT_DP for dp in (price_dp, qty_dp)):
            raise ValueError(f"decimals {price_dp}/{qty_dp} of {symbol} are not within 0 to {UNIT_DP}")
        self.symbol = symbol
        self.depth = depth
        self.price_dp = price_dp
        self.qty_dp = qty_dp
        self._following = self.verified = False
        self.fault = "no snapshot yet"
        self.checksums_ok = 0
        self.checksums_bad = 0
        self._bids, self._asks = self._sides()
        self._ask_crc = self._crc = 0

    @abstractmethod
    def _sides(self) -> tuple[BookSide[Row], BookSide[Row]]:
        """Return new empty sides, bids first."""

    def snapshot(self, data: BookData[Row]) -> bool:
        """Replace the book and verify it.

        Returns:
            Whether the book is verified now.
        """
        try:
            for price_dp, qty_dp in self._decimals(data):
                self._clear()
                self._bids.load(data.bids, price_dp, qty_dp)
                self._asks.load(data.asks, price_dp, qty_dp)
                self._sum()
                if data.checksum is None or self._crc == data.checksum:
                    break
        except BookFault as fault:
            return self._lost(fault.reason)
        self._following = True
        return self._verify(data.checksum)

    def apply(self, data: BookData[Row]) -> bool:
        """Apply one update and verify it.

        Returns:
            False if the book is not verified now: there was no snapshot, a
            row did not fit, the sides cross, or the checksum differs or lacks.
        """
        if not self._following:
            return False
        bids, asks = self._bids, self._asks
        try:
            if rows := data.bids:
                bids.apply(rows)
            if rows := data.asks:
                asks.apply(rows)
        except BookFault as fault:
            return self._lost(fault.reason)
        if bids.changed or asks.changed:
            self._sum()
        return self._verify(data.checksum)

    @property
    def best_bid(self) -> int | None:
        """Best bid in units; None if there is none."""
        return self._bids.best()

    @property
    def best_ask(self) -> int | None:
        """Best ask in units; None if there is none."""
        return self._asks.best()

    def covered(self, side: Side) -> int | None:
        """Return the worst price in units that the checksum covers on a side; None if it covers all that is held."""
        half = self._side(side)
        return None if half.tenth == BOTTOM else half.tenth * half.sign

    @property
    def following(self) -> bool:
        """Whether updates are applied; if not, only a new snapshot helps."""
        return self._following

    def depth_held(self, side: Side) -> int:
        """Return the number of levels held on a side."""
        return len(self._side(side).keys)

    def levels(self, side: Side, limit: int) -> list[LevelView]:
        """Return up to `limit` levels, best first."""
        half = self._side(side)
        return [half.view(key) for key in reversed(half.keys[-limit:])] if limit > 0 else []

    def level_at(self, side: Side, price: int) -> LevelView | None:
        """Return the level at a price in units, if there is one."""
        half = self._side(side)
        key = price * half.sign
        return half.view(key) if half.holds(key) else None

    def window(self, side: Side, low: int, high: int) -> list[LevelView]:
        """Return the levels with `low <= price <= high` in units, best first.

        Costs what the window holds, not what the book holds.
        """
        return self._side(side).between(low, high)

    def cumulative(self, side: Side, price: int) -> int:
        """Return the quantity from the touch to a price inclusive, in units.

        For a run of rows ask once for the best row and add the others up.
        """
        half = self._side(side)
        start = bisect_left(half.keys, price * half.sign)
        return sum(map(half.qty, half.keys[start:]))

    def walk(self, side: Side, qty: int | None = None, limit_price: int | None = None) -> Fillable:
        """Return what an incoming order that takes this side would fill now.

        Args:
            side: The side that is taken: `SELL` for an incoming buy.
            qty: Wanted quantity in units; None takes all there is.
            limit_price: Worst acceptable price in units; None for no limit.
        """
        half = self._side(side)
        floor = BOTTOM if limit_price is None else limit_price * half.sign
        filled = cost = orders = levels = 0
        worst: int | None = None
        for key in reversed(half.keys):
            if key < floor or (qty is not None and filled >= qty):
                break
            level = half.view(key)
            take = level.qty if qty is None else min(level.qty, qty - filled)
            filled += take
            cost += take * level.price
            levels += 1
            orders += level.count if take == level.qty else self._orders_for(side, level.price, take)
            worst = level.price
        return Fillable(filled, -(-cost // UNIT), worst, orders, levels)

    def _orders_for(self, side: Side, price: int, qty: int) -> int:
        """Return how many orders of a level are touched by taking part of it."""
        del side, price, qty
        return 0

    def _side(self, side: Side) -> BookSide[Row]:
        """Return one side."""
        return self._bids if side is Side.BUY else self._asks

    def _clear(self) -> None:
        """Forget what the sides do not forget themselves when they load."""

    def _decimals(self, data: BookData[Row]) -> list[tuple[int, int]]:
        """Return the decimals of price and quantity to try on a snapshot."""
        prices, quantities = self._bids.tokens([*data.bids, *data.asks])
        return list(product(candidate_decimals(self.price_dp, prices), candidate_decimals(self.qty_dp, quantities)))

    def _sum(self) -> None:
        """Bring the checksum up to date: asks first, then bids (`ws-v2.md` §5, §6.6)."""
        bids, asks = self._bids, self._asks
        if asks.changed:
            asks.settle()
            self._ask_crc = crc32(asks.text)
        if bids.changed:
            bids.settle()
        self._crc = crc32(bids.text, self._ask_crc)

    def _verify(self, checksum: int | None) -> bool:
        """Compare with the venue's checksum and look for crossed sides."""
        if self._crc != checksum:
            if checksum is None:
                self.verified = False
                self.fault = "the venue sent no checksum"
                return False
            self.checksums_bad += 1
            return self._lost(f"checksum {self._crc}, the venue says {checksum}")
        self.checksums_ok += 1
        bids, asks = self._bids.keys, self._asks.keys
        if bids and asks and bids[-1] + asks[-1] >= 0:
            return self._lost("the sides cross")
        if not self.verified:
            self.verified = True
            self.fault = ""
        return True

    def _lost(self, reason: str) -> bool:
        """Stop following the venue."""
        self._following = self.verified = False
        self.fault = reason
        return False
