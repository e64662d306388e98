"""The `:` line's memory and manners: history, completion, the beat before Enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from app.clock import NS_PER_MS, Clock
from app.domain.grammar_complete import complete
from app.screens.actions import BY_COMMAND
from app.screens.guards import RepeatGuard
from widgets.commandline import CommandLine

HISTORY = 200
LINE_BEAT_MS = 30
"""Least time between the last change and Enter: less than any finger needs, more than a paste without brackets."""

WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/#-")


class History:
    """Lines that were entered, walked with up and down."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._at = 0
        self._draft = ""

    def add(self, text: str) -> None:
        """Keep a line unless it repeats the last one."""
        if text and (not self._lines or self._lines[-1] != text):
            self._lines.append(text)
            del self._lines[:-HISTORY]
        self._at = len(self._lines)

    def walk(self, step: int, now: str) -> str:
        """Return the line `step` away; what was being typed is at the end."""
        if self._at == len(self._lines):
            self._draft = now
        self._at = max(0, min(len(self._lines), self._at + step))
        return self._draft if self._at == len(self._lines) else self._lines[self._at]


class Completion:
    """Candidates for the last word; asked again for the next one."""

    def __init__(self) -> None:
        self._stem = ""
        self._candidates: list[str] = []
        self._at = -1

    def next(self, text: str, symbols: Sequence[str], rows: int, step: int = 1) -> str:
        """Return the line with its last word completed, or unchanged if nothing fits.

        Args:
            text: The line; if it is the last result the next candidate follows.
            symbols: Pairs, most wanted first.
            rows: Highest order number.
            step: 1 for the next candidate, -1 for the one before.
        """
        if not self._candidates or text != self._line():
            self._begin(text, symbols, rows)
        if not self._candidates:
            return text
        self._at = (max(self._at, 0) if step < 0 else self._at) + step
        self._at %= len(self._candidates)
        return self._line()

    def _begin(self, text: str, symbols: Sequence[str], rows: int) -> None:
        cut = len(text)
        while cut and text[cut - 1] in WORD:
            cut -= 1
        self._stem, self._at = text[:cut], -1
        self._candidates = complete(text, len(text), symbols, rows)
        if not self._stem.strip():
            self._candidates += [
                word for word in BY_COMMAND if word.startswith(text[cut:].lower()) and word not in self._candidates
            ]

    def _line(self) -> str:
        return f"{self._stem}{self._candidates[self._at]} " if self._candidates else ""


class CommandBar(CommandLine):
    """The command line with history on up and down and completion on Tab.

    Args:
        clock: For the beat between the last change and Enter.

    Attributes:
        symbols: Pairs for completion, most wanted first.
        rows: Highest order number, for completion.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "older", "older line", show=False),
        Binding("down", "newer", "newer line", show=False),
        Binding("tab", "complete", "complete", show=False),
        Binding("shift+tab", "complete_back", "complete, the candidate before", show=False),
        Binding("escape", "leave", "leave", show=False),
    ]

    class Held(Message):
        """Enter did not count."""

    class Left(Message):
        """The line was left without entering anything."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(id="command-line")
        self._clock = clock
        self._changed = 0
        self._enter = RepeatGuard(clock)
        self._history = History()
        self._completion = Completion()
        self.symbols: Sequence[str] = ()
        self.rows = 0

    def touch(self) -> None:
        """Note that the text changed: the beat starts anew."""
        self._changed = self._clock.mono_ns()
        self.apply(None)

    def accept(self, text: str) -> bool:
        """Decide whether Enter counts: not if held, nor a moment after a change.

        An accepted line goes into the history and the bar closes.
        """
        fresh = self._enter.fresh()
        settled = self._clock.mono_ns() - self._changed >= LINE_BEAT_MS * NS_PER_MS
        if not fresh or (text and not settled):
            self.post_message(self.Held())
            return False
        self._history.add(text)
        self.close()
        return True

    def action_older(self) -> None:
        """Show the line before."""
        self.set_text(self._history.walk(-1, self.value))

    def action_newer(self) -> None:
        """Show the line after."""
        self.set_text(self._history.walk(1, self.value))

    def action_complete(self) -> None:
        """Complete the last word; again for the next candidate."""
        self.set_text(self._completion.next(self.value, self.symbols, self.rows))

    def action_complete_back(self) -> None:
        """Complete the last word with the candidate before."""
        self.set_text(self._completion.next(self.value, self.symbols, self.rows, step=-1))

    def action_leave(self) -> None:
        """Leave the line."""
        self.close()
        self.post_message(self.Left())
