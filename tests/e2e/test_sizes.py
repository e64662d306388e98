"""The screen on terminals of many sizes, and of few colours."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.e2e.stage import Stage
from tests.e2e.terminal import Terminal

GREYS = {"default", "black", "white", "brightblack", "brightwhite"}
NAMES = {*GREYS, "red", "green", "brown", "blue", "magenta", "cyan"}


def is_grey(colour: str) -> bool:
    return colour in GREYS or colour[0:2] == colour[2:4] == colour[4:6]


def wait_whole(screen: Terminal, columns: int, rows: int) -> None:
    """Wait for a picture that fills the terminal: hints in the last row, boxes that end in the last column."""

    def whole(picture: str) -> bool:
        lines = picture.split("\n")
        corners = [line.rstrip() for line in lines if line.rstrip().endswith(("╮", "╯"))]
        return (
            (len(lines), {len(line) for line in lines}) == (rows, {columns})
            and "VERIFIED" in lines[0]
            and {"help", "arm"} <= set(lines[-1].split())
            and len(corners) > 1
            and all(len(line) == columns for line in corners)
        )

    screen.wait_for(whole)


def test_one_session_through_all_sizes(stage: Stage) -> None:
    screen = stage.practice("--pairs", "24", columns=80, rows=24)
    wait_whole(screen, 80, 24)
    assert "Balances" not in screen.text()

    screen.resize(200, 60)
    screen.wait_for(lambda p: "Balances" in p and "Positions" in p and "Time & sales" in p and "Events" in p)
    wait_whole(screen, 200, 60)

    screen.resize(120, 40)
    screen.wait_for(lambda p: "Balances" not in p and "Time & sales" in p and "Events" in p)
    wait_whole(screen, 120, 40)

    # Too small for panes: it says so, and the kill key still answers.
    screen.resize(20, 5)
    screen.wait_for("This terminal has")
    screen.keys("Ctrl+K")
    screen.wait_for("KILL")
    for columns, rows in ((1, 1), (3, 2), (59, 15), (60, 16), (2, 100), (300, 3)):
        screen.resize(columns, rows)
        screen.settle()
        assert screen.process.poll() is None

    screen.resize(120, 40)
    wait_whole(screen, 120, 40)
    touch = re.search(r"[\d.]+ / [\d.]+ +spread", screen.text())
    assert touch
    screen.wait_for(lambda p: (now := re.search(r"[\d.]+ / [\d.]+ +spread", p)) and now[0] != touch[0])
    screen.keys("q")
    assert screen.exit_code() == 0
    stage.wait_empty()


@pytest.mark.parametrize(
    ("env", "allowed"),
    [
        ({"NO_COLOR": "1"}, is_grey),
        ({"TERM": "xterm", "COLORTERM": ""}, NAMES.__contains__),
    ],
    ids=["no colour", "16 colours"],
)
def test_few_colours_are_kept_to_and_words_say_the_rest(
    stage: Stage, env: dict[str, str], allowed: Callable[[str], bool]
) -> None:
    screen = stage.practice("--pairs", "24", env=env)
    screen.arm()
    screen.keys("b")
    screen.wait_for("Enter sends  Esc")
    screen.wait_for(lambda p: " BUY " in p and "ARMED" in p and "VERIFIED" in p)
    strange = {colour for colour in screen.colours() if not allowed(colour.removeprefix("bright") or colour)}
    assert strange == set()
    screen.keys("Esc")
    screen.wait_for("nothing was sent")
    screen.press("q", lambda _: screen.process.poll() is not None)
    assert screen.exit_code() == 0
