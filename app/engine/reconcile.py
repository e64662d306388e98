"""Finding out what is true: after a start, a reconnect, or a doubt.

Orders believed open that the venue's snapshot does not show, and orders with
an unknown outcome, are asked for over REST until the venue says open, closed,
or provably never there. Nothing is resent; silence proves nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from app.clock import NS_PER_S, Clock
from app.domain.oms import Ending, FoundClosed, FoundOpen, OrderState, ProvenAbsent, WorkingOrder
from app.engine.entry import DEADLINE_NS
from app.engine.orders import Orders, key_of
from app.workers.feed import ReadError, RestOrder, Venue

log = logging.getLogger(__name__)

ASK_FIRST_S = 0.5
ASK_MOST_S = 8.0

ABSENT_MARGIN_NS = 5 * NS_PER_S
"""REST order queries lag the engine; absence counts only so long after the deadline."""

_ENDINGS = {"closed": Ending.FILLED, "canceled": Ending.CANCELED, "expired": Ending.EXPIRED}


class Reconciler:
    """Asks the venue about orders until nothing is in doubt.

    Args:
        clock: Time.
        venue: Connections.
        orders: Store of orders.
        say: Called with a line worth an event.
    """

    def __init__(self, clock: Clock, venue: Venue, orders: Orders, say: Callable[[str], None]) -> None:
        self._clock = clock
        self._venue = venue
        self._orders = orders
        self._say = say
        self._wake = asyncio.Event()
        self._suspects: set[str] = set()
        self.done = False

    def begin(self) -> None:
        """The account stream is being set up anew: every open order must show itself."""
        self.done = False
        self._suspects = {key_of(order) for order in self._orders.working()}

    def seen(self, order: WorkingOrder) -> None:
        """The snapshot or a report showed this order."""
        self._suspects.discard(key_of(order))

    def suspect(self, order: WorkingOrder) -> None:
        """Ask about this order."""
        self._suspects.add(key_of(order))
        self._wake.set()

    def snapshot_complete(self) -> None:
        """All open orders were shown; whoever is missing is asked for."""
        self._wake.set()
        if not self._suspects:
            self.done = True

    async def run(self) -> None:
        """Ask about suspects and unknown outcomes for as long as there are any."""
        pause = ASK_FIRST_S
        while True:
            if not self._pending():
                self.done = self.done or not self._suspects
                pause = ASK_FIRST_S
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._round()
            if not self._suspects:
                self.done = True
            if self._pending():
                try:
                    async with asyncio.timeout(pause):
                        self._wake.clear()
                        await self._wake.wait()
                except TimeoutError:
                    pause = min(pause * 2, ASK_MOST_S)

    def _pending(self) -> list[WorkingOrder]:
        keys = set(self._suspects) | {key_of(order) for order in self._orders.unknown()}
        found = [self._orders.get(key) for key in sorted(keys)]
        return [order for order in found if order is not None]

    async def _round(self) -> None:
        for order in self._pending():
            try:
                answers = await self._ask(order)
            except ReadError as error:
                log.info("reconcile: %s", error)
                return
            self._conclude(order, answers)

    async def _ask(self, order: WorkingOrder) -> tuple[RestOrder, ...]:
        if order.order_id:
            return await self._venue.query_orders([order.order_id])
        return await self._venue.orders_by_cl_ord_id(order.cl_ord_id)

    def _conclude(self, asked: WorkingOrder, answers: tuple[RestOrder, ...]) -> None:
        key = key_of(asked)
        order = self._orders.get(key)
        if order is None or (order.state.terminal and key not in self._suspects):
            self._suspects.discard(key)
            return
        now = self._clock.now_ns()
        if answers:
            answer = answers[0]
            self._orders.apply(key, _evidence(answer, now))
            self._suspects.discard(key)
            self._say(f"#{self._orders.number(order)}: the venue says {answer.status}")
        elif order.state in (OrderState.UNKNOWN_NEW, OrderState.PENDING_NEW, OrderState.UNKNOWN_CANCEL):
            if not order.proven and now - order.created_ns > DEADLINE_NS + ABSENT_MARGIN_NS:
                self._orders.apply(key, ProvenAbsent(now))
                self._suspects.discard(key)
                self._say(f"#{self._orders.number(order)}: the venue never had it")
        else:
            log.warning("reconcile: the venue does not show %s, which it once did", key)


def _evidence(answer: RestOrder, now_ns: int) -> FoundOpen | FoundClosed:
    if answer.is_open:
        return FoundOpen(
            now_ns,
            answer.order_id,
            answer.qty,
            answer.limit_price,
            answer.filled,
            answer.cost,
            live=answer.status != "pending",
        )
    ending = _ENDINGS.get(answer.status, Ending.CANCELED)
    if ending is Ending.FILLED and answer.filled < answer.qty:
        ending = Ending.CANCELED
    return FoundClosed(answer.closed_ns or now_ns, answer.order_id, ending, answer.filled, answer.cost, answer.reason)
