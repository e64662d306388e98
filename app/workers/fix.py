"""One FIX connection: the socket around a `Session`.

Connects within the shared budget, reads, ticks, writes at once, reconnects
with backoff; a refused logon waits a minute, as repeated ones may lock the key
(`fix.md` §1.4).
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable

from app.clock import Clock
from app.domain.rollover import planned
from app.domain.text import clean
from app.errors import QuarterdeckError
from app.protocol.fix.events import (
    Echo,
    End,
    Ended,
    Event,
    GapFound,
    GapRepaired,
    GarbledBytes,
    LoggedOn,
    Notice,
    NotResent,
    Received,
    State,
)
from app.protocol.fix.message import FORMAT_BAD, FieldError, Message
from app.protocol.fix.session import Session
from app.protocol.wiretime import NS_PER_S, NS_PER_US
from app.workers.face import FixSessionInfo
from app.workers.health import FIX_LINK, LinkState
from app.workers.supervisor import STABLE_NS, Backoff, ConnectGate, HealthBoard

log = logging.getLogger(__name__)

TICK_S = 0.1
OPEN_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 2.5
READ_BYTES = 65_536
STALLED_BYTES = 1 << 20
REFUSED_S = 60.0
SILENT_S = 5.0
"""First wait after a logon that was answered by closing; doubled up to a minute."""

PROBE_NS = 15 * NS_PER_S
"""How often a session's round trip is measured, with a test request."""

QUIET_NS = 5 * NS_PER_S
"""Silence after which market data is asked for a sign of life: a book that stands still may be one that is cut off."""

STALE_NS = 3 * NS_PER_S
"""Silence after a test request that makes a link stale."""

PATIENCE_S = 0.5
NOTICED_GARBLED = 3


