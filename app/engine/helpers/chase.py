"""Chase: a post-only order that follows the near touch."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.clock import NS_PER_S
from app.domain.oms import OrderState, WorkingOrder
from app.domain.order import OrderRequest
from app.domain.quote_changes import Changes
from app.engine.helpers.base import LOOK_S, Helper, HelperDesk, HelperFailed, bounded, summary

PACE_S = 1.0
"""Least time between two messages: amends of young orders are dear, and the counter is the person's as well."""

MOST_REFUSALS = 5
"""After so many refusals in a row it gives up."""

_AMENDABLE = (OrderState.WORKING, OrderState.PARTIALLY_FILLED)


class Chase(Helper):
    """Keeps an order at the near touch until it is filled, within a limit and a time.

    It amends in place, at most once in `PACE_S`. The risk gate keeps the rate
    counter's reserve free, so a chase slows down further when the counter is
    high. It ends when somebody else cancels its order.

    Args:
        desk: What it may see and do.
        name: `H1`.
        text: The line.
        request: The order, resolved; its price is not used.
        limit: Worst price to follow to, or None.
        for_s: Seconds after which it gives up; 0 for none.
    """

    def __init__(
        self, desk: HelperDesk, name: str, text: str, request: OrderRequest, limit: Decimal | None, for_s: int
    ) -> None:
        super().__init__(desk, name, "chase", text, request.symbol, request.side, request.qty)
        self._request = replace(request, post_only=True)
        self._limit = limit
        self._for_ns = for_s * NS_PER_S
        self._next_message_ns = 0
        self._refusals = 0

    async def work(self) -> str:
        """Follow the touch until filled or out of time."""
        clock = self.desk.clock
        began = clock.mono_ns()
        while self.left():
            if self._for_ns and clock.mono_ns() - began - self.paused_ns >= self._for_ns:
                await self.withdraw()
                for order in self.working():
                    await self.settled(order)
                return f"out of time: {summary(self.filled(), self.total)}"
            self.check_taken_away()
            await self._step()
            await self.pause_for(LOOK_S)
        return summary(self.filled(), self.total)

    async def _step(self) -> None:
        target = self._target()
        if target is None or self.desk.clock.mono_ns() < self._next_message_ns:
            return
        working = self.working()
        if not working:
            request = replace(
                self._request, cl_ord_id=self.desk.submitter.fresh_id(), qty=self.left(), limit_price=target
            )
            self._count(await self.place(request))
        elif self._behind(working[-1], target):
            self._count(await self.amend(working[-1], Changes(limit_price=target, post_only=True)))

    def _count(self, sent: WorkingOrder | None) -> None:
        """Pace the messages; give up when the same is refused again and again."""
        self._next_message_ns = self.desk.clock.mono_ns() + int(PACE_S * NS_PER_S)
        self._refusals = self._refusals + 1 if sent is None and self.refused else 0
        if self._refusals >= MOST_REFUSALS:
            raise HelperFailed(f"{MOST_REFUSALS} times in a row {self.note}")

    def _target(self) -> Decimal | None:
        """Return where the order should rest: the near touch, its own order included, within the limit."""
        side = self._request.side
        near = self.desk.market(self.symbol).near(side)
        return None if near is None else bounded(near, self._limit, side)

    def _behind(self, order: WorkingOrder, target: Decimal) -> bool:
        return order.state in _AMENDABLE and order.limit_price != target
