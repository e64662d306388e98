"""The full book of one pair as the feed sees it, kept from `BookDelta` events.

Only pairs with book or level3 subscribers have a mirror. Keys order the
levels: a price on the ask side, a negated price on the bid side, so that the
best level always comes first.

Display time stamps: inside one level they grow strictly along the queue,
because clients sort the adds of a level by time stamp (`ws-v2.md` §6.5
rule 2). `modify` keeps the time stamp, as it keeps the place.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, insort
from collections.abc import Iterable

from app.venue.core.api import BookAction, BookChange, Level
from app.venue.wire.numbers import Scale

CHECKSUM_LEVELS = 10


class Resting:
    """One order of the mirror: quantity in lots, display time stamp, tokens."""

    __slots__ = ("digits", "key", "order_id", "qty", "ts_ns")

    def __init__(self, order_id: str, key: int, qty: int, ts_ns: int, digits: str) -> None:
        self.order_id = order_id
        self.key = key
        self.qty = qty
        self.ts_ns = ts_ns
        self.digits = digits


class MirrorLevel:
    """One price level: total in lots and the orders in queue order."""

    __slots__ = ("l2_digits", "l3_digits", "last_ts", "orders", "price", "price_digits", "total")

    def __init__(self, price: str, price_digits: str) -> None:
        self.price = price
        self.price_digits = price_digits
        self.total = 0
        self.orders: dict[str, Resting] = {}
        self.last_ts = 0
        self.l2_digits = ""
        self.l3_digits = ""


class Touched:
    """What one delta did to one side, net.

    Attributes:
        orders: For every order touched: (key, quantity) before, or None.
        levels: For every level touched: its total before, 0 for a new one.
        gone: Orders that left their place (deleted, or requeued by an amend).
    """

    __slots__ = ("gone", "levels", "orders")

    def __init__(self) -> None:
        self.orders: dict[str, tuple[int, int] | None] = {}
        self.levels: dict[int, int] = {}
        self.gone: dict[str, int] = {}


class MirrorSide:
    """One side of the mirror.

    Args:
        scale: Printing rules of the pair.
        sign: 1 for asks, -1 for bids.
    """

    __slots__ = ("_orders", "_scale", "keys", "levels", "sign")

    def __init__(self, scale: Scale, sign: int) -> None:
        self._scale = scale
        self.sign = sign
        self.keys: list[int] = []
        self.levels: dict[int, MirrorLevel] = {}
        self._orders: dict[str, Resting] = {}

    def load(self, levels: Iterable[Level]) -> None:
        """Fill an empty side from the exchange's levels, best first."""
        for level in levels:
            stamps: list[int] = []
            for order in reversed(level.orders):
                stamps.append(min(order.ts_ns, stamps[-1] - 1) if stamps else order.ts_ns)
            for order, stamp in zip(level.orders, reversed(stamps), strict=True):
                self._add(order.order_id, level.price * self.sign, order.qty, stamp)

    def order(self, order_id: str) -> Resting | None:
        """The order if it rests on this side."""
        return self._orders.get(order_id)

    def apply(self, change: BookChange, touched: Touched) -> None:
        """Apply one change and note the state before it."""
        order_id = change.order_id
        held = self._orders.get(order_id)
        if order_id not in touched.orders:
            touched.orders[order_id] = (held.key, held.qty) if held else None
        if held is not None:
            self._note_level(held.key, touched)
        if change.action is BookAction.ADD:
            key = change.price * self.sign
            self._note_level(key, touched)
            self._add(order_id, key, change.qty, change.ts_ns)
        elif held is None:
            raise LookupError(f"{change.action} of {order_id}, which does not rest")
        elif change.action is BookAction.DELETE:
            touched.gone[order_id] = change.qty
            self._remove(held)
        else:
            level = self.levels[held.key]
            level.total += change.qty - held.qty
            held.qty = change.qty
            held.digits = level.price_digits + self._scale.qty_digits(change.qty)
            level.l2_digits = level.l3_digits = ""

    def _note_level(self, key: int, touched: Touched) -> None:
        if key not in touched.levels:
            level = self.levels.get(key)
            touched.levels[key] = level.total if level else 0

    def _add(self, order_id: str, key: int, qty: int, ts_ns: int) -> None:
        level = self.levels.get(key)
        if level is None:
            ticks = key * self.sign
            level = self.levels[key] = MirrorLevel(self._scale.price(ticks), self._scale.price_digits(ticks))
            insort(self.keys, key)
        stamp = max(ts_ns, level.last_ts + 1)
        order = Resting(order_id, key, qty, stamp, level.price_digits + self._scale.qty_digits(qty))
        level.last_ts = stamp
        level.orders[order_id] = self._orders[order_id] = order
        level.total += qty
        level.l2_digits = level.l3_digits = ""

    def _remove(self, order: Resting) -> None:
        del self._orders[order.order_id]
        level = self.levels[order.key]
        del level.orders[order.order_id]
        level.total -= order.qty
        level.l2_digits = level.l3_digits = ""
        if not level.orders:
            del self.levels[order.key]
            del self.keys[bisect_left(self.keys, order.key)]

    def l2_digits(self) -> str:
        """Checksum text of the best ten levels, price and total each."""
        parts = []
        for key in self.keys[:CHECKSUM_LEVELS]:
            level = self.levels[key]
            if not level.l2_digits:
                level.l2_digits = level.price_digits + self._scale.qty_digits(level.total)
            parts.append(level.l2_digits)
        return "".join(parts)

    def l3_digits(self) -> str:
        """Checksum text of the best ten levels, order by order."""
        parts = []
        for key in self.keys[:CHECKSUM_LEVELS]:
            level = self.levels[key]
            if not level.l3_digits:
                level.l3_digits = "".join([order.digits for order in level.orders.values()])
            parts.append(level.l3_digits)
        return "".join(parts)


def l2_checksum(asks: MirrorSide, bids: MirrorSide) -> int:
    """CRC-32 of the ten best levels a side (`ws-v2.md` §5)."""
    return zlib.crc32((asks.l2_digits() + bids.l2_digits()).encode("ascii"))


def l3_checksum(asks: MirrorSide, bids: MirrorSide) -> int:
    """CRC-32 of every order in the ten best levels a side (`ws-v2.md` §6.6)."""
    return zlib.crc32((asks.l3_digits() + bids.l3_digits()).encode("ascii"))
