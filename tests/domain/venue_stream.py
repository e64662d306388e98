"""The venue's own exchange as an oracle: random commands, and the two feeds that a client would hear of them."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import takewhile
from random import Random
from typing import NamedTuple, cast

from app.clock import ManualClock
from app.domain.book import L3Book
from app.domain.book_flow import BookFlow
from app.domain.instrument import UNIT
from app.domain.order import OrderType, Side
from app.domain.queue_story import WINDOW_NS
from app.protocol.ws2.market import Level3Frame, decode
from app.venue.core.accounts import Account
from app.venue.core.api import AddOrder, AmendOrder, BookDelta, Event, Order, Trade, VenueReject
from app.venue.core.exchange import Exchange
from app.venue.core.ratelimit import PRO
from app.venue.core.truth import Record
from app.venue.core.universe import build_universe
from app.venue.gateways.bookfeed import LEVEL3, BookFeed
from app.venue.gateways.faults import Faults
from app.venue.gateways.websocket import WebSocket
from app.venue.wire.numbers import Scale

SYMBOL = "BTC/USD"
MIDDLE = 600_000
CROWD = tuple(f"c{number}" for number in range(4))
ME = "me"
DEPTH = 1000
TICK = UNIT // 10
LOT = UNIT // 10**8
MOST_LAG_MS = 100
"""No feed lags over a longer pause: the two may be apart by less than the time that one waits for the other."""


class Reader:
    """Takes the frames of a feed; stands for a socket."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def send(self, frame: bytes, channel: str) -> None:
        assert channel == LEVEL3
        self.frames.append(frame[frame.index(b'{"channel') :])


class TruthList:
    """The venue's truth log, kept in memory."""

    wants_house = True

    def __init__(self) -> None:
        self.trades: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self.filled: dict[str, list[tuple[int, int]]] = {}

    def write(self, record: Record, *, now: bool = True) -> None:
        del now
        row = cast("Mapping[str, str]", record)
        at = int(record["ts_ns"] or 0)
        if record["kind"] == "trade":
            self.trades.setdefault((row["price"], row["taker_side"]), []).append((at, lots(row["qty"])))
        elif record["kind"] == "filled" and record["maker"]:
            self.filled.setdefault(row["order_id"], []).append((at, lots(row["qty"])))

    def close(self) -> None:
        pass


def lots(text: str) -> int:
    """Return a quantity of the truth log in lots."""
    return int(Decimal(text).scaleb(8))


def _since(rows: Sequence[tuple[int, int]], since: int) -> int:
    """Sum the quantities of the rows after a time, the newest row last."""
    return sum(qty for _, qty in takewhile(lambda row: row[0] > since, reversed(rows)))


class Truth(NamedTuple):
    """What the venue knows of an own order's queue, in lots."""

    ahead_n: int
    ahead: int
    behind_n: int
    behind: int


@dataclass
class Entry:
    """When and how an own order joined its queue."""

    queued_ns: int
    ahead_n: int
    ahead: int


