"""What REST says about an account, in the client's own terms.

Names are WS v2 symbols and asset codes, numbers are Decimal, times are
nanoseconds since the epoch. `messages.py` makes these from the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.domain.order import CloseTemplate, PriceKind, Side, Trigger


@dataclass(frozen=True, slots=True)
class RestOrder:
    """One order as an order query shows it (`rest.md` §3.5).

    Attributes:
        order_id: Kraken's id.
        cl_ord_id: Client's id, or empty.
        userref: Client's tag, or None.
        symbol: WS v2 name; the venue's own name if it is in no list of pairs.
        side: Buy or sell.
        order_type: Kraken's word, for example `limit`.
        status: pending, open, closed, canceled or expired.
        qty: Total base quantity; of an order sized in quote money what its
            fills make of it, 0 before the first.
        filled: Executed quantity, in base.
        limit_price: Limit as it stands; for an untriggered trailing-stop-limit
            the offset from the trigger; None for kinds without one.
        avg_price: Average fill price; None without a fill.
        cost: Executed value in quote.
        fee: Fees in quote.
        post_only: Whether it may not take.
        time_in_force: gtc, ioc, gtd or fok; empty if not said.
        reason: Why it ended; cleaned.
        opened_ns: When it was taken.
        closed_ns: When it ended; 0 while open.
        limit_kind: How the limit is meant.
        start_ns: Scheduled start; 0 for none.
        expire_ns: Expiry; 0 for none.
        trigger: Trigger as asked for; None for kinds without one.
        trigger_price: The price at which it wakes as things stand.
        triggered: Whether it has woken.
        display_qty: Visible slice of an iceberg, where the venue says it (not documented).
        cash_qty: Quote money that it spends, for an order sized by that.
        leverage: 2 and up for margin, 0 for spot.
        margin: Whether it trades on margin.
        reduce_only: Whether it may only reduce; None where not said.
        oflags: Flags as the venue words them: `post`, `fciq`, `viqc`, …
        misc: Remarks as the venue words them: `stopped`, `partial`, …
        amended: Whether it was changed in place.
        ref_id: The order whose fill made this one; empty for none.
        close_text: The venue's words about its conditional close.
        conditional: That close, where the words could be read.
    """

    order_id: str
    cl_ord_id: str
    userref: int | None
    symbol: str
    side: Side
    order_type: str
    status: str
    qty: Decimal
    filled: Decimal
    limit_price: Decimal | None
    avg_price: Decimal | None
    cost: Decimal
    fee: Decimal
    post_only: bool
    time_in_force: str
    reason: str
    opened_ns: int
    closed_ns: int
    limit_kind: PriceKind = PriceKind.STATIC
    start_ns: int = 0
    expire_ns: int = 0
    trigger: Trigger | None = None
    trigger_price: Decimal | None = None
    triggered: bool = False
    display_qty: Decimal | None = None
    cash_qty: Decimal | None = None
    leverage: int = 0
    margin: bool = False
    reduce_only: bool | None = None
    oflags: tuple[str, ...] = ()
    misc: tuple[str, ...] = ()
    amended: bool = False
    ref_id: str = ""
    close_text: str = ""
    conditional: CloseTemplate | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still works at the venue."""
        return self.status in {"pending", "open"}


@dataclass(frozen=True, slots=True)
class RestTrade:
    """One own fill (`rest.md` §3.9).

    Attributes:
        exec_id: Id of the fill; the same as `exec_id` on executions.
        order_id: Its order.
        symbol: WS v2 name.
        side: Buy or sell.
        price: Price.
        qty: Base quantity.
        cost: Value in quote.
        fee: Fee in quote.
        maker: Whether the order was resting; None if not said.
        at_ns: When.
    """

    exec_id: str
    order_id: str
    symbol: str
    side: Side
    price: Decimal
    qty: Decimal
    cost: Decimal
    fee: Decimal
    maker: bool | None
    at_ns: int


@dataclass(frozen=True, slots=True)
class RestAmend:
    """One state in the life of an order (`rest.md` §3.8); None where the venue is silent.

    Attributes:
        amend_id: Id of the change.
        kind: `original`, `user` or `restated` (by the engine).
        at_ns: When.
        qty: Total quantity after it.
        left: Unfilled quantity after it.
        display_qty: Visible slice.
        limit_price: Limit.
        trigger_price: Trigger.
        post_only: Whether it asked not to take.
        reason: Why the engine changed it.
    """

    amend_id: str
    kind: str
    at_ns: int
    qty: Decimal | None
    left: Decimal | None
    display_qty: Decimal | None
    limit_price: Decimal | None
    trigger_price: Decimal | None
    post_only: bool | None
    reason: str


