"""Bracket: two exits around an order's fills; the first to fill ends the other.

The venue has no such pair. The engine cancels the other exit when one fills,
and in between both can fill: the row says so. The stop is at the venue, so it
guards the position even if this engine dies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from app.clock import NS_PER_S
from app.domain.instrument import plain
from app.domain.oms import OrderState, WorkingOrder
from app.domain.order import OrderRequest, OrderType, Trigger, TriggerRef
from app.domain.quote_changes import Changes
from app.engine.helpers.base import LOOK_S, ZERO, Helper, HelperDesk, crossed, summary

RACE = "no OCO at the venue: both exits could fill before one is cancelled"
RETRY_S = 5.0
"""An exit that was refused is tried again after this time, or when its size changes."""

_AMENDABLE = (OrderState.WORKING, OrderState.PARTIALLY_FILLED, OrderState.ACKED)


@dataclass(frozen=True, slots=True)
class Exits:
    """Where a bracket gets out.

    Attributes:
        take_profit: Limit price of the exit in profit.
        stop: Trigger price of the exit at a loss.
        stop_limit: Limit of that exit once triggered; None for the market.
    """

    take_profit: Decimal
    stop: Decimal
    stop_limit: Decimal | None


@dataclass(slots=True)
class _Exit:
    """One exit as it stands.

    Attributes:
        name: What the row calls it.
        key: Its order; empty before the first.
        dropped: Whether somebody else cancelled it, who then wants none.
        why: Why it is not as it should be; empty if it is.
        tried: The size that was refused last.
        again_ns: When to try that size again.
    """

    name: str
    key: str = ""
    dropped: bool = False
    why: str = ""
    tried: Decimal = field(default=ZERO)
    again_ns: int = 0


class Bracket(Helper):
    """Guards what an order has filled.

    When it fails, its exits stay: without them the position would be bare.

    Args:
        desk: What it may see and do.
        name: `H1`.
        text: The line.
        entry: The order whose fills are guarded.
        exits: Where it gets out.
    """

    keeps_orders = True

    def __init__(self, desk: HelperDesk, name: str, text: str, entry: WorkingOrder, exits: Exits) -> None:
        super().__init__(desk, name, "bracket", text, entry.symbol, entry.side.opposite, entry.qty)
        self._entry = entry
        self._exits = exits
        self._loss = _Exit("stop")
        self._profit = _Exit("take-profit")

    async def work(self) -> str:
        """Keep both exits as large as what is filled and not yet out."""
        while True:
            entry = self.desk.orders.get(self._entry.cl_ord_id or self._entry.order_id or "") or self._entry
            self._entry = entry
            out = self.filled()
            open_qty = max(ZERO, entry.cum_qty - out)
            self.total = entry.cum_qty or entry.qty
            if open_qty < self.instrument.qty_min:
                await self.withdraw()
                if entry.state.terminal and not self.working():
                    return self._came_to(entry.cum_qty, self.filled())
            else:
                await self._keep(self._loss, open_qty, self._stop_order(open_qty))
                await self._keep(self._profit, open_qty, self._profit_order(open_qty))
                if self._loss.dropped and self._profit.dropped:
                    return f"both exits were cancelled from outside: {plain(open_qty)} is not guarded"
            await self.pause_for(LOOK_S, self._standing())

    async def _keep(self, leg: _Exit, qty: Decimal, wanted: OrderRequest) -> None:
        """Have one exit of the right size working."""
        order = self.desk.orders.get(leg.key)
        if order is not None and order.state is OrderState.CANCELED and not self.withdrew(order) and not crossed(order):
            leg.dropped = True
        if leg.dropped or (qty == leg.tried and self.desk.clock.mono_ns() < leg.again_ns):
            return
        if order is None or order.state.terminal:
            leg.key = wanted.cl_ord_id
            sent = await self.place(wanted, leaving=True)
        elif order.qty != order.cum_qty + qty and order.state in _AMENDABLE:
            sent = await self.amend(order, Changes(qty=order.cum_qty + qty))
        else:
            return
        leg.why = "" if sent is not None else self.note
        leg.tried = qty if sent is None and self.refused else ZERO
        leg.again_ns = self.desk.clock.mono_ns() + int(RETRY_S * NS_PER_S)

    def _standing(self) -> str:
        """Return what the row says while it works: what is missing, else the race."""
        missing = [f"{leg.name} {leg.why}" for leg in (self._loss, self._profit) if leg.why and not leg.dropped]
        missing += [f"no {leg.name}: cancelled from outside" for leg in (self._loss, self._profit) if leg.dropped]
        return "; ".join(missing) or RACE

    def _came_to(self, entered: Decimal, out: Decimal) -> str:
        if not entered:
            return "the order ended without a fill"
        if out > entered:
            extra = plain((out - entered).normalize())
            return f"both exits filled before one was cancelled: {extra} too much; {summary(out, entered)}"
        return summary(out, entered)

    def _profit_order(self, qty: Decimal) -> OrderRequest:
        return self._exit(OrderType.LIMIT, qty, self._exits.take_profit)

    def _stop_order(self, qty: Decimal) -> OrderRequest:
        limit = self._exits.stop_limit
        kind = OrderType.STOP_LOSS if limit is None else OrderType.STOP_LOSS_LIMIT
        return self._exit(kind, qty, limit, Trigger(TriggerRef.LAST, self._exits.stop))

    def _exit(
        self, kind: OrderType, qty: Decimal, limit: Decimal | None, trigger: Trigger | None = None
    ) -> OrderRequest:
        leverage = self._entry.leverage
        return OrderRequest(
            self.desk.submitter.fresh_id(),
            self.symbol,
            self._entry.side.opposite,
            kind,
            qty,
            limit,
            trigger=trigger,
            leverage=leverage,
            reduce_only=leverage > 0,
        )
