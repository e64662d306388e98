"""Which row of the table an event is, and which refusals prove nothing."""

from __future__ import annotations

from app.domain.order_events import (
    AckNew,
    AmendAck,
    AmendReject,
    AmendSent,
    CancelAck,
    CancelReject,
    CancelSent,
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
from app.domain.order_table import EventKind

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
DOUBT_KINDS: dict[Request, EventKind] = {
    Request.NEW: EventKind.NEW_DOUBTED,
    Request.AMEND: EventKind.AMEND_DOUBTED,
    Request.CANCEL: EventKind.CANCEL_DOUBTED,
}
_REQUEST_OF: dict[type, Request] = {
    RejectNew: Request.NEW,
    AmendReject: Request.AMEND,
    CancelReject: Request.CANCEL,
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


def doubt_of(event: OrderEvent) -> Request | None:
    """Return the request that an event puts in doubt, None if it does not."""
    if isinstance(event, TimedOut):
        return event.request
    if isinstance(event, RejectNew | AmendReject | CancelReject):
        request = _REQUEST_OF[type(event)]
        return request if is_doubtful(request, event.error) else None
    return None


def kind_of(event: OrderEvent) -> EventKind:
    """Return the event's row in the table; a doubtful refusal is a doubt."""
    doubt = doubt_of(event)
    if doubt is not None:
        return DOUBT_KINDS[doubt]
    return _PLAIN_KINDS.get(type(event)) or _REJECT_KINDS[type(event)]
