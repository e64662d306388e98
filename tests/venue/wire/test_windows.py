"""A naive client per depth must agree with the venue after every message of thousands.

The client here is the reference code of `ws-v2.md` §16 in its essentials:
it keeps texts, sorts the adds of a message by time stamp, truncates, and sums
up what it holds.
"""

from __future__ import annotations

import json
import zlib
from random import Random
from typing import Any

import pytest

from app.clock import ManualClock
from app.domain.order import Side
from app.venue.agents.flow import Flow
from app.venue.core.api import BookAction, BookChange, BookDelta, Event, Level, RestingOrder
from app.venue.core.exchange import Exchange
from app.venue.core.universe import build_universe
from app.venue.gateways.bookfeed import BookFeed
from app.venue.gateways.faults import Faults
from app.venue.wire.numbers import Scale

STEPS = {"BTC/USD": 1200, "ETH/USD": 1200, "SOL/USD": 2500}


def digits(token: str) -> str:
    return token.replace(".", "").lstrip("0")


class NaiveBook:
    """Level 2 window of a client."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.sides: dict[str, dict[str, str]] = {"asks": {}, "bids": {}}

    def levels(self, side: str) -> list[str]:
        return sorted(self.sides[side], key=lambda p: int(p.replace(".", "")), reverse=side == "bids")

    def apply(self, kind: str, row: dict[str, Any]) -> None:
        if kind == "snapshot":
            self.sides = {"asks": {}, "bids": {}}
        for side, held in self.sides.items():
            for entry in row[side]:
                if digits(entry["qty"]):
                    held[entry["price"]] = entry["qty"]
                else:
                    held.pop(entry["price"], None)
            for price in self.levels(side)[self.depth :]:
                del held[price]

    def checksum(self) -> int:
        text = "".join(
            digits(price) + digits(self.sides[side][price])
            for side in ("asks", "bids")
            for price in self.levels(side)[:10]
        )
        return zlib.crc32(text.encode())


class NaiveLevel3:
    """Level 3 window of a client that sorts adds by time stamp and refuses unknown orders."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.sides: dict[str, dict[str, dict[str, str]]] = {"asks": {}, "bids": {}}
        self.where: dict[str, tuple[str, str]] = {}

    def levels(self, side: str) -> list[str]:
        return sorted(self.sides[side], key=lambda p: int(p.replace(".", "")), reverse=side == "bids")

    def put(self, side: str, entry: dict[str, str]) -> None:
        assert entry["order_id"] not in self.where
        self.sides[side].setdefault(entry["limit_price"], {})[entry["order_id"]] = entry["order_qty"]
        self.where[entry["order_id"]] = (side, entry["limit_price"])

    def drop(self, order_id: str) -> None:
        side, price = self.where.pop(order_id)
        del self.sides[side][price][order_id]
        if not self.sides[side][price]:
            del self.sides[side][price]

    def apply(self, kind: str, row: dict[str, Any]) -> None:
        for side in ("asks", "bids"):
            if kind == "snapshot":
                for entry in row[side]:
                    self.put(side, entry)
                continue
            adds = iter(sorted((e for e in row[side] if e["event"] == "add"), key=lambda e: str(e["timestamp"])))
            for entry in row[side]:
                if entry["event"] == "add":
                    self.put(side, next(adds))
                elif entry["event"] == "modify":
                    self.sides[side][self.where[entry["order_id"]][1]][entry["order_id"]] = entry["order_qty"]
                else:
                    self.drop(entry["order_id"])
        for side in ("asks", "bids"):
            for price in self.levels(side)[self.depth :]:
                for order_id in list(self.sides[side][price]):
                    self.drop(order_id)

    def checksum(self) -> int:
        text = "".join(
            digits(price) + digits(qty)
            for side in ("asks", "bids")
            for price in self.levels(side)[:10]
            for qty in self.sides[side][price].values()
        )
        return zlib.crc32(text.encode())


class Reader:
    """Stands for a connection; feeds frames into a naive book and compares."""

    def __init__(self, book: NaiveBook | NaiveLevel3, full: RandomBook | None = None) -> None:
        self.book = book
        self.full = full
        self.frames = 0

    def send(self, frame: bytes, _channel: str) -> None:
        self.take(frame[frame.index(b'{"channel') :].decode())

    def take(self, text: str) -> None:
        frame = json.loads(text, parse_float=str, parse_int=str)
        row = frame["data"][0]
        self.book.apply(frame["type"], row)
        self.frames += 1
        if self.book.depth >= 10:
            assert str(self.book.checksum()) == row["checksum"], f"frame {self.frames} of depth {self.book.depth}"

    def compare(self) -> None:
        """The window must be the top of the invented book, order by order."""
        assert self.full is not None
        for name, side in (("bids", Side.BUY), ("asks", Side.SELL)):
            expected = self.full.levels("", side, 0)[: self.book.depth]
            prices = [int(price.replace(".", "")) for price in self.book.levels(name)]
            assert prices == [level.price for level in expected]
            if isinstance(self.book, NaiveLevel3):
                held = [list(self.book.sides[name][price]) for price in self.book.levels(name)]
                assert held == [[order.order_id for order in level.orders] for level in expected]


