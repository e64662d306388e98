"""What an event adds to the facts known of an order; the state is decided elsewhere.

Facts only grow: totals by their highest report, fills by their id, terms by
the newest report. That makes the end independent of the order of events.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from app.domain.order_events import (
    AckNew,
    AmendAck,
    AmendReject,
    AmendSent,
    CancelAck,
    CancelReject,
    CancelSent,
    Ending,
    ExecAmended,
    ExecCanceled,
    ExecExpired,
    ExecFilled,
    ExecNew,
    ExecPendingNew,
    ExecRestated,
    ExecStatus,
    ExecTrade,
    FoundClosed,
    FoundOpen,
    LinkLost,
    OrderEvent,
    ProvenAbsent,
    RejectNew,
    Request,
    Sent,
    Submitted,
    TimedOut,
)
from app.domain.order_kinds import doubt_of
from app.domain.order_table import EventKind
from app.domain.working import ZERO, OrderState, WorkingOrder, static_trigger

_T = TypeVar("_T")
_ENDINGS: dict[Ending, OrderState] = {
    Ending.FILLED: OrderState.FILLED,
    Ending.CANCELED: OrderState.CANCELED,
    Ending.EXPIRED: OrderState.EXPIRED,
}


def absorb(order: WorkingOrder, event: OrderEvent, kind: EventKind) -> WorkingOrder:
    """Add an event's facts, leaving the state as it is."""
    match event:
        case AckNew():
            return _exists(order, event.order_id)
        case RejectNew() if kind is EventKind.REJECT_NEW:
            return replace(
                order, end=OrderState.REJECTED, end_ns=event.at_ns, reason=event.error, reject_layer=event.layer
            )
        case ProvenAbsent():
            text = "the venue never had it"
            return replace(order, end=OrderState.REJECTED, end_ns=event.at_ns, reason=text, reject_layer="absent")
        case AmendSent() | AmendAck() | AmendReject() | CancelSent() | CancelAck() | CancelReject() if (
            doubt_of(event) is None
        ):
            return _absorb_change(order, event)
        case LinkLost():
            return _absorb_link_loss(order)
        case TimedOut() | RejectNew() | AmendReject() | CancelReject():
            return _absorb_doubt(order, event)
        case Submitted() | Sent():
            return order
        case _:
            return _absorb_report(order, event)


def _absorb_change(
    order: WorkingOrder, event: AmendSent | AmendAck | AmendReject | CancelSent | CancelAck | CancelReject
) -> WorkingOrder:
    match event:
        case AmendSent():
            return replace(order, pending_price=event.price, pending_qty=event.qty)
        case AmendAck():
            changed = replace(order, changed_ns=max(order.changed_ns, event.at_ns))
            if not order.amending:
                return changed
            price = order.limit_price if order.pending_price is None else order.pending_price
            qty = order.qty if order.pending_qty is None else order.pending_qty
            return _amend_settled(replace(changed, limit_price=price, qty=qty))
        case AmendReject():
            return _amend_settled(order)
        case CancelReject():
            return replace(order, doubts=order.doubts - {Request.CANCEL})
        case _:
            return order


def _absorb_doubt(order: WorkingOrder, event: OrderEvent) -> WorkingOrder:
    doubt = doubt_of(event)
    pending = {
        Request.NEW: not order.proven,
        Request.AMEND: order.amending,
        Request.CANCEL: order.state in (OrderState.PENDING_CANCEL, OrderState.UNKNOWN_CANCEL),
    }
    if doubt is None or not pending[doubt] or order.state.terminal:
        return order
    return replace(order, doubts=order.doubts | {doubt})


def _absorb_link_loss(order: WorkingOrder) -> WorkingOrder:
    doubts = set(order.doubts)
    if order.state.terminal:
        return order
    if not order.proven:
        doubts.add(Request.NEW)
    if order.amending:
        doubts.add(Request.AMEND)
    if order.state is OrderState.PENDING_CANCEL:
        doubts.add(Request.CANCEL)
    return replace(order, doubts=frozenset(doubts))


def _absorb_report(order: WorkingOrder, event: OrderEvent) -> WorkingOrder:
    """Add what a report or an answer of the venue proves."""
    match event:
        case ExecPendingNew():
            seen = replace(_exists(order, event.order_id), time_in_force=event.time_in_force, post_only=event.post_only)
            if seen.changed_ns == seen.created_ns:  # never amended: the venue counts its age from here
                seen = replace(seen, changed_ns=event.at_ns)
            return _with_details(_terms(seen, event.at_ns, event.qty, event.limit_price), event)
        case ExecNew():
            return _exists(order, event.order_id, live=True)
        case ExecStatus():
            return _with_details(_exists(order, event.order_id), event)
        case ExecTrade():
            return _fill(_exists(order, event.order_id, live=True), event)
        case ExecFilled() | ExecCanceled() | ExecExpired():
            return _ended(order, event)
        case ExecAmended() | ExecRestated():
            return _with_details(_amended(_exists(order, event.order_id, live=True), event), event)
        case FoundOpen():
            seen = _totals(_exists(order, event.order_id, live=event.live), event.cum_qty, event.cum_cost)
            if order.state is OrderState.UNKNOWN_AMEND:
                # When it was applied is not said: as late as can be, so that a cancel is not priced too low.
                applied = (event.qty, event.limit_price) != (order.qty, order.limit_price)
                seen = replace(_amend_settled(seen), changed_ns=event.at_ns if applied else seen.changed_ns)
            if order.state is OrderState.UNKNOWN_CANCEL:
                seen = replace(seen, doubts=seen.doubts - {Request.CANCEL})
            return _with_details(_terms(seen, event.at_ns, event.qty, event.limit_price), event)
        case FoundClosed():
            seen = _totals(_exists(order, event.order_id), event.cum_qty, event.cum_cost)
            return _end_as(seen, _ENDINGS[event.ending], event.at_ns, event.reason)
        case _:
            return order


