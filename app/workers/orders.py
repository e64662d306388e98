"""Order requests over the transport that the caller chose."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.order import OrderRequest
from app.protocol.changes import Amend
from app.protocol.rest import messages
from app.protocol.rest import order_requests as rest_orders
from app.protocol.rest import requests as rest_requests
from app.protocol.rest.errors import Layer, Retry, classify
from app.protocol.rest.messages import NotRestError
from app.protocol.wiretime import time_ns
from app.protocol.ws2 import order_requests
from app.protocol.ws2 import requests as ws_requests
from app.protocol.ws2.envelope import result_of, venue_us
from app.protocol.ws2.events import Cut, Reply, TimedOut
from app.workers.outcome import Accepted, Outcome, Refused, Unknown, Via
from app.workers.rest import Answer, RestClient
from app.workers.ws import WsConnection

_NS_PER_US = 1000
MAX_TIMER_S = 86_400


class OrderDesk:
    """Sends orders and says what became of them; never sends anything twice after a doubt.

    Args:
        ws: The private connection; None without a key.
        rest: The REST client.
    """

    def __init__(self, ws: WsConnection | None, rest: RestClient) -> None:
        self._ws = ws
        self._rest = rest

    async def add(self, order: OrderRequest, via: Via) -> Outcome:
        """Send a new order."""
        if via is Via.WS:
            return await self._over_ws("add_order", lambda token, rid: order_requests.add_order(order, token, rid))
        return await self._over_rest("AddOrder", lambda: rest_orders.add_order(order), _added)

    async def amend(self, amend: Amend, via: Via) -> Outcome:
        """Change an order in place."""
        if via is Via.WS:
            return await self._over_ws("amend_order", lambda token, rid: order_requests.amend_order(amend, token, rid))
        return await self._over_rest("AmendOrder", lambda: rest_requests.amend_order(amend), _amended)

    async def cancel(self, via: Via, *, order_id: str, cl_ord_id: str) -> Outcome:
        """Cancel one order."""
        if bool(order_id) == bool(cl_ord_id):
            return _invalid("a cancel needs exactly one id")
        if via is Via.WS:
            return await self._over_ws(
                "cancel_order",
                lambda token, rid: ws_requests.cancel_order(token, rid, order_id=order_id, cl_ord_id=cl_ord_id),
            )
        return await self._over_rest("CancelOrder", lambda: rest_requests.order_name(order_id, cl_ord_id), _cancelled)

    async def cancel_all(self, via: Via) -> Outcome:
        """Cancel every open order."""
        if via is Via.WS:
            return await self._over_ws("cancel_all", ws_requests.cancel_all)
        return await self._over_rest("CancelAll", dict, _cancelled)

    async def cancel_all_after(self, timeout_s: int, via: Via) -> Outcome:
        """Arm or disarm the dead-man timer."""
        if not 0 <= timeout_s < MAX_TIMER_S:
            return _invalid(f"a timer of {timeout_s} s is not between 0 and {MAX_TIMER_S - 1}")
        if via is Via.WS:
            return await self._over_ws(
                "cancel_all_orders_after",
                lambda token, rid: ws_requests.cancel_all_orders_after(timeout_s, token, rid),
            )
        return await self._over_rest("CancelAllOrdersAfter", lambda: {"timeout": str(timeout_s)}, _armed)

    async def _over_ws(self, method: str, encode: Callable[[str, int], bytes]) -> Outcome:
        if self._ws is None:
            return Refused("there is no private connection", Layer.LINK, "use a profile with a key")
        try:
            answer = await self._ws.request(method, encode)
        except ValueError as error:
            return _invalid(str(error))
        match answer:
            case Reply():
                return outcome_of(answer)
            case TimedOut():
                return Unknown(f"{method}: no answer in time")
            case Cut():
                return Unknown(f"{method}: the connection was cut before the answer")
            case None:
                return Refused("the private connection is down", Layer.LINK, "nothing was sent", Retry.BACK_OFF)

    async def _over_rest(
        self, name: str, fields: Callable[[], dict[str, str]], read: Callable[[Answer], Accepted]
    ) -> Outcome:
        try:
            answer = await self._rest.write(name, fields())
        except ValueError as error:
            return _invalid(str(error))
        if not isinstance(answer, Answer):
            return answer
        try:
            return read(answer)
        except NotRestError as error:
            return Unknown(f"{name}: {error.message}")


def outcome_of(reply: Reply) -> Outcome:
    """Turn an answer on the socket into an outcome."""
    response = reply.response
    if not response.ok:
        fault = classify(response.error)
        return Unknown(fault.error) if fault.retry is Retry.AMBIGUOUS else Refused.from_fault(fault)
    if response.success is None:
        return Unknown(f"{response.method}: the answer says neither yes nor no")
    result = result_of(response)
    return Accepted(
        order_id=result.order_id,
        cl_ord_id=result.cl_ord_id,
        amend_id=result.amend_id,
        count=result.count or 0,
        until_ns=_timer_ns(result.trigger_time),
        rtt_us=reply.rtt_ns // _NS_PER_US,
        venue_us=venue_us(response),
    )


def _timer_ns(text: str) -> int:
    """Read when the timer fires; what a disarmed one says is UNCONFIRMED (`ws-v2.md` §9.6)."""
    try:
        return time_ns(text)
    except ValueError:
        return 0


def _invalid(text: str) -> Refused:
    return Refused(text, Layer.VALIDATION, "nothing was sent")


def _added(answer: Answer) -> Accepted:
    done = messages.decode_result(answer.result, messages.AddDone)
    if not done.txid:
        raise NotRestError("the answer names no order")
    return Accepted(order_id=done.txid[0], rtt_us=answer.rtt_us)


def _amended(answer: Answer) -> Accepted:
    done = messages.decode_result(answer.result, messages.AmendDone)
    return Accepted(amend_id=done.amend_id, rtt_us=answer.rtt_us)


def _cancelled(answer: Answer) -> Accepted:
    done = messages.decode_result(answer.result, messages.CancelDone)
    return Accepted(count=done.count, rtt_us=answer.rtt_us)


def _armed(answer: Answer) -> Accepted:
    done = messages.decode_result(answer.result, messages.CancelAfterDone)
    return Accepted(until_ns=done.until_ns, rtt_us=answer.rtt_us)
