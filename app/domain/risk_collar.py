"""The price collar: no price too far beyond, or behind, the market.

The written rule (`RULE`) is what the limits page shows.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.domain.instrument import plain
from app.domain.order import OrderRequest, OrderType, PriceKind, Side
from app.domain.quote_preview import wakes_at_once
from app.domain.quote_prices import neighbours
from app.domain.quote_triggers import wake_price
from app.domain.risk_context import RiskContext
from app.domain.risk_numbers import money
from app.domain.risk_values import Refusal, RefusalCode

RULE: Final = (
    "A limit may reach so far beyond the far touch (the ask for a buy); without a far touch beyond the near touch, "
    "without that beyond the last trade, and with none of them no order goes out. "
    "It may stay so far behind the near touch. "
    "A limit behind a trigger is measured from the trigger, a close from the price of its order. "
    "Market orders and triggers that trade at the market have no limit to measure; the former need a far touch."
)

_HUNDRED: Final = Decimal(100)
_ZERO: Final = Decimal(0)


def collar_reference(request: OrderRequest, ctx: RiskContext) -> Decimal | None:
    """Return the price that the collar measures from.

    The far touch, since that is where an order starts to cost; without one
    the near touch, then the last trade. None: there is nothing to compare
    with and no order goes out.
    """
    for price in (ctx.far(request.side), ctx.near(request.side), ctx.last):
        if price is not None and price > _ZERO:
            return price
    return None


def _bound(reference: Decimal, pct: Decimal, side: Side) -> Decimal:
    """Return the worst price that a side may pay from a reference."""
    return reference * (_HUNDRED + (pct if side is Side.BUY else -pct)) / _HUNDRED


def _beyond(limit: Decimal, bound: Decimal, side: Side) -> bool:
    return limit > bound if side is Side.BUY else limit < bound


def _refuse(limit: Decimal, reference: Decimal, side: Side, ctx: RiskContext, what: str = "") -> Refusal:
    pct, buy = ctx.limits.collar_pct, side is Side.BUY
    off = abs(limit - reference) * _HUNDRED / reference
    where = "above" if buy else "below"
    text = f"{what}{plain(limit)} is {money(off)}% {where} {plain(reference)}, the collar is {plain(pct)}%"
    edge = neighbours(_bound(reference, pct, side), ctx.instrument)[0 if buy else 1]
    hint = f"use {ctx.instrument.price_text(edge)} or {'less' if buy else 'more'}, or widen the collar"
    return Refusal(RefusalCode.COLLAR, text, hint)


def check_reference(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """There is a market to compare with."""
    if request.order_type is OrderType.MARKET and ctx.far(request.side) is None:
        what = "ask to buy from" if request.side is Side.BUY else "bid to sell to"
        return Refusal(RefusalCode.NO_REFERENCE, f"there is no {what} on {request.symbol}", "use a limit order")
    if collar_reference(request, ctx) is None:
        text = f"no bid, ask or last trade on {request.symbol} to compare a price with"
        return Refusal(RefusalCode.NO_REFERENCE, text, "wait for the book")
    return None


def check_collar(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """A price may not reach far beyond the market, nor its close's far beyond its own."""
    limit = request.limit_price if request.limit_kind is PriceKind.STATIC else None
    waits = request.order_type.triggered and not wakes_at_once(request, ctx.market)
    reference = wake_price(request, ctx.market) if waits else collar_reference(request, ctx)
    if (
        limit is not None
        and reference
        and _beyond(limit, _bound(reference, ctx.limits.collar_pct, request.side), request.side)
    ):
        return _refuse(limit, reference, request.side, ctx)
    return _check_close(request, limit or reference, ctx)


def _check_close(request: OrderRequest, parent: Decimal | None, ctx: RiskContext) -> Refusal | None:
    close = request.conditional
    if close is None or close.limit_price is None or close.limit_kind is not PriceKind.STATIC:
        return None
    reference = close.trigger_price if close.trigger_kind is PriceKind.STATIC and close.trigger_price else parent
    side = request.side.opposite
    if reference is None or not _beyond(close.limit_price, _bound(reference, ctx.limits.collar_pct, side), side):
        return None
    return _refuse(close.limit_price, reference, side, ctx, "the close at ")


def check_near_collar(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """A resting price may not stay far behind the near touch, if the person set such a limit."""
    pct, near, limit = ctx.limits.near_collar_pct, ctx.near(request.side), request.limit_price
    if pct is None or limit is None or not near or request.order_type.triggered:
        return None
    bound = _bound(near, pct, request.side.opposite)
    if not _beyond(limit, bound, request.side.opposite):
        return None
    text = f"{plain(limit)} is {money(abs(near - limit) * _HUNDRED / near)}% behind {plain(near)}"
    return Refusal(
        RefusalCode.COLLAR, f"{text}, the near collar is {plain(pct)}%", "move it closer, or widen the collar"
    )
