from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.workers.turnstile import Turnstile


async def test_one_at_a_time_and_urgent_ones_first(until: Any) -> None:
    gate = Turnstile(hold_s=60)
    passed: list[str] = []
    inside = 0

    async def caller(name: str, urgent: bool) -> None:
        nonlocal inside
        async with gate.turn(urgent=urgent):
            inside += 1
            assert inside == 1
            passed.append(name)
            await asyncio.sleep(0)
            inside -= 1

    plan = [("a", False), ("b", False), ("c", True), ("d", False), ("e", True)]
    await asyncio.gather(*(caller(name, urgent) for name, urgent in plan))
    assert passed == ["a", "c", "e", "b", "d"]


async def test_a_caller_that_stays_keeps_the_next_one_back_only_so_long() -> None:
    gate = Turnstile(hold_s=0.02)
    leave = asyncio.Event()

    async def stayer() -> None:
        async with gate.turn(urgent=False):
            await leave.wait()

    staying = asyncio.create_task(stayer())
    await asyncio.sleep(0)
    async with asyncio.timeout(2), gate.turn(urgent=False):
        assert not staying.done()
    leave.set()
    await staying
    async with asyncio.timeout(2), gate.turn(urgent=False):
        pass


async def test_a_caller_that_gives_up_does_not_take_the_turn_with_it() -> None:
    gate = Turnstile(hold_s=60)
    order: list[str] = []

    async def caller(name: str) -> None:
        async with gate.turn(urgent=False):
            order.append(name)

    async with gate.turn(urgent=False):
        first, second = asyncio.create_task(caller("first")), asyncio.create_task(caller("second"))
        await asyncio.sleep(0)
        first.cancel()
    await asyncio.wait_for(second, 2)
    with pytest.raises(asyncio.CancelledError):
        await first
    assert order == ["second"]


async def test_a_turn_given_to_a_caller_that_is_cancelled_at_that_moment_goes_on() -> None:
    gate = Turnstile(hold_s=60)

    async def caller() -> None:
        async with gate.turn(urgent=False):
            pass

    async with gate.turn(urgent=False):
        first, second = asyncio.create_task(caller()), asyncio.create_task(caller())
        await asyncio.sleep(0)
    first.cancel()  # its turn is granted but it has not run yet
    await asyncio.wait_for(second, 2)
