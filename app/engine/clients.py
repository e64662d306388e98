"""The engine's clients: handshake, views, the pen, publishing."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING

import msgspec

from app.clock import NS_PER_S
from app.domain.text import clean
from app.engine import past, why
from app.engine.publisher import SLOW_NS
from app.engine.sessions import Session
from app.link.frames import Event, PairRow, Severity
from app.link.messages import (
    LINK_VERSION,
    MAX_BESIDE,
    Answer,
    AskFix,
    AskLimits,
    AskStatus,
    AskWhy,
    BesideView,
    Detach,
    Execute,
    Hello,
    Limits,
    ListPairs,
    Outcome,
    Pairs,
    PenChanged,
    Preview,
    SetView,
    StatusAnswer,
    StopEngine,
    TakePen,
    ToEngine,
    ToggleAlert,
    Touch,
    Welcome,
)
from app.link.past_frames import AskPast
from app.link.server import Client

if TYPE_CHECKING:
    from app.engine.engine import Engine

log = logging.getLogger(__name__)

Question = Preview | TakePen | ListPairs | AskStatus | AskWhy | AskPast | AskLimits | AskFix | StopEngine

TICK_S = 0.005
GIVE_WAY = 3
"""Turns of the loop between news and its frame: the request that caused the news goes to the venue first."""

STAND_BACK_S = 0.0005
STAND_BACK_TURNS = 40
"""A disk that takes longer than so many times that is not waited for."""

MAX_ROWS = 400
MAX_NAME = 40


class Clients:
    """All attached screens and scripts; implements `app.link.server.Desk`.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions: dict[Client, Session] = {}
        self._wake = asyncio.Event()
        self._resting = False

    # -- Desk --------------------------------------------------------------

    def joined(self, client: Client) -> None:
        """A peer connected; it must say hello first."""
        self._sessions[client] = Session(client)

    def left(self, client: Client) -> None:
        """A peer is gone: its pen becomes free, orders and engine go on."""
        session = self._sessions.pop(client, None)
        state = self._engine.state
        if state.pen.drop(client):
            state.holder_name = ""
            name = session.name if session else "a screen"
            self._engine.events.add("system", Severity.INFO, f"{name} detached; the pen is free, orders stay")
            self._tell_pen()

    def received(self, client: Client, message: ToEngine) -> None:
        """Answer one message."""
        session = self._sessions.get(client)
        if session is None:
            return
        self.stir()
        if not session.greeted and not isinstance(message, Hello):
            client.close("say hello first")
            return
        match message:
            case Hello():
                self._hello(session, message)
            case SetView():
                self._set_view(session, message)
            case Execute():
                self._engine.spawn(self._execute(session, message))
            case Touch():
                if client is self._engine.state.pen.holder:
                    self._engine.state.pen.touch()
            case ToggleAlert(symbol=symbol, price=price):
                self._engine.toggle_alert(symbol, price)
            case Detach():
                self.left(client)
                client.close("detached; the engine goes on")
            case _:
                self._answer(session, message)

    def _answer(self, session: Session, message: Question) -> None:
        """Answer a message that asks for something."""
        client = session.client
        match message:
            case Preview():
                client.send(self._engine.commands.preview(message))
            case TakePen():
                self._take_pen(session, message)
            case ListPairs():
                client.send(Pairs(message.id, self._pairs()))
            case AskStatus():
                client.send(self._status(session, message))
            case AskPast():
                self._engine.spawn(self._past(session, message))
            case AskWhy():
                client.send(why.answer(self._engine.state, message))
            case AskLimits():
                client.send(Limits(message.id, message.symbol, self._engine.commands.gate.limit_rows(message.symbol)))
            case AskFix():
                client.send(self._engine.fix.answer(message))
            case StopEngine():
                self._engine.spawn(self._end(session, message))

    # -- towards the screens -------------------------------------------------

    def deliver(self, event: Event) -> None:
        """Send an event to every greeted client at once."""
        self.stir()
        for session in self._sessions.values():
            if session.greeted:
                session.client.send(event)

    def urgent(self) -> None:
        """Own-order news: the next frame does not wait for its tick."""
        for session in self._sessions.values():
            session.urgent = True
        self._wake.set()

    def stir(self) -> None:
        """News of any kind: a screen that had nothing to show is looked after at its own pace again."""
        if self._resting:
            self._resting = False
            for session in self._sessions.values():
                session.due_ns = min(session.due_ns, session.free_ns)
            self._wake.set()

    def pen_symbol(self) -> str:
        """Return the pair that the screen with the pen shows; empty without one."""
        holder = self._engine.state.pen.holder
        session = self._sessions.get(holder) if holder is not None else None
        return session.view.symbol if session is not None and session.view is not None else ""

    def symbols(self) -> set[str]:
        """Return the pairs that screens show at this moment."""
        views = [session.view for session in self._sessions.values() if session.view is not None]
        return {symbol for view in views for symbol in (view.symbol, *(other.symbol for other in view.beside))}

    async def publish_for_ever(self) -> None:
        """Send each screen its frames at its own pace."""
        clock = self._engine.state.clock
        while True:
            await self._stand_back()
            now = clock.mono_ns()
            due = [session for session in self._sessions.values() if session.view is not None]
            for session in due:
                if session.urgent or now >= session.due_ns:
                    self._publish(session, now)
            wait = min((session.due_ns - now for session in due), default=NS_PER_S) / NS_PER_S
            try:
                async with asyncio.timeout(max(TICK_S, wait)):
                    await self._wake.wait()
                for _ in range(GIVE_WAY):
                    await asyncio.sleep(0)
            except TimeoutError:
                continue
            finally:
                self._wake.clear()

    async def _stand_back(self) -> None:
        """Build no frame while an order waits for the disk: it goes to the venue the moment it is down."""
        journal = self._engine.state.journal
        for _ in range(STAND_BACK_TURNS):
            if not journal.waiting:
                return
            await asyncio.sleep(STAND_BACK_S)
            for _ in range(GIVE_WAY):
                await asyncio.sleep(0)

    def _publish(self, session: Session, now: int) -> None:
        fps = session.view.fps if session.view else 0
        session.due_ns = session.free_ns = now + (NS_PER_S // fps if fps else NS_PER_S)
        if not fps and session.frame_no:
            return  # paused: what changes meanwhile goes out with the next frame
        if session.client.congested():
            session.dropped += 1
            return
        session.urgent = False
        try:
            frame = self._engine.publisher.frame(session)
        except Exception as error:
            # A defect in one view must not stop the others, nor orders.
            log.exception("the view of %s failed", session.name)
            if not session.failed:
                session.failed = True
                text = f"the view of {session.name} failed ({type(error).__name__}); orders are not affected"
                self._engine.events.add("system", Severity.BAD, text)
            return
        session.failed = False
        if frame is not None:
            session.client.send(frame)
        else:  # nothing is new: until something comes in, only the clocks on the screen go on
            session.due_ns = max(session.due_ns, now + SLOW_NS - self._engine.state.clock.now_ns() % SLOW_NS)
            self._resting = True

    # -- one message each ----------------------------------------------------

    def _hello(self, session: Session, message: Hello) -> None:
        state = self._engine.state
        if message.version != LINK_VERSION:
            text = f"this engine speaks link version {LINK_VERSION}, the screen {message.version}"
            session.client.close(f"{text}: end the engine with `quarterdeck stop` and start it anew")
            return
        session.name = clean(message.name, MAX_NAME) or "screen"
        if message.trade and state.pen.holder is None and state.keyed:
            self._give_pen(session)
        missed, events = self._engine.events.since(message.since)
        mine = state.pen.holder is session.client
        session.client.send(
            Welcome(
                LINK_VERSION,
                state.profile.name,
                state.mode,
                state.symbol,
                mine,
                "" if mine else state.holder_name,
                missed,
                state.profile.size_presets,
                state.pen.phrase,
                state.profile.beat_ms,
                os.getpid(),
            )
        )
        session.greeted = True
        for event in events:
            session.client.send(event)

    def _beside(self, message: SetView) -> tuple[BesideView, ...]:
        """Return the windows beside the shown one, of pairs that there are."""
        known = self._engine.state.market.instruments
        return tuple(
            msgspec.structs.replace(window, rows=max(1, min(window.rows, MAX_ROWS)), group=max(1, window.group))
            for window in message.beside[:MAX_BESIDE]
            if window.symbol != message.symbol and (not known or window.symbol in known)
        )

    def _set_view(self, session: Session, message: SetView) -> None:
        state = self._engine.state
        if state.market.instruments and message.symbol not in state.market.instruments:
            self._engine.events.add("system", Severity.WARN, f"there is no pair {clean(message.symbol, MAX_NAME)} here")
            return
        before = session.view.symbol if session.view else message.symbol
        if before != message.symbol and session.client is state.pen.holder and state.pen.disarm():
            self._engine.events.add("risk", Severity.INFO, f"VIEW: keys disarmed, the pair changed to {message.symbol}")
        rows = max(1, min(message.rows, MAX_ROWS))
        session.view = msgspec.structs.replace(
            message,
            rows=rows,
            group=max(1, message.group),
            inside_rows=min(message.inside_rows, MAX_ROWS),
            tape=min(message.tape, MAX_ROWS),
            heat_rows=max(0, min(message.heat_rows, MAX_ROWS)),
            heat_columns=max(1, message.heat_columns),
            depth_rows=max(0, min(message.depth_rows, MAX_ROWS)),
            beside=self._beside(message),
        )
        session.urgent = True
        if state.pen.holder in (None, session.client):
            # What a line without a pair refers to: never changed by a screen that only looks.
            state.symbol = message.symbol
        self._engine.watch.show(message.symbol)
        self._engine.learn_fees(message.symbol)
        self._wake.set()

    async def _past(self, session: Session, message: AskPast) -> None:
        session.client.send(await past.answer(self._engine.state, session.past, message))

    async def _execute(self, session: Session, message: Execute) -> None:
        answer = await self._engine.commands.execute(session, message)
        session.client.send(answer)
        session.urgent = True
        self._wake.set()

    def _take_pen(self, session: Session, message: TakePen) -> None:
        state = self._engine.state
        if not message.take:
            if state.pen.drop(session.client):
                state.holder_name = ""
                self._tell_pen()
            session.client.send(Answer(message.id, Outcome.ACCEPTED, "the pen is free"))
            return
        if not state.keyed:
            hint = "choose a profile with a key"
            answer = Answer(message.id, Outcome.REFUSED, "public data only: there is nothing to trade with", hint)
            session.client.send(answer)
            return
        before = state.holder_name
        self._give_pen(session)
        taken = f" from {before}" if before and before != session.name else ""
        self._engine.events.add(
            "system", Severity.WARN if taken else Severity.INFO, f"{session.name} took the pen{taken}"
        )
        session.client.send(Answer(message.id, Outcome.ACCEPTED, f"you hold the pen{taken}"))

    def _give_pen(self, session: Session) -> None:
        state = self._engine.state
        state.pen.take(session.client)
        state.holder_name = session.name
        self._tell_pen()

    def _tell_pen(self) -> None:
        state = self._engine.state
        for session in self._sessions.values():
            if session.greeted:
                mine = session.client is state.pen.holder
                session.client.send(PenChanged(mine, state.holder_name))
        self.urgent()

    def _pairs(self) -> tuple[PairRow, ...]:
        market = self._engine.state.market
        rows: list[PairRow] = []
        for symbol, instrument in sorted(market.instruments.items()):
            pair = market.pairs.get(symbol)
            last = instrument.price_text(pair.last.price) if pair is not None and pair.last is not None else ""
            rows.append(
                PairRow(
                    symbol,
                    instrument.status.value,
                    instrument.price_dp,
                    format(instrument.tick, "f"),
                    format(instrument.qty_min, "f"),
                    last,
                )
            )
        return tuple(rows)

    def _status(self, session: Session, message: AskStatus) -> StatusAnswer:
        state = self._engine.state
        status = self._engine.publisher.status(session, state.clock.now_ns())
        screens = sum(1 for other in self._sessions.values() if other.view is not None)
        return StatusAnswer(message.id, status, os.getpid(), len(state.orders.working()), screens)

    async def _end(self, session: Session, message: StopEngine) -> None:
        session.client.send(await self._engine.end(message))

    def goodbye(self, reason: str) -> None:
        """Tell all clients that the engine ends."""
        for session in list(self._sessions.values()):
            session.client.close(reason)
