"""The bottom lines: what was just said, and the keys that matter now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.content import Content
from textual.widgets import Static

from app.clock import NS_PER_S, Clock
from app.link.frames import Severity
from app.screens.actions import BY_ID, HINTS, key_face, keys_of
from widgets.text import clean, width_of

NOTE_NS = 15 * NS_PER_S
"""A note is taken away after this time."""

_SIGNS = {Severity.INFO: "·", Severity.GOOD: "✓", Severity.WARN: "!", Severity.BAD: "✗"}


class NoteLine(Static):
    """One line: a strip that waits for a key, else the newest note.

    Args:
        clock: For the age of a note.
    """

    ALLOW_SELECT = False
    CLASSES_OF: ClassVar[dict[Severity, str]] = {severity: f"-{severity.value}" for severity in Severity}

    def __init__(self, clock: Clock) -> None:
        super().__init__(id="note", markup=False)
        self._clock = clock
        self._since = 0
        self._text = ""
        self._severity = Severity.INFO
        self._strip = ""

    @property
    def text(self) -> str:
        """What the line says."""
        return self._strip or self._text

    def say(self, text: str, severity: Severity = Severity.INFO) -> None:
        """Show a note."""
        self._since = self._clock.mono_ns()
        self._text, self._severity = clean(text), severity
        self._draw()

    def ask(self, text: str) -> None:
        """Show a strip until `ask("")`."""
        if text != self._strip:
            self._strip = clean(text)
            self._draw()

    def age(self) -> None:
        """Take an old note away."""
        if self._text and self._clock.mono_ns() - self._since > NOTE_NS:
            self._text = ""
            self._draw()

    def _draw(self) -> None:
        self.set_class(bool(self._strip), "-strip")
        for severity, name in self.CLASSES_OF.items():
            self.set_class(not self._strip and bool(self._text) and severity is self._severity, name)
        if self._strip:
            self.update(Content(f" {self._strip} "), layout=False)
        else:
            self.update(Content(f" {_SIGNS[self._severity]} {self._text}" if self._text else ""), layout=False)


class HintBar(Static):
    """One line of keys, generated from the registry; shows as many as fit.

    Args:
        keymap: The user's changes of keys.
    """

    ALLOW_SELECT = False

    def __init__(self, keymap: Mapping[str, str]) -> None:
        super().__init__(id="hints", markup=False)
        self._keymap = keymap

    def on_resize(self) -> None:
        """Fit the keys to the width."""
        self.update(self._content(self.size.width), layout=False)

    def _content(self, width: int) -> Content:
        parts: list[Content] = []
        used = 0
        for action in map(BY_ID.__getitem__, HINTS):
            face = key_face(keys_of(action, self._keymap)[0])
            cells = width_of(face) + width_of(action.label) + 3
            if used + cells > width:
                break
            used += cells
            parts.append(Content.assemble(" ", (face, "bold"), f" {action.label} "))
        return Content("").join(parts)
