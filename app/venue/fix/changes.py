"""Cancels, amends and status requests over FIX (`fix.md` §2.5 to §2.8)."""

from __future__ import annotations

from decimal import Decimal

from app.venue.core.api import AmendOrder, Order, PriceType
from app.venue.fix import reports
from app.venue.fix.message import Message, parse_number
from app.venue.fix.orders import PRICED, SIDES, TIMES, TRAILING, optional, time_of

KIND_CHANGES = "EGeneral:Invalid arguments:ordertype"
TIME_CHANGES = "EGeneral:Invalid arguments:timeinforce"


def matches(message: Message, order: Order) -> bool:
    """Whether Side and Symbol of a request are those of the order."""
    return SIDES[message[54]] is order.side and message[55] == order.symbol


def unchangeable(message: Message, order: Order) -> str:
    """Why an amend asks for what no amend can do, or empty: type and time in force stay."""
    if message[40] != reports.kind_now(order):
        return KIND_CHANGES
    return "" if TIMES[message[59]] is order.time_in_force else TIME_CHANGES


def amend_order(message: Message, order: Order) -> AmendOrder:
    """Return what a valid OrderCancelReplaceRequest asks for."""
    kind = message[40]
    trailing = kind in TRAILING
    trigger: Decimal | None = optional(message, 99) if order.waits else None
    return AmendOrder(
        order_id=order.order_id,
        qty=parse_number(message[38]),
        limit_price=optional(message, 44) if kind in PRICED else None,
        post_only="P" in message[18].split(" "),
        deadline_ns=time_of(message, 62),
        source="fix",
        limit_price_type=PriceType.QUOTE if kind == "V" and order.waits else PriceType.STATIC,
        display_qty=optional(message, 1138),
        trigger_price=trigger,
        trigger_price_type=PriceType.QUOTE if trailing and trigger is not None else None,
    )