@dataclass(frozen=True, slots=True)
class RestPosition:
    """One open margin position (`rest.md` §3.11).

    Attributes:
        position_id: Kraken's id.
        order_id: The order that opened it.
        symbol: WS v2 name.
        side: Buy is long.
        status: Kraken's word, `open`.
        qty: Base quantity opened.
        closed_qty: Part of it that is closed.
        cost: Opening cost in quote.
        fee: Opening fee in quote.
        margin: Initial margin in quote.
        value: Present value of what is open; None unless reckoned.
        net: Unrealised profit or loss in quote; None unless reckoned.
        terms: Rollover terms in the venue's words.
        rollover_ns: Next rollover; 0 if not said.
        opened_ns: When it was opened.
    """

    position_id: str
    order_id: str
    symbol: str
    side: Side
    status: str
    qty: Decimal
    closed_qty: Decimal
    cost: Decimal
    fee: Decimal
    margin: Decimal
    value: Decimal | None
    net: Decimal | None
    terms: str
    rollover_ns: int
    opened_ns: int


@dataclass(frozen=True, slots=True)
class RestLedger:
    """One ledger entry (`rest.md` §3.12): balance after = balance before + amount - fee.

    Attributes:
        ledger_id: Kraken's id.
        ref_id: Fill or transfer that caused it.
        kind: `trade`, `deposit`, `margin`, `rollover`, …
        subtype: More about the kind; mostly empty.
        asset: v2 code.
        amount: Signed change without the fee.
        fee: Fee in this asset.
        balance: Balance after it.
        at_ns: When.
    """

    ledger_id: str
    ref_id: str
    kind: str
    subtype: str
    asset: str
    amount: Decimal
    fee: Decimal
    balance: Decimal
    at_ns: int


@dataclass(frozen=True, slots=True)
class RestBalance:
    """Balance of one asset (`rest.md` §3.2).

    Attributes:
        asset: v2 code such as `BTC`; a suffix such as `.F` is kept.
        balance: Total, including what orders hold.
        hold_trade: Held by spot orders without margin.
        credit: Credit line.
        credit_used: Used part of it.
    """

    asset: str
    balance: Decimal
    hold_trade: Decimal
    credit: Decimal = Decimal(0)
    credit_used: Decimal = Decimal(0)

    @property
    def available(self) -> Decimal:
        """What new orders may use."""
        return self.balance + self.credit - self.credit_used - self.hold_trade


@dataclass(frozen=True, slots=True)
class FeeRates:
    """Present fees of one pair, in percent (`rest.md` §3.13).

    Attributes:
        symbol: WS v2 name.
        maker: Percent for a resting order.
        taker: Percent for one that takes.
        volume: 30-day volume that set the tier.
        currency: Its currency.
    """

    symbol: str
    maker: Decimal
    taker: Decimal
    volume: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """Rights of the key (`rest.md` §1.4).

    Attributes:
        name: Name the owner gave it.
        permissions: Permission ids such as `modify-trades`.
        nonce_window: Tolerance for late nonces, in nonce units.
        ip_allowlist: Addresses it is bound to; empty means none.
        valid_until_ns: End of its life; 0 if unlimited.
    """

    name: str
    permissions: tuple[str, ...]
    nonce_window: int
    ip_allowlist: tuple[str, ...]
    valid_until_ns: int


@dataclass(frozen=True, slots=True)
class RestingOrder:
    """One visible order of a REST level3 book (`rest.md` §2.9).

    Attributes:
        order_id: Kraken's id.
        price: Limit price.
        qty: Visible quantity.
        at_ns: When it was placed or last amended.
    """

    order_id: str
    price: Decimal
    qty: Decimal
    at_ns: int


@dataclass(frozen=True, slots=True)
class RestLevel3:
    """A REST level3 book: best first, a level's orders in queue order; carries no checksum."""

    symbol: str
    bids: tuple[RestingOrder, ...]
    asks: tuple[RestingOrder, ...]
