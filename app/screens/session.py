"""The screen's conversation with the engine: connect, reconnect, ask, remember.

Nothing here waits for the engine while a key is handled: requests are written
at once and their answers arrive as messages, matched by id.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

import msgspec

from app.clock import NS_PER_S, Clock
from app.errors import UnavailableError
from app.link.frames import Event, Frame, PairRow
from app.link.link import Link
from app.link.messages import (
    LINK_VERSION,
    Answer,
    AskFix,
    AskLimits,
    AskWhy,
    Detach,
    Execute,
    FixAnswer,
    Goodbye,
    Hello,
    Limits,
    ListPairs,
    Origin,
    Outcome,
    Pairs,
    PenChanged,
    Preview,
    PreviewAnswer,
    SetView,
    StopEngine,
    TakePen,
    ToEngine,
    ToggleAlert,
    ToScreen,
    Touch,
    Welcome,
    Why,
)
from app.link.past_frames import AskPast, Past
from app.link.preview_frame import PreviewView
from app.screens.options import ScreenOptions

MAX_RETRY_S = 2.0
STOP = "stop"
"""Name of the request that ends the engine."""

TOUCH_EVERY_NS = NS_PER_S


class SessionView(Protocol):
    """Who shows what arrives."""

    @property
    def closing(self) -> bool:
        """Whether its panes are being taken down: nothing can be shown any more."""
        ...

    def on_welcome(self, welcome: Welcome) -> None:
        """Attached, for the first time or again."""
        ...

    def on_frame(self, frame: Frame) -> None:
        """Paint what changed."""
        ...

    def on_event_line(self, event: Event) -> None:
        """A new entry of the lossless stream."""
        ...

    def on_answer(self, request: Pending, answer: Answer) -> None:
        """What became of a line that was sent."""
        ...

    def on_preview(self, text: str, view: PreviewView) -> None:
        """What that text would do."""
        ...

    def on_pairs(self, pairs: tuple[PairRow, ...]) -> None:
        """All pairs."""
        ...

    def on_page(self, page: Why | Limits | FixAnswer) -> None:
        """The story of an order, the limits, or the FIX sessions."""
        ...

    def on_past(self, past: Past) -> None:
        """A ladder of the past."""
        ...

    def on_pen(self, *, mine: bool, holder: str) -> None:
        """The pen changed hands."""
        ...

    def on_gone(self, reason: str, attempt: int) -> None:
        """The engine is away; called again for every failed attempt."""
        ...


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that was sent and not answered.

    Attributes:
        id: Its number.
        text: The line, or a name for what is no line.
        symbol: Pair it was sent for.
    """

    id: int
    text: str
    symbol: str


