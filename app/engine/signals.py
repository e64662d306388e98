"""Signals from outside: lines of a watched file or named pipe, through the same grammar and the same gate.

Every line is answered: in the events and, as one line of JSON, in a file
beside it. Arming: lines that trade are taken only while the screen with the
pen is armed, unless the profile says `signals.unattended`; with real money a
screen must have been armed once in any case. Cancels and `kill` need neither.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from app.clock import NS_PER_S, Clock
from app.domain.statements import Alias, Arm, Override, Release
from app.domain.text import clean
from app.engine.pen import Pen
from app.engine.sessions import Session
from app.engine.tail import Found, Tail
from app.link.frames import Severity
from app.link.messages import Answer, Execute, OrderBrief, Origin, Outcome, ToScreen
from app.settings import Signals as Setting

log = logging.getLogger(__name__)

PERSONAL = (Alias, Arm, Override, Release)
"""Statements that loosen a guard or change what words mean: for people, not for programs."""

POLL_S = 0.05
WAITING = 100
"""Lines that may wait for their turn; those beyond are refused."""

_SHOWN = 200
_SEVERITY = {Outcome.ACCEPTED: Severity.INFO, Outcome.REFUSED: Severity.WARN, Outcome.UNKNOWN: Severity.BAD}


class Answered(Struct, frozen=True):
    """One line of the answers file.

    Attributes:
        line: Number of the line since the engine's start; 0 for what concerns none.
        at: Wall time, ISO 8601.
        text: The line.
        outcome: As of `quarterdeck do`: `accepted`, `refused`, `unknown`.
        answer: What became of it.
        hint: What to do.
        layer: Who refused it.
        orders: The orders it made or concerned.
    """

    line: int
    at: str
    text: str
    outcome: str
    answer: str
    hint: str = ""
    layer: str = ""
    orders: tuple[OrderBrief, ...] = ()


class Signals:
    """Executes lines of a file or pipe, one after the other; a `kill` passes those that wait.

    Args:
        setting: Which file, and what it may do.
        clock: Time.
        pen: Whether a screen is armed.
        execute: Executes a line of a client.
        say: Adds an event: kind, severity, text.
    """

    def __init__(
        self,
        setting: Setting,
        clock: Clock,
        pen: Pen,
        execute: Callable[[Session, Execute], Awaitable[Answer]],
        say: Callable[[str, Severity, str], object],
    ) -> None:
        self._setting = setting
        self._clock = clock
        self._pen = pen
        self._execute = execute
        self._say = say
        self._path = Path(setting.path).expanduser()
        self._answers = Path(f"{self._path}.answers")
        self._tail = Tail(self._path)
        self._session = Session(self, "signals", greeted=True)
        self._lines: asyncio.Queue[tuple[int, str]] = asyncio.Queue(WAITING)
        self._count = 0
        self._trouble = ""
        self._failed = ""

    # -- app.link.server.Client: what is sent to all screens is nothing to a file

    def send(self, message: ToScreen) -> None:
        """Take no message."""

    def congested(self) -> bool:
        """Never wait for it."""
        return False

    def close(self, reason: str) -> None:
        """Nothing is held open for a peer."""

    def refusal(self) -> tuple[str, str]:
        """Return why a line that trades is not taken now, and what to do; two empty texts if it is."""
        if not self._pen.confirmed:
            return "trading with real money was not confirmed yet", "arm a screen once, then signals may trade"
        if not self._setting.unattended and not self._pen.armed:
            return "signals trade only while a screen is armed", "press A, or set signals.unattended for this profile"
        return "", ""

    # -- life

    async def run(self) -> None:
        """Watch until cancelled; returns at once if the profile names no file."""
        if not self._setting.path:
            return
        when = "at any time" if self._setting.unattended else "while a screen is armed"
        self._say("signal", Severity.WARN, f"signals: lines of {clean(str(self._path))} trade {when}")
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._work())
                while True:
                    for found in await asyncio.to_thread(self._tail.poll):
                        await self._take(found, group)
                    self._tell_trouble()
                    await asyncio.sleep(POLL_S)
        finally:
            self._tail.close()

    async def _take(self, found: Found, group: asyncio.TaskGroup) -> None:
        text = found.text.strip()
        if found.fault:
            await self._answer(self._next() if text else 0, text, _refused(found.fault, "nothing of it was executed"))
        elif text and not text.startswith("#"):
            number = self._next()
            if text.lower() == "kill":
                group.create_task(self._do(number, text))
            elif self._lines.full():
                await self._answer(number, text, _refused(f"{WAITING} lines wait already", "send them more slowly"))
            else:
                self._lines.put_nowait((number, text))

    def _next(self) -> int:
        self._count += 1
        return self._count

    async def _work(self) -> None:
        while True:
            await self._do(*await self._lines.get())

    async def _do(self, number: int, text: str) -> None:
        try:
            answer = await self._execute(self._session, Execute(number, text, "", Origin.SIGNAL))
        except Exception as error:
            log.exception("signal %d failed", number)
            hint = "look at the orders: it may have been sent"
            answer = Answer(number, Outcome.UNKNOWN, f"internal error: {type(error).__name__}", hint, "signals")
        await self._answer(number, text, answer)

    async def _answer(self, number: int, text: str, answer: Answer) -> None:
        """Say what became of a line, here and in the answers file."""
        shown = clean(text, _SHOWN)
        hint = f" → {answer.hint}" if answer.hint and answer.outcome is not Outcome.ACCEPTED else ""
        said = f"signal {number}: {shown}: {answer.text}{hint}" if number else f"signals: {answer.text}"
        self._say("signal", _SEVERITY[answer.outcome], said)
        at = datetime.fromtimestamp(self._clock.now_ns() / NS_PER_S, UTC).isoformat(timespec="milliseconds")
        line = Answered(number, at, shown, answer.outcome.value, answer.text, answer.hint, answer.layer, answer.orders)
        try:
            await asyncio.to_thread(_append, self._answers, msgspec.json.encode(line) + b"\n")
            self._failed = ""
        except OSError as error:
            if error.strerror != self._failed:
                self._failed = error.strerror or "failed"
                text = f"signals: {self._answers.name} cannot be written ({self._failed}); the events have the answers"
                self._say("signal", Severity.BAD, text)

    def _tell_trouble(self) -> None:
        trouble = self._tail.trouble
        if trouble != self._trouble:
            text = f"{trouble}: no line is read" if trouble else "is read again"
            self._say("signal", Severity.BAD if trouble else Severity.INFO, f"signals: {self._path.name} {text}")
            self._trouble = trouble


def _refused(text: str, hint: str) -> Answer:
    return Answer(0, Outcome.REFUSED, text, hint, "signals")


def _append(path: Path, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)
