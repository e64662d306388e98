"""What a feed costs the engine, and how far behind it is (`performance.md` §5, goals P2 and P7).

A loopback venue plays a level-3 feed of depth 1,000 at an exact pace into the
real engine process: 1,000, 5,000 and 20,000 messages a second, in turns, three
rounds of each. A client of the engine's socket watches the ladder at 20 frames
a second; each frame says how many checksums were good.

* `lost`: messages that were sent and not verified when the feed had stopped.
* `lag`: age of the picture when it arrives at a screen, that is how long ago
  the first message was sent that is not in it.
* `engine`: CPU of the engine process in per cent of one core, while the feed plays.
* `us`: CPU of one message until all are verified, without what the engine takes at rest.

The same once more at 5,000 messages a second, each written by itself when it is
due (`single`), and with an engine that reads each frame as it comes
(`tests.bench.eager`, `uncoalesced`): `coalesced_ratio` is our `us` to its,
measured in turns. At the end a storm: 20,000 messages a second without a
pause, for as many seconds as `QUARTERDECK_BENCH_S` says, else ten.
`storm_verified_s` is how many of them a second were verified meanwhile: where
that is less than 20,000, the machine is too slow for them and they wait in
the sockets; `storm_lost` are those that were not verified in the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from bisect import bisect_right
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from app.link.client import LinkClient
from app.link.frames import Frame
from app.link.messages import LINK_VERSION, Hello, SetView
from tests.bench.bench_keys import quantiles
from tests.bench.longer import seconds
from tests.bench.rig import MS, SYMBOL, Rig, cpu_ns

RATES = (1_000, 5_000, 20_000)
BUSY = 5_000
STORM = 20_000
STORM_S = 10.0
ROUNDS = 3
PLAY_S = 2.0
CALM_S = 0.5
CALM_TRIES = 40
VIEW = SetView(SYMBOL, 40, fps=20)
SHARE = 100
NS_PER_US = 1000
START_S = 20


@dataclass
class Watcher:
    """A client that keeps what the frames say.

    Attributes:
        good: Checksums that were good so far.
        bad: Checksums that were not.
        frames: Arrival time and `good` of each frame.
        verified: Set once a checksum was good.
    """

    good: int = 0
    bad: int = 0
    frames: list[tuple[int, int]] = field(default_factory=list)
    verified: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, client: LinkClient) -> None:
        """Read for ever."""
        async for message in client.messages():
            if isinstance(message, Frame) and message.ladder is not None:
                self.good, self.bad = message.ladder.checks_ok, message.ladder.checks_bad
                self.frames.append((time.monotonic_ns(), self.good))
                if self.good:
                    self.verified.set()


@dataclass
class Run:
    """What was measured at one rate.

    Attributes:
        cpu: Share of a core, one a round.
        lost: Messages sent and not verified.
        sent: Messages sent.
        lag: Milliseconds, one a frame.
        backlog: Most bytes that the venue could not get rid of.
        rates: Messages verified a second while they were played, one a round.
        spent: Nanoseconds of CPU and of time until all were verified, and messages, one a round.
    """

    cpu: list[float] = field(default_factory=list)
    lost: int = 0
    sent: int = 0
    lag: list[float] = field(default_factory=list)
    backlog: int = 0
    rates: list[float] = field(default_factory=list)
    spent: list[tuple[int, int, int]] = field(default_factory=list)


def lags(batches: list[list[int]], frames: list[tuple[int, int]], base: int) -> list[float]:
    """Return how old each picture was.

    Args:
        batches: Time and count of messages after each write of the venue.
        frames: Time and count of good checksums of each frame.
        base: Good checksums that are no messages of the feed.
    """
    counts = [count for _, count in batches]
    found = []
    for arrived, good in frames:
        following = bisect_right(counts, good - base)
        if following < len(batches):
            found.append(max(0, arrived - batches[following][0]) / MS)
        elif batches:
            found.append(0.0)
    return found


async def play(
    rig: Rig, watcher: Watcher, rate: int, run: Run, lasts_s: float = PLAY_S, *, single: bool = False
) -> None:
    """Play for a while and wait until all has arrived, or nothing does any more."""
    before = rig.venue.report()["sent"]
    base = watcher.good - before
    watcher.frames.clear()
    started, spent = time.monotonic_ns(), cpu_ns(rig.engine)
    (rig.venue.single if single else rig.venue.rate)(rate)
    await asyncio.sleep(lasts_s)
    run.rates.append((watcher.good - base - before) / lasts_s)
    run.cpu.append((cpu_ns(rig.engine) - spent) * SHARE / (time.monotonic_ns() - started))
    frames = list(watcher.frames)
    rig.venue.rate(0)
    told = rig.venue.report()
    seen, tries = -1, CALM_TRIES
    while tries and watcher.good - base < told["sent"]:
        seen, tries = watcher.good, tries - 1 if watcher.good == seen else CALM_TRIES
        await asyncio.sleep(CALM_S)
    run.spent.append((cpu_ns(rig.engine) - spent, time.monotonic_ns() - started, told["sent"] - before))
    run.sent += told["sent"] - before
    run.lost += told["sent"] - (watcher.good - base) + watcher.bad
    run.lag += lags(told["batches"], frames, base)
    run.backlog = max(run.backlog, told["backlog"])


@dataclass
class Player:
    """An engine with a client that watches it.

    Attributes:
        rig: The engine.
        watcher: The client.
        rest: What the engine takes at rest, share of a core.
    """

    rig: Rig
    watcher: Watcher
    rest: float = 0.0

    async def warm(self) -> None:
        """Wait for a book, play for a moment, then see what rest costs."""
        async with asyncio.timeout(START_S):
            await self.watcher.verified.wait()
        await play(self.rig, self.watcher, RATES[0], Run())
        started, spent = time.monotonic_ns(), cpu_ns(self.rig.engine)
        await asyncio.sleep(PLAY_S)
        self.rest = (cpu_ns(self.rig.engine) - spent) * SHARE / (time.monotonic_ns() - started)

    def us(self, run: Run) -> list[float]:
        """Return what a message took beside rest, in microseconds, one a round."""
        return [(cpu - self.rest / SHARE * lasted) / count / NS_PER_US for cpu, lasted, count in run.spent]


@contextlib.asynccontextmanager
async def player(command: str = "") -> AsyncIterator[Player]:
    """Start an engine and watch it.

    Args:
        command: Module that runs the engine, if not the program's own.
    """
    with Rig(engine=command) as rig:
        client, watcher = LinkClient(rig.socket), Watcher()
        await client.connect(Hello(LINK_VERSION, "bench", trade=False, since=-1))
        client.send(VIEW)
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(watcher.read(client))
            found = Player(rig, watcher)
            await found.warm()
            yield found
            reader.cancel()
        await client.close()


async def measure(rounds: int) -> dict[str, object]:
    """Play all rates in turns, then the storm."""
    runs = {rate: Run() for rate in RATES}
    single, eager, storm = Run(), Run(), Run()
    async with player() as ours, player("tests.bench.eager") as reading:
        for _ in range(rounds):
            for rate, run in runs.items():
                await play(ours.rig, ours.watcher, rate, run)
            await play(ours.rig, ours.watcher, BUSY, single, single=True)
            await play(reading.rig, reading.watcher, BUSY, eager, single=True)
        await play(ours.rig, ours.watcher, STORM, storm, seconds(STORM_S))
    pairs = zip(ours.us(single), reading.us(eager), strict=True)
    figures: dict[str, object] = {
        "lost": sum(one.lost for one in runs.values()),
        "sent": sum(one.sent for one in runs.values()),
        "coalesced_ratio": round(statistics.median(own / other for own, other in pairs), 2),
        "storm_lost": storm.lost,
        "storm_sent": storm.sent,
        "storm_verified_s": round(storm.rates[0]),
        "storm_lag_ms": quantiles(storm.lag),
        "engine_idle_%": round(ours.rest, 1),
    }
    shown = {f"{rate}/s": (ours, one) for rate, one in runs.items()} | {
        "single": (ours, single),
        "uncoalesced": (reading, eager),
    }
    for name, (desk, one) in shown.items():
        figures[name] = {
            "engine_%": round(statistics.median(one.cpu), 1),
            "us": round(statistics.median(desk.us(one)), 1),
            "lag_ms": quantiles(one.lag),
            "lost": one.lost,
            "backlog": one.backlog,
            "verified_s": round(statistics.median(one.rates)),
        }
    return figures


def run(rounds: int = ROUNDS) -> dict[str, object]:
    """Return CPU, losses and lag by rate.

    Args:
        rounds: Rounds of all rates.
    """
    return asyncio.run(measure(rounds))
