"""A venue in this process, at rest, and plain clients for it."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from app.clock import ManualClock
from app.venue.gateways.keys import sign
from app.venue.main import Options, Venue

LEVELS = 60
"""Deep enough for most tests; those about depth ask for the full books with `levels=0`."""

TIMEOUT_S = 5.0
FORM = "application/x-www-form-urlencoded"
Frame = dict[str, Any]
_nonces = itertools.count(1)


class WsClient:
    """A raw WebSocket client; numbers stay text."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._req_ids = itertools.count(1)

    async def send(self, method: str, req_id: int | None = None, **params: Any) -> None:
        body: Frame = {"method": method} | ({"params": params} if params else {})
        await self.send_raw(json.dumps(body if req_id is None else body | {"req_id": req_id}))

    async def send_raw(self, text: str) -> None:
        await self.connection.send(text)

    async def receive(self) -> Frame:
        text = await asyncio.wait_for(self.connection.recv(), TIMEOUT_S)
        frame: Frame = json.loads(text, parse_float=str)
        return frame

    async def until(self, wanted: Callable[[Frame], object]) -> Frame:
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                frame = await self.receive()
                if wanted(frame):
                    return frame

    async def ask(self, method: str, **params: Any) -> Frame:
        """Send a request and wait for its (first) answer."""
        req_id = next(self._req_ids)
        await self.send(method, req_id, **params)
        return await self.until(lambda frame: frame.get("req_id") == req_id)

    async def data(self, channel: str, kind: str = "update") -> Frame:
        """The next data frame of a channel."""
        return await self.until(lambda frame: frame.get("channel") == channel and frame.get("type") == kind)

    async def closed(self) -> int | None:
        """Wait for the end; returns the close code, None without a close frame."""
        await asyncio.wait_for(self.connection.wait_closed(), TIMEOUT_S)
        received = self.connection.protocol.close_rcvd
        return received.code if received else None


class Desk:
    """A running venue with clients for all its faces.

    Args:
        venue: The venue.
        clock: Its clock.
    """

    def __init__(self, venue: Venue, clock: ManualClock) -> None:
        self.venue = venue
        self.clock = clock
        self.http = httpx.AsyncClient(timeout=TIMEOUT_S)
        self._clients: list[WsClient] = []

    async def open(self, url: str) -> WsClient:
        """Connect and take the status frame."""
        client = WsClient(await connect(url, max_size=None))
        self._clients.append(client)
        assert (await client.receive())["channel"] == "status"
        return client

    async def public(self) -> WsClient:
        return await self.open(self.venue.urls.ws_public)

    async def auth(self) -> WsClient:
        return await self.open(self.venue.urls.ws_auth)

    async def level3(self) -> WsClient:
        return await self.open(self.venue.urls.ws_l3)

    def key(self, name: str = "practice") -> Any:
        return next(key for key in self.venue.exchange.credentials if key.name == name)

    async def get(self, path: str) -> Frame:
        response = await self.http.get(f"{self.venue.urls.rest}/0/public/{path}")
        answer: Frame = json.loads(response.text, parse_float=str)
        return answer

    async def post(self, method: str, key: str = "practice", nonce: int | None = None, **params: Any) -> Frame:
        """A signed call; returns the envelope."""
        response = await self.post_raw(method, key, nonce, **params)
        assert response.status_code == 200
        answer: Frame = json.loads(response.text, parse_float=str)
        return answer

    async def post_raw(
        self, method: str, key: str = "practice", nonce: int | None = None, **params: Any
    ) -> httpx.Response:
        fields = {"nonce": next(_nonces) if nonce is None else nonce} | params
        body = urlencode(fields).encode()
        return await self.post_body(method, body, str(fields["nonce"]), key)

    async def post_json(self, method: str, key: str = "practice", **fields: Any) -> Frame:
        """A signed call with a JSON body; returns the envelope."""
        nonce = next(_nonces)
        body = json.dumps({"nonce": nonce} | fields).encode()
        response = await self.post_body(method, body, str(nonce), key, "application/json")
        answer: Frame = json.loads(response.text, parse_float=str)
        return answer

    async def post_body(
        self,
        method: str,
        body: bytes,
        nonce: str,
        key: str = "practice",
        kind: str = "application/x-www-form-urlencoded",
    ) -> httpx.Response:
        credentials, path = self.key(key), f"/0/private/{method}"
        headers = {
            "API-Key": credentials.api_key,
            "API-Sign": sign(credentials.api_secret, path, nonce, body),
            "Content-Type": kind,
        }
        return await self.http.post(self.venue.urls.rest + path, content=body, headers=headers)

    async def token(self, key: str = "practice") -> str:
        text: str = (await self.post("GetWebSocketsToken", key))["result"]["token"]
        return text

    async def fault(self, **fields: Any) -> None:
        response = await self.http.post(f"{self.venue.urls.control}/fault", json=fields)
        assert response.json() == {"ok": True}

    async def state(self) -> Frame:
        state: Frame = (await self.http.get(f"{self.venue.urls.control}/state")).json()
        return state

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the loop run until something is so."""
        async with asyncio.timeout(TIMEOUT_S):
            while not condition():  # noqa: ASYNC110 - the venue has no event for what tests ask
                await asyncio.sleep(0.005)

    async def close(self) -> None:
        for client in self._clients:
            await client.connection.close()
        await self.http.aclose()


@pytest.fixture
async def open_desk(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Desk]]]:
    """Start a venue with options of the test's own; it ends with the test."""
    desks: list[Desk] = []

    async def start(**options: Any) -> Desk:
        clock = ManualClock()
        settings: dict[str, Any] = {"pairs": 3, "levels": LEVELS, "speed": 0.0} | options
        settings.setdefault("truth", tmp_path / f"truth{len(desks)}.jsonl")
        venue = Venue(Options(**settings), clock, keys_seed="gateways")
        await venue.__aenter__()
        desks.append(Desk(venue, clock))
        return desks[-1]

    yield start
    for desk in desks:
        await desk.close()
        await desk.venue.__aexit__(None, None, None)


@pytest.fixture
async def desk(open_desk: Callable[..., Awaitable[Desk]]) -> Desk:
    """A venue whose agents rest and whose clock stands still."""
    return await open_desk()
