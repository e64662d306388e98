"""What an execution report says of an order beside quantity, limit and fills."""

from __future__ import annotations

from typing import TypeVar

from app.domain.order import CloseTemplate, OrderType, PriceKind, Trigger, TriggerRef
from app.domain.order_details import OrderDetails
from app.protocol.wiretime import time_ns
from app.protocol.ws2.private import Contingent, ExecutionRow, Triggers

_TRIGGERED = "triggered"

_W = TypeVar("_W", PriceKind, TriggerRef, OrderType)


def details_of(row: ExecutionRow) -> OrderDetails:
    """Return the details that a report carries; what it leaves out stays as known."""
    triggers = row.triggers
    return OrderDetails(
        display_qty=row.display_qty,
        display_left=row.display_qty_remain,
        trigger=_trigger(triggers),
        trigger_price=None if triggers is None else triggers.actual_price,
        triggered=None if triggers is None or triggers.status is None else triggers.status == _TRIGGERED,
        limit_kind=_word(PriceKind, row.limit_price_type),
        expire_ns=_when(row.expire_time),
        start_ns=_when(row.effective_time),
        reduce_only=row.reduce_only,
        margin=row.margin,
        cash_qty=row.cash_order_qty,
        conditional=_close(row.contingent),
        ord_ref_id=row.ord_ref_id or "",
    )


def _trigger(triggers: Triggers | None) -> Trigger | None:
    if triggers is None or triggers.price is None:
        return None
    reference = _word(TriggerRef, triggers.reference) or TriggerRef.LAST
    return Trigger(reference, triggers.price, _word(PriceKind, triggers.price_type) or PriceKind.STATIC)


def _close(contingent: Contingent | None) -> CloseTemplate | None:
    """Read a conditional close; one of a kind that we do not know is left out."""
    kind = None if contingent is None else _word(OrderType, contingent.order_type)
    if contingent is None or kind is None:
        return None
    return CloseTemplate(
        kind,
        contingent.limit_price,
        _word(PriceKind, contingent.limit_price_type) or PriceKind.STATIC,
        contingent.trigger_price,
        _word(PriceKind, contingent.trigger_price_type) or PriceKind.STATIC,
    )


def _word(kind: type[_W], text: str | None) -> _W | None:
    """Read a word of the venue; one that we do not know says nothing."""
    try:
        return None if text is None else kind(text)
    except ValueError:
        return None


def _when(text: str | None) -> int | None:
    try:
        return time_ns(text) if text else None
    except ValueError:
        return None
