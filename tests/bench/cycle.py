"""An L3 stream that comes back to where it began, so that it can be played for ever.

Every order that comes during a cycle also goes during it, and what was there
before is left alone: the book after the last message is the book of the
snapshot, and the first message fits again. Messages are made once; playing
them costs a server next to nothing.
"""

from __future__ import annotations

from random import Random

from tests.bench.stream import Event, Feed, Mix, Order

ADDED = 0.52
"""Share of new orders while there are few of this cycle's own; as many go when there are `LIVE`."""

FILLED = 0.08
"""Share of partial fills among the other messages."""

LIVE = 150


class CyclicFeed(Feed):
    """A venue's book in which only this cycle's own orders change."""

    def __init__(self, rng: Random, *, symbol: str = "BTC/USD", depth: int = 1000, levels: int = 1200) -> None:
        self.own: list[tuple[int, int, str]] = []
        self.draining = False
        super().__init__(rng, symbol=symbol, depth=depth, levels=levels, mix=Mix(reach=5.0))

    def _operate(self, side: int, visible: int, events: list[Event]) -> None:
        del visible
        mine = [at for at, (own_side, _, _) in enumerate(self.own) if own_side == side]
        add = not mine or self.rng.random() < (ADDED if len(self.own) < LIVE else 1 - ADDED)
        if add and not self.draining:
            key, order = self._price(side), self._order()
            self.own.append((side, key, order.order_id))
            self._put("add", self.sides[side], key, order, events)
        elif mine:
            self._touch(self.rng.choice(mine), events)

    def _touch(self, at: int, events: list[Event]) -> None:
        """Cancel an own order, or fill a part of it."""
        side, key, name = self.own[at]
        half = self.sides[side]
        queue = half.queues[key]
        place = next(index for index, order in enumerate(queue) if order.order_id == name)
        order: Order = queue[place]
        if order.lots > 1 and not self.draining and self.rng.random() < FILLED:
            order.lots -= self.rng.randint(1, order.lots - 1)
            events.append(Event("modify", key, name, order.lots, order.stamp))
            return
        half.take(key, place)
        self.own.pop(at)
        events.append(Event("delete", key, name, order.lots, self._tick()))

    def cycle(self, count: int) -> list[bytes]:
        """Return about `count` updates that end where they began."""
        frames = [self.update() for _ in range(count)]
        self.draining = True
        while self.own:
            frames.append(self.update())
        self.draining = False
        return frames


def cycle(count: int, seed: int = 7, *, depth: int = 1000) -> tuple[bytes, list[bytes]]:
    """Return a snapshot and updates that may follow it again and again."""
    feed = CyclicFeed(Random(seed), depth=depth, levels=depth * 6 // 5)
    first = feed.snapshot()
    return first, feed.cycle(count)
