"""The order life cycle as data: which event leads where from each state.

A pair that is missing from `TABLE` is an event that cannot rightly happen
there: the reducer keeps the order as it was and says so.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from app.domain.working import OrderState


class EventKind(StrEnum):
    """Events as the table sees them: a doubtful answer counts as none."""

    SUBMITTED = "submitted"
    SENT = "sent"
    ACK_NEW = "ack_new"
    REJECT_NEW = "reject_new"
    NEW_DOUBTED = "new_doubted"
    LINK_LOST = "link_lost"
    AMEND_SENT = "amend_sent"
    AMEND_ACK = "amend_ack"
    AMEND_REJECT = "amend_reject"
    AMEND_DOUBTED = "amend_doubted"
    CANCEL_SENT = "cancel_sent"
    CANCEL_ACK = "cancel_ack"
    CANCEL_REJECT = "cancel_reject"
    CANCEL_DOUBTED = "cancel_doubted"
    EXEC_PENDING_NEW = "exec_pending_new"
    EXEC_NEW = "exec_new"
    EXEC_TRADE = "exec_trade"
    EXEC_FILLED = "exec_filled"
    EXEC_CANCELED = "exec_canceled"
    EXEC_EXPIRED = "exec_expired"
    EXEC_AMENDED = "exec_amended"
    EXEC_RESTATED = "exec_restated"
    EXEC_STATUS = "exec_status"
    FOUND_OPEN = "found_open"
    FOUND_CLOSED = "found_closed"
    PROVEN_ABSENT = "proven_absent"


class Then(StrEnum):
    """Targets that are not one fixed state."""

    STAY = "stay"  # only the facts change
    FACTS = "facts"  # the state that the order's facts now spell


Target = OrderState | Then

_S = OrderState
_K = EventKind
STAY: Final = Then.STAY
FACTS: Final = Then.FACTS

_UNPROVEN = (_S.PENDING_NEW, _S.UNKNOWN_NEW)
_LIVE = (_S.ACKED, _S.WORKING, _S.PARTIALLY_FILLED)
_AMENDING = (_S.PENDING_AMEND, _S.UNKNOWN_AMEND)
_CANCELING = (_S.PENDING_CANCEL, _S.UNKNOWN_CANCEL)
_ENDED = (_S.FILLED, _S.CANCELED, _S.EXPIRED)
_REJECTED = (_S.REJECTED,)
_ALL = tuple(OrderState)

_Row = tuple[tuple[OrderState, ...], Target]

# For each event, rows of states and target; a later row overrides an earlier one.
_ROWS: Final[dict[EventKind, tuple[_Row, ...]]] = {
    _K.SUBMITTED: (((_S.PENDING_NEW,), STAY),),
    _K.SENT: (((_S.PENDING_NEW, _S.PENDING_CANCEL), STAY),),
    # Answers and reports overtake each other (`ws-v2.md` §7.6), so most of them are legal everywhere.
    _K.ACK_NEW: ((_ALL, STAY), (_UNPROVEN + _REJECTED, FACTS)),
    _K.REJECT_NEW: ((_UNPROVEN + _CANCELING + _REJECTED, _S.REJECTED),),
    _K.NEW_DOUBTED: ((_ALL, STAY), ((_S.PENDING_NEW,), _S.UNKNOWN_NEW)),
    _K.LINK_LOST: (
        (_ALL, STAY),
        ((_S.PENDING_NEW,), _S.UNKNOWN_NEW),
        ((_S.PENDING_AMEND,), _S.UNKNOWN_AMEND),
        ((_S.PENDING_CANCEL,), _S.UNKNOWN_CANCEL),
    ),
    # One amend at a time and none before the order is proven: two could overtake each other.
    _K.AMEND_SENT: ((_LIVE, _S.PENDING_AMEND),),
    _K.AMEND_ACK: ((_LIVE + _CANCELING + _ENDED, STAY), (_AMENDING, FACTS)),
    _K.AMEND_REJECT: ((_LIVE + _CANCELING + _ENDED, STAY), (_AMENDING, FACTS)),
    _K.AMEND_DOUBTED: ((_ALL, STAY), ((_S.PENDING_AMEND,), _S.UNKNOWN_AMEND)),
    # A cancel may be sent at any time, even before the order is proven.
    _K.CANCEL_SENT: ((_ALL, STAY), (_UNPROVEN + _LIVE + _AMENDING + _CANCELING, _S.PENDING_CANCEL)),
    # An acknowledged cancel is still no end, and a late one does not end the asking.
    _K.CANCEL_ACK: ((_ALL, STAY),),
    _K.CANCEL_REJECT: ((_ALL, STAY), (_CANCELING, FACTS)),
    _K.CANCEL_DOUBTED: ((_ALL, STAY), ((_S.PENDING_CANCEL,), _S.UNKNOWN_CANCEL)),
    _K.EXEC_PENDING_NEW: ((_ALL, STAY), (_UNPROVEN + _REJECTED, FACTS)),
    _K.EXEC_NEW: ((_ALL, STAY), (_UNPROVEN + _LIVE + _REJECTED, FACTS)),
    _K.EXEC_STATUS: ((_ALL, STAY), (_UNPROVEN + _REJECTED, FACTS)),
    # A fill never settles a cancel or an amend: their own answer is still to come.
    _K.EXEC_TRADE: ((_ALL, STAY), (_UNPROVEN + _LIVE + _ENDED + _REJECTED, FACTS)),
    _K.EXEC_FILLED: ((_ALL, FACTS),),
    _K.EXEC_CANCELED: ((_ALL, FACTS),),
    _K.EXEC_EXPIRED: ((_ALL, FACTS),),
    _K.EXEC_AMENDED: ((_ALL, FACTS), (_CANCELING, STAY)),
    _K.EXEC_RESTATED: ((_ALL, FACTS), (_CANCELING, STAY)),
    # An open order in an answer may be older than a request still in flight, so only UNKNOWN yields to it.
    _K.FOUND_OPEN: ((_ALL, FACTS), ((_S.PENDING_AMEND, _S.PENDING_CANCEL), STAY)),
    _K.FOUND_CLOSED: ((_ALL, FACTS),),
    _K.PROVEN_ABSENT: (((_S.UNKNOWN_NEW, _S.UNKNOWN_CANCEL, _S.REJECTED), _S.REJECTED),),
}

TABLE: Final[dict[tuple[OrderState, EventKind], Target]] = {
    (state, kind): target for kind, rows in _ROWS.items() for states, target in rows for state in states
}
"""Where each event leads from each state."""
