"""Orders inside the exchange and what is told of them: reports, fills, positions.

Prices and quantities are integers of the pair's ticks and lots; money is an
integer of 1e-12 of the asset (`UNIT`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter

from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core.requests import Conditional, PriceType, Reference, Stp


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
    ICEBERG_REFILL = "iceberg_refill"
    CANCELED = "canceled"
    EXPIRED = "expired"
    AMENDED = "amended"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Terms:
    """What an order carries beyond a plain limit or market order.

    Attributes:
        display: Visible slice of an iceberg, in lots; 0 shows all.
        cash: Quote-sized market buy, in units of quote; 0 = sized in base.
        effective_ns: Wall time from which it is live; 0 = at once.
        expire_ns: Wall time at which it expires; 0 = never.
        leverage: Times; 0 = spot.
        reduce_only: Whether it only reduces a position.
        close: Template of the conditional close.
        limit_price_type: What the limit price means as sent.
        limit_value: Limit price as sent, when it is an offset from the trigger.
    """

    display: int = 0
    cash: int = 0
    effective_ns: int = 0
    expire_ns: int = 0
    leverage: int = 0
    reduce_only: bool = False
    close: Conditional | None = None
    limit_price_type: PriceType = PriceType.STATIC
    limit_value: Decimal | None = None


PLAIN = Terms()
"""Terms of an order without any; the same object for all of them."""


@dataclass(frozen=True, slots=True)
class TriggerState:
    """The trigger of an order as of now (the `triggers` object, `ws-v2.md` §7.3).

    Attributes:
        reference: Price that it watches.
        value: Price, offset or trailing distance as sent.
        kind: What `value` means.
        price: Where it fires, in ticks; moves with the peak of a trailing stop.
        peak: Best reference price since placement, in ticks; 0 unless trailing.
        triggered: Whether it has fired.
        last: Reference price at which it fired, in ticks.
        ts_ns: Wall time of the firing.
    """

    reference: Reference
    value: Decimal
    kind: PriceType
    price: int
    peak: int = 0
    triggered: bool = False
    last: int = 0
    ts_ns: int = 0


@dataclass(slots=True)
class Order:
    """One order inside the exchange; the exchange alone changes it.

    Attributes:
        order_id: Kraken-shaped id, `OXXXXX-XXXXX-XXXXXX`.
        account_id: Owner.
        symbol: WS v2 name.
        side: Buy or sell.
        order_type: Kind; a triggered order keeps its kind.
        qty: Total, in lots.
        price: Limit, in ticks; 0 for kinds without one. The offset limit of an
            untriggered order follows its trigger.
        time_in_force: How long it may rest.
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
        status: Present status; scheduled orders are `PENDING_NEW`.
        reason: Why it ended, as Kraken words it.
        amended: Whether it was ever amended.
        trades: Ids of its fills, oldest first.
        source: Gateway it came by.
        queued_ns: Wall time of the queue place: acceptance, or the last amend
            or refill that lost the place. L3 shows this one.
        changed_mono_ns: Monotonic time of acceptance or of the last amend,
            from which the rate counter takes the order's age.
        hidden: Lots of an iceberg that are not shown now.
        terms: What it carries beyond a plain order.
        trigger: Its trigger, fired or not; None for kinds without one.
        parent_id: Order whose fill spawned it (`ord_ref_id`), or empty.
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
    hidden: int = 0
    terms: Terms = PLAIN
    trigger: TriggerState | None = None
    parent_id: str = ""

    def __copy__(self) -> Order:
        # Every report carries a copy; by position it is several times faster than the general way.
        return Order(*_ORDER_FIELDS(self))

    @property
    def left(self) -> int:
        """Unfilled quantity in lots."""
        return self.qty - self.filled

    @property
    def shown(self) -> int:
        """Unfilled quantity that the book shows once it rests (`display_qty_remain`), in lots."""
        return self.qty - self.filled - self.hidden

    @property
    def waits(self) -> bool:
        """Whether its trigger has not fired yet."""
        return self.trigger is not None and not self.trigger.triggered


_ORDER_FIELDS = attrgetter(*(field.name for field in fields(Order)))


