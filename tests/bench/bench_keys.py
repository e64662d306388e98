"""From a key to the order on the wire, and to the screen (`performance.md` §3 and §5, goals P5 and P6).

The real screen runs in a pseudo terminal of 186x46 that this benchmark reads,
the real engine is behind it, and a loopback venue notes when the bytes of an
order arrive. One cycle: `b` drafts (until the draft's text is on the
terminal), after the beat Enter sends (until `add_order` arrives), then `c`
cancels (until `cancel_order` arrives). Each time runs from just before the
key is written to the terminal. Loads take turns, five rounds each: idle (5),
1,000, 5,000 and 20,000 L3 messages a second, with 20 frames a second painted.
`QUARTERDECK_BENCH_S` asks for rounds until so many seconds have passed; without it
no round begins after two minutes, as a machine that can't take 20,000 a second
needs as long again to come to rest.

`raw` is the same in a bare loop in C that reads a byte and writes to a socket
(`key_limit.c`), in the same rounds. `sync` is what the journal's fdatasync
takes in this place: Enter waits for one, as an order is on disk before it is
on the wire; `c` and Ctrl+K do not. `worst_to_p50` is the worst of all loads.

Then the terminal stops reading altogether, under 2,000 messages/s, and two
seconds later `c` or Ctrl+K, Ctrl+K is pressed, three times each, in turns with
the same under no load and on a terminal that reads (`calm`).
"""

from __future__ import annotations

import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.longer import seconds
from tests.bench.native import LeftOut, build
from tests.bench.rig import MS, Rig, Terminal, Venue, until

QUIET = 5
"""Messages a second of a quiet pair: the screen refuses to send into a silent book."""

LOADS = (QUIET, 1_000, 5_000, 20_000)
ROUNDS = 5
LIMIT_S = 120
KEYS = 15
RAW_KEYS = 15
BEAT_S = 0.2
GAP_S = 0.08
"""Between Enter and `c`, and between `c` and the next draft; two Enters are more than 300 ms apart."""

SETTLE_S = 0.3
RAW_GAP_S = 0.01
RAW_LIMIT_S = 2.0
STALL_LOAD = 2_000
STALL_S = 2.0
STALL_LIMIT_S = 4.0
STALLS = 3
KILL_GAP_S = 0.1
TYPED_S = 0.5
"""An Enter that comes with the text is held back."""

SYNCS = 30
READY, DRAFT, ARMED, RELEASED = b"ready", b" BUY ", b"ARMED", b"kill switch released"
KILL = b"\x0b"
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


