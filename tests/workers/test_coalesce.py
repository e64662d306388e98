from __future__ import annotations

import asyncio

from app.workers.coalesce import FAST_PER_TICK, Coalescer


class FakeTransport:
    def __init__(self) -> None:
        self.calls: list[str] = []
        self.closing = False

    def pause_reading(self) -> None:
        self.calls.append("pause")

    def resume_reading(self) -> None:
        self.calls.append("resume")

    def is_closing(self) -> bool:
        return self.closing


async def settled(transport: FakeTransport, calls: list[str]) -> None:
    async with asyncio.timeout(2):
        while transport.calls != calls:  # noqa: ASYNC110 - the loop's own timer is under test
            await asyncio.sleep(0.001)


async def test_a_slow_feed_is_never_held_up() -> None:
    transport = FakeTransport()
    pace = Coalescer(transport)
    for _ in range(20):
        for _ in range(FAST_PER_TICK - 1):
            pace.frame()
        pace.tick()
    assert transport.calls == []


async def test_a_fast_feed_rests_after_a_frame_and_reads_on_by_itself() -> None:
    transport = FakeTransport()
    pace = Coalescer(transport)
    for _ in range(FAST_PER_TICK):
        pace.frame()
    assert transport.calls == []
    pace.tick()
    pace.frame()
    pace.frame()
    assert transport.calls == ["pause"]
    await settled(transport, ["pause", "resume"])
    pace.frame()
    await settled(transport, ["pause", "resume", "pause", "resume"])


async def test_a_socket_that_closes_while_resting_is_left_alone() -> None:
    transport = FakeTransport()
    pace = Coalescer(transport)
    for _ in range(FAST_PER_TICK):
        pace.frame()
    pace.tick()
    pace.frame()
    transport.closing = True
    await asyncio.sleep(0.02)
    assert transport.calls == ["pause"]
