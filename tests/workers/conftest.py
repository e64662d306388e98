"""A small venue for the workers' tests, written from the wire pages alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from app.clock import NS_PER_S, SystemClock
from app.credentials import ApiKey
from app.protocol.rest.signing import sign
from app.protocol.ws2 import inflight, liveness, subscriptions
from app.protocol.ws2.private import BalanceRow, ExecutionRow
from app.workers.feed import LinkHealth, LinkState, Venue, VenueUrls

SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
API_KEY = "qdpractice-canary-key"
TOKEN = "canary-token-0123456789"
STATUS = {"channel": "status", "type": "update", "data": [{"system": "online", "api_version": "v2", "version": "2"}]}
PAIRS = {"XXBTZUSD": {"altname": "XBTUSD", "wsname": "XBT/USD", "base": "XXBT", "quote": "ZUSD"}}
TIMES = {"time_in": "2026-09-25T17:48:24.745996Z", "time_out": "2026-09-25T17:48:24.746032Z"}

HttpReply = tuple[int, bytes]


async def until(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    """Wait for a condition, with a bound."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - the conditions are plain values of the code under test
            await asyncio.sleep(0.005)


class Host:
    """One WS v2 endpoint: acknowledges, snapshots, and misbehaves when told to."""

    def __init__(self) -> None:
        self.sockets: list[ServerConnection] = []
        self.opened = 0
        self.heard: list[Any] = []
        self.heartbeats = True
        self.refuse: dict[str, str] = {}  # symbol or channel -> error
        self.bad_tokens: set[str] = set()
        self.drop_acks = 0
        self.answer_orders = True
        self.on_order: Callable[[ServerConnection, Any], Awaitable[None]] | None = None
        self.sequence: dict[str, int] = {}

    def methods(self, *names: str) -> list[Any]:
        return [frame for frame in self.heard if frame["method"] in names]

    async def send(self, frame: Any) -> None:
        raw = frame if isinstance(frame, (str, bytes)) else json.dumps(frame)
        for socket in self.sockets[-1:]:
            await socket.send(raw)

    async def execution(self, *rows: Any, step: int = 1, kind: str = "update") -> None:
        self.sequence["executions"] = self.sequence.get("executions", 0) + step
        frame = {"channel": "executions", "type": kind, "data": rows, "sequence": self.sequence["executions"]}
        await self.send(frame)

    async def handle(self, socket: ServerConnection) -> None:
        self.sockets.append(socket)
        self.opened += 1
        self.sequence = {}
        beat = asyncio.create_task(self._beat(socket))
        try:
            await socket.send(json.dumps(STATUS))
            async for raw in socket:
                frame = json.loads(raw)
                self.heard.append(frame)
                await self._take(socket, frame)
        except ConnectionClosed:
            pass
        finally:
            beat.cancel()
            self.sockets.remove(socket)

    async def _beat(self, socket: ServerConnection) -> None:
        try:
            while True:
                if self.heartbeats:
                    await socket.send('{"channel":"heartbeat"}')
                await asyncio.sleep(0.2)
        except ConnectionClosed:
            return

    async def _take(self, socket: ServerConnection, frame: Any) -> None:
        method, params = frame["method"], frame.get("params", {})
        if method == "ping":
            if self.heartbeats:
                await socket.send(json.dumps({"method": "pong", "req_id": frame["req_id"], **TIMES}))
        elif method in {"subscribe", "unsubscribe"}:
            await self._feed(socket, frame, params)
        elif self.on_order is not None:
            await self.on_order(socket, frame)
        elif self.answer_orders:
            await socket.send(json.dumps(self.ok(frame, order_id="OTEST1-AAAAA-BBBBBB")))

    def ok(self, frame: Any, **result: Any) -> dict[str, Any]:
        return {"method": frame["method"], "req_id": frame["req_id"], "success": True, "result": result, **TIMES}

    def no(self, frame: Any, error: str, **extra: Any) -> dict[str, Any]:
        head = {"method": frame["method"], "req_id": frame["req_id"], "success": False, "error": error}
        return {**head, **TIMES, **extra}

    async def _feed(self, socket: ServerConnection, frame: Any, params: Any) -> None:
        channel = params["channel"]
        if params.get("token") in self.bad_tokens:
            await socket.send(json.dumps(self.no(frame, "ESession:Invalid session", channel=channel, status="error")))
            return
        for symbol in params.get("symbol", [""]):
            if self.drop_acks > 0:
                self.drop_acks -= 1
                continue
            named = {"symbol": symbol} if symbol else {}
            error = self.refuse.get(symbol or channel)
            if error:
                await socket.send(json.dumps(self.no(frame, error, **named)))
                continue
            await socket.send(json.dumps(self.ok(frame, channel=channel, **named)))
            if frame["method"] == "subscribe" and channel in {"executions", "balances"}:
                self.sequence[channel] = 1
                rows = [{"asset": "USD", "balance": 500.0}] if channel == "balances" else []
                await socket.send(json.dumps({"channel": channel, "type": "snapshot", "data": rows, "sequence": 1}))


