"""The rate counter as it is shown against the venue's own, and each price tag against what was charged."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.clock import NS_PER_S, ManualClock, SystemClock
from app.engine.engine import Engine
from app.settings import DeadMan
from app.workers.face import VenueListener
from app.workers.feed import Venue as Connections
from app.workers.feed import Via
from tests.engine.conftest import Bench, Rig, _venue, until
from tests.integration.counter_player import Player

TRANSPORTS = (Via.WS, Via.REST, Via.FIX)
QUICK, SLOW, PARTS = 80, 10_000, 20


@asynccontextmanager
async def playing(place: Path) -> AsyncIterator[tuple[Rig, ManualClock]]:
    """An engine and an exchange on one clock that only the test moves; their links keep the machine's time."""
    async with AsyncExitStack() as stack:
        venue = await stack.enter_async_context(_venue(place, levels=0))
        # From the next whole second on: what the exchange stamped before this clock took over lies behind it.
        clock = ManualClock((SystemClock().now_ns() // NS_PER_S + 1) * NS_PER_S)
        venue.exchange._floor.clock = clock
        bench = Bench(venue, place, stack)
        options = bench.engine(dead_man=DeadMan(timeout_s=86_000, refresh_s=80_000), fix=bench.fix())._options

        def connect(listener: VenueListener) -> Connections:
            nonce, fix = options.nonce_path, options.fix
            return Connections(options.urls, options.key, SystemClock(), listener, nonce_path=nonce, fix=fix)

        engine = Engine(replace(options, clock=clock, connect=connect))
        # The gateways look at deadlines with the machine's clock.
        amend = engine.venue.amend_order
        engine.venue.amend_order = lambda **terms: amend(**{**terms, "deadline_ns": 0})  # type: ignore[method-assign]
        engine.state.rates.offset_ns = lambda: 0  # that of the links is none of this clock
        engine.state.market.recorded = True  # a step of this clock is not time that a message took
        rig = await bench.start(engine)
        await until(engine.venue.fix_up)
        yield rig, clock


@pytest.mark.parametrize("strangers", [False, True], ids=["alone", "not alone"])
async def test_counter_and_tags_are_the_venues(tmp_path: Path, strangers: bool) -> None:
    async with playing(tmp_path) as (rig, clock):
        player = Player(rig, clock, 5, TRANSPORTS, strangers=strangers)
        for _ in range(QUICK):
            await player.step()
        assert player.tags > QUICK // 3


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
async def test_ten_thousand_actions(tmp_path: Path, part: int) -> None:
    """Every kind of action over every transport, the age steps, refusals for the rate, and strangers."""
    async with playing(tmp_path) as (rig, clock):
        player = Player(rig, clock, 11 + part, TRANSPORTS)
        for _ in range(SLOW // PARTS):
            await player.step()
        logging.getLogger(__name__).warning("%s tags, %s refusals: %s", player.tags, player.refusals, player.done)
        assert player.tags > SLOW // PARTS // 3
