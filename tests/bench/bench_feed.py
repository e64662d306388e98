"""What a feed costs the engine, and how far behind it is (`performance.md` §5, goals P2 and P7).

A loopback venue plays a level-3 feed of depth 1,000 at an exact pace into the
real engine process: 1,000, 5,000 and 20,000 messages a second, in turns, three
rounds of each. A client of the engine's socket watches the ladder at 20 frames
a second; each frame says how many checksums were good.

* `lost`: messages that were sent and not verified when the feed had stopped.
* `lag`: age of the picture when it arrives at a screen, that is how long ago
  the first message was sent that is not in it.
* `engine`: CPU of the engine process in per cent of one core.
* `us`: the same for one message, without what the engine takes at rest.

Then a real screen (186x46) is attached, and the CPU of both processes is
measured at 1,000 and 5,000 messages a second and at rest.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from bisect import bisect_right
from dataclasses import dataclass, field

from app.link.client import LinkClient
from app.link.frames import Frame
from app.link.messages import LINK_VERSION, Hello, SetView
from tests.bench.bench_keys import quantiles
from tests.bench.rig import MS, NS, SYMBOL, Rig, Terminal, cpu_ns, until

RATES = (1_000, 5_000, 20_000)
SCREEN_RATES = (0, 1_000, 5_000)
ROUNDS = 3
PLAY_S = 2.0
SCREEN_S = 3.0
CALM_S = 0.5
CALM_TRIES = 20
VIEW = SetView(SYMBOL, 40, fps=20)
SHARE = 100
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
    """

    cpu: list[float] = field(default_factory=list)
    lost: int = 0
    sent: int = 0
    lag: list[float] = field(default_factory=list)
    backlog: int = 0


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


async def play(rig: Rig, watcher: Watcher, rate: int, run: Run) -> None:
    """Play for a while and wait until all has arrived."""
    before = rig.venue.report()["sent"]
    base = watcher.good - before
    watcher.frames.clear()
    started, spent = time.monotonic_ns(), cpu_ns(rig.engine)
    rig.venue.rate(rate)
    await asyncio.sleep(PLAY_S)
    run.cpu.append((cpu_ns(rig.engine) - spent) * SHARE / (time.monotonic_ns() - started))
    frames = list(watcher.frames)
    rig.venue.rate(0)
    told = rig.venue.report()
    for _ in range(CALM_TRIES):
        await asyncio.sleep(CALM_S)
        if watcher.good - base >= told["sent"]:
            break
    run.sent += told["sent"] - before
    run.lost += told["sent"] - (watcher.good - base) + watcher.bad
    run.lag += lags(told["batches"], frames, base)
    run.backlog = max(run.backlog, told["backlog"])


async def engine_alone(rig: Rig, rounds: int) -> tuple[dict[int, Run], float]:
    """Return what each rate costs the engine, and what rest does."""
    client, watcher = LinkClient(rig.socket), Watcher()
    await client.connect(Hello(LINK_VERSION, "bench", trade=False, since=-1))
    client.send(VIEW)
    runs = {rate: Run() for rate in RATES}
    async with asyncio.TaskGroup() as group:
        reader = group.create_task(watcher.read(client))
        async with asyncio.timeout(START_S):
            await watcher.verified.wait()
        await play(rig, watcher, RATES[0], Run())
        started, spent = time.monotonic_ns(), cpu_ns(rig.engine)
        await asyncio.sleep(PLAY_S)
        rest = (cpu_ns(rig.engine) - spent) * SHARE / (time.monotonic_ns() - started)
        for _ in range(rounds):
            for rate, run in runs.items():
                await play(rig, watcher, rate, run)
        reader.cancel()
    await client.close()
    return runs, rest


def with_screen(rig: Rig, screen: Terminal) -> dict[str, object]:
    """Return the CPU of engine and screen at several rates, and what the screen prints."""
    until(lambda: b"VERIFIED" in screen.seen(), "a verified book on the screen")
    figures: dict[str, object] = {}
    for rate in SCREEN_RATES:
        rig.venue.rate(rate)
        time.sleep(CALM_S)
        started, before = time.monotonic_ns(), (cpu_ns(rig.engine), cpu_ns(screen.pid))
        time.sleep(SCREEN_S)
        ended, after = time.monotonic_ns(), (cpu_ns(rig.engine), cpu_ns(screen.pid))
        engine, painter = (
            (late - early) * SHARE / (ended - started) for early, late in zip(before, after, strict=True)
        )
        name = f"{rate}/s" if rate else "idle"
        figures[f"desk_{name}"] = {
            "engine_%": round(engine, 1),
            "screen_%": round(painter, 1),
            "sum_%": round(engine + painter, 1),
            "kB/s": round(len(screen.seen(started)) * NS / (ended - started) / 1000, 1),
        }
    rig.venue.rate(0)
    return figures


def run(rounds: int = ROUNDS) -> dict[str, object]:
    """Return CPU, losses and lag by rate.

    Args:
        rounds: Rounds of all rates.
    """
    with Rig() as rig:
        runs, rest = asyncio.run(engine_alone(rig, rounds))
        with rig.screen() as screen:
            desk = with_screen(rig, screen)
    figures: dict[str, object] = {
        "lost": sum(one.lost for one in runs.values()),
        "sent": sum(one.sent for one in runs.values()),
        "engine_idle_%": round(rest, 1),
    }
    for rate, one in runs.items():
        cpu = statistics.median(one.cpu)
        figures[f"{rate}/s"] = {
            "engine_%": round(cpu, 1),
            "us": round((cpu - rest) / SHARE / rate * 1_000_000, 1),
            "lag_ms": quantiles(one.lag),
            "lost": one.lost,
            "backlog": one.backlog,
        }
    return figures | desk
