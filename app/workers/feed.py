"""The engine's one door to a venue: market data, account feeds, orders, questions.

`Venue` owns the public, private and level3 connections and the REST client,
keeps them alive and tells a `VenueListener` what arrives. Orders go where the
caller says (`via`); nothing falls back silently and nothing is ever resent
after a doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from app.clock import Clock
from app.domain.order import OrderRequest
from app.protocol.rest.records import FeeRates, KeyInfo, RestBalance, RestOrder, RestTrade
from app.workers.face import VenueListener, VenueUrls, WatchSpec
from app.workers.health import LinkHealth, LinkState
from app.workers.outcome import Accepted, Outcome, ReadError, Refused, Unknown, Via
from app.workers.recorder import Recorder

if TYPE_CHECKING:
    from app.credentials import ApiKey

__all__ = [
    "Accepted", "FeeRates", "KeyInfo", "LinkHealth", "LinkState", "Outcome", "ReadError", "Refused", "RestBalance",
    "RestOrder", "RestTrade", "Unknown", "Venue", "VenueListener", "VenueUrls", "Via", "WatchSpec",
]  # fmt: skip


class Venue:
    """All connections to one venue.

    Args:
        urls: Where it is; `ws_auth` and `ws_l3` are used with a key only.
        key: API key, or None for public data only.
        clock: Time.
        listener: Gets everything that arrives.
        nonce_path: File that keeps the nonce of this key; shared by all processes using it.
        tier: `starter`, `intermediate` or `pro`: sets the REST counter and the L3 budget.
        recorder: Gets a copy of each inbound WS frame.
    """

    health: Mapping[str, LinkHealth]

    def __init__(
        self,
        urls: VenueUrls,
        key: ApiKey | None,
        clock: Clock,
        listener: VenueListener,
        *,
        nonce_path: Path,
        tier: str = "intermediate",
        recorder: Recorder | None = None,
    ) -> None:
        raise NotImplementedError

    async def run(self) -> None:
        """Connect, stay connected, return after `close`."""
        raise NotImplementedError

    async def close(self) -> None:
        """End all connections; requests in flight become `Unknown`."""
        raise NotImplementedError

    def watch(self, symbols: Mapping[str, WatchSpec]) -> None:
        """Set the market data wanted from now on; the difference is applied."""
        raise NotImplementedError

    def resync(self, symbol: str) -> None:
        """Ask for a new snapshot of a book that failed its checksum or lost its way."""
        raise NotImplementedError

    def orders_link_up(self) -> bool:
        """Whether an order could be sent over WS right now."""
        raise NotImplementedError

    def max_rate_count(self) -> int:
        """Threshold of the pair counter, from the executions ack; 0 if not known yet."""
        raise NotImplementedError

    async def add_order(self, req: OrderRequest, *, via: Via = Via.WS) -> Outcome:
        """Send a new order. Accepted means taken for processing, not resting."""
        raise NotImplementedError

    async def amend_order(
        self,
        *,
        order_id: str = "",
        cl_ord_id: str = "",
        qty: Decimal | None = None,
        limit_price: Decimal | None = None,
        post_only: bool = False,
        deadline_ns: int = 0,
        via: Via = Via.WS,
    ) -> Outcome:
        """Change quantity (new total) or price in place; give exactly one id."""
        raise NotImplementedError

    async def cancel_order(self, *, order_id: str = "", cl_ord_id: str = "", via: Via = Via.WS) -> Outcome:
        """Cancel one order; give exactly one id."""
        raise NotImplementedError

    async def cancel_all(self, *, via: Via = Via.WS) -> Outcome:
        """Cancel every open order of the account, all pairs."""
        raise NotImplementedError

    async def cancel_all_after(self, timeout_s: int, *, via: Via = Via.WS) -> Outcome:
        """Arm the dead-man timer of the account, or disarm it with 0."""
        raise NotImplementedError

    async def open_orders(self) -> tuple[RestOrder, ...]:
        """Return all open orders. Raises `ReadError`."""
        raise NotImplementedError

    async def query_orders(self, txids: Sequence[str]) -> tuple[RestOrder, ...]:
        """Return those of the named orders that the venue knows. Raises `ReadError`."""
        raise NotImplementedError

    async def orders_by_cl_ord_id(self, cl_ord_id: str) -> tuple[RestOrder, ...]:
        """Return the open and closed orders with this id. Raises `ReadError`."""
        raise NotImplementedError

    async def closed_orders(self, since_ns: int) -> tuple[RestOrder, ...]:
        """Return the orders that ended after a wall time, newest first. Raises `ReadError`."""
        raise NotImplementedError

    async def trades_since(self, since_ns: int) -> tuple[RestTrade, ...]:
        """Return own fills after a wall time, newest first. Raises `ReadError`."""
        raise NotImplementedError

    async def balances_ex(self) -> tuple[RestBalance, ...]:
        """Return balances with what orders hold. Raises `ReadError`."""
        raise NotImplementedError

    async def fee_rates(self, symbol: str) -> FeeRates:
        """Return the account's present fees of a pair. Raises `ReadError`."""
        raise NotImplementedError

    async def key_info(self) -> KeyInfo:
        """Return the rights of the key. Raises `ReadError`."""
        raise NotImplementedError

    async def server_offset_us(self) -> int:
        """Return venue clock minus ours, from REST `Time` (whole seconds). Raises `ReadError`."""
        raise NotImplementedError

    def connects_used(self) -> int:
        """Return the connection attempts of the last ten minutes, all sockets together."""
        raise NotImplementedError

    def rest_points(self) -> Decimal:
        """Return the local estimate of the REST counter."""
        raise NotImplementedError
