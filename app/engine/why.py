"""The story of one order, as `why` shows it."""

from __future__ import annotations

from app.domain.oms import (
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
    Submitted,
    TimedOut,
    WorkingOrder,
)
from app.domain.ratelimit import cancel_tag
from app.engine import story, words
from app.engine.orders import key_of
from app.engine.routes import FIX
from app.engine.state import DeskState
from app.link.messages import AskWhy, Why

_SAYINGS: dict[type, str] = {
    AckNew: "venue accepted it for processing",
    AmendSent: "amend sent",
    AmendAck: "amend acknowledged",
    AmendReject: "amend refused",
    CancelSent: "cancel sent",
    CancelAck: "cancel acknowledged; gone only when a report says so",
    CancelReject: "cancel refused",
    ExecPendingNew: "report: accepted and validated",
    ExecNew: "report: live in the book",
    ExecFilled: "report: completely filled",
    ExecCanceled: "report: cancelled",
    ExecExpired: "report: expired",
    ExecAmended: "report: amended",
    ExecRestated: "report: changed by the venue",
    ExecStatus: "report: status",
    Submitted: "in the journal, going out",
    LinkLost: "the link was lost: outcome unknown",
    FoundOpen: "asked: the venue shows it open",
    FoundClosed: "asked: the venue shows it ended",
    ProvenAbsent: "asked: the venue never had it",
}


def saying(event: OrderEvent, after: WorkingOrder) -> str:
    """Return one line of an order's story for an event; empty for those that say nothing new."""
    match event:
        case ExecTrade():
            return f"fill {event.exec_id}: {event.qty} @ {event.price}, fee {event.fee}"
        case RejectNew():
            return f"refused by {event.layer}: {event.error}"
        case TimedOut():
            return f"no answer to the {event.request.value}: outcome unknown, asking the venue; never sent again"
        case _:
            text = _SAYINGS.get(type(event), type(event).__name__)
            error = getattr(event, "error", "") or getattr(event, "reason", "")
            return f"{text}{': ' + error if error else ''} → {after.state.value.replace('_', ' ')}"


def answer(state: DeskState, message: AskWhy) -> Why:
    """Return the whole story of an order."""
    order = state.orders.numbered(message.number)
    if order is None:
        return Why(message.id, f"#{message.number}: there is no such order here", ())
    instrument = state.market.instruments.get(order.symbol)
    title = f"{story.headline(order, message.number, instrument)} · {order.state.value.replace('_', ' ')}"
    facts = [
        f"venue id {order.order_id or 'not known yet'}",
        f"client id {order.cl_ord_id or 'none: placed elsewhere'}",
        f"entered by {_who(state, order)}",
    ]
    trigger = words.trigger_text(order, instrument)
    if trigger:
        facts.append(f"trigger {trigger}, {'fired' if order.triggered else 'not fired'}")
    if order.conditional is not None:
        facts.append(words.close_text(order.conditional, order.side, instrument))
    if order.ord_ref_id:
        facts.append(f"made by a fill of {order.ord_ref_id}")
    if not order.state.terminal:
        facts.append(f"cancel now: {cancel_tag(state.rates.age_ns(order)).text}")
        facts.append(f"a cancel goes over {reach(state, order)}")
        facts.append(f"if this link dies now: {dies(state, order)}")
    if order.reason:
        facts.append(f"reason given: {order.reason}")
    return Why(message.id, title, (*facts, "", *state.trails.lines(key_of(order))))


def _who(state: DeskState, order: WorkingOrder) -> str:
    parent = state.orders.parent_number(order)
    if parent:
        return f"a fill of #{parent}"
    return "someone else on the account" if order.external else order.owner


def reach(state: DeskState, order: WorkingOrder) -> str:
    """Return the transport that a cancel of an order would take, and why if it is not the one that placed it."""
    if state.routes is None:
        return ""
    route = state.routes.change(order)
    return f"{route.via.value}: {route.why}" if route.why else route.via.value


def dies(state: DeskState, order: WorkingOrder) -> str:
    """Return what becomes of a working order if the engine or its link dies now."""
    if order.owner == FIX and state.profile.fix.cancel_on_disconnect:
        return "cancelled by FIX cancel-on-disconnect"
    if state.dead_man_ms >= 0:
        return f"cancelled by the venue's timer in {state.dead_man_ms // 1000} s"
    if order.owner == FIX:
        return "stays at the venue: this FIX session keeps its orders"
    return "stays at the venue: WebSocket has no cancel on disconnect"
