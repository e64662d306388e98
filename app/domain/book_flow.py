"""What happens inside one level3 book, beyond its state: who left and why, what comes and goes.

Fed with each message of a pair that somebody looks at or that has own orders;
any other pair costs nothing. `before` looks at what a message takes away
while the book still has it, `after` at what it brought.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Protocol

from app.domain.book_l3 import L3Book, L3Side, Level
from app.domain.book_side import BOTTOM
from app.domain.book_values import BookData, BookFault, OrderRow
from app.domain.iceberg import Icebergs
from app.domain.level_flow import ADDED, FLICKED, REMOVED, LevelFlow
from app.domain.queue import sortable
from app.domain.queue_story import WINDOW_NS, Lane, Moved, Place, Print, QueueStory, Removal, when

LEFT_KEPT = 4096
"""Removals remembered for own orders that are only recognised a moment after they joined."""

PRINTS_KEPT = 256


class Message(BookData[OrderRow], Protocol):
    """Data of a level3 frame with the time that the venue made it."""

    @property
    def timestamp(self) -> str:
        """RFC 3339 time."""
        ...


class BookFlow:
    """Flow of one pair's book.

    Args:
        since: Venue time from which on all is seen, as text.

    Attributes:
        levels: What comes and goes at each level.
        icebergs: Evidence of hidden reserves.
        hearing: Whether the public trades are heard without a gap.
    """

    def __init__(self, since: str = "") -> None:
        self.levels = LevelFlow()
        self.icebergs = Icebergs()
        self.hearing = True
        self._since = since
        self._own: frozenset[str] = frozenset()
        self._placed: dict[str, int] = {}
        self._lanes: dict[int, Lane] = {}
        self._left: deque[Removal] = deque(maxlen=LEFT_KEPT)
        self._prints: deque[tuple[int, Print]] = deque(maxlen=PRINTS_KEPT)
        self._agree = False

    # -- fed by the engine

    def before(self, book: L3Book, data: Message, heard_ns: int) -> None:
        """Look at what a message is about to take away.

        Args:
            book: The book, not changed yet.
            data: The message.
            heard_ns: Monotonic time.
        """
        stamp = data.timestamp
        self._since = self._since or stamp
        self.levels.turn(stamp)
        if rows := data.bids:
            self._side(book.bids, rows, stamp, heard_ns)
        if rows := data.asks:
            self._side(book.asks, rows, stamp, heard_ns)

    def after(self, book: L3Book, data: Message, bounds: tuple[int, int], heard_ns: int) -> None:
        """Look at what a message brought.

        Args:
            book: The book, changed.
            data: The message.
            bounds: `bounds` of the book before the message.
            heard_ns: Monotonic time.
        """
        cells, own, icebergs = self.levels.cells, self._own, self.icebergs
        where = book.bids.where
        for rows, bound in ((data.bids, bounds[0]), (data.asks, bounds[1])):
            for row in rows:
                kind = row.event
                if kind == "delete":
                    continue
                order_id = row.order_id
                level = where.get(order_id)
                if level is None:
                    continue
                if order_id in own:
                    self._join(book, order_id, heard_ns)
                if kind != "add":
                    continue
                if icebergs.concerns(order_id):
                    icebergs.came(order_id, level.key, heard_ns)
                if level.key >= bound:
                    cell = cells.get(level.key)
                    if cell is None:
                        cell = cells[level.key] = [0, 0, 0]
                    cell[ADDED] += level.home.units(level[order_id])

    @staticmethod
    def bounds(book: L3Book) -> tuple[int, int]:
        """Return the keys of the last levels of full windows, bids first: what comes below them was there before."""
        bids, asks, depth = book.bids.keys, book.asks.keys, book.depth
        return (bids[0] if len(bids) >= depth else BOTTOM, asks[0] if len(asks) >= depth else BOTTOM)

    def trade(self, price: int, qty: int, at_ns: int, heard_ns: int, *, bought: bool) -> None:
        """Take a public trade.

        Args:
            price: Its price, units.
            qty: Its quantity, units.
            at_ns: Venue time.
            heard_ns: Monotonic time.
            bought: Whether its taker bought.
        """
        key = -price if bought else price
        trade = Print(at_ns, heard_ns, qty)
        self._prints.append((key, trade))
        self.icebergs.traded(key, at_ns, heard_ns)
        lane = self._lanes.get(key)
        if lane is not None:
            lane.prints.append(trade)
            self._settle(lane, heard_ns)

    def follow(self, order_ids: Iterable[str], book: L3Book | None, heard_ns: int) -> None:
        """Set the own orders of the pair.

        Args:
            order_ids: The venue's ids of those that work.
            book: The book, if there is one that follows the venue.
            heard_ns: Monotonic time.
        """
        own = frozenset(order_ids)
        if own != self._own:
            self._own = own
            for order_id in [held for held in self._placed if held not in own]:
                self._leave(order_id)
        if book is not None and book.following:
            for order_id in own.difference(self._placed):
                self._join(book, order_id, heard_ns)

    def lost(self) -> None:
        """The book no longer follows its venue: nothing explains what waits."""
        self.levels.clear()
        self.icebergs.clear()
        self._left.clear()
        self._since = ""
        for lane in self._lanes.values():
            lane.give_up()

    def regained(self, book: L3Book, stamp: str, heard_ns: int) -> None:
        """A new snapshot: own orders are found again, what left meanwhile has no reason.

        Args:
            book: The book.
            stamp: Venue time of the snapshot; may be empty.
            heard_ns: Monotonic time.
        """
        self._since = stamp
        for order_id in self._own:
            key = self._placed.get(order_id)
            place = None if key is None else self._lanes[key].places[order_id]
            at = book.queue(order_id)
            if place is not None and at is not None and book.bids.stamps[order_id] == place.stamp:
                missing = max(0, place.left_ahead - at.qty_ahead)
                place.pending += missing
                place.settle(when(stamp), Moved(unknown=missing))
            else:
                self._leave(order_id)
                self._join(book, order_id, heard_ns)

    # -- read by views

    def story(self, order_id: str, now_ns: int, heard_ns: int) -> QueueStory | None:
        """Return how an own order's queue moved; None if the book does not show it.

        Args:
            order_id: The order.
            now_ns: Venue time.
            heard_ns: Monotonic time.
        """
        key = self._placed.get(order_id)
        if key is None:
            return None
        lane = self._lanes[key]
        self._settle(lane, heard_ns)
        return lane.places[order_id].story(now_ns)

    # -- inside

    def _side(self, half: L3Side, rows: Sequence[OrderRow], stamp: str, heard_ns: int) -> None:
        levels, lanes, own = self.levels, self._lanes, self._own
        cells, stamps, where = levels.cells, half.stamps, half.where
        gone: dict[str, None] = {}
        for row in rows:
            order_id, kind = row.order_id, row.event
            if kind == "add" or (level := where.get(order_id)) is None or order_id in gone:
                continue
            whole = kind == "delete" or _moves(half, level, row)
            qty = half.units(level[order_id])
            if not whole:
                qty -= _quantity(half, row)
                if qty <= 0:
                    continue
            cell = cells.get(level.key)
            if cell is None:
                cell = cells[level.key] = [0, 0, 0]
            cell[REMOVED] += qty
            born = stamps[order_id]
            if levels.young(born, stamp):
                cell[FLICKED] += qty
            first = bool(gone) or next(iter(level)) == order_id
            left = Removal(level.key, born, stamp, heard_ns, qty, first, whole)
            self._left.append(left)
            if first:
                self.icebergs.left(order_id, level.key, stamp, heard_ns, qty, whole=whole)
            elif whole:
                self.icebergs.withdrawn(order_id, heard_ns)
            if lanes and (lane := lanes.get(level.key)) is not None:
                _stand(lane, level, order_id, left, gone)
                lane.take(left)
                self._settle(lane, heard_ns)
            if whole:
                gone[order_id] = None
                if order_id in own:
                    self._leave(order_id)

    def _settle(self, lane: Lane, heard_ns: int) -> None:
        if lane.removals and lane.prints:
            self._agree |= lane.match()
        lane.expire(heard_ns - WINDOW_NS, near=not self._agree, hearing=self.hearing)

    def _join(self, book: L3Book, order_id: str, heard_ns: int) -> None:
        """Find an own order in its queue and begin its story, or go on with it."""
        at = book.queue(order_id)
        level = book.bids.where.get(order_id)
        if at is None or level is None:
            return
        key, stamp = level.key, level.home.stamps[order_id]
        if order_id in self._placed:
            self._lanes[key].places[order_id].stamp = stamp
            return
        whole = bool(self._since) and sortable(self._since) <= sortable(stamp)
        place = Place(order_id, stamp, at.orders_ahead, at.qty_ahead, when(stamp if whole else self._since), whole)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = self._new_lane(key)
        lane.places[order_id] = place
        self._placed[order_id] = key
        self._catch_up(key, place)
        self._settle(lane, heard_ns)

    def _new_lane(self, key: int) -> Lane:
        """Return a lane that knows what left and what traded at its price a moment ago."""
        lane = Lane()
        lane.prints.extend(trade for at, trade in self._prints if at == key and trade.left)
        lane.removals.extend(left for left in self._left if left.key == key and left.left and left.first)
        return lane

    def _catch_up(self, key: int, place: Place) -> None:
        """Count what left between an order's arrival and its being recognised as ours."""
        born = sortable(place.stamp)
        for left in self._left:
            if left.key == key and sortable(left.born) < born < sortable(left.stamp):
                place.entry_qty += left.left + sum(left.moved)
                place.entry_orders += left.whole
                left.also_behind(place)
                if not left.first:
                    left.settle(Moved(cancelled=left.left))

    def _leave(self, order_id: str) -> None:
        """End the story of an own order at its place."""
        key = self._placed.pop(order_id, None)
        if key is None:
            return
        lane = self._lanes[key]
        lane.places.pop(order_id, None)
        if not lane.places:
            del self._lanes[key]


def _stand(lane: Lane, level: Level, order_id: str, left: Removal, gone: dict[str, None]) -> None:
    """Find out whether anything stood before an order, and which own orders behind it."""
    left.first, seen = True, False
    behind: list[Place] = []
    for other in level:
        if other == order_id:
            seen = True
        elif not seen:
            left.first = left.first and other in gone
        elif other in lane.places:
            behind.append(lane.places[other])
    left.behind = tuple(behind)


def _moves(half: L3Side, level: Level, row: OrderRow) -> bool:
    """Say whether a change takes an order to another price."""
    token = bytes(row.limit_price)
    if token == level.token:
        return False
    try:
        return half.price(token) * half.sign != level.key
    except BookFault:
        return False


def _quantity(half: L3Side, row: OrderRow) -> int:
    """Return a row's quantity in units; 0 if the book will refuse it."""
    try:
        return half.quantity(bytes(row.order_qty))
    except BookFault:
        return 0
