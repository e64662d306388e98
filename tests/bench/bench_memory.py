"""What books cost in memory (`performance.md` §4, goal P9).

`bytes_per_book` is one book of 1,000 levels a side as the allocator sees it
(tracemalloc, median of five). `engine_mb` is the resident memory of a real
engine process that holds 1, 10 and 50 such books, fed over sockets; the books
beyond the first are kept because an own order works on each pair. The growth
between them, divided by the books, is `engine_mb_per_book`: it contains what
the allocator lost on the way.

`nautilus_ratio` is what a process grows by for each of ten books of ours over
what it grows by for nautilus's (`book_rss`), where `QUARTERDECK_PEERS_PYTHON`
names an interpreter that has it.

Then the soak: an engine with 50 such books gets 2,000 messages a second for all
of them in turn, for `QUARTERDECK_BENCH_S` seconds, else a minute; its collector is
frozen as always. `soak_growth` is its memory in the last quarter of that over
that in the second. It keeps minutes of the past on purpose (pictures, tapes,
latencies), so only a soak that is longer than those tells whether it stays flat.
"""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

from app.domain.book import L3Book
from app.link.client import LinkClient
from app.link.messages import LINK_VERSION, AskStatus, Hello, SetView, StatusAnswer
from tests.bench.bench_book import book_of
from tests.bench.contenders import PEERS_PYTHON
from tests.bench.longer import seconds
from tests.bench.native import HERE, LeftOut
from tests.bench.rig import ROOT, SYMBOL, Rig, rss_bytes
from tests.bench.stream import recorded

HELD = (1, 10, 50)
ROUNDS = 5
MB = 1_000_000
CALM_S = 0.3
LIMIT_S = 60
SOAK_S = 60.0
SOAK_RATE = 2_000
SAMPLES = 40
CONFIG = '[profiles.practice]\ntier = "pro"\n'
"""The tier that may ask for the most deep books in a second; the engine keeps to it."""


def traced(first: bytes) -> int:
    """Return the bytes that one book keeps.

    Raises:
        AssertionError: It does not equal the venue's.
    """
    gc.collect()
    tracemalloc.start()
    book = book_of(L3Book, first)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert book.verified
    return held


async def _settled(rig: Rig, held: int) -> None:
    """Wait until the engine holds all books: it asks for them at the tier's pace, then falls silent."""
    client = LinkClient(rig.socket)
    await client.connect(Hello(LINK_VERSION, "bench", trade=False, since=-1))
    client.send(SetView(SYMBOL, 40, fps=1))
    verified: set[str] = set()
    async with asyncio.timeout(LIMIT_S):
        async for message in client.messages():
            text = getattr(message, "text", "")
            if text.endswith("book verified"):
                verified.add(text.partition(":")[0])
            if len(verified) >= held:
                break
        reply = await client.request(AskStatus(1))
    assert isinstance(reply, StatusAnswer)
    await client.close()
    await asyncio.sleep(CALM_S)


def engine_rss(held: int) -> int:
    """Return the resident memory of an engine with so many books."""
    with Rig(held, CONFIG) as rig:
        asyncio.run(_settled(rig, held))
        return rss_bytes(rig.engine)


def compared(first: bytes) -> dict[str, object]:
    """Return the memory of a book of ours and of nautilus's, as processes grow by it."""
    python = os.environ.get(PEERS_PYTHON, "")
    if shutil.which(python) is None:
        return {"left_out": {"nautilus": f"set {PEERS_PYTHON} to an interpreter that has it"}}
    with tempfile.TemporaryDirectory(prefix="qdbench") as name:
        snapshot = Path(name) / "snapshot"
        snapshot.write_bytes(first)
        try:
            pairs = [
                (grown([sys.executable, "-m", "tests.bench.book_rss", "ours"], snapshot),
                 grown([python, str(HERE / "book_rss.py"), "nautilus"], snapshot))
                for _ in range(ROUNDS)
            ]  # fmt: skip
        except LeftOut as error:
            return {"left_out": {"nautilus": str(error)}}
    return {
        "rss_bytes": round(statistics.median(ours for ours, _ in pairs)),
        "nautilus_rss_bytes": round(statistics.median(theirs for _, theirs in pairs)),
        "nautilus_ratio": round(statistics.median(ours / theirs for ours, theirs in pairs), 2),
    }


def grown(words: list[str], snapshot: Path) -> int:
    """Return by how many bytes a process grew for one book.

    Raises:
        LeftOut: It could not build any.
    """
    done = subprocess.run([*words, str(snapshot)], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LeftOut(done.stderr.strip().rpartition("\n")[2])
    return int(done.stdout)


def soak(lasts_s: float) -> dict[str, object]:
    """Return how the memory of an engine with many books moves under a feed."""
    held = HELD[-1]
    with Rig(held, CONFIG) as rig:
        asyncio.run(_settled(rig, held))
        before = rig.venue.report()["sent"]
        rig.venue.spread(SOAK_RATE)
        sizes = []
        for _ in range(SAMPLES):
            time.sleep(lasts_s / SAMPLES)
            sizes.append(rss_bytes(rig.engine) / MB)
        sent = rig.venue.report()["sent"] - before
    quarter = SAMPLES // 4
    early, late = statistics.median(sizes[quarter : 2 * quarter]), statistics.median(sizes[-quarter:])
    return {
        "soak_growth": round(late / early, 3),
        "soak_s": lasts_s,
        "soak_messages": sent,
        "soak_mb": [round(size, 1) for size in sizes[:: quarter // 2]],
        "soak_mb_per_hour": round((late - early) / (lasts_s * 5 / 8) * 3600, 1),
    }


def run() -> dict[str, object]:
    """Return bytes of a book and megabytes of engines."""
    first, _ = recorded(1)
    orders = first.count(b'"order_id"')
    engines = {held: engine_rss(held) / MB for held in HELD}
    few, many = HELD[0], HELD[-1]
    return {
        "bytes_per_book": round(statistics.median(traced(first) for _ in range(ROUNDS))),
        "orders": orders,
        "levels": 2000,
        **{f"engine_mb_{held}": round(size, 1) for held, size in engines.items()},
        "engine_mb_per_book": round((engines[many] - engines[few]) / (many - few), 2),
        **compared(first),
        **soak(seconds(SOAK_S)),
    }
