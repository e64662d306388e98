"""The Level-3 book: every visible order, its queue, and Kraken's checksum.

Rules: `ws-v2.md` §6.5 and §6.6. How it stays fast: `performance.md` §1. A
level *is* its queue (an insertion-ordered dict of order id to quantity
digits), its checksum text is kept until the level is touched, and nothing is
summed up while neither side's ten best levels moved.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from app.domain.book_base import Book
from app.domain.book_side import BOTTOM, SCALE, BookSide
from app.domain.book_values import BookFault, LevelView, OrderRow, OrderView, QueuePosition
from app.domain.checksum import MAX_TOKEN, TOP_LEVELS, odd_digits, read_number
from app.domain.order import Side
from app.domain.queue import in_time_order, position


class Level(dict[str, bytes]):
    """One price level: order id to quantity digits, in queue order.

    Attributes:
        home: The side that holds it.
        key: Its key there.
        token: The price as the wire printed it first.
        digits: The price's digits for the checksum.
        chunk: The level's ready text for the checksum; empty when touched since.
        total: Its quantity in units; negative when touched since.
    """

    __slots__ = ("chunk", "digits", "home", "key", "token", "total")

    def __init__(self, home: L3Side, key: int, token: bytes, digits: bytes) -> None:
        self.home = home
        self.key = key
        self.token = token
        self.digits = digits
        self.chunk = b""
        self.total = -1


class FrozenSide(NamedTuple):
    """One side of a book at one moment, worst level first, each in queue order.

    Attributes:
        keys: Keys of the levels.
        tokens: Their prices as the wire printed them.
        digits: Their prices' digits for the checksum.
        counts: Their numbers of orders.
        ids: Order ids.
        quantities: Their quantities' digits.
        stamps: Their times.
        price_dp: Decimals of a price.
        qty_dp: Decimals of a quantity.
    """

    keys: tuple[int, ...]
    tokens: tuple[bytes, ...]
    digits: tuple[bytes, ...]
    counts: array[int]
    ids: tuple[str, ...]
    quantities: tuple[bytes, ...]
    stamps: tuple[str, ...]
    price_dp: int
    qty_dp: int


class FrozenBook(NamedTuple):
    """A book at one moment, for `L3Book.thaw`."""

    symbol: str
    depth: int
    bids: FrozenSide
    asks: FrozenSide
    kind: type[L3Book]


class L3Side(BookSide[OrderRow]):
    """One side of an L3 book."""

    __slots__ = ("by_token", "levels", "stamps", "top", "where")

    def __init__(self, side: Side, depth: int, where: dict[str, Level], stamps: dict[str, str]) -> None:
        super().__init__(side, depth)
        self.where = where  # order id -> its level, both sides
        self.stamps = stamps  # order id -> its time, both sides
        self.levels: dict[int, Level] = {}
        self.by_token: dict[bytes, Level] = {}  # price as printed -> level, saves reading the number
        self.top: list[bytes] = []  # chunks of the ten best levels, best first

    def load(self, rows: Sequence[OrderRow], price_dp: int, qty_dp: int) -> None:
        """Replace everything; array order is queue order (`ws-v2.md` §6.5 rule 1).

        Raises:
            BookFault: A row cannot be, or an id occurs twice.
        """
        self.price_dp, self.qty_dp = price_dp, qty_dp
        self.levels.clear()
        self.by_token.clear()
        self.keys.clear()
        self.top.clear()
        self.tenth = BOTTOM
        for row in rows:
            if row.order_id in self.where:
                raise BookFault(f"order {row.order_id} occurs twice in the snapshot")
            token = bytes(row.limit_price)
            level = self.by_token.get(token)
            if level is None:
                level = self._level(token)
            level[row.order_id] = self._digits(bytes(row.order_qty))
            self.where[row.order_id] = level
            self.stamps[row.order_id] = row.timestamp
        self.top = [self._chunk(self.levels[key]) for key in self.keys[: -TOP_LEVELS - 1 : -1]]
        self.changed = True
        self._truncate()

    def apply(self, rows: Sequence[OrderRow]) -> None:
        """Apply the events of one message, in array order.

        Raises:
            BookFault: An event does not fit the book.
        """
        where, by_token, stamps = self.where, self.by_token, self.stamps
        for row in rows:
            order_id = row.order_id
            kind = row.event
            if kind == "delete":
                level = where.pop(order_id, None)
                if level is None or level.home is not self:
                    raise BookFault(f"unknown order {order_id} deleted")
                del level[order_id], stamps[order_id]
                if not level:
                    self._drop(level)
                    continue
            elif kind == "add":
                if order_id in where:
                    raise BookFault(f"order {order_id} added twice")
                token = bytes(row.limit_price)
                level = by_token.get(token)
                if level is None:
                    level = self._level(token)
                level[order_id] = digits = self._digits(bytes(row.order_qty))
                where[order_id] = level
                stamps[order_id] = row.timestamp
                self._touch(level, digits)
                continue
            elif kind == "modify":
                level = self._modify(row)
            else:
                raise BookFault(f"unknown event {kind[:20]!r}")
            self._touch(level)
        if len(rows) > 1:
            self._order_adds(rows)
        if len(self.keys) > self.depth:
            self._truncate()

    def freeze(self) -> FrozenSide:
        """Return what the side holds, flat and sharing its texts: costs what it holds, so not for every message."""
        levels = [self.levels[key] for key in self.keys]
        ids = tuple(chain.from_iterable(levels))
        return FrozenSide(
            tuple(self.keys),
            tuple(level.token for level in levels),
            tuple(level.digits for level in levels),
            array("I", map(len, levels)),
            ids,
            tuple(chain.from_iterable(map(dict.values, levels))),
            tuple(map(self.stamps.__getitem__, ids)),
            self.price_dp,
            self.qty_dp,
        )

    def thaw(self, still: FrozenSide) -> None:
        """Hold what was frozen; the side must be new."""
        self.price_dp, self.qty_dp = still.price_dp, still.qty_dp
        self.keys = list(still.keys)
        self.stamps.update(zip(still.ids, still.stamps, strict=True))
        at = 0
        for key, token, digits, count in zip(still.keys, still.tokens, still.digits, still.counts, strict=True):
            level = self.levels[key] = self.by_token[token] = Level(self, key, token, digits)
            ids = still.ids[at : at + count]
            level.update(zip(ids, still.quantities[at : at + count], strict=True))
            self.where.update(dict.fromkeys(ids, level))
            at += count
        self.top = [self._chunk(self.levels[key]) for key in self.keys[: -TOP_LEVELS - 1 : -1]]
        self._settle_tenth()
        self.changed = True

    def settle(self) -> None:
        """Bring the checksum's text up to date."""
        self.text = b"".join(self.top)
        self.changed = False

    @staticmethod
    def tokens(rows: Iterable[OrderRow]) -> tuple[list[bytes], list[bytes]]:
        """Return the price tokens and the quantity tokens of some rows."""
        rows = list(rows)
        return [bytes(row.limit_price) for row in rows], [bytes(row.order_qty) for row in rows]

    def view(self, key: int) -> LevelView:
        """Return the level of a held key."""
        return LevelView(key * self.sign, self.qty(key), len(self.levels[key]))

    def held(self, low: int, high: int) -> list[Level]:
        """Return the levels from price `low` to `high` inclusive, best first."""
        levels = self.levels
        return [levels[key] for key in self.keys_between(low, high)]

    def qty(self, key: int) -> int:
        """Return the quantity of a held key in units."""
        level = self.levels[key]
        if level.total < 0:
            level.total = sum(map(self.units, level.values()))
        return level.total

    def _touch(self, level: Level, appended: bytes = b"") -> None:
        """Note that a level's orders changed.

        Args:
            level: The level.
            appended: The quantity's digits if all that changed is one order at the end.
        """
        level.total = -1
        if level.key < self.tenth:
            level.chunk = b""
            return
        if appended:  # a level of the top ten has its text ready, a new one has none
            level.chunk += level.digits + appended
        else:
            self._chunk(level)
        keys = self.keys
        self.top[len(keys) - 1 - keys.index(level.key, -TOP_LEVELS)] = level.chunk
        self.changed = True

    @staticmethod
    def _chunk(level: Level) -> bytes:
        """Make a level's text for the checksum: the price before every quantity."""
        digits = level.digits
        level.chunk = chunk = digits + digits.join(level.values())
        return chunk

    def price(self, token: bytes) -> int:
        """Return a price token's value in units.

        Raises:
            BookFault: It is no number of at least zero.
        """
        return read_number(token, self.price_dp)[1]

    def quantity(self, token: bytes) -> int:
        """Return a quantity token's value in units.

        Raises:
            BookFault: It is no number above zero.
        """
        return self.units(self._digits(token))

    def _digits(self, token: bytes) -> bytes:
        """Return a quantity's digits.

        Raises:
            BookFault: It is no number above zero.
        """
        whole, _, fraction = token.partition(b".")
        if len(fraction) == self.qty_dp and len(token) <= MAX_TOKEN and (digits := whole + fraction).isdigit():
            digits = digits.lstrip(b"0")
        else:
            digits = odd_digits(token, self.qty_dp)
        if not digits:
            raise BookFault("an order of no quantity")
        return digits

    def _level(self, token: bytes) -> Level:
        """Return the level of a price, opening it if need be."""
        whole, _, fraction = token.partition(b".")
        if len(fraction) == self.price_dp and len(token) <= MAX_TOKEN and (digits := whole + fraction).isdigit():
            units = int(digits) * SCALE[self.price_dp]
            digits = digits.lstrip(b"0")
        else:
            digits, units = read_number(token, self.price_dp)
        if not units:
            raise BookFault("an order at price zero")
        key = units * self.sign
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = self.by_token[token] = Level(self, key, token, digits)
            self._open(key)
        return level

    def _open(self, key: int) -> None:
        """Make room for a new level; its text follows when its first order is in."""
        keys, top = self.keys, self.top
        at = bisect_left(keys, key)
        keys.insert(at, key)
        rank = len(keys) - 1 - at
        if rank < TOP_LEVELS:
            top.insert(rank, b"")
            del top[TOP_LEVELS:]
            self._settle_tenth()
            self.changed = True

    def _drop(self, level: Level) -> None:
        """Remove an empty level."""
        keys, key = self.keys, level.key
        del self.levels[key], self.by_token[level.token]
        at = bisect_left(keys, key)
        rank = len(keys) - 1 - at
        del keys[at]
        if rank < TOP_LEVELS:
            del self.top[rank]
            self._settle_tenth()
            if self.tenth > BOTTOM:
                entering = self.levels[self.tenth]
                self.top.append(entering.chunk or self._chunk(entering))
            self.changed = True

    def _modify(self, row: OrderRow) -> Level:
        """Change an order; a new price sends it to the back there (`ws-v2.md` §6.5 rule 3)."""
        order_id, token = row.order_id, bytes(row.limit_price)
        level = self.where.get(order_id)
        if level is None or level.home is not self:
            raise BookFault(f"unknown order {order_id} modified")
        if token != level.token and (new := self._level(token)) is not level:
            del level[order_id]
            if level:
                self._touch(level)
            else:
                self._drop(level)
            self.where[order_id] = level = new
        level[order_id] = self._digits(bytes(row.order_qty))
        self.stamps[order_id] = row.timestamp
        return level

    def _order_adds(self, rows: Sequence[OrderRow]) -> None:
        """Put the adds of one message in time order within each level (`ws-v2.md` §6.5 rule 2)."""
        groups: dict[int, list[str]] = {}
        for order_id in dict.fromkeys(row.order_id for row in rows if row.event == "add"):
            if (level := self.where.get(order_id)) is not None:
                groups.setdefault(level.key, []).append(order_id)
        for key, group in groups.items():
            ordered = in_time_order(group, self.stamps)
            if ordered != group:
                level = self.levels[key]
                _refill(level, group, ordered)
                self._touch(level)

    def _truncate(self) -> None:
        """Forget levels pushed out of the window; the venue says nothing of them."""
        excess = len(self.keys) - self.depth
        for key in self.keys[:excess] if excess > 0 else ():
            level = self.levels.pop(key)
            del self.by_token[level.token]
            for order_id in level:
                del self.where[order_id], self.stamps[order_id]
        if excess > 0:
            del self.keys[:excess]


