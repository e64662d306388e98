"""Orders as values: what is asked for, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Side(StrEnum):
    """Side of an order."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> Side:
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """Order types that Kraken's spot engine takes (`ws-v2.md` §9.1)."""

    LIMIT = "limit"
    MARKET = "market"
    ICEBERG = "iceberg"
    STOP_LOSS = "stop-loss"
    STOP_LOSS_LIMIT = "stop-loss-limit"
    TAKE_PROFIT = "take-profit"
    TAKE_PROFIT_LIMIT = "take-profit-limit"
    TRAILING_STOP = "trailing-stop"
    TRAILING_STOP_LIMIT = "trailing-stop-limit"
    SETTLE_POSITION = "settle-position"


class TimeInForce(StrEnum):
    """How long an order may rest."""

    GTC = "gtc"
    GTD = "gtd"
    IOC = "ioc"
    FOK = "fok"


class SizeUnit(StrEnum):
    """What the number of a size means."""

    BASE = "base"
    QUOTE = "quote"
    PERCENT = "percent"  # of what is available for that side


@dataclass(frozen=True, slots=True)
class Size:
    """A size as typed: `0.5`, `$200`, `25%`.

    Attributes:
        value: The number.
        unit: What it counts.
    """

    value: Decimal
    unit: SizeUnit = SizeUnit.BASE


class PriceRef(StrEnum):
    """What a typed price is relative to."""

    ABSOLUTE = "absolute"
    BID = "bid"
    ASK = "ask"
    MID = "mid"
    LAST = "last"
    OWN = "own"  # an order's present price, in amends


class OffsetUnit(StrEnum):
    """Unit of the offset from the reference."""

    QUOTE = "quote"
    TICKS = "ticks"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Price:
    """A price as typed: `64200`, `ask+2t`, `mid-0.05%`.

    Attributes:
        ref: The reference; with `ABSOLUTE` the value is the price itself.
        value: The price, or the signed offset from the reference.
        unit: Unit of the offset; `QUOTE` for an absolute price.
    """

    ref: PriceRef
    value: Decimal
    unit: OffsetUnit = OffsetUnit.QUOTE


@dataclass(frozen=True, slots=True)
class Draft:
    """An order as typed, not sent: sizes and prices may still be relative.

    Attributes:
        symbol: WS v2 name of the pair.
        side: Buy or sell.
        size: How much.
        price: Limit price; None for market orders.
        order_type: Kind of order.
        post_only: Reject rather than take.
        time_in_force: How long it may rest.
    """

    symbol: str
    side: Side
    size: Size
    price: Price | None
    order_type: OrderType = OrderType.LIMIT
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """A resolved order: exact numbers, ready for the risk gate and the wire.

    Attributes:
        cl_ord_id: Fresh id, never used before (a UUID with dashes).
        symbol: WS v2 name of the pair.
        side: Buy or sell.
        order_type: Kind of order.
        qty: Base quantity.
        limit_price: Limit price; None for market orders.
        post_only: Reject rather than take.
        time_in_force: How long it may rest.
        deadline_ns: Wall time after which the engine must refuse to match;
            0 leaves it to the venue.
    """

    cl_ord_id: str
    symbol: str
    side: Side
    order_type: OrderType
    qty: Decimal
    limit_price: Decimal | None
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    deadline_ns: int = 0
