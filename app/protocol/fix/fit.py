"""What FIX v1 cannot carry of an order (`fix.md` §2.2)."""

from __future__ import annotations

from app.domain.order import OrderRequest, OrderType, PriceKind


def fix_cannot(order: OrderRequest) -> str:
    """Return what of an order no tag of a new order says; empty if all of it can be said.

    Args:
        order: The order, in exact numbers.

    Returns:
        A few words that follow `FIX cannot carry`.
    """
    trigger = order.trigger
    trailing = order.order_type.trailing
    reasons = (
        (order.conditional is not None, "a conditional close"),
        (order.leverage > 0, "a chosen leverage"),
        (order.validate, "a question without an order"),
        (order.order_type is OrderType.SETTLE_POSITION, "settle-position"),
        # Tag 44 of a trailing limit is a price there, and an offset everywhere else: UNCONFIRMED.
        (order.order_type is OrderType.TRAILING_STOP_LIMIT, "a trailing limit"),
        (order.limit_kind is not PriceKind.STATIC, "a relative limit price"),
        (trigger is not None and trailing and trigger.kind is not PriceKind.QUOTE, "a trailing distance in percent"),
        (trigger is not None and not trailing and trigger.kind is not PriceKind.STATIC, "a relative trigger price"),
    )
    return next((words for holds, words in reasons if holds), "")
