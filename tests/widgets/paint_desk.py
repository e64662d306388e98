"""A desk in miniature and a terminal that reads when it likes, to compare what is seen with what was composed."""

from __future__ import annotations

from collections.abc import Callable
from queue import Queue
from typing import Any

import pyte
from textual._context import visible_screen_stack
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

import themes
from tests.widgets import frames_sample as sample
from themes.palettes import DARK
from widgets.commandline import CommandLine
from widgets.gauge import Gauge
from widgets.ladder import Ladder
from widgets.paint import CellDiffApp
from widgets.tape import Tape

SIZE = (100, 30)
PREVIEWS = 9
"""Frames after which the prints of the sample begin again."""

Cells = list[list[tuple[object, ...]]]


class Terminal:
    """A writer thread and its terminal in one: what is written waits until it is read.

    Attributes:
        screen: What is seen.
        written: Everything that was written.
        after_write: Called after each write; may read.
    """

    def __init__(self) -> None:
        self._queue: Queue[str] = Queue()
        self.screen = pyte.Screen(*SIZE)
        self._stream = pyte.Stream(self.screen)
        self.written: list[str] = []
        self.after_write: Callable[[], None] = self.read

    def write(self, text: str) -> None:
        """Take a frame of the app."""
        self.written.append(text)
        self._queue.put(text)
        self.after_write()

    def waiting(self) -> int:
        """Return how many writes wait."""
        return self._queue.qsize()

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size, before anybody is told."""
        self.screen.resize(height, width)

    def read(self) -> None:
        """Read all that waits."""
        while self._queue.qsize():
            self._stream.feed(self._queue.get())


class Overlay(ModalScreen[None]):
    """Covers a part of the panes, with wide characters in it."""

    CSS = "Overlay { align: center middle; } Overlay Static { width: 33; height: 7; border: round $rule; }"

    def compose(self) -> ComposeResult:
        yield Static("help 漢字 over the ladder\n" * 5, markup=False)


class Desk(CellDiffApp[None]):
    """Panes in nested containers as on the trade screen, with its pages, its plate and its command line."""

    CSS_PATH = themes.CSS_PATHS
    CSS = """
    Desk > Screen { layers: base plate; }
    #upper { height: 1fr; }
    #right { width: 44; }
    #gauge { height: 7; }
    #lower { height: 4; border: round $rule; }
    #note { height: auto; max-height: 3; }
    #plate { display: none; layer: plate; dock: top; offset: 0 2; margin: 0 2; height: 3; border: heavy $bad; }
    .-gone #plate { display: block; }
    .-armed #ladder, .-armed #gauge { border: heavy $armed-line; }
    .-page-2 #upper { display: none; }
    .-page-2 #lower { height: 1fr; }
    """
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self.terminal = Terminal()
        self.frame = 0
        themes.register(self)
        self.theme = DARK

    @property
    def is_headless(self) -> bool:
        return False

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.variable_defaults()

    def compose(self) -> ComposeResult:
        with Horizontal(id="upper"):
            yield Ladder(id="ladder", classes="pane")
            with Vertical(id="right"):
                yield Gauge(id="gauge", classes="pane")
                yield Tape(id="tape", classes="pane")
        yield Static("orders 漢字", id="lower")
        yield Static("", id="note")
        yield CommandLine()
        yield Static("the engine is gone", id="plate")

    def on_mount(self) -> None:

        driver: Any = self._driver
        driver._writer_thread = self.terminal
        driver.write = self.terminal.write

    def next_frame(self) -> None:
        """Let the panes tick."""
        self.frame += 1
        base = self.screen_stack[0]
        ladder = base.query_one(Ladder)
        ladder.apply(sample.ladder_view(rows=max(1, ladder.window_rows), shift=self.frame))
        base.query_one(Tape).apply(sample.TAPE[self.frame % PREVIEWS :])
        base.query_one(Gauge).apply(sample.GAUGE)


def cells(screen: pyte.Screen) -> Cells:
    """Return everything that is seen of every cell."""
    return [
        [
            (cell.data, cell.fg, cell.bg, cell.bold, cell.italics, cell.underscore, cell.reverse)
            for cell in (screen.buffer[y][x] for x in range(screen.columns))
        ]
        for y in range(screen.lines)
    ]


def composed(app: App[None]) -> Cells:
    """Paint all that the compositor composed on an empty terminal, without telling it."""
    visible_screen_stack.set(app._background_screens)
    screen = pyte.Screen(app.size.width, app.size.height)
    stream = pyte.Stream(screen)
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        stream.feed(f"\x1b[{y + 1};1H{strip.render(app.console)}")
    return cells(screen)
