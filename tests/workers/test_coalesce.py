from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

from app.clock import ManualClock
from app.workers.coalesce import FAST_PER_TICK, Coalescer
from app.workers.ws import BREATH_NS, WsConnection


class FakeTransport:
    def __init__(self) -> None:
        self.calls: list[str] = []
        self.closing = False
        self.reading = True

    def pause_reading(self) -> None:
        self.calls.append("pause")
        self.reading = False

    def resume_reading(self) -> None:
        self.calls.append("resume")
        self.reading = True

    def is_reading(self) -> bool:
        return self.reading

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


async def test_a_socket_that_was_stopped_by_its_reader_is_not_woken() -> None:
    transport = FakeTransport()
    pace = Coalescer(transport)
    for _ in range(FAST_PER_TICK):
        pace.frame()
    pace.tick()
    transport.reading = False
    pace.frame()
    await asyncio.sleep(0.02)
    assert transport.calls == []
    transport.reading = True
    pace.frame()
    assert transport.calls == ["pause"]


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


class Backlog:
    """A socket whose frames have all arrived already."""

    def __init__(self, count: int) -> None:
        self._left = count

    async def recv(self, *, decode: bool) -> bytes:
        assert not decode
        if not self._left:
            await asyncio.Event().wait()
        self._left -= 1
        return b"{}"


class Echo:
    """A session that hands each frame on."""

    busy = False

    def receive(self, raw: bytes, _now_ns: int) -> bytes:
        return raw


async def test_a_backlog_of_frames_is_taken_in_short_stretches_so_that_an_order_need_not_wait_for_all_of_it() -> None:
    clock, taken = ManualClock(), 0

    def on_market(_message: object) -> None:
        nonlocal taken
        taken += 1
        clock.advance(ns=BREATH_NS // 5)

    parts: Any = {"gate": None, "board": None, "backoff": None, "on_event": None}
    session: Any = Echo()
    socket: Any = Backlog(200)
    link = WsConnection("l3", "", session, clock=clock, on_market=on_market, **parts)
    reading = asyncio.create_task(link._read(socket, None))
    seen = [0]
    while seen[-1] < 200:
        await asyncio.sleep(0)
        seen.append(taken)
    reading.cancel()
    assert max(after - before for before, after in pairwise(seen)) == 5
