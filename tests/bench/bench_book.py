"""What a Level-3 message costs: decoding, applying, verifying (`performance.md` §1, goal P1).

Every figure of one run is interleaved with the others, so that a busy machine
slows all alike: ratios count, absolute times do not carry over.

The same messages go through `book_limit.c`, which does the same work, and the
same changes as Level 2 through the clients of others where
`QUARTERDECK_PEERS_PYTHON` names an interpreter that has them
(`tests.bench.book_peers`). `left_out` names who takes no part, and why. The
collector is tamed for all of them alike, as it is in the engine.
"""

from __future__ import annotations

import contextlib
import gc
import json
import statistics
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from sortedcontainers import SortedDict

from app.bootstrap.engine_process import GC_THRESHOLD
from app.domain.book import L3Book
from app.domain.book_l3 import L3Side, Level
from app.domain.order import Side
from app.protocol.ws2.market import Level3Frame, OrdersData, decode
from tests.bench.contenders import Contenders

DEPTH = 1000
PRICE_DP, QTY_DP = 1, 8
MESSAGES = 4000
ROUNDS = 7


class UnsummedSide(L3Side):
    """A side that prepares no text for a checksum."""

    def _touch(self, level: Level, appended: bytes = b"") -> None:
        level.total = -1

    @staticmethod
    def _chunk(level: Level) -> bytes:
        return level.chunk


class UnverifiedBook(L3Book):
    """The same book without the checksum, to price the checksum."""

    def _sides(self) -> tuple[L3Side, L3Side]:
        super()._sides()
        return (
            UnsummedSide(Side.BUY, self.depth, self._where, self._stamps),
            UnsummedSide(Side.SELL, self.depth, self._where, self._stamps),
        )

    def _sum(self) -> None:
        self._bids.changed = self._asks.changed = False

    def _verify(self, checksum: int | None) -> bool:
        self._following = True
        return checksum is not None


class DocsRecipe:
    """What Kraken's guides describe, written down plainly: json, Decimal, sorted maps, checksum rebuilt."""

    def __init__(self) -> None:
        self.sides: dict[str, Any] = {"bids": SortedDict(), "asks": SortedDict()}

    def handle(self, raw: bytes) -> bool:
        """Apply a frame; return whether its checksum matched."""
        frame = json.loads(raw, parse_float=Decimal)
        for data in frame["data"]:
            for name in ("bids", "asks"):
                self._apply(name, data[name])
            if self._checksum() != data["checksum"]:
                return False
        return True

    def _apply(self, name: str, rows: list[dict[str, Any]]) -> None:
        side = self.sides[name]
        for row in in_queue_order(rows) if len(rows) > 1 else rows:
            price = row["limit_price"]
            if row.get("event") == "delete":
                del side[price][row["order_id"]]
                if not side[price]:
                    del side[price]
            else:
                side.setdefault(price, {})[row["order_id"]] = row["order_qty"]
        while len(side) > DEPTH:
            side.popitem(-1 if name == "asks" else 0)

    def _checksum(self) -> int:
        parts: list[str] = []
        asks, bids = self.sides["asks"], self.sides["bids"]
        for side, prices in ((asks, asks.keys()[:10]), (bids, reversed(bids.keys()[-10:]))):
            for price in prices:
                for qty in side[price].values():
                    parts.append(format(price, "f").replace(".", "").lstrip("0"))
                    parts.append(format(qty, "f").replace(".", "").lstrip("0"))
        return zlib.crc32("".join(parts).encode())


def in_queue_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the adds of each price into the order of their own timestamps."""
    adds: dict[Decimal, list[dict[str, Any]]] = {}
    for row in rows:
        if row.get("event") == "add":
            adds.setdefault(row["limit_price"], []).append(row)
    queues = {price: iter(sorted(group, key=lambda row: row["timestamp"])) for price, group in adds.items()}
    return [next(queues[row["limit_price"]]) if row.get("event") == "add" else row for row in rows]


def timed(work: Callable[[], None], messages: int) -> float:
    """Return the microseconds of CPU a message that some work takes: other programs do not count."""
    start = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - start) / messages / 1000


@contextlib.contextmanager
def tamed_collector() -> Iterator[None]:
    """Let the collector be as it is in the engine, which leaves out what lives from the start."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def orders(raw: bytes) -> OrdersData:
    """Return a level3 frame's data."""
    message = decode(raw)
    if not isinstance(message, Level3Frame):
        raise TypeError(f"the stream holds {message}")
    return message.data[0]


def book_of(kind: type[L3Book], first: bytes) -> L3Book:
    """Return a book after its snapshot."""
    book = kind("BTC/USD", DEPTH, PRICE_DP, QTY_DP)
    book.snapshot(orders(first))
    return book


def memory_per_book(first: bytes) -> int:
    """Return the bytes that a book of 1,000 levels a side keeps."""
    gc.collect()
    tracemalloc.start()
    book = book_of(L3Book, first)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held if book.verified else 0


def one_round(first: bytes, updates: list[bytes]) -> dict[str, float]:
    """Time every contender once on fresh books.

    Raises:
        AssertionError: A book lost the venue, so its time means nothing.
    """
    verified, bare, recipe = book_of(L3Book, first), book_of(UnverifiedBook, first), DocsRecipe()
    whole, lean = book_of(L3Book, first), book_of(UnverifiedBook, first)
    recipe.handle(first)
    decoded: list[OrdersData] = []
    good: list[bool] = []
    count = len(updates)
    with tamed_collector():
        result = {
            "decode": timed(lambda: decoded.extend(map(orders, updates)), count),
            "apply_verify": timed(lambda: good.extend(map(verified.apply, decoded)), count),
            "apply": timed(lambda: good.extend(map(bare.apply, decoded)), count),
            "total": timed(lambda: good.extend(whole.apply(orders(raw)) for raw in updates), count),
            "total_no_verify": timed(lambda: good.extend(lean.apply(orders(raw)) for raw in updates), count),
            "docs_recipe": timed(lambda: good.extend(map(recipe.handle, updates)), count),
        }
    if not all(good):
        raise AssertionError("a book lost the venue during the benchmark")
    return result


def run(messages: int = MESSAGES, rounds: int = ROUNDS) -> dict[str, object]:
    """Run the benchmark.

    Args:
        messages: Updates a round.
        rounds: Rounds; the median of each figure counts.

    Returns:
        Microseconds a message, ratios measured within each round, and memory.
    """
    samples: list[dict[str, float]] = []
    with Contenders.playing(messages) as (others, streams):
        first, *updates = streams.l3
        for _ in range(rounds):
            samples.append(one_round(first, updates))
            others.one_round()

    def median(of: Callable[[dict[str, float]], float]) -> float:
        return round(statistics.median(map(of, samples)), 3)

    return {
        "name": "book",
        "stream": "synthetic L3, depth 1000, about 3 orders a level, 1.5 events a message near the touch: "
        "46% add, 42% cancel, 8% fill, 4% amend",
        "messages": messages,
        "rounds": rounds,
        "bytes_per_msg": round(sum(map(len, updates)) / messages),
        "us_per_msg": median(lambda sample: sample["total"]),
        "us_decode": median(lambda sample: sample["decode"]),
        "us_apply": median(lambda sample: sample["apply"]),
        "us_apply_verify": median(lambda sample: sample["apply_verify"]),
        "docs_recipe_ratio": median(lambda sample: sample["docs_recipe"] / sample["total"]),
        "verify_ratio": median(lambda sample: sample["total"] / sample["total_no_verify"]),
        "bytes_per_book": memory_per_book(first),
        **others.figures([sample["total"] for sample in samples]),
    }
