"""TWAP: an order in equal slices over a time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.clock import NS_PER_S
from app.domain.order import OrderRequest
from app.engine.helpers.base import LOOK_S, Helper, HelperDesk, beyond, bounded, summary
from app.engine.submit import fresh_id


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
        """Send slice after slice, then wait for the last."""
        clock = self.desk.clock
        began = clock.mono_ns()
        for at in range(self._slices):
            due = began + at * self._every_s * NS_PER_S
            while clock.mono_ns() < due:
                self.due_in((due - clock.mono_ns()) / NS_PER_S)
                await self.pause_for(min(LOOK_S, (due - clock.mono_ns()) / NS_PER_S))
                if not self.left():
                    return summary(self.filled(), self.total)
            await self._clear()
            if not self.left():
                break
            await self._slice(self._slices - at)
        end = began + self._slices * self._every_s * NS_PER_S
        while self.working() and clock.mono_ns() < end:
            await self.pause_for(LOOK_S)
        await self._clear()
        return summary(self.filled(), self.total)

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
            self.note = "waiting: no price"
            return
        if not self._request.post_only and beyond(price, self._limit, side):
            self.note = f"waiting: {market.instrument.price_text(price)} is beyond the limit"
            self.desk.changed()
            return
        qty = self._size(slices_left, market.instrument.lot, market.instrument.qty_min)
        price = bounded(price, self._limit, side)
        await self.place(replace(self._request, cl_ord_id=fresh_id(), qty=qty, limit_price=price))

    def _size(self, slices_left: int, lot: Decimal, least: Decimal) -> Decimal:
        """Return the next slice: an equal share in whole lots, never below the minimum."""
        left = self.left()
        share = left if slices_left == 1 else lot * int(left / slices_left / lot)
        share = max(share, least)
        return left if left - share < least else share
