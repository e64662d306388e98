"""Accounts: totals, holds, orders, fills. All amounts in units of 1e-12."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from app.domain.order import Side
from app.venue.core.api import AmendRecord, Fill, Order, OrderStatus, Position, VenueReject
from app.venue.core.ratelimit import RateCounters, Tier

CLOSED_KEPT = 5_000
FILLS_KEPT = 5_000
UNKNOWN_ORDER = "EOrder:Unknown order"
INSUFFICIENT_FUNDS = "EOrder:Insufficient funds"


class Account:
    """One client of the venue.

    Args:
        account_id: Name, unique.
        tier: Rate and order limits.
        totals: Opening balances in units.
        volume: 30-day volume so far in units of USD.
        house: Whether it belongs to the venue's own agents, which are exempt
            from funds, limits and self-trade checks and get no reports.

    Attributes:
        open: Open orders by id, oldest first.
        closed: Ended orders by id, oldest first, bounded.
        fills: Fills, oldest first, bounded.
        cancel_at_mono_ns: When the cancel-after timer fires; 0 when unarmed.
        positions: Open margin positions by id, oldest first.
        past_positions: Closed ones by id, oldest first, bounded.
        reserved: Initial margin in units of USD that open margin orders may need, by order id.
        amends: States of the amended orders, by order id.
    """

    def __init__(
        self, account_id: str, tier: Tier, totals: Mapping[str, int], volume: int = 0, *, house: bool = False
    ) -> None:
        self.account_id = account_id
        self.house = house
        self.totals = dict(totals)
        self.volume = volume
        self.rates = RateCounters(tier)
        self.open: dict[str, Order] = {}
        self.closed: dict[str, Order] = {}
        self.fills: deque[Fill] = deque(maxlen=FILLS_KEPT)
        self.cancel_at_mono_ns = 0
        self.positions: dict[str, Position] = {}
        self.past_positions: dict[str, Position] = {}
        self.reserved: dict[str, int] = {}
        self.amends: dict[str, list[AmendRecord]] = {}
        self._holds: dict[str, dict[str, int]] = {}
        self._held: dict[str, int] = {}
        self._by_client_id: dict[str, str] = {}
        self._open_by_pair: dict[str, int] = {}

    def available(self, asset: str) -> int:
        """Total less what open orders hold."""
        return self.totals.get(asset, 0) - self._held.get(asset, 0)

    def holds(self) -> dict[str, int]:
        """What open orders hold by asset."""
        return {asset: held for asset, held in self._held.items() if held}

    def held_by(self, order_id: str, asset: str) -> int:
        """What one order holds of one asset."""
        return self._holds.get(order_id, {}).get(asset, 0)

    def hold(self, order_id: str, asset: str, amount: int) -> None:
        """Set what one order holds of one asset.

        Raises:
            VenueReject: More is asked for than is available.
        """
        before = self.held_by(order_id, asset)
        if amount - before > max(0, self.available(asset)) and not self.house:
            raise VenueReject(INSUFFICIENT_FUNDS)
        self._held[asset] = self._held.get(asset, 0) + amount - before
        self._holds.setdefault(order_id, {})[asset] = amount

    def release(self, order_id: str) -> None:
        """Give back all that one order holds."""
        self.reserved.pop(order_id, None)
        for asset, amount in self._holds.pop(order_id, {}).items():
            self._held[asset] -= amount

    @contextmanager
    def without(self, order_id: str) -> Iterator[None]:
        """For a moment count as if one order held nothing and reserved nothing."""
        holds, reserved = self._holds.get(order_id, {}), self.reserved.get(order_id)
        for asset, amount in holds.items():
            self._held[asset] -= amount
        self.reserved.pop(order_id, None)
        try:
            yield
        finally:
            for asset, amount in holds.items():
                self._held[asset] += amount
            if reserved is not None:
                self.reserved[order_id] = reserved

    def move(self, asset: str, amount: int) -> int:
        """Change a total and return it."""
        total = self.totals.get(asset, 0) + amount
        self.totals[asset] = total
        return total

    def opened(self, order: Order) -> None:
        """Count an order among the open ones."""
        self.open[order.order_id] = order
        self._open_by_pair[order.symbol] = self.open_on(order.symbol) + 1
        if order.cl_ord_id:
            self._by_client_id[order.cl_ord_id] = order.order_id

    def ended(self, order: Order) -> None:
        """Move an order from the open ones to the history and free its hold."""
        self.release(order.order_id)
        if self.open.pop(order.order_id, None) is not None:
            self._open_by_pair[order.symbol] -= 1
            if order.cl_ord_id:
                del self._by_client_id[order.cl_ord_id]
        self.closed[order.order_id] = order
        if len(self.closed) > CLOSED_KEPT:
            oldest = next(iter(self.closed))
            del self.closed[oldest]
            self.amends.pop(oldest, None)

    @property
    def waiting(self) -> int:
        """How many open orders wait for their start or their trigger."""
        return sum(order.waits or order.status is OrderStatus.PENDING_NEW for order in self.open.values())

    def open_lots(self, symbol: str, side: Side) -> int:
        """Return how many lots of a pair's positions of one side are open."""
        held = self.positions.values()
        return sum(position.left for position in held if position.symbol == symbol and position.side is side)

    def open_on(self, symbol: str) -> int:
        """Return how many orders are open on one pair."""
        return self._open_by_pair.get(symbol, 0)

    def has_client_id(self, cl_ord_id: str) -> bool:
        """Whether an open order carries that client id."""
        return cl_ord_id in self._by_client_id

    def by_client_id(self, cl_ord_id: str) -> Order | None:
        """Return the open order that carries a client id, or None."""
        return self.open.get(self._by_client_id.get(cl_ord_id, ""))

    def find_open(self, order_id: str, cl_ord_id: str) -> Order:
        """Return the open order with one of the ids.

        Raises:
            VenueReject: There is none.
        """
        order = self.open.get(order_id) if order_id else self.by_client_id(cl_ord_id)
        if order is None:
            raise VenueReject(UNKNOWN_ORDER)
        return order
