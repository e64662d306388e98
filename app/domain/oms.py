"""Order management: a pure reducer over the table of `order_table`.

Unknown is not rejected: after a timeout or a cut an order stays in an
`UNKNOWN_*` state until the venue shows what became of it. Reports may come
twice, late or before the answers they belong to; what is known grows and the
end is the same in any order (`ws-v2.md` §7.2, §7.6).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

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
from app.domain.order_table import TABLE, EventKind, Target, Then
from app.domain.working import ZERO, OrderState, WorkingOrder, external_order, new_order

__all__ = [
    "TABLE",
    "AckNew",
    "AmendAck",
    "AmendReject",
    "AmendSent",
    "CancelAck",
    "CancelReject",
    "CancelSent",
    "Ending",
    "EventKind",
    "ExecAmended",
    "ExecCanceled",
    "ExecExpired",
    "ExecFilled",
    "ExecNew",
    "ExecPendingNew",
    "ExecRestated",
    "ExecStatus",
    "ExecTrade",
    "FoundClosed",
    "FoundOpen",
    "LinkLost",
    "Note",
    "NoteKind",
    "OrderEvent",
    "OrderState",
    "ProvenAbsent",
    "RejectNew",
    "Request",
    "Sent",
    "Submitted",
    "TimedOut",
    "WorkingOrder",
    "external_order",
    "is_doubtful",
    "kind_of",
    "new_order",
    "reduce",
]


class NoteKind(StrEnum):
    """What a note is about."""

    ILLEGAL = "illegal"  # the event cannot happen in this state and was ignored
    CONTRADICTION = "contradiction"  # it disagrees with what is proven and was ignored
    DUPLICATE = "duplicate"  # a fill seen before
    ASK = "ask"  # the venue must be asked what became of the order
    LATE_FILL = "late_fill"  # a fill of an order that had ended; counted
    SURPRISE = "surprise"  # an order thought never to have existed lives
    OVERFILL = "overfill"  # more filled than asked for


@dataclass(frozen=True, slots=True)
class Note:
    """Something about an event that a person or a log should know."""

    kind: NoteKind
    text: str


_PLAIN_KINDS: dict[type, EventKind] = {
    Submitted: EventKind.SUBMITTED,
    Sent: EventKind.SENT,
    AckNew: EventKind.ACK_NEW,
    LinkLost: EventKind.LINK_LOST,
    AmendSent: EventKind.AMEND_SENT,
    AmendAck: EventKind.AMEND_ACK,
    CancelSent: EventKind.CANCEL_SENT,
    CancelAck: EventKind.CANCEL_ACK,
    ExecPendingNew: EventKind.EXEC_PENDING_NEW,
    ExecNew: EventKind.EXEC_NEW,
    ExecTrade: EventKind.EXEC_TRADE,
    ExecFilled: EventKind.EXEC_FILLED,
    ExecCanceled: EventKind.EXEC_CANCELED,
    ExecExpired: EventKind.EXEC_EXPIRED,
    ExecAmended: EventKind.EXEC_AMENDED,
    ExecRestated: EventKind.EXEC_RESTATED,
    ExecStatus: EventKind.EXEC_STATUS,
    FoundOpen: EventKind.FOUND_OPEN,
    FoundClosed: EventKind.FOUND_CLOSED,
    ProvenAbsent: EventKind.PROVEN_ABSENT,
}
_REJECT_KINDS: dict[type, EventKind] = {
    RejectNew: EventKind.REJECT_NEW,
    AmendReject: EventKind.AMEND_REJECT,
    CancelReject: EventKind.CANCEL_REJECT,
}
_DOUBT_KINDS: dict[Request, EventKind] = {
    Request.NEW: EventKind.NEW_DOUBTED,
    Request.AMEND: EventKind.AMEND_DOUBTED,
    Request.CANCEL: EventKind.CANCEL_DOUBTED,
}
_REQUEST_OF: dict[type, Request] = {
    RejectNew: Request.NEW,
    AmendReject: Request.AMEND,
    CancelReject: Request.CANCEL,
}
_ENDINGS: dict[Ending, OrderState] = {
    Ending.FILLED: OrderState.FILLED,
    Ending.CANCELED: OrderState.CANCELED,
    Ending.EXPIRED: OrderState.EXPIRED,
}

# Errors that do not prove that nothing happened: the service failed on the way.
_DOUBTFUL_ERRORS = ("eservice:unavailable", "eservice:busy", "eservice:timeout", "egeneral:internal error")
# The order is not where we thought: filled, cancelled, or not there yet (`ws-v2.md` §12.1).
_GONE_ERRORS = ("eorder:unknown order", "eorder:invalid order")
# An id said to be taken may be our own order: look it up first.
_TAKEN_ID_WORDS = ("cl_ord_id", "clordid")


def is_doubtful(request: Request, error: str) -> bool:
    """Tell whether a refusal leaves the outcome open, so that one must ask.

    Args:
        request: What was refused.
        error: The venue's error text.
    """
    text = error.lower()
    if text.startswith(_DOUBTFUL_ERRORS):
        return True
    if request is Request.NEW:
        return any(word in text for word in _TAKEN_ID_WORDS)
    return text.startswith(_GONE_ERRORS)


def _doubt_of(event: OrderEvent) -> Request | None:
    if isinstance(event, TimedOut):
        return event.request
    if isinstance(event, RejectNew | AmendReject | CancelReject):
        request = _REQUEST_OF[type(event)]
        return request if is_doubtful(request, event.error) else None
    return None


def kind_of(event: OrderEvent) -> EventKind:
    """Return the event's row in the table; a doubtful refusal is a doubt."""
    doubt = _doubt_of(event)
    if doubt is not None:
        return _DOUBT_KINDS[doubt]
    return _PLAIN_KINDS.get(type(event)) or _REJECT_KINDS[type(event)]