@pytest.mark.parametrize("symbol", STEPS)
def test_every_checksum_matches_at_every_depth(symbol: str) -> None:
    clock = ManualClock()
    exchange = Exchange(clock, build_universe(8), keys_seed="windows")
    flow = Flow(exchange, seed=7, clock=clock)
    flow.populate()
    feed = BookFeed(exchange, Scale(exchange.listings[symbol].instrument), Faults())
    readers = []
    for channel, depths in (("book", (10, 25, 100, 500, 1000)), ("level3", (10, 100, 1000))):
        for depth in depths:
            reader = Reader(NaiveBook(depth) if channel == "book" else NaiveLevel3(depth))
            feed.subscribe(channel, depth, reader)  # type: ignore[arg-type]
            reader.take(feed.snapshot(channel, depth, clock.now_ns()))
            readers.append(reader)

    def on_event(event: Event) -> None:
        if isinstance(event, BookDelta) and event.symbol == symbol:
            feed.apply(event)

    exchange.listen(on_event)
    for _ in range(STEPS[symbol]):
        clock.advance(ms=2)
        flow.step(clock.mono_ns())
    assert all(reader.frames > 10 for reader in readers)
    assert sum(reader.frames for reader in readers) > 300


class RandomBook:
    """Invents deltas of several changes: adds, fills, cancels, requeues, and orders that come and go in one."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.orders: dict[str, tuple[Side, int, int, int]] = {}
        self.now = 1000
        self.count = 0

    def levels(self, _symbol: str, side: Side, _count: int) -> list[Level]:
        prices: dict[int, list[RestingOrder]] = {}
        for order_id, (held, price, qty, ts) in sorted(self.orders.items(), key=lambda item: item[1][3]):
            if held is side:
                prices.setdefault(price, []).append(RestingOrder(order_id, price, qty, ts))
        return [
            Level(price, sum(o.qty for o in orders), tuple(orders))
            for price, orders in sorted(prices.items(), reverse=side is Side.BUY)
        ]

    def add(self, order_id: str = "", side: Side | None = None) -> BookChange:
        self.count += 1
        side = side or self.rng.choice(list(Side))
        price = self.rng.randint(1, 12) + (12 if side is Side.SELL else 0)
        order_id = order_id or f"O{self.count}"
        self.orders[order_id] = (side, price, self.rng.randint(1, 3), self.now + self.count)
        return self.change(order_id, BookAction.ADD)

    def change(self, order_id: str, action: BookAction) -> BookChange:
        side, price, qty, ts = self.orders[order_id]
        return BookChange(side, action, order_id, price, qty, ts)

    def delta(self) -> BookDelta:
        self.now += 1000
        changes: list[BookChange] = []
        for _ in range(self.rng.randint(1, 5)):
            roll = self.rng.random()
            if roll < 0.45 or not self.orders:
                changes.append(self.add())
                continue
            order_id = self.rng.choice(sorted(self.orders))
            if roll < 0.6:
                side, price, _, ts = self.orders[order_id]
                self.orders[order_id] = (side, price, self.rng.randint(1, 3), ts)
                changes.append(self.change(order_id, BookAction.MODIFY))
            else:
                changes.append(self.change(order_id, BookAction.DELETE))
                side = self.orders.pop(order_id)[0]
                if roll < 0.75:
                    changes.append(self.add(order_id, side))
        return BookDelta("BTC/USD", self.now, tuple(changes))


@pytest.mark.parametrize("seed", range(6))
def test_small_windows_survive_any_mix_of_changes(seed: int) -> None:
    source = RandomBook(seed)
    for _ in range(30):
        source.delta()
    scale = Scale(build_universe(1).listings["BTC/USD"].instrument)
    feed = BookFeed(source, scale, Faults())  # type: ignore[arg-type]
    readers = []
    for channel, depth in (("book", 1), ("book", 3), ("book", 10), ("level3", 1), ("level3", 3), ("level3", 10)):
        reader = Reader(NaiveBook(depth) if channel == "book" else NaiveLevel3(depth), full=source)
        feed.subscribe(channel, depth, reader)  # type: ignore[arg-type]
        reader.take(feed.snapshot(channel, depth, source.now))
        readers.append(reader)
    for _ in range(400):
        feed.apply(source.delta())
        for reader in readers:
            reader.compare()
    assert all(reader.frames > 25 for reader in readers)
