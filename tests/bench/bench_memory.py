"""What books cost in memory (`performance.md` §4, goal P9).

`bytes_per_book` is one book of 1,000 levels a side as the allocator sees it
(tracemalloc, median of five). `engine_mb` is the resident memory of a real
engine process that holds 1, 10 and 50 such books, fed over sockets; the books
beyond the first are kept because an own order works on each pair. The growth
between them, divided by the books, is `engine_mb_per_book`: it contains what
the allocator lost on the way.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tracemalloc

from app.domain.book import L3Book
from app.link.client import LinkClient
from app.link.messages import LINK_VERSION, AskStatus, Hello, SetView, StatusAnswer
from tests.bench.bench_book import book_of
from tests.bench.rig import SYMBOL, Rig, rss_bytes
from tests.bench.stream import recorded

HELD = (1, 10, 50)
ROUNDS = 5
MB = 1_000_000
CALM_S = 0.3
LIMIT_S = 60
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
    }
