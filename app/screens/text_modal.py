"""Dialogs that take text: whatever is typed once they were opened belongs to them.

A dialog is built and gets its focus some messages after the key that opened
it; keys that come sooner are kept for its input, in their order.
"""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from app.screens.modal import Modal


class TextModal(Modal[str]):
    """A dialog with one input that owns all keys from the moment it is pushed."""

    def __init__(self) -> None:
        super().__init__()
        self._early: list[events.Key | events.Paste] | None = []

    def typed(self, event: events.Key | events.Paste) -> None:
        """Take a key or a paste; it waits until the input is there."""
        if self._early is None:
            self.query_one(Input)._forward_event(event)
        else:
            self._early.append(event)

    def on_mount(self) -> None:
        """Hand over what was typed meanwhile."""
        entry = self.query_one(Input)
        self.set_focus(entry)
        early, self._early = self._early or [], None
        for event in early:
            entry._forward_event(event)
