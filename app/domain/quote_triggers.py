"""Triggers, limits behind them and conditional closes, in exact numbers.

A bare offset goes to the venue as one (`pct` or `quote`), so that it counts
from the reference at the moment of arrival; a price relative to the touch is
reckoned here and goes out as itself. A limit that counts from a relative
trigger needs both to be reckoned here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.domain.instrument import Instrument, plain
from app.domain.order import (
    CloseDraft,
    CloseTemplate,
    Draft,
    OffsetUnit,
    OrderRequest,
    OrderType,
    Price,
    PriceKind,
    PriceRef,
    Side,
    Trigger,
    TriggerRef,
)
from app.domain.quote_prices import Market, QuoteError, about, resolve_price

_HUNDRED: Final = Decimal(100)
_ZERO: Final = Decimal(0)


def reference_price(reference: TriggerRef, market: Market) -> Decimal | None:
    """Return the price that a trigger watches, None if it is not known here."""
    return market.index if reference is TriggerRef.INDEX else market.last


def offset_of(price: Price, instrument: Instrument) -> tuple[Decimal, PriceKind]:
    """Return a bare offset as the venue writes it."""
    if price.unit is OffsetUnit.PERCENT:
        return price.value, PriceKind.PCT
    value = price.value * instrument.tick if price.unit is OffsetUnit.TICKS else price.value
    if value % instrument.tick:
        text = f"an offset of {plain(value)} is off the tick of {plain(instrument.tick)} on {instrument.symbol}"
        raise QuoteError(text, "use whole ticks or percent")
    return value, PriceKind.QUOTE


def resolve_trigger(draft: Draft, market: Market) -> Trigger | None:
    """Return the trigger of a draft, None for kinds without one.

    Raises:
        QuoteError: Its price makes no sense on this market.
    """
    typed = draft.trigger
    if typed is None:
        return None
    if typed.price.ref is not PriceRef.OWN:
        return Trigger(typed.reference, resolve_price(typed.price, market, draft.side))
    limit_counts = draft.price is not None and draft.price.ref is PriceRef.OWN
    if limit_counts and not draft.order_type.trailing:
        reference = _known(reference_price(typed.reference, market), typed.reference)
        return Trigger(typed.reference, resolve_price(typed.price, market, draft.side, reference))
    return Trigger(typed.reference, *offset_of(typed.price, market.instrument))


def _known(price: Decimal | None, reference: TriggerRef) -> Decimal:
    if price is None:
        raise QuoteError(f"the {reference.value} price is not known here", "type the trigger price itself")
    return price


def resolve_limit(draft: Draft, market: Market, trigger: Trigger | None) -> tuple[Decimal | None, PriceKind]:
    """Return the limit price of a draft and how it is meant.

    Raises:
        QuoteError: It makes no sense on this market.
    """
    if draft.price is None:
        return None, PriceKind.STATIC
    if draft.order_type is OrderType.TRAILING_STOP_LIMIT:
        return offset_of(draft.price, market.instrument)
    own = trigger.price if trigger is not None and trigger.kind is PriceKind.STATIC else None
    return resolve_price(draft.price, market, draft.side, own), PriceKind.STATIC


def wake_price(request: OrderRequest, market: Market) -> Decimal | None:
    """Return the price at which a triggered order wakes as things stand, None if it can't be told."""
    trigger = request.trigger
    if trigger is None:
        return None
    if trigger.kind is PriceKind.STATIC:
        return trigger.price
    reference = reference_price(trigger.reference, market)
    if reference is None:
        return None
    amount = reference * trigger.price / _HUNDRED if trigger.kind is PriceKind.PCT else trigger.price
    if request.order_type.trailing:
        amount = amount if request.side is Side.BUY else -amount
    return market.instrument.price(int((reference + amount) / market.instrument.tick))


def limit_after_trigger(request: OrderRequest, market: Market) -> Decimal | None:
    """Return the limit price that a request ends up with as things stand, None without one."""
    limit = request.limit_price
    if limit is None or request.limit_kind is PriceKind.STATIC:
        return limit
    wakes = wake_price(request, market)
    if wakes is None:
        return None
    amount = wakes * limit / _HUNDRED if request.limit_kind is PriceKind.PCT else limit
    return market.instrument.price(int((wakes + amount) / market.instrument.tick))


def resolve_close(close: CloseDraft, side: Side, market: Market, parent: Decimal | None) -> CloseTemplate:
    """Return the conditional close of an order.

    Args:
        close: As typed.
        side: Side of the parent.
        market: Prices it may refer to.
        parent: Price that the parent trades at, None if it can't be told.

    Raises:
        QuoteError: A price makes no sense on this market.
    """
    with about("close trigger"):
        trigger, kind = _close_trigger(close, side.opposite, market, parent)
    if close.limit is None:
        return CloseTemplate(close.order_type, None, PriceKind.STATIC, trigger, kind)
    with about("close price"):
        if close.order_type.trailing:
            return CloseTemplate(close.order_type, *offset_of(close.limit, market.instrument), trigger, kind)
        own = trigger if close.order_type.triggered else parent
        limit = resolve_price(close.limit, market, side.opposite, own)
    return CloseTemplate(close.order_type, limit, PriceKind.STATIC, trigger, kind)


def _close_trigger(
    close: CloseDraft, side: Side, market: Market, parent: Decimal | None
) -> tuple[Decimal | None, PriceKind]:
    typed = close.trigger
    if typed is None:
        return None, PriceKind.STATIC
    if close.order_type.trailing:
        return offset_of(typed, market.instrument)
    limit_counts = close.limit is not None and close.limit.ref is PriceRef.OWN
    if typed.ref is PriceRef.OWN and not limit_counts:
        return offset_of(typed, market.instrument)
    return resolve_price(typed, market, side, parent), PriceKind.STATIC
