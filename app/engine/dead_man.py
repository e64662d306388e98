"""The dead-man's switch: the venue cancels everything unless we keep calling.

Owned by the engine, so a frozen or killed screen does not trip it. It is armed
while own orders work and disarmed when none does: it would also cancel orders
that others placed on the account.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from app.clock import NS_PER_MS, NS_PER_S, Clock
from app.workers.feed import Accepted, Refused, Unknown, Venue

CHECK_S = 0.5


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
        self._fires_ns = 0
        self._called_ns = 0
        self._silent = False

    @property
    def left_ms(self) -> int:
        """Time until the venue's timer fires; -1 if it is off."""
        return -1 if not self._fires_ns else max(0, self._fires_ns - self._clock.mono_ns()) // NS_PER_MS

    async def run(self) -> None:
        """Arm, refresh and disarm for ever."""
        while True:
            await asyncio.sleep(CHECK_S)
            if not self._timeout_s:
                continue
            if self._wanted():
                if self._clock.mono_ns() - self._called_ns >= self._refresh_ns or not self._fires_ns:
                    await self._call(self._timeout_s)
            elif self._fires_ns:
                await self.disarm()

    async def disarm(self) -> bool:
        """Turn the timer off; returns whether the venue confirmed."""
        return await self._call(0) if self._fires_ns else True

    async def _call(self, timeout_s: int) -> bool:
        began = self._clock.mono_ns()
        outcome = await self._venue.cancel_all_after(timeout_s)
        match outcome:
            case Accepted():
                self._called_ns = began
                self._fires_ns = began + timeout_s * NS_PER_S if timeout_s else 0
                self._silent = False
                return True
            case Refused(error=reason) | Unknown(reason=reason):
                if not self._silent:
                    self._say(f"dead-man timer: {reason}; trying again")
                    self._silent = True
                return False
