"""A venue in this process, and a raw FIX client of the tests' own."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from simplefix import FixMessage, FixParser
from websockets.asyncio.client import ClientConnection, connect

from app.clock import ManualClock
from app.domain.order import Side
from app.venue.core.api import Credentials
from app.venue.gateways.keys import sign
from app.venue.main import Options, Venue

TIMEOUT_S = 5.0
TARGETS = {
    "spot_trading": "KRAKEN-TRD",
    "deriv_trading": "KRAKEN-DRV-TRD",
    "spot_md": "KRAKEN-MD",
    "spot_l3": "KRAKEN-MD",
    "deriv_md": "KRAKEN-DRV-MD",
    "deriv_l3": "KRAKEN-DRV-MD",
}
Body = list[tuple[int, Any]]


class Got:
    """A message of the venue: values by tag, and all pairs in order."""

    def __init__(self, message: FixMessage) -> None:
        self.pairs: list[tuple[int, str]] = [(int(tag), value.decode()) for tag, value in message.pairs]
        self.tags: dict[int, str] = dict(reversed(self.pairs))

    def __getitem__(self, tag: int) -> str:
        return self.tags.get(tag, "")

    def __repr__(self) -> str:
        return "|".join(f"{tag}={value}" for tag, value in self.pairs)

    @property
    def kind(self) -> str:
        return self[35]


class FixClient:
    """One connection; numbers its messages itself, says nothing on its own."""

    def __init__(self, clock: ManualClock, sender: str, target: str) -> None:
        self.clock, self.sender, self.target = clock, sender, target
        self.seq = 1
        self.parser = FixParser()
        self.got: list[Got] = []

    async def open(self, port: int) -> FixClient:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        return self

    def now(self, ms: int = 0) -> str:
        ns = self.clock.now_ns() + ms * 1_000_000
        return f"{datetime.fromtimestamp(ns // 10**9, UTC):%Y%m%d-%H:%M:%S}.{ns // 10**6 % 1000:03d}"

    def encode(self, kind: str, body: Body, **head: Any) -> bytes:
        """A message under the next number, or under `seq`."""
        message = FixMessage()
        seq = head.get("seq")
        if seq is None:
            seq, self.seq = self.seq, self.seq + 1
        message.append_pair(8, head.get("begin", "FIX.4.4"))
        message.append_pair(35, kind)
        message.append_pair(34, seq)
        message.append_pair(49, head.get("sender", self.sender))
        message.append_pair(56, head.get("target", self.target))
        message.append_pair(52, head.get("time", self.now()))
        for tag, value in body:
            message.append_pair(tag, value)
        encoded: bytes = message.encode()
        return encoded

    async def send(self, kind: str, body: Body | None = None, **head: Any) -> None:
        await self.send_raw(self.encode(kind, body or [], **head))

    async def send_raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def receive(self) -> Got | None:
        """The next message; None when the venue has closed."""
        async with asyncio.timeout(TIMEOUT_S):
            while (message := self.parser.get_message()) is None:
                data = await self.reader.read(65_536)
                if not data:
                    return None
                self.parser.append_buffer(data)
        got = Got(message)
        self.got.append(got)
        return got

    async def expect(self, kind: str, **values: Any) -> Got:
        """The next message, which has to be of this kind, with these values (`t58="…"`)."""
        got = await self.receive()
        assert got is not None, f"closed instead of 35={kind}"
        assert got.kind == kind, got
        for name, value in values.items():
            assert got[int(name[1:])] == str(value), got
        return got

    async def until(self, kind: str, **values: Any) -> Got:
        """The next message of this kind with these values, whatever comes before it."""
        while True:
            got = await self.receive()
            assert got is not None, f"closed instead of 35={kind}"
            if got.kind == kind and all(got[int(name[1:])] == str(value) for name, value in values.items()):
                return got

    async def closed(self) -> None:
        """The venue has closed; nothing came before."""
        got = await self.receive()
        assert got is None, got

    async def ended(self) -> bool:
        """Whether the venue has cut the connection without a message."""
        try:
            return await self.receive() is None
        except ConnectionError:
            return True

    async def quiet(self) -> None:
        """Nothing is on its way: the answer to a test request is the next message."""
        await self.send("1", [(112, "quiet")])
        await self.expect("0", t112="quiet")

    async def close(self) -> None:
        self.writer.close()


def password(client: FixClient, key: Credentials, seq: int, nonce: int, secret: str = "") -> str:
    fields = ((35, "A"), (34, seq), (49, client.sender), (56, client.target), (553, key.api_key))
    text = "".join(f"{tag}={value}\x01" for tag, value in fields) + str(nonce)
    digest = hashlib.sha256(text.encode()).digest()
    mac = hmac.new(base64.b64decode(secret or key.api_secret), digest, hashlib.sha512)
    return base64.b64encode(mac.digest()).decode()


class Floor:
    """A running venue with FIX, WS and REST clients."""

    def __init__(self, venue: Venue, clock: ManualClock) -> None:
        self.venue, self.clock = venue, clock
        self.nonce = 0
        self.ended = False
        self._ids = 1_000
        self._clients: list[FixClient] = []
        self._sockets: list[ClientConnection] = []

    def key(self, name: str = "practice") -> Credentials:
        return next(key for key in self.venue.exchange.credentials if key.name == name)

    def next_nonce(self) -> int:
        self.nonce = max(self.nonce + 1, self.clock.now_ns() // 10**6)
        return self.nonce

    def cl_ord_id(self) -> str:
        self._ids += 1
        return str(self._ids)

    async def connect(self, service: str = "spot_trading", sender: str = "QDPRACTICE1") -> FixClient:
        client = await FixClient(self.clock, sender, TARGETS[service]).open(self.venue.fix.ports[service])
        self._clients.append(client)
        return client

    def logon_body(self, client: FixClient, *more: tuple[int, Any], key: str = "practice", **options: Any) -> Body:
        """Fields of a signed Logon; options: heartbeat, nonce, secret, seq."""
        nonce = options.get("nonce", 0) or self.next_nonce()
        signed = password(client, self.key(key), options.get("seq", client.seq), nonce, options.get("secret", ""))
        body: Body = [(98, 0), (108, options.get("heartbeat", 30))]
        return [*body, *more, (553, self.key(key).api_key), (554, signed), (5025, nonce)]

    async def logon(
        self,
        *more: tuple[int, Any],
        service: str = "spot_trading",
        key: str = "practice",
        reset: bool = True,
        seq: int = 1,
        heartbeat: int = 30,
    ) -> FixClient:
        """Connect and log on; the answer is taken."""
        client = await self.connect(service, f"QD{key.upper()}1" + ("-DRV" if service.startswith("deriv") else ""))
        client.seq = seq
        extra = [*([(141, "Y")] if reset else []), *more]
        if service.endswith("trading"):
            body = self.logon_body(client, *extra, key=key, heartbeat=heartbeat)
        else:
            body = [(98, 0), (108, heartbeat), *extra]
        await client.send("A", body)
        await client.expect("A", t98=0, t108=heartbeat)
        return client

    def limit(self, side: int, price: Any, qty: Any, *more: tuple[int, Any], cl_ord_id: str = "") -> Body:
        """Fields of a limit order on BTC/USD."""
        given = {tag for tag, _ in more}
        body: Body = [(11, cl_ord_id or self.cl_ord_id()), (55, "BTC/USD"), (54, side), (40, 2), (44, price), (38, qty)]
        body += [
            (59, 1),
            (60, datetime.fromtimestamp(self.clock.now_ns() // 10**9, UTC).strftime("%Y%m%d-%H:%M:%S.000")),
        ]
        return [*(pair for pair in body if pair[0] not in given), *more]

    def price(self, offset: int = 0) -> int:
        """The best bid in whole dollars, less an offset."""
        listing = self.venue.exchange.listings["BTC/USD"]
        best = self.venue.exchange.levels("BTC/USD", Side.BUY, 1)[0].price
        return int(listing.instrument.price(best)) - offset

    def ask(self, offset: int = 0) -> int:
        """The best ask in whole dollars, rounded up, plus an offset."""
        listing = self.venue.exchange.listings["BTC/USD"]
        best = self.venue.exchange.levels("BTC/USD", Side.SELL, 1)[0].price
        return int(listing.instrument.price(best)) + 1 + offset

    def records(self, order_id: str) -> list[dict[str, Any]]:
        """What the truth log tells of one order."""
        return [record for record in self.truth() if record.get("order_id") == order_id]

    def truth(self, kind: str = "") -> list[dict[str, Any]]:
        records = [json.loads(line) for line in self.venue.truth.read_text().splitlines()]
        return [record for record in records if not kind or record["kind"] == kind]

    async def post(self, method: str, **params: Any) -> dict[str, Any]:
        """A signed REST call as the practice key."""
        body = urlencode({"nonce": self.next_nonce()} | params).encode()
        nonce, path, key = str(self.nonce), f"/0/private/{method}", self.key()
        headers = {"API-Key": key.api_key, "API-Sign": sign(key.api_secret, path, nonce, body)}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as http:
            answer: dict[str, Any] = (
                await http.post(self.venue.urls.rest + path, content=body, headers=headers)
            ).json()
        assert answer["error"] == [], answer
        result: dict[str, Any] = answer["result"]
        return result

    async def fault(self, **fields: Any) -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as http:
            answer: dict[str, Any] = (await http.post(f"{self.venue.urls.control}/fault", json=fields)).json()
        return answer

    async def executions(self) -> ClientConnection:
        """A WebSocket on `executions`, its snapshot taken."""
        token = (await self.post("GetWebSocketsToken"))["token"]
        socket = await connect(self.venue.urls.ws_auth)
        self._sockets.append(socket)
        params = {"channel": "executions", "token": token, "snap_orders": True}
        await socket.send(json.dumps({"method": "subscribe", "params": params}))
        await self.row(socket, lambda frame: frame.get("type") == "snapshot")
        return socket

    async def row(self, socket: ClientConnection, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The first frame that is wanted."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                frame: dict[str, Any] = json.loads(await socket.recv(), parse_float=str)
                if wanted(frame):
                    return frame

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the loop run until something is so."""
        async with asyncio.timeout(TIMEOUT_S):
            while not condition():  # noqa: ASYNC110 - the venue has no event for what tests ask
                await asyncio.sleep(0.005)

    async def hang_up(self) -> None:
        """Cut every FIX connection and wait until the venue has seen it."""
        for client in self._clients:
            await client.close()
        self._clients.clear()
        await self.until(lambda: not any(peer.line for peer in self.venue.fix.gate.peers.values()))

    async def close(self) -> None:
        await self.hang_up()
        for socket in self._sockets:
            await socket.close()

    async def end(self) -> None:
        """End the venue, if it has not ended."""
        if not self.ended:
            self.ended = True
            await self.close()
            await self.venue.__aexit__(None, None, None)


