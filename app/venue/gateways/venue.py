"""The venue as an object: exchange, agents, listening sockets and their supervision."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from app.clock import Clock, SystemClock
from app.errors import UnavailableError
from app.venue.agents.flow import Flow
from app.venue.core.api import StatusChange
from app.venue.core.exchange import Exchange
from app.venue.core.truth import TruthLog
from app.venue.core.universe import build_universe
from app.venue.fix.desk import FixDesk
from app.venue.fix.service import sender_comp_id
from app.venue.gateways.control import Control
from app.venue.gateways.faults import Face, Faults
from app.venue.gateways.feed import Feed
from app.venue.gateways.keys import KeyRing
from app.venue.gateways.memory import MarketMemory
from app.venue.gateways.options import Options
from app.venue.gateways.pump import beat, drive
from app.venue.gateways.rest import Rest
from app.venue.gateways.services import Services, account_tier
from app.venue.gateways.session import Session
from app.venue.gateways.tls import make_context
from app.venue.gateways.transport import HttpRequest, HttpResponse, Socket
from app.venue.gateways.websocket import PATH, WebSocket, text_frame
from app.venue.wire.frames import HEARTBEAT

_FACES = (Face.PUBLIC, Face.AUTH, Face.L3, Face.CONTROL)
_BACKLOG = 512
LOOPBACK = "127.0.0.1"
"""Where the control endpoint listens, whatever `--host` says."""


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the venue listens."""

    rest: str
    ws_public: str
    ws_auth: str
    ws_l3: str
    control: str


