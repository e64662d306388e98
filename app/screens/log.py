"""All events, newest last, on a page of their own."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from app.clock import rfc3339
from app.link.frames import Event, Severity
from app.screens.modal import Modal
from widgets.text import clean

_STYLES = {Severity.INFO: "", Severity.GOOD: "$good", Severity.WARN: "$warn", Severity.BAD: "bold $bad"}


def event_line(event: Event) -> Content:
    """Return one event as a line: number, UTC time, kind, text."""
    time = rfc3339(event.ts_ns, 3)[11:23]
    head = f"{event.no:>6}  {time}  {event.kind:<8}  "
    return Content.assemble((head, "dim"), (clean(event.text), _STYLES[event.severity]))


class LogScreen(Modal[None]):
    """The event log.

    Args:
        events: Oldest first.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        super().__init__()
        self._events = events

    def compose(self) -> ComposeResult:
        """Build the page."""
        with Vertical(classes="dialog tall wide") as box:
            box.border_title = "Events"
            box.border_subtitle = "arrows scroll · Esc, q or ` closes"
            with VerticalScroll(id="log-lines"):
                if self._events:
                    yield Static(Content("\n").join([event_line(event) for event in self._events]))
                else:
                    yield Static(Content("nothing has happened yet"))

    def on_mount(self) -> None:
        """Start at the newest event."""
        lines = self.query_one("#log-lines", VerticalScroll)
        lines.focus()
        lines.scroll_end(animate=False)

    def on_key(self, event: events.Key) -> None:
        """Close on Esc, `q` and the key that opened it."""
        lines = self.query_one("#log-lines", VerticalScroll)
        match event.key:
            case "escape" | "q" | "grave_accent":
                self.dismiss()
            case "j":
                lines.scroll_down(animate=False)
            case "k":
                lines.scroll_up(animate=False)
            case _:
                return
        event.stop()
