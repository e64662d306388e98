"""From an exact request to the wire: the only road for new orders and amends.

Keys, the command line, scripts and helpers all come through here, and so does
the risk gate (`app.engine.gate`) with them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.clock import NS_PER_MS, NS_PER_S
from app.domain.fault_terms import term_of
from app.domain.order import OrderRequest, OrderType
from app.domain.quote_changes import Changes
from app.domain.risk import Refusal, RefusalCode, Verdict
from app.domain.working import WorkingOrder
from app.engine.entry import DEADLINE_NS, Entry, NotSent, Sent
from app.engine.gate import Gate
from app.engine.routes import Route
from app.engine.state import DeskState
from app.workers.feed import Via

REST_DEADLINE_NS = 2 * NS_PER_S
"""REST and FIX take no deadline nearer than this (`rest.md` §4.1, `fix.md` §2.2); WS takes half a second."""

REST_WAY_NS = NS_PER_S // 2
"""How long a request over REST may take until the venue looks at its deadline."""

REMEMBERED = 2000
"""Automatic orders whose fills are counted, the latest ones."""


@dataclass(frozen=True, slots=True)
class Held:
    """The gate kept a request back.

    Attributes:
        text: Why.
        hint: What to do.
        code: The check that refused; empty if the whole desk is blocked.
        term: Term of the order that it is about; may be empty.
    """

    text: str
    hint: str
    code: str = ""
    term: str = ""

    @classmethod
    def by(cls, refusal: Refusal, kind: OrderType) -> Held:
        """Return the gate's refusal of an order of a type."""
        return cls(refusal.text, refusal.hint, refusal.code.value, term_of(refusal, kind))


