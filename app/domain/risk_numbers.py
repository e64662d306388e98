"""Checks of the numbers: ticks, lots, minimums, and the funds behind them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from typing import Final

from app.domain.fees import buy_hold
from app.domain.instrument import plain
from app.domain.order import OrderRequest, OrderType, PriceKind, Side
from app.domain.quote import trade_price
from app.domain.quote_prices import neighbours
from app.domain.risk_context import RiskContext
from app.domain.risk_values import Refusal, RefusalCode

_HUNDRED: Final = Decimal(100)
_ZERO: Final = Decimal(0)
_SHOWN_DP: Final = Decimal("0.01")


def money(value: Decimal) -> str:
    """Format quote money or points for a line of text."""
    return plain(value.quantize(_SHOWN_DP)) if value != int(value) else plain(Decimal(int(value)))


def settles_all(request: OrderRequest) -> bool:
    """Tell whether an order settles a whole position and so has no quantity of its own."""
    return request.order_type is OrderType.SETTLE_POSITION and request.qty == _ZERO


def reckoned_price(request: OrderRequest, ctx: RiskContext) -> Decimal | None:
    """Return the price that values an order: its limit, else its trigger, else the far touch."""
    price = trade_price(request, ctx.market)
    return ctx.far(request.side) if price is None else price


def notional(request: OrderRequest, ctx: RiskContext) -> Decimal | None:
    """Return the quote value of an order, None without a price to value it at."""
    if request.cash_qty is not None:
        return request.cash_qty
    price = reckoned_price(request, ctx)
    return None if price is None else price * request.qty


def _prices(request: OrderRequest) -> Iterator[tuple[str, str, Decimal]]:
    """Yield each price of an order that must be on the tick: its term, its name in a text, its value."""
    if request.trigger is not None and request.trigger.kind is PriceKind.STATIC:
        yield "trigger", "the trigger", request.trigger.price
    if request.limit_price is not None and request.limit_kind is PriceKind.STATIC:
        yield "price", "the price", request.limit_price
    close = request.conditional
    if close is not None and close.trigger_price is not None and close.trigger_kind is PriceKind.STATIC:
        yield "close trigger", "the trigger of the close", close.trigger_price
    if close is not None and close.limit_price is not None and close.limit_kind is PriceKind.STATIC:
        yield "close price", "the price of the close", close.limit_price


def check_price(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """Every price is above zero and on the tick."""
    for term, what, price in _prices(request):
        if price <= _ZERO:
            return Refusal(RefusalCode.PRICE, f"{what} is above zero, not {plain(price)}", "write a price", term=term)
        below, above = neighbours(price, ctx.instrument)
        if below != above:
            name = "" if what == "the price" else f"{what}, "
            text = f"{name}{plain(price)} is off the tick of {plain(ctx.instrument.tick)}"
            hint = f"use {ctx.instrument.price_text(below)} or {ctx.instrument.price_text(above)}"
            return Refusal(RefusalCode.TICK, text, hint, term=term)
    return None


def check_lot(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The quantity is in whole lots."""
    instrument = ctx.instrument
    if settles_all(request):
        return None
    whole = instrument.qty(int(request.qty / instrument.lot))
    if whole == request.qty:
        return None
    text = f"{plain(request.qty)} {instrument.base} has finer steps than the lot of {plain(instrument.lot)}"
    return Refusal(
        RefusalCode.LOT, text, f"use {plain(whole)}" if whole > _ZERO else f"at least {plain(instrument.lot)}"
    )


def check_qty_min(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The quantity reaches the pair's minimum."""
    instrument = ctx.instrument
    if settles_all(request) or request.qty >= instrument.qty_min:
        return None
    text = f"{plain(request.qty)} {instrument.base} is below the minimum of {plain(instrument.qty_min)}"
    return Refusal(RefusalCode.QTY_MIN, text, f"order at least {plain(instrument.qty_min)} {instrument.base}")


def check_cost_min(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """Price times quantity reaches the pair's minimum."""
    instrument, price = ctx.instrument, reckoned_price(request, ctx)
    if settles_all(request) or price is None or price <= _ZERO or price * request.qty >= instrument.cost_min:
        return None
    lots = (instrument.cost_min / (price * instrument.lot)).to_integral_value(ROUND_CEILING)
    text = f"{money(price * request.qty)} {instrument.quote} is below the minimum of {plain(instrument.cost_min)}"
    return Refusal(
        RefusalCode.COST_MIN,
        text,
        f"order at least {plain(max(instrument.lot * lots, instrument.qty_min))} {instrument.base}",
    )


def check_funds(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """What the order ties up is there (`rest.md` §5.8); margin needs its share only (`rest.md` §6)."""
    if request.order_type is OrderType.SETTLE_POSITION or request.reduce_only:
        return None
    if request.leverage:
        return _check_margin_funds(request, ctx)
    instrument = ctx.instrument
    if request.side is Side.SELL:
        asset, needed, there = instrument.base, request.qty, ctx.available_base
    else:
        price = reckoned_price(request, ctx)
        asset, there = instrument.quote, ctx.available_quote
        needed = _ZERO if price is None else buy_hold(ctx.fees, price, request.qty)
        if request.cash_qty is not None:
            needed = buy_hold(ctx.fees, request.cash_qty, Decimal(1))
    if there is None or needed <= there:
        return None
    fee = " with the fee" if request.side is Side.BUY else ""
    shown = (money(needed), money(there)) if request.side is Side.BUY else (plain(needed), plain(there))
    text = f"needs {shown[0]} {asset}{fee}, {shown[1]} is available"
    return Refusal(RefusalCode.FUNDS, text, "use a smaller size, `max`, or cancel an order that holds funds")


def _check_margin_funds(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    value, there = notional(request, ctx), ctx.available_margin
    if value is None or there is None or value / request.leverage <= there:
        return None
    text = f"needs {money(value / request.leverage)} {ctx.instrument.quote} of margin, {money(there)} is free"
    error = "EOrder:Margin level too low"
    return Refusal(RefusalCode.FUNDS, text, "use a smaller size or close something", venue_error=error)
