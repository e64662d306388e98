"""Lines that other programs append to a file or write into a named pipe.

What a file holds when the watch begins is old and is passed over. A file that
is replaced or cut short is read from its beginning, unless it begins with the
line that the one before began with: then it is a copy, as an editor makes
one, and nothing of it is given out a second time.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

CHUNK = 65_536
MOST_BYTES = 16_000
"""Longest line that is read; what comes until its end is passed over."""

_WRITABLE_BY_OTHERS = 0o022
_OPEN_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Found:
    """A line, or why there is none.

    Attributes:
        text: The line without its end; the beginning of it if it was passed over.
        fault: Why it must not be used; empty if it may.
    """

    text: str
    fault: str = ""


class Tail:
    """Follows one path.

    Args:
        path: File or named pipe; it need not exist yet.

    Attributes:
        trouble: Why nothing is read at present; empty if all is well or there is no file yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1
        self._pipe = False
        self._at = 0
        self._first = True
        self._head = b""
        self._part = bytearray()
        self._passing = False
        self.trouble = ""

    def poll(self) -> list[Found]:
        """Return what has come since the last call, oldest first; never waits."""
        found: list[Found] = []
        if self._fd < 0:
            self._open(found)
        if self._fd >= 0:
            self._read(found)
        return found

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def _open(self, found: list[Found]) -> None:
        try:
            fd = os.open(self._path, _OPEN_FLAGS)
        except FileNotFoundError:
            self.trouble, self._first = "", False
            return
        except OSError as error:
            link = error.errno == errno.ELOOP
            self.trouble = "is a link: name the file itself" if link else f"cannot be opened: {error.strerror}"
            return
        status = os.fstat(fd)
        self.trouble = unsafe(status) or unsafe_place(self._path.parent)
        if self.trouble:
            os.close(fd)
            return
        self._fd, self._pipe, self._at = fd, stat.S_ISFIFO(status.st_mode), 0
        self._part.clear()
        self._passing = False
        if not self._pipe:
            self._begin(status.st_size, found)
        self._first = False

    def _begin(self, size: int, found: list[Found]) -> None:
        """Choose where to begin in a file that is new, replaced or cut short."""
        copied = bool(self._head) and os.pread(self._fd, len(self._head), 0) == self._head
        if copied:
            text = "begins with a line that was read before: taken for a copy, nothing in it now is executed"
            found.append(Found("", text))
        if self._first or copied:
            self._at = size
            # What is appended to an unfinished line is no line of its own.
            self._passing = size > 0 and os.pread(self._fd, 1, size - 1) != b"\n"
        self._head = self._first_line()

    def _first_line(self) -> bytes:
        line, end, _ = os.pread(self._fd, MOST_BYTES, 0).partition(b"\n")
        return line + end if end else b""

    def _read(self, found: list[Found]) -> None:
        status = os.fstat(self._fd)
        self.trouble = unsafe(status)
        if self.trouble:
            self._drop_part(found)
            self.close()
        elif self._pipe:
            self._read_pipe(found)
        else:
            self._read_file(status, found)

    def _read_pipe(self, found: list[Found]) -> None:
        try:
            data = os.read(self._fd, CHUNK)
        except BlockingIOError:
            return  # a writer is there and has said nothing
        if data:
            self._split(data, found)
            return
        self._drop_part(found)  # the last writer went in the middle of a line
        if not self._is_at_path():
            self.close()

    def _read_file(self, status: os.stat_result, found: list[Found]) -> None:
        if status.st_size < self._at:
            self._drop_part(found)
            self._at = 0
            self._begin(status.st_size, found)
        data = os.pread(self._fd, CHUNK, self._at)
        if data:
            self._at += len(data)
            self._split(data, found)
            self._head = self._head or self._first_line()
        elif not self._is_at_path():
            self._drop_part(found)
            self.close()

    def _is_at_path(self) -> bool:
        """Tell whether the path still leads to what is being read; one that leads nowhere is being replaced."""
        try:
            there = self._path.stat(follow_symlinks=False)
        except OSError:
            return True
        here = os.fstat(self._fd)
        return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)

    def _drop_part(self, found: list[Found]) -> None:
        if self._part:
            found.append(Found(_text(self._part)[0], "the line has no end"))
        self._part.clear()
        self._passing = False

    def _split(self, data: bytes, found: list[Found]) -> None:
        *whole, rest = data.split(b"\n")
        for piece, ended in (*((line, True) for line in whole), (rest, False)):
            if self._passing:
                self._passing = not ended
                continue
            self._part += piece
            if len(self._part) > MOST_BYTES:
                found.append(Found(_text(self._part[:MOST_BYTES])[0], f"the line is longer than {MOST_BYTES} bytes"))
                self._part.clear()
                self._passing = not ended
            elif ended:
                found.append(Found(*_text(self._part.removesuffix(b"\r"))))
                self._part.clear()


def _text(raw: bytes | bytearray) -> tuple[str, str]:
    try:
        return raw.decode("utf-8"), ""
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace"), "the line is not UTF-8 text"


def unsafe(status: os.stat_result) -> str:
    """Say why what a file holds may not be trusted with money; empty if it may."""
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISFIFO(status.st_mode)):
        return "is neither a file nor a named pipe"
    if status.st_uid != os.geteuid():
        return "belongs to another user"
    if status.st_mode & _WRITABLE_BY_OTHERS:
        return "can be written by other users: chmod 600 it"
    return ""


def unsafe_place(directory: Path) -> str:
    """Say why others could put another file in the place of ours; empty if they cannot."""
    status = directory.stat()
    if status.st_uid not in {0, os.geteuid()}:
        return "lies in a directory of another user"
    if status.st_mode & _WRITABLE_BY_OTHERS and not status.st_mode & stat.S_ISVTX:
        return "lies in a directory that other users can write"
    return ""
