"""All helpers of an engine: starting, naming, controlling, showing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from app.domain.order import Side
from app.domain.statements import HelperAction, HelperControl
from app.engine.helpers.base import Helper
from app.link.frames import HelperRow, Severity

log = logging.getLogger(__name__)

KEPT_ENDED = 20


class Helpers:
    """The running helpers and the latest that ended.

    Args:
        spawn: Runs a task that the engine owns.
        say: Adds an event.
    """

    def __init__(
        self, spawn: Callable[[Coroutine[Any, Any, None]], None], say: Callable[[str, Severity, str], object]
    ) -> None:
        self._spawn = spawn
        self._say = say
        self._helpers: dict[str, Helper] = {}
        self._last = 0
        self._closed = ""
        self.version = 0

    def next_name(self) -> str:
        """Return the name of the next helper."""
        self._last += 1
        return f"H{self._last}"

    def start(self, helper: Helper) -> None:
        """Let a helper work."""
        self._helpers[helper.name] = helper
        if self._closed:
            helper.stop(self._closed, leave=True)
        self._say("helper", Severity.INFO, f"{helper.name} {helper.kind} started: {helper.text}")
        self._spawn(self._run(helper))
        self.changed()

    def changed(self) -> None:
        """A row changed."""
        self.version += 1

    def poke(self) -> None:
        """An order or a book changed that a helper may wait for."""
        for helper in self._helpers.values():
            if not helper.state.ended:
                helper.poke()

    def control(self, statement: HelperControl) -> str:
        """Pause, resume or stop; returns what was done, empty if no such helper runs."""
        chosen = [
            helper
            for helper in self._helpers.values()
            if not helper.state.ended and statement.name.upper() in ("", helper.name)
        ]
        for helper in chosen:
            match statement.action:
                case HelperAction.PAUSE:
                    helper.pause()
                case HelperAction.RESUME:
                    helper.resume()
                case HelperAction.STOP:
                    helper.stop("stopped by hand")
        names = ", ".join(helper.name for helper in chosen)
        return f"{statement.action.value}: {names}" if chosen else ""

    def stop_all(self, why: str, symbol: str = "", side: Side | None = None) -> None:
        """Stop every helper, or those of one pair and maybe one side, whose orders the caller cancels."""
        for helper in self._helpers.values():
            if symbol in ("", helper.symbol) and side in (None, helper.side):
                helper.stop(why, leave=True)

    def close(self, why: str) -> None:
        """The engine ends: all helpers do, and their orders stay as they are."""
        self._closed = why
        for helper in self._helpers.values():
            helper.stop(why, leave=True)

    def running(self) -> int:
        """Return how many helpers have not ended."""
        return sum(1 for helper in self._helpers.values() if not helper.state.ended)

    def rows(self) -> tuple[HelperRow, ...]:
        """Return all rows, running first, then the newest."""
        helpers = list(self._helpers.values())[::-1]
        helpers.sort(key=lambda helper: helper.state.ended)
        return tuple(helper.row() for helper in helpers)

    async def _run(self, helper: Helper) -> None:
        try:
            await helper.run()
        finally:
            severity = Severity.GOOD if helper.state.value == "done" else Severity.WARN
            note = f": {helper.note}" if helper.note else ""
            self._say("helper", severity, f"{helper.name} {helper.kind} {helper.state.value}{note}")
            self._forget()
            self.changed()

    def _forget(self) -> None:
        ended = [name for name, helper in self._helpers.items() if helper.state.ended]
        for name in ended[: max(0, len(ended) - KEPT_ENDED)]:
            del self._helpers[name]
