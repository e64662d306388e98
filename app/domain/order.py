"""Orders as values: the words, what is typed, and what goes to the wire."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.domain.draft import (
    CloseDraft,
    Draft,
    OffsetUnit,
    Price,
    PriceRef,
    Size,
    SizeUnit,
    TriggerDraft,
    When,
    WhenKind,
)
from app.domain.order_terms import (
    LIMITED_TYPES,
    TRIGGERED_TYPES,
    OrderType,
    PriceKind,
    Side,
    Stp,
    TimeInForce,
    TriggerRef,
)

__all__ = [
    "LIMITED_TYPES",
    "TRIGGERED_TYPES",
    "CloseDraft",
    "CloseTemplate",
    "Draft",
    "OffsetUnit",
    "OrderRequest",
    "OrderType",
    "Price",
    "PriceKind",
    "PriceRef",
    "Side",
    "Size",
    "SizeUnit",
    "Stp",
    "TimeInForce",
    "Trigger",
    "TriggerDraft",
    "TriggerRef",
    "When",
    "WhenKind",
]


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a triggered order wakes, in exact numbers (`ws-v2.md` §9.1.1).

    Attributes:
        reference: Which price is watched.
        price: The trigger price, or the signed offset from the reference;
            for trailing stops the positive distance from the peak.
        kind: Which of these; trailing stops have no static one.
    """

    reference: TriggerRef
    price: Decimal
    kind: PriceKind = PriceKind.STATIC


@dataclass(frozen=True, slots=True)
class CloseTemplate:
    """A conditional close in exact numbers (`ws-v2.md` §9.1.2).

    Each fill of the parent makes one such order: opposite side, size of the fill.

    Attributes:
        order_type: Kind of the children.
        limit_price: Their limit, static except for trailing-stop-limit,
            where it is the offset from the trigger price.
        limit_kind: How the limit is meant.
        trigger_price: Their trigger; relative ones count from the parent's price.
        trigger_kind: How the trigger is meant.
    """

    order_type: OrderType
    limit_price: Decimal | None = None
    limit_kind: PriceKind = PriceKind.STATIC
    trigger_price: Decimal | None = None
    trigger_kind: PriceKind = PriceKind.STATIC


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """A resolved order: exact numbers, ready for the risk gate and the wire.

    Attributes:
        cl_ord_id: Fresh id, never used before (a UUID with dashes).
        symbol: WS v2 name of the pair.
        side: Buy or sell.
        order_type: Kind of order.
        qty: Base quantity. With `cash_qty` it is only reckoned, for limits
            and previews, and does not go out; zero with settle-position
            means all of it.
        limit_price: Limit price, or for trailing-stop-limit the offset from
            the trigger; None for kinds without one.
        post_only: Reject rather than take.
        time_in_force: How long it may rest.
        deadline_ns: Wall time after which the engine must refuse to match;
            0 leaves it to the venue.
        trigger: When it wakes, for triggered kinds.
        limit_kind: How the limit price is meant.
        display_qty: Visible slice of an iceberg in base units.
        expire_ns: Wall time at which a good-till-date order ends, whole seconds.
        start_ns: Wall time of a scheduled start, whole seconds; 0 for now.
        reduce_only: Only reduce a margin position.
        leverage: 2 and up for margin, 0 for spot.
        cash_qty: Quote money to spend, for a market buy sized by that.
        stp: Self-trade prevention; None leaves the venue's default.
        fee_in_base: Fee preference; None leaves the venue's default.
        conditional: Conditional close.
        validate: Only ask the venue whether it would take the order.
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
    trigger: Trigger | None = None
    limit_kind: PriceKind = PriceKind.STATIC
    display_qty: Decimal | None = None
    expire_ns: int = 0
    start_ns: int = 0
    reduce_only: bool = False
    leverage: int = 0
    cash_qty: Decimal | None = None
    stp: Stp | None = None
    fee_in_base: bool | None = None
    conditional: CloseTemplate | None = None
    validate: bool = False
