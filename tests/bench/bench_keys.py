"""From a key to the order on the wire, and to the screen (`performance.md` §3 and §5, goals P5 and P6).

The real screen runs in a pseudo terminal of 186x46 that this benchmark reads,
the real engine is behind it, and a loopback venue notes when the bytes of an
order arrive. One cycle: `b` drafts (until the draft's text is on the
terminal), after the beat Enter sends (until `add_order` arrives), then `c`
cancels (until `cancel_order` arrives). Each time runs from just before the
key is written to the terminal. Loads take turns, five rounds each: idle (5), 2,000
and 5,000 L3 messages a second, with 20 frames a second painted.

`raw` is the same in a bare loop that reads a byte and writes to a socket
(`tests.bench.rawloop`), in the same rounds. `sync` is what the journal's
fdatasync takes in this place: Enter waits for one, as an order is on disk
before it is on the wire; `c` does not.

Then the terminal stops reading altogether (`stalled`: `c` is pressed three
seconds later), and reads at 50 kB/s (`slow`), both under 2,000 messages/s.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field

from tests.bench.rawloop import READY
from tests.bench.rig import MS, BenchError, Rig, Terminal, Venue, until

QUIET = 5
"""Messages a second of a quiet pair: the screen refuses to send into a silent book."""

LOADS = (QUIET, 2_000, 5_000)
ROUNDS = 5
KEYS = 10
RAW_KEYS = 15
BEAT_S = 0.2
GAP_S = 0.12
"""Between Enter and `c`, and between `c` and the next draft; two Enters are more than 300 ms apart."""

SETTLE_S = 0.3
RAW_GAP_S = 0.01
RAW_LIMIT_S = 2.0
STALL_LOAD = 2_000
STALL_S = 3.0
STALL_LIMIT_S = 4.0
SLOW_BYTES_PER_S = 50_000
SLOW_S = 2.0
SIGHT_S = 3.0
SYNCS = 30
DRAFT, ARMED = b" BUY ", b"ARMED"
DOWN = b"\x1b[B"
"""Puts the cursor at the bid of the quiet book: no ask of the feed ever comes down to it."""


@dataclass
class Times:
    """Milliseconds, by what was measured."""

    enter: list[float] = field(default_factory=list)
    cancel: list[float] = field(default_factory=list)
    screen: list[float] = field(default_factory=list)
    raw: list[float] = field(default_factory=list)


def quantiles(values: list[float]) -> dict[str, float]:
    """Return median, 95th, 99th percentile and worst."""
    ordered = sorted(values)
    if not ordered:
        return {}

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)

    return {
        "p50": round(statistics.median(ordered), 2),
        "p95": at(0.95),
        "p99": at(0.99),
        "worst": round(ordered[-1], 2),
    }


def order_time(venue: Venue, method: str, pressed: int, within_s: float = 2.0) -> float | None:
    """Return the milliseconds from a key to the arrival of a request; None if it does not come."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        time.sleep(GAP_S)
        for name, at in venue.report()["orders"]:
            if name == method and at >= pressed:
                return float(at - pressed) / MS
    return None


def one_cycle(venue: Venue, screen: Terminal, times: Times, sight_s: float = 0.0) -> None:
    """Draft, send, cancel.

    Args:
        venue: Notes the arrivals.
        screen: Gets the keys.
        times: Gets the figures.
        sight_s: How much longer to wait for the draft to be seen.
    """
    pressed = screen.press(b"b")
    time.sleep(BEAT_S)
    with contextlib.suppress(BenchError):
        until(lambda: screen.first(DRAFT, pressed) is not None, "the draft", sight_s)
    shown = screen.first(DRAFT, pressed)
    if shown is not None:
        times.screen.append((shown - pressed) / MS)
    for key, method, found in ((b"\r", "add_order", times.enter), (b"c", "cancel_order", times.cancel)):
        took = order_time(venue, method, screen.press(key))
        if took is not None:
            found.append(took)
    del screen.chunks[:-1]


def raw_keys(venue: Venue, raw: Terminal) -> list[float]:
    """Measure the bare loop."""
    venue.report()
    found = []
    for _ in range(RAW_KEYS):
        pressed = raw.press(b"b")
        arrived: list[int] = []
        end = time.monotonic() + RAW_LIMIT_S
        while not arrived and time.monotonic() < end:
            time.sleep(RAW_GAP_S)
            arrived = venue.report()["raw"]
        found += [(at - pressed) / MS for at in arrived[:1]]
    return found


