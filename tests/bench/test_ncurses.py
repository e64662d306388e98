from __future__ import annotations

import pyte
import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.bench.native import LeftOut
from tests.bench.ncurses import painting

SIZE = (24, 3)
LINE = "─" * SIZE[0]


def strips(middle: str) -> list[Strip]:
    """Return a picture of three lines."""
    style = Style.parse("bold #ff0000 on #000080")
    return [Strip([Segment(LINE)]), Strip([Segment(middle, style), Segment(" " * 10)]), Strip([Segment(LINE)])]


def test_ncurses_shows_the_pictures_it_was_given() -> None:
    pictures = [strips("▏64200.1  12 ▏"), strips("▏64200.2   9 ▏")]
    try:
        with painting(pictures, SIZE) as ncurses:
            sent = ncurses.first()[1] + ncurses.rest()[1]
    except LeftOut as error:
        pytest.skip(str(error))
    screen = pyte.Screen(*SIZE)
    pyte.ByteStream(screen).feed(sent)
    assert screen.display == ["".join(segment.text for segment in strip) for strip in pictures[1]]
    cell = screen.buffer[1][1]
    assert (cell.bold, cell.fg, cell.bg) == (True, "ff0000", "000087")
