"""Budgets besides the engine's counter: REST calls, L3 subscriptions, connections.

Sources: `rest.md` §7.1 and §7.3, `ws-v2.md` §1.3 and §6.2.
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import Final

from app.domain.ratelimit import NS_PER_S, DecayingCounter, Tier

L3_SYMBOLS_PER_CONNECTION: Final = 200
CONNECTS_PER_WINDOW: Final = 150
CONNECT_WINDOW_NS: Final = 600 * NS_PER_S
REST_PER_CALL: Final = Decimal(1)
REST_PER_HISTORY_CALL: Final = Decimal(2)

_L3_COSTS: Final = {10: 5, 100: 25, 1000: 100}
_HISTORY_CALLS: Final = frozenset({"Ledgers", "QueryLedgers", "TradesHistory", "QueryTrades", "ClosedOrders"})
# Order entry has the engine's limiter instead; for those after CancelOrder
# that is unconfirmed (`rest.md` §7.1) and the simulator default.
_ORDER_CALLS: Final = frozenset(
    {
        "AddOrder",
        "CancelOrder",
        "AddOrderBatch",
        "AmendOrder",
        "EditOrder",
        "CancelOrderBatch",
        "CancelAll",
        "CancelAllOrdersAfter",
    }
)


def rest_cost(endpoint: str) -> Decimal:
    """Return the REST points of a private call.

    Args:
        endpoint: The last part of its path, for example `TradesHistory`.
    """
    if endpoint in _ORDER_CALLS:
        return Decimal(0)
    return REST_PER_HISTORY_CALL if endpoint in _HISTORY_CALLS else REST_PER_CALL


class RestCounter(DecayingCounter):
    """The REST counter of one API key.

    Args:
        tier: The account's tier.
    """

    __slots__ = ()

    def __init__(self, tier: Tier) -> None:
        super().__init__(tier.rest_max, tier.rest_decay)

    def try_call(self, now_ns: int, endpoint: str) -> bool:
        """Charge a call if it fits.

        Returns:
            False, and nothing charged, if the venue would refuse it.
        """
        cost = rest_cost(endpoint)
        if cost and not self.allows(now_ns, cost):
            return False
        self.charge(now_ns, cost)
        return True

    def wait_ns(self, now_ns: int, *endpoints: str) -> int:
        """Return the nanoseconds until these calls fit together, 0 if they do now."""
        cost = sum(map(rest_cost, endpoints), start=Decimal(0))
        return self.fits_in(now_ns, cost) if cost else 0


class RollingBudget:
    """So much in any window of a fixed length.

    Args:
        limit: Most that may be spent within the window.
        window_ns: Length of the window.
    """

    __slots__ = ("_entries", "_spent", "limit", "window_ns")

    def __init__(self, limit: int, window_ns: int) -> None:
        self.limit = limit
        self.window_ns = window_ns
        self._entries: deque[tuple[int, int]] = deque()
        self._spent = 0

    def spent(self, now_ns: int) -> int:
        """Return what was spent within the window that ends now."""
        while self._entries and self._entries[0][0] <= now_ns - self.window_ns:
            self._spent -= self._entries.popleft()[1]
        return self._spent

    def left(self, now_ns: int) -> int:
        """Return what may still be spent now."""
        return self.limit - self.spent(now_ns)

    def try_spend(self, now_ns: int, cost: int = 1) -> bool:
        """Spend if it fits; return whether it did."""
        if self.spent(now_ns) + cost > self.limit:
            return False
        self._entries.append((now_ns, cost))
        self._spent += cost
        return True

    def wait_ns(self, now_ns: int, cost: int = 1) -> int:
        """Return the nanoseconds until this cost fits, 0 if it does now.

        Raises:
            ValueError: The cost exceeds the whole budget.
        """
        if cost > self.limit:
            raise ValueError(f"{cost} never fits a budget of {self.limit}")
        excess = self.spent(now_ns) + cost - self.limit
        for at_ns, spent in self._entries:
            if excess <= 0:
                break
            excess -= spent
            if excess <= 0:
                return at_ns + self.window_ns - now_ns
        return 0


DERIVATIVES_MAX: Final = Decimal(500)
DERIVATIVES_DECAY: Final = Decimal(50)
"""Points of the derivatives bucket, and how many come back a second: the simulator's default (`futures.md` §9)."""

_DERIVATIVES_COSTS: Final = {
    "sendorder": 10,
    "editorder": 10,
    "cancelorder": 10,
    "cancelallorders": 25,
    "cancelallordersafter": 25,
    "accounts": 2,
    "openpositions": 2,
    "openorders": 2,
    "fills": 2,
    "orders/status": 1,
}


def derivatives_cost(endpoint: str, orders: int = 0) -> Decimal:
    """Return the points of a private call of the derivatives API (`futures.md` §9).

    Args:
        endpoint: Its path below the version, for example `sendorder`.
        orders: Orders named by a `batchorder`.

    Raises:
        ValueError: The reference names no cost for it.
    """
    if endpoint == "batchorder":
        return Decimal(9 + orders)
    if endpoint not in _DERIVATIVES_COSTS:
        raise ValueError(f"no cost is known of {endpoint}")
    return Decimal(_DERIVATIVES_COSTS[endpoint])


def derivatives_counter() -> DecayingCounter:
    """Return the derivatives bucket of an account: what is used of it, decaying."""
    return DecayingCounter(DERIVATIVES_MAX, DERIVATIVES_DECAY)


def connection_budget() -> RollingBudget:
    """Return the budget of connection attempts of one IP address."""
    return RollingBudget(CONNECTS_PER_WINDOW, CONNECT_WINDOW_NS)


def l3_budget(tier: Tier) -> RollingBudget:
    """Return the budget of level3 subscriptions, in points of `l3_cost`."""
    return RollingBudget(tier.l3_per_second, NS_PER_S)


def l3_cost(depth: int) -> int:
    """Return the subscription points of one symbol.

    Raises:
        ValueError: The depth is not one that level3 has.
    """
    try:
        return _L3_COSTS[depth]
    except KeyError:
        raise ValueError(f"level3 has no depth {depth}; use {', '.join(map(str, _L3_COSTS))}") from None
