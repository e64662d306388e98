"""Single order requests over the transport that the caller chose; batches are in `batches.py`."""

from __future__ import annotations

from app.domain.order import OrderRequest
from app.protocol.changes import Amend, Edit
from app.protocol.fix.orders import SCOPE_SENDER
from app.protocol.rest import messages
from app.protocol.rest import order_requests as rest_orders
from app.protocol.rest import requests as rest_requests
from app.protocol.rest.errors import Layer, classify
from app.protocol.rest.messages import NotRestError
from app.protocol.wiretime import time_ns
from app.protocol.ws2 import order_requests, requests
from app.protocol.ws2.envelope import result_of, venue_us
from app.protocol.ws2.events import Reply
from app.workers.fix_desk import FixDesk
from app.workers.outcome import Accepted, Outcome, Refused, Unknown, Via
from app.workers.rest import Answer
from app.workers.wires import Wires, harmless, invalid, not_on_fix

_NS_PER_US = 1000
NO_SESSION = Refused("this profile has no FIX trading session", Layer.LINK, "nothing was sent; use WS or REST")
MAX_TIMER_S = 86_400


class OrderDesk:
    """Sends orders and says what became of them; never sends anything twice after a doubt.

    Args:
        wires: WS and REST.
        fix: Orders of the FIX session, if there is one.
    """

    def __init__(self, wires: Wires, fix: FixDesk | None = None) -> None:
        self._wires = wires
        self._fix = fix

    async def add(self, order: OrderRequest, via: Via) -> Outcome:
        """Send a new order, or have it checked only."""
        if via is Via.FIX:
            return NO_SESSION if self._fix is None else await self._fix.add(order)
        outcome: Outcome
        if via is Via.WS:
            reply = await self._wires.ws("add_order", lambda token, rid: order_requests.add_order(order, token, rid))
            outcome = accepted(reply)
        else:
            read = _checked if order.validate else _added
            outcome = await self._wires.rest("AddOrder", lambda: rest_orders.add_order(order), read)
        return harmless(outcome, validate=order.validate)

    async def amend(self, amend: Amend, via: Via) -> Outcome:
        """Change an order in place."""
        if via is Via.FIX:
            return NO_SESSION if self._fix is None else await self._fix.amend(amend)
        if via is Via.WS:
            return accepted(
                await self._wires.ws("amend_order", lambda token, rid: order_requests.amend_order(amend, token, rid))
            )
        return await self._wires.rest("AmendOrder", lambda: rest_requests.amend_order(amend), _amended)

    async def edit(self, edit: Edit, via: Via) -> Outcome:
        """Cancel an order and place it anew in one request."""
        if via is Via.FIX:
            return not_on_fix("an edit")
        outcome: Outcome
        if via is Via.WS:
            reply = await self._wires.ws("edit_order", lambda token, rid: order_requests.edit_order(edit, token, rid))
            outcome = accepted(reply)
        else:
            read = _checked if edit.validate else _edited
            outcome = await self._wires.rest("EditOrder", lambda: rest_orders.edit_order(edit), read)
        return harmless(outcome, validate=edit.validate)

    async def cancel(self, via: Via, *, order_id: str, cl_ord_id: str) -> Outcome:
        """Cancel one order."""
        if bool(order_id) == bool(cl_ord_id):
            return invalid("a cancel needs exactly one id")
        if via is Via.FIX:
            return NO_SESSION if self._fix is None else await self._fix.cancel(order_id or cl_ord_id)
        if via is Via.WS:
            reply = await self._wires.ws(
                "cancel_order",
                lambda token, rid: requests.cancel_order(token, rid, order_id=order_id, cl_ord_id=cl_ord_id),
            )
            return accepted(reply)
        return await self._wires.rest("CancelOrder", lambda: rest_requests.order_name(order_id, cl_ord_id), cancelled)

    async def cancel_all(self, via: Via) -> Outcome:
        """Cancel every open order."""
        if via is Via.FIX:
            return NO_SESSION if self._fix is None else await self._fix.mass_cancel(SCOPE_SENDER)
        if via is Via.WS:
            return accepted(await self._wires.ws("cancel_all", requests.cancel_all))
        return await self._wires.rest("CancelAll", dict, cancelled)

    async def cancel_all_after(self, timeout_s: int, via: Via) -> Outcome:
        """Arm or disarm the dead-man timer."""
        if via is Via.FIX:
            return not_on_fix("the dead-man timer")
        if not 0 <= timeout_s < MAX_TIMER_S:
            return invalid(f"a timer of {timeout_s} s is not between 0 and {MAX_TIMER_S - 1}")
        if via is Via.WS:
            reply = await self._wires.ws(
                "cancel_all_orders_after",
                lambda token, rid: requests.cancel_all_orders_after(timeout_s, token, rid),
            )
            return accepted(reply)
        return await self._wires.rest("CancelAllOrdersAfter", lambda: {"timeout": str(timeout_s)}, _armed)


def accepted(reply: Reply | Refused | Unknown) -> Outcome:
    """Turn the venue's yes on the socket into an outcome; anything else is one already."""
    if not isinstance(reply, Reply):
        return reply
    result = result_of(reply.response)
    return Accepted(
        order_id=result.order_id,
        cl_ord_id=result.cl_ord_id,
        amend_id=result.amend_id,
        original_id=result.original_order_id,
        count=(reply.cancelled if result.count is None else result.count) or 0,
        until_ns=_timer_ns(result.trigger_time),
        rtt_us=reply.rtt_ns // _NS_PER_US,
        venue_us=venue_us(reply.response),
    )


def cancelled(answer: Answer) -> Accepted:
    """Read how many orders a REST call cancelled.

    Raises:
        NotRestError: The answer has another shape.
    """
    done = messages.decode_result(answer.result, messages.CancelDone)
    return Accepted(count=done.count, rtt_us=answer.rtt_us)


def _timer_ns(text: str) -> int:
    """Read when the timer fires; what a disarmed one says is UNCONFIRMED (`ws-v2.md` §9.6)."""
    try:
        return time_ns(text)
    except ValueError:
        return 0


def _added(answer: Answer) -> Accepted:
    done = messages.decode_result(answer.result, messages.AddDone)
    if not done.txid:
        raise NotRestError("the answer names no order")
    return Accepted(order_id=done.txid[0], rtt_us=answer.rtt_us)


def _checked(answer: Answer) -> Accepted:
    return Accepted(rtt_us=answer.rtt_us)


def _amended(answer: Answer) -> Accepted:
    done = messages.decode_result(answer.result, messages.AmendDone)
    return Accepted(amend_id=done.amend_id, rtt_us=answer.rtt_us)


def _edited(answer: Answer) -> Outcome:
    done = messages.decode_result(answer.result, messages.EditDone)
    if done.failure:
        # The cancel may have gone through before the new order failed (`rest.md` §4.5).
        fault = classify(done.failure)
        gone = done.orders_cancelled > 0
        return Unknown(fault.error) if gone else Refused.from_fault(fault)
    if not done.txid:
        raise NotRestError("the answer names no order")
    return Accepted(
        order_id=done.txid, original_id=done.originaltxid, count=done.orders_cancelled, rtt_us=answer.rtt_us
    )


def _armed(answer: Answer) -> Accepted:
    done = messages.decode_result(answer.result, messages.CancelAfterDone)
    return Accepted(until_ns=done.until_ns, rtt_us=answer.rtt_us)
