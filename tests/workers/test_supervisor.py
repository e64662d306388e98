from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Iterator

import pytest

from app.clock import NS_PER_S, ManualClock
from app.protocol.ws2.session import Role, Session
from app.workers.health import LinkHealth, LinkState
from app.workers.supervisor import Backoff, ConnectGate, HealthBoard
from app.workers.ws import WsConnection


def test_the_first_retry_comes_almost_at_once_and_later_ones_ever_more_rarely() -> None:
    backoff = Backoff(random.Random(1))
    waits = []
    for _ in range(200):
        backoff.reset()
        waits.append([backoff.next_s() for _ in range(12)])
    longest = [max(column) for column in zip(*waits, strict=True)]
    assert longest[0] <= 0.5 < longest[1] <= 1 < longest[2] <= 2 < longest[3] <= 4 < longest[4] <= 8
    assert 25 < max(longest) <= 30
    assert min(run[0] for run in waits) < 0.05
    assert min(min(run[6:]) for run in waits) >= 5


def test_in_maintenance_no_attempt_sooner_than_five_seconds() -> None:
    backoff = Backoff(random.Random(2))
    assert min(backoff.next_s(maintenance=True) for _ in range(4)) >= 5


async def test_the_gate_never_lets_more_than_the_budget_through() -> None:
    clock = ManualClock()

    async def sleep(seconds: float) -> None:
        clock.advance(ns=int(seconds * NS_PER_S) + 1)

    gate = ConnectGate(clock, sleep)
    entered = []
    for _ in range(500):
        await gate.enter()
        entered.append(clock.mono_ns())
    for index, at_ns in enumerate(entered):
        within = [other for other in entered[: index + 1] if at_ns - other < 600 * NS_PER_S]
        assert len(within) <= 150
    assert gate.used() <= 150


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Yield a port that refuses connections for as long as the test lasts."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


async def test_five_hundred_refused_connects_stay_within_the_budget(closed_port: int) -> None:
    clock = ManualClock()
    attempts: list[int] = []

    async def sleep(seconds: float) -> None:
        clock.advance(ns=int(seconds * NS_PER_S) + 1)
        await asyncio.sleep(0)

    done = asyncio.Event()

    def tell(_name: str, health: LinkHealth) -> None:
        if health.state is LinkState.CONNECTING:
            attempts.append(clock.mono_ns())
            if len(attempts) >= 500:
                done.set()

    board = HealthBoard(clock, tell)
    gate = ConnectGate(clock, sleep)
    links = [
        WsConnection(
            name,
            f"ws://127.0.0.1:{closed_port}/v2",
            Session(Role.PUBLIC),
            clock=clock,
            gate=gate,
            board=board,
            backoff=Backoff(random.Random(seed)),
            on_market=lambda _msg: None,
            on_event=lambda _name, _event: None,
        )
        for seed, name in enumerate(("a", "b", "c"))
    ]
    tasks = [asyncio.create_task(link.run()) for link in links]
    await asyncio.wait_for(done.wait(), 30)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for index, at_ns in enumerate(attempts):
        assert index < 150 or at_ns - attempts[index - 150] >= 600 * NS_PER_S
    assert board.links["a"].state is LinkState.DOWN


def test_health_tells_changes_only_and_keeps_the_time_of_the_last_one() -> None:
    clock = ManualClock()
    told: list[LinkHealth] = []
    board = HealthBoard(clock, lambda _name, health: told.append(health))
    board.state("x", LinkState.UP, generation=1)
    since = clock.now_ns()
    clock.advance(s=5)
    board.state("x", LinkState.UP)
    assert len(told) == 1
    board.latency("x", 250, 30, -12)
    assert (told[-1].rtt_us, told[-1].venue_us, told[-1].offset_us, told[-1].since_ns) == (250, 30, -12, since)
    board.state("x", LinkState.STALE, "silent")
    assert told[-1].since_ns == clock.now_ns()
    assert told[-1].generation == 1