def stalled(rig: Rig, screen: Terminal) -> float | None:
    """Return how long a cancel takes when the terminal has not read for seconds; None if it never came."""
    screen.press(b"b")
    time.sleep(BEAT_S)
    order_time(rig.venue, "add_order", screen.press(b"\r"))
    rig.venue.rate(STALL_LOAD)
    screen.reads.clear()
    time.sleep(STALL_S)
    took = order_time(rig.venue, "cancel_order", screen.press(b"c"), STALL_LIMIT_S)
    screen.reads.set()
    time.sleep(SETTLE_S)
    return took


def slow(rig: Rig, screen: Terminal) -> Times:
    """Measure keys on a terminal that reads slowly."""
    times = Times()
    rig.venue.rate(STALL_LOAD)
    screen.bytes_per_s = SLOW_BYTES_PER_S
    time.sleep(SLOW_S)
    for _ in range(KEYS):
        one_cycle(rig.venue, screen, times, SIGHT_S)
    screen.bytes_per_s = 0
    return times


def sync_ms() -> list[float]:
    """Return what small durable writes take here."""
    found = []
    with tempfile.TemporaryFile(buffering=0) as file:
        for _ in range(SYNCS):
            started = time.monotonic_ns()
            file.write(b"x" * 200)
            os.fdatasync(file.fileno())
            found.append((time.monotonic_ns() - started) / MS)
    return found


def measure(rounds: int, keys: int) -> tuple[dict[int, Times], float | None, Times]:
    """Run all loads in turns, then the bad terminals."""
    times = {load: Times() for load in LOADS}
    with Rig() as rig, rig.screen() as screen:
        until(lambda: b"VERIFIED" in screen.seen(), "a verified book on the screen")
        screen.press(b"A")
        until(lambda: ARMED in screen.seen(), "an armed screen")
        screen.press(DOWN)
        raw = Terminal([sys.executable, "-m", "tests.bench.rawloop", str(rig.venue.raw_port)])
        until(lambda: READY in raw.seen(), "the bare loop")
        rig.venue.rate(QUIET)
        for _ in range(3):
            one_cycle(rig.venue, screen, Times())
        for _ in range(rounds):
            for load in LOADS:
                rig.venue.rate(load)
                time.sleep(SETTLE_S)
                times[load].raw += raw_keys(rig.venue, raw)
                for _ in range(keys):
                    one_cycle(rig.venue, screen, times[load])
        raw.stop()
        crawling = slow(rig, screen)
        return times, stalled(rig, screen), crawling


def run(rounds: int = ROUNDS, keys: int = KEYS) -> dict[str, object]:
    """Return milliseconds by load, and ratios.

    Args:
        rounds: Rounds of all loads.
        keys: Keys of each kind in a round.
    """
    times, stall, crawling = measure(rounds, keys)
    idle, storm = times[LOADS[0]], times[LOADS[-1]]
    enter, cancel = quantiles(idle.enter), quantiles(idle.cancel)
    figures: dict[str, object] = {
        "keys": sum(len(one.enter) + len(one.cancel) for one in times.values()),
        "lost": rounds * keys * 2 * len(LOADS) - sum(len(one.enter) + len(one.cancel) for one in times.values()),
        "enter_to_raw": round(enter["p50"] / quantiles(idle.raw)["p50"], 1),
        "cancel_to_raw": round(cancel["p50"] / quantiles(idle.raw)["p50"], 1),
        "enter_5k_to_idle_p95": round(quantiles(storm.enter)["p95"] / enter["p95"], 2),
        "cancel_5k_to_idle_p95": round(quantiles(storm.cancel)["p95"] / cancel["p95"], 2),
        "screen_5k_to_idle_p95": round(quantiles(storm.screen)["p95"] / quantiles(idle.screen)["p95"], 2),
        "stalled_cancel_ms": None if stall is None else round(stall, 1),
        "sync_ms": quantiles(sync_ms()),
    }
    for load, one in times.items():
        name = "idle" if load == QUIET else f"{load}/s"
        figures[f"enter_{name}"] = quantiles(one.enter)
        figures[f"cancel_{name}"] = quantiles(one.cancel)
        figures[f"screen_{name}"] = quantiles(one.screen)
        figures[f"raw_{name}"] = quantiles(one.raw)
    figures["slow_cancel"] = quantiles(crawling.cancel)
    figures["slow_screen"] = quantiles(crawling.screen)
    return figures
