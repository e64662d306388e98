"""The `:` line: an input, and under it what the typed line would do."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Label

from app.link.preview_frame import PreviewView
from widgets.lines import Line, LinePane, Span, inks
from widgets.plate import guarded
from widgets.text import clean, fit, width_of

PROMPT = ":"


class PreviewLine(LinePane):
    """One line under the input: what was understood, or where it was not."""

    DEFAULT_CSS = """
    PreviewLine { height: 1; width: 1fr; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = inks("good", "warn", "bad")

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._preview: PreviewView | None = None
        self._shift = 0

    @guarded
    def apply(self, preview: PreviewView | None, shift: int = 0) -> None:
        """Show a preview.

        Args:
            preview: What the engine understood; None shows a blank line.
            shift: Cells from the left edge to the first typed character.
        """
        self._preview = preview
        self._shift = shift
        self.show()

    def build(self, width: int, _height: int) -> list[Line]:
        """Build the caret and the reason, or the parsed line."""
        preview = self._preview
        if preview is None:
            return []
        if preview.error:
            return [_mistake(preview, self._shift, width)]
        if preview.refusals:
            return [Line((("✗ ", "bad"), (fit(clean(preview.refusals[0]), width - 2).rstrip(), "bad")))]
        facts = [clean(text) for text in (preview.notional, preview.fee, preview.points) if text]
        spans: list[Span] = [("✓ " if preview.ok else "  ", "good"), (clean(preview.explain), "text")]
        room = width - 2 - width_of(spans[1][0])
        for fact in facts:
            if width_of(fact) + 3 > room:
                break
            spans.append((" · ", "faint"))
            spans.append((fact, "muted"))
            room -= width_of(fact) + 3
        if preview.warnings and width_of(clean(preview.warnings[0])) + 5 <= room:
            spans.append((f"  ! {clean(preview.warnings[0])}", "warn"))
        return [Line(tuple(spans))]


def _mistake(preview: PreviewView, shift: int, width: int) -> Line:
    """Point at the character that was not understood, and say why."""
    reason = clean(preview.error)
    hint = clean(preview.suggestion)
    spans: list[Span] = []
    at = preview.position + shift
    longest = width_of(reason) + (width_of(hint) + 4 if hint else 0) + 2
    if preview.position >= 0 and at + longest <= width:
        spans.append((" " * at, ""))
    if preview.position >= 0:
        spans.append(("▲ ", "bad"))
    spans.append((reason, "bad"))
    if hint:
        spans.append((f"  → {hint}", "text"))
    return Line(tuple(spans))


class CommandLine(Vertical):
    """The command line. It is hidden until `open` and keeps no history."""

    DEFAULT_CSS = """
    CommandLine {
        height: 2;
        display: none;
        &.-open { display: block; }
        Label { width: 1; }
        Input { border: none; height: 1; padding: 0; width: 1fr; }
        #row { height: 1; layout: horizontal; }
    }
    """

    class Changed(Message):
        """The typed line changed; the screen asks for a preview."""

        def __init__(self, command_line: CommandLine, value: str) -> None:
            super().__init__()
            self.command_line = command_line
            self.value = value

        @property
        def control(self) -> CommandLine:
            """The command line."""
            return self.command_line

        def can_replace(self, message: Message) -> bool:
            """Let a newer line supersede an older one that still waits."""
            return isinstance(message, CommandLine.Changed)

    class Submitted(Message):
        """Enter was pressed."""

        def __init__(self, command_line: CommandLine, value: str) -> None:
            super().__init__()
            self.command_line = command_line
            self.value = value

        @property
        def control(self) -> CommandLine:
            """The command line."""
            return self.command_line

    def compose(self) -> ComposeResult:
        """Compose the input and its preview line."""
        with Vertical(id="row"):
            yield Label(PROMPT, markup=False)
            yield Input(compact=True, select_on_focus=False)
        yield PreviewLine()

    @property
    def is_open(self) -> bool:
        """Whether the line is shown."""
        return self.has_class("-open")

    @property
    def value(self) -> str:
        """The typed line."""
        return self.query_one(Input).value

    def open(self, text: str = "") -> None:
        """Show the line and take the keys.

        Args:
            text: What stands in it at first.
        """
        self.add_class("-open")
        self.set_text(text)
        self.screen.set_focus(self.query_one(Input))

    def typed(self, event: events.Key | events.Paste) -> None:
        """Take a key or a paste, whether or not the focus has arrived; a click may have taken it away."""
        entry = self.query_one(Input)
        self.screen.set_focus(entry)
        entry._forward_event(event)

    def close(self) -> None:
        """Hide and empty the line."""
        self.remove_class("-open")
        self.set_text("")
        self.apply(None)

    def set_text(self, text: str) -> None:
        """Replace the typed line, for history and completion."""
        typed = self.query_one(Input)
        typed.value = clean(text)
        typed.cursor_position = len(typed.value)

    def apply(self, preview: PreviewView | None) -> None:
        """Show what the typed line would do; None for nothing yet."""
        self.query_one(PreviewLine).apply(preview, shift=len(PROMPT))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """Pass on what was typed."""
        event.stop()
        self.post_message(self.Changed(self, event.value))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        """Pass on Enter."""
        event.stop()
        self.post_message(self.Submitted(self, event.value))
