"""The same changes as a Level-3 stream, as the Level-2 feeds of Kraken would tell them.

Clients of Level 2 are measured on what they would get while ours gets every
order: a level's new total for each level that a message touched, zero for one
that is gone, and the levels that come into the window; those that leave it go
without a word. The checksum is over price and total of ten levels a side.
Both encodings carry the digits of the pair, so that one checksum fits both.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from random import Random

from tests.bench.stream import BUY, SELL, Event, Feed, HalfBook, fixed

TOP = 10


@dataclass(frozen=True)
class Streams:
    """One feed in three encodings, snapshot first: `l3` and `l2` as of WebSocket v2, `l2_v1` as of v1."""

    l3: list[bytes]
    l2: list[bytes]
    l2_v1: list[bytes]


class LevelFeed(Feed):
    """A venue that notes which levels its last message touched."""

    def __init__(self, rng: Random, *, depth: int, levels: int) -> None:
        self.touched: list[list[int]] = [[], []]
        super().__init__(rng, depth=depth, levels=levels)

    def _visible(self, side: int, events: list[Event], before: int) -> str:
        shown = super()._visible(side, events, before)
        half = self.sides[side]
        after = self._worst_visible(half)
        keys = {event.key for event in events if event.key >= min(before, after)}
        keys.update(key for key in half.keys[-self.depth :] if key < before)
        self.touched[side] = sorted(key for key in keys if key >= after)
        return shown

    def held(self) -> list[list[int]]:
        """Return the levels in the window, best first."""
        return [half.keys[: -self.depth - 1 : -1] for half in self.sides]

    def v2(self, kind: str, keys: list[list[int]]) -> bytes:
        """Write levels as a v2 `book` frame."""
        bids, asks = (
            ",".join(f'{{"price":{price},"qty":{total}}}' for price, total in self._rows(side, keys[side]))
            for side in (BUY, SELL)
        )
        return (
            f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{self.symbol}","bids":[{bids}],"asks":[{asks}],'
            f'"checksum":{self.total_checksum()},"timestamp":"2026-09-15T11:06:40.000000Z"}}]}}'
        ).encode()

    def v1(self, names: tuple[str, str], keys: list[list[int]]) -> bytes:
        """Write levels as a v1 `book` message; `names` are those of bids and asks in it."""
        parts = [
            f'"{names[side]}":['
            + ",".join(f'["{price}","{total}","1789470400.000000"]' for price, total in self._rows(side, keys[side]))
            + "]"
            for side in (SELL, BUY)
            if keys[side]
        ]
        if names == ("b", "a"):
            parts.append(f'"c":"{self.total_checksum()}"')
        return f'[336,{{{",".join(parts)}}},"book-{self.depth}","XBT/USD"]'.encode()

    def _rows(self, side: int, keys: list[int]) -> list[tuple[str, str]]:
        half = self.sides[side]
        return [(fixed(abs(key), self.price_dp), fixed(_total(half, key), self.qty_dp)) for key in keys]

    def total_checksum(self) -> int:
        """Return the checksum of Level 2, from scratch."""
        parts = [
            f"{abs(key)}{_total(half, key)}"
            for half in (self.sides[SELL], self.sides[BUY])
            for key in half.keys[: -TOP - 1 : -1]
        ]
        return zlib.crc32("".join(parts).encode())


def _total(half: HalfBook, key: int) -> int:
    return sum(order.lots for order in half.queues.get(key, ()))


def streams(count: int, seed: int = 7, *, depth: int = 1000) -> Streams:
    """Return a snapshot and `count` updates of one feed; its Level 3 equals `stream.recorded`'s.

    A message that moves nothing in Level 2 (an order replaced by one of the
    same size) still comes as a frame there, with what it touched.
    """
    feed = LevelFeed(Random(seed), depth=depth, levels=depth * 6 // 5)
    made = Streams([feed.snapshot()], [feed.v2("snapshot", feed.held())], [feed.v1(("bs", "as"), feed.held())])
    for _ in range(count):
        made.l3.append(feed.update())
        made.l2.append(feed.v2("update", feed.touched))
        made.l2_v1.append(feed.v1(("b", "a"), feed.touched))
    return made
