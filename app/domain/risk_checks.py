"""All checks of the risk gate in the order in which they are told, and what is only worth knowing.

Each check takes the request and the context and returns a refusal or None.
Texts name the numbers; hints say what to type or wait for.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from app.domain.instrument import plain
from app.domain.order import OrderRequest, OrderType, Side
from app.domain.quote_preview import wakes_at_once
from app.domain.risk_collar import check_collar, check_near_collar, check_reference
from app.domain.risk_context import RiskContext
from app.domain.risk_limits import (
    check_counter,
    check_duplicate,
    check_max_exposure,
    check_max_notional,
    check_max_qty,
    check_message_rate,
    check_open_orders,
    check_order_rate,
    check_repeated,
    check_session,
    check_symbol_qty,
)
from app.domain.risk_numbers import check_cost_min, check_funds, check_lot, check_price, check_qty_min, money
from app.domain.risk_state import check_book, check_pair, check_reconciled, check_rules, check_venue
from app.domain.risk_values import Caution, CautionCode, Refusal

__all__ = [
    "AMEND_CHECKS",
    "NEW_ORDER_CHECKS",
    "SIZE_CHECKS",
    "Check",
    "cautions",
    "check_counter",
    "check_funds",
    "check_max_exposure",
    "check_repeated",
    "check_rules",
    "money",
]

Check = Callable[[OrderRequest, RiskContext], Refusal | None]

_HUNDRED: Final = Decimal(100)
_ZERO: Final = Decimal(0)


def would_take(request: OrderRequest, ctx: RiskContext) -> bool:
    """Tell whether an order meets the other side as it stands."""
    if request.order_type.triggered or request.start_ns or request.order_type is OrderType.SETTLE_POSITION:
        return False
    far = ctx.far(request.side)
    if far is None or request.limit_price is None:
        return far is not None
    return request.limit_price >= far if request.side is Side.BUY else request.limit_price <= far


def cautions(request: OrderRequest, ctx: RiskContext) -> tuple[Caution, ...]:
    """Return what is worth knowing about a request."""
    found: list[Caution] = []
    far, near, limit = ctx.far(request.side), ctx.near(request.side), request.limit_price
    if wakes_at_once(request, ctx.market):
        found.append(Caution(CautionCode.WAKES_NOW, "the trigger is met already: it would wake at once"))
    if request.conditional is not None:
        found.append(Caution(CautionCode.CHILDREN, "each fill makes a closing order of its own"))
    if would_take(request, ctx) and far is not None:
        verb = "buys from the ask" if request.side is Side.BUY else "sells to the bid"
        if request.post_only:
            text = f"post-only would meet {plain(far)}: the venue would cancel it"
            found.append(Caution(CautionCode.POST_WOULD_CROSS, text))
        else:
            found.append(Caution(CautionCode.TAKES, f"{verb} at {plain(far)} at once"))
    found += _position_cautions(request, ctx)
    if limit is not None and near and not request.order_type.triggered:
        behind = (near - limit if request.side is Side.BUY else limit - near) * _HUNDRED / near
        if behind > ctx.limits.far_pct:
            found.append(Caution(CautionCode.FAR, f"{money(behind)}% away from {plain(near)}"))
    if _funds_unknown(request, ctx):
        found.append(Caution(CautionCode.FUNDS_UNKNOWN, "balances are not known; the venue decides"))
    return tuple(found)


def _funds_unknown(request: OrderRequest, ctx: RiskContext) -> bool:
    if request.leverage:
        return ctx.available_margin is None and not request.reduce_only
    return (ctx.available_quote if request.side is Side.BUY else ctx.available_base) is None


def _position_cautions(request: OrderRequest, ctx: RiskContext) -> list[Caution]:
    """Say when a margin order turns a position around."""
    position = ctx.position
    if not position or not request.leverage or request.reduce_only:
        return []
    signed = request.qty if request.side is Side.BUY else -request.qty
    if position * (position + signed) >= _ZERO:
        return []
    text = f"closes {plain(abs(position))} and opens {plain(abs(position + signed))} the other way"
    return [Caution(CautionCode.FLIPS, text)]


STATUS_CHECKS: Final[tuple[Check, ...]] = (check_reconciled, check_venue, check_pair, check_book)
NUMBER_CHECKS: Final[tuple[Check, ...]] = (check_price, check_lot, check_qty_min, check_cost_min)
MARKET_CHECKS: Final[tuple[Check, ...]] = (check_reference, check_collar, check_near_collar)
RATE_CHECKS: Final[tuple[Check, ...]] = (check_order_rate, check_message_rate)
SIZE_CHECKS: Final[tuple[Check, ...]] = (
    check_max_qty,
    check_max_notional,
    check_max_exposure,
    check_symbol_qty,
    check_session,
)
"""Limits on size, from which orders that reduce or leave are exempt."""

NEW_ORDER_CHECKS: Final[tuple[Check, ...]] = (
    *STATUS_CHECKS,
    check_rules,
    *NUMBER_CHECKS,
    *MARKET_CHECKS,
    check_funds,
    *SIZE_CHECKS,
    check_open_orders,
    *RATE_CHECKS,
    check_duplicate,
)
AMEND_CHECKS: Final[tuple[Check, ...]] = (
    *STATUS_CHECKS,
    *NUMBER_CHECKS,
    *MARKET_CHECKS,
    check_max_qty,
    check_max_notional,
    *RATE_CHECKS,
)
"""An amend replaces an order: funds and exposure are judged by the difference, counts not at all.

The venue's rules are looked at apart, for what is left of the order.
"""
