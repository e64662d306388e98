"""What a desk costs that is just looked at: engine and screen, at rest and under a feed (goal P7).

The real processes: an engine fed by a loopback venue, and a screen of 186x46
in a pseudo terminal that reads all, 30 frames a second. No messages at all,
1,000 and 5,000 L3 messages a second take turns; CPU is that of all threads of
both processes, in per cent of one core, the median of the rounds.
"""

from __future__ import annotations

import statistics
import time

from tests.bench.rig import NS, Rig, Terminal, cpu_ns, until

RATES = (0, 1_000, 5_000)
QUIET = 5
"""Messages a second until what waited was taken."""

FPS = "30"
ROUNDS = 5
LOOK_S = 4.0
CALM_S = 1.0
SHARE = 100


def looked(rig: Rig, screen: Terminal) -> tuple[float, float, float]:
    """Return the share of a core that engine and screen take, and bytes a second for the terminal."""
    started, before = time.monotonic_ns(), (cpu_ns(rig.engine), cpu_ns(screen.pid))
    time.sleep(LOOK_S)
    ended, after = time.monotonic_ns(), (cpu_ns(rig.engine), cpu_ns(screen.pid))
    engine, painter = ((late - early) * SHARE / (ended - started) for early, late in zip(before, after, strict=True))
    return engine, painter, len(screen.seen(started)) * NS / (ended - started)


def run(rounds: int = ROUNDS) -> dict[str, object]:
    """Return CPU by rate, and what the screen prints.

    Args:
        rounds: Rounds of all rates.
    """
    samples: dict[int, list[tuple[float, float, float]]] = {rate: [] for rate in RATES}
    with Rig() as rig, rig.screen("--fps", FPS) as screen:
        until(lambda: b"VERIFIED" in screen.seen(), "a verified book on the screen")
        for _ in range(rounds):
            for rate, found in samples.items():
                rig.venue.calm(QUIET)
                rig.venue.rate(rate)
                time.sleep(CALM_S)
                del screen.chunks[:-1]
                found.append(looked(rig, screen))
        rig.venue.rate(0)
    figures: dict[str, object] = {}
    for rate, found in samples.items():
        name = f"{rate // 1000}k" if rate else "idle"
        engine, painter, sent = (statistics.median(values) for values in zip(*found, strict=True))
        figures[f"{name}_%"] = round(statistics.median(one[0] + one[1] for one in found), 1)
        figures[f"{name}_engine_%"] = round(engine, 1)
        figures[f"{name}_screen_%"] = round(painter, 1)
        figures[f"{name}_kB/s"] = round(sent / 1000, 1)
    return figures
