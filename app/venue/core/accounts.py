"""Accounts: totals, holds, orders, fills. All amounts in units of 1e-12."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from app.venue.core.api import Fill, Order, VenueReject
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
        for asset, amount in self._holds.pop(order_id, {}).items():
            self._held[asset] -= amount

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
            del self.closed[next(iter(self.closed))]

    def open_on(self, symbol: str) -> int:
        """Return how many orders are open on one pair."""
        return self._open_by_pair.get(symbol, 0)

    def has_client_id(self, cl_ord_id: str) -> bool:
        """Whether an open order carries that client id."""
        return cl_ord_id in self._by_client_id

    def find_open(self, order_id: str, cl_ord_id: str) -> Order:
        """Return the open order with one of the ids.

        Raises:
            VenueReject: There is none.
        """
        order = self.open.get(order_id or self._by_client_id.get(cl_ord_id, ""))
        if order is None:
            raise VenueReject(UNKNOWN_ORDER)
        return order
