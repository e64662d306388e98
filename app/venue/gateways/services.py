"""What the sessions and REST share."""

from __future__ import annotations

from dataclasses import dataclass

from app.clock import Clock
from app.venue.core.api import ExchangeApi, Order
from app.venue.gateways.faults import Faults
from app.venue.gateways.feed import Feed
from app.venue.gateways.keys import KeyRing
from app.venue.gateways.memory import MarketMemory
from app.venue.wire import policies


@dataclass(frozen=True, slots=True)
class Services:
    """The venue's parts.

    Attributes:
        clock: Time source.
        exchange: The exchange.
        feed: Market and private streams.
        memory: Candles, trades, day statistics.
        keys: Practice keys and tokens.
        faults: Faults to obey.
        tier: `starter`, `intermediate` or `pro` for REST and level3 budgets of
            all accounts; empty to go by each account.
    """

    clock: Clock
    exchange: ExchangeApi
    feed: Feed
    memory: MarketMemory
    keys: KeyRing
    faults: Faults
    tier: str

    def tier_of(self, account_id: str) -> str:
        """Tier that budgets an account's REST calls and level3 subscriptions."""
        return self.tier or account_tier(self.exchange, account_id)

    def open_order(self, account_id: str, *, order_id: str = "", cl_ord_id: str = "") -> Order | None:
        """An open order by its id or by the client's, or None."""
        if order_id:
            order = self.exchange.find_order(account_id, order_id)
            return None if order is None or order.closed_ns else order
        return next((o for o in self.exchange.open_orders(account_id) if o.cl_ord_id == cl_ord_id), None)


def account_tier(exchange: ExchangeApi, account_id: str) -> str:
    """Name of an account's tier, told by its rate threshold (`ws-v2.md` §10.2)."""
    threshold = exchange.rate_limits(account_id)[0]
    return next((name for name, value in policies.THRESHOLDS.items() if value >= threshold), "pro")
