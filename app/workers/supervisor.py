"""What keeps connections alive without hurting the venue: backoff, budget, health.

One connection attempt costs one of 150 per ten minutes and address, whatever
becomes of it; beyond that Kraken bans the address for ten minutes
(`ws-v2.md` §1.3), so all connections of the process share one budget.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace

from app.clock import NS_PER_S, Clock
from app.domain.budget import RollingBudget, connection_budget
from app.workers.health import LinkHealth, LinkState

Sleep = Callable[[float], Awaitable[None]]

BACKOFF_FIRST_S = 0.5
BACKOFF_CAP_S = 30.0
MAINTENANCE_FLOOR_S = 5.0
"""At most one attempt in five seconds after maintenance or a long outage (§1.3)."""

LONG_OUTAGE_TRIES = 5
STABLE_NS = 30 * NS_PER_S
"""A connection that lasted so long starts the backoff anew."""


class Backoff:
    """Waits between attempts: exponential with full jitter, capped.

    Args:
        rng: Source of the jitter.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.tries = 0

    def next_s(self, *, maintenance: bool = False) -> float:
        """Return the wait before the next attempt in seconds.

        The first try after a drop comes almost at once; from the sixth on, or
        during maintenance, never sooner than five seconds.
        """
        ceiling = min(BACKOFF_CAP_S, BACKOFF_FIRST_S * 2.0 ** min(self.tries, 16))
        wait = self._rng.uniform(0, ceiling)
        if maintenance or self.tries >= LONG_OUTAGE_TRIES:
            wait = max(wait, MAINTENANCE_FLOOR_S)
        self.tries += 1
        return wait

    def reset(self) -> None:
        """Start over after a success."""
        self.tries = 0


class ConnectGate:
    """The budget of connection attempts, shared by all connections.

    Args:
        clock: Time.
        sleep: Waits; tests pass one that moves a manual clock.
        budget: Attempts per window.
    """

    def __init__(self, clock: Clock, sleep: Sleep = asyncio.sleep, budget: RollingBudget | None = None) -> None:
        self._clock = clock
        self.sleep = sleep
        self._budget = budget or connection_budget()

    async def enter(self) -> None:
        """Wait until an attempt is within the budget, and count it."""
        while not self._budget.try_spend(self._clock.mono_ns()):
            await self.sleep(self.wait_s())

    def wait_s(self) -> float:
        """Return the seconds until an attempt is within the budget; 0 if it is now."""
        return self._budget.wait_ns(self._clock.mono_ns()) / NS_PER_S

    def used(self) -> int:
        """Return the attempts of the last ten minutes."""
        return self._budget.spent(self._clock.mono_ns())


class HealthBoard:
    """The health of all links, and who wants to know of changes.

    Args:
        clock: Labels the changes.
        tell: Called with the name and the new health.
    """

    def __init__(self, clock: Clock, tell: Callable[[str, LinkHealth], None]) -> None:
        self._clock = clock
        self._tell = tell
        self.links: dict[str, LinkHealth] = {}

    def state(self, name: str, state: LinkState, note: str = "", generation: int | None = None) -> None:
        """Set the state of a link and tell it if it changed."""
        old = self.links.get(name, LinkHealth())
        since = old.since_ns if name in self.links and old.state is state else self._clock.now_ns()
        new = replace(
            old, state=state, note=note, since_ns=since, generation=old.generation if generation is None else generation
        )
        if new != old or name not in self.links:
            self.links[name] = new
            self._tell(name, new)

    def latency(self, name: str, rtt_us: int, venue_us: int, offset_us: int | None = None) -> None:
        """Set the last measured round trip of a link."""
        old = self.links.get(name, LinkHealth())
        kept = old.offset_us if offset_us is None else offset_us
        self.links[name] = replace(old, rtt_us=rtt_us, venue_us=venue_us, offset_us=kept)
        self._tell(name, self.links[name])

    def bad_frame(self, name: str) -> int:
        """Count an unreadable frame and return the count."""
        old = self.links.get(name, LinkHealth())
        self.links[name] = replace(old, bad_frames=old.bad_frames + 1)
        return old.bad_frames + 1