@pytest.fixture
async def open_floor(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Floor]]]:
    """Start a venue with options of the test's own; it ends with the test."""
    floors: list[Floor] = []

    async def start(**options: Any) -> Floor:
        clock = ManualClock()
        settings: dict[str, Any] = {"pairs": 3, "speed": 0.0, "truth": tmp_path / f"truth{len(floors)}.jsonl"} | options
        venue = Venue(Options(**settings), clock, keys_seed="fix")
        await venue.__aenter__()
        floors.append(Floor(venue, clock))
        return floors[-1]

    yield start
    for floor in floors:
        await floor.end()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Floor]:
    """One venue for all tests of a module that log on as `client`."""
    clock = ManualClock()
    options = Options(pairs=3, speed=0.0, truth=tmp_path_factory.mktemp("fix") / "truth.jsonl")
    async with Venue(options, clock, keys_seed="fix") as venue:
        floor = Floor(venue, clock)
        yield floor
        await floor.close()


@pytest_asyncio.fixture(loop_scope="module")
async def lobby(shared: Floor) -> AsyncIterator[Floor]:
    """The same venue with nobody logged on."""
    yield shared
    await shared.hang_up()


@pytest_asyncio.fixture(loop_scope="module")
async def client(shared: Floor) -> AsyncIterator[FixClient]:
    """A client on spot trading; its orders are cancelled after the test, rate counters are empty before it."""
    shared.clock.advance(s=600)
    client = await shared.logon(heartbeat=3600)
    yield client
    shared.venue.exchange.cancel_all("practice")
    await shared.hang_up()


@pytest.fixture
async def floor(open_floor: Callable[..., Awaitable[Floor]]) -> Floor:
    """A venue whose agents rest and whose clock stands still."""
    return await open_floor()
