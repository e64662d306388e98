"""Amends and edits as typed, in exact numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.domain.order import OrderType, Price, PriceKind, PriceRef
from app.domain.quote_prices import Market, QuoteError, resolve_price
from app.domain.quote_sizes import Funds, resolve_display, resolve_size
from app.domain.quote_triggers import offset_of
from app.domain.statements import Change
from app.domain.working import WorkingOrder


@dataclass(frozen=True, slots=True)
class Changes:
    """New terms of an order; None where a term stays as it is.

    Attributes:
        qty: New total base quantity.
        limit_price: New limit, or its offset for trailing-stop-limit.
        limit_kind: How the limit is meant.
        display_qty: New visible slice.
        trigger_price: New trigger, or the trailing distance.
        trigger_kind: How the trigger is meant.
        post_only: Whether a price that would take refuses the change.
    """

    qty: Decimal | None = None
    limit_price: Decimal | None = None
    limit_kind: PriceKind = PriceKind.STATIC
    display_qty: Decimal | None = None
    trigger_price: Decimal | None = None
    trigger_kind: PriceKind = PriceKind.STATIC
    post_only: bool = False

    @property
    def nothing(self) -> bool:
        """Whether nothing would change."""
        return (self.qty, self.limit_price, self.display_qty, self.trigger_price) == (None,) * 4


def resolve_change(change: Change, order: WorkingOrder, market: Market, funds: Funds) -> Changes:
    """Return the exact terms that an amend or edit asks for; those equal to the order's are None.

    Args:
        change: As typed; bare offsets count from the order's own prices.
        order: The order as known.
        market: Prices it may refer to.
        funds: What is available, for relative sizes.

    Raises:
        QuoteError: A term does not belong to this kind of order or makes no
            sense on this market.
    """
    _check_terms(change, order)
    trigger, trigger_kind = _trigger(change, order, market)
    limit, limit_kind = _limit(change, order, market)
    price = order.static_limit if limit is None else limit
    qty = None if change.size is None else resolve_size(change.size, market, order.side, price, funds)
    display = None
    if change.display is not None:
        display = resolve_display(change.display, market, order.side, qty or order.qty, price)
    same_trigger = order.trigger is not None and (trigger, trigger_kind) == (order.trigger.price, order.trigger.kind)
    return Changes(
        qty=None if qty == order.qty else qty,
        limit_price=None if (limit, limit_kind) == (order.limit_price, order.limit_kind) else limit,
        limit_kind=limit_kind,
        display_qty=None if display == order.display_qty else display,
        trigger_price=None if same_trigger else trigger,
        trigger_kind=trigger_kind,
        post_only=change.post_only,
    )


def _check_terms(change: Change, order: WorkingOrder) -> None:
    kind = order.order_type
    if change.price is not None and not kind.limited:
        raise QuoteError(f"a {kind.value} order has no limit price", "change its size or its trigger")
    if change.display is not None and kind is not OrderType.ICEBERG:
        raise QuoteError(f"a {kind.value} order shows all of itself", "only icebergs have a display size")
    if change.trail is not None and not kind.trailing:
        raise QuoteError(f"a {kind.value} order does not trail", "use `trigger PRICE`" if kind.triggered else "")
    if change.trigger is not None and (not kind.triggered or kind.trailing):
        hint = "use `trail DISTANCE`" if kind.trailing else "only stops and take-profits have one"
        raise QuoteError(f"a {kind.value} order has no trigger price of its own", hint)
    if order.triggered and (change.trigger is not None or change.trail is not None):
        raise QuoteError("the order has triggered already", "change its size or limit")


def _trigger(change: Change, order: WorkingOrder, market: Market) -> tuple[Decimal | None, PriceKind]:
    if change.trail is not None:
        return offset_of(change.trail, market.instrument)
    if change.trigger is None:
        return None, PriceKind.STATIC
    return resolve_price(change.trigger, market, order.side, order.trigger_price), PriceKind.STATIC


def _limit(change: Change, order: WorkingOrder, market: Market) -> tuple[Decimal | None, PriceKind]:
    price: Price | None = change.price
    if price is None:
        return None, order.limit_kind
    if order.order_type is OrderType.TRAILING_STOP_LIMIT:
        if price.ref is not PriceRef.OWN:
            raise QuoteError(
                "the limit of a trailing stop moves with it", "write an offset: `@ +0`, `@ -10`, `@ -0.1%`"
            )
        return offset_of(price, market.instrument)
    return resolve_price(price, market, order.side, order.static_limit), PriceKind.STATIC


def why_not_amended(order: WorkingOrder) -> str:
    """Say why the venue amends no such order (`rest.md` §4.4), empty if it does."""
    return "" if order.conditional is None else "an order with a conditional close can't be amended"


def why_not_edited(order: WorkingOrder, changes: Changes) -> str:
    """Say why the venue edits no such order (`ws-v2.md` §9.3, `rest.md` §4.5), empty if it does."""
    if order.cl_ord_id:
        return "the venue edits no order that has a client id, and this one has"
    if order.conditional is not None:
        return "an order with a conditional close can't be edited"
    if order.triggered:
        return "an order that has triggered can't be edited"
    if changes.qty is not None and changes.qty <= order.cum_qty:
        return f"{changes.qty:f} is not more than the {order.cum_qty:f} filled already"
    return ""
