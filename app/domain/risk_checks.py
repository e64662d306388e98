"""The checks of the risk gate, one function each.

Each takes the request and the context and returns a refusal or None. Texts
name the numbers; hints say what to type or wait for.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal
from typing import Final

from app.domain.fees import buy_hold
from app.domain.instrument import PairStatus, plain
from app.domain.order import OrderRequest, OrderType, Side
from app.domain.quote import neighbours
from app.domain.ratelimit import wait_text
from app.domain.risk_values import (
    MS,
    BookTrust,
    Caution,
    CautionCode,
    Refusal,
    RefusalCode,
    RiskContext,
    VenueMode,
)

Check = Callable[[OrderRequest, RiskContext], Refusal | None]

_HUNDRED: Final = Decimal(100)
_ZERO: Final = Decimal(0)
_SHOWN_DP: Final = Decimal("0.01")


def money(value: Decimal) -> str:
    """Format quote money or points for a line of text."""
    return plain(value.quantize(_SHOWN_DP)) if value != int(value) else plain(Decimal(int(value)))


def reckoned_price(request: OrderRequest, ctx: RiskContext) -> Decimal | None:
    """Return the price that values an order: its limit, else the far touch."""
    return ctx.far(request.side) if request.limit_price is None else request.limit_price


def would_take(request: OrderRequest, ctx: RiskContext) -> bool:
    """Tell whether an order meets the other side as it stands."""
    far = ctx.far(request.side)
    if far is None or request.limit_price is None:
        return far is not None
    return request.limit_price >= far if request.side is Side.BUY else request.limit_price <= far


def check_reconciled(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """No new order before the open orders were compared with the venue."""
    if ctx.reconciled:
        return None
    text = f"open orders on {request.symbol} are not yet compared with the venue"
    return Refusal(RefusalCode.RECONCILE, text, "wait for the reconcile to finish; cancels work")


def _mode_refusal(request: OrderRequest, mode: str) -> str:
    """Say why a mode forbids a request, empty if it does not."""
    if mode == "online":
        return ""
    if mode == "post_only":
        return "" if request.post_only else "only post-only orders are taken"
    if mode == "limit_only":
        return "only limit orders are taken" if request.order_type is OrderType.MARKET else ""
    return "no new orders are taken"


def check_venue(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The venue's mode must take this kind of order."""
    why = _mode_refusal(request, ctx.venue.value)
    if not why:
        return None
    hint = "wait for the venue's status" if ctx.venue is VenueMode.UNKNOWN else "cancels work; wait for online"
    return Refusal(RefusalCode.VENUE, f"the venue is {ctx.venue.value}: {why}", _post_hint(why, hint))


