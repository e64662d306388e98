"""Small dialogs: the phrase for real money, and what to do with working orders on quitting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from app.screens.modal import Modal
from app.screens.text_modal import TextModal
from widgets.text import clean

FATES = 7
"""Lines of the list of fates on leaving: as many as a small terminal has room for."""


class PhraseDialog(TextModal):
    """Asks for the phrase that the first arming with real money needs.

    Dismisses with what was typed, or with an empty text on Esc. A wrong phrase
    is for the engine to refuse: it knows the right one.

    Args:
        phrase: What has to be typed.
        profile: Profile that will be armed.
    """

    def __init__(self, phrase: str, profile: str) -> None:
        super().__init__()
        self._phrase = phrase
        self._profile = profile

    def compose(self) -> ComposeResult:
        """Build the dialog."""
        with Vertical(classes="dialog danger") as box:
            box.border_title = "REAL MONEY"
            yield Static(
                Content.assemble(
                    f"Profile {self._profile} trades with real money.\n",
                    "To arm the money keys type ",
                    (self._phrase, "bold"),
                    " and press Enter. Esc leaves them disarmed.",
                )
            )
            yield Input(id="phrase", placeholder=self._phrase, select_on_focus=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand the typed text back."""
        event.stop()
        self.dismiss(event.value.strip())

    def on_key(self, event: events.Key) -> None:
        """Close on Esc and let no other key through to the screen below."""
        if event.key == "escape":
            event.stop()
            self.dismiss("")


class Leave(StrEnum):
    """What the user chose on quitting."""

    STOP = "stop"
    KEEP = "keep"
    STAY = "stay"


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the quit dialog.

    Attributes:
        key: Key that takes it at once.
        what: What it stands for.
        text: What it does.
    """

    key: str
    what: Leave
    text: str


class QuitDialog(Modal[Leave]):
    """Asks what to do with working orders; a letter decides, or arrows and Enter.

    Args:
        working: Own working orders on all pairs.
        practice: Whether it is a practice session: then ending it comes first.
        dead_man: What the venue's timer will do, in words; empty if it is off.
        fates: What becomes of the orders if the link dies now: a line for each fate, then one for each order.
        detach: Whether only leaving the screen is asked for.
    """

    def __init__(
        self, working: int, *, practice: bool, dead_man: str = "", fates: Sequence[str] = (), detach: bool = False
    ) -> None:
        super().__init__()
        self._working = working
        self._dead_man = dead_man
        self._fates = fates
        stop = Choice("c", Leave.STOP, "cancel them, then end the session")
        keep = Choice("k", Leave.KEEP, "keep them: leave the screen, the engine goes on")
        stay = Choice("s", Leave.STAY, "stay")
        both: Sequence[Choice] = (stop, keep, stay) if practice else (stay, keep, stop)
        self._choices = (keep, stay) if detach else both
        self._at = 0

    def compose(self) -> ComposeResult:
        """Build the dialog."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Leave"
            yield Static(id="question")
            if self._fates:
                yield Static(Content("If this link dies now:"), classes="help-head")
                yield Static(Content("\n").join(self._fate_lines()), id="fates")
            yield Static(id="choices")

    def on_mount(self) -> None:
        """Write the question."""
        orders = "order is" if self._working == 1 else "orders are"
        text = f"{self._working} {orders} working."
        self.query_one("#question", Static).update(Content(f"{text} {self._dead_man}".strip()))
        self._draw()

    def _fate_lines(self) -> list[Content]:
        """Build what becomes of the orders, the first ones if they are many."""
        lines = [Content(f"  {clean(fate)}") for fate in self._fates[:FATES]]
        if (more := len(self._fates) - len(lines)) > 0:
            lines.append(Content.styled(f"  and {more} more: page 2 lists them, w tells of one", "dim"))
        return lines

    def on_key(self, event: events.Key) -> None:
        """Choose by letter, or by arrows and Enter."""
        event.stop()
        if event.key == "escape":
            self.dismiss(Leave.STAY)
        elif event.key in ("up", "down"):
            self._at = (self._at + (1 if event.key == "down" else -1)) % len(self._choices)
            self._draw()
        elif event.key == "enter":
            self.dismiss(self._choices[self._at].what)
        else:
            for choice in self._choices:
                if event.key == choice.key:
                    self.dismiss(choice.what)

    def _draw(self) -> None:
        lines = [
            Content.styled(f" {'▸' if at == self._at else ' '} {choice.key}  {choice.text} ", "reverse")
            if at == self._at
            else Content(f"   {choice.key}  {choice.text}")
            for at, choice in enumerate(self._choices)
        ]
        self.query_one("#choices", Static).update(Content("\n").join(lines))
