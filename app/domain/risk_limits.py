"""Checks of a person's own limits and of what repeats too fast.

Orders that only reduce a position, and those that leave one, are exempt from
the limits on size: nothing may stand in the way out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.domain.instrument import plain
from app.domain.order import OrderRequest
from app.domain.ratelimit import COST_ADD, cost_cancel, wait_text
from app.domain.risk_context import MS, RiskContext
from app.domain.risk_numbers import money, notional
from app.domain.risk_values import Caution, CautionCode, Refusal, RefusalCode

_ZERO: Final = Decimal(0)


def check_max_qty(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The quantity stays within the person's limit for an order."""
    most, base = ctx.limits.max_qty, ctx.instrument.base
    if most is None or request.qty <= most:
        return None
    text = f"{plain(request.qty)} {base} is above your limit of {plain(most)} an order"
    return Refusal(RefusalCode.MAX_QTY, text, f"use {plain(most)} or less, or raise max_qty")


def check_max_notional(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The value stays within the person's limit for an order."""
    most, value = ctx.limits.max_notional, notional(request, ctx)
    if most is None or value is None or value <= most:
        return None
    text = f"{money(value)} {ctx.instrument.quote} is above your limit of {plain(most)} an order"
    return Refusal(RefusalCode.MAX_NOTIONAL, text, "use a smaller size, or raise max_notional")


def check_max_exposure(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """All open orders on the pair together stay within the person's limit."""
    most, value = ctx.limits.max_exposure, notional(request, ctx)
    if most is None or value is None or ctx.exposure + value <= most:
        return None
    quote = ctx.instrument.quote
    text = f"{money(ctx.exposure + value)} {quote} in open orders would pass your limit of {plain(most)}"
    return Refusal(RefusalCode.MAX_EXPOSURE, text, "cancel something first, or raise max_exposure")


def check_symbol_qty(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """Open orders of one side of the pair together stay within the person's limit."""
    most, base = ctx.limits.max_symbol_qty, ctx.instrument.base
    total = ctx.open_qty + request.qty
    if most is None or total <= most:
        return None
    text = f"{plain(total)} {base} open to {request.side.value} would pass your limit of {plain(most)}"
    return Refusal(RefusalCode.MAX_SYMBOL_QTY, text, "cancel something first, or raise max_symbol_qty")


def check_session(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """What was ordered in this session stays within the person's limits."""
    limits, value = ctx.limits, notional(request, ctx)
    base, quote = ctx.instrument.base, ctx.instrument.quote
    if limits.max_session_qty is not None and ctx.session_qty + request.qty > limits.max_session_qty:
        text = f"{plain(ctx.session_qty)} {base} ordered in this session, your limit is {plain(limits.max_session_qty)}"
        return Refusal(RefusalCode.MAX_SESSION_QTY, text, "use a smaller size, or raise max_session_qty")
    most = limits.max_session_notional
    if most is not None and value is not None and ctx.session_notional + value > most:
        text = f"{money(ctx.session_notional)} {quote} ordered in this session, your limit is {plain(most)}"
        return Refusal(RefusalCode.MAX_SESSION_NOTIONAL, text, "use a smaller size, or raise max_session_notional")
    return None


def check_message_rate(_request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """Not more messages than the person allows."""
    most = ctx.limits.max_message_rate
    if most is None or ctx.messages < most:
        return None
    text = f"{ctx.messages} messages in the last {wait_text(ctx.limits.rate_window_ns)}, your limit is {most}"
    return Refusal(RefusalCode.MESSAGE_RATE, text, "wait a moment; cancels work")


def check_repeated(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """Automatic orders that filled too often without a person in between stay off."""
    if not ctx.repeats:
        return None
    return Refusal(RefusalCode.REPEATED, f"{request.symbol}: {ctx.repeats}", "look first, then `override repeated`")


def check_open_orders(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """One more open order is within the account tier's and the person's limit."""
    tier, own = ctx.counter.tier, ctx.limits.max_open_orders
    most = tier.max_open_orders if own is None else min(own, tier.max_open_orders)
    if ctx.open_orders < most:
        return None
    whose = f"the {tier.name} tier's limit" if most == tier.max_open_orders else "your limit"
    text = f"{ctx.open_orders} open orders on {request.symbol}, {whose} is {most}"
    return Refusal(RefusalCode.OPEN_ORDERS, text, "cancel one first")


def check_order_rate(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """Not more orders than a person sends."""
    since = ctx.now_ns - ctx.limits.rate_window_ns
    sent = sum(1 for order in ctx.recent if order.at_ns > since)
    if sent < ctx.limits.max_order_rate:
        return None
    text = (
        f"{sent} orders in the last {wait_text(ctx.limits.rate_window_ns)}, your limit is {ctx.limits.max_order_rate}"
    )
    return Refusal(RefusalCode.ORDER_RATE, text, "wait a moment; cancels work")


def check_duplicate(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The same order twice at once is a slip; beside one in doubt it may be a double."""
    for order in reversed(ctx.recent):
        if (order.symbol, order.side, order.price) != (request.symbol, request.side, request.limit_price):
            continue
        trigger = None if request.trigger is None else request.trigger.price
        if order.order_type and (order.order_type, order.trigger_price) != (request.order_type, trigger):
            continue
        if order.unknown:
            text = f"an order at the same price is in doubt: {plain(order.qty)} {ctx.instrument.base}"
            return Refusal(RefusalCode.UNKNOWN_TWIN, text, "wait until the venue says what became of it")
        age = ctx.now_ns - order.at_ns
        if order.qty == request.qty and age < ctx.limits.duplicate_window_ns:
            text = f"the same order went out {max(age, 0) // MS} ms ago"
            return Refusal(RefusalCode.DUPLICATE, text, f"repeat it after {ctx.limits.duplicate_window_ns // MS} ms")
    return None


def caution_counter(cost: Decimal, ctx: RiskContext) -> Caution | None:
    """Warn when this is about the last order for a while: pulling it leaves no room for another."""
    left, reserve = ctx.counter.headroom(ctx.now_ns) - cost, ctx.limits.reserve(ctx.counter)
    after = left - cost_cancel(0)
    if left < reserve or after >= reserve + COST_ADD:
        return None
    if after < _ZERO:
        text = f"leaves {money(left)} points: a cancel within 5 s costs {money(cost_cancel(0))} and may be refused"
    else:
        text = f"pulled within 5 s it would leave {money(after)} points, the reserve is {money(reserve)}: the last one"
    return Caution(CautionCode.RATE_COUNTER, text)


def check_counter(cost: Decimal, ctx: RiskContext, *, leaving: bool = False) -> Refusal | None:
    """The points fit, and enough stay to leave with; an order that leaves may use those."""
    left = ctx.counter.headroom(ctx.now_ns) - cost
    reserve = _ZERO if leaving else ctx.limits.reserve(ctx.counter)
    if left >= reserve:
        return None
    wait = wait_text(ctx.counter.fits_in(ctx.now_ns, cost + reserve))
    text = f"costs {money(cost)} and would leave {money(left)} points, the reserve is {money(reserve)}"
    return Refusal(RefusalCode.RATE_COUNTER, text, f"wait {wait}; cancels work")