class Api:
    """REST over a bare socket: checks key, signature and nonce, then answers what it is told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.results: dict[str, Any] = {
            "GetWebSocketsToken": {"token": TOKEN, "expires": 900},
            "AssetPairs": PAIRS,
            "OpenOrders": {"open": {}},
            "ClosedOrders": {"closed": {}, "count": 0},
            "Time": {"unixtime": 1_688_669_448},
        }
        self.raw: dict[str, HttpReply | None] = {}  # None closes the connection without an answer
        self.delay_s: dict[str, float] = {}
        self.nonces: list[int] = []

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = head.split("\r\n")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                path = lines[0].split(" ")[1]
                reply = await self._answer(path, headers, body)
                if reply is None:
                    break
                status, content = reply
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(content)) + content)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, headers: dict[str, str], body: bytes) -> HttpReply | None:
        name = path.partition("?")[0].rsplit("/", 1)[1]
        if headers.get("content-type") == "application/json":
            fields = json.loads(body)
        else:
            fields = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        self.calls.append((name, fields))
        if "/private/" in path:
            nonce = fields["nonce"]
            if headers["api-key"] != API_KEY or headers["api-sign"] != sign(SECRET, path, nonce, body):
                return 200, b'{"error":["EAPI:Invalid signature"]}'
            if self.nonces and int(nonce) <= self.nonces[-1]:
                return 200, b'{"error":["EAPI:Invalid nonce"]}'
            self.nonces.append(int(nonce))
        await asyncio.sleep(self.delay_s.get(name, 0))
        if name in self.raw:
            return self.raw[name]
        result = self.results.get(name, {})
        if isinstance(result, list):  # one after the other, the last one again and again
            result = result.pop(0) if len(result) > 1 else result[0]
        return 200, json.dumps({"error": [], "result": result}).encode()


class Ear:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.market: list[Any] = []
        self.resets: list[tuple[str, str]] = []
        self.executions: list[tuple[ExecutionRow, bool, int]] = []
        self.balances: list[tuple[Sequence[BalanceRow], bool]] = []
        self.ready = 0
        self.stale: list[str] = []
        self.statuses: list[str] = []
        self.links: list[tuple[str, LinkHealth]] = []
        self.notices: list[tuple[str, str]] = []
        self.fix_changes = 0

    def on_market(self, msg: Any) -> None:
        self.market.append(msg)

    def on_book_reset(self, symbol: str, kind: str) -> None:
        self.resets.append((symbol, kind))

    def on_execution(self, row: ExecutionRow, snapshot: bool, sequence: int) -> None:
        self.executions.append((row, snapshot, sequence))

    def on_balance(self, rows: Sequence[BalanceRow], snapshot: bool) -> None:
        self.balances.append((rows, snapshot))

    def on_orders_ready(self) -> None:
        self.ready += 1

    def on_account_stale(self, reason: str) -> None:
        self.stale.append(reason)

    def on_status(self, system: str) -> None:
        self.statuses.append(system)

    def on_link(self, name: str, health: LinkHealth) -> None:
        self.links.append((name, health))

    def on_fix(self) -> None:
        self.fix_changes += 1

    def on_notice(self, severity: str, text: str) -> None:
        self.notices.append((severity, text))

    def states(self, name: str) -> list[LinkState]:
        """Return the states that a link went through, without repeats."""
        states: list[LinkState] = []
        for link, health in self.links:
            if link == name and (not states or states[-1] is not health.state):
                states.append(health.state)
        return states


class World:
    """A venue of three WS hosts and REST, with one client connected to it."""

    def __init__(self, tmp_path: Path) -> None:
        self.public, self.auth, self.l3, self.api, self.ear = Host(), Host(), Host(), Api(), Ear()
        self.nonce_path = tmp_path / "nonce"
        self.key: ApiKey | None = ApiKey.parse("test", API_KEY, SECRET)
        self.urls = VenueUrls("", "")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[World]:
        async with AsyncExitStack() as stack:
            ports = []
            for host in (self.public, self.auth, self.l3):
                server: Server = await stack.enter_async_context(serve(host.handle, "127.0.0.1", 0, compression=None))
                ports.append(server.sockets[0].getsockname()[1])
            rest = await stack.enter_async_context(await asyncio.start_server(self.api.handle, "127.0.0.1", 0))
            port = rest.sockets[0].getsockname()[1]
            urls = [f"ws://127.0.0.1:{number}/v2" for number in ports]
            self.urls = VenueUrls(f"http://127.0.0.1:{port}", urls[0], urls[1], urls[2])
            yield self

    def venue(self, **more: Any) -> Venue:
        return Venue(self.urls, self.key, SystemClock(), self.ear, nonce_path=self.nonce_path, **more)

    @asynccontextmanager
    async def connected(self, **more: Any) -> AsyncIterator[Venue]:
        async with self.serving():
            venue = self.venue(**more)
            running = asyncio.create_task(venue.run())
            try:
                if self.key is not None:
                    await until(lambda: self.ear.ready > 0)
                yield venue
            finally:
                await venue.close()
                await running


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits that the scripted session tests hold to their real lengths."""
    tenth = NS_PER_S // 10
    monkeypatch.setattr(liveness, "STALE_NS", 6 * tenth)
    monkeypatch.setattr(liveness, "DEAD_NS", 15 * tenth)
    monkeypatch.setattr(liveness, "QUIET_PING_NS", 3 * tenth)
    monkeypatch.setattr(inflight, "REQUEST_TIMEOUT_NS", 5 * tenth)
    monkeypatch.setattr(subscriptions, "ACK_TIMEOUT_NS", 5 * tenth)


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., Awaitable[None]]:
    return until
