"""What happened to an order, in one line for a person."""

from __future__ import annotations

from decimal import Decimal

from app.domain.instrument import Instrument, plain
from app.domain.oms import AckNew, ExecTrade, OrderEvent, OrderState, WorkingOrder
from app.engine.entry import NotSent
from app.engine.words import trigger_text
from app.link.frames import Severity
from app.workers.feed import Accepted, Outcome, Refused, Unknown

Line = tuple[str, Severity, str]

_QUIET = {OrderState.PENDING_NEW, OrderState.PENDING_CANCEL, OrderState.PENDING_AMEND, OrderState.ACKED}
_UNKNOWN = {
    OrderState.UNKNOWN_NEW: "sent, but no answer: it may or may not live; asking the venue",
    OrderState.UNKNOWN_AMEND: "amend sent, but no answer; asking the venue",
    OrderState.UNKNOWN_CANCEL: "cancel sent, but no answer: it may still live; asking the venue",
}


def headline(order: WorkingOrder, number: int, instrument: Instrument | None) -> str:
    """Return `#3 BUY 0.50000000 BTC/USD @ 64200.0 post`."""
    qty = instrument.qty_text(order.qty) if instrument else plain(order.qty)
    words = [f"#{number}", order.side.value.upper(), qty, order.symbol]
    trigger = trigger_text(order, instrument)
    if trigger:
        words.append(trigger)
    if order.limit_price is None:
        words += [] if trigger else [order.order_type.value]
    else:
        words += ["@", instrument.price_text(order.limit_price) if instrument else plain(order.limit_price)]
    if order.post_only:
        words.append("post")
    return " ".join(words)


def tell(
    before: WorkingOrder, after: WorkingOrder, event: OrderEvent, number: int, instrument: Instrument | None
) -> Line | None:
    """Return kind, severity and text of what an event changed; None if it is not worth a line."""
    if isinstance(event, ExecTrade) and event.exec_id in after.exec_ids and event.exec_id not in before.exec_ids:
        return "fill", Severity.GOOD, _fill(after, event, number, instrument)
    if before.state is after.state:
        if before.limit_price != after.limit_price or (before.qty and before.qty != after.qty):
            return "order", Severity.INFO, f"{headline(after, number, instrument)}: amended"
        return None
    return _state_line(before, after, event, headline(after, number, instrument))


def _state_line(before: WorkingOrder, after: WorkingOrder, event: OrderEvent, head: str) -> Line | None:
    state = after.state
    if state in _UNKNOWN:
        return "order", Severity.BAD, f"{head}: {_UNKNOWN[state]}"
    if state in _QUIET or isinstance(event, AckNew):
        return None
    if state is OrderState.WORKING:
        if before.state is OrderState.PENDING_AMEND:
            return "order", Severity.INFO, f"{head}: amended"
        return "order", Severity.INFO, f"{head}: working"
    if state is OrderState.FILLED:
        return "fill", Severity.GOOD, f"{head}: filled"
    if state is OrderState.CANCELED:
        why = f" ({after.reason})" if after.reason and after.reason != "User requested" else ""
        left = f", {plain(after.cum_qty)} were filled" if after.cum_qty else ""
        return "order", Severity.WARN if why else Severity.INFO, f"{head}: cancelled{why}{left}"
    if state is OrderState.REJECTED:
        return "reject", Severity.BAD, f"{head}: refused by {after.reject_layer or 'the venue'}: {after.reason}"
    if state is OrderState.EXPIRED:
        return "order", Severity.WARN, f"{head}: expired"
    return None


def _fill(order: WorkingOrder, event: ExecTrade, number: int, instrument: Instrument | None) -> str:
    qty = instrument.qty_text(event.qty) if instrument else plain(event.qty)
    price = instrument.price_text(event.price) if instrument else plain(event.price)
    verb = "bought" if order.side.value == "buy" else "sold"
    left = order.open_qty
    rest = f", {instrument.qty_text(left) if instrument else plain(left)} left" if left else ""
    fee = f", fee {plain(event.fee.normalize() + Decimal(0))}" if event.fee else ""
    return f"#{number} {verb} {qty} {order.symbol} @ {price}{rest}{fee}"


def outcome_text(outcome: Outcome | NotSent) -> str:
    """Return an answer of the venue in a few words."""
    match outcome:
        case Accepted():
            return "accepted"
        case Refused(error=error):
            return f"refused: {error}"
        case NotSent(error=error):
            return f"not sent: {error}"
        case Unknown(reason=reason):
            return f"outcome unknown: {reason}"


def ended_with_venue(count: int) -> str:
    """Say what becomes of open orders at a venue that lives for this engine alone."""
    return f"{count} open order{'s end' if count != 1 else ' ends'} with the local exchange, which stops too"
