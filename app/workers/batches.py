"""Batches of orders and cancels: one request, an outcome for each leg (`faults.md` P23).

A batch is refused whole when one leg is invalid; once valid, each leg stands
alone. After a doubt every leg of it is unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import Raw

from app.domain.order import OrderRequest
from app.protocol.legs import LegAnswer, match_legs, rest_legs, ws_legs
from app.protocol.order_check import CANCEL_MAX
from app.protocol.rest import order_requests as rest_orders
from app.protocol.rest import requests as rest_requests
from app.protocol.rest.errors import Retry, classify
from app.protocol.ws2 import order_requests, requests
from app.protocol.ws2.envelope import venue_us
from app.protocol.ws2.events import Reply
from app.workers.orders import OrderDesk, accepted, cancelled
from app.workers.outcome import Accepted, Outcome, Refused, Unknown, Via
from app.workers.rest import Answer
from app.workers.wires import Wires, harmless, invalid, not_on_fix

_NS_PER_US = 1000


class BatchDesk:
    """Sends batches.

    Args:
        wires: Both transports.
        desk: For the lists that have no batch.
    """

    def __init__(self, wires: Wires, desk: OrderDesk) -> None:
        self._wires = wires
        self._desk = desk

    async def add(self, orders: Sequence[OrderRequest], via: Via) -> tuple[Outcome, ...]:
        """Send 2 to 15 orders of one pair; the outcomes are in their order."""
        if via is Via.FIX:
            return (not_on_fix("a batch"),) * len(orders)
        outcomes = await (self._add_ws(orders) if via is Via.WS else self._add_rest(orders))
        return tuple(harmless(told, validate=order.validate) for order, told in zip(orders, outcomes, strict=True))

    async def _add_ws(self, orders: Sequence[OrderRequest]) -> tuple[Outcome, ...]:
        reply = await self._wires.ws("batch_add", lambda token, rid: order_requests.batch_add(orders, token, rid))
        if not isinstance(reply, Reply):
            return (reply,) * len(orders)
        timing = Accepted(rtt_us=reply.rtt_ns // _NS_PER_US, venue_us=venue_us(reply.response))
        return _legs(orders, _ws_answers(reply), timing)

    async def _add_rest(self, orders: Sequence[OrderRequest]) -> tuple[Outcome, ...]:
        answer = await self._wires.rest_json("AddOrderBatch", lambda: rest_orders.add_batch(orders), _rest_answers)
        return (answer,) * len(orders) if isinstance(answer, Refused | Unknown) else _legs(orders, *answer)

    async def cancel(self, order_ids: Sequence[str], cl_ord_ids: Sequence[str], via: Via) -> Outcome:
        """Cancel up to 50 orders; orders that are gone are passed over, so compare the count."""
        ids, own = tuple(dict.fromkeys(order_ids)), tuple(dict.fromkeys(cl_ord_ids))
        if not 1 <= len(ids) + len(own) <= CANCEL_MAX or not all(ids + own):
            return invalid(f"a batch cancel names 1 to {CANCEL_MAX} orders, not {len(ids) + len(own)}")
        if len(ids) + len(own) == 1 and via is Via.WS:
            # WS wants two or more in a batch (`ws-v2.md` §9.8); REST names no least.
            return await self._desk.cancel(via, order_id="".join(ids), cl_ord_id="".join(own))
        if via is Via.FIX:
            return not_on_fix("a batch")
        if via is Via.REST:
            return await self._wires.rest_json(
                "CancelOrderBatch", lambda: rest_requests.cancel_batch(ids, own), cancelled
            )
        if ids:
            return accepted(
                await self._wires.ws("batch_cancel", lambda token, rid: requests.batch_cancel(ids, own, token, rid))
            )
        # Whether WS takes a batch of client ids alone is UNCONFIRMED (`ws-v2.md` §15): one request each.
        return _together(await asyncio.gather(*(self._desk.cancel(via, order_id="", cl_ord_id=one) for one in own)))


def _ws_answers(reply: Reply) -> tuple[LegAnswer | None, ...]:
    try:
        return ws_legs(reply.response.result)
    except ValueError:
        return ()


def _rest_answers(answer: Answer) -> tuple[tuple[LegAnswer | None, ...], Accepted]:
    return rest_legs(Raw(answer.result)), Accepted(rtt_us=answer.rtt_us)


def _legs(orders: Sequence[OrderRequest], answers: Sequence[LegAnswer | None], timing: Accepted) -> tuple[Outcome, ...]:
    matched = match_legs([order.cl_ord_id for order in orders], answers)
    return tuple(_leg(order, answer, timing) for order, answer in zip(orders, matched, strict=True))


def _leg(order: OrderRequest, answer: LegAnswer | None, timing: Accepted) -> Outcome:
    if answer is None:
        return Unknown("the answer to the batch does not tell of this order")
    if answer.error and not answer.order_id:
        fault = classify(answer.error)
        return Unknown(fault.error) if fault.retry is Retry.AMBIGUOUS else Refused.from_fault(fault)
    if answer.error or not (answer.order_id or order.validate):
        return Unknown(answer.error or "the answer to the batch names no id for this order")
    return Accepted(
        order_id=answer.order_id, cl_ord_id=answer.cl_ord_id, rtt_us=timing.rtt_us, venue_us=timing.venue_us
    )


def _together(outcomes: Sequence[Outcome]) -> Outcome:
    """Add up single cancels: in doubt if one is, refused if all are, else counted."""
    doubts = [outcome for outcome in outcomes if isinstance(outcome, Unknown)]
    if doubts:
        return Unknown(f"{len(doubts)} of {len(outcomes)} cancels are in doubt: {doubts[0].reason}")
    done = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
    if not done:
        return outcomes[0]
    slowest = max(done, key=lambda outcome: outcome.rtt_us)
    return Accepted(count=len(done), rtt_us=slowest.rtt_us, venue_us=slowest.venue_us)
