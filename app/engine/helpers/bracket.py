"""Bracket: two exits around an order's fills; the first to fill ends the other.

The venue has no such pair. The engine cancels the other exit when one fills,
and in between both can fill: the row says so. The stop is at the venue, so it
guards the position even if this engine dies.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.domain.oms import OrderState, WorkingOrder
from app.domain.order import OrderRequest, OrderType, Trigger, TriggerRef
from app.domain.quote_changes import Changes
from app.engine.helpers.base import LOOK_S, ZERO, Helper, HelperDesk, summary
from app.engine.submit import fresh_id

RACE = "no OCO at the venue: both exits could fill before one is cancelled"
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


class Bracket(Helper):
    """Guards what an order has filled.

    Args:
        desk: What it may see and do.
        name: `H1`.
        text: The line.
        entry: The order whose fills are guarded.
        exits: Where it gets out.
    """

    def __init__(self, desk: HelperDesk, name: str, text: str, entry: WorkingOrder, exits: Exits) -> None:
        super().__init__(desk, name, "bracket", text, entry.symbol, entry.side.opposite, entry.qty)
        self._entry = entry
        self._exits = exits
        self._profit = ""
        self._loss = ""

    async def work(self) -> str:
        """Keep both exits as large as what is filled and not yet out."""
        while True:
            entry = self.desk.orders.get(self._entry.cl_ord_id) or self._entry
            if entry.state.terminal and not entry.cum_qty:
                return "the order ended without a fill"
            out = self.filled()
            open_qty = max(ZERO, entry.cum_qty - out)
            if entry.state.terminal and not open_qty:
                await self.withdraw()
                return summary(out, entry.cum_qty)
            self.total = entry.cum_qty
            if open_qty >= self.instrument.qty_min:
                self._loss = await self._keep(self._loss, open_qty, self._stop_order(open_qty))
                self._profit = await self._keep(self._profit, open_qty, self._profit_order(open_qty))
            await self.pause_for(LOOK_S, self.note or RACE)

    async def _keep(self, key: str, qty: Decimal, wanted: OrderRequest) -> str:
        """Have one exit of the right size working; returns its key."""
        order = self.desk.orders.get(key)
        if order is None or order.state.terminal:
            placed = await self.place(wanted)
            return placed.cl_ord_id if placed else key
        size = order.cum_qty + qty
        if order.qty != size and order.state in _AMENDABLE:
            await self.amend(order, Changes(qty=size))
        return key

    def _profit_order(self, qty: Decimal) -> OrderRequest:
        return OrderRequest(
            fresh_id(), self.symbol, self._entry.side.opposite, OrderType.LIMIT, qty, self._exits.take_profit
        )

    def _stop_order(self, qty: Decimal) -> OrderRequest:
        limit = self._exits.stop_limit
        kind = OrderType.STOP_LOSS if limit is None else OrderType.STOP_LOSS_LIMIT
        trigger = Trigger(TriggerRef.LAST, self._exits.stop)
        return OrderRequest(fresh_id(), self.symbol, self._entry.side.opposite, kind, qty, limit, trigger=trigger)
