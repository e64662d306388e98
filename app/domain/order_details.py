"""What reports tell of an order beside quantity, limit and fills."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.domain.order import CloseTemplate, PriceKind, Trigger


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """What a report says of an order beside quantity, limit and fills (`ws-v2.md` §7.3).

    None (or empty) where the report is silent: what was known stays.

    Attributes:
        display_qty: Visible slice of an iceberg.
        display_left: What is left of the present slice.
        trigger: Its trigger as asked for.
        trigger_price: The price at which it wakes as things stand (`actual_price`).
        triggered: Whether it has woken.
        limit_kind: How its limit is meant.
        expire_ns: Wall time of its expiry.
        start_ns: Wall time of its scheduled start.
        reduce_only: Whether it may only reduce a position.
        margin: Whether it trades on margin.
        leverage: Its leverage, where the report has it (REST).
        cash_qty: Quote money that it spends.
        conditional: Its conditional close.
        ord_ref_id: The order whose fill made this one.
    """

    display_qty: Decimal | None = None
    display_left: Decimal | None = None
    trigger: Trigger | None = None
    trigger_price: Decimal | None = None
    triggered: bool | None = None
    limit_kind: PriceKind | None = None
    expire_ns: int | None = None
    start_ns: int | None = None
    reduce_only: bool | None = None
    margin: bool | None = None
    leverage: int | None = None
    cash_qty: Decimal | None = None
    conditional: CloseTemplate | None = None
    ord_ref_id: str = ""
