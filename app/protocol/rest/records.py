"""What REST says about an account, in the client's own terms.

Names are WS v2 symbols and asset codes, numbers are Decimal, times are
nanoseconds since the epoch. `messages.py` makes these from the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.domain.order import Side


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
        qty: Total base quantity.
        filled: Executed quantity.
        limit_price: Limit; None for market orders.
        avg_price: Average fill price; None without a fill.
        cost: Executed value in quote.
        fee: Fees in quote.
        post_only: Whether it may not take.
        time_in_force: gtc, ioc, gtd or fok; empty if not said.
        reason: Why it ended; cleaned.
        opened_ns: When it was taken.
        closed_ns: When it ended; 0 while open.
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