class Venue:
    """The local exchange in this process: `async with Venue(options) as venue`.

    Args:
        options: Settings.
        clock: Time source.
        keys_seed: Makes the practice keys repeatable; for tests.

    Attributes:
        options: Settings.
        exchange: The exchange behind the sockets.
        faults: Faults that are switched on.
        control: What the control endpoint does, callable in-process.
        urls: Where it listens, once entered.
        truth: Path of the truth log.
        fix: The FIX side.
    """

    def __init__(self, options: Options, clock: Clock | None = None, *, keys_seed: str | None = None) -> None:
        self.options = options
        self.clock: Clock = clock or SystemClock()
        self.faults = Faults()
        self.truth = options.truth or _temporary_truth()
        self._log = TruthLog(self.truth)
        universe = build_universe(options.pairs)
        self.exchange = Exchange(self.clock, universe, truth=self._log, keys_seed=keys_seed)
        self._agents = Flow(self.exchange, options.seed, self.clock, options.speed or 1.0, options.flood)
        self._agents.populate(options.levels)
        memory = MarketMemory(self.exchange, self.clock, options.seed)
        self._feed = Feed(self.exchange, self.clock, memory, self.faults, self._status_changed)
        keys = KeyRing(
            self.exchange.credentials,
            self.clock,
            lambda account: options.tier or account_tier(self.exchange, account),
        )
        self._services = Services(self.clock, self.exchange, self._feed, memory, keys, self.faults, options.tier)
        self._rest = Rest(self._services)
        self.sessions: dict[WebSocket, Session] = {}
        self.fix = FixDesk(self.clock, self.exchange, self.faults, options.fix_test, options.fix_store)
        self.control = Control(self._services, self.sessions, self.fix.control)
        self._sockets: set[Socket] = set()
        self._servers: list[asyncio.Server] = []
        self._tasks: asyncio.TaskGroup | None = None
        self._running: list[asyncio.Task[None]] = []
        self._heartbeat = text_frame(HEARTBEAT)
        self.urls = Urls("", "", "", "", "")

    async def __aenter__(self) -> Self:
        """Listen and start the flow.

        Raises:
            UnavailableError: The ports are taken.
        """
        try:
            context = make_context(self.options.host) if self.options.tls else None
            ports = await self._listen(context)
            await self._listen_fix(context)
        except UnavailableError:
            self._log.close()
            raise
        secure = "s" if context else ""
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        http, ws = f"http{secure}://{host}", f"ws{secure}://{host}"
        self.urls = Urls(
            rest=f"{http}:{ports[Face.PUBLIC]}",
            ws_public=f"{ws}:{ports[Face.PUBLIC]}{PATH}",
            ws_auth=f"{ws}:{ports[Face.AUTH]}{PATH}",
            ws_l3=f"{ws}:{ports[Face.L3]}{PATH}",
            control=f"http://{LOOPBACK}:{ports[Face.CONTROL]}",
        )
        self._stop_listening = (
            self.exchange.listen(self._feed.on_event),
            self.exchange.listen(self.fix.on_event),
        )
        agents = self._agents if self.options.speed else None
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._running = [
            self._tasks.create_task(drive(self.clock, agents, self.exchange.tick, self._feed.flush)),
            self._tasks.create_task(beat(self._beat)),
            self._tasks.create_task(self.fix.run()),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the flow, close every connection, close the truth log."""
        for task in self._running:
            task.cancel()
        try:
            if self._tasks is not None:
                await self._tasks.__aexit__(kind, error, trace)
        finally:
            for stop in self._stop_listening:
                stop()
            for server in self._servers:
                server.close()
            for session in list(self.sessions.values()):
                session.websocket.close(1001, "the venue ends")
            for socket in list(self._sockets):
                socket.abort()
            self.fix.close()
            for server in self._servers:
                await server.wait_closed()
            await self.fix.wait_closed()
            self._log.close()

    def ready_line(self) -> str:
        """The line that tells where the venue listens; holds the practice keys."""
        keys = [
            {
                "name": key.name,
                "api_key": key.api_key,
                "api_secret": key.api_secret,
                "fix_sender_comp_id": sender_comp_id(key.name),
            }
            for key in self.exchange.credentials
        ]
        urls = {name: getattr(self.urls, name) for name in ("rest", "ws_public", "ws_auth", "ws_l3", "control")}
        first = self.exchange.credentials[0]
        fix = {"sender_comp_id": sender_comp_id(first.name)} | self.fix.ports
        return json.dumps(urls | {"fix": fix, "truth": str(self.truth), "keys": keys}, separators=(",", ":"))

    def http(self, face: Face, request: HttpRequest) -> HttpResponse:
        """Answer an HTTP request of any face."""
        if face is Face.CONTROL:
            response = self.control.answer(request)
        elif face is Face.PUBLIC:
            response = self._rest.answer(request)
        else:
            response = HttpResponse(404, b"WebSocket only\n", "text/plain")
        self._feed.flush()
        return response

    def websocket(self, face: Face, transport: asyncio.Transport) -> WebSocket:
        """Make the WebSocket side of a connection."""
        websocket = WebSocket(face, transport, self.faults, self.options.write_limit)
        self.sessions[websocket] = Session(face, websocket, self._services)
        return websocket

    def opened(self, socket: Socket) -> None:
        """A connection came."""
        self._sockets.add(socket)

    def closed(self, socket: Socket) -> None:
        """A connection ended."""
        self._sockets.discard(socket)
        if socket.websocket is not None:
            self.sessions.pop(socket.websocket, None)

    def _status_changed(self, _event: StatusChange) -> None:
        for session in list(self.sessions.values()):
            session.send_status()

    def _beat(self) -> None:
        now = self.clock.mono_ns()
        for session in list(self.sessions.values()):
            session.beat(self._heartbeat, now)
        for socket in [socket for socket in self._sockets if socket.stale(now)]:
            socket.abort()
        self._services.memory.sample_spreads()

    async def _listen(self, context: ssl.SSLContext | None) -> dict[Face, int]:
        """Open the four ports; in a row when a first one is given."""
        loop = asyncio.get_running_loop()
        ports: dict[Face, int] = {}
        for offset, face in enumerate(_FACES):
            port = self.options.port + offset if self.options.port else 0
            try:
                server = await loop.create_server(
                    lambda face=face: Socket(face, self),
                    LOOPBACK if face is Face.CONTROL else self.options.host,
                    port,
                    backlog=_BACKLOG,
                    ssl=context if face is not Face.CONTROL else None,
                )
            except OSError as error:
                for opened in self._servers:
                    opened.close()
                raise UnavailableError(
                    f"cannot listen on {self.options.host} port {port}: {os.strerror(error.errno or 0)}",
                    "choose another --port (four in a row are needed), or 0 for any free ones",
                ) from None
            self._servers.append(server)
            ports[face] = server.sockets[0].getsockname()[1]
        return ports

    async def _listen_fix(self, context: ssl.SSLContext | None) -> None:
        try:
            tls = None if self.options.fix_test else context
            await self.fix.open(self.options.host, self.options.fix_port, tls)
        except OSError as error:
            for opened in self._servers:
                opened.close()
            raise UnavailableError(
                f"cannot listen on {self.options.host} for FIX: {os.strerror(error.errno or 0)}",
                "choose another --fix-port (six in a row are needed), or 0 for any free ones",
            ) from None


def _temporary_truth() -> Path:
    handle, name = tempfile.mkstemp(prefix="quarterdeck-truth-", suffix=".jsonl")
    os.close(handle)
    return Path(name)
