"""The dead-man's switch: the venue cancels everything unless we keep calling.

Owned by the engine, so a frozen or killed screen does not trip it. It is armed
while own orders work and disarmed when none does: it would also cancel orders
that others placed on the account.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from app.clock import NS_PER_MS, NS_PER_S, Clock
from app.workers.feed import Accepted, Refused, Unknown, Venue, Via

CHECK_S = 0.5
RETRY_NS = NS_PER_S
"""Time between calls that do not get through."""

FIRED_REASON = "cancelallordersafter"
"""What the venue calls it when the timer ended an order (`ws-v2.md` §7.2), in lower case."""


class DeadMan:
    """Refreshes `cancel_all_orders_after`.

    Args:
        clock: Time.
        venue: Connections.
        wanted: Whether own orders work that the timer should guard.
        say: Called with a line worth an event.
        timeout_s: Seconds after which the venue cancels; 0 never arms.
        refresh_s: Seconds between calls.
    """

    def __init__(
        self,
        clock: Clock,
        venue: Venue,
        wanted: Callable[[], bool],
        say: Callable[[str], None],
        timeout_s: int,
        refresh_s: int,
    ) -> None:
        self._clock = clock
        self._venue = venue
        self._wanted = wanted
        self._say = say
        self._timeout_s = timeout_s
        self._refresh_ns = refresh_s * NS_PER_S
        self._turn = asyncio.Lock()
        self._fires_ns = 0
        self._due_ns = 0
        self._maybe = False
        self._silent = False

    @property
    def left_ms(self) -> int:
        """Time until the venue's timer fires; -1 if it is off."""
        return -1 if not self._fires_ns else max(0, self._fires_ns - self._clock.mono_ns()) // NS_PER_MS

    async def run(self) -> None:
        """Arm, refresh and disarm for ever."""
        while True:
            await asyncio.sleep(CHECK_S)
            if not self._timeout_s or self._clock.mono_ns() < self._due_ns:
                continue
            if self._wanted():
                await self._call(self._timeout_s)
            elif self._maybe:
                await self._call(0)

    def news(self) -> None:
        """Own orders came or went: look at once and not only when a refresh is due."""
        if self._wanted() is not self._maybe:
            self._due_ns = 0

    async def retire(self) -> bool:
        """Turn the timer off for good; returns whether the venue confirmed."""
        self._timeout_s = 0
        return await self._call(0) if self._maybe else True

    def fired(self) -> bool:
        """An order was ended by the timer; returns whether that is news."""
        news = bool(self._fires_ns)
        self._fires_ns = 0
        return news

    async def _call(self, timeout_s: int) -> bool:
        async with self._turn:
            if timeout_s and not self._timeout_s:
                return False  # retired while it waited for its turn
            began = self._clock.mono_ns()
            # Without an answer the timer may run: only a confirmed call turns the doubt off.
            self._maybe = self._maybe or bool(timeout_s)
            via = Via.WS if self._venue.orders_link_up() else Via.REST
            outcome = await self._venue.cancel_all_after(timeout_s, via=via)
        match outcome:
            case Accepted():
                self._due_ns = began + self._refresh_ns if timeout_s else 0
                self._fires_ns = began + timeout_s * NS_PER_S if timeout_s else 0
                self._maybe = bool(timeout_s)
                self._silent = False
                return True
            case Refused(error=reason) | Unknown(reason=reason):
                self._due_ns = began + RETRY_NS
                if not self._silent:
                    self._say(f"dead-man timer: {reason}; trying again")
                    self._silent = True
                return False
