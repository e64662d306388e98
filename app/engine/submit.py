"""From an exact request to the wire: the only road for new orders and amends.

Keys, the command line, scripts and helpers all come through here, and so does
the risk gate (`app.engine.gate`) with them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from app.clock import NS_PER_MS
from app.domain.order import OrderRequest
from app.domain.risk import Refusal
from app.domain.working import WorkingOrder
from app.engine.entry import DEADLINE_NS, Entry, NotSent, Sent
from app.engine.gate import Gate
from app.engine.state import DeskState


@dataclass(frozen=True, slots=True)
class Held:
    """The gate kept a request back.

    Attributes:
        text: Why.
        hint: What to do.
        code: The check that refused; empty if the whole desk is blocked.
    """

    text: str
    hint: str
    code: str = ""

    @classmethod
    def by(cls, refusal: Refusal) -> Held:
        """Return the gate's refusal."""
        return cls(refusal.text, refusal.hint, refusal.code.value)


def fresh_id() -> str:
    """Return a client order id that was never used."""
    return str(uuid.uuid4())


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

    def judge(self, request: OrderRequest) -> Held | None:
        """Return why a new order may not go out now; None if it may."""
        blocked = self._state.blocked(request.symbol)
        if blocked:
            return Held(blocked, "cancels still work")
        verdict = self._gate.check(request)
        return Held.by(verdict.refusals[0]) if verdict.refusals else None

    async def place(self, request: OrderRequest, text: str) -> Sent | Held:
        """Judge and send one new order.

        Args:
            request: The order; its deadline is set here if it has none.
            text: The line or helper that asked for it.

        Returns:
            What became of it, or why it was kept back.
        """
        held = self.judge(request)
        if held is not None:
            self._say(f"not sent: {held.text}", request.symbol)
            return held
        if not request.deadline_ns:
            venue_now = self._state.clock.now_ns() + (self._state.offset_ms() or 0) * NS_PER_MS
            request = replace(request, deadline_ns=venue_now + DEADLINE_NS)
        self._gate.sent(request)
        return await self._entry.place(request, text, self._state.orders.next_number())

    async def amend(self, order: WorkingOrder, qty: Decimal | None, price: Decimal | None) -> Sent | Held:
        """Judge and send a change of one order."""
        blocked = self._state.blocked(order.symbol)
        if blocked:
            return Held(blocked, "cancels still work")
        verdict = self._gate.check_amend(order, price, qty)
        if verdict.refusals:
            return Held.by(verdict.refusals[0])
        return await self._entry.amend(order, qty, price)

    async def cancel(self, order: WorkingOrder) -> Sent:
        """Cancel one order; nothing judges that."""
        return await self._entry.cancel(order)


def kept_back(result: Sent | Held) -> str:
    """Return why a request did not reach the venue; empty if it may have."""
    if isinstance(result, Held):
        return result.text
    return result.outcome.error if isinstance(result.outcome, NotSent) else ""
