"""The page of the FIX sessions: asked for anew every second while it is open."""

from __future__ import annotations

from collections.abc import Callable

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from app.link.messages import FixAnswer
from app.screens.modal import Modal
from widgets.fix import FixPane, raw_text
from widgets.numbers import span

EVERY_S = 1.0
_PAGE = 10
_MOVES = {"up": 1, "k": 1, "down": -1, "j": -1, "pageup": _PAGE, "pagedown": -_PAGE}


class FixPage(Modal[None]):
    """Sessions, latencies and messages; Esc, `q` or its own key close it.

    Args:
        ask: Asks for messages after a number, with a text in them; returns the
            number of the question, 0 if it did not leave.
        key: Textual name of the key that opened it and closes it too.
    """

    def __init__(self, ask: Callable[[int, str], int], key: str) -> None:
        super().__init__()
        self._ask = ask
        self._key = key
        self._request = 0
        self._first = 0  # of those that asked with the present filter

    def compose(self) -> ComposeResult:
        """Build the page."""
        with Vertical(classes="dialog tall wide") as box:
            box.border_title = "FIX sessions"
            box.border_subtitle = "arrows choose · Enter fields · / filter · y copies · Esc closes"
            yield FixPane(id="fix")
            entry = Input(id="fix-filter", placeholder="part of a name or a value, or tag=value", select_on_focus=False)
            entry.display = False
            yield entry

    def on_mount(self) -> None:
        """Ask at once, then every second."""
        self.query_one(FixPane).focus()
        self._again()
        self.set_interval(EVERY_S, self._again)

    def _again(self) -> None:
        pane = self.query_one(FixPane)
        self._request = self._ask(pane.last, pane.needle)
        self._first = self._first or self._request

    def fill(self, answer: FixAnswer) -> None:
        """Show what the engine answered to a question with the present filter."""
        if not self._first <= answer.id <= self._request:
            return
        for pane in self.query(FixPane):
            pane.apply(answer.sessions, answer.latencies, answer.log, _head(answer))

    @on(Input.Submitted, "#fix-filter")
    def _filtered(self, event: Input.Submitted) -> None:
        event.stop()
        self._filter(event.value.strip())

    def _filter(self, needle: str) -> None:
        pane = self.query_one(FixPane)
        self.query_one("#fix-filter").display = False
        pane.restart(needle)
        self._first = 0
        pane.focus()
        self._again()

    def on_key(self, event: events.Key) -> None:
        """Choose a message, show its fields, filter, copy, close."""
        pane = self.query_one(FixPane)
        entry = self.query_one("#fix-filter", Input)
        if entry.display:
            if event.key == "escape":
                entry.value = ""
                self._filter("")
                event.stop()
            return
        match event.key:
            case key if key in _MOVES:
                pane.move(_MOVES[key])
            case "enter":
                pane.toggle()
            case "slash":
                entry.display = True
                entry.focus()
            case "y":
                if pane.chosen is not None:
                    self.app.copy_to_clipboard(raw_text(pane.chosen))
            case key if key in {"escape", "q", self._key}:
                self.dismiss()
            case _:
                return
        event.stop()


def _head(answer: FixAnswer) -> str:
    """Say when the sessions roll over and what would be at stake."""
    if answer.rollover_ms < 0:
        return "no FIX trading session in this profile"
    stake = f" · at stake: {', '.join(answer.at_stake)}" if answer.at_stake else " · no orders at stake"
    return f"{answer.window or f'rollover at 22:00 UTC in {span(answer.rollover_ms)}'}{stake}"
