"""A terminal that reads slowly gets fewer frames and, when it reads again, the present."""

from __future__ import annotations

from queue import Queue

import pyte
from textual.app import ComposeResult

import themes
from tests.widgets import frames_sample as sample
from themes.palettes import DARK
from widgets.ladder import Ladder
from widgets.paint import CellDiffApp

SIZE = (100, 30)
QUEUED_BY_TEXTUAL = 30
"""Writes after which Textual's writer makes the event loop wait."""


class Writer:
    """A writer thread that writes only when the test says so."""

    def __init__(self) -> None:
        self._queue: Queue[str] = Queue()

    def read(self) -> str:
        """Return what waits, as a terminal that reads again."""
        return "".join(self._queue.get() for _ in range(self._queue.qsize()))


class Desk(CellDiffApp[None]):
    CSS_PATH = themes.CSS_PATHS
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self.writer = Writer()
        themes.register(self)
        self.theme = DARK

    @property
    def is_headless(self) -> bool:
        return False

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.variable_defaults()

    def compose(self) -> ComposeResult:
        yield Ladder(classes="pane")

    def on_mount(self) -> None:
        assert self._driver is not None
        self._driver._writer_thread = self.writer  # type: ignore[attr-defined]
        self._driver.write = self.writer._queue.put  # type: ignore[method-assign,assignment]

    def show(self, shift: int) -> None:
        ladder = self.query_one(Ladder)
        ladder.apply(sample.ladder_view(rows=max(1, ladder.window_rows), shift=shift))


async def test_frames_are_left_out_until_the_terminal_reads_and_then_it_sees_the_present() -> None:
    app = Desk()
    terminal = pyte.Screen(*SIZE)
    stream = pyte.Stream(terminal)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        stream.feed(app.writer.read())
        for shift in range(2 * QUEUED_BY_TEXTUAL):
            app.show(shift)
            if shift % 7 == 0:
                app.query_one(Ladder).refresh()
            await pilot.pause()
        assert app.behind
        assert app.writer._queue.qsize() < QUEUED_BY_TEXTUAL // 2
        sent = app.frames
        while app.behind or app.writer._queue.qsize():
            stream.feed(app.writer.read())
            await pilot.pause(0.05)
        assert app.frames > sent
        newest = pyte.Screen(*SIZE)
        update = app.screen._compositor.render_update(full=True)
        pyte.Stream(newest).feed(update.render_segments(app.console).replace("\n", ""))
        assert terminal.display == newest.display


async def test_a_bell_does_not_wait_for_a_terminal_that_does_not_read() -> None:
    app = Desk()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for _ in range(2 * QUEUED_BY_TEXTUAL):
            app.bell()
        assert app.writer._queue.qsize() < QUEUED_BY_TEXTUAL // 2
