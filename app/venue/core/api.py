"""What gateways ask of the exchange and what it tells them.

The exchange (`app.venue.core.exchange.Exchange`) is synchronous and has one
writer: each call runs to its end and queues the events that it caused; after
the call they are handed to the listeners in order. Prices and quantities are
integers of the pair's ticks and lots; money is an integer of 1e-12 of the
asset (`UNIT`). Requests are in `requests.py`, orders and reports in
`orders.py`; gateways import all of them from here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from app.domain.instrument import Instrument, PairStatus
from app.domain.order import OrderType, Side
from app.venue.core.orders import (
    AmendKind,
    AmendRecord,
    BatchLeg,
    Edited,
    ExecType,
    Execution,
    Fill,
    LedgerEntry,
    LedgerKind,
    MarginState,
    Order,
    OrderStatus,
    Position,
    Terms,
    TriggerState,
)
from app.venue.core.requests import (
    AddOrder,
    AmendOrder,
    Conditional,
    EditOrder,
    PriceType,
    Reference,
    Stp,
    Trigger,
    VenueReject,
    auto_sign,
)

__all__ = [
    "AddOrder",
    "AmendKind",
    "AmendOrder",
    "AmendRecord",
    "Asset",
    "BatchLeg",
    "BookAction",
    "BookChange",
    "BookDelta",
    "Conditional",
    "Credentials",
    "EditOrder",
    "Edited",
    "Event",
    "ExchangeApi",
    "ExecType",
    "Execution",
    "FeeTier",
    "Fill",
    "InstrumentChange",
    "LedgerEntry",
    "LedgerKind",
    "Level",
    "Listing",
    "MarginState",
    "Order",
    "OrderStatus",
    "Position",
    "PriceType",
    "Reference",
    "RestingOrder",
    "StatusChange",
    "Stp",
    "SystemMode",
    "Terms",
    "Trade",
    "Trigger",
    "TriggerState",
    "VenueReject",
    "auto_sign",
]


class SystemMode(StrEnum):
    """State of the whole venue (`ws-v2.md` §3.1)."""

    ONLINE = "online"
    POST_ONLY = "post_only"
    CANCEL_ONLY = "cancel_only"
    MAINTENANCE = "maintenance"


class BookAction(StrEnum):
    """What happened to a resting order, as level3 words it."""

    ADD = "add"
    MODIFY = "modify"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class BookChange:
    """One change of one resting order.

    Attributes:
        side: Side of the book.
        action: add, modify or delete.
        order_id: The order.
        price: In ticks.
        qty: Remaining (add, modify) or the quantity that it had (delete), lots.
        ts_ns: The order's `queued_ns`; the time of the event on delete.
    """

    side: Side
    action: BookAction
    order_id: str
    price: int
    qty: int
    ts_ns: int


@dataclass(frozen=True, slots=True)
class BookDelta:
    """All book changes that one command caused on one pair, in order."""

    symbol: str
    ts_ns: int
    changes: tuple[BookChange, ...]


@dataclass(frozen=True, slots=True)
class Trade:
    """One public trade."""

    symbol: str
    trade_id: int
    price: int
    qty: int
    taker_side: Side
    taker_type: OrderType
    ts_ns: int


@dataclass(frozen=True, slots=True)
class StatusChange:
    """The state of the whole venue changed."""

    mode: SystemMode
    ts_ns: int


@dataclass(frozen=True, slots=True)
class InstrumentChange:
    """A pair's parameters or status changed."""

    instrument: Instrument
    ts_ns: int


Event = BookDelta | Trade | Execution | LedgerEntry | StatusChange | InstrumentChange


@dataclass(frozen=True, slots=True)
class RestingOrder:
    """One order of a book level, as level3 shows it."""

    order_id: str
    price: int
    qty: int
    ts_ns: int


@dataclass(frozen=True, slots=True)
class Level:
    """One price with its orders in queue order; price in ticks, qty in lots."""

    price: int
    qty: int
    orders: tuple[RestingOrder, ...]


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset of the universe.

    Attributes:
        name: WS v2 name (`BTC`).
        legacy: REST id (`XXBT`).
        altname: REST altname (`XBT`).
        precision: Ledger decimals.
        display: Decimals shown to people.
    """

    name: str
    legacy: str
    altname: str
    precision: int
    display: int


@dataclass(frozen=True, slots=True)
class FeeTier:
    """One step of a fee schedule.

    Attributes:
        volume: 30-day volume in whole USD from which the step applies.
        maker: Maker fee in hundredths of a percent (25 means 0.25 %).
        taker: Taker fee in hundredths of a percent.
    """

    volume: int
    maker: int
    taker: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One pair of the universe with its names and fees.

    Attributes:
        instrument: The pair's numbers and status.
        pair_id: REST key, `XXBTZUSD`.
        altname: `XBTUSD`.
        wsname: `XBT/USD`.
        alive: Whether agents trade it.
        reference: A plausible starting price, in ticks.
        fees: The pair's fee schedule, lowest volume first.
        leverage: Leverages offered for buys and sells, rising; empty when the
            pair takes no margin orders.
    """

    instrument: Instrument
    pair_id: str
    altname: str
    wsname: str
    alive: bool
    reference: int
    fees: tuple[FeeTier, ...] = ()
    leverage: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """Practice key of one account (REST and WS)."""

    name: str
    account_id: str
    api_key: str
    api_secret: str
    permissions: tuple[str, ...]


