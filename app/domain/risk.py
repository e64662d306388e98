"""The risk gate: the one object that every order passes, whoever sends it.

Key, command line, script, helper, WS, REST or FIX: the same checks
(`faults.md` §3, pre-trade controls). It refuses with numbers and says what to
do. It never stands between a person and the way out: cancels always pass, and
orders that only reduce are exempt from the limits on size.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Final

from app.domain.fees import buy_hold
from app.domain.order import OrderRequest, OrderType, Side, Trigger
from app.domain.quote_changes import Changes, why_not_amended, why_not_edited
from app.domain.ratelimit import COST_ADD, cost_amend, cost_batch_add, cost_cancel, cost_edit
from app.domain.risk_checks import (
    AMEND_CHECKS,
    NEW_ORDER_CHECKS,
    SIZE_CHECKS,
    cautions,
    check_counter,
    check_funds,
    check_max_exposure,
    check_repeated,
    check_rules,
    money,
)
from app.domain.risk_collar import RULE as COLLAR_RULE
from app.domain.risk_context import BookTrust, RecentOrder, RiskContext, RiskLimits, VenueMode
from app.domain.risk_limits import caution_counter
from app.domain.risk_overrides import Overrides, RepeatThrottle
from app.domain.risk_values import (
    OVERRIDABLE,
    Caution,
    CautionCode,
    Refusal,
    RefusalCode,
    Verdict,
)
from app.domain.venue_rules import NOT_AMENDABLE, NOT_EDITABLE
from app.domain.working import WorkingOrder

__all__ = [
    "COLLAR_RULE",
    "OVERRIDABLE",
    "BookTrust",
    "Caution",
    "CautionCode",
    "Overrides",
    "RecentOrder",
    "Refusal",
    "RefusalCode",
    "RepeatThrottle",
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

    def check(
        self,
        request: OrderRequest,
        ctx: RiskContext,
        *,
        leaving: bool = False,
        automatic: bool = False,
        overrides: Collection[str] = (),
        cost: Decimal = COST_ADD,
    ) -> Verdict:
        """Judge a new order.

        Args:
            request: The resolved order.
            ctx: Everything known right now.
            leaving: Whether it flattens; such orders are exempt from limits on
                size and may spend the points that others must leave in reserve.
            automatic: Whether a helper or a script sends it.
            overrides: Names of limits that a person lets it pass.
            cost: Its counter points; less in a batch.

        Returns:
            All refusals, gravest first, and the warnings.
        """
        exempt = leaving or request.reduce_only or request.order_type is OrderType.SETTLE_POSITION
        checks = [check for check in NEW_ORDER_CHECKS if not (exempt and check in SIZE_CHECKS)]
        found = [check(request, ctx) for check in checks]
        if automatic:
            found.append(check_repeated(request, ctx))
        found.append(check_counter(cost, ctx, leaving=leaving))
        last = None if leaving else caution_counter(cost, ctx)
        return _verdict(found, (*cautions(request, ctx), *([last] if last else [])), overrides)

    def check_batch(
        self, requests: tuple[OrderRequest, ...], ctx: RiskContext, *, overrides: Collection[str] = ()
    ) -> tuple[Verdict, ...]:
        """Judge the orders of a batch, each as if those before it were open already.

        Args:
            requests: The resolved orders, all of one pair.
            ctx: Everything known right now.
            overrides: Names of limits that a person lets them pass.

        Returns:
            One verdict for each. One refusal keeps the whole batch back, for
            so does the venue (`ws-v2.md` §9.7).
        """
        verdicts: list[Verdict] = []
        for request in requests:
            verdicts.append(self.check(request, ctx, overrides=overrides, cost=cost_batch_add(len(requests))))
            ctx = _after(ctx, request)
        return tuple(verdicts)

    def check_amend(
        self,
        order: WorkingOrder,
        price: Decimal | None,
        qty: Decimal | None,
        ctx: RiskContext,
        *,
        changes: Changes | None = None,
        overrides: Collection[str] = (),
    ) -> Verdict:
        """Judge an amend as the order it would make.

        Funds and exposure are judged by what it adds to the order as it is.

        Args:
            order: The order as known.
            price: New limit price, None to keep it.
            qty: New total quantity, None to keep it.
            ctx: Everything known right now.
            changes: All new terms; then `price` and `qty` are not looked at.
            overrides: Names of limits that a person lets it pass.
        """
        terms = changes or Changes(qty=qty, limit_price=price, limit_kind=order.limit_kind)
        cost = cost_amend(max(0, ctx.now_ns - order.changed_ns))
        never = _never(why_not_amended(order), "cancel it and place a new one", NOT_AMENDABLE)
        return self._check_change(order, terms, ctx, never, cost, overrides)

    def check_edit(
        self, order: WorkingOrder, changes: Changes, ctx: RiskContext, *, overrides: Collection[str] = ()
    ) -> Verdict:
        """Judge a legacy edit, which the venue takes for fewer orders than an amend (`ws-v2.md` §9.3)."""
        cost = cost_edit(max(0, ctx.now_ns - order.changed_ns))
        never = _never(why_not_edited(order, changes), "amend it instead", NOT_EDITABLE)
        return self._check_change(order, changes, ctx, never, cost, overrides)

    def _check_change(
        self,
        order: WorkingOrder,
        changes: Changes,
        ctx: RiskContext,
        never: Refusal | None,
        cost: Decimal,
        overrides: Collection[str],
    ) -> Verdict:
        after = _amended(order, changes)
        exempt = order.reduce_only
        # An expiry that has come near is no reason against a change of price.
        judged = replace(ctx, wall_ns=0)
        left, held = _left(after, order), _held(order, ctx)
        found = [never, _check_left(order, left, changes, judged)]
        found += [check(after, judged) for check in AMEND_CHECKS if not (exempt and check in SIZE_CHECKS)]
        found.append(check_funds(left, held))
        if not exempt:
            found.append(check_max_exposure(left, held))
        found.append(check_counter(cost, ctx))
        return _verdict(found, cautions(after, ctx), overrides)

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


def _verdict(found: Iterable[Refusal | None], warnings: tuple[Caution, ...], overrides: Collection[str]) -> Verdict:
    """Sort what was found into refusals and what an override lets pass."""
    refusals = [refusal for refusal in found if refusal is not None]
    passed = [refusal for refusal in refusals if refusal.overridable and refusal.code.value in overrides]
    said = tuple(Caution(CautionCode.OVERRIDDEN, f"passed on purpose: {refusal.text}") for refusal in passed)
    names = tuple(dict.fromkeys(refusal.code.value for refusal in passed))
    return Verdict(tuple(refusal for refusal in refusals if refusal not in passed), warnings + said, names)


def _after(ctx: RiskContext, request: OrderRequest) -> RiskContext:
    """Return the context as if an order were open already.

    A batch is one message of one hand: its orders are neither a burst nor
    each other's duplicates.
    """
    price = request.limit_price or ctx.far(request.side) or _ZERO
    base, quote = ctx.available_base, ctx.available_quote
    buy = request.side is Side.BUY
    spot = request.leverage == 0
    hold = buy_hold(ctx.fees, price, request.qty)
    return replace(
        ctx,
        available_base=base if base is None or buy or not spot else base - request.qty,
        available_quote=quote if quote is None or not buy or not spot else quote - hold,
        open_orders=ctx.open_orders + 1,
        exposure=ctx.exposure + price * request.qty,
        open_qty=ctx.open_qty + request.qty,
        session_qty=ctx.session_qty + request.qty,
        session_notional=ctx.session_notional + price * request.qty,
    )


def _check_left(order: WorkingOrder, left: OrderRequest, changes: Changes, ctx: RiskContext) -> Refusal | None:
    """Check the venue's rules for what is left of an order, as far as its terms are known."""
    unknown = (order.order_type.triggered and order.trigger is None) or (
        order.order_type is OrderType.ICEBERG and left.display_qty is None
    )
    if unknown or left.qty <= _ZERO:
        return None
    if left.display_qty is not None and changes.display_qty is None:
        left = replace(left, display_qty=min(left.display_qty, left.qty))  # a last slice is what is left
    return check_rules(left, ctx)


