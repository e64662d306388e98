"""Moves the venue along: agents in short slices, timers, heartbeats."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from app.clock import NS_PER_MS, NS_PER_S, Clock

SLICE_NS: Final = 3 * NS_PER_MS
"""Longest run of the agents before the sockets get their turn."""

TICK_S: Final = 0.05
"""Longest sleep; timers of the exchange are looked at least this often."""

BEAT_S: Final = 1.0


class Agents(Protocol):
    """The part of `app.venue.agents.flow.Flow` that is driven here."""

    @property
    def next_due_ns(self) -> int | None:
        """Monotonic time of the next act."""
        ...

    def step(self, now_mono_ns: int) -> int:
        """Act; returns the number of commands given."""
        ...


async def drive(clock: Clock, agents: Agents | None, tick: Callable[[], None], flush: Callable[[], None]) -> None:
    """Run agents and timers until cancelled.

    Args:
        clock: Time source.
        agents: Order flow, or None for a venue at rest.
        tick: Lets the exchange fire its timers.
        flush: Sends what a slice gathered.
    """
    while True:
        tick()
        due = _run_slice(clock, agents) if agents else None
        flush()
        pause = TICK_S if due is None else min(TICK_S, max(0, due - clock.mono_ns()) / NS_PER_S)
        await asyncio.sleep(pause)


def _run_slice(clock: Clock, agents: Agents) -> int | None:
    """Let agents act for one slice; returns when the next one wants to."""
    started = now = clock.mono_ns()
    while agents.step(now):
        now = clock.mono_ns()
        if now - started > SLICE_NS:
            break
    return agents.next_due_ns


async def beat(every_second: Callable[[], None]) -> None:
    """Call once a second until cancelled."""
    while True:
        await asyncio.sleep(BEAT_S)
        every_second()
