"""Orders as typed: sizes, prices and times that may still be relative."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.order_terms import OrderType, Side, Stp, TimeInForce, TriggerRef


class PriceRef(StrEnum):
    """What a typed price is relative to."""

    ABSOLUTE = "absolute"
    BID = "bid"
    ASK = "ask"
    MID = "mid"
    LAST = "last"
    OWN = "own"  # what the field itself counts from, see `Price`


class OffsetUnit(StrEnum):
    """Unit of the offset from the reference."""

    QUOTE = "quote"
    TICKS = "ticks"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Price:
    """A price as typed: `64200`, `ask+2t`, `mid-0.05%`, `-2%`.

    A bare offset (`PriceRef.OWN`) counts from what its field is about: in an
    amend from the order's present price, in a trigger from the trigger's
    reference, in the limit of a triggered order from its trigger price, in a
    close from the price of the parent.

    Attributes:
        ref: The reference; with `ABSOLUTE` the value is the price itself.
        value: The price, or the signed offset from the reference.
        unit: Unit of the offset; `QUOTE` for an absolute price.
    """

    ref: PriceRef
    value: Decimal
    unit: OffsetUnit = OffsetUnit.QUOTE


class SizeUnit(StrEnum):
    """What the number of a size means."""

    BASE = "base"
    QUOTE = "quote"
    PERCENT = "percent"  # of what is available for that side
    POSITION = "position"  # percent of the position
    RISK = "risk"  # quote money lost if the stop is hit


@dataclass(frozen=True, slots=True)
class Size:
    """A size as typed: `0.5`, `$200`, `25%`, `25% of position`, `risk $100 stop 63000`.

    Attributes:
        value: The number.
        unit: What it counts.
        stop: With `RISK`, the price at which the loss is taken; None takes
            it from the order's conditional close.
    """

    value: Decimal
    unit: SizeUnit = SizeUnit.BASE
    stop: Price | None = None


class WhenKind(StrEnum):
    """How a typed time is meant."""

    AFTER = "after"  # seconds from now
    TIME_OF_DAY = "time_of_day"  # seconds since midnight UTC, the next such time
    AT = "at"  # Unix seconds


@dataclass(frozen=True, slots=True)
class When:
    """A time as typed: `15m`, `18:30`, `2026-12-01T10:00` (UTC).

    Attributes:
        kind: How the seconds are meant.
        seconds: Whole seconds.
    """

    kind: WhenKind
    seconds: int


@dataclass(frozen=True, slots=True)
class TriggerDraft:
    """When a triggered order wakes, as typed.

    Attributes:
        price: The trigger; for trailing stops the distance, `OWN` and positive.
        reference: Which price is watched.
    """

    price: Price
    reference: TriggerRef = TriggerRef.LAST


@dataclass(frozen=True, slots=True)
class CloseDraft:
    """A conditional close as typed; its side is the parent's opposite, its size each fill's.

    Attributes:
        order_type: Kind of the children.
        limit: Their limit price, for kinds that have one.
        trigger: Their trigger or trailing distance, for kinds that have one.
    """

    order_type: OrderType
    limit: Price | None = None
    trigger: Price | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An order as typed, not sent: sizes, prices and times may still be relative.

    Attributes:
        symbol: WS v2 name of the pair.
        side: Buy or sell.
        size: How much.
        price: Limit price; None for kinds without one.
        order_type: Kind of order.
        post_only: Reject rather than take.
        time_in_force: How long it may rest.
        trigger: When it wakes, for triggered kinds.
        display: Visible slice of an iceberg; a percentage is of the order.
        expire: End of a good-till-date order.
        start: Scheduled start; None for now.
        reduce_only: Only reduce a margin position.
        leverage: 2 and up for margin, 0 for spot.
        stp: Self-trade prevention; None leaves the venue's default.
        fee_in_base: Fee preference; None leaves the venue's default.
        close: Conditional close.
        deadline_ms: Milliseconds after which the engine must refuse to
            match; 0 leaves the usual.
        validate: Only ask the venue whether it would take the order.
    """

    symbol: str
    side: Side
    size: Size
    price: Price | None
    order_type: OrderType = OrderType.LIMIT
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    trigger: TriggerDraft | None = None
    display: Size | None = None
    expire: When | None = None
    start: When | None = None
    reduce_only: bool = False
    leverage: int = 0
    stp: Stp | None = None
    fee_in_base: bool | None = None
    close: CloseDraft | None = None
    deadline_ms: int = 0
    validate: bool = False
