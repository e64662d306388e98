"""Order entry: journal first, wire second, then whatever the venue proves.

Every request that changes an order leaves through here. A transport is chosen
once and said. A new order or an amend is never sent a second time after a
doubt; a cancel is, over the other transport, since it cannot do harm twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from weakref import WeakValueDictionary

from app.clock import NS_PER_S, Clock
from app.domain.oms import (
    TABLE,
    AckNew,
    AmendAck,
    AmendReject,
    AmendSent,
    CancelAck,
    CancelReject,
    CancelSent,
    EventKind,
    OrderState,
    RejectNew,
    Request,
    Submitted,
    TimedOut,
    WorkingOrder,
    new_order,
)
from app.domain.order import OrderRequest, PriceKind
from app.domain.quote_changes import Changes
from app.domain.ratelimit import COST_CANCEL_ALL, cost_add, cost_amend, cost_amend_away, cost_cancel, cost_edit
from app.engine.journal import AmendIntent, CancelIntent, Intent, Journal, JournalError
from app.engine.latency import Latencies
from app.engine.orders import Orders, key_of
from app.engine.rates import RATE_ERROR, Rates
from app.engine.routes import Route, Routes
from app.protocol.rest.errors import Layer
from app.workers.feed import Accepted, Edit, Outcome, Refused, Unknown, Venue, Via

DEADLINE_NS = 5 * NS_PER_S
"""After this the venue must not match a new order: doubt then has an end."""

HEDGE_S = 1.0
"""A cancel that has no answer over WS for so long is asked for over REST as well."""

OLD_NS = 300 * NS_PER_S
"""An age at which nothing costs more than its fixed part (`ws-v2.md` §10.1)."""

HOLD_S = 1.0
"""How long a change waits for the answer to the request before it, where messages could overtake each other."""

DISK_HINT = "free the disk; cancels still work"


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request never left this machine.

    Attributes:
        error: Why.
        hint: What to do.
    """

    error: str
    hint: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one request.

    Attributes:
        order: The order afterwards, if it concerns one.
        outcome: The venue's answer, or why nothing was sent.
        via: Transport that was used.
    """

    order: WorkingOrder | None
    outcome: Outcome | NotSent
    via: Via


class Entry:
    """Sends new orders, amends and cancels.

    Args:
        clock: Time.
        venue: Connections.
        orders: Store of orders.
        rates: Rate counters.
        journal: Durable intents.
        say: Called with a line when another transport than the chosen one is taken.
        blocked: Tells why no new order may go out on a pair; empty if one may.
        routes: Chooses the transport of each request.
        latencies: Counts round trips.
    """

    def __init__(
        self,
        clock: Clock,
        venue: Venue,
        orders: Orders,
        rates: Rates,
        journal: Journal,
        say: Callable[[str], None],
        blocked: Callable[[str], str],
        routes: Routes,
        latencies: Latencies,
    ) -> None:
        self._clock = clock
        self._venue = venue
        self._orders = orders
        self._rates = rates
        self._journal = journal
        self._say = say
        self._blocked = blocked
        self.routes = routes
        self._latencies = latencies
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def batch_way(self) -> Via:
        """Return the transport of a batch, and say why if it is not the chosen one."""
        return self._taken("the batch", self.routes.batch())

    def _taken(self, what: str, route: Route) -> Via:
        """Say where a request goes if that is not where it was meant to go."""
        if route.why:
            self._say(f"{what} goes over {route.via.value.upper()}: {route.why}")
        return route.via

    async def place(self, request: OrderRequest, text: str, number: int) -> Sent:
        """Send a new order that has passed the risk gate.

        It counts as an order from here on, so that funds, limits and the kill
        switch see it while the disk is still at work.

        Args:
            request: The order.
            text: The line that asked for it, for the journal.
            number: Its reserved short number.
        """
        via = self._taken(f"order #{number}", self.routes.new(request))
        now = self._clock.now_ns()
        key = request.cl_ord_id
        self._orders.add(new_order(request, now, via.value), number)
        try:
            await self._journal.durable(Intent(number, request, now, via.value, text))
        except JournalError as failure:
            return self._withdrawn(key, NotSent(str(failure), DISK_HINT), via)
        order = self._orders.get(key)
        if order is None or order.state is not OrderState.PENDING_NEW:
            return self._withdrawn(key, NotSent("it was cancelled before it went out", ""), via)
        blocked = self._blocked(request.symbol)
        if blocked:
            return self._withdrawn(key, NotSent(blocked, "cancels still work"), via)
        self._orders.apply(key, Submitted(now))
        spend = self._rates.send(request.symbol, "add", cost_add(), cost_add())
        outcome = await self._venue.add_order(request, via=via)
        self._rates.answered(request.symbol, spend, outcome)
        self._latencies.note(via, outcome)
        now = self._clock.now_ns()
        match outcome:
            case Accepted(order_id=order_id):
                after = self._orders.apply(key, AckNew(now, order_id))
            case Refused(error=error, layer=layer):
                after = self._orders.apply(key, RejectNew(now, error, layer.value))
            case Unknown():
                after = self._orders.apply(key, TimedOut(now, Request.NEW))
        return Sent(after, outcome, via)

    def _withdrawn(self, key: str, why: NotSent, via: Via) -> Sent:
        """End an order that never left this machine."""
        return Sent(self._orders.apply(key, RejectNew(self._clock.now_ns(), why.error, "guard")), why, via)

    async def cancel(self, order: WorkingOrder) -> Sent:
        """Cancel one order; works in every state, over whichever transport can reach it."""
        what = f"cancel of #{self._orders.number(order)}"
        key = key_of(order)
        route = self.routes.change(order)
        self._journal.note(CancelIntent(key, self._clock.now_ns()))
        in_flight = order.state is OrderState.PENDING_NEW
        self._orders.apply(key, CancelSent(self._clock.now_ns()))
        if in_flight and route.via is not Via.FIX:
            self._say(f"{what} waits for the answer to the order: it could overtake it over {route.via.value.upper()}")
            order = await self._orders.until(key, lambda one: one.proven or one.state.terminal, HOLD_S) or order
            if order.state.terminal:
                return Sent(order, NotSent(f"it was {order.state.value} before the cancel went out", ""), route.via)
        spend = self._rates.send(order.symbol, "cancel", cost_cancel(self._rates.age_ns(order)))
        order_id, cl_ord_id = order.order_id or "", "" if order.order_id else order.cl_ord_id

        def over(via: Via) -> Awaitable[Outcome]:
            return self._venue.cancel_order(order_id=order_id, cl_ord_id=cl_ord_id, via=via)

        outcome, via = await self._either(what, route, over)
        self._latencies.note(via, outcome)
        if _over_the_limit(outcome) and order_id:
            outcome, via = await self._past_the_limit(what, order_id), Via.REST
        # A no to the second request may mean that the first was carried out: then it counts as charged.
        sure = via is route.via or isinstance(outcome, Accepted) or _over_the_limit(outcome)
        self._rates.answered(order.symbol, spend, outcome if sure else Unknown("asked twice"))
        now = self._clock.now_ns()
        match outcome:
            case Accepted():
                after = self._orders.apply(key, CancelAck(now))
            case Refused(error=error):
                after = self._orders.apply(key, CancelReject(now, error))
            case Unknown():
                after = self._orders.apply(key, TimedOut(now, Request.CANCEL))
        return Sent(after, outcome, via)

    async def _past_the_limit(self, what: str, order_id: str) -> Outcome:
        """Cancel an order whose cancel was refused for its rate: a batch of cancels is never (`ws-v2.md` §10.1).

        One order is no batch over WS (`ws-v2.md` §9.8), so it goes over REST.
        """
        self._say(f"{what} is over the rate limit: asking as a batch over REST, which is taken")
        return await self._venue.cancel_batch((order_id,), via=Via.REST)

    async def _either(self, what: str, route: Route, over: Callable[[Via], Awaitable[Outcome]]) -> tuple[Outcome, Via]:
        """Ask over one transport; without a clear and quick answer over another as well."""
        via = self._taken(what, route)
        if via is Via.REST:
            return await over(via), via
        other = self.routes.after(via)

        async def first() -> Outcome:
            return await over(via)

        async with asyncio.TaskGroup() as group:
            asked = group.create_task(first(), name=what)
            await asyncio.wait({asked}, timeout=HEDGE_S)
            if asked.done() and _clear(asked.result()):
                return asked.result(), via
            self._say(f"{what} got no answer over {via.value.upper()}: asking over {other.value.upper()} as well")
            second = await over(other)
        told = asked.result()
        return (told, via) if isinstance(told, Accepted) or not _clear(second) else (second, other)

    async def ask(self, request: OrderRequest) -> Sent:
        """Ask the venue whether it would take an order; places nothing."""
        via = self._taken("the question", self.routes.any())
        spend = self._rates.send(request.symbol, "check", cost_add(), cost_add())
        outcome = await self._venue.add_order(request, via=via)
        self._rates.answered(request.symbol, spend, outcome)
        return Sent(None, outcome, via)

    async def amend(self, order: WorkingOrder, changes: Changes) -> Sent:
        """Change an order in place; keeps id and fills, maybe not its place in the queue."""
        ends = changes.qty is not None and changes.qty <= order.cum_qty
        return await self._change(
            order,
            changes,
            "amend",
            cost_amend_away if ends else cost_amend,
            lambda order, via: self._venue.amend_order(
                order_id=order.order_id or "",
                cl_ord_id="" if order.order_id else order.cl_ord_id,
                qty=changes.qty,
                limit_price=changes.limit_price,
                limit_kind=changes.limit_kind,
                display_qty=changes.display_qty,
                trigger_price=changes.trigger_price,
                trigger_kind=changes.trigger_kind,
                post_only=(order.post_only or changes.post_only) and changes.limit_price is not None,
                deadline_ns=self._clock.now_ns() + DEADLINE_NS,
                via=via,
            ),
        )

    async def edit(self, order: WorkingOrder, changes: Changes) -> Sent:
        """Have the venue cancel an order and place it anew: what comes of it is another order, told by the stream."""
        # A limit that is an offset cannot be said over WS (`ws-v2.md` §9.3).
        moves = changes.limit_price is not None and changes.limit_kind is not PriceKind.STATIC
        return await self._change(
            order,
            changes,
            "edit",
            cost_edit,
            lambda order, via: self._venue.edit_order(
                edit_of(order, changes, self._clock.now_ns() + DEADLINE_NS), via=Via.REST if moves else via
            ),
        )

    async def _change(
        self,
        order: WorkingOrder,
        changes: Changes,
        verb: str,
        cost_at: Callable[[int], Decimal],
        send: Callable[[WorkingOrder, Via], Awaitable[Outcome]],
    ) -> Sent:
        """Change an order once the request before it is answered: the two could overtake each other."""
        what = f"{verb} of #{self._orders.number(order)}"
        key = key_of(order)
        turn = self._turns.setdefault(key, asyncio.Lock())
        if turn.locked() or order.state is OrderState.PENDING_NEW:
            self._say(f"{what} waits for the answer to the request before it")
        async with turn:
            await self._orders.until(key, lambda one: one.state is not OrderState.PENDING_NEW, HOLD_S)
            return await self._changed(key, order, changes, what, verb, cost_at, send)

    async def _changed(
        self,
        key: str,
        order: WorkingOrder,
        changes: Changes,
        what: str,
        verb: str,
        cost_at: Callable[[int], Decimal],
        send: Callable[[WorkingOrder, Via], Awaitable[Outcome]],
    ) -> Sent:
        """Journal a change, send it, and apply what the venue proves."""
        why = self._unamendable(key)
        via = self._taken(what, self.routes.change(self._orders.get(key) or order))
        if not why:
            try:
                await self._journal.durable(AmendIntent(key, changes.qty, changes.limit_price, self._clock.now_ns()))
                why = self._unamendable(key)
            except JournalError as failure:
                why = NotSent(str(failure), DISK_HINT)
        order = self._orders.get(key) or order
        if why:
            return Sent(order, why, via)
        spend = self._rates.send(order.symbol, verb, cost_at(self._rates.age_ns(order)), cost_at(OLD_NS))
        self._orders.apply(key, AmendSent(self._clock.now_ns(), changes.limit_price, changes.qty))
        outcome = await send(order, via)
        self._rates.answered(order.symbol, spend, outcome)
        self._latencies.note(via, outcome)
        now = self._clock.now_ns()
        match outcome:
            case Accepted():
                after = self._orders.apply(key, AmendAck(now))
            case Refused(error=error):
                after = self._orders.apply(key, AmendReject(now, error))
            case Unknown():
                after = self._orders.apply(key, TimedOut(now, Request.AMEND))
        return Sent(after, outcome, via)

    def _unamendable(self, key: str) -> NotSent | None:
        """Return why an order cannot be amended now: two requests could overtake each other."""
        order = self._orders.get(key)
        if order is None or (order.state, EventKind.AMEND_SENT) not in TABLE:
            state = "gone" if order is None else order.state.value.replace("_", " ")
            return NotSent(f"it cannot be amended while it is {state}", "wait for the venue's answer, or cancel it")
        blocked = self._blocked(order.symbol)
        return NotSent(blocked, "cancels still work") if blocked else None

    async def cancel_everything(self) -> Sent:
        """Cancel all orders of the account, all pairs, whoever placed them."""
        self._journal.note(CancelIntent("all", self._clock.now_ns()))
        working = self._orders.working()
        pairs = {order.symbol for order in working}
        spends = {symbol: self._rates.send(symbol, "cancel all", COST_CANCEL_ALL) for symbol in pairs}
        for order in working:
            self._orders.apply(key_of(order), CancelSent(self._clock.now_ns()))
        outcome, via = await self._either("cancel-all", self.routes.any(), lambda via: self._venue.cancel_all(via=via))
        for symbol, spend in spends.items():
            self._rates.answered(symbol, spend, outcome)
        if not isinstance(outcome, Accepted):
            for order in working:
                self._orders.apply(key_of(order), TimedOut(self._clock.now_ns(), Request.CANCEL))
        return Sent(None, outcome, via)


def edit_of(order: WorkingOrder, changes: Changes, deadline_ns: int) -> Edit:
    """Return the request that replaces an order by one with other terms."""
    trigger = None
    if changes.trigger_price is not None and order.trigger is not None:
        trigger = replace(order.trigger, price=changes.trigger_price, kind=changes.trigger_kind)
    return Edit(
        order_id=order.order_id or "",
        symbol=order.symbol,
        order_type=order.order_type,
        qty=changes.qty,
        limit_price=changes.limit_price,
        limit_kind=changes.limit_kind,
        display_qty=changes.display_qty,
        trigger=trigger,
        post_only=changes.post_only,
        deadline_ns=deadline_ns,
    )


def _over_the_limit(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.error.startswith(RATE_ERROR)


def _clear(outcome: Outcome) -> bool:
    """Tell whether the engine of the venue said yes or no: a bad session on one transport is no answer."""
    match outcome:
        case Refused(layer=layer):
            return layer not in (Layer.LINK, Layer.AUTH)
        case _:
            return isinstance(outcome, Accepted)
