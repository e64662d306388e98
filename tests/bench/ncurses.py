"""The ladder's frames painted by ncurses: a C program on a pseudo terminal of its own (`paint_ncurses.c`)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import tempfile
import termios
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

from tests.bench.native import Child, build

READ = 1 << 16
QUIET_S = 0.2
"""No byte for so long means that all were read."""

OWN = -1
"""The terminal's own colour."""

Frame = Sequence[Strip]


def _colours(style: Style) -> tuple[int, int, bool]:
    """Return foreground and background of the 256, and whether it is bold."""
    found = []
    for colour in (style.color, style.bgcolor):
        number = None if colour is None else colour.downgrade(ColorSystem.EIGHT_BIT).number
        found.append(OWN if number is None else number)
    if style.reverse:
        found.reverse()
    return found[0], found[1], bool(style.bold)


def written(frames: Sequence[Frame]) -> str:
    """Write frames as the program reads them."""
    numbers: dict[tuple[int, int, bool], int] = {}
    lines = []
    for frame in frames:
        lines.append("f")
        for row, strip in enumerate(frame):
            column = 0
            for segment in strip:
                key = _colours(segment.style or Style.null())
                lines.append(f"r {row} {column} {numbers.setdefault(key, len(numbers))} {segment.text}")
                column += segment.cell_length
    styles = [f"s {fg} {bg} {int(bold)}" for fg, bg, bold in numbers]
    return "\n".join((*styles, *lines, ""))


class Ncurses:
    """The program with its terminal.

    Args:
        child: The program.
        terminal: Our end of its terminal.
    """

    def __init__(self, child: Child, terminal: int) -> None:
        self._child = child
        self._terminal = terminal

    def first(self) -> tuple[float, bytes]:
        """Paint the first frame; return milliseconds of CPU, and what was sent."""
        return self._paint("first")

    def rest(self) -> tuple[float, bytes]:
        """Paint all others; return milliseconds of CPU a frame, and what was sent for all."""
        return self._paint("rest")

    def _paint(self, word: str) -> tuple[float, bytes]:
        self._child.send(word)
        sent = b""
        while True:
            ready, _, _ = select.select([self._terminal, self._child.output], [], [], QUIET_S)
            if self._terminal in ready:
                sent += os.read(self._terminal, READ)
            elif not ready or self._child.output in ready:
                break
        took = float(str(self._child.read()["us"])) / 1000
        while select.select([self._terminal], [], [], QUIET_S)[0]:
            sent += os.read(self._terminal, READ)
        return took, sent


@contextlib.contextmanager
def painting(frames: Sequence[Frame], size: tuple[int, int]) -> Iterator[Ncurses]:
    """Build and start the program for some frames.

    Args:
        frames: What it paints.
        size: Columns and rows.

    Raises:
        LeftOut: It cannot be built here.
    """
    with tempfile.TemporaryDirectory(prefix="qdbench") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        program = build("paint_ncurses", folder, "ncursesw")
        (folder / "frames").write_text(written(frames), "utf-8")
        ours, theirs = pty.openpty()
        stack.callback(os.close, ours)
        stack.callback(os.close, theirs)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color"}
        child = Child([str(program), str(folder / "frames"), os.ttyname(theirs)], environment)
        stack.callback(child.stop)
        yield Ncurses(child, ours)
