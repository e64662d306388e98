"""Moving the price of a draft by keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from msgspec import structs

from app.domain.order import OffsetUnit, Price, PriceRef
from app.domain.statements import Amend
from app.screens.draft import Draft


def nudged(price: Price, ticks: int, tick: Decimal, resolved: Decimal | None) -> Price | None:
    """Return a price some ticks away.

    One that counts ticks from a reference, or stands at it, goes on counting
    them; any other relative one becomes the price that it stood for.

    Args:
        price: As typed.
        ticks: Signed.
        tick: The pair's.
        resolved: What it stands for now; None if that is not known.

    Returns:
        The new price; None if there is none.
    """
    if price.ref is PriceRef.ABSOLUTE:
        moved = price.value + tick * ticks
        return replace(price, value=moved) if moved > 0 else None
    if price.unit is OffsetUnit.TICKS or price.value == 0:
        count = price.value + ticks
        if count == 0 and price.ref is PriceRef.OWN:
            count = Decimal(ticks)
        return Price(price.ref, count, OffsetUnit.TICKS if count else OffsetUnit.QUOTE)
    if resolved is None or resolved + tick * ticks <= 0:
        return None
    return Price(PriceRef.ABSOLUTE, resolved + tick * ticks)


def repriced(draft: Draft, change: Callable[[Price], Price | None]) -> Draft | None:
    """Return the draft with its limit changed, or its trigger if it has no limit.

    Args:
        draft: The draft.
        change: Makes the new price.

    Returns:
        The new draft; None if it has no price that can be moved so.
    """
    order, statement = draft.order, draft.statement
    if order is not None and order.price is not None:
        price = None if order.order_type.trailing else change(order.price)
        return draft.with_order(replace(order, price=price)) if price is not None else None
    if order is not None and order.trigger is not None and not order.order_type.trailing:
        price = change(order.trigger.price)
        trigger = replace(order.trigger, price=price) if price is not None else None
        return draft.with_order(replace(order, trigger=trigger)) if trigger is not None else None
    if not isinstance(statement, Amend):
        return None
    if statement.price is not None:
        price = change(statement.price)
        return replace(draft, statement=structs.replace(statement, price=price)) if price is not None else None
    if statement.trigger is not None:
        price = change(statement.trigger)
        return replace(draft, statement=structs.replace(statement, trigger=price)) if price is not None else None
    return None
