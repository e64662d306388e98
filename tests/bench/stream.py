"""A synthetic L3 feed, exact to the wire: what a venue would send for a book that it really keeps.

The venue keeps more levels than the window shows, so levels leave without a
word and come back as `add`s with their old ids and times, unordered. Its
checksum is computed from scratch after every message and shares no code with
the client. The same seed gives the same bytes.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from random import Random

BUY, SELL = 0, 1
NS = 1_000_000_000
START_S = 40_000
ALPHABET = "ABCDEFGHJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True)
class Mix:
    """What the feed is made of; shares add up to one, the rest of the operations are partial fills.

    Attributes:
        add: Share of new orders.
        cancel: Share of cancelled or filled orders.
        amend: Share of price changes.
        several: Share of messages with two to five operations.
        reach: Mean distance from the touch, in levels.
        moves: Whether a price change is a `modify` with a new price instead of `delete` and `add`.
        shuffled: Whether adds of a message are listed in random order.
    """

    add: float = 0.46
    cancel: float = 0.42
    amend: float = 0.04
    several: float = 0.08
    reach: float = 6.0
    moves: bool = False
    shuffled: bool = True


@dataclass
class Order:
    order_id: str
    lots: int
    stamp: str


@dataclass
class HalfBook:
    """One side; a key is the tick for bids and its negative for asks, the best is last."""

    keys: list[int] = field(default_factory=list)
    queues: dict[int, list[Order]] = field(default_factory=dict)

    def put(self, key: int, order: Order) -> None:
        if key not in self.queues:
            insort(self.keys, key)
        self.queues.setdefault(key, []).append(order)

    def take(self, key: int, at: int) -> Order:
        queue = self.queues[key]
        order = queue.pop(at)
        if not queue:
            del self.queues[key]
            del self.keys[bisect_left(self.keys, key)]
        return order


@dataclass(frozen=True)
class Event:
    kind: str
    key: int
    order_id: str
    lots: int
    stamp: str


class Feed:
    """Keeps the venue's book and writes its frames."""

    def __init__(
        self,
        rng: Random,
        *,
        symbol: str = "BTC/USD",
        depth: int = 1000,
        levels: int = 1200,
        middle: int = 800_000,
        price_dp: int = 1,
        qty_dp: int = 8,
        mix: Mix | None = None,
    ) -> None:
        self.rng = rng
        self.symbol = symbol
        self.depth = depth
        self.price_dp = price_dp
        self.qty_dp = qty_dp
        self.mix = mix or Mix()
        self.middle = middle
        self.clock_ns = START_S * NS
        self.sides = (HalfBook(), HalfBook())
        self.wanted = levels
        for sign, half in ((1, self.sides[BUY]), (-1, self.sides[SELL])):
            tick = middle
            for _ in range(levels):
                tick -= sign * rng.randint(1, 3)
                for _ in range(rng.randint(1, 5)):
                    half.put(sign * tick, self._order())

    def snapshot(self) -> bytes:
        """Return the snapshot frame."""
        rows = ["", ""]
        for side in (BUY, SELL):
            half = self.sides[side]
            rows[side] = ",".join(
                self._row("", key, order) for key in half.keys[: -self.depth - 1 : -1] for order in half.queues[key]
            )
        return self._frame("snapshot", rows)

    def update(self) -> bytes:
        """Change the book by one message and return its frame."""
        while True:
            before = [self._worst_visible(half) for half in self.sides]
            events: list[list[Event]] = [[], []]
            count = self.rng.randint(2, 5) if self.rng.random() < self.mix.several else 1
            for _ in range(count):
                side = self.rng.randint(0, 1)
                self._operate(side, before[side], events[side])
            rows = [self._visible(side, events[side], before[side]) for side in (BUY, SELL)]
            if rows[BUY] or rows[SELL]:
                return self._frame("update", rows)

    def _operate(self, side: int, visible: int, events: list[Event]) -> None:
        half, roll, mix = self.sides[side], self.rng.random(), self.mix
        if not half.keys or roll < mix.add:
            self._put("add", half, self._price(side), self._order(), events)
            return
        key = self._near(half)
        queue = half.queues[key]
        at = self.rng.randrange(len(queue))
        order = queue[at]
        if roll < mix.add + mix.cancel:
            half.take(key, at)
            events.append(Event("delete", key, order.order_id, order.lots, self._tick()))
        elif roll < mix.add + mix.cancel + mix.amend:
            half.take(key, at)
            moved = Order(order.order_id, order.lots, self._tick())
            to = self._price(side)
            if mix.moves and to != key and min(key, to) >= visible:
                self._put("modify", half, to, moved, events)
            else:
                events.append(Event("delete", key, order.order_id, order.lots, moved.stamp))
                self._put("add", half, to, moved, events)
        elif order.lots > 1:
            order.lots -= self.rng.randint(1, order.lots - 1)
            events.append(Event("modify", key, order.order_id, order.lots, order.stamp))

    def _put(self, kind: str, half: HalfBook, key: int, order: Order, events: list[Event]) -> None:
        half.put(key, order)
        events.append(Event(kind, key, order.order_id, order.lots, order.stamp))

    def _price(self, side: int) -> int:
        """Return the key that an order comes to: a held one, or a new one that does not cross."""
        half, other = self.sides[side], self.sides[1 - side]
        crowded = len(half.keys) >= self.wanted
        if half.keys and self.rng.random() < (0.85 if crowded else 0.45):
            return self._near(half)
        best = -other.keys[-1] if other.keys else half.keys[-1] if half.keys else (1, -1)[side] * self.middle
        return best - 1 - int(self.rng.expovariate(1 / (2 * self.mix.reach)))

    def _near(self, half: HalfBook) -> int:
        return half.keys[-1 - min(int(self.rng.expovariate(1 / self.mix.reach)), len(half.keys) - 1)]

    def _worst_visible(self, half: HalfBook) -> int:
        return half.keys[-self.depth] if len(half.keys) >= self.depth else -(10**12)

    def _visible(self, side: int, events: list[Event], before: int) -> str:
        """Return the rows that a subscriber gets: the window is compared message by message.

        A level pushed out goes without a word; one that entered comes with all its orders.
        """
        half = self.sides[side]
        after = self._worst_visible(half)
        entering = half.keys[bisect_left(half.keys, after) : bisect_left(half.keys, before)] if after < before else []
        shown = [event for event in events if event.key >= before]
        shown += [
            Event("add", key, order.order_id, order.lots, order.stamp) for key in entering for order in half.queues[key]
        ]
        if self.mix.shuffled:
            shown = self._shuffle_adds(shown)
        return ",".join(
            self._row(event.kind, event.key, Order(event.order_id, event.lots, event.stamp)) for event in shown
        )

    def _shuffle_adds(self, events: list[Event]) -> list[Event]:
        """List adds of one level in any order, without moving them past other events of the same order."""
        slots: dict[int, list[int]] = {}
        names = [event.order_id for event in events]
        for at, event in enumerate(events):
            if event.kind == "add" and names.count(event.order_id) == 1:
                slots.setdefault(event.key, []).append(at)
        result = list(events)
        for places in slots.values():
            mixed = places[:]
            self.rng.shuffle(mixed)
            for to, source in zip(places, mixed, strict=True):
                result[to] = events[source]
        return result

    def _order(self) -> Order:
        name = "".join(self.rng.choice(ALPHABET) for _ in range(16))
        lots = self.rng.choice((self.rng.randint(1, 999), self.rng.randint(1, 10**8), 10**7 * self.rng.randint(1, 99)))
        return Order(f"O{name[:5]}-{name[5:10]}-{name[10:]}", lots, self._tick())

    def _tick(self) -> str:
        self.clock_ns += self.rng.randint(1, 2_000_000)
        seconds, rest = divmod(self.clock_ns, NS)
        return f"2026-09-15T{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:09d}Z"

    def _row(self, kind: str, key: int, order: Order) -> str:
        event = f'"event":"{kind}",' if kind else ""
        return (
            f'{{{event}"order_id":"{order.order_id}","limit_price":{fixed(abs(key), self.price_dp)},'
            f'"order_qty":{fixed(order.lots, self.qty_dp)},"timestamp":"{order.stamp}"}}'
        )

    def _frame(self, kind: str, rows: list[str]) -> bytes:
        return (
            f'{{"channel":"level3","type":"{kind}","data":[{{"checksum":{self.checksum()},"symbol":"{self.symbol}",'
            f'"timestamp":"{self._tick()}","bids":[{rows[BUY]}],"asks":[{rows[SELL]}]}}]}}'
        ).encode()

    def checksum(self) -> int:
        """Return the checksum, from scratch."""
        parts = []
        for half in (self.sides[SELL], self.sides[BUY]):
            for key in half.keys[:-11:-1]:
                parts += [f"{abs(key)}{order.lots}" for order in half.queues[key]]
        return zlib.crc32("".join(parts).encode())


def fixed(number: int, dp: int) -> str:
    """Write an integer of 10^-dp as the wire does."""
    if not dp:
        return str(number)
    text = str(number).rjust(dp + 1, "0")
    return f"{text[:-dp]}.{text[-dp:]}"


def recorded(count: int, seed: int = 7, *, depth: int = 1000, levels: int = 1200) -> tuple[bytes, list[bytes]]:
    """Return a snapshot and `count` updates."""
    feed = Feed(Random(seed), depth=depth, levels=levels)
    return feed.snapshot(), [feed.update() for _ in range(count)]
