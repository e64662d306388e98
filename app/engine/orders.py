"""All orders of the account that this engine knows, by id and short number."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator

from app.domain.oms import Note, OrderEvent, WorkingOrder, reduce

log = logging.getLogger(__name__)

KEPT_ENDED = 500
"""Ended orders that stay in the blotter."""

Changed = Callable[[WorkingOrder, WorkingOrder, OrderEvent, Note | None], None]
"""Called with the order before, after, the event and what is to be said."""


def key_of(order: WorkingOrder) -> str:
    """Return the id that names an order for good: ours, else the venue's."""
    return order.cl_ord_id or order.order_id or ""


class Orders:
    """The store of orders; `apply` is the only way to change one.

    Args:
        changed: Told of each change.
    """

    def __init__(self, changed: Changed) -> None:
        self._changed = changed
        self._orders: dict[str, WorkingOrder] = {}
        self._open: dict[str, WorkingOrder] = {}  # those that have not ended: few, and asked for at every frame
        self._by_venue_id: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._keys: dict[int, str] = {}
        self._waiters: set[asyncio.Event] = set()
        self.last_number = 0
        self.version = 0

    def __iter__(self) -> Iterator[WorkingOrder]:
        """Iterate over all known orders, oldest entry first."""
        return iter(self._orders.values())

    def add(self, order: WorkingOrder, number: int = 0) -> int:
        """Take an order in.

        Args:
            order: New, recovered or external.
            number: Its short number from an earlier life; 0 for the next free.

        Returns:
            Its short number.
        """
        key = key_of(order)
        number = number or self.last_number + 1
        self.last_number = max(self.last_number, number)
        self._put(key, order)
        self._numbers[key] = number
        self._keys[number] = key
        if order.order_id:
            self._by_venue_id[order.order_id] = key
        self.version += 1
        self._forget_oldest()
        return number

    def next_number(self) -> int:
        """Reserve the next short number."""
        self.last_number += 1
        return self.last_number

    def get(self, key: str) -> WorkingOrder | None:
        """Return the order with that key."""
        return self._orders.get(key)

    def number(self, order: WorkingOrder) -> int:
        """Return an order's short number; 0 if it is not known."""
        return self._numbers.get(key_of(order), 0)

    def numbered(self, number: int) -> WorkingOrder | None:
        """Return the order with a short number."""
        return self._orders.get(self._keys.get(number, ""))

    def locate(self, order_id: str = "", cl_ord_id: str = "") -> WorkingOrder | None:
        """Return the order that the venue names by either id."""
        key = self._by_venue_id.get(order_id, cl_ord_id)
        return self._orders.get(key)

    def working(self, symbol: str = "") -> list[WorkingOrder]:
        """Return the orders that have not ended, of one pair or of all."""
        return [order for order in self._open.values() if symbol in ("", order.symbol)]

    def parent_number(self, order: WorkingOrder) -> int:
        """Return the short number of the order whose fill made this one; 0 for none."""
        parent = self.locate(order.ord_ref_id) if order.ord_ref_id else None
        return 0 if parent is None else self.number(parent)

    def family(self, order: WorkingOrder) -> list[WorkingOrder]:
        """Return an order and all that its fills made, wherever in the family it stands."""
        root = order.ord_ref_id or order.order_id
        if not root:
            return [order]
        return [one for one in self._orders.values() if root in (one.order_id, one.ord_ref_id)]

    def unknown(self) -> list[WorkingOrder]:
        """Return the orders with a request whose outcome is not known."""
        return [order for order in self._open.values() if order.state.unknown]

    def apply(self, key: str, event: OrderEvent) -> WorkingOrder:
        """Reduce an order with an event and tell what changed.

        Args:
            key: The order's key.
            event: What happened.

        Returns:
            The order afterwards.
        """
        before = self._orders[key]
        after, note = reduce(before, event)
        if after is not before:
            self._put(key, after)
            if after.order_id and after.order_id != before.order_id:
                self._by_venue_id[after.order_id] = key
            self.version += 1
        if note is not None:
            log.info("order %s: %s", key, note.text)
        self._changed(before, after, event, note)
        for waiter in self._waiters:
            waiter.set()
        return after

    def _put(self, key: str, order: WorkingOrder) -> None:
        self._orders[key] = order
        if order.state.terminal:
            self._open.pop(key, None)
        else:
            self._open[key] = order

    async def until(self, key: str, met: Callable[[WorkingOrder], bool], limit_s: float) -> WorkingOrder | None:
        """Wait until an order is as wanted, but no longer than a limit.

        Args:
            key: The order's key.
            met: Whether it is as wanted.
            limit_s: The limit in seconds.

        Returns:
            The order as it is then; None if it is not known any more.
        """
        changed = asyncio.Event()
        self._waiters.add(changed)
        try:
            async with asyncio.timeout(limit_s):
                while (order := self._orders.get(key)) is not None and not met(order):
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            pass
        finally:
            self._waiters.discard(changed)
        return self._orders.get(key)

    def _forget_oldest(self) -> None:
        ended = [key for key, order in self._orders.items() if order.state.terminal]
        for key in ended[: max(0, len(ended) - KEPT_ENDED)]:
            order = self._orders.pop(key)
            self._keys.pop(self._numbers.pop(key), None)
            if order.order_id:
                self._by_venue_id.pop(order.order_id, None)
