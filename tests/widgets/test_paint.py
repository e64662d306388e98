"""The terminal shows what the compositor composed, cell by cell, whatever happened before."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import pyte
import pytest
from rich.segment import Segment
from textual._compositor import ChopsUpdate
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Static

import themes
from tests.widgets import frames_sample as sample
from themes.palettes import DARK, TOKENS
from widgets.cells import _change, _parts
from widgets.commandline import CommandLine
from widgets.ladder import Ladder
from widgets.paint import CellDiffApp, _chop_pieces
from widgets.tape import Tape

SIZE = (100, 30)


class Overlay(ModalScreen[None]):
    """Covers a part of the panes, with wide characters in it."""

    CSS = "Overlay { align: center middle; } Overlay Static { width: 33; height: 7; border: round $rule; }"

    def compose(self) -> ComposeResult:
        yield Static("help 漢字 over the ladder\n" * 5, markup=False)


class Desk(CellDiffApp[None]):
    """Two panes and a command line; what it writes is kept."""

    CSS_PATH = themes.CSS_PATHS
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.frame = 0
        themes.register(self)
        self.theme = DARK

    @property
    def is_headless(self) -> bool:
        return False

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.variable_defaults()

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Ladder(classes="pane")
            yield Tape(classes="pane")
        yield CommandLine()

    def on_mount(self) -> None:
        assert self._driver is not None
        self._driver.write = self.written.append  # type: ignore[method-assign,assignment]

    def next_frame(self) -> None:
        self.frame += 1
        ladder = self.query_one(Ladder)
        ladder.apply(sample.ladder_view(rows=max(1, ladder.window_rows), shift=self.frame))
        self.query_one(Tape).apply(sample.TAPE[self.frame % 9 :])


def cells(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    """Return everything that is seen of every cell."""
    return [
        [
            (cell.data, cell.fg, cell.bg, cell.bold, cell.italics, cell.underscore, cell.reverse)
            for cell in (screen.buffer[y][x] for x in range(screen.columns))
        ]
        for y in range(screen.lines)
    ]


def composed(app: Desk) -> list[list[tuple[object, ...]]]:
    """Paint the compositor's own full update on an empty terminal."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    screen = pyte.Screen(app.size.width, app.size.height)
    pyte.Stream(screen).feed(update.render_segments(app.console).replace("\n", ""))  # type: ignore[union-attr]
    return cells(screen)


async def _frame(pilot: Pilot[None]) -> None:
    assert isinstance(pilot.app, Desk)
    pilot.app.screen_stack[0].query_one(Ladder)
    if len(pilot.app.screen_stack) == 1:
        pilot.app.next_frame()


async def _cursor(pilot: Pilot[None]) -> None:
    pilot.app.screen_stack[0].query_one(Ladder).move_cursor(-1)


async def _overlay(pilot: Pilot[None]) -> None:
    if len(pilot.app.screen_stack) == 1:
        await pilot.app.push_screen(Overlay())
    else:
        await pilot.app.pop_screen()


async def _theme(pilot: Pilot[None]) -> None:
    names = [*TOKENS]
    pilot.app.theme = names[(names.index(pilot.app.theme) + 1) % len(names)]


async def _resize(pilot: Pilot[None]) -> None:
    width = 90 if pilot.app.size.width == SIZE[0] else SIZE[0]
    await pilot.resize_terminal(width, SIZE[1])


async def _line(pilot: Pilot[None]) -> None:
    line = pilot.app.screen_stack[0].query_one(CommandLine)
    if line.is_open:
        line.close()
    else:
        line.open("buy 1 漢")


STEPS: list[Callable[[Pilot[None]], Awaitable[None]]] = [_frame, _frame, _cursor, _overlay, _theme, _resize, _line]


@pytest.mark.parametrize("seed", range(4))
async def test_the_terminal_shows_what_was_composed(seed: int) -> None:
    rng = random.Random(seed)
    app = Desk()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        terminal = pyte.Screen(*SIZE)
        stream = pyte.Stream(terminal)
        app.repaint_all()
        await pilot.pause()
        for _ in range(25):
            await rng.choice(STEPS)(pilot)
            await pilot.pause()
            if terminal.columns != app.size.width:
                terminal.resize(app.size.height, app.size.width)
            stream.feed("".join(app.written))
            app.written.clear()
            assert cells(terminal) == composed(app)


async def test_an_unchanged_frame_sends_no_cell() -> None:
    app = Desk()
    async with app.run_test(size=SIZE) as pilot:
        app.next_frame()
        await pilot.pause()
        app.written.clear()
        app.query_one(Ladder).refresh()
        await pilot.pause()
        assert "6421" not in "".join(app.written)


async def test_a_repaint_on_request_mends_a_garbled_terminal() -> None:
    app = Desk()
    async with app.run_test(size=SIZE) as pilot:
        app.next_frame()
        await pilot.pause()
        terminal = pyte.Screen(*SIZE)
        terminal.draw("garbage from another program")
        app.written.clear()
        app.repaint_all()
        await pilot.pause()
        pyte.Stream(terminal).feed("".join(app.written))
        assert cells(terminal) == composed(app)


@pytest.mark.parametrize(
    ("old", "new", "sequence"),
    [
        ("38;2;1;2;3;48;2;4;5;6", "38;2;9;9;9;48;2;4;5;6", "\x1b[38;2;9;9;9m"),
        ("31;40", "31", "\x1b[49m"),
        ("1;31", "31", "\x1b[0;31m"),
        ("38;5;7;48;5;8", "38;5;7;48;5;9", "\x1b[48;5;9m"),
        ("31", "", "\x1b[0m"),
        ("", "1;31", "\x1b[0;1;31m"),
    ],
)
def test_only_what_differs_of_a_colour_is_sent(old: str, new: str, sequence: str) -> None:
    assert _change(old, new) == sequence


def test_colours_are_split_from_attributes() -> None:
    assert _parts("1;7;38;2;1;2;3;48;5;7") == ("1;7", "38;2;1;2;3", "48;5;7")


def test_nothing_beyond_the_end_of_a_span_is_sent() -> None:
    chops: list[dict[int, Strip | None]] = [{0: Strip([Segment("ab")]), 2: Strip([Segment("    ")])}]
    ends = [[2, 6]]
    touching = ChopsUpdate(chops, [(0, 0, 2)], ends)
    assert [(piece.x, piece.strip.text) for piece in _chop_pieces(touching)] == [(0, "ab")]
    into = ChopsUpdate(chops, [(0, 0, 3)], ends)
    assert [(piece.x, piece.strip.text) for piece in _chop_pieces(into)] == [(0, "ab"), (2, " ")]
