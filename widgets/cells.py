"""The picture on the terminal, cell by cell, and the bytes that change it.

A strip object that is still in its place is skipped without a look at its
cells. Text with cells that are not one character each is sent whole.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual.strip import Strip

from widgets.text import width_of

GAP = 4
"""Unchanged cells between two changes that cost less than a cursor move."""


class Piece(NamedTuple):
    """A strip that the compositor wants at a place.

    Attributes:
        x: First column.
        y: Row.
        strip: What is to be seen.
    """

    x: int
    y: int
    strip: Strip


class PaneLine(NamedTuple):
    """The content of one row of a pane, at its place on the terminal.

    Attributes:
        x: First column.
        y: Row.
        width: Cells.
        content: Equal contents look the same.
        changes: Gives what differs from an older content (None: everything)
            as strips with their distance from the first column.
    """

    x: int
    y: int
    width: int
    content: Hashable
    changes: Callable[[Any], Iterable[tuple[int, Strip]]]


class Row:
    """What the terminal shows in one row.

    Attributes:
        chars: Character of each cell; empty if it is not known.
        codes: SGR parameters of each cell.
        strips: Strips in place, by their first column.
        lines: Contents of pane rows in place and their widths, by their first column.
    """

    __slots__ = ("chars", "codes", "lines", "strips")

    def __init__(self) -> None:
        self.chars: list[str] = []
        self.codes: list[str] = []
        self.strips: dict[int, Strip] = {}
        self.lines: dict[int, tuple[Hashable, int]] = {}

    def cover(self, x: int, width: int) -> None:
        """Forget what was in place where something else is painted now."""
        end = x + width
        if self.strips:
            for at in [at for at, old in self.strips.items() if at < end and x < at + old.cell_length]:
                del self.strips[at]
        if self.lines:
            for at in [at for at, (_, cells) in self.lines.items() if at < end and x < at + cells]:
                del self.lines[at]

    def widen(self, width: int) -> None:
        """Make room for cells that are not known yet."""
        missing = width - len(self.chars)
        if missing > 0:
            self.chars.extend([""] * missing)
            self.codes.extend([""] * missing)


class Painter:
    """Keeps the picture and turns updates into the bytes that change it.

    Attributes:
        owed: Whether only an update of the whole screen makes the terminal
            right: at the start, after a frame that was left out, and when
            the picture was forgotten.
    """

    def __init__(self) -> None:
        self.owed = True
        self._rows: dict[int, Row] = {}
        self._size = (0, 0)
        self._code = ""

    def row(self, y: int) -> Row:
        """Return what the terminal shows in a row."""
        row = self._rows.get(y)
        if row is None:
            row = self._rows[y] = Row()
        return row

    def forget(self) -> None:
        """Assume nothing about the terminal: every cell of the next update is sent."""
        self._rows.clear()
        self.owed = True

    def render_whole(self, pieces: Iterable[Piece], size: tuple[int, int], console: Console) -> str:
        """Turn a whole screen into terminal sequences.

        Args:
            pieces: What is to be seen, all of it.
            size: Width and height of the screen. If it is a new one nothing
                is assumed: what was sent for the old size may have wrapped.
            console: Console that knows the colour system.

        Returns:
            As `render` does.
        """
        if size != self._size:
            self._size = size
            self._rows.clear()
        self.owed = False
        return self.render(pieces, console)

    def render(self, pieces: Iterable[Piece], console: Console) -> str:
        """Turn pieces into terminal sequences.

        Args:
            pieces: What is to be seen; what they do not cover stays as it is.
            console: Console that knows the colour system.

        Returns:
            Sequences that leave the terminal with default attributes; empty
            if it shows all of it already.
        """
        colours = console._color_system or ColorSystem.TRUECOLOR
        out: list[str] = []
        self._code = ""
        for piece in pieces:
            row = self.row(piece.y)
            if row.strips.get(piece.x) is not piece.strip:
                row.cover(piece.x, piece.strip.cell_length)
                self._paint(row, piece, colours, out, console)
                row.strips[piece.x] = piece.strip
        if out and self._code:
            out.append("\x1b[0m")
        return "".join(out)

    def render_lines(self, lines: Iterable[PaneLine], console: Console) -> str:
        """Turn rows of panes into terminal sequences.

        Args:
            lines: Contents of rows that nothing covers.
            console: Console that knows the colour system.

        Returns:
            As `render` does.
        """
        colours = console._color_system or ColorSystem.TRUECOLOR
        out: list[str] = []
        self._code = ""
        for item in lines:
            row = self.row(item.y)
            old, width = row.lines.get(item.x, (None, 0))
            if old == item.content and width == item.width:
                continue
            row.cover(item.x, item.width)
            for left, strip in item.changes(old if width == item.width else None):
                self._paint(row, Piece(item.x + left, item.y, strip), colours, out, console)
            row.lines[item.x] = (item.content, item.width)
        if out and self._code:
            out.append("\x1b[0m")
        return "".join(out)

    def _paint(self, row: Row, piece: Piece, colours: ColorSystem, out: list[str], console: Console) -> None:
        """Send what a strip changes in its row."""
        x, y, strip = piece
        row.widen(x + strip.cell_length)
        cells = _cells(strip, colours)
        if cells is None:
            end = x + strip.cell_length
            row.chars[x:end] = [""] * strip.cell_length
            reset = "\x1b[0m" if self._code else ""
            self._code = ""
            out.append(f"{reset}\x1b[{y + 1};{x + 1}H{strip.render(console)}")
            return
        chars, codes = cells
        end = x + len(chars)
        old_chars, old_codes = row.chars[x:end], row.codes[x:end]
        changed = [
            at
            for at, (char, old_char, code, old_code) in enumerate(zip(chars, old_chars, codes, old_codes, strict=True))
            if char != old_char or code != old_code
        ]
        if not changed:
            return
        row.chars[x:end] = chars
        row.codes[x:end] = codes
        moved = False
        for start, stop in _runs(changed):
            out.append(f"\x1b[{x + start + 1}G" if moved else f"\x1b[{y + 1};{x + start + 1}H")
            moved = True
            self._send(chars, codes, start, stop, out)

    def _send(self, chars: list[str], codes: list[str], start: int, stop: int, out: list[str]) -> None:
        """Send one run of cells, with a change of colour only where there is one."""
        at = start
        while at < stop:
            code = codes[at]
            last = at + 1
            while last < stop and codes[last] == code:
                last += 1
            if code != self._code:
                out.append(_change(self._code, code))
                self._code = code
            out.append("".join(chars[at:last]))
            at = last


def _cells(strip: Strip, colours: ColorSystem) -> tuple[list[str], list[str]] | None:
    """Split a strip into characters and SGR parameters; None if it cannot be."""
    chars: list[str] = []
    codes: list[str] = []
    for text, style, _ in strip:
        if not text.isascii() and not _one_cell_each(text):
            return None
        chars.extend(text)
        if style is None:
            codes.extend([""] * len(text))
        elif style.link:
            return None
        else:
            codes.extend([style._ansi or _code_of(style, colours)] * len(text))
    return chars, codes


def _code_of(style: Style, colours: ColorSystem) -> str:
    """Return the SGR parameters of a style."""
    return Strip.render_ansi(style, colours)


@lru_cache(maxsize=4096)
def _one_cell_each(text: str) -> bool:
    """Say whether every character covers exactly one cell."""
    return all(width_of(char) == 1 for char in text)


def _runs(changed: list[int]) -> Iterable[tuple[int, int]]:
    """Join changed cells into runs, across gaps that are cheaper to send."""
    start = last = changed[0]
    for at in changed:
        if at - last > GAP:
            yield start, last + 1
            start = at
        last = at
    yield start, last + 1


@lru_cache(maxsize=4096)
def _change(old: str, new: str) -> str:
    """Return the shortest sequence from one set of SGR parameters to another."""
    if not new:
        return "\x1b[0m"
    old_rest, old_text, old_ground = _parts(old)
    new_rest, new_text, new_ground = _parts(new)
    if old_rest != new_rest:
        return f"\x1b[0;{new}m"
    changes = []
    if old_text != new_text:
        changes.append(new_text or "39")
    if old_ground != new_ground:
        changes.append(new_ground or "49")
    return f"\x1b[{';'.join(changes)}m"


_EXTENDED = {"2": 5, "5": 3}
"""Parameters of `38` and `48`: RGB and palette."""
_TEXT = {*range(30, 38), 39, *range(90, 98)}
_GROUND = {*range(40, 48), 49, *range(100, 108)}
_TEXT_EXTENDED, _GROUND_EXTENDED = 38, 48


@lru_cache(maxsize=4096)
def _parts(code: str) -> tuple[str, str, str]:
    """Split SGR parameters into attributes, text colour and ground."""
    rest: list[str] = []
    text = ground = ""
    words = code.split(";") if code else []
    at = 0
    while at < len(words):
        number = int(words[at])
        if number in {_TEXT_EXTENDED, _GROUND_EXTENDED}:
            length = _EXTENDED.get(words[at + 1], 1)
            value = ";".join(words[at : at + length])
            text, ground = (value, ground) if number == _TEXT_EXTENDED else (text, value)
            at += length
            continue
        if number in _TEXT:
            text = words[at]
        elif number in _GROUND:
            ground = words[at]
        else:
            rest.append(words[at])
        at += 1
    return ";".join(rest), text, ground