def check_pair(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The pair's status must take this kind of order."""
    status = ctx.instrument.status
    why = _mode_refusal(request, status.value)
    if not why:
        return None
    hint = "choose another pair" if status is PairStatus.DELISTED else "cancels work; wait for online"
    return Refusal(RefusalCode.PAIR, f"{request.symbol} is {status.value}: {why}", _post_hint(why, hint))


def _post_hint(why: str, hint: str) -> str:
    if "post-only" in why:
        return "add `post`"
    return "name a price with `@`" if "limit" in why else hint


def check_book(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The book must be verified and fresh."""
    if ctx.book is not BookTrust.VERIFIED:
        text = f"the {request.symbol} book is {ctx.book.value if ctx.book is not BookTrust.NONE else 'not there'}"
        return Refusal(RefusalCode.BOOK, text, "wait until it is verified; cancels work")
    if ctx.book_age_ns > ctx.limits.stale_ns:
        age = wait_text(ctx.book_age_ns)
        text = f"the {request.symbol} book is {age} old, the limit is {wait_text(ctx.limits.stale_ns)}"
        return Refusal(RefusalCode.BOOK, text, "wait for the feed; cancels work")
    if ctx.best_bid is not None and ctx.best_ask is not None and ctx.best_bid >= ctx.best_ask:
        text = f"the {request.symbol} book is crossed: bid {plain(ctx.best_bid)} over ask {plain(ctx.best_ask)}"
        return Refusal(RefusalCode.BOOK, text, "wait for the resync; cancels work")
    return None


def check_price(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """A limit price is there when needed, above zero and on the tick."""
    price = request.limit_price
    if request.order_type is OrderType.MARKET:
        return None
    if price is None or price <= _ZERO:
        shown = "none" if price is None else plain(price)
        return Refusal(
            RefusalCode.PRICE, f"a {request.order_type.value} order needs a price, not {shown}", "add `@ PRICE`"
        )
    below, above = neighbours(price, ctx.instrument)
    if below == above:
        return None
    text = f"{plain(price)} is off the tick of {plain(ctx.instrument.tick)}"
    return Refusal(
        RefusalCode.TICK, text, f"use {ctx.instrument.price_text(below)} or {ctx.instrument.price_text(above)}"
    )


def check_lot(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The quantity is in whole lots."""
    instrument = ctx.instrument
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
    if request.qty >= instrument.qty_min:
        return None
    text = f"{plain(request.qty)} {instrument.base} is below the minimum of {plain(instrument.qty_min)}"
    return Refusal(RefusalCode.QTY_MIN, text, f"order at least {plain(instrument.qty_min)} {instrument.base}")


def check_cost_min(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """Price times quantity reaches the pair's minimum."""
    instrument, price = ctx.instrument, reckoned_price(request, ctx)
    if price is None or price <= _ZERO or price * request.qty >= instrument.cost_min:
        return None
    lots = (instrument.cost_min / (price * instrument.lot)).to_integral_value(ROUND_CEILING)
    text = f"{money(price * request.qty)} {instrument.quote} is below the minimum of {plain(instrument.cost_min)}"
    return Refusal(
        RefusalCode.COST_MIN,
        text,
        f"order at least {plain(max(instrument.lot * lots, instrument.qty_min))} {instrument.base}",
    )


def check_funds(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """What the order ties up is there (`rest.md` §5.8)."""
    instrument = ctx.instrument
    if request.side is Side.SELL:
        asset, needed, there = instrument.base, request.qty, ctx.available_base
    else:
        price = reckoned_price(request, ctx)
        asset, there = instrument.quote, ctx.available_quote
        needed = _ZERO if price is None else buy_hold(ctx.fees, price, request.qty)
    if there is None or needed <= there:
        return None
    fee = " with the fee" if request.side is Side.BUY else ""
    shown = (money(needed), money(there)) if request.side is Side.BUY else (plain(needed), plain(there))
    text = f"needs {shown[0]} {asset}{fee}, {shown[1]} is available"
    return Refusal(RefusalCode.FUNDS, text, "use a smaller size, `max`, or cancel an order that holds funds")


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


def check_collar(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """A price may not reach far beyond the market; without a market none may go."""
    reference, limit = collar_reference(request, ctx), request.limit_price
    if request.order_type is OrderType.MARKET and ctx.far(request.side) is None:
        what = "ask to buy from" if request.side is Side.BUY else "bid to sell to"
        return Refusal(RefusalCode.NO_REFERENCE, f"there is no {what} on {request.symbol}", "use a limit order")
    if reference is None:
        text = f"no bid, ask or last trade on {request.symbol} to compare a price with"
        return Refusal(RefusalCode.NO_REFERENCE, text, "wait for the book")
    if limit is None:
        return None
    buy, pct = request.side is Side.BUY, ctx.limits.collar_pct
    bound = reference * (_HUNDRED + (pct if buy else -pct)) / _HUNDRED
    if limit <= bound if buy else limit >= bound:
        return None
    off = abs(limit - reference) * _HUNDRED / reference
    where = "above" if buy else "below"
    text = f"{plain(limit)} is {money(off)}% {where} {plain(reference)}, the collar is {plain(pct)}%"
    edge = neighbours(bound, ctx.instrument)[0 if buy else 1]
    return Refusal(
        RefusalCode.COLLAR,
        text,
        f"use {ctx.instrument.price_text(edge)} or {'less' if buy else 'more'}, or widen the collar",
    )


def check_max_qty(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The quantity stays within the person's limit."""
    most = ctx.limits.max_qty
    if most is None or request.qty <= most:
        return None
    base = ctx.instrument.base
    text = f"{plain(request.qty)} {base} is above your limit of {plain(most)} an order"
    return Refusal(RefusalCode.MAX_QTY, text, f"use {plain(most)} or less, or raise max_qty")


def check_max_notional(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The value stays within the person's limit."""
    most, price = ctx.limits.max_notional, reckoned_price(request, ctx)
    if most is None or price is None or price * request.qty <= most:
        return None
    text = f"{money(price * request.qty)} {ctx.instrument.quote} is above your limit of {plain(most)} an order"
    return Refusal(RefusalCode.MAX_NOTIONAL, text, "use a smaller size, or raise max_notional")


def check_max_exposure(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """All open orders together stay within the person's limit."""
    most, price = ctx.limits.max_exposure, reckoned_price(request, ctx)
    if most is None or price is None or ctx.exposure + price * request.qty <= most:
        return None
    quote = ctx.instrument.quote
    text = f"{money(ctx.exposure + price * request.qty)} {quote} in open orders would pass your limit of {plain(most)}"
    return Refusal(RefusalCode.MAX_EXPOSURE, text, "cancel something first, or raise max_exposure")


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
        if order.unknown:
            text = f"an order at the same price is in doubt: {plain(order.qty)} {ctx.instrument.base}"
            return Refusal(RefusalCode.UNKNOWN_TWIN, text, "wait until the venue says what became of it")
        age = ctx.now_ns - order.at_ns
        if order.qty == request.qty and age < ctx.limits.duplicate_window_ns:
            text = f"the same order went out {max(age, 0) // MS} ms ago"
            return Refusal(RefusalCode.DUPLICATE, text, f"repeat it after {ctx.limits.duplicate_window_ns // MS} ms")
    return None


def check_counter(cost: Decimal, ctx: RiskContext, *, leaving: bool = False) -> Refusal | None:
    """The points fit, and enough stay to leave with; an order that leaves may use those."""
    left = ctx.counter.headroom(ctx.now_ns) - cost
    reserve = _ZERO if leaving else ctx.limits.reserve(ctx.counter)
    if left >= reserve:
        return None
    wait = wait_text(ctx.counter.fits_in(ctx.now_ns, cost + reserve))
    text = f"costs {money(cost)} and would leave {money(left)} points, the reserve is {money(reserve)}"
    return Refusal(RefusalCode.RATE_COUNTER, text, f"wait {wait}; cancels work")


def cautions(request: OrderRequest, ctx: RiskContext) -> tuple[Caution, ...]:
    """Return what is worth knowing about a request."""
    found: list[Caution] = []
    far, near, limit = ctx.far(request.side), ctx.near(request.side), request.limit_price
    if would_take(request, ctx) and far is not None:
        verb = "buys from the ask" if request.side is Side.BUY else "sells to the bid"
        if request.post_only:
            text = f"post-only would meet {plain(far)}: the venue would cancel it"
            found.append(Caution(CautionCode.POST_WOULD_CROSS, text))
        else:
            found.append(Caution(CautionCode.TAKES, f"{verb} at {plain(far)} at once"))
    if limit is not None and near:
        behind = (near - limit if request.side is Side.BUY else limit - near) * _HUNDRED / near
        if behind > ctx.limits.far_pct:
            found.append(Caution(CautionCode.FAR, f"{money(behind)}% away from {plain(near)}"))
    if (ctx.available_quote if request.side is Side.BUY else ctx.available_base) is None:
        found.append(Caution(CautionCode.FUNDS_UNKNOWN, "balances are not known; the venue decides"))
    return tuple(found)


STATUS_CHECKS: Final[tuple[Check, ...]] = (check_reconciled, check_venue, check_pair, check_book)
NUMBER_CHECKS: Final[tuple[Check, ...]] = (check_price, check_lot, check_qty_min, check_cost_min)
MARKET_CHECKS: Final[tuple[Check, ...]] = (check_collar,)
LIMIT_CHECKS: Final[tuple[Check, ...]] = (check_max_qty, check_max_notional, check_order_rate)
NEW_ORDER_CHECKS: Final[tuple[Check, ...]] = (
    *STATUS_CHECKS,
    *NUMBER_CHECKS,
    *MARKET_CHECKS,
    check_funds,
    *LIMIT_CHECKS,
    check_max_exposure,
    check_open_orders,
    check_duplicate,
)
AMEND_CHECKS: Final[tuple[Check, ...]] = (*STATUS_CHECKS, *NUMBER_CHECKS, *MARKET_CHECKS, *LIMIT_CHECKS)
"""An amend replaces an order: funds and exposure are judged by the difference, counts not at all."""
