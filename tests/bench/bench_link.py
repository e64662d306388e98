"""The screen over thin lines: how late a key's answer is seen, and how old what is seen is (goal P6).

The real screen and engine; the terminal is at the other end of a wire that
takes up to 2 MB of what is printed and delivers it in its own time, as SSH
does (`rig.Wire`): 1 MB/s and 100 kB/s, both with 20 ms there and back, and
50 kB/s. The feed brings 5,000 messages a second.

`key`: from `b` to the draft's text at the other end. `age`: the picture there
goes through a terminal emulator; its trust line counts good checksums, and
the venue knows when it sent the message after that one. The age is taken
just before the next count comes, when it is greatest. Wires take turns.
"""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass, field

import pyte

from tests.bench.bench_feed import lags
from tests.bench.bench_keys import ARMED, DOWN, DRAFT, QUIET, quantiles
from tests.bench.rig import MS, SIZE, BenchError, Rig, Terminal, Wire, until

RTT_S = 0.02
WIRES = {"1MB": Wire(1_000_000, RTT_S), "100kB": Wire(100_000, RTT_S), "50kB": Wire(50_000)}
RATE = 5_000
ROUNDS = 3
KEYS = 8
SETTLE_S = 2.0
BEAT_S = 0.4
SIGHT_S = 10.0
DROP = b"\x1b"
COUNT = re.compile(r"(\d+) ok ")


class Picture:
    """What a terminal shows, and when each count of good checksums came to it."""

    def __init__(self) -> None:
        self._screen = pyte.Screen(SIZE[1], SIZE[0])
        self._stream = pyte.ByteStream(self._screen)
        self.count = 0

    def feed(self, chunks: list[tuple[int, bytes]]) -> list[tuple[int, int]]:
        """Take what came; return the time at which each count went, and the count."""
        gone = []
        for at, data in chunks:
            self._stream.feed(data)
            now = self._shown()
            self._screen.dirty.clear()
            if now > self.count:
                gone.append((at, self.count))
                self.count = now
        return gone

    def lines(self) -> list[str]:
        """Return the status bar and the trust line, without the blanks."""
        shown: list[str] = self._screen.display
        return [" ".join(line.split()) for number, line in enumerate(shown) if not number or COUNT.search(line)]

    def _shown(self) -> int:
        """Return the count that just came, 0 if none did."""
        for row in self._screen.dirty:
            cells = self._screen.buffer[row]
            found = COUNT.search("".join(cells[column].data for column in range(SIZE[1])))
            if found is not None:
                return int(found[1])
        return 0


@dataclass
class Sight:
    """What was seen over one wire, in milliseconds; `bytes` a second of the feed's time."""

    key: list[float] = field(default_factory=list)
    age: list[float] = field(default_factory=list)
    unseen: int = 0
    bytes: list[float] = field(default_factory=list)


def first_sight(screen: Terminal, pressed: int) -> int | None:
    """Return when the draft was to be seen, None if it did not come."""
    with contextlib.suppress(BenchError):
        until(lambda: screen.first(DRAFT, pressed) is not None, "the draft", SIGHT_S)
    return screen.first(DRAFT, pressed)


def keys(screen: Terminal, sight: Sight, count: int) -> None:
    """Draft and drop."""
    for _ in range(count):
        pressed = screen.press(b"b")
        time.sleep(BEAT_S)
        shown = first_sight(screen, pressed)
        if shown is None:
            sight.unseen += 1
        else:
            sight.key.append((shown - pressed) / MS)
        screen.press(DROP)
        time.sleep(BEAT_S)


def one_turn(rig: Rig, screen: Terminal, picture: Picture, wire: Wire, sight: Sight, count: int) -> None:
    """Look over one wire for a while, then let all that waits arrive."""
    picture.feed(_taken(screen))
    base = picture.count - rig.venue.report()["sent"]
    screen.wire = wire
    started = time.monotonic()
    rig.venue.rate(RATE)
    time.sleep(SETTLE_S)
    keys(screen, sight, count)
    told = rig.venue.report()
    chunks = _taken(screen)
    sight.bytes.append(sum(len(data) for _, data in chunks) / (time.monotonic() - started))
    gone = [(at, shown) for at, shown in picture.feed(chunks) if at < told["batches"][-1][0]]
    sight.age += lags(told["batches"], gone[1:], base)
    screen.wire = None
    rig.venue.calm(QUIET)
    time.sleep(SETTLE_S)


def _taken(screen: Terminal) -> list[tuple[int, bytes]]:
    chunks, screen.chunks = screen.chunks, []
    return chunks


def run(rounds: int = ROUNDS, count: int = KEYS) -> dict[str, object]:
    """Return milliseconds of sight and age by wire.

    Args:
        rounds: Turns of all wires.
        count: Keys of a turn.
    """
    sights = {name: Sight() for name in WIRES}
    picture = Picture()
    with Rig() as rig, rig.screen() as screen:
        until(lambda: b"VERIFIED" in screen.seen(), "a verified book on the screen")
        screen.press(b"A")
        until(lambda: ARMED in screen.seen(), "an armed screen")
        screen.press(DOWN)
        rig.venue.calm(QUIET)
        for _ in range(rounds):
            for name, wire in WIRES.items():
                one_turn(rig, screen, picture, wire, sights[name], count)
    keys_seen = {name: quantiles(sight.key) for name, sight in sights.items()}
    ages = {name: quantiles(sight.age) for name, sight in sights.items()}
    return {
        "p95_100kB_to_1MB": round(keys_seen["100kB"]["p95"] / keys_seen["1MB"]["p95"], 2),
        "age_50kB_p95_ms": ages["50kB"]["p95"],
        "unseen": sum(sight.unseen for sight in sights.values()),
        **{f"key_{name}": found for name, found in keys_seen.items()},
        **{f"age_{name}": found for name, found in ages.items()},
        **{f"kB/s_{name}": round(max(sight.bytes) / 1000, 1) for name, sight in sights.items()},
    }
