"""The smallest Textual application: what starting Textual itself costs."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class Minimal(App[None]):
    """One line of text."""

    def compose(self) -> ComposeResult:
        """Compose it."""
        yield Static("minimal is on the screen")


if __name__ == "__main__":
    Minimal().run()