class Session:
    """One screen's conversation.

    Args:
        link: Connection to the engine.
        clock: For the pace of `Touch`.
        options: Name of the screen, whether it wants the pen, retry pause.
        view: Shows what arrives.
    """

    def __init__(self, link: Link, clock: Clock, options: ScreenOptions, view: SessionView) -> None:
        self._link = link
        self._clock = clock
        self._options = options
        self._view = view
        self._last_id = 0
        self._pending: dict[int, Pending] = {}
        self._preview_out: tuple[int, str] | None = None
        self._preview_next: tuple[str, str] | None = None
        self._touched = 0
        self._goodbye = ""
        self._numbered = 0  # events of engines before this one, so that shown numbers never repeat
        self.last_event = 0
        self._leaving = False
        self._closed = False
        self.welcome: Welcome | None = None
        self.pen = False
        self.holder = ""

    @property
    def attached(self) -> bool:
        """Whether the engine is there."""
        return self._link.connected

    @property
    def leaving(self) -> bool:
        """Whether the user is on the way out: a lost engine is then not looked for."""
        return self._leaving

    @property
    def previewing(self) -> bool:
        """Whether a preview was asked for and has not come."""
        return self._preview_out is not None

    @property
    def waiting(self) -> tuple[Pending, ...]:
        """Requests without an answer, oldest first."""
        return tuple(self._pending.values())

    async def run(self) -> None:
        """Stay attached until the task is cancelled or the user leaves."""
        attempt = 0
        while not self.leaving:
            try:
                welcome = await self._link.connect(self._hello())
            except UnavailableError as error:
                reason = str(error)
            else:
                if self._has_left():
                    return
                attempt = 0
                if self._another_engine(welcome):
                    await self._link.close()
                    continue
                self._welcomed(welcome)
                async for message in self._link.messages():
                    if self._view.closing:
                        return
                    self._take(message)
                reason = self._goodbye or "the engine is gone"
            if self._view.closing:
                return
            self._lost(reason)
            if self._has_left():
                return
            attempt += 1
            self._view.on_gone(reason, attempt)
            pause = self._options.retry_ms / 1000 * 2 ** min(attempt - 1, 6)
            await asyncio.sleep(min(pause, MAX_RETRY_S))

    def execute(self, text: str, symbol: str, origin: Origin, confirm: str = "") -> bool:
        """Send a line; return whether it left."""
        request = self._next(text, symbol)
        return self._ask(request, Execute(request.id, text, symbol, origin, confirm))

    def preview(self, text: str, symbol: str) -> None:
        """Ask what a line would do; while an answer is due only the newest text is kept."""
        if self._preview_out is not None:
            self._preview_next = (text, symbol)
            return
        self._last_id += 1
        if self._send(Preview(self._last_id, text, symbol)):
            self._preview_out = (self._last_id, text)

    def show(self, view: SetView) -> None:
        """Tell the engine what this screen shows."""
        self._send(view)

    def toggle_alert(self, symbol: str, price: str) -> bool:
        """Set a price alert or take it away; return whether the request left."""
        return self._send(ToggleAlert(symbol, price))

    def list_pairs(self) -> None:
        """Ask for all pairs."""
        self._last_id += 1
        self._send(ListPairs(self._last_id))

    def ask_why(self, number: int) -> int:
        """Ask for the story of an order; return the number of the question, 0 if it did not leave."""
        self._last_id += 1
        return self._last_id if self._send(AskWhy(self._last_id, number)) else 0

    def ask_limits(self, symbol: str) -> int:
        """Ask for the limits of a pair; return the number of the question, 0 if it did not leave."""
        self._last_id += 1
        return self._last_id if self._send(AskLimits(self._last_id, symbol)) else 0

    def ask_fix(self, since: int, needle: str) -> int:
        """Ask for the FIX sessions; return the number of the question, 0 if it did not leave."""
        self._last_id += 1
        return self._last_id if self._send(AskFix(self._last_id, since, needle)) else 0

    def ask_past(self, ask: AskPast) -> int:
        """Ask for a ladder of the past; return the number of the question, 0 if it did not leave."""
        self._last_id += 1
        return self._last_id if self._send(msgspec.structs.replace(ask, id=self._last_id)) else 0

    def take_pen(self) -> bool:
        """Ask for the pen; return whether the request left."""
        request = self._next("take the pen", "")
        return self._ask(request, TakePen(request.id))

    def stop_engine(self, *, cancel: bool) -> bool:
        """Ask the engine to end; return whether the request left."""
        request = self._next(STOP, "")
        self._leaving = True
        return self._ask(request, StopEngine(request.id, cancel))

    def touch(self) -> None:
        """Say that the user is there, once a second at the most."""
        now = self._clock.mono_ns()
        if now - self._touched >= TOUCH_EVERY_NS:
            self._touched = now
            self._send(Touch())

    def detach(self) -> None:
        """Say goodbye; the engine goes on."""
        self._leaving = True
        self._send(Detach())

    async def close(self) -> None:
        """Hang up; nothing is shown any more."""
        self._leaving = self._closed = True
        await self._link.close()

    def _another_engine(self, welcome: Welcome) -> bool:
        """Notice an engine whose events are numbered anew; it has to be greeted without our last number."""
        before = self.welcome
        if before is None or before.pid == welcome.pid or self.last_event == 0:
            return False
        self._numbered += self.last_event
        self.last_event = 0
        return True

    def _has_left(self) -> bool:
        return self._leaving or self._view.closing

    def _hello(self) -> Hello:
        return Hello(LINK_VERSION, self._options.name, self._options.trade, self.last_event)

    def _welcomed(self, welcome: Welcome) -> None:
        self.welcome = welcome
        self.pen, self.holder = welcome.pen, welcome.holder
        self._goodbye = ""
        self._view.on_welcome(welcome)

    def _next(self, text: str, symbol: str) -> Pending:
        self._last_id += 1
        return Pending(self._last_id, text, symbol)

    def _ask(self, request: Pending, message: ToEngine) -> bool:
        sent = self._send(message)
        if sent:
            self._pending[request.id] = request
        return sent

    def _send(self, message: ToEngine) -> bool:
        try:
            self._link.send(message)
        except UnavailableError:
            return False
        return True

    def _take(self, message: ToScreen) -> None:
        view = self._view
        match message:
            case Frame():
                view.on_frame(message)
            case Event():
                self.last_event = max(self.last_event, message.no)
                view.on_event_line(msgspec.structs.replace(message, no=message.no + self._numbered))
            case Answer():
                if (request := self._pending.pop(message.id, None)) is not None:
                    view.on_answer(request, message)
            case PreviewAnswer():
                self._previewed(message)
            case Pairs():
                view.on_pairs(message.pairs)
            case Why() | Limits() | FixAnswer():
                view.on_page(message)
            case Past():
                view.on_past(message)
            case PenChanged():
                self.pen, self.holder = message.mine, message.holder
                view.on_pen(mine=message.mine, holder=message.holder)
            case Goodbye():
                self._goodbye = message.reason
            case _:
                pass  # a welcome out of place or a reply to another's request changes nothing here

    def _previewed(self, message: PreviewAnswer) -> None:
        out, self._preview_out = self._preview_out, None
        if out is not None and out[0] == message.id:
            self._view.on_preview(out[1], message.view)
        if self._preview_next is not None:
            text, symbol = self._preview_next
            self._preview_next = None
            self.preview(text, symbol)

    def _lost(self, reason: str) -> None:
        """Say of every line under way that its outcome is not known; never send it again."""
        self._preview_out = self._preview_next = None
        self.pen, self.holder = False, ""
        lost, self._pending = self._pending, {}
        if self._closed:
            return
        for request in lost.values():
            answer = Answer(
                request.id,
                Outcome.UNKNOWN,
                f"{reason} before it answered",
                "do not send it again: look at the orders once attached",
                "link",
            )
            self._view.on_answer(request, answer)
