"""A terminal's picture as SVG, cell by cell.

Each cell has a place of its own, so that lines of boxes meet and columns stay
straight whatever font a viewer has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

from pyte.screens import Char

CELL_WIDTH, CELL_HEIGHT = 10, 19
MARGIN = 8
FONT_SIZE = 16.61
"""DejaVu Sans Mono is 0.602 em wide and 1.164 em high: at this size a cell is 10 by 19.3 pixels."""

BASELINE = 15
FONT = "'DejaVu Sans Mono', Menlo, Consolas, monospace"
TEXT, GROUND = "#c3cdd8", "#0c1016"
NAMED = {
    "default": "",
    "black": "#1b222c",
    "red": "#e06c75",
    "green": "#7fc98b",
    "brown": "#e0b86a",
    "blue": "#6aa5e8",
    "magenta": "#c78be0",
    "cyan": "#6cc7cf",
    "white": "#c3cdd8",
    "brightblack": "#6a7787",
    "brightred": "#ff8f98",
    "brightgreen": "#a6e8b0",
    "brightbrown": "#ffd98c",
    "brightblue": "#94c4ff",
    "brightmagenta": "#e0b0f5",
    "brightcyan": "#98e6ec",
    "brightwhite": "#f4f7fa",
}
"""The 16 colours of a terminal have no values of their own; these are ours."""


class Look(NamedTuple):
    """How a run of cells is painted."""

    text: str
    ground: str
    bold: bool
    italic: bool
    underline: bool


def svg(cells: Sequence[Sequence[Char]], title: str) -> str:
    """Draw a picture.

    Args:
        cells: As from `Terminal.cells`.
        title: For readers who cannot see it.

    Returns:
        The SVG document.
    """
    width = len(cells[0]) * CELL_WIDTH + 2 * MARGIN
    height = len(cells) * CELL_HEIGHT + 2 * MARGIN
    ground = Counter(_look(cell).ground for row in cells for cell in row).most_common(1)[0][0]
    grounds: list[str] = []
    texts: list[str] = []
    for y, row in enumerate(cells):
        for x, look, text in _runs(row):
            left, top = MARGIN + x * CELL_WIDTH, MARGIN + y * CELL_HEIGHT
            if look.ground != ground:
                size = f'width="{len(text) * CELL_WIDTH}" height="{CELL_HEIGHT}"'
                grounds.append(f'<rect x="{left}" y="{top}" {size} fill="{look.ground}" shape-rendering="crispEdges"/>')
            texts.extend(_text(left, top, look, text))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            f' role="img" font-family="{FONT}" font-size="{FONT_SIZE}">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" rx="6" fill="{ground}"/>',
            *grounds,
            *texts,
            "</svg>",
            "",
        ]
    )


def _runs(row: Sequence[Char]) -> Iterator[tuple[int, Look, str]]:
    at = 0
    for look, cells in groupby(row, _look):
        text = "".join(cell.data for cell in cells)
        yield at, look, text
        at += len(text)


def _look(cell: Char) -> Look:
    text, ground = _colour(cell.fg) or TEXT, _colour(cell.bg) or GROUND
    if cell.reverse:
        text, ground = ground, text
    return Look(text, ground, cell.bold, cell.italics, cell.underscore)


def _colour(name: str) -> str:
    return NAMED.get(name, f"#{name}")


def _text(left: int, top: int, look: Look, text: str) -> Iterator[str]:
    """Draw the words of a run, each character at its own place."""
    style = f' fill="{look.text}"'
    if look.bold:
        style += ' font-weight="bold"'
    if look.italic:
        style += ' font-style="italic"'
    if look.underline:
        style += ' text-decoration="underline"'
    at = 0
    for blank, letters in groupby(text, str.isspace):
        word = "".join(letters)
        if not blank or look.underline:
            places = " ".join(str(left + (at + n) * CELL_WIDTH) for n in range(len(word)))
            yield f'<text x="{places}" y="{top + BASELINE}"{style}>{escape(word)}</text>'
        at += len(word)