def _exists(order: WorkingOrder, order_id: str, *, live: bool = False) -> WorkingOrder:
    """Note that the venue has the order; this undoes a presumed refusal."""
    refused = order.end is OrderState.REJECTED
    return replace(
        order,
        order_id=order_id,
        live=order.live or live,
        doubts=order.doubts - {Request.NEW},
        end=None if refused else order.end,
        end_ns=0 if refused else order.end_ns,
        reason="" if refused else order.reason,
        reject_layer="" if refused else order.reject_layer,
    )


def _terms(order: WorkingOrder, at_ns: int, qty: Decimal | None, price: Decimal | None) -> WorkingOrder:
    """Adopt quantity and price unless a newer report already has."""
    if at_ns < order.terms_ns:
        return order
    return replace(
        order,
        terms_ns=at_ns,
        qty=order.qty if qty is None else qty,
        limit_price=order.limit_price if price is None else price,
    )


def _totals(order: WorkingOrder, cum_qty: Decimal | None, cum_cost: Decimal | None) -> WorkingOrder:
    """Raise the totals to what is reported; a lower report is an old one."""
    return replace(
        order,
        cum_qty=max(order.cum_qty, cum_qty or ZERO, order.fill_qty),
        cum_cost=max(order.cum_cost, cum_cost or ZERO, order.fill_cost),
    )


def _fill(order: WorkingOrder, event: ExecTrade) -> WorkingOrder:
    counted = replace(
        order,
        exec_ids=order.exec_ids | event.ids,
        fill_qty=order.fill_qty + event.qty,
        fill_cost=order.fill_cost + event.qty * event.price,
        fees=order.fees + event.fee,
        last_fill_ns=max(order.last_fill_ns, event.at_ns),
    )
    return _totals(counted, event.cum_qty, event.cum_cost)


def _ended(order: WorkingOrder, event: ExecFilled | ExecCanceled | ExecExpired) -> WorkingOrder:
    total = event.cum_qty
    if isinstance(event, ExecFilled) and not total:
        total = order.qty  # a report without totals still says that all of it is filled
    seen = _totals(_exists(order, event.order_id), total, event.cum_cost)
    match event:
        case ExecFilled():
            return _end_as(seen, OrderState.FILLED, event.at_ns, "")
        case ExecCanceled():
            return _end_as(seen, OrderState.CANCELED, event.at_ns, event.reason)
        case _:
            return _end_as(seen, OrderState.EXPIRED, event.at_ns, event.reason)


def _end_as(order: WorkingOrder, end: OrderState, at_ns: int, reason: str) -> WorkingOrder:
    """Record an end. `filled` outranks the others; the first of those stands."""
    if order.end is OrderState.FILLED or (order.end is not None and end is not OrderState.FILLED):
        return order
    qty = order.cum_qty if end is OrderState.FILLED and not order.qty else order.qty
    return replace(order, end=end, end_ns=at_ns, qty=qty, reason=reason or order.reason)


def _amended(order: WorkingOrder, event: ExecAmended | ExecRestated) -> WorkingOrder:
    seen = _totals(order, event.cum_qty, None)
    newest = event.at_ns >= seen.terms_ns
    seen = _terms(seen, event.at_ns, event.qty, event.limit_price)
    if isinstance(event, ExecRestated):
        return seen
    seen = replace(seen, changed_ns=event.at_ns if newest else max(seen.changed_ns, event.at_ns))
    matches = seen.pending_price in (None, event.limit_price) and seen.pending_qty in (None, event.qty)
    return _amend_settled(seen) if newest and matches else seen


def _amend_settled(order: WorkingOrder) -> WorkingOrder:
    return replace(order, pending_price=None, pending_qty=None, doubts=order.doubts - {Request.AMEND})


def _with_details(
    order: WorkingOrder, event: ExecPendingNew | ExecStatus | ExecAmended | ExecRestated | FoundOpen
) -> WorkingOrder:
    """Adopt the rest of a report unless a newer one was seen; what has triggered stays so."""
    told = event.details
    if told is None:
        return order
    if event.at_ns < order.details_ns:
        return replace(order, triggered=order.triggered or bool(told.triggered))
    wakes = static_trigger(told.trigger) if told.trigger_price is None else told.trigger_price
    return replace(
        order,
        details_ns=event.at_ns,
        display_qty=_or(told.display_qty, order.display_qty),
        display_left=_or(told.display_left, order.display_left),
        trigger=_or(told.trigger, order.trigger),
        trigger_price=_or(wakes, order.trigger_price),
        triggered=order.triggered or bool(told.triggered),
        limit_kind=_or(told.limit_kind, order.limit_kind),
        expire_ns=_or(told.expire_ns, order.expire_ns),
        start_ns=_or(told.start_ns, order.start_ns),
        reduce_only=_or(told.reduce_only, order.reduce_only),
        margin=bool(told.leverage) or _or(told.margin, order.margin),
        leverage=_or(told.leverage, order.leverage),
        cash_qty=_or(told.cash_qty, order.cash_qty),
        conditional=_or(told.conditional, order.conditional),
        ord_ref_id=told.ord_ref_id or order.ord_ref_id,
    )


def _or(told: _T | None, known: _T) -> _T:
    return known if told is None else told
