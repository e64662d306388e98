"""One at a time, urgent ones first: the order in which signed calls take their nonce.

A call passes when the one before it has been answered, or has had so long
that it must have arrived; otherwise a later nonce could overtake an earlier
one and the earlier would be refused (`rest.md` §1.2).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turnstile:
    """Lets callers through in order of urgency, then of arrival.

    Args:
        hold_s: After so long a caller no longer keeps the next one back.
    """

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self._busy = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._patient: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self, *, urgent: bool) -> AsyncIterator[None]:
        """Wait for the turn and hold it, at most for the time set."""
        await self._enter(urgent)
        held = True

        def leave() -> None:
            nonlocal held
            if held:
                held = False
                self._next()

        timer = asyncio.get_running_loop().call_later(self._hold_s, leave)
        try:
            yield
        finally:
            timer.cancel()
            leave()

    async def _enter(self, urgent: bool) -> None:
        if not self._busy:
            self._busy = True
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._urgent if urgent else self._patient).append(waiting)
        try:
            await waiting
        except asyncio.CancelledError:
            # The turn may have been given to a caller that no longer wants it.
            if waiting.done() and not waiting.cancelled():
                self._next()
            raise

    def _next(self) -> None:
        for line in (self._urgent, self._patient):
            while line:
                waiting = line.popleft()
                if not waiting.done():
                    waiting.set_result(None)
                    return
        self._busy = False
