"""Order management: a pure reducer over the table of `order_table`.

Unknown is not rejected: after a timeout or a cut an order stays in an
`UNKNOWN_*` state until the venue shows what became of it. Reports may come
twice, late or before the answers they belong to; what is known grows and the
end is the same in any order (`ws-v2.md` §7.2, §7.6).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from app.domain.order_details import OrderDetails
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
from app.domain.order_facts import absorb
from app.domain.order_kinds import DOUBT_KINDS, doubt_of, is_doubtful, kind_of
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
    "OrderDetails",
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
    if isinstance(event, ExecTrade) and event.ids & order.exec_ids:
        return order, Note(NoteKind.DUPLICATE, f"fill {event.exec_id} was already counted")
    after = _settle(absorb(order, event, kind), target)
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
    if kind in DOUBT_KINDS.values() and not after.state.terminal and doubt_of(event) in after.doubts:
        error = getattr(event, "error", "no answer in time")
        return Note(NoteKind.ASK, f"{error}: ask the venue what became of it")
    return None
