"""What all dialogs and pages over the panes have in common: they close once."""

from __future__ import annotations

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType


class Modal(ModalScreen[ScreenResultType]):
    """A dialog or page.

    Keys typed at once wait in its queue together. What comes after the one
    that closes it is meant for nobody: a second Esc would close what is no
    longer there, and end the application.
    """

    async def on_event(self, event: events.Event) -> None:
        """Take no key after it was closed."""
        if isinstance(event, events.Key) and not self.is_current:
            event.stop()
            return
        await super().on_event(event)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close with a result; nothing happens if it is closed already."""
        return super().dismiss(result) if self.is_current else AwaitComplete()