@dataclass
class VenueStream:
    """Commands to the exchange, and a book with its flow that follows the wire.

    Attributes:
        lag: Most of messages that one feed may be behind the other.
    """

    rng: Random
    lag: int = 0
    iceberg: bool = True
    clock: ManualClock = field(default_factory=ManualClock)
    entries: dict[str, Entry] = field(default_factory=dict)
    done: int = 0

    def __post_init__(self) -> None:
        funds = {"USD": 10**9 * UNIT, "BTC": 10**5 * UNIT}
        self.truth = TruthList()
        accounts = [Account(name, PRO, dict(funds)) for name in (*CROWD, ME)]
        self.exchange = Exchange(self.clock, build_universe(2), accounts=accounts, truth=self.truth)
        self.feed = BookFeed(self.exchange, Scale(self.exchange.listings[SYMBOL].instrument), Faults())
        self.reader = Reader()
        self.feed.subscribe(LEVEL3, DEPTH, cast("WebSocket", self.reader))
        self.waiting: dict[str, deque[bytes | Trade]] = {"book": deque(), "trade": deque()}
        self.book = L3Book(SYMBOL, DEPTH, 1, 8)
        self.flow = BookFlow()
        self._snapshot()
        self.exchange.listen(self._event)
        self.house: list[Order] = []

    # -- what a client hears

    def _snapshot(self) -> None:
        frame = decode(self.feed.snapshot(LEVEL3, DEPTH, self.clock.now_ns()))
        assert isinstance(frame, Level3Frame)
        self.book.snapshot(frame.data[0])
        self.flow.regained(self.book, frame.data[0].timestamp, self.clock.mono_ns())

    def _event(self, event: Event) -> None:
        if isinstance(event, BookDelta) and event.symbol == SYMBOL:
            self.feed.apply(event)
            self.waiting["book"].extend(self.reader.frames)
            self.reader.frames.clear()
        elif isinstance(event, Trade) and event.symbol == SYMBOL:
            self.waiting["trade"].append(event)

    def hear(self, *, everything: bool = False) -> None:
        """Deliver what waits, each feed in its order, but the two in any order."""
        while any(self.waiting.values()):
            name = self.rng.choice([name for name, queue in self.waiting.items() if queue])
            if not everything and len(self.waiting[name]) <= self.rng.randint(0, self.lag):
                return
            self._take(self.waiting[name].popleft())

    def _take(self, message: bytes | Trade) -> None:
        heard = self.clock.mono_ns()
        if isinstance(message, Trade):
            bought = message.taker_side is Side.BUY
            at_ns = message.ts_ns // 1000 * 1000  # the wire has microseconds
            self.flow.trade(message.price * TICK, message.qty * LOT, at_ns, heard, bought=bought)
            return
        frame = decode(message)
        assert isinstance(frame, Level3Frame)
        data = frame.data[0]
        bounds = self.flow.bounds(self.book)
        self.flow.before(self.book, data, heard)
        assert self.book.apply(data), self.book.fault
        self.flow.after(self.book, data, bounds, heard)

    def recognise(self) -> None:
        """Tell the flow which orders are ours, as the account stream does."""
        self.flow.follow(self.mine(), self.book, self.clock.mono_ns())

    def settle(self) -> None:
        """Let all be heard and the time of waiting pass."""
        self.hear(everything=True)
        self.recognise()
        self.clock.advance(ns=2 * WINDOW_NS)

    # -- what the venue knows

    def mine(self) -> dict[str, Order]:
        return {order.order_id: order for order in self.exchange.open_orders(ME)}

    def places(self) -> dict[str, Truth]:
        """Return the queue of every own order, by the exchange's own book."""
        found = {}
        for order_id, order in self.mine().items():
            queue = list(self.exchange._floor.pairs[SYMBOL].book.side(order.side).queues[order.price].orders.values())
            at = next(index for index, one in enumerate(queue) if one.order_id == order_id)
            ahead, behind = queue[:at], queue[at + 1 :]
            found[order_id] = Truth(
                len(ahead), sum(one.shown for one in ahead), len(behind), sum(one.shown for one in behind)
            )
        return found

    def traded_ahead(self, order: Order) -> int:
        """Return what was executed at the price of an own order since it joined, but not by itself; in lots."""
        price = format(self.exchange.listings[SYMBOL].instrument.price(order.price), "f")
        trades = self.truth.trades.get((price, order.side.opposite.value), ())
        since = self.entries[order.order_id].queued_ns
        own = self.truth.filled.get(order.order_id, ())
        return _since(trades, since) - _since(own, since)

    # -- commands

    def step(self) -> None:
        """Give the exchange one random command."""
        pause_ms = self.rng.choice((0, 1, 7, 40, 900))
        if self.done % 50 == 49:
            pause_ms = 240_000  # rate counters of the accounts drain
        if pause_ms > MOST_LAG_MS:
            self.hear(everything=True)
        self.clock.advance(ms=pause_ms, ns=self.rng.randint(1, 999_999))
        self.done += 1
        with contextlib.suppress(VenueReject):
            self._command()
        self._note_entries()

    def _note_entries(self) -> None:
        """Note how own orders stand that have just joined, or joined anew."""
        for order_id, order in self.mine().items():
            held = self.entries.get(order_id)
            if held is None or held.queued_ns != order.queued_ns:
                place = self.places()[order_id]
                self.entries[order_id] = Entry(order.queued_ns, place.ahead_n, place.ahead)

    def _command(self) -> None:
        rng = self.rng
        who = ME if rng.random() < 0.12 else rng.choice(CROWD)
        side = rng.choice((Side.BUY, Side.SELL))
        own = self.exchange.open_orders(who)
        roll = rng.random()
        if who == ME and len(own) >= 8:
            roll = 0.9
        if roll < 0.45 or not own:
            self._rest(who, side)
        elif roll < 0.62:
            self._take_some(rng.choice(CROWD), side)
        elif roll < 0.76:
            order = rng.choice(own)
            left = order.qty - order.filled
            qty = order.filled + (rng.randint(1, left) if rng.random() < 0.7 else left + rng.randint(1, 50) * 10**5)
            self.exchange.amend_order(who, AmendOrder(order_id=order.order_id, qty=Decimal(qty).scaleb(-8)))
        elif roll < 0.82:
            order = rng.choice(own)
            price = order.price + rng.randint(-2, 2)
            self.exchange.amend_order(who, AmendOrder(order_id=order.order_id, limit_price=Decimal(price) / 10))
        else:
            self.exchange.cancel_order(who, order_id=rng.choice(own).order_id)

    def _rest(self, who: str, side: Side) -> None:
        rng = self.rng
        ticks = MIDDLE + (-1 - rng.randint(0, 3) if side is Side.BUY else rng.randint(0, 3))
        qty = Decimal(rng.choice((10, 20, 20, 50, rng.randint(5, 400)))) / 1000
        request = AddOrder(SYMBOL, side, OrderType.LIMIT, qty, Decimal(ticks) / 10, post_only=True)
        if self.iceberg and rng.random() < 0.15:
            request = AddOrder(
                SYMBOL, side, OrderType.ICEBERG, qty, Decimal(ticks) / 10, post_only=True, display_qty=qty / 5
            )
        self.exchange.add_order(who, request)

    def _take_some(self, who: str, side: Side) -> None:
        qty = Decimal(self.rng.randint(5, 300)) / 1000
        reach = self.rng.choice((0, 0, 1, 3))
        ticks = MIDDLE + (reach if side is Side.BUY else -1 - reach)
        self.exchange.add_order(who, AddOrder(SYMBOL, side, OrderType.LIMIT, qty, Decimal(ticks) / 10))
