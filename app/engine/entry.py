"""Order entry: journal first, wire second, then whatever the venue proves.

Every request that changes an order leaves through here. A transport is chosen
once and said. A new order or an amend is never sent a second time after a
doubt; a cancel is, over the other transport, since it cannot do harm twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

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
from app.domain.order import OrderRequest
from app.domain.quote_changes import Changes
from app.domain.ratelimit import COST_CANCEL_ALL, cost_add, cost_amend, cost_amend_away, cost_cancel
from app.engine.journal import AmendIntent, CancelIntent, Intent, Journal, JournalError
from app.engine.orders import Orders, key_of
from app.engine.rates import Rates
from app.protocol.rest.errors import Layer
from app.workers.feed import Accepted, Outcome, Refused, Unknown, Venue, Via

DEADLINE_NS = 5 * NS_PER_S
"""After this the venue must not match a new order: doubt then has an end."""

HEDGE_S = 1.0
"""A cancel that has no answer over WS for so long is asked for over REST as well."""

OLD_NS = 300 * NS_PER_S
"""An age at which nothing costs more than its fixed part (`ws-v2.md` §10.1)."""

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
        say: Called with a line when another transport than WS is taken.
        blocked: Tells why no new order may go out on a pair; empty if one may.
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
    ) -> None:
        self._clock = clock
        self._venue = venue
        self._orders = orders
        self._rates = rates
        self._journal = journal
        self._say = say
        self._blocked = blocked

    def route(self) -> Via:
        """Return the transport for a request now: WS unless its link is down."""
        return Via.WS if self._venue.orders_link_up() else Via.REST

    def transport(self, request: OrderRequest) -> Via:
        """Return the transport for a new order: a chosen leverage cannot be said over WS.

        WS knows only `margin: true`, which is the pair's highest leverage (`ws-v2.md` §9.1).
        """
        return Via.REST if request.leverage else self.route()

    def _chosen(self, what: str) -> Via:
        via = self.route()
        if via is not Via.WS:
            self._say(f"{what} goes over {via.value.upper()}: the order link is down")
        return via

    async def place(self, request: OrderRequest, text: str, number: int) -> Sent:
        """Send a new order that has passed the risk gate.

        It counts as an order from here on, so that funds, limits and the kill
        switch see it while the disk is still at work.

        Args:
            request: The order.
            text: The line that asked for it, for the journal.
            number: Its reserved short number.
        """
        via = self._chosen(f"order #{number}")
        if self.transport(request) is not via:
            via = Via.REST
            self._say(f"order #{number} goes over REST: a chosen leverage cannot be said over WS")
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
        """Cancel one order; works in every state, over whichever transport is up."""
        number = self._orders.number(order)
        now = self._clock.now_ns()
        key = key_of(order)
        self._journal.note(CancelIntent(key, now))
        spend = self._rates.send(order.symbol, "cancel", cost_cancel(self._rates.age_ns(order)))
        self._orders.apply(key, CancelSent(now))
        planned = self.route()

        def over(via: Via) -> Awaitable[Outcome]:
            if order.order_id:
                return self._venue.cancel_order(order_id=order.order_id, via=via)
            return self._venue.cancel_order(cl_ord_id=order.cl_ord_id, via=via)

        outcome, via = await self._either(f"cancel of #{number}", over)
        # A no to the second request may mean that the first was carried out: then it counts as charged.
        sure = via is planned or isinstance(outcome, Accepted)
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

    async def _either(self, what: str, over: Callable[[Via], Awaitable[Outcome]]) -> tuple[Outcome, Via]:
        """Ask over the order link; without a clear and quick answer over REST as well."""
        via = self._chosen(what)
        if via is Via.REST:
            return await over(via), via

        async def first() -> Outcome:
            return await over(Via.WS)

        async with asyncio.TaskGroup() as group:
            asked = group.create_task(first(), name=what)
            await asyncio.wait({asked}, timeout=HEDGE_S)
            if asked.done() and _clear(asked.result()):
                return asked.result(), Via.WS
            self._say(f"{what} got no answer over WS: asking over REST as well")
            second = await over(Via.REST)
        told = asked.result()
        return (told, Via.WS) if isinstance(told, Accepted) or not _clear(second) else (second, Via.REST)

    async def ask(self, request: OrderRequest) -> Sent:
        """Ask the venue whether it would take an order; places nothing."""
        via = self._chosen("the question")
        spend = self._rates.send(request.symbol, "check", cost_add(), cost_add())
        outcome = await self._venue.add_order(request, via=via)
        self._rates.answered(request.symbol, spend, outcome)
        return Sent(None, outcome, via)

    async def amend(self, order: WorkingOrder, changes: Changes) -> Sent:
        """Change an order in place; keeps id and fills, maybe not its place in the queue."""
        via = self._chosen(f"amend of #{self._orders.number(order)}")
        key = key_of(order)
        why = self._unamendable(key)
        if not why:
            try:
                await self._journal.durable(AmendIntent(key, changes.qty, changes.limit_price, self._clock.now_ns()))
                why = self._unamendable(key)
            except JournalError as failure:
                why = NotSent(str(failure), DISK_HINT)
        order = self._orders.get(key) or order
        if why:
            return Sent(order, why, via)
        now = self._clock.now_ns()
        ends = changes.qty is not None and changes.qty <= order.cum_qty
        cost = (cost_amend_away if ends else cost_amend)(self._rates.age_ns(order))
        spend = self._rates.send(order.symbol, "amend", cost, cost_amend(OLD_NS))
        self._orders.apply(key, AmendSent(now, changes.limit_price, changes.qty))
        outcome = await self._venue.amend_order(
            order_id=order.order_id or "",
            cl_ord_id="" if order.order_id else order.cl_ord_id,
            qty=changes.qty,
            limit_price=changes.limit_price,
            limit_kind=changes.limit_kind,
            display_qty=changes.display_qty,
            trigger_price=changes.trigger_price,
            trigger_kind=changes.trigger_kind,
            post_only=(order.post_only or changes.post_only) and changes.limit_price is not None,
            deadline_ns=now + DEADLINE_NS,
            via=via,
        )
        self._rates.answered(order.symbol, spend, outcome)
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
        outcome, via = await self._either("cancel-all", lambda via: self._venue.cancel_all(via=via))
        for symbol, spend in spends.items():
            self._rates.answered(symbol, spend, outcome)
        if not isinstance(outcome, Accepted):
            for order in working:
                self._orders.apply(key_of(order), TimedOut(self._clock.now_ns(), Request.CANCEL))
        return Sent(None, outcome, via)


def _clear(outcome: Outcome) -> bool:
    """Tell whether the engine of the venue said yes or no: a bad session on one transport is no answer."""
    match outcome:
        case Refused(layer=layer):
            return layer not in (Layer.LINK, Layer.AUTH)
        case _:
            return isinstance(outcome, Accepted)
