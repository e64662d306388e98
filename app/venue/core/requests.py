"""What gateways ask of the exchange: new orders, amends, edits.

Numbers are `Decimal` as sent; the exchange turns them into ticks and lots.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.order import OrderType, Side, TimeInForce


class VenueReject(Exception):
    """The exchange refuses a request; the text is Kraken's own error string.

    Args:
        error: For example `EOrder:Insufficient funds`.
    """

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Stp(StrEnum):
    """Self-trade prevention."""

    CANCEL_NEWEST = "cancel_newest"
    CANCEL_OLDEST = "cancel_oldest"
    CANCEL_BOTH = "cancel_both"


class PriceType(StrEnum):
    """What the number of a price means (`ws-v2.md` §9.1.1).

    `STATIC` is the price itself. `PCT` and `QUOTE` are signed offsets, in
    percent and in quote currency:

    * a trigger price counts from the reference price when the order arrives;
      that of a trailing stop is its distance from the peak, always positive;
    * a limit price of a triggered type counts from the trigger price;
    * the limit price of a plain limit or iceberg counts from the last trade;
    * prices of a conditional close count from the primary order's price.
    """

    STATIC = "static"
    PCT = "pct"
    QUOTE = "quote"


class Reference(StrEnum):
    """Price that a trigger watches."""

    LAST = "last"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a triggered order becomes live (`ws-v2.md` §9.1.1).

    Attributes:
        price: Trigger price, offset or trailing distance as sent.
        price_type: What `price` means.
        reference: Price that is watched.
    """

    price: Decimal
    price_type: PriceType = PriceType.STATIC
    reference: Reference = Reference.LAST


@dataclass(frozen=True, slots=True)
class Conditional:
    """Template of the orders that fills of the primary spawn (`ws-v2.md` §9.1.2, `rest.md` §5.6).

    Attributes:
        order_type: Kind; neither market nor settle-position.
        limit_price: Limit price or offset; for kinds with a limit.
        limit_price_type: What `limit_price` means.
        trigger: For triggered kinds.
    """

    order_type: OrderType
    limit_price: Decimal | None = None
    limit_price_type: PriceType = PriceType.STATIC
    trigger: Trigger | None = None


@dataclass(frozen=True, slots=True)
class AddOrder:
    """A validated-by-shape order as any gateway hands it over.

    Attributes:
        symbol: WS v2 name.
        side: Buy or sell.
        order_type: Kind.
        qty: Base quantity as sent. 0 with `cash_qty`; 0 with margin or
            settle-position means "all of the opposite position".
        limit_price: Price or offset as sent; None for kinds without a limit.
        time_in_force: FOK for limit orders only; GTD needs `expire_ns`.
        post_only: Cancel on arrival rather than take.
        stp: Self-trade prevention mode.
        cl_ord_id: Client's id, or empty.
        userref: Client's tag, or None.
        deadline_ns: Refuse when the wall clock is past it; 0 = none.
        validate: Check only.
        fee_in_base: Fee preference `fcib`.
        source: `ws`, `rest` or `fix`; for the truth log.
        limit_price_type: What `limit_price` means.
        trigger: For triggered kinds.
        display_qty: Visible slice of an iceberg, base quantity.
        cash_qty: Size in quote instead of base (`cash_order_qty`, `viqc`).
        effective_ns: Wall time from which the order is live; 0 = at once.
        expire_ns: Wall time at which a GTD order expires; 0 = none.
        margin: Trade on margin.
        leverage: Times; 0 with `margin` takes the pair's highest, 0 without
            `margin` is spot; above 0 it implies `margin`.
        reduce_only: Only reduce a margin position.
        close: Template of the conditional close.
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
    limit_price_type: PriceType = PriceType.STATIC
    trigger: Trigger | None = None
    display_qty: Decimal | None = None
    cash_qty: Decimal | None = None
    effective_ns: int = 0
    expire_ns: int = 0
    margin: bool = False
    leverage: int = 0
    reduce_only: bool = False
    close: Conditional | None = None


@dataclass(frozen=True, slots=True)
class AmendOrder:
    """Change in place; exactly one of the ids is set (`ws-v2.md` §9.2).

    Attributes:
        order_id: The order, or empty.
        cl_ord_id: The order's client id, or empty.
        qty: New total quantity.
        limit_price: New limit price or offset.
        post_only: Refuse the amend when the new price would take.
        deadline_ns: Refuse when the wall clock is past it; 0 = none.
        source: Gateway that it came by.
        limit_price_type: What `limit_price` means.
        display_qty: New visible slice of an iceberg.
        trigger_price: New trigger price, offset or trailing distance.
        trigger_price_type: What `trigger_price` means; None keeps a trailing
            stop's own, and is `STATIC` for the others.
    """

    order_id: str = ""
    cl_ord_id: str = ""
    qty: Decimal | None = None
    limit_price: Decimal | None = None
    post_only: bool = False
    deadline_ns: int = 0
    source: str = "ws"
    limit_price_type: PriceType = PriceType.STATIC
    display_qty: Decimal | None = None
    trigger_price: Decimal | None = None
    trigger_price_type: PriceType | None = None


@dataclass(frozen=True, slots=True)
class EditOrder:
    """Cancel and place anew under a new id (`ws-v2.md` §9.3, `rest.md` §4.5).

    Attributes:
        order_id: The order; empty to select by `userref_of`.
        symbol: Its pair; it cannot change.
        qty: New total quantity, what is filled already counted in; None keeps it.
        limit_price: New limit price or offset; None keeps it.
        limit_price_type: What `limit_price` means.
        trigger: New trigger; None keeps it.
        display_qty: New visible slice; None keeps it.
        post_only: Whether the new order is post-only; None keeps it.
        reduce_only: Whether the new order only reduces; None keeps it.
        fee_in_base: New fee preference; None keeps it.
        userref: Tag of the new order; the old one's is not inherited.
        userref_of: Tag that selects the old order; it must be unique.
        deadline_ns: Refuse when the wall clock is past it; 0 = none.
        validate: Check only.
        source: Gateway that it came by.
    """

    order_id: str
    symbol: str
    qty: Decimal | None = None
    limit_price: Decimal | None = None
    limit_price_type: PriceType = PriceType.STATIC
    trigger: Trigger | None = None
    display_qty: Decimal | None = None
    post_only: bool | None = None
    reduce_only: bool | None = None
    fee_in_base: bool | None = None
    userref: int | None = None
    userref_of: int | None = None
    deadline_ns: int = 0
    validate: bool = False
    source: str = "ws"


_WITH_TRIGGER_BELOW_FOR_SELL = frozenset(
    {OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT, OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT}
)


def auto_sign(order_type: OrderType, side: Side) -> int:
    """Return the sign that a `#` offset of REST stands for (`rest.md` §5.2).

    A stop triggers on the unfavourable side, a take-profit on the favourable
    one; a plain limit stays away from the market.

    Returns:
        +1 or -1; a trailing distance is always +1.
    """
    if order_type in {OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT}:
        return 1
    below = (side is Side.SELL) == (order_type in _WITH_TRIGGER_BELOW_FOR_SELL)
    return -1 if below else 1
