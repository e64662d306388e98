"""Order entry: journal first, wire second, then whatever the venue proves.

Every request that changes an order leaves through here. A transport is chosen
once and said; nothing is ever sent a second time after a doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from app.clock import NS_PER_S, Clock
from app.domain.oms import (
    AckNew,
    AmendAck,
    AmendReject,
    AmendSent,
    CancelAck,
    CancelReject,
    CancelSent,
    RejectNew,
    Request,
    Submitted,
    TimedOut,
    WorkingOrder,
    new_order,
)
from app.domain.order import OrderRequest
from app.domain.ratelimit import cost_add, cost_amend, cost_cancel
from app.engine.journal import AmendIntent, CancelIntent, Intent, Journal, JournalError
from app.engine.orders import Orders, key_of
from app.engine.rates import Rates
from app.workers.feed import Accepted, Outcome, Refused, Unknown, Venue, Via

DEADLINE_NS = 5 * NS_PER_S
"""After this the venue must not match a new order: doubt then has an end."""


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
        default_via: Transport of new orders by the profile.
        say: Called with a line when another transport than the default is taken.
    """

    def __init__(
        self,
        clock: Clock,
        venue: Venue,
        orders: Orders,
        rates: Rates,
        journal: Journal,
        say: Callable[[str], None],
        default_via: Via = Via.WS,
    ) -> None:
        self._clock = clock
        self._venue = venue
        self._orders = orders
        self._rates = rates
        self._journal = journal
        self._say = say
        self._default_via = default_via

    def route(self) -> Via:
        """Return the transport for a request now: WS unless its link is down."""
        if self._default_via is Via.WS and not self._venue.orders_link_up():
            return Via.REST
        return self._default_via

    def _chosen(self, what: str) -> Via:
        via = self.route()
        if via is not self._default_via:
            self._say(f"{what} goes over {via.value.upper()}: the order link is down")
        return via

    async def place(self, request: OrderRequest, text: str, number: int) -> Sent:
        """Send a new order that has passed the risk gate.

        Args:
            request: The order.
            text: The line that asked for it, for the journal.
            number: Its reserved short number.
        """
        via = self._chosen(f"order #{number}")
        now = self._clock.now_ns()
        try:
            await self._journal.durable(Intent(number, request, now, via.value, text))
        except JournalError as failure:
            return Sent(None, NotSent(str(failure), "free the disk; cancels still work"), via)
        order = new_order(request, now, via.value)
        self._orders.add(order, number)
        self._orders.apply(request.cl_ord_id, Submitted(now))
        self._rates.charge(request.symbol, cost_add())
        outcome = await self._venue.add_order(request, via=via)
        now = self._clock.now_ns()
        key = request.cl_ord_id
        match outcome:
            case Accepted(order_id=order_id):
                after = self._orders.apply(key, AckNew(now, order_id))
            case Refused(error=error, layer=layer):
                after = self._orders.apply(key, RejectNew(now, error, layer.value))
            case Unknown():
                after = self._orders.apply(key, TimedOut(now, Request.NEW))
        return Sent(after, outcome, via)

    async def cancel(self, order: WorkingOrder) -> Sent:
        """Cancel one order; works in every state, over whichever transport is up."""
        number = self._orders.number(order)
        via = self._chosen(f"cancel of #{number}")
        now = self._clock.now_ns()
        key = key_of(order)
        self._journal.note(CancelIntent(key, now))
        points = cost_cancel(now - order.changed_ns)
        self._rates.charge(order.symbol, points)
        self._orders.apply(key, CancelSent(now))
        if order.order_id:
            outcome = await self._venue.cancel_order(order_id=order.order_id, via=via)
        else:
            outcome = await self._venue.cancel_order(cl_ord_id=order.cl_ord_id, via=via)
        now = self._clock.now_ns()
        match outcome:
            case Accepted():
                after = self._orders.apply(key, CancelAck(now))
            case Refused(error=error):
                self._rates.charge(order.symbol, -points)
                after = self._orders.apply(key, CancelReject(now, error))
            case Unknown():
                after = self._orders.apply(key, TimedOut(now, Request.CANCEL))
        return Sent(after, outcome, via)

    async def amend(self, order: WorkingOrder, qty: Decimal | None, price: Decimal | None) -> Sent:
        """Change an order in place; keeps id and fills, maybe not its place in the queue."""
        via = self._chosen(f"amend of #{self._orders.number(order)}")
        now = self._clock.now_ns()
        key = key_of(order)
        try:
            await self._journal.durable(AmendIntent(key, qty, price, now))
        except JournalError as failure:
            return Sent(order, NotSent(str(failure), "free the disk; cancels still work"), via)
        self._rates.charge(order.symbol, cost_amend(now - order.changed_ns))
        self._orders.apply(key, AmendSent(now, price, qty))
        outcome = await self._venue.amend_order(
            order_id=order.order_id or "",
            cl_ord_id="" if order.order_id else order.cl_ord_id,
            qty=qty,
            limit_price=price,
            post_only=order.post_only and price is not None,
            deadline_ns=now + DEADLINE_NS,
            via=via,
        )
        now = self._clock.now_ns()
        match outcome:
            case Accepted():
                after = self._orders.apply(key, AmendAck(now))
            case Refused(error=error):
                after = self._orders.apply(key, AmendReject(now, error))
            case Unknown():
                after = self._orders.apply(key, TimedOut(now, Request.AMEND))
        return Sent(after, outcome, via)

    async def cancel_everything(self) -> Sent:
        """Cancel all orders of the account, all pairs, whoever placed them.

        Tries the order link first and REST if that gives no clear answer: a
        second cancel-all cannot hurt.
        """
        self._journal.note(CancelIntent("all", self._clock.now_ns()))
        for order in self._orders.working():
            now = self._clock.now_ns()
            self._rates.charge(order.symbol, cost_cancel(now - order.changed_ns))
            self._orders.apply(key_of(order), CancelSent(now))
        via = self._chosen("cancel-all")
        outcome = await self._venue.cancel_all(via=via)
        if isinstance(outcome, Unknown) and via is Via.WS:
            self._say("cancel-all got no answer over WS: asking over REST as well")
            via = Via.REST
            outcome = await self._venue.cancel_all(via=via)
        if not isinstance(outcome, Accepted):
            for order in self._orders.working():
                self._orders.apply(key_of(order), TimedOut(self._clock.now_ns(), Request.CANCEL))
        return Sent(None, outcome, via)
