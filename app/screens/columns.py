"""The dialog in which the ladder's columns are chosen."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import shorten
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from app.screens.modal import Modal
from widgets.ladder_columns import COLUMNS, Column

CHOICES: tuple[Column, ...] = tuple(column for column in COLUMNS if not column.fixed)
_TEXT = 78


class ColumnsDialog(Modal[None]):
    """Lists the columns; a digit, or arrows and Space, turns one on or off at once.

    Args:
        hidden: Ids of those that are left out.
        seen: Tells which ids the present width has room for.
        change: Called with the ids that are left out from now on.
    """

    SHADES: ClassVar[tuple[str, str]] = ("bold", "dim")

    def __init__(
        self, hidden: frozenset[str], seen: Callable[[], frozenset[str]], change: Callable[[frozenset[str]], None]
    ) -> None:
        super().__init__()
        self._hidden = hidden
        self._seen = seen
        self._change = change
        self._at = 0

    def compose(self) -> ComposeResult:
        """Build the dialog."""
        with Vertical(classes="dialog wide") as box:
            box.border_title = "Columns of the ladder"
            box.border_subtitle = "digit or Space: on, off · Esc, Enter or V closes"
            yield Static(id="columns")

    def on_mount(self) -> None:
        """Show the list."""
        self._paint()

    def _paint(self) -> None:
        seen = self._seen()
        lines = []
        for at, column in enumerate(CHOICES):
            on = column.id not in self._hidden
            room = "" if not on or column.id in seen else "  no room"
            cursor = "▸" if at == self._at else " "
            head = f"{cursor}{at + 1} [{'x' if on else ' '}] {column.head or 'ages':<6}"
            body = f" {shorten(column.text, _TEXT, placeholder='…')}{room}"
            lines.append(Content.assemble((head, self.SHADES[not on]), body))
        for listed in self.query("#columns").results(Static):  # none any more if it was closed meanwhile
            listed.update(Content("\n").join(lines))

    def _toggle(self, at: int) -> None:
        self._at = at
        self._hidden ^= {CHOICES[at].id}
        self._change(self._hidden)
        self.call_after_refresh(self._paint)

    def on_key(self, event: events.Key) -> None:
        """Move, turn on and off, close."""
        match event.key:
            case "escape" | "enter" | "q" | "V":
                self.dismiss()
            case "down" | "j":
                self._at = (self._at + 1) % len(CHOICES)
            case "up" | "k":
                self._at = (self._at - 1) % len(CHOICES)
            case "space":
                self._toggle(self._at)
            case digit if digit.isdigit() and 0 < int(digit) <= len(CHOICES):
                self._toggle(int(digit) - 1)
            case _:
                return
        event.stop()
        self._paint()
