"""A venue for measuring the client: it answers at once, plays a feed at an exact pace and notes when orders arrive.

A process of its own (`python -m tests.bench.loopback SYMBOLS`), so that its work
is not the client's. It prints `{"port":…,"raw":…}` when it listens, then obeys
lines on its standard input: `rate N` plays N level-3 messages a second for the
first pair, `single N` the same with each message written when it is due, `spread N` for all pairs in turn, `report`
prints what happened since the last report as one JSON line.
It ends with its standard input. Everything it says follows `ws-v2.md` and
`rest.md`; it checks nothing, refuses nothing, and is no exchange.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.bench.cycle import cycle
from tests.bench.wire import Peer, frame

FIRST = "BTC/USD"
CYCLE = 8_000
DEPTH = 1000
BEAT_S = 0.001
"""Time between two writes of the feed: what is due by then goes out at once. `single` does not rest at all."""

HEARTBEAT_S = 1.0
TRADE_EVERY = 40
"""Level-3 messages for each public trade."""

WHEN = re.compile(rb"(?<=timestamp\":\")20[^\"]{28}(?=\")")
"""A time with nine digits after the point, as `tests.bench.stream` writes it."""

MIDDLE = 80_000
NS = 1_000_000_000


def symbols(count: int) -> list[str]:
    """Return names of pairs, the one with a feed first."""
    return [FIRST, *(f"C{number:02d}/USD" for number in range(1, count))]


def stamp() -> str:
    """Return the wall time as the wire writes it, with nine digits after the point."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def undated(raw: bytes) -> list[bytes]:
    """Split a framed level-3 message where the time of its sending belongs.

    An order that comes alone gets that time too, so that it ages on the wall
    clock; the times of several in one message say their order and stay.
    """
    return WHEN.split(raw, maxsplit=0 if raw.count(b'"event":"add"') <= 1 else 1)


def pair_record(symbol: str) -> dict[str, Any]:
    """Return a pair's record of the instrument channel."""
    base, _, quote = symbol.partition("/")
    digits = {"qty_precision": 8, "qty_increment": 1e-08, "price_precision": 1, "price_increment": 0.1}
    least = {"qty_min": 0.0001, "cost_precision": 5, "cost_min": "0.5"}
    return {"symbol": symbol, "base": base, "quote": quote, "status": "online", **digits, **least}


@dataclass
class Report:
    """What happened since the last report.

    Attributes:
        sent: Level-3 updates ever sent.
        batches: Monotonic time and `sent` after each write.
        orders: Method and arrival time of each order request.
        raw: Arrival times on the bare socket.
        backlog: Most bytes that waited for the client.
    """

    sent: int = 0
    batches: list[tuple[int, int]] = field(default_factory=list)
    orders: list[tuple[str, int]] = field(default_factory=list)
    raw: list[int] = field(default_factory=list)
    backlog: int = 0

    def take(self) -> str:
        """Return it as JSON and start anew."""
        text = json.dumps(self.__dict__)
        self.batches, self.orders, self.raw, self.backlog = [], [], [], 0
        return text


