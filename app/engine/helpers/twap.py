"""TWAP: an order in equal slices over a time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.clock import NS_PER_S
from app.domain.order import OrderRequest
from app.engine.helpers.base import LOOK_S, Helper, HelperDesk, beyond, bounded, summary


class Twap(Helper):
    """Works an order slice by slice; what a slice leaves unfilled goes to the next.

    Post-only slices join the near touch; others take at the far touch and
    are cancelled at once for what is not there.

    Args:
        desk: What it may see and do.
        name: `H1`.
        text: The line.
        request: The whole order, resolved; its price is not used.
        over_s: Whole time.
        every_s: From slice to slice.
        limit: Worst price of any slice, or None.
    """

    def __init__(
        self,
        desk: HelperDesk,
        name: str,
        text: str,
        request: OrderRequest,
        over_s: int,
        every_s: int,
        limit: Decimal | None,
    ) -> None:
        super().__init__(desk, name, "twap", text, request.symbol, request.side, request.qty)
        self._request = request
        self._every_s = max(1, every_s)
        self._slices = max(1, over_s // self._every_s)
        self._limit = limit

    async def work(self) -> str:
        """Send slice after slice, then wait for the last.

        A slice whose time has passed, because the desk was blocked or an
        answer was long in coming, is not made up for by a burst: what it
        would have done is shared among those that are left. A pause moves the
        whole schedule.
        """
        began = self.desk.clock.mono_ns()
        every_ns = self._every_s * NS_PER_S
        while (at := self._passed(began) // every_ns) < self._slices:
            await self._clear()
            if not self.left():
                break
            await self._slice(self._slices - at)
            await self._until(began, (at + 1) * every_ns)
        await self._clear()
        return summary(self.filled(), self.total)

    def _passed(self, began: int) -> int:
        """Return the time since the beginning without pauses."""
        return self.desk.clock.mono_ns() - began - self.paused_ns

    async def _until(self, began: int, due: int) -> None:
        """Wait for the next slice, or until there is nothing left to do."""
        while (wait := due - self._passed(began)) > 0 and self.left():
            self.due_in(wait / NS_PER_S)
            await self.pause_for(min(LOOK_S, wait / NS_PER_S))
            self.check_taken_away()

    async def _clear(self) -> None:
        """Take what the last slice left off the book, so that it is not sent twice."""
        await self.withdraw()
        for order in self.working():
            await self.settled(order)

    async def _slice(self, slices_left: int) -> None:
        market = self.desk.market(self.symbol)
        side = self._request.side
        price = market.near(side) if self._request.post_only else market.far(side)
        if price is None:
            self.say("waiting: no price")
            return
        if not self._request.post_only and beyond(price, self._limit, side):
            self.say(f"waiting: {market.instrument.price_text(price)} is beyond the limit")
            return
        qty = self._size(slices_left, market.instrument.lot, market.instrument.qty_min)
        price = bounded(price, self._limit, side)
        await self.place(replace(self._request, cl_ord_id=self.desk.submitter.fresh_id(), qty=qty, limit_price=price))

    def _size(self, slices_left: int, lot: Decimal, least: Decimal) -> Decimal:
        """Return the next slice: an equal share in whole lots, never below the minimum."""
        left = self.left()
        share = left if slices_left == 1 else lot * int(left / slices_left / lot)
        share = max(share, least)
        return left if left - share < least else share
