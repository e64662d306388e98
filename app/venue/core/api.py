"""What gateways ask of the exchange and what it tells them.

The exchange (`app.venue.core.exchange.Exchange`) is synchronous and has one
writer: each call runs to its end and queues the events that it caused; after
the call they are handed to the listeners in order. Prices and quantities are
integers of the pair's ticks and lots; money is an integer of 1e-12 of the
asset (`UNIT`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from app.domain.instrument import Instrument, PairStatus
from app.domain.order import OrderType, Side, TimeInForce


class VenueReject(Exception):
    """The exchange refuses a request; the text is Kraken's own error string.

    Args:
        error: For example `EOrder:Insufficient funds`.
    """

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class SystemMode(StrEnum):
    """State of the whole venue (`ws-v2.md` §3.1)."""

    ONLINE = "online"
    POST_ONLY = "post_only"
    CANCEL_ONLY = "cancel_only"
    MAINTENANCE = "maintenance"


class Stp(StrEnum):
    """Self-trade prevention."""

    CANCEL_NEWEST = "cancel_newest"
    CANCEL_OLDEST = "cancel_oldest"
    CANCEL_BOTH = "cancel_both"


@dataclass(frozen=True, slots=True)
class AddOrder:
    """A validated-by-shape order as any gateway hands it over.

    Attributes:
        symbol: WS v2 name.
        side: Buy or sell.
        order_type: Kind; the exchange refuses kinds that it does not know yet.
        qty: Base quantity as sent.
        limit_price: Price as sent; None for market.
        time_in_force: GTC or IOC (others are refused for now).
        post_only: Cancel on arrival rather than take.
        stp: Self-trade prevention mode.
        cl_ord_id: Client's id, or empty.
        userref: Client's tag, or None.
        deadline_ns: Refuse when the wall clock is past it; 0 = none.
        validate: Check only.
        fee_in_base: Fee preference `fcib`.
        source: `ws`, `rest` or `fix`; for the truth log.
    """

    symbol: str
    side: Side
    order_type: OrderType
    qty: Decimal
    limit_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    stp: Stp = Stp.CANCEL_NEWEST
    cl_ord_id: str = ""
    userref: int | None = None
    deadline_ns: int = 0
    validate: bool = False
    fee_in_base: bool = False
    source: str = "ws"


@dataclass(frozen=True, slots=True)
class AmendOrder:
    """Change in place; exactly one of the ids is set."""

    order_id: str = ""
    cl_ord_id: str = ""
    qty: Decimal | None = None
    limit_price: Decimal | None = None
    post_only: bool = False
    deadline_ns: int = 0
    source: str = "ws"


class OrderStatus(StrEnum):
    """Kraken's `order_status` (`ws-v2.md` §7.2)."""

    PENDING_NEW = "pending_new"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"


class ExecType(StrEnum):
    """Kraken's `exec_type` (`ws-v2.md` §7.2)."""

    PENDING_NEW = "pending_new"
    NEW = "new"
    TRADE = "trade"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    AMENDED = "amended"


@dataclass(slots=True)
class Order:
    """One order inside the exchange; the exchange alone changes it.

    Attributes:
        order_id: Kraken-shaped id, `OXXXXX-XXXXX-XXXXXX`.
        account_id: Owner.
        symbol: WS v2 name.
        side: Buy or sell.
        order_type: Kind.
        qty: Total, in lots.
        price: Limit, in ticks; 0 for market.
        time_in_force: GTC or IOC.
        post_only: Whether it may not take.
        cl_ord_id: Client's id, or empty.
        userref: Client's tag, or None.
        created_ns: Wall time of acceptance.
        changed_ns: Wall time of acceptance or of the last amend.
        closed_ns: Wall time of the end; 0 while open.
        filled: Executed, in lots.
        cost: Executed value in units of the quote asset.
        fee: Fees so far in units of `fee_asset`.
        fee_in_base: Whether the fee is charged in base.
        status: Present status.
        reason: Why it ended, as Kraken words it.
        amended: Whether it was ever amended.
        trades: Ids of its fills, oldest first.
        source: Gateway it came by.
        queued_ns: Wall time of the queue place: acceptance, or the last amend
            that lost the place. L3 shows this one.
        changed_mono_ns: Monotonic time of acceptance or of the last amend,
            from which the rate counter takes the order's age.
    """

    order_id: str
    account_id: str
    symbol: str
    side: Side
    order_type: OrderType
    qty: int
    price: int
    time_in_force: TimeInForce
    post_only: bool
    cl_ord_id: str
    userref: int | None
    created_ns: int
    changed_ns: int
    stp: Stp
    fee_in_base: bool
    source: str
    closed_ns: int = 0
    filled: int = 0
    cost: int = 0
    fee: int = 0
    status: OrderStatus = OrderStatus.PENDING_NEW
    reason: str = ""
    amended: bool = False
    trades: tuple[str, ...] = ()
    queued_ns: int = 0
    changed_mono_ns: int = 0

    @property
    def left(self) -> int:
        """Unfilled quantity in lots."""
        return self.qty - self.filled


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
class Fill:
    """One side of a trade, as the account's history keeps it.

    Attributes:
        exec_id: `T…` id, unique per fill.
        trade_id: Number of the public trade.
        order_id: The order.
        price: In ticks.
        qty: In lots.
        cost: In units of the quote asset.
        fee: In units of `fee_asset`.
        fee_asset: Asset of the fee.
        maker: Whether it rested.
        ts_ns: Wall time.
    """

    exec_id: str
    trade_id: int
    order_id: str
    account_id: str
    symbol: str
    side: Side
    order_type: OrderType
    price: int
    qty: int
    cost: int
    fee: int
    fee_asset: str
    maker: bool
    ts_ns: int


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution report for one account.

    Attributes:
        account_id: Owner.
        exec_type: What happened.
        order: A private copy of the order as it was right after.
        fill: The fill, with `TRADE`.
        counter: The pair's rate counter right after, for `ratecounter`.
    """

    account_id: str
    exec_type: ExecType
    order: Order
    fill: Fill | None
    counter: Decimal
    ts_ns: int


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change of one asset of one account (`ws-v2.md` §8).

    Attributes:
        ledger_id: `L…` id.
        ref_id: The fill's exec id.
        asset: WS v2 asset name.
        amount: Signed change without the fee, in units.
        fee: In units.
        balance: Total after the change, in units.
    """

    account_id: str
    ledger_id: str
    ref_id: str
    asset: str
    amount: int
    fee: int
    balance: int
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
    """

    instrument: Instrument
    pair_id: str
    altname: str
    wsname: str
    alive: bool
    reference: int
    fees: tuple[FeeTier, ...] = ()


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

    def amend_order(self, account_id: str, request: AmendOrder) -> str:
        """Change a resting order in place; returns the amend id."""
        ...

    def cancel_order(self, account_id: str, *, order_id: str = "", cl_ord_id: str = "", source: str = "ws") -> Order:
        """Cancel one open order."""
        ...

    def cancel_userref(self, account_id: str, userref: int, source: str = "ws") -> list[Order]:
        """Cancel all open orders with that tag."""
        ...

    def cancel_all(self, account_id: str, source: str = "ws") -> list[Order]:
        """Cancel every open order of the account."""
        ...

    def cancel_all_after(self, account_id: str, timeout_s: int) -> tuple[int, int]:
        """Arm (or with 0 disarm) the timer; returns (now_ns, trigger_ns or 0)."""
        ...

    def tick(self) -> None:
        """Let time pass: fire cancel-after timers that are due."""
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