class Raw(asyncio.Protocol):
    """The bare socket: notes when bytes come."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def data_received(self, data: bytes) -> None:
        """Note the time."""
        del data
        self._report.raw.append(time.monotonic_ns())


class Loopback:
    """The venue.

    Args:
        count: Pairs that it has; on all but the first it holds an own order open,
            so that a client keeps their books.
    """

    def __init__(self, count: int) -> None:
        self.report = Report()
        self._symbols = symbols(count)
        self._snapshot, self._raw = cycle(CYCLE, depth=DEPTH)
        self._updates = [undated(frame(raw)) for raw in self._raw]
        self._peers: dict[str, Peer] = {}
        self._sequence = {"executions": 0, "balances": 0}
        self._at: dict[str, int] = {}
        self._turn = 0
        self._spread = False
        self._single = False
        self._rate = 0
        self._began = 0
        self._due = 0
        self._trades = 0
        self._orders = 0
        self._open: dict[str, str] = {}

    def peer(self) -> Peer:
        """Return a connection that nobody uses yet."""
        return Peer(self.answer, self.opened, self.received, self.closed)

    # -- REST

    def answer(self, path: str, body: bytes) -> bytes:
        """Answer a call."""
        del body
        name = path.partition("?")[0].rsplit("/", 1)[-1]
        results: dict[str, Any] = {
            "GetWebSocketsToken": {"token": "a-token-of-the-benchmark", "expires": 900},
            "AssetPairs": {},
            "OpenOrders": {"open": {}},
            "ClosedOrders": {"closed": {}, "count": 0},
            "TradesHistory": {"trades": {}, "count": 0},
            "TradeVolume": {"fees": {FIRST: {"fee": "0.40"}}, "fees_maker": {FIRST: {"fee": "0.25"}}},
        }
        return json.dumps({"error": [], "result": results.get(name, {})}).encode()

    # -- WebSockets

    def opened(self, peer: Peer) -> None:
        """Greet a connection."""
        self._peers[peer.path] = peer
        self._sequence = dict.fromkeys(self._sequence, 0) if peer.path == "/auth" else self._sequence
        data = [{"system": "online", "api_version": "v2", "version": "2", "connection_id": 1}]
        self._say(peer, {"channel": "status", "type": "update", "data": data})

    def closed(self, peer: Peer) -> None:
        """Forget a connection."""
        if self._peers.get(peer.path) is peer:
            del self._peers[peer.path]
            if peer.path == "/l3":
                self._at.clear()

    def received(self, peer: Peer, raw: bytes, now: int) -> None:
        """Answer a request."""
        message = json.loads(raw)
        method, params = message["method"], message.get("params", {})
        if method == "ping":
            self._say(peer, {"method": "pong", "req_id": message["req_id"], **self._times()})
        elif method in {"subscribe", "unsubscribe"}:
            self._feed(peer, message, params)
        else:
            self.report.orders.append((method, now))
            self._order(peer, message, params)

    def _say(self, peer: Peer, message: dict[str, Any]) -> None:
        peer.write(frame(json.dumps(message).encode()))

    def _times(self) -> dict[str, str]:
        now = stamp()
        return {"time_in": now, "time_out": now}

    def _ok(self, peer: Peer, message: dict[str, Any], result: dict[str, Any]) -> None:
        head = {"method": message["method"], "req_id": message["req_id"], "success": True}
        self._say(peer, {**head, "result": result, **self._times()})

    def _feed(self, peer: Peer, message: dict[str, Any], params: dict[str, Any]) -> None:
        channel = params["channel"]
        for symbol in params.get("symbol", [""]):
            named = {"symbol": symbol, "depth": DEPTH} if channel == "level3" else {"symbol": symbol} if symbol else {}
            self._ok(peer, message, {"channel": channel, **named})
            if message["method"] == "subscribe":
                self._begin(peer, channel, symbol)

    def _begin(self, peer: Peer, channel: str, symbol: str) -> None:
        """Send the snapshot of a feed."""
        if channel == "level3":
            self._at[symbol] = 0
            dated = WHEN.sub(stamp().encode(), self._snapshot, count=1)
            peer.write(frame(dated.replace(FIRST.encode(), symbol.encode())))
        elif channel == "instrument":
            pairs = [pair_record(name) for name in self._symbols]
            data = {"assets": [{"id": "USD", "status": "enabled", "precision": 4}], "pairs": pairs}
            self._say(peer, {"channel": channel, "type": "snapshot", "data": data})
        elif channel == "ticker":
            rows = [{"symbol": symbol, "last": MIDDLE, "bid": MIDDLE - 1, "ask": MIDDLE + 1}]
            self._say(peer, {"channel": channel, "type": "snapshot", "data": rows})
        elif channel == "balances":
            rows = [{"asset": "USD", "balance": 5_000_000.0}, {"asset": "BTC", "balance": 100.0}]
            self._account(peer, channel, "snapshot", rows)
        elif channel == "executions":
            rows = [self._row(f"OHELD1-AAAAA-BBB{number:03d}", "new", symbol=name, side="buy", order_type="limit",
                              order_qty=0.01, limit_price=1000.0, cum_qty=0, order_status="new", time_in_force="GTC")
                    for number, name in enumerate(self._symbols[1:])]  # fmt: skip
            self._account(peer, channel, "snapshot", rows)

    def _account(self, peer: Peer, channel: str, kind: str, rows: list[dict[str, Any]]) -> None:
        self._sequence[channel] += 1
        self._say(peer, {"channel": channel, "type": kind, "data": rows, "sequence": self._sequence[channel]})

    def _row(self, order_id: str, kind: str, **more: object) -> dict[str, Any]:
        """Return an execution report; the counter is always said to be empty."""
        return {"order_id": order_id, "exec_type": kind, "timestamp": stamp(), "ratecount": 0, **more}

    def _order(self, peer: Peer, message: dict[str, Any], params: dict[str, Any]) -> None:
        method = message["method"]
        if method == "add_order":
            self._orders += 1
            order_id = f"OBENCH-{self._orders:05d}-AAAAAA"
            name = params["cl_ord_id"]
            self._open[order_id] = name
            self._ok(peer, message, {"order_id": order_id, "cl_ord_id": name})
            told = {key: params[key] for key in ("symbol", "side", "order_qty", "limit_price") if key in params}
            row = self._row(order_id, "new", cl_ord_id=name, order_type=params["order_type"], order_status="new",
                            cum_qty=0, post_only=bool(params.get("post_only")), **told)  # fmt: skip
            self._account(peer, "executions", "update", [row])
        elif method == "cancel_all_orders_after":
            self._ok(peer, message, {"currentTime": stamp(), "triggerTime": stamp()})
        else:
            gone = list(self._open) if method == "cancel_all" else params.get("order_id", [])
            self._ok(peer, message, {"order_id": gone[0]} if method == "cancel_order" else {"count": len(gone)})
            rows = [self._row(one, "canceled", order_status="canceled", cum_qty=0, reason="User requested",
                              cl_ord_id=self._open.pop(one, "")) for one in gone]  # fmt: skip
            if rows:
                self._account(peer, "executions", "update", rows)

    # -- the feed

    def set_rate(self, rate: int, *, spread: bool = False, single: bool = False) -> None:
        """Play so many messages a second from now on, for the first pair or for all."""
        self._spread, self._single = spread, single and rate > 0
        self._rate, self._began, self._due = rate, time.monotonic_ns(), 0

    async def play(self) -> None:
        """Send what is due, for ever."""
        beaten = 0
        while True:
            now = time.monotonic_ns()
            l3 = self._peers.get("/l3")
            if self._rate and FIRST in self._at and l3 is not None:
                self._send(l3, now)
            if now - beaten > HEARTBEAT_S * NS:
                beaten = now
                for peer in self._peers.values():
                    self._say(peer, {"channel": "heartbeat"})
            await asyncio.sleep(0 if self._single else BEAT_S)

    def _send(self, peer: Peer, now: int) -> None:
        due = (now - self._began) * self._rate // NS
        count = due - self._due
        if count <= 0:
            return
        self._due = due
        parts = []
        before = self.report.sent
        names = list(self._at) if self._spread else [FIRST]
        when = stamp().encode()
        for _ in range(count):
            self._turn += 1
            parts.append(self._next(names[self._turn % len(names)], when))
        self.report.sent = before + count
        peer.write(b"".join(parts))
        self.report.batches.append((time.monotonic_ns(), self.report.sent))
        self.report.backlog = max(self.report.backlog, peer.unsent())
        for _ in range(self.report.sent // TRADE_EVERY - before // TRADE_EVERY):
            self._trade()

    def _next(self, symbol: str, when: bytes) -> bytes:
        """Return the next message of a pair, sent now; only those of the first are framed beforehand."""
        at = self._at[symbol]
        self._at[symbol] = (at + 1) % len(self._raw)
        if symbol == FIRST:
            return when.join(self._updates[at])
        return frame(when.join(undated(self._raw[at])).replace(FIRST.encode(), symbol.encode()))

    def _trade(self) -> None:
        public = self._peers.get("/public")
        if public is None:
            return
        self._trades += 1
        bought = self._trades % 3 != 0
        row = {
            "symbol": FIRST,
            "side": "buy" if bought else "sell",
            "price": MIDDLE + self._trades % 7 / 10,
            "qty": (1 + self._trades % 50) / 1000,
            "ord_type": "market",
            "trade_id": self._trades,
            "timestamp": stamp(),
        }
        self._say(public, {"channel": "trade", "type": "update", "data": [row]})

    # -- the process

    async def serve(self) -> None:
        """Listen, and obey standard input until it ends."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self.peer, "127.0.0.1", 0)
        bare = await loop.create_server(lambda: Raw(self.report), "127.0.0.1", 0)
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        ports = {"port": server.sockets[0].getsockname()[1], "raw": bare.sockets[0].getsockname()[1]}
        gc.collect()
        gc.freeze()
        self._print(json.dumps(ports))
        async with asyncio.TaskGroup() as group:
            player = group.create_task(self.play())
            async for line in reader:
                word, _, number = line.decode().strip().partition(" ")
                if word in {"rate", "single", "spread"}:
                    self.set_rate(int(number), spread=word == "spread", single=word == "single")
                elif word == "report":
                    self._print(self.report.take())
            player.cancel()
        server.close()
        bare.close()

    def _print(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(Loopback(int(sys.argv[1]) if sys.argv[1:] else 1).serve())