class ExchangeApi(Protocol):
    """The whole face of the exchange to its gateways.

    All methods raise `VenueReject` with Kraken's error text where they refuse.
    Queries return live values as of the call.
    """

    @property
    def assets(self) -> Mapping[str, Asset]:
        """Assets by WS v2 name."""
        ...

    @property
    def listings(self) -> Mapping[str, Listing]:
        """Pairs by symbol, with their present status."""
        ...

    @property
    def credentials(self) -> Sequence[Credentials]:
        """Practice keys of all accounts."""
        ...

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Register for all events; returns the function that ends it."""
        ...

    @property
    def mode(self) -> SystemMode:
        """State of the venue."""
        ...

    def set_mode(self, mode: SystemMode) -> None:
        """Change the state of the venue."""
        ...

    def set_pair_status(self, symbol: str, status: PairStatus) -> None:
        """Change the status of one pair."""
        ...

    def add_order(self, account_id: str, request: AddOrder) -> Order:
        """Accept an order and match it; returns a copy as it stands after."""
        ...

    def add_batch(self, account_id: str, requests: Sequence[AddOrder]) -> list[BatchLeg]:
        """Accept 2 to 15 orders of one symbol, in order (`ws-v2.md` §9.7).

        A leg that is invalid refuses the whole batch; a leg that the engine
        refuses (funds, margin, limits) fails alone. With `validate` on the
        first leg nothing is placed.
        """
        ...

    def amend_order(self, account_id: str, request: AmendOrder) -> str:
        """Change an open order in place; returns the amend id."""
        ...

    def edit_order(self, account_id: str, request: EditOrder) -> Edited:
        """Cancel an open order and place it anew under a new id."""
        ...

    def cancel_order(self, account_id: str, *, order_id: str = "", cl_ord_id: str = "", source: str = "ws") -> Order:
        """Cancel one open order."""
        ...

    def cancel_userref(self, account_id: str, userref: int, source: str = "ws") -> list[Order]:
        """Cancel all open orders with that tag."""
        ...

    def cancel_batch(
        self,
        account_id: str,
        *,
        order_ids: Sequence[str] = (),
        cl_ord_ids: Sequence[str] = (),
        userrefs: Sequence[int] = (),
        source: str = "ws",
    ) -> list[Order]:
        """Cancel up to 50 identifiers; unknown ones are passed over, the rate limit never refuses."""
        ...

    def cancel_all(self, account_id: str, source: str = "ws") -> list[Order]:
        """Cancel every open order of the account."""
        ...

    def cancel_all_after(self, account_id: str, timeout_s: int) -> tuple[int, int]:
        """Arm (or with 0 disarm) the timer; returns (now_ns, trigger_ns or 0)."""
        ...

    def tick(self) -> None:
        """Let time pass: start scheduled orders, expire, fire cancel-after timers that are due."""
        ...

    def levels(self, symbol: str, side: Side, count: int) -> list[Level]:
        """Best `count` levels, best first, with their orders (0 = all)."""
        ...

    def open_orders(self, account_id: str) -> list[Order]:
        """Copies of the open orders, oldest first."""
        ...

    def closed_orders(self, account_id: str) -> list[Order]:
        """Copies of the ended orders, newest first (bounded history)."""
        ...

    def find_order(self, account_id: str, order_id: str) -> Order | None:
        """One order, open or ended, or None."""
        ...

    def fills(self, account_id: str) -> list[Fill]:
        """The account's fills, newest first (bounded history)."""
        ...

    def trades(self, symbol: str) -> Sequence[Trade]:
        """Public trades, oldest first (bounded history, at least 1,000)."""
        ...

    def last_price(self, symbol: str) -> int:
        """Price of the last trade in ticks; the listing's reference before any."""
        ...

    def index_price(self, symbol: str) -> int:
        """The venue's own index price in ticks: the mean of the last trades."""
        ...

    def amends(self, account_id: str, order_id: str) -> list[AmendRecord]:
        """States of an order, oldest (`original`) first; empty when it is unknown."""
        ...

    def positions(self, account_id: str) -> list[Position]:
        """Open margin positions, oldest first."""
        ...

    def find_position(self, account_id: str, position_id: str) -> Position | None:
        """One position, open or closed (bounded history), or None."""
        ...

    def margin(self, account_id: str) -> MarginState:
        """The account's margin in units of USD."""
        ...

    def balances(self, account_id: str) -> dict[str, int]:
        """Totals by asset, in units."""
        ...

    def holds(self, account_id: str) -> dict[str, int]:
        """What open orders hold by asset, in units."""
        ...

    def fee_rates(self, account_id: str, symbol: str) -> tuple[Decimal, Decimal]:
        """Maker and taker fee of the account's tier, in percent."""
        ...

    def volume_30d(self, account_id: str) -> Decimal:
        """30-day volume in USD that decides the fee tier."""
        ...

    def rate_limits(self, account_id: str) -> tuple[int, Decimal, int]:
        """Threshold, decay per second and open-order limit of the tier."""
        ...