class Submitter:
    """Sends what the gate lets pass.

    Args:
        state: The desk.
        gate: The risk gate.
        entry: The wire.
        say: Called with a line and the pair when an order was kept back.
    """

    def __init__(self, state: DeskState, gate: Gate, entry: Entry, say: Callable[[str, str], None]) -> None:
        self._state = state
        self._gate = gate
        self._entry = entry
        self._say = say
        self._automatic: dict[str, None] = {}

    def fresh_id(self) -> str:
        """Return a client order id that was never used."""
        return self._state.ids.next()

    def judge(self, request: OrderRequest, *, leaving: bool = False, automatic: bool = False) -> Verdict | Held:
        """Return the gate's verdict on a new order, or why it is kept back."""
        blocked = self._state.blocked(request.symbol)
        if blocked:
            return Held(blocked, "cancels still work")
        near = _kept(self._entry.routes.new(request)) or self._too_near(request)
        if near is not None:
            return near
        verdict = self._gate.check(request, leaving=leaving, automatic=automatic and not leaving)
        return Held.by(verdict.refusals[0], request.order_type) if verdict.refusals else verdict

    def judge_batch(self, requests: tuple[OrderRequest, ...], *, automatic: bool = False) -> Held | None:
        """Return why a batch is kept back, naming the leg; None if all may go out, which is noted."""
        blocked = self._state.blocked(requests[0].symbol)
        if blocked:
            return Held(blocked, "cancels still work")
        near = _kept(self._entry.routes.batch()) or self._too_near(requests[0])
        if near is not None:
            return near
        repeats = self._gate.throttle.why(requests[0].symbol)
        if automatic and repeats:
            return Held(repeats, "look first, then `override repeated`", RefusalCode.REPEATED.value)
        verdicts = self._gate.check_batch(requests)
        for at, verdict in enumerate(verdicts, 1):
            if verdict.refusals:
                first = verdict.refusals[0]
                return Held(f"leg {at}: {first.text}", first.hint, first.code.value)
        for request, verdict in zip(requests, verdicts, strict=True):
            self._note(request, verdict)
            if automatic:
                self._remember(request)
        return None

    def automatic(self, key: str) -> bool:
        """Return whether a helper or a script sent the order with this key."""
        return key in self._automatic

    def deadline(self, request: OrderRequest) -> int:
        """Return the wall time after which the venue must not match an order any more."""
        return request.deadline_ns or self._venue_now() + DEADLINE_NS

    def _venue_now(self) -> int:
        return self._state.clock.now_ns() + (self._state.offset_ms() or 0) * NS_PER_MS

    def _too_near(self, request: OrderRequest) -> Held | None:
        """Return why a deadline cannot be kept over REST or FIX, None if it can or there is none."""
        via = self._entry.routes.new(request).via
        if via is Via.WS or not request.deadline_ns:
            return None
        if request.deadline_ns - self._venue_now() >= REST_DEADLINE_NS + REST_WAY_NS:
            return None
        least = REST_DEADLINE_NS // NS_PER_S
        text = f"this order goes over {via.value.upper()}, where a deadline is {least} s ahead or more"
        return Held(text, "use `deadline 3s`, or leave it out", RefusalCode.RULES.value, "deadline")

    async def place(
        self,
        request: OrderRequest,
        text: str,
        *,
        leaving: bool = False,
        automatic: bool = False,
        quiet: bool = False,
    ) -> Sent | Held:
        """Judge and send one new order.

        Args:
            request: The order; its deadline is set here if it has none.
            text: The line or helper that asked for it.
            leaving: Whether it gets out of a position: it may spend the
                rate counter's reserve, and no throttle keeps it back.
            automatic: Whether a helper or a script sends it.
            quiet: Whether the caller itself says what was kept back.

        Returns:
            What became of it, or why it was kept back.
        """
        verdict = self.judge(request, leaving=leaving, automatic=automatic)
        if isinstance(verdict, Held):
            if not quiet:
                self._say(f"not sent: {verdict.text}", request.symbol)
            return verdict
        request = replace(request, deadline_ns=self.deadline(request))
        if request.validate:
            return await self._entry.ask(request)
        self._note(request, verdict)
        if automatic:
            self._remember(request)
        self._state.trails.add(request.cl_ord_id, f"asked for by: {text}")
        self._state.trails.add(request.cl_ord_id, f"market seen: {self._seen(request.symbol)}")
        return await self._entry.place(request, text, self._state.orders.next_number())

    def _remember(self, request: OrderRequest) -> None:
        """Know an automatic order by its key."""
        if len(self._automatic) == REMEMBERED:
            del self._automatic[next(iter(self._automatic))]
        self._automatic[request.cl_ord_id] = None

    def _note(self, request: OrderRequest, verdict: Verdict) -> None:
        for line in self._gate.sent(request, verdict):
            self._say(line, request.symbol)

    def _seen(self, symbol: str) -> str:
        market = self._gate.market(symbol)
        return f"bid {market.bid} ask {market.ask} last {market.last}, book {self._state.trust(symbol).value}"

    async def amend(self, order: WorkingOrder, changes: Changes) -> Sent | Held:
        """Judge and send a change of one order."""
        blocked = self._state.blocked(order.symbol)
        if blocked:
            return Held(blocked, "cancels still work")
        verdict = self._gate.check_amend(order, changes)
        if verdict.refusals:
            return Held.by(verdict.refusals[0], order.order_type)
        self._gate.message()
        return await self._entry.amend(order, changes)

    async def edit(self, order: WorkingOrder, changes: Changes) -> Sent | Held:
        """Judge and send the legacy way to change an order: cancel and place anew."""
        blocked = self._state.blocked(order.symbol)
        if blocked:
            return Held(blocked, "cancels still work")
        verdict = self._gate.check_edit(order, changes)
        if verdict.refusals:
            return Held.by(verdict.refusals[0], order.order_type)
        self._gate.message()
        return await self._entry.edit(order, changes)

    async def cancel(self, order: WorkingOrder) -> Sent:
        """Cancel one order; nothing judges that."""
        return await self._entry.cancel(order)


def kept_back(result: Sent | Held) -> str:
    """Return why a request did not reach the venue; empty if it may have."""
    if isinstance(result, Held):
        return result.text
    return result.outcome.error if isinstance(result.outcome, NotSent) else ""


def _kept(route: Route) -> Held | None:
    """Return why an order has no way at all, None if it has one."""
    return Held(route.held, "wait until it is over, or `transport ws`") if route.held else None
