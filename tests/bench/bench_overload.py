"""More than can be taken: what is lost, and whether the screen says what it leaves out (goal P9).

The real processes, three times with the same questions:

* `flood`: 40,000 messages a second for three seconds, more than the engine can take. Messages
  wait in the sockets; none may be lost (`lost`), and a picture that is old
  must not look fresh.
* `stopped`: the screen's process stands still for 25 seconds under 5,000
  messages a second; the engine leaves frames out for it.
* `stalled`: the terminal reads nothing for five seconds under the same; the screen
  leaves frames out for it, and its next one is of now.

`NAME_says` is 1 if the status bar or the trust line told of it, at its end or
within two seconds after; `NAME_lines` is what they said. `flood_age_ms` is
how old the picture was at the worst, `flood_pictures_s` how many came a second.
"""

from __future__ import annotations

import os
import re
import signal
import time

from tests.bench.bench_feed import lags
from tests.bench.bench_link import Picture
from tests.bench.rig import Rig, Terminal, until

QUIET = 5
FLOOD, BUSY = 40_000, 5_000
FLOOD_S = 3.0
STOP_S, STALL_S = 25.0, 5.0
LOOK_S = 2.0
CALM_S = 1.0
DRAIN_S = 10.0
"""Nothing verified for so long is lost."""

TOLD = re.compile(r"behind|late\b|\blag|skipped|\bold\b|overload", re.IGNORECASE)


def looked(screen: Terminal, picture: Picture) -> tuple[list[tuple[int, int]], list[str]]:
    """Take what came to the screen; return when counts went, and what its two lines say."""
    chunks, screen.chunks = screen.chunks, []
    return picture.feed(chunks), picture.lines()


def told(lines: list[str]) -> int:
    """Return 1 if a line tells that something was left out or is late."""
    return int(any(TOLD.search(line) for line in lines))


def flood(rig: Rig, screen: Terminal, picture: Picture) -> dict[str, object]:
    """Send more than the engine can take, then let it take it."""
    looked(screen, picture)
    before = rig.venue.report()["sent"]
    base = picture.count - before
    rig.venue.rate(FLOOD)
    time.sleep(FLOOD_S)
    rig.venue.rate(0)
    report = rig.venue.report()
    sent = report["sent"]
    gone, lines = looked(screen, picture)
    seen, end = 0, time.monotonic() + DRAIN_S
    while picture.count - base < sent and time.monotonic() < end:
        time.sleep(CALM_S)
        looked(screen, picture)
        if picture.count > seen:
            seen, end = picture.count, time.monotonic() + DRAIN_S
    ages = lags(report["batches"], gone[1:], base)
    return {
        "lost": sent - (picture.count - base),
        "sent": sent - before,
        "flood_says": told(lines),
        "flood_lines": lines,
        "flood_age_ms": round(max(ages, default=0.0)),
        "flood_pictures_s": round(len(gone) / FLOOD_S, 1),
    }


def held_up(rig: Rig, screen: Terminal, picture: Picture, *, terminal: bool) -> tuple[int, list[str]]:
    """Let the screen or its terminal stand still; return whether that is told, and the lines."""
    rig.venue.rate(BUSY)
    time.sleep(CALM_S)
    if terminal:
        screen.reads.clear()
        time.sleep(STALL_S)
        screen.reads.set()
    else:
        os.kill(screen.pid, signal.SIGSTOP)
        time.sleep(STOP_S)
        os.kill(screen.pid, signal.SIGCONT)
    time.sleep(LOOK_S)
    _, lines = looked(screen, picture)
    rig.venue.calm(QUIET)
    looked(screen, picture)
    return told(lines), lines


def run() -> dict[str, object]:
    """Return losses, ages and what the screen says."""
    picture = Picture()
    with Rig() as rig, rig.screen() as screen:
        until(lambda: b"VERIFIED" in screen.seen(), "a verified book on the screen")
        rig.venue.calm(QUIET)
        rig.venue.rate(0)
        time.sleep(CALM_S)
        figures = flood(rig, screen, picture)
        rig.venue.calm(QUIET)
        stalled = held_up(rig, screen, picture, terminal=True)
        stopped = held_up(rig, screen, picture, terminal=False)
    return {
        **figures,
        "stopped_says": stopped[0],
        "stalled_says": stalled[0],
        "stopped_lines": stopped[1],
        "stalled_lines": stalled[1],
    }
