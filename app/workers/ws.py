"""One WS v2 connection: the socket around a `Session`.

Connects within the shared budget, reads, ticks, sends at once, reconnects
with backoff. Each socket has a generation number; the reader of one ends
before the next is opened, so no frame of an old socket reaches the session.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Collection
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidURI, WebSocketException

from app.clock import Clock
from app.domain.text import clean
from app.errors import QuarterdeckError
from app.protocol.ws2.events import (
    BadFrame,
    Cut,
    Event,
    Latency,
    NeedReconnect,
    NeedToken,
    Notice,
    Reply,
    Silence,
    TimedOut,
)
from app.protocol.ws2.frames import MarketMessage
from app.protocol.ws2.session import Session
from app.protocol.ws2.topics import Topic
from app.workers.coalesce import Coalescer
from app.workers.health import LOOPBACK, LinkState
from app.workers.recorder import Recorder
from app.workers.supervisor import STABLE_NS, Backoff, ConnectGate, HealthBoard

log = logging.getLogger(__name__)

TICK_S = 0.1
OPEN_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 1.0
SEND_TIMEOUT_S = 2.0
TOKEN_TIMEOUT_S = 10.0
MAX_FRAME_BYTES = 32 * 1024 * 1024
QUEUED_FRAMES = 1024
BREATH_NS = 500_000
"""Frames of a backlog are taken for so long in one go, then orders and all else get their turn."""

NOTICED_BAD_FRAMES = 3
_NS_PER_US = 1000

OrderAnswer = Reply | TimedOut | Cut


class _Connect(connect):
    """A connection attempt that stays at the address that was approved."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Follow no redirect: the token would go wherever it points."""
        return exc


class _DropLink(Exception):
    """This socket is to be given up; the text says why."""