def _refill(level: Level, slots: list[str], ordered: list[str]) -> None:
    """Reorder a level's queue: the places of `slots` are taken in the order of `ordered`."""
    fill = iter(ordered)
    held = set(slots)
    queue = [next(fill) if order_id in held else order_id for order_id in level]
    quantities = {order_id: level[order_id] for order_id in queue}
    level.clear()
    level.update(quantities)


class L3Book(Book[OrderRow]):
    """All visible orders of one pair; see `Book` for what is shared."""

    _bids: L3Side
    _asks: L3Side

    def orders_at(self, side: Side, price: int) -> list[OrderView]:
        """Return the orders at a price in units, first in the queue first."""
        half = self.half(side)
        level = half.levels.get(price * half.sign)
        if level is None:
            return []
        return [OrderView(order_id, half.units(qty), self._stamps[order_id]) for order_id, qty in level.items()]

    def younger(self, side: Side, low: int, high: int, times: tuple[str, str]) -> list[tuple[int, int, int]]:
        """Return how much of each level of a window joined after each of two times.

        Args:
            side: The side.
            low: Lowest price in units.
            high: Highest price.
            times: RFC 3339 with nine fraction digits, as the feed writes them; the later one first.

        Returns:
            Price, and quantities in units: after the later time, and between the two.
        """
        half = self.half(side)
        stamps, units, (newer, older) = self._stamps, half.units, times
        found: list[tuple[int, int, int]] = []
        for level in half.held(low, high):
            late = mid = 0
            for order_id, digits in level.items():
                stamp = stamps[order_id]
                if stamp > older:
                    if stamp > newer:
                        late += units(digits)
                    else:
                        mid += units(digits)
            found.append((level.key * half.sign, late, mid))
        return found

    def find(self, order_id: str) -> tuple[Side, int] | None:
        """Return an order's side and price in units, if the book shows it."""
        level = self._where.get(order_id)
        if level is None:
            return None
        return (Side.BUY if level.home is self._bids else Side.SELL), level.key * level.home.sign

    def queue(self, order_id: str) -> QueuePosition | None:
        """Return where an order stands in its queue, if the book shows it."""
        level = self._where.get(order_id)
        if level is None:
            return None
        half = level.home
        return position(level, order_id, half.units, provable=self.verified and level.key >= half.tenth)

    def freeze(self) -> FrozenBook:
        """Return what the book holds now, for `thaw`; costs what it holds."""
        return FrozenBook(self.symbol, self.depth, self._bids.freeze(), self._asks.freeze(), type(self))

    @staticmethod
    def thaw(still: FrozenBook) -> L3Book:
        """Return a book that holds what was frozen, and follows updates from there.

        It counts as verified: only a book that equals the venue's is frozen.
        """
        book = still.kind(still.symbol, still.depth)
        book._bids.thaw(still.bids)
        book._asks.thaw(still.asks)
        book._sum()
        book._following = book.verified = True
        book.fault = ""
        return book

    def order_count(self) -> int:
        """Return the number of orders held."""
        return len(self._where)

    def _sides(self) -> tuple[L3Side, L3Side]:
        """Return new empty sides, bids first."""
        self._where: dict[str, Level] = {}
        self._stamps: dict[str, str] = {}
        return (
            L3Side(Side.BUY, self.depth, self._where, self._stamps),
            L3Side(Side.SELL, self.depth, self._where, self._stamps),
        )

    def half(self, side: Side) -> L3Side:
        """Return one side, to read."""
        return self._bids if side is Side.BUY else self._asks

    @property
    def bids(self) -> L3Side:
        """The bids, to read."""
        return self._bids

    @property
    def asks(self) -> L3Side:
        """The asks, to read."""
        return self._asks

    def _clear(self) -> None:
        """Forget all orders."""
        self._where.clear()
        self._stamps.clear()

    def _orders_for(self, side: Side, price: int, qty: int) -> int:
        """Return how many orders of a level are touched by taking part of it."""
        touched = 0
        for order in self.orders_at(side, price):
            if qty <= 0:
                break
            qty -= order.qty_units
            touched += 1
        return touched
