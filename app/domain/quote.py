"""From what was typed to exact numbers, and what they would do right now."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.domain.order import (
    Draft,
    OrderRequest,
    OrderType,
    Side,
    Size,
    SizeUnit,
)
from app.domain.quote_preview import BatchPreview, Depth, OrderPreview, preview, preview_many
from app.domain.quote_prices import Market, QuoteError, about, neighbours, resolve_price, to_passive_tick
from app.domain.quote_sizes import NO_FEES, Funds, resolve_cash, resolve_display, resolve_size
from app.domain.quote_times import NS_PER_MS, resolve_when
from app.domain.quote_triggers import limit_after_trigger, resolve_close, resolve_limit, resolve_trigger, wake_price

__all__ = [
    "NO_FEES",
    "BatchPreview",
    "Depth",
    "Funds",
    "Market",
    "OrderPreview",
    "QuoteError",
    "neighbours",
    "preview",
    "preview_many",
    "resolve",
    "resolve_price",
    "resolve_size",
    "to_passive_tick",
    "trade_price",
]

_ZERO = Decimal(0)
_WHOLE = Decimal(100)


def resolve(draft: Draft, market: Market, funds: Funds, cl_ord_id: str, *, now_ns: int = 0) -> OrderRequest:
    """Turn a draft into a request with exact numbers.

    Args:
        draft: As typed; without a price (a helper's) it stays without one.
        market: The prices right now.
        funds: What is available.
        cl_ord_id: A fresh id.
        now_ns: The venue's wall time, for times and deadlines that count from now.

    Raises:
        QuoteError: A size, price or time makes no sense on this market.
    """
    with about("trigger"):
        trigger = resolve_trigger(draft, market)
    with about("price"):
        limit, kind = resolve_limit(draft, market, trigger)
    with about("expires"):
        expire_ns = resolve_when(draft.expire, now_ns)
    with about("starts"):
        start_ns = resolve_when(draft.start, now_ns)
    request = OrderRequest(
        cl_ord_id=cl_ord_id,
        symbol=draft.symbol,
        side=draft.side,
        order_type=draft.order_type,
        qty=_ZERO,
        limit_price=limit,
        post_only=draft.post_only,
        time_in_force=draft.time_in_force,
        deadline_ns=now_ns + draft.deadline_ms * NS_PER_MS if draft.deadline_ms else 0,
        trigger=trigger,
        limit_kind=kind,
        expire_ns=expire_ns,
        start_ns=start_ns,
        reduce_only=draft.reduce_only,
        leverage=draft.leverage,
        stp=draft.stp,
        fee_in_base=draft.fee_in_base,
        validate=draft.validate,
    )
    with about("size"):
        request = _sized(request, draft, market, funds)
    return _closed(request, draft, market)


def _sized(request: OrderRequest, draft: Draft, market: Market, funds: Funds) -> OrderRequest:
    size, price = draft.size, trade_price(request, market)
    if size.unit is SizeUnit.PERCENT and size.value == _WHOLE and request.order_type is OrderType.SETTLE_POSITION:
        return request  # a quantity of zero settles all of it
    if size.unit is SizeUnit.PERCENT and draft.leverage:
        raise QuoteError(
            "a share of the balance says nothing about a margin order",
            "type the size, or use `% of position` or `risk`",
        )
    if size.unit is SizeUnit.RISK and size.stop is None and draft.close is not None:
        size = replace(size, stop=draft.close.trigger)
    qty = resolve_size(size, market, draft.side, price, funds)
    with about("display"):
        display = None if draft.display is None else resolve_display(draft.display, market, draft.side, qty, price)
    return replace(request, qty=qty, display_qty=display, cash_qty=_cash(draft, size, market))


def _cash(draft: Draft, size: Size, market: Market) -> Decimal | None:
    """Return the money of a market buy sized by it; only spot ones go out so (`ws-v2.md` §9.1)."""
    spot_buy = draft.order_type is OrderType.MARKET and draft.side is Side.BUY and not draft.leverage
    return resolve_cash(size, market.instrument) if spot_buy and size.unit is SizeUnit.QUOTE else None


def _closed(request: OrderRequest, draft: Draft, market: Market) -> OrderRequest:
    if draft.close is None:
        return request
    parent = trade_price(request, market) or market.far(draft.side)
    return replace(request, conditional=resolve_close(draft.close, draft.side, market, parent))


def trade_price(request: OrderRequest, market: Market) -> Decimal | None:
    """Return the price that an order is reckoned at: its limit, else its trigger; None for the market's."""
    limit = limit_after_trigger(request, market)
    if limit is None and request.order_type.triggered:
        return wake_price(request, market)
    return limit