class WsConnection:
    """A supervised connection.

    Args:
        name: `public`, `auth` or `l3`.
        url: Address with its path.
        session: Its state machine.
        clock: Time.
        gate: Shared budget of attempts.
        board: Shared health.
        backoff: Waits between attempts.
        on_market: Gets market frames.
        on_event: Gets all other events, except those that are handled here.
        token: Fetches a session token; None on the public host.
        recorder: Gets a copy of each inbound frame.
        coalesce: Let a fast feed be read in small batches; not for orders.
    """

    def __init__(
        self,
        name: str,
        url: str,
        session: Session,
        *,
        clock: Clock,
        gate: ConnectGate,
        board: HealthBoard,
        backoff: Backoff,
        on_market: Callable[[MarketMessage], None],
        on_event: Callable[[str, Event], None],
        token: Callable[[], Awaitable[str]] | None = None,
        recorder: Recorder | None = None,
        coalesce: bool = False,
    ) -> None:
        self.name = name
        self.generation = 0
        self._url = url
        self._session = session
        self._clock = clock
        self._gate = gate
        self._board = board
        self._backoff = backoff
        self._on_market = on_market
        self._on_event = on_event
        self._token = token
        self._recorder = recorder
        self._coalesce = coalesce
        self._ws: ClientConnection | None = None
        self._waiters: dict[int, asyncio.Future[OrderAnswer]] = {}
        self._kick = asyncio.Event()
        self._drop = ""
        self._token_wanted = asyncio.Event()

    # -- what the owner asks for

    def want(self, topics: Collection[Topic]) -> None:
        """Set the wanted subscriptions; sent within a tick."""
        self._session.want(topics, self._clock.mono_ns())
        self._kick.set()

    def resync(self, symbol: str) -> bool:
        """Get a fresh snapshot of a pair's book; return whether it is carried here."""
        found = self._session.resync(symbol, self._clock.mono_ns())
        self._kick.set()
        return found

    def ready_for_orders(self) -> bool:
        """Whether an order could be written to the socket right now."""
        return self._ws is not None and self._session.up and self._session.has_token and not self._session.quiet

    async def request(self, method: str, encode: Callable[[str, int], bytes]) -> OrderAnswer | None:
        """Send an order request at once and wait for what becomes of it.

        Returns:
            The answer, a timeout or a cut; None if nothing was sent, as the
            link is not there.

        Raises:
            ValueError: The request can't be put on the wire; nothing was sent.
        """
        if self._ws is None or not self._session.up or not self._session.has_token:
            return None
        req_id = self._session.request(method, encode, self._clock.mono_ns())
        waiter: asyncio.Future[OrderAnswer] = asyncio.get_running_loop().create_future()
        self._waiters[req_id] = waiter
        try:
            await self._pump(self._ws)
        except (ConnectionClosed, _DropLink) as error:
            # Part of it may have left: the link is given up and the cut resolves the waiter.
            self._give_up(f"could not send: {clean(str(error))}")
        try:
            return await waiter
        finally:
            self._waiters.pop(req_id, None)

    # -- life

    async def run(self) -> None:
        """Connect again and again until cancelled."""
        try:
            while True:
                await self._gated()
                self.generation += 1
                self._board.state(self.name, LinkState.CONNECTING, generation=self.generation)
                opened_ns = self._clock.mono_ns()
                note = await self._attempt()
                self._lost(note)
                if self._clock.mono_ns() - opened_ns >= STABLE_NS:
                    self._backoff.reset()
                await self._gate.sleep(self._backoff.next_s(maintenance=self._session.system == "maintenance"))
        finally:
            self._lost("closed")

    async def _gated(self) -> None:
        wait_s = self._gate.wait_s()
        if wait_s:
            note = f"too many connection attempts: next one in {wait_s:.0f} s"
            self._board.state(self.name, LinkState.DOWN, note)
        await self._gate.enter()

    async def _attempt(self) -> str:
        """Hold one socket for as long as it lasts; return why it ended."""
        loopback = (urlsplit(self._url).hostname or "") in LOOPBACK
        try:
            async with _Connect(
                self._url,
                compression=None,
                max_size=MAX_FRAME_BYTES,
                max_queue=QUEUED_FRAMES,
                ping_interval=None,
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
                proxy=None if loopback else True,
            ) as ws:
                return await self._serve(ws)
        except InvalidURI:
            return f"bad address {clean(self._url)}"
        except ssl.SSLCertVerificationError as error:
            return f"TLS: {clean(error.verify_message)}"
        except (OSError, WebSocketException, TimeoutError) as error:
            return clean(str(error) or type(error).__name__)

    async def _serve(self, ws: ClientConnection) -> str:
        self._ws, self._drop = ws, ""
        self._token_wanted.clear()
        self._session.connected(self._clock.mono_ns())
        self._board.state(self.name, LinkState.UP, generation=self.generation)
        try:
            pace = Coalescer(ws.transport) if self._coalesce else None
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(ws, pace), name=f"{self.name}-read")
                group.create_task(self._tick(ws, pace), name=f"{self.name}-tick")
                if self._token is not None:
                    group.create_task(self._tokens(self._token), name=f"{self.name}-token")
        except* ConnectionClosed as group_error:
            closed = group_error.exceptions[0]
            note = f"closed by the venue: {clean(str(closed))}"
        except* _DropLink as group_error:
            note = str(group_error.exceptions[0])
        except* Exception as group_error:
            # Nothing that a frame or a listener does may end the connection for good.
            log.exception("link %s failed", self.name, exc_info=group_error)
            self._on_event(self.name, Notice("bad", f"{self.name}: internal error, see the log; reconnecting"))
            note = "internal error"
        finally:
            self._ws = None
            if self._drop:
                ws.transport.abort()
        return self._drop or note

    async def _read(self, ws: ClientConnection, pace: Coalescer | None) -> None:
        session, clock, recorder = self._session, self._clock, self._recorder
        breathed = clock.mono_ns()
        while True:
            raw = await ws.recv(decode=False)
            now = clock.mono_ns()
            if now - breathed >= BREATH_NS:
                await asyncio.sleep(0)
                now = breathed = clock.mono_ns()
            if pace is not None:
                pace.frame()
            if recorder is not None:
                recorder.frame(raw)
            message = session.receive(raw, now)
            if message is not None:
                self._on_market(message)
            if session.busy:
                await self._pump(ws)

    async def _tick(self, ws: ClientConnection, pace: Coalescer | None) -> None:
        while True:
            if pace is not None:
                pace.tick()
            self._session.tick(self._clock.mono_ns())
            await self._pump(ws)
            if self._drop:
                raise _DropLink(self._drop)
            self._kick.clear()
            try:
                async with asyncio.timeout(TICK_S):
                    await self._kick.wait()
            except TimeoutError:
                continue

    async def _tokens(self, fetch: Callable[[], Awaitable[str]]) -> None:
        """Fetch tokens apart from the reader, which must never wait for one (`faults.md` N9)."""
        while True:
            await self._token_wanted.wait()
            self._token_wanted.clear()
            try:
                async with asyncio.timeout(TOKEN_TIMEOUT_S):
                    token = await fetch()
            except (QuarterdeckError, TimeoutError) as error:
                note = f"no session token: {clean(str(error) or 'timeout')}"
                self._session.token_failed()
                self._board.state(self.name, LinkState.UP, note)
                self._on_event(self.name, Notice("warn", f"{self.name}: {note}"))
                continue
            if self._recorder is not None:
                self._recorder.hide(token)
            self._board.state(self.name, LinkState.UP)
            self._session.set_token(token, self._clock.mono_ns())
            self._kick.set()

    async def _pump(self, ws: ClientConnection) -> None:
        """Send what is to be sent, deliver what happened, until nothing is left."""
        while self._session.busy:
            frames, events = self._session.drain()
            try:
                for frame in frames:
                    async with asyncio.timeout(SEND_TIMEOUT_S):
                        await ws.send(frame, text=True)
            except TimeoutError:
                raise _DropLink("the venue takes no more data") from None
            finally:
                for event in events:
                    self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case Reply(req_id=req_id) | TimedOut(req_id=req_id) | Cut(req_id=req_id):
                waiter = self._waiters.get(req_id)
                if waiter is not None and not waiter.done():
                    waiter.set_result(event)
                else:
                    self._on_event(self.name, event)
            case NeedToken():
                self._token_wanted.set()
            case NeedReconnect(reason=reason):
                self._give_up(reason)
            case Silence(quiet=quiet, reason=reason):
                self._board.state(self.name, LinkState.STALE if quiet else LinkState.UP, reason)
            case Latency(rtt_ns=rtt_ns, venue_us=venue_us, venue_mid_ns=mid_ns):
                offset = (mid_ns - (self._clock.now_ns() - rtt_ns // 2)) // _NS_PER_US if mid_ns else None
                self._board.latency(self.name, rtt_ns // _NS_PER_US, venue_us, offset)
            case BadFrame(reason=reason):
                if self._board.bad_frame(self.name) <= NOTICED_BAD_FRAMES:
                    self._on_event(self.name, Notice("warn", f"{self.name}: {reason}"))
            case _:
                self._on_event(self.name, event)

    def _give_up(self, reason: str) -> None:
        self._drop = self._drop or reason
        self._kick.set()

    def _lost(self, note: str) -> None:
        self._ws = None
        self._session.lost()
        _, events = self._session.drain()
        for event in events:
            self._take(event)
        self._board.state(self.name, LinkState.DOWN, note)