def order_time(venue: Venue, method: str, pressed: int, within_s: float = 5.0) -> float | None:
    """Return the milliseconds from a key to the arrival of a request; None if it does not come."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        time.sleep(GAP_S)
        for name, at in venue.report()["orders"]:
            if name == method and at >= pressed:
                return float(at - pressed) / MS
    return None


def one_cycle(venue: Venue, screen: Terminal, times: Times) -> None:
    """Draft, send, cancel.

    Args:
        venue: Notes the arrivals.
        screen: Gets the keys.
        times: Gets the figures.
    """
    pressed = screen.press(b"b")
    time.sleep(BEAT_S)
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


def urgent(rig: Rig, screen: Terminal, *, kill: bool, stalled: bool) -> float | None:
    """Place an order and take it back; return what the key took, None if nothing came.

    Args:
        rig: The engine and the venue.
        screen: Gets the keys.
        kill: Press Ctrl+K twice instead of `c`; the second press counts.
        stalled: Under load, on a terminal that has not read for seconds.
    """
    screen.press(b"b")
    time.sleep(BEAT_S)
    order_time(rig.venue, "add_order", screen.press(b"\r"))
    if stalled:
        rig.venue.rate(STALL_LOAD)
        screen.reads.clear()
        time.sleep(STALL_S)
    if kill:
        screen.press(KILL)
        time.sleep(KILL_GAP_S)
    pressed = screen.press(KILL if kill else b"c")
    took = order_time(rig.venue, "cancel_all" if kill else "cancel_order", pressed, STALL_LIMIT_S)
    screen.reads.set()
    rig.venue.calm(QUIET)
    if kill:
        screen.press(b":release")
        time.sleep(TYPED_S)
        released = screen.press(b"\r")
        until(lambda: screen.first(RELEASED, released) is not None, "the released kill switch")
        armed = screen.press(b"A")
        until(lambda: screen.first(ARMED, armed) is not None, "an armed screen")
    return took


def emergencies(rig: Rig, screen: Terminal, tries: int) -> dict[str, list[float]]:
    """Return milliseconds of `cancel` and `kill`, `calm` and `stalled`, in turns."""
    found: dict[str, list[float]] = {}
    for _ in range(tries):
        for kill in (False, True):
            for stalled in (False, True):
                took = urgent(rig, screen, kill=kill, stalled=stalled)
                name = f"{'stalled' if stalled else 'calm'}_{'kill' if kill else 'cancel'}"
                found.setdefault(name, []).extend([] if took is None else [took])
    return found


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


@contextlib.contextmanager
def bare_loop(venue: Venue, left_out: dict[str, str]) -> Iterator[Terminal | None]:
    """Start the bare loop; without a compiler there is none, and `left_out` says so."""
    with tempfile.TemporaryDirectory(prefix="qdbench") as name:
        try:
            program = build("key_limit", Path(name))
        except LeftOut as error:
            left_out["raw"] = str(error)
            yield None
            return
        raw = Terminal([str(program), str(venue.raw_port)])
        try:
            until(lambda: READY in raw.seen(), "the bare loop")
            yield raw
        finally:
            raw.stop()


@dataclass
class Measured:
    """What a run found.

    Attributes:
        times: By load.
        expected: Keys pressed that should have made a request.
        urgent: By what was pressed, and where.
        left_out: What could not be measured, and why.
    """

    times: dict[int, Times] = field(default_factory=lambda: {load: Times() for load in LOADS})
    expected: int = 0
    urgent: dict[str, list[float]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def measure(rounds: int, keys: int, tries: int) -> Measured:
    """Run all loads in turns, then the stalled terminal."""
    done = Measured()
    with Rig() as rig, rig.screen() as screen:
        until(lambda: b"VERIFIED" in screen.seen(), "a verified book on the screen")
        screen.press(b"A")
        until(lambda: ARMED in screen.seen(), "an armed screen")
        screen.press(DOWN)
        rig.venue.rate(QUIET)
        with bare_loop(rig.venue, done.left_out) as raw:
            for _ in range(3):
                one_cycle(rig.venue, screen, Times())
            started = time.monotonic()
            while time.monotonic() < started + (seconds(0) or (LIMIT_S if rounds > 0 else 0)):
                rounds -= 1
                for load, times in done.times.items():
                    rig.venue.rate(load)
                    time.sleep(SETTLE_S)
                    if raw is not None:
                        times.raw += raw_keys(rig.venue, raw)
                    for _ in range(keys):
                        one_cycle(rig.venue, screen, times)
                    done.expected += keys * 2
                rig.venue.calm(QUIET)
        done.urgent = emergencies(rig, screen, tries)
    return done


def ratios(done: Measured) -> dict[str, object]:
    """Return what the goals are about."""
    idle = done.times[QUIET]
    found: dict[str, object] = {}
    for kind in ("enter", "cancel"):
        by_load = {load: quantiles(getattr(times, kind)) for load, times in done.times.items()}
        calm = by_load[QUIET]
        if idle.raw:
            found[f"{kind}_to_raw"] = round(calm["p50"] / quantiles(idle.raw)["p50"], 1)
        for load, name in ((5_000, "5k"), (20_000, "20k")):
            for share in ("p95", "p99"):
                found[f"{kind}_{name}_to_idle_{share}"] = round(by_load[load][share] / calm[share], 2)
        found[f"{kind}_worst_to_p50"] = round(max(one["worst"] / one["p50"] for one in by_load.values()), 1)
        found[f"{kind}_idle_worst_to_p50"] = round(calm["worst"] / calm["p50"], 1)
    found["screen_5k_to_idle_p95"] = round(
        quantiles(done.times[5_000].screen)["p95"] / quantiles(idle.screen)["p95"], 2
    )
    for key in ("cancel", "kill"):
        reading, stalled = done.urgent[f"calm_{key}"], done.urgent[f"stalled_{key}"]
        if reading and stalled:
            found[f"stalled_{key}_to_calm"] = round(max(stalled) / max(reading), 2)
            found[f"stalled_{key}_to_idle_p99"] = round(max(stalled) / quantiles(idle.cancel)["p99"], 2)
    return found


def run(rounds: int = ROUNDS, keys: int = KEYS, tries: int = STALLS) -> dict[str, object]:
    """Return milliseconds by load, and ratios.

    Args:
        rounds: Rounds of all loads.
        keys: Keys of each kind in a round.
        tries: Cancels and kills on a stalled terminal.
    """
    done = measure(rounds, keys, tries)
    came = sum(len(one.enter) + len(one.cancel) for one in done.times.values())
    figures: dict[str, object] = {
        "keys": came,
        "lost": done.expected - came,
        **ratios(done),
        "sync_ms": quantiles(sync_ms()),
    }
    for load, one in done.times.items():
        name = "idle" if load == QUIET else f"{load}/s"
        for kind in ("enter", "cancel", "screen", "raw"):
            figures[f"{kind}_{name}"] = quantiles(getattr(one, kind))
    for name, values in done.urgent.items():
        figures[f"{name}_ms"] = [round(value, 1) for value in values]
    return figures | ({"left_out": done.left_out} if done.left_out else {})
