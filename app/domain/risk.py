"""The risk gate: the one object that every order passes, whoever sends it.

Key, command line, script, WS, REST or FIX: the same checks (`faults.md` §3,
pre-trade controls). It refuses with numbers and says what to do. It never
stands between a person and the way out: cancels always pass.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from app.domain.fees import buy_hold
from app.domain.order import OrderRequest, Side
from app.domain.ratelimit import COST_ADD, cost_amend, cost_cancel
from app.domain.risk_checks import (
    AMEND_CHECKS,
    NEW_ORDER_CHECKS,
    cautions,
    check_counter,
    check_funds,
    check_max_exposure,
    money,
)
from app.domain.risk_values import (
    BookTrust,
    Caution,
    CautionCode,
    RecentOrder,
    Refusal,
    RefusalCode,
    RiskContext,
    RiskLimits,
    VenueMode,
    Verdict,
)
from app.domain.working import WorkingOrder

__all__ = [
    "BookTrust",
    "Caution",
    "CautionCode",
    "RecentOrder",
    "Refusal",
    "RefusalCode",
    "RiskContext",
    "RiskGate",
    "RiskLimits",
    "VenueMode",
    "Verdict",
]

_ZERO: Final = Decimal(0)


class RiskGate:
    """Judges orders before they are journaled. Holds no state of its own."""

    __slots__ = ()

    def check(self, request: OrderRequest, ctx: RiskContext, *, leaving: bool = False) -> Verdict:
        """Judge a new order.

        Args:
            request: The resolved order.
            ctx: Everything known right now.
            leaving: Whether it flattens; such orders may spend the points
                that others must leave in reserve.

        Returns:
            All refusals, gravest first, and the warnings.
        """
        found = [check(request, ctx) for check in NEW_ORDER_CHECKS]
        found.append(check_counter(COST_ADD, ctx, leaving=leaving))
        return Verdict(tuple(refusal for refusal in found if refusal), cautions(request, ctx))

    def check_amend(self, order: WorkingOrder, price: Decimal | None, qty: Decimal | None, ctx: RiskContext) -> Verdict:
        """Judge an amend as the order it would make.

        Funds and exposure are judged by what it adds to the order as it is.

        Args:
            order: The order as known.
            price: New limit price, None to keep it.
            qty: New total quantity, None to keep it.
            ctx: Everything known right now.
        """
        after = _amended(order, price, qty)
        found = [check(after, ctx) for check in AMEND_CHECKS]
        held = _held(order, ctx)
        found.append(check_funds(_left(after, order), held))
        found.append(check_max_exposure(_left(after, order), held))
        found.append(check_counter(cost_amend(max(0, ctx.now_ns - order.changed_ns)), ctx))
        return Verdict(tuple(refusal for refusal in found if refusal), cautions(after, ctx))

    def check_cancel(self, order: WorkingOrder, ctx: RiskContext) -> Verdict:
        """Judge a cancel: it is always allowed.

        Nothing may stand in the way out: no stale book, no halted pair, no
        limit, not even a rate counter at its end, for the venue decides that
        and may be kinder than the model. There is only a warning.

        Args:
            order: The order to cancel.
            ctx: Everything known right now.
        """
        cost = cost_cancel(max(0, ctx.now_ns - order.changed_ns))
        left = ctx.counter.headroom(ctx.now_ns)
        if cost <= left:
            return Verdict()
        text = f"costs {money(cost)} points and {money(max(left, _ZERO))} are left: the venue may refuse it"
        return Verdict((), (Caution(CautionCode.RATE_COUNTER, text),))


def _amended(order: WorkingOrder, price: Decimal | None, qty: Decimal | None) -> OrderRequest:
    return OrderRequest(
        cl_ord_id=order.cl_ord_id,
        symbol=order.symbol,
        side=order.side,
        order_type=order.order_type,
        qty=order.qty if qty is None else qty,
        limit_price=order.limit_price if price is None else price,
        post_only=order.post_only,
        time_in_force=order.time_in_force,
    )


def _left(after: OrderRequest, order: WorkingOrder) -> OrderRequest:
    """Return the amended order without what is filled already."""
    return replace(after, qty=max(_ZERO, after.qty - order.cum_qty))


def _held(order: WorkingOrder, ctx: RiskContext) -> RiskContext:
    """Return the context as if the order's own hold were released first."""
    price = order.limit_price or _ZERO
    base, quote = ctx.available_base, ctx.available_quote
    # A buy held its cost and the dearer fee, a sell its quantity (`rest.md` §5.8).
    hold = buy_hold(ctx.fees, price, order.open_qty)
    buy = order.side is Side.BUY
    return replace(
        ctx,
        available_base=base if base is None or buy else base + order.open_qty,
        available_quote=quote if quote is None or not buy else quote + hold,
        exposure=max(_ZERO, ctx.exposure - order.worst_case_notional(price)),
    )