@dataclass(frozen=True, slots=True)
class Fill:
    """One side of a trade, as the account's history keeps it.

    Attributes:
        exec_id: `T…` id, unique per fill; also the id of the position that it opens.
        trade_id: Number of the public trade.
        order_id: The order.
        price: In ticks.
        qty: In lots.
        cost: In units of the quote asset.
        fee: In units of `fee_asset`.
        fee_asset: Asset of the fee.
        maker: Whether it rested.
        ts_ns: Wall time.
        leverage: Times; 0 for spot.
        opened: Lots that opened a position; 0 for spot.
        closed: Lots that closed positions; 0 for spot.
        margin: Initial margin of what was opened, units of quote.
        pnl: Profit of what was closed, units of quote.
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
    leverage: int = 0
    opened: int = 0
    closed: int = 0
    margin: int = 0
    pnl: int = 0


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


class LedgerKind(StrEnum):
    """Kraken's ledger `type` (`ws-v2.md` §8, `rest.md` §3.12)."""

    TRADE = "trade"
    MARGIN = "margin"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change of one asset of one account (`ws-v2.md` §8).

    Attributes:
        ledger_id: `L…` id.
        ref_id: The fill's exec id; the order's id for a settlement.
        asset: WS v2 asset name.
        amount: Signed change without the fee, in units.
        fee: In units.
        balance: Total after the change, in units.
        kind: Why it changed.
    """

    account_id: str
    ledger_id: str
    ref_id: str
    asset: str
    amount: int
    fee: int
    balance: int
    ts_ns: int
    kind: LedgerKind = LedgerKind.TRADE


@dataclass(frozen=True, slots=True)
class Position:
    """One margin position; each opening fill makes one (`rest.md` §3.11, §6).

    Attributes:
        position_id: Exec id of the opening fill.
        order_id: Order that opened it.
        account_id: Owner.
        symbol: WS v2 name.
        side: Buy is long.
        order_type: Kind of the opening order.
        qty: Opened, in lots.
        closed: Closed since, in lots.
        cost: Opening cost, units of quote; stays as it was.
        left_cost: Opening cost of what is still open, units of quote.
        fee: Opening fees, units of quote.
        margin: Initial margin of what is still open, units of quote.
        leverage: Times.
        opened_ns: Wall time.
        closed_cost: Value at which parts were closed, units of quote.
        pnl: Profit realised so far, units of quote.
        closing: Exec ids of the fills that closed parts of it.
    """

    position_id: str
    order_id: str
    account_id: str
    symbol: str
    side: Side
    order_type: OrderType
    qty: int
    closed: int
    cost: int
    left_cost: int
    fee: int
    margin: int
    leverage: int
    opened_ns: int
    closed_cost: int = 0
    pnl: int = 0
    closing: tuple[str, ...] = ()

    @property
    def left(self) -> int:
        """What is still open, in lots."""
        return self.qty - self.closed


@dataclass(frozen=True, slots=True)
class MarginState:
    """An account's margin, in units of USD (`rest.md` §3.4).

    Attributes:
        collateral: All balances valued (`tb`).
        unrealised: Profit of the open positions (`n`).
        cost: Opening cost of what is open (`c`).
        value: Its present value (`v`).
        used: Initial margin of the open positions (`m`).
        reserved: Initial margin that open margin orders may need.
    """

    collateral: int
    unrealised: int
    cost: int
    value: int
    used: int
    reserved: int

    @property
    def equity(self) -> int:
        """Collateral and unrealised profit (`e`)."""
        return self.collateral + self.unrealised

    @property
    def free(self) -> int:
        """Equity that no position uses (`mf`)."""
        return self.equity - self.used

    @property
    def level(self) -> Decimal | None:
        """Equity in percent of the used margin (`ml`); None without a position."""
        return Decimal(100 * self.equity) / Decimal(self.used) if self.used else None


class AmendKind(StrEnum):
    """Kraken's `amend_type` (`rest.md` §3.8)."""

    ORIGINAL = "original"
    USER = "user"


@dataclass(frozen=True, slots=True)
class AmendRecord:
    """One state of an order in its amend history (`rest.md` §3.8).

    Attributes:
        amend_id: `T…` id.
        kind: `original` for the first one.
        qty: Total, in lots.
        left: Unfilled then, in lots.
        display: Visible slice, in lots; 0 shows all.
        price: Limit, in ticks; 0 = none.
        trigger: Trigger price, in ticks; 0 = none.
        post_only: Whether the amend asked for it.
        ts_ns: Wall time.
    """

    amend_id: str
    kind: AmendKind
    qty: int
    left: int
    display: int
    price: int
    trigger: int
    post_only: bool
    ts_ns: int


@dataclass(frozen=True, slots=True)
class BatchLeg:
    """What became of one order of a batch.

    Attributes:
        order: The order, or None when the engine refused it.
        error: Kraken's text, or empty.
    """

    order: Order | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of an edit.

    Attributes:
        order: The new order; without an id when only validated.
        original: The order that it replaces.
    """

    order: Order
    original: Order