def reduce(order: WorkingOrder, event: OrderEvent) -> tuple[WorkingOrder, Note | None]:
    """Apply one event.

    Args:
        order: What is known so far.
        event: What happened.

    Returns:
        The order afterwards (the same object if the event was refused) and
        a note if there is something to say about it.
    """
    kind = kind_of(event)
    contradiction = _contradiction(order, event, kind)
    if contradiction:
        return order, Note(NoteKind.CONTRADICTION, contradiction)
    target = TABLE.get((order.state, kind))
    if target is None:
        return order, Note(NoteKind.ILLEGAL, f"{kind.value} cannot happen while {order.state.value}; ignored")
    if isinstance(event, ExecTrade) and event.exec_id in order.exec_ids:
        return order, Note(NoteKind.DUPLICATE, f"fill {event.exec_id} was already counted")
    after = _settle(_absorb(order, event, kind), target)
    return after, _note(order, after, event, kind)


def _contradiction(order: WorkingOrder, event: OrderEvent, kind: EventKind) -> str:
    """Say what an event contradicts, empty if nothing."""
    order_id = getattr(event, "order_id", None)
    if order_id is not None and order.order_id not in (None, order_id):
        return f"{kind.value} names {order_id}, but this order is {order.order_id}"
    if kind is EventKind.REJECT_NEW and order.proven:
        return "refused as new, but the venue has shown that it has the order"
    if kind is EventKind.PROVEN_ABSENT and order.proven:
        return "not found, but the venue had shown the order before; ask again"
    return ""


def _absorb(order: WorkingOrder, event: OrderEvent, kind: EventKind) -> WorkingOrder:
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
            _doubt_of(event) is None
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
    doubt = _doubt_of(event)
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
            return _terms(seen, event.at_ns, event.qty, event.limit_price)
        case ExecNew():
            return _exists(order, event.order_id, live=True)
        case ExecStatus():
            return _exists(order, event.order_id)
        case ExecTrade():
            return _fill(_exists(order, event.order_id, live=True), event)
        case ExecFilled() | ExecCanceled() | ExecExpired():
            return _ended(order, event)
        case ExecAmended() | ExecRestated():
            return _amended(_exists(order, event.order_id, live=True), event)
        case FoundOpen():
            seen = _totals(_exists(order, event.order_id, live=event.live), event.cum_qty, event.cum_cost)
            if order.state is OrderState.UNKNOWN_AMEND:
                seen = _amend_settled(seen)
            if order.state is OrderState.UNKNOWN_CANCEL:
                seen = replace(seen, doubts=seen.doubts - {Request.CANCEL})
            return _terms(seen, event.at_ns, event.qty, event.limit_price)
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
        exec_ids=order.exec_ids | {event.exec_id},
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
    seen = replace(seen, changed_ns=max(seen.changed_ns, event.at_ns))
    matches = seen.pending_price in (None, event.limit_price) and seen.pending_qty in (None, event.qty)
    return _amend_settled(seen) if newest and matches else seen


def _amend_settled(order: WorkingOrder) -> WorkingOrder:
    return replace(order, pending_price=None, pending_qty=None, doubts=order.doubts - {Request.AMEND})


def _settle(order: WorkingOrder, target: Target) -> WorkingOrder:
    """Move the order to the target state."""
    if target is Then.FACTS or order.complete or order.end is not None:
        state = _spelled(order)
    else:
        state = order.state if target is Then.STAY else OrderState(target)
    if not state.terminal:
        return replace(order, state=state, closed_ns=0)
    return replace(
        order,
        state=state,
        closed_ns=max(order.end_ns, order.last_fill_ns),
        pending_price=None,
        pending_qty=None,
        doubts=frozenset(),
    )


def _spelled(order: WorkingOrder) -> OrderState:
    """Read the state off the facts."""
    if order.end is OrderState.FILLED or order.complete:
        return OrderState.FILLED
    if order.end is not None:
        return order.end
    if Request.CANCEL in order.doubts:
        return OrderState.UNKNOWN_CANCEL
    if not order.proven:
        return OrderState.UNKNOWN_NEW if Request.NEW in order.doubts else OrderState.PENDING_NEW
    if order.amending:
        return OrderState.UNKNOWN_AMEND if Request.AMEND in order.doubts else OrderState.PENDING_AMEND
    if order.cum_qty > ZERO:
        return OrderState.PARTIALLY_FILLED
    return OrderState.WORKING if order.live else OrderState.ACKED


def _note(before: WorkingOrder, after: WorkingOrder, event: OrderEvent, kind: EventKind) -> Note | None:
    if before.state is OrderState.REJECTED and after.state is not OrderState.REJECTED:
        return Note(NoteKind.SURPRISE, f"thought to be refused ({before.reason}), but the venue has it")
    if after.qty > ZERO and after.cum_qty > max(after.qty, before.cum_qty):
        return Note(NoteKind.OVERFILL, f"filled {after.cum_qty:f} of {after.qty:f}")
    if isinstance(event, ExecTrade) and before.end in (OrderState.CANCELED, OrderState.EXPIRED):
        return Note(NoteKind.LATE_FILL, f"{event.qty:f} filled before it was {before.end.value}; counted")
    if kind in _DOUBT_KINDS.values() and not after.state.terminal and _doubt_of(event) in after.doubts:
        error = getattr(event, "error", "no answer in time")
        return Note(NoteKind.ASK, f"{error}: ask the venue what became of it")
    return None
