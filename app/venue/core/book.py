"""One pair's order book with price-time priority, in integers.

Each side keeps its prices in one sorted list with the best price last, so the
hot end is cheap to pop and to append, and one dict from price to queue. A
queue is an insertion-ordered dict of orders: append, removal and the head are
all O(1). Every change is noted as level3 needs it (`ws-v2.md` §6.4). Hidden
quantity of icebergs counts nowhere here.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from app.domain.order import Side
from app.venue.core.api import BookAction, BookChange, Level, Order, RestingOrder


class Queue:
    """The orders of one price in time priority.

    Attributes:
        price: In ticks.
        qty: Sum of what is left, in lots.
        orders: By order id, first in line first.
    """

    __slots__ = ("orders", "price", "qty")

    def __init__(self, price: int) -> None:
        self.price = price
        self.qty = 0
        self.orders: dict[str, Order] = {}


class BookSide:
    """All levels of one side.

    Attributes:
        sign: +1 for bids, -1 for asks; price times sign is the sort key, so
            the best price has the largest key on both sides.
        keys: Sort keys in rising order, best last.
        queues: By price.
        count: Number of orders.
    """

    __slots__ = ("count", "keys", "queues", "side", "sign")

    def __init__(self, side: Side) -> None:
        self.side = side
        self.sign = 1 if side is Side.BUY else -1
        self.keys: list[int] = []
        self.queues: dict[int, Queue] = {}
        self.count = 0

    @property
    def best(self) -> int | None:
        """Best price in ticks, or None when the side is empty."""
        return self.keys[-1] * self.sign if self.keys else None

    def head(self) -> Queue | None:
        """Return the queue of the best price, or None."""
        return self.queues[self.keys[-1] * self.sign] if self.keys else None

    def best_first(self) -> Iterator[Queue]:
        """Yield queues from the best price on; the book must not change meanwhile."""
        for key in reversed(self.keys):
            yield self.queues[key * self.sign]

    def append(self, order: Order) -> None:
        """Put an order at the back of its price."""
        queue = self.queues.get(order.price)
        if queue is None:
            queue = self.queues[order.price] = Queue(order.price)
            key = order.price * self.sign
            if not self.keys or key > self.keys[-1]:
                self.keys.append(key)
            else:
                insort(self.keys, key)
        queue.orders[order.order_id] = order
        queue.qty += order.qty - order.filled - order.hidden
        self.count += 1

    def discard(self, order: Order, left: int) -> None:
        """Take an order out, dropping its level when it was the last.

        Args:
            order: A resting order of this side.
            left: What it still counted for in its queue, in lots.
        """
        queue = self.queues[order.price]
        del queue.orders[order.order_id]
        queue.qty -= left
        self.count -= 1
        if not queue.orders:
            del self.queues[order.price]
            key = order.price * self.sign
            if self.keys[-1] == key:
                self.keys.pop()
            else:
                del self.keys[bisect_left(self.keys, key)]


class Book:
    """Both sides of one pair, and what has changed since the last `drain`."""

    __slots__ = ("_changes", "asks", "bids")

    def __init__(self) -> None:
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)
        self._changes: list[BookChange] = []

    def side(self, side: Side) -> BookSide:
        """Return one side."""
        return self.bids if side is Side.BUY else self.asks

    def rest(self, order: Order) -> None:
        """Put an order at the back of its price level."""
        self.side(order.side).append(order)
        self._note(order, BookAction.ADD, order.qty - order.filled - order.hidden, order.queued_ns)

    def remove(self, order: Order, ts_ns: int) -> None:
        """Take out a resting order with all that it shows."""
        left = order.qty - order.filled - order.hidden
        self.side(order.side).discard(order, left)
        self._note(order, BookAction.DELETE, left, ts_ns)

    def fill(self, order: Order, lots: int, ts_ns: int) -> None:
        """Shrink a resting order whose `filled` has just grown by `lots`.

        It leaves the book when nothing that it showed is left.
        """
        left = order.qty - order.filled - order.hidden
        if left:
            self.side(order.side).queues[order.price].qty -= lots
            self._note(order, BookAction.MODIFY, left, order.queued_ns)
        else:
            self.side(order.side).discard(order, lots)
            self._note(order, BookAction.DELETE, lots, ts_ns)

    def shrink(self, order: Order, lots: int) -> None:
        """Note that an amend has just lowered what the order shows by `lots`, in place."""
        self.side(order.side).queues[order.price].qty -= lots
        self._note(order, BookAction.MODIFY, order.shown, order.queued_ns)

    def crosses(self, side: Side, price: int) -> bool:
        """Whether an order at that price would trade at once."""
        best = self.side(side.opposite).best
        if best is None:
            return False
        return price >= best if side is Side.BUY else price <= best

    def drain(self) -> tuple[BookChange, ...]:
        """Return the changes since the last call, oldest first."""
        if not self._changes:
            return ()
        changes = tuple(self._changes)
        self._changes.clear()
        return changes

    def levels(self, side: Side, count: int) -> list[Level]:
        """Return the best `count` levels (0 = all), best first, with their orders."""
        found: list[Level] = []
        for queue in self.side(side).best_first():
            orders = tuple(
                RestingOrder(order.order_id, order.price, order.shown, order.queued_ns)
                for order in queue.orders.values()
            )
            found.append(Level(queue.price, queue.qty, orders))
            if len(found) == count:
                break
        return found

    def _note(self, order: Order, action: BookAction, qty: int, ts_ns: int) -> None:
        self._changes.append(BookChange(order.side, action, order.order_id, order.price, qty, ts_ns))
