"""Finding out what is true: after a start, a reconnect, or a doubt.

Orders believed open that the venue's snapshot does not show, and orders with
an unknown outcome, are asked for over REST until the venue says open, closed,
or provably never there. Nothing is resent; silence proves nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from app.clock import NS_PER_S, Clock
from app.domain.oms import (
    Ending,
    FoundClosed,
    FoundOpen,
    OrderState,
    ProvenAbsent,
    Request,
    TimedOut,
    WorkingOrder,
    external_order,
)
from app.engine.entry import DEADLINE_NS
from app.engine.executions import order_type
from app.engine.orders import Orders, key_of
from app.workers.feed import ReadError, RestOrder, Venue

log = logging.getLogger(__name__)

ASK_FIRST_S = 0.5
ASK_MOST_S = 8.0

ABSENT_MARGIN_NS = 5 * NS_PER_S
"""REST order queries lag the engine; absence counts only so long after the deadline."""

OVERDUE_NS = 10 * NS_PER_S
"""A request that shows no effect for so long, answered or not, is asked about."""

_ENDINGS = {"closed": Ending.FILLED, "canceled": Ending.CANCELED, "expired": Ending.EXPIRED}
_REQUESTS = {
    OrderState.PENDING_NEW: Request.NEW,
    OrderState.PENDING_AMEND: Request.AMEND,
    OrderState.PENDING_CANCEL: Request.CANCEL,
}


class Reconciler:
    """Asks the venue about orders until nothing is in doubt.

    Args:
        clock: Time.
        venue: Connections.
        orders: Store of orders.
        say: Called with a line worth an event.
        warn: Called with a line that a person must see.
    """

    def __init__(
        self, clock: Clock, venue: Venue, orders: Orders, say: Callable[[str], None], warn: Callable[[str], None]
    ) -> None:
        self._clock = clock
        self._venue = venue
        self._orders = orders
        self._say = say
        self._warn = warn
        self._wake = asyncio.Event()
        self._complete = False
        self._missing: set[str] = set()
        self._doubts: set[str] = set()
        self._strangers: set[str] = set()
        self._recovered: set[str] = set()
        self._since: dict[str, tuple[OrderState, int]] = {}

    @property
    def done(self) -> bool:
        """Whether every order believed open was found in a snapshot or asked for."""
        return self._complete and not self._missing

    def recover(self, orders: Iterable[WorkingOrder]) -> None:
        """Orders of an earlier engine: no new order before each is accounted for."""
        keys = {key_of(order) for order in orders}
        self._recovered |= keys
        self._missing |= keys

    def begin(self) -> None:
        """The account stream is being set up anew: every open order must show itself."""
        self._complete = False
        self._missing = {key_of(order) for order in self._orders.working()}

    def seen(self, order: WorkingOrder) -> None:
        """The snapshot of open orders shows this order."""
        self._missing.discard(key_of(order))

    def suspect(self, order: WorkingOrder) -> None:
        """Ask about this order."""
        self._doubts.add(key_of(order))
        self._wake.set()

    def stranger(self, order_id: str) -> None:
        """A report named an order that nobody here knows: ask what it is."""
        self._strangers.add(order_id)
        self._wake.set()

    def snapshot_complete(self) -> None:
        """All open orders were shown; whoever is missing is asked for."""
        self._complete = True
        self._wake.set()

    def overdue(self) -> None:
        """Put requests in doubt that have shown no effect for long; called once a second."""
        now, before = self._clock.mono_ns(), self._since
        self._since = {}
        for order in self._orders.working():
            key = key_of(order)
            state, since = before.get(key, (order.state, now))
            self._since[key] = (order.state, since if state is order.state or not order.proven else now)
            request = _REQUESTS.get(order.state)
            if request is not None and state is order.state and now - since > OVERDUE_NS:
                self._orders.apply(key, TimedOut(self._clock.now_ns(), request))

    async def run(self) -> None:
        """Ask about suspects and unknown outcomes for as long as there are any."""
        pause = ASK_FIRST_S
        while True:
            self._wake.clear()
            if not self._pending() and not self._strangers:
                pause = ASK_FIRST_S
                await self._wake.wait()
                continue
            await self._round()
            if self._pending() or self._strangers:
                try:
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
                except TimeoutError:
                    pause = min(pause * 2, ASK_MOST_S)

    def _pending(self) -> list[WorkingOrder]:
        keys = self._doubts | {key_of(order) for order in self._orders.unknown()}
        if self._complete:
            keys |= self._missing
        found = {key: self._orders.get(key) for key in sorted(keys)}
        for key in [key for key, order in found.items() if order is None]:
            self._settled(key)
        return [order for order in found.values() if order is not None]

    async def _round(self) -> None:
        pending = self._pending()
        strangers = tuple(self._strangers)
        named = [order.order_id for order in pending if order.order_id]
        nameless = [order for order in pending if not order.order_id]
        for order in pending:
            self._waited(order, key_of(order))  # the wait for its proof begins with the first question at the latest
        try:
            asked = self._clock.now_ns()
            ids = [*named, *strangers]
            shown = {one.order_id: one for one in await self._venue.query_orders(ids)} if ids else {}
            for order_id in strangers:
                self._take_in(order_id, shown.get(order_id), asked)
            for order in pending:
                if order.order_id:
                    self._conclude(order, shown.get(order.order_id), asked)
            asked = self._clock.now_ns()
            found = await self._by_own_id(nameless)
            for order in nameless:
                self._conclude(order, found.get(order.cl_ord_id), asked)
        except ReadError as error:
            log.info("reconcile: %s", error)

    async def _by_own_id(self, orders: list[WorkingOrder]) -> dict[str, RestOrder]:
        """Look orders up whose venue id is not known: several cost no more calls than two."""
        if not orders:
            return {}
        if len(orders) == 1:
            answers = await self._venue.orders_by_cl_ord_id(orders[0].cl_ord_id)
        else:
            opened = await self._venue.open_orders()
            since = min(order.created_ns for order in orders) - ABSENT_MARGIN_NS
            answers = opened + await self._venue.closed_orders(since)
        return {one.cl_ord_id: one for one in reversed(answers) if one.cl_ord_id}

    def _take_in(self, order_id: str, answer: RestOrder | None, asked_ns: int) -> None:
        if answer is None:
            return  # not shown yet: asked again
        self._strangers.discard(order_id)
        known = self._orders.locate(order_id, answer.cl_ord_id)
        if known is None:
            known = external_order(
                order_id,
                answer.symbol,
                answer.side,
                order_type(answer.order_type),
                answer.opened_ns,
                cl_ord_id=answer.cl_ord_id,
                qty=answer.qty,
                limit_price=answer.limit_price,
            )
            self._orders.add(known)
        self._orders.apply(key_of(known), _evidence(answer, asked_ns))

    def _conclude(self, asked: WorkingOrder, answer: RestOrder | None, asked_ns: int) -> None:
        key = key_of(asked)
        order = self._orders.get(key)
        if order is None:
            self._settled(key)
            return
        name = f"#{self._orders.number(order)}"
        if answer is not None:
            after = self._orders.apply(key, _evidence(answer, asked_ns))
            self._settled(key)
            if after.state is not order.state:
                self._say(f"{name}: the venue says {answer.status}")
        elif order.state.terminal:
            self._settled(key)
        elif order.proven:
            self._denied(order, key, name)
        elif order.state in (OrderState.UNKNOWN_NEW, OrderState.UNKNOWN_CANCEL) and self._too_late(order, key):
            self._orders.apply(key, ProvenAbsent(self._clock.now_ns()))
            self._settled(key)
            self._say(f"{name}: the venue never had it")

    def _too_late(self, order: WorkingOrder, key: str) -> bool:
        """Whether an order that the venue does not show can't arrive any more."""
        limit = DEADLINE_NS + ABSENT_MARGIN_NS
        if self._clock.now_ns() - order.created_ns <= limit:
            return False
        # The wall clock may have been stepped since; an order of an earlier engine has no other.
        return key in self._recovered or self._waited(order, key) > limit

    def _waited(self, order: WorkingOrder, key: str) -> int:
        now = self._clock.mono_ns()
        return now - self._since.setdefault(key, (order.state, now))[1]

    def _denied(self, order: WorkingOrder, key: str, name: str) -> None:
        """The venue once showed an order and now does not know it."""
        log.warning("reconcile: the venue does not show %s, which it once did", key)
        if self._complete and key in self._missing and self._waited(order, key) > ABSENT_MARGIN_NS:
            self._missing.discard(key)
            self._warn(f"{name}: the venue showed it once and does not know it now; look at the venue itself")

    def _settled(self, key: str) -> None:
        self._doubts.discard(key)
        if self._complete:
            self._missing.discard(key)


def _evidence(answer: RestOrder, now_ns: int) -> FoundOpen | FoundClosed:
    """Turn an answer into an event, as of the time of the question: a report since then is newer."""
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
