"""Several orders in one message: all journaled, each with an outcome of its own.

The venue validates a batch as a whole and then takes it leg by leg
(`ws-v2.md` §9.7): some legs may live while others were refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.oms import AckNew, RejectNew, Request, Submitted, TimedOut, new_order
from app.domain.order import OrderRequest
from app.domain.ratelimit import cost_batch_add
from app.engine.entry import DISK_HINT, Entry, NotSent, Sent
from app.engine.journal import Intent, JournalError
from app.engine.state import DeskState
from app.workers.feed import Accepted, Outcome, Refused, Unknown, Venue, Via

MOST_LEGS = 15


class Batches:
    """Sends batches that have passed the gate.

    Args:
        state: The desk.
        venue: Connections.
        entry: For its choice of transport.
    """

    def __init__(self, state: DeskState, venue: Venue, entry: Entry) -> None:
        self._state = state
        self._venue = venue
        self._entry = entry

    async def place(self, requests: Sequence[OrderRequest], text: str) -> tuple[Sent, ...]:
        """Send 2 to 15 orders of one pair.

        Args:
            requests: The orders.
            text: The line that asked for them.

        Returns:
            What became of each, in their order.
        """
        state = self._state
        via = self._entry.batch_way()
        now = state.clock.now_ns()
        for request in requests:
            state.orders.add(new_order(request, now, via.value))
        try:
            for request in requests:
                order = state.orders.get(request.cl_ord_id)
                number = state.orders.number(order) if order else 0
                await state.journal.durable(Intent(number, request, now, via.value, text))
        except JournalError as failure:
            return tuple(self._withdrawn(request, NotSent(str(failure), DISK_HINT), via) for request in requests)
        blocked = state.blocked(requests[0].symbol)
        if blocked:
            return tuple(self._withdrawn(request, NotSent(blocked, "cancels still work"), via) for request in requests)
        for request in requests:
            state.orders.apply(request.cl_ord_id, Submitted(now))
        symbol, cost = requests[0].symbol, cost_batch_add(len(requests))
        spend = state.rates.send(symbol, "batch", cost, cost)
        outcomes = await self._venue.add_batch(requests, via=via)
        state.rates.answered(symbol, spend, _of_all(outcomes))
        return tuple(self._settled(request, outcome, via) for request, outcome in zip(requests, outcomes, strict=True))

    def _settled(self, request: OrderRequest, outcome: Outcome, via: Via) -> Sent:
        orders, now = self._state.orders, self._state.clock.now_ns()
        key = request.cl_ord_id
        match outcome:
            case Accepted(order_id=order_id):
                after = orders.apply(key, AckNew(now, order_id))
            case Refused(error=error, layer=layer):
                after = orders.apply(key, RejectNew(now, error, layer.value))
            case Unknown():
                after = orders.apply(key, TimedOut(now, Request.NEW))
        return Sent(after, outcome, via)

    def _withdrawn(self, request: OrderRequest, why: NotSent, via: Via) -> Sent:
        event = RejectNew(self._state.clock.now_ns(), why.error, "guard")
        return Sent(self._state.orders.apply(request.cl_ord_id, event), why, via)


def _of_all(outcomes: Sequence[Outcome]) -> Outcome:
    """Return what became of the message as a whole: a leg that lives or may live says that it was taken."""
    return next((outcome for outcome in outcomes if not isinstance(outcome, Refused)), outcomes[0])
