"""The kill switch: cancel everything, refuse new orders until released.

It asks nobody and does not give up: while the venue has not confirmed, it asks
again, and what may still live is named (`faults.md` H7).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from app.domain.working import OrderState, WorkingOrder
from app.engine import story
from app.engine.entry import Entry, Sent
from app.engine.journal import Kill
from app.engine.state import DeskState
from app.link.frames import Severity
from app.workers.feed import Accepted

AGAIN_S = 1.0
AGAIN_MOST_S = 8.0

Say = Callable[[Severity, str], None]


class KillSwitch:
    """Engages and releases; `DeskState.killed` is what everybody else looks at.

    Args:
        state: The desk.
        entry: Sends the cancels.
        say: Called with severity and a line worth an event.
    """

    def __init__(self, state: DeskState, entry: Entry, say: Say) -> None:
        self._state = state
        self._entry = entry
        self._say = say
        self._engaged_ns = 0
        self._wake = asyncio.Event()

    async def engage(self) -> Sent:
        """Cancel everything, disarm, refuse new orders; asks nobody."""
        state = self._state
        self._set(True)
        state.pen.disarm()
        self._say(Severity.BAD, f"KILL: cancelling {len(state.orders.working())} orders; new orders are refused")
        sent = await self._entry.cancel_everything()
        if not isinstance(sent.outcome, Accepted):
            self._say(Severity.BAD, f"KILL: {story.outcome_text(sent.outcome)}; trying again{self._alive()}")
        self._wake.set()
        return sent

    def release(self) -> bool:
        """Let orders out again; returns whether the switch was engaged."""
        if not self._state.killed:
            return False
        self._set(False)
        self._say(Severity.WARN, "kill switch released: orders may go out again once armed")
        return True

    def recover(self) -> None:
        """The last engine ended with the switch engaged: it stays so."""
        self._state.killed = True
        self._engaged_ns = self._state.clock.now_ns()
        self._say(Severity.BAD, "the kill switch is still engaged: type `release` to let orders out again")
        self._wake.set()

    async def run(self) -> None:
        """Ask again for as long as the switch is engaged and orders from before it may live."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            pause = AGAIN_S / 2
            await asyncio.sleep(AGAIN_S)
            while self._state.killed:
                if self._survivors():
                    sent = await self._entry.cancel_everything()
                    self._say(Severity.BAD, f"KILL again: {story.outcome_text(sent.outcome)}{self._alive()}")
                pause = min(pause * 2, AGAIN_MOST_S)
                await asyncio.sleep(pause)

    def _set(self, engaged: bool) -> None:
        now = self._state.clock.now_ns()
        self._state.killed, self._engaged_ns = engaged, now
        self._state.journal.note(Kill(engaged, now))

    def _survivors(self) -> list[WorkingOrder]:
        """Return the orders that the kill meant and that no cancel is under way for."""
        return [
            order
            for order in self._state.orders.working()
            if order.state is not OrderState.PENDING_CANCEL
            and (not order.external or order.created_ns <= self._engaged_ns)
        ]

    def _alive(self) -> str:
        orders = self._state.orders
        numbers = [f"#{orders.number(order)}" for order in orders.working()]
        return f"; not proven gone: {' '.join(numbers)}" if numbers else ""