class _Drop(Exception):
    """This socket is to be given up."""

    def __init__(self, kind: End, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class FixConnection:
    """A supervised session.

    Args:
        name: `trading`, `md`, `l3`, `deriv trading`, …
        host: Name or address, resolved at each attempt.
        port: Port.
        tls: How to encrypt; None for not at all.
        session: Its state machine.
        clock: Time.
        gate: Shared budget of attempts.
        board: Shared health.
        backoff: Waits between attempts.
        anew: Whether the next logon begins the numbers anew.
        on_message: Gets messages of the venue's application; may raise FieldError.
        on_echo: Gets the names of answered test requests.
        on_up: Called after each logon with its number.
        on_cut: Called when nothing of this logon will be answered any more.
        on_skipped: Gets the first and last number of messages that the venue missed and never gets again.
        on_tick: Called some times a second while connected, with monotonic time.
        on_notice: Gets what is worth a line.
        on_change: Called when something that is shown has changed.
        cod: What a lost link does to orders; None for a session without orders.
        lenient: A practice venue on this machine, which forgets its numbers when it ends:
            then begin anew instead of waiting for a person.
    """

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        session: Session,
        *,
        clock: Clock,
        gate: ConnectGate,
        board: HealthBoard,
        backoff: Backoff,
        anew: Callable[[], bool],
        on_message: Callable[[Message], None],
        on_echo: Callable[[str], None],
        on_up: Callable[[int], None],
        on_cut: Callable[[str], None],
        on_skipped: Callable[[int, int], None],
        on_tick: Callable[[int], None],
        on_notice: Callable[[str, str], None],
        on_change: Callable[[], None],
        cod: bool | None = None,
        lenient: bool = False,
    ) -> None:
        self.name = name
        self.session = session
        self._host, self._port, self._tls = host, port, tls
        self._clock = clock
        self._gate = gate
        self._board = board
        self._backoff = backoff
        self._anew = anew
        self._on_message = on_message
        self._on_echo = on_echo
        self._on_up = on_up
        self._on_cut = on_cut
        self._on_skipped = on_skipped
        self._on_tick = on_tick
        self._on_notice = on_notice
        self._on_change = on_change
        self._cod = cod
        self._lenient = lenient
        self._writer: asyncio.StreamWriter | None = None
        self._closed = asyncio.Event()
        self._closed.set()
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._reset_next = self._hurry = False
        self._logons = 0
        self._since_ns = 0
        self._refusals = 0
        self._gap = ""
        self._error = ""
        self._probe = ""
        self._probed_ns = 0
        self._ended: Ended | None = None

    @property
    def link(self) -> str:
        """Its name on the health board."""
        return f"{FIX_LINK}{self.name}"

    # -- what the owner asks for

    def ready(self) -> bool:
        """Whether an order could be written to the socket right now."""
        return self._writer is not None and self.session.ready

    def send(self, kind: str, body: str) -> int | None:
        """Write a message now and return its number; None if the session is not ready."""
        if not self.ready():
            return None
        seq = self.session.send(kind, body)
        self._flush()
        return seq

    def logout(self) -> None:
        """End the session in good order and stay away."""
        self._wanted.clear()
        self.session.logout()
        self._flush()

    def logon(self, *, reset: bool) -> None:
        """Come back, or try again after a refusal."""
        self._reset_next = self._reset_next or reset
        self._refusals = 0
        self._hurry = True
        self._wanted.set()

    async def leave(self) -> None:
        """Log out for good; returns when the socket is closed, within a short time."""
        self.logout()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._closed.wait()
        except TimeoutError:
            return

    def info(self) -> FixSessionInfo:
        """Return how it stands."""
        session, up = self.session, self._writer is not None
        heard_ms = (self._clock.mono_ns() - session.live.heard_ns) // 1_000_000
        return FixSessionInfo(
            self.name,
            session.state.value,
            session.store.next_in,
            session.store.next_out,
            self._gap,
            self._cod,
            heard_ms if up and session.live.heard_ns else -1,
            session.live.asked,
            self._since_ns,
            self._error,
            self._board.links[self.link].rtt_us if session.state is State.UP else 0,
        )

    # -- life

    async def run(self) -> None:
        """Connect again and again until cancelled."""
        try:
            while True:
                await self._wanted.wait()
                await self._gate.enter()
                self._board.state(self.link, LinkState.CONNECTING)
                opened_ns = self._clock.mono_ns()
                kind, note = await self._attempt()
                if self._clock.mono_ns() - opened_ns >= STABLE_NS:
                    self._backoff.reset()
                self._lost(note)
                await self._pause(kind)
        finally:
            self._lost("closed")

    async def _attempt(self) -> tuple[End, str]:
        """Hold one connection for as long as it lasts; return why it ended."""
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                reader, writer = await asyncio.open_connection(
                    self._host, self._port, ssl=self._tls, server_hostname=self._host if self._tls else None
                )
        except ssl.SSLCertVerificationError as error:
            return End.LOST, f"TLS: {clean(error.verify_message)}"
        except (OSError, TimeoutError) as error:
            return End.LOST, clean(str(error) or type(error).__name__)
        try:
            return await self._serve(reader, writer)
        finally:
            self._writer = None
            self._closed.set()
            writer.close()
            try:
                async with asyncio.timeout(1.0):
                    await writer.wait_closed()
            except (OSError, TimeoutError):
                writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[End, str]:
        self._writer, self._ended = writer, None
        self._closed.clear()
        anew = self._reset_next or self._anew()
        self._reset_next = False
        self._probe, self._probed_ns = "", self._clock.mono_ns()
        try:
            self.session.connected(reset=anew)
        except QuarterdeckError as error:
            return End.REFUSED, str(error)
        self._flush()
        why = End.FAULT, "internal error"
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(reader), name=f"{self.link}-read")
                group.create_task(self._tick(), name=f"{self.link}-tick")
        except* _Drop as dropped:
            first = dropped.exceptions[0]
            if isinstance(first, _Drop):
                why = first.kind, str(first)
        except* OSError as failed:
            why = End.LOST, clean(str(failed.exceptions[0]) or "cut")
        except* Exception as failed:
            # Nothing that a message or a listener does may end the session for good.
            log.exception("link %s failed", self.link, exc_info=failed)
            self._on_notice("bad", f"{self.link}: internal error, see the log; reconnecting")
        return why

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            data = await reader.read(READ_BYTES)
            if not data:
                silent = self.session.state is State.LOGGING_ON
                text = "closed instead of answering the logon" if silent else "closed by the venue"
                leaving = self.session.state is State.LOGGING_OUT
                raise _Drop(End.REFUSED if silent else End.LOGGED_OUT if leaving else End.LOST, text)
            self.session.receive(data)
            if self._board.links[self.link].state is LinkState.STALE:
                self._board.state(self.link, LinkState.UP)
            self._pump()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.session.tick()
            self._measure()
            self._on_tick(self._clock.mono_ns())
            self._pump()

    def _measure(self) -> None:
        """Send a test request now and then: its answer takes the session's round trip, and its absence is told."""
        now_ns = self._clock.mono_ns()
        if not self.session.ready:
            return
        silent_ns = now_ns - max(self._probed_ns, self.session.live.heard_ns)
        if self._probe and silent_ns >= STALE_NS:
            self._board.state(self.link, LinkState.STALE, "no answer to a test request")
        data = self._cod is None
        if now_ns - self._probed_ns >= PROBE_NS or (data and not self._probe and silent_ns >= QUIET_NS):
            self._probe, self._probed_ns = self.session.test(), now_ns

    def _round_trip(self) -> None:
        self._probe = ""
        rtt_us = (self._clock.mono_ns() - self._probed_ns) // NS_PER_US
        self._board.latency(self.link, rtt_us, 0)

    def _flush(self) -> None:
        """Write what is to go out."""
        outbox = self.session.outbox
        if not outbox or self._writer is None:
            return
        self._writer.write(outbox[0] if len(outbox) == 1 else b"".join(outbox))
        outbox.clear()

    def _pump(self) -> None:
        """Write and tell what one step led to."""
        self._flush()
        events, self.session.events = self.session.events, []
        for event in events:
            self._event(event)
        self._flush()
        if self._ended is not None:
            raise _Drop(self._ended.kind, self._ended.text)
        writer = self._writer
        if writer is not None and writer.transport.get_write_buffer_size() > STALLED_BYTES:
            raise _Drop(End.LOST, "the venue does not read")

    def _event(self, event: Event) -> None:
        match event:
            case Received(message=message):
                self._received(message)
            case Echo(name=name) if name == self._probe:
                self._round_trip()
            case Echo(name=name):
                self._on_echo(name)
            case LoggedOn(reset=reset):
                self._up(reset=reset)
            case GapFound(begin=begin, end=end):
                self._gap = f"{_span(begin, end)} missing, asked for"
                self._on_change()
            case GapRepaired(begin=begin, end=end):
                self._gap = f"{_span(begin, end)} repaired"
                self._on_change()
            case NotResent(begin=begin, end=end):
                self._on_notice("warn", f"{self.link}: the venue asked again for {_span(begin, end)}: not sent twice")
                self._on_skipped(begin, end)
            case GarbledBytes(reason=reason):
                count = self._board.bad_frame(self.link)
                if count <= NOTICED_GARBLED:
                    self._on_notice("warn", f"{self.link}: garbled message passed over: {reason}")
            case Notice(severity=severity, text=text):
                self._on_notice(severity, f"{self.link}: {text}")
            case Ended():
                self._ended = event

    def _received(self, message: Message) -> None:
        try:
            self._on_message(message)
        except FieldError as fault:
            self.session.reject(message, fault)
        except ValueError as error:
            self.session.reject(message, FieldError("", FORMAT_BAD, clean(str(error))))

    def _up(self, *, reset: bool) -> None:
        self._logons += 1
        self._refusals = 0
        self._since_ns = self._clock.now_ns()
        self._error = ""
        self._board.state(self.link, LinkState.UP, generation=self._logons)
        # The first figure is the logon's own.
        self._round_trip()
        self._on_up(self._logons)
        if reset:
            self._gap = ""
        self._on_change()

    def _lost(self, note: str) -> None:
        self.session.disconnected()
        self._on_cut("the FIX session ended")
        self._since_ns = 0
        self._error = note
        self._board.state(self.link, LinkState.DOWN, note)
        self._on_change()

    async def _pause(self, kind: End) -> None:
        """Wait before the next attempt; a call of `logon` ends the wait."""
        if not self._wanted.is_set():
            return
        if kind is End.TOO_LOW and self._lenient:
            self._on_notice("warn", f"{self.link}: {self._error}: the practice venue counts anew, and so do we")
            self._reset_next = True
        elif kind is End.TOO_LOW:
            self._on_notice("bad", f"{self.link}: {self._error}: log on with a reset when the orders are checked")
            self._wanted.clear()
            return
        wait_s = self._backoff.next_s(maintenance=planned(self._clock.now_ns()))
        if kind is End.REFUSED and not planned(self._clock.now_ns()):
            silent = self._error.startswith("closed")
            wait_s = max(wait_s, min(REFUSED_S, SILENT_S * 2**self._refusals) if silent else REFUSED_S)
            self._refusals += 1
            self._on_notice("bad", f"{self.link}: logon refused: {self._error}; next attempt in {wait_s:.0f} s")
        self._hurry = False
        while wait_s > 0 and not self._hurry:
            await self._gate.sleep(min(wait_s, PATIENCE_S))
            wait_s -= PATIENCE_S


def _span(begin: int, end: int) -> str:
    return f"{begin}" if begin == end else f"{begin} to {end}"