def _never(why: str, hint: str, error: str) -> Refusal | None:
    return Refusal(RefusalCode.RULES, why, hint, venue_error=error) if why else None


def _amended(order: WorkingOrder, changes: Changes) -> OrderRequest:
    trigger = order.trigger
    if changes.trigger_price is not None and trigger is not None:
        trigger = Trigger(trigger.reference, changes.trigger_price, changes.trigger_kind)
    return OrderRequest(
        cl_ord_id=order.cl_ord_id,
        symbol=order.symbol,
        side=order.side,
        order_type=order.order_type,
        qty=order.qty if changes.qty is None else changes.qty,
        limit_price=order.limit_price if changes.limit_price is None else changes.limit_price,
        post_only=order.post_only,
        time_in_force=order.time_in_force,
        trigger=trigger,
        limit_kind=order.limit_kind if changes.limit_price is None else changes.limit_kind,
        display_qty=order.display_qty if changes.display_qty is None else changes.display_qty,
        expire_ns=order.expire_ns,
        reduce_only=order.reduce_only,
        leverage=order.leverage,
    )


def _left(after: OrderRequest, order: WorkingOrder) -> OrderRequest:
    """Return the amended order without what is filled already."""
    return replace(after, qty=max(_ZERO, after.qty - order.cum_qty))


def _held(order: WorkingOrder, ctx: RiskContext) -> RiskContext:
    """Return the context as if the order's own hold were released first."""
    price = order.static_limit or order.trigger_price or _ZERO
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
