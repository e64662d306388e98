"""The terminal shows what the compositor composed, cell by cell, whatever happened before."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import pytest
from rich.segment import Segment
from textual._compositor import ChopsUpdate
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Static

from tests.widgets.paint_desk import SIZE, Desk, Overlay, Terminal, cells, composed
from themes.palettes import TOKENS
from widgets.cells import _change, _parts
from widgets.commandline import CommandLine
from widgets.ladder import Ladder
from widgets.paint import _chop_pieces

LOOKS_OF_A_RUN = 12
BURST = 4
"""Most steps between two looks."""

HASTES = (0.1, 0.5, 1.0)
"""How likely a terminal reads after a write; one that does not lets frames pile up."""

TRIES = 200
"""How often the terminal is compared while it may still be behind."""

Step = Callable[[Pilot[None], random.Random], Awaitable[None] | None]


def _base(pilot: Pilot[None]) -> Desk:
    assert isinstance(pilot.app, Desk)
    return pilot.app


def _frame(pilot: Pilot[None], _rng: random.Random) -> None:
    _base(pilot).next_frame()


def _cursor(pilot: Pilot[None], rng: random.Random) -> None:
    pilot.app.screen_stack[0].query_one(Ladder).move_cursor(rng.choice((-2, -1, 1)))


def _whole_pane(pilot: Pilot[None], rng: random.Random) -> None:
    pilot.app.screen_stack[0].query_one(rng.choice(("#ladder", "#gauge", "#tape", "#note"))).refresh()


async def _overlay(pilot: Pilot[None], _rng: random.Random) -> None:
    if len(pilot.app.screen_stack) == 1:
        await pilot.app.push_screen(Overlay())
    else:
        await pilot.app.pop_screen()


def _theme(pilot: Pilot[None], rng: random.Random) -> None:
    pilot.app.theme = rng.choice([*TOKENS])


async def _resize(pilot: Pilot[None], rng: random.Random) -> None:
    width, height = rng.choice((SIZE, (90, 30), (112, 24)))
    _base(pilot).terminal.resize(width, height)
    await pilot.resize_terminal(width, height)


def _line(pilot: Pilot[None], _rng: random.Random) -> None:
    line = pilot.app.screen_stack[0].query_one(CommandLine)
    if line.is_open:
        line.close()
    else:
        line.open("buy 1 漢")


def _class(pilot: Pilot[None], rng: random.Random) -> None:
    pilot.app.screen_stack[0].toggle_class(rng.choice(("-armed", "-gone", "-page-2")))


def _note(pilot: Pilot[None], rng: random.Random) -> None:
    pilot.app.screen_stack[0].query_one("#note", Static).update("\n".join(["a note 漢"] * rng.randrange(4)))


def _repaint(pilot: Pilot[None], _rng: random.Random) -> None:
    _base(pilot).repaint_all()


async def _batch(pilot: Pilot[None], rng: random.Random) -> None:
    with pilot.app.batch_update():
        for step in (_frame, _class, _note):
            step(pilot, rng)
        await pilot.pause()


STEPS: list[Step] = [
    _frame, _frame, _frame, _cursor, _whole_pane, _whole_pane, _overlay, _theme, _resize, _line, _class, _class, _note,
    _repaint, _batch,
]  # fmt: skip


async def until_it_shows_the_present(pilot: Pilot[None], terminal: Terminal) -> None:
    """Let the terminal read until it shows what is composed.

    Raises:
        AssertionError: It never does.
    """
    for _ in range(TRIES):
        await pilot.pause()
        terminal.read()
        if cells(terminal.screen) == composed(pilot.app):
            return
        await pilot.pause(0.005)
    assert terminal.screen.display == composed_text(pilot)
    assert cells(terminal.screen) == composed(pilot.app)


def composed_text(pilot: Pilot[None]) -> list[str]:
    """Return the characters that are composed."""
    return ["".join(str(cell[0]) for cell in row) for row in composed(pilot.app)]


@pytest.mark.parametrize("seed", [0, 1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 12))])
async def test_the_terminal_shows_what_was_composed(seed: int) -> None:
    rng = random.Random(seed)
    app = Desk()
    async with app.run_test(size=SIZE) as pilot:
        await until_it_shows_the_present(pilot, app.terminal)
        haste = HASTES[seed % len(HASTES)]
        app.terminal.after_write = lambda: app.terminal.read() if rng.random() < haste else None
        for _ in range(LOOKS_OF_A_RUN):
            for _ in range(rng.randint(1, BURST)):
                if (wait := rng.choice(STEPS)(pilot, rng)) is not None:
                    await wait
                if rng.choice((True, False)):
                    await pilot.pause()
            await until_it_shows_the_present(pilot, app.terminal)


async def test_a_pane_that_is_painted_alone_leaves_its_neighbours() -> None:
    app = Desk()
    async with app.run_test(size=SIZE) as pilot:
        app.next_frame()
        await until_it_shows_the_present(pilot, app.terminal)
        app.query_one(Ladder).refresh()
        await until_it_shows_the_present(pilot, app.terminal)


async def test_an_unchanged_frame_sends_no_cell() -> None:
    app = Desk()
    async with app.run_test(size=SIZE) as pilot:
        app.next_frame()
        await until_it_shows_the_present(pilot, app.terminal)
        app.terminal.written.clear()
        app.query_one(Ladder).refresh()
        await pilot.pause()
        assert "6421" not in "".join(app.terminal.written)


async def test_a_repaint_on_request_mends_a_garbled_terminal() -> None:
    app = Desk()
    async with app.run_test(size=SIZE) as pilot:
        app.next_frame()
        await until_it_shows_the_present(pilot, app.terminal)
        for y in range(SIZE[1]):
            app.terminal.screen.cursor_position(y, 0)
            app.terminal.screen.draw("garbage from another program" * 3)
        app.repaint_all()
        await until_it_shows_the_present(pilot, app.terminal)


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


def test_of_a_span_only_strips_that_it_overlaps_are_sent() -> None:
    chops: list[dict[int, Strip | None]] = [{0: Strip([Segment("ab")]), 2: Strip([Segment("    ")])}]
    ends = [[2, 6]]
    touching = ChopsUpdate(chops, [(0, 0, 2)], ends)
    assert [(piece.x, piece.strip.text) for piece in _chop_pieces(touching)] == [(0, "ab")]
    into = ChopsUpdate(chops, [(0, 1, 3)], ends)
    assert [(piece.x, piece.strip.text) for piece in _chop_pieces(into)] == [(0, "ab"), (2, "    ")]
