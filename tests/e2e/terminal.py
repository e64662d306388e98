"""A terminal for tests: the program in a real pty, its picture in pyte.

The program's bytes are read by a thread, kept whole, and fed to a screen of
the size of the terminal. Tests press keys and wait for what a person would
see; nothing here sleeps for a fixed time.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pyte

ROOT = Path(__file__).resolve().parents[2]
BOUND_S = 20.0
"""How long a test waits for anything; a slow machine shared by many still makes it."""

POLL_S = 0.02
PACE_S = 0.8
"""A person who sees that a key did nothing presses it again after this time."""

_CHUNK = 65_536

KEYS = {
    "Enter": "\r",
    "Esc": "\x1b",
    "Up": "\x1b[A",
    "Down": "\x1b[B",
    "PageUp": "\x1b[5~",
    "PageDown": "\x1b[6~",
    "Space": " ",
    "Ctrl+K": "\x0b",
}
# Becomes the leader of its own session with the pty as its terminal, so that closing the pty hangs it up.
_LEADER = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
_MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[([<>])\d*u")


def until(done: Callable[[], object], seconds: float = BOUND_S, what: str = "") -> None:
    """Wait until something is true.

    Args:
        done: Asked again and again.
        seconds: At the most.
        what: For the failure's text.

    Raises:
        AssertionError: It did not become true.
    """
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not done():
        assert time.monotonic() < end, f"not within {seconds} s: {what or done}"
        pause.wait(POLL_S)


def boxed(picture: str) -> bool:
    """Say whether the boxes of a picture reach its last column, above and below."""
    lines = picture.split("\n")
    edges = {line[-1:] for line in lines if line.rstrip().endswith(("╮", "╯"))}
    return edges == {"╮", "╯"} and all(line[-1] in "│╮╯" for line in lines[2 : len(lines) - 4])


class _Picture(pyte.Screen):
    """A screen that answers what the program asks of its terminal."""

    answer: Callable[[bytes], None]

    def write_process_input(self, data: str) -> None:
        self.answer(data.encode())


class Terminal:
    """A running `python -m app` and its terminal.

    Args:
        words: Its command line.
        env: Its whole environment.
        columns: Width of the terminal.
        rows: Height.
    """

    def __init__(self, words: tuple[str, ...], env: Mapping[str, str], columns: int, rows: int) -> None:
        self._master, slave = os.openpty()
        self._wake_read, self._wake_write = os.pipe()
        self._changed = threading.Condition()
        self._reads = True
        self._open = True
        self._raw = bytearray()
        self._picture = _Picture(columns, rows)
        self._picture.answer = self._write
        self._stream = pyte.ByteStream(self._picture)
        self.resize(columns, rows)
        command = [sys.executable, "-c", _LEADER, "-P", "-m", "app", *words]
        try:
            self.process = subprocess.Popen(
                command, stdin=slave, stdout=slave, stderr=slave, env=dict(env), cwd=ROOT, start_new_session=True
            )
        finally:
            os.close(slave)
        self._thread = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._thread.start()

    # What is seen

    def text(self) -> str:
        """Return the picture, one line a row."""
        with self._changed:
            return "\n".join(self._picture.display)

    def cells(self) -> list[list[pyte.screens.Char]]:
        """Return the picture with its colours, row by row."""
        with self._changed:
            screen = self._picture
            return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]

    def raw(self) -> bytes:
        """Return every byte that the program wrote."""
        with self._changed:
            return bytes(self._raw)

    def colours(self) -> set[str]:
        """Return the names or RGB values of all colours in the picture."""
        with self._changed:
            return {colour for row in self._picture.buffer.values() for cell in row.values() for colour in cell[1:3]}

    def modes(self) -> dict[int, bool]:
        """Return the private modes that the program touched, and how it left them."""
        found: dict[int, bool] = {}
        for numbers, letter in _MODE.findall(self.raw()):
            found.update({int(number): letter == b"h" for number in numbers.split(b";")})
        return found

    def keyboard_depth(self) -> int:
        """Return how many kitty keyboard modes are still pushed."""
        signs = list(_KITTY.findall(self.raw()))
        return signs.count(b">") - signs.count(b"<")

    # What a person does

    def keys(self, *names: str) -> None:
        """Press keys: single characters, or names such as `Enter`, `PageDown`, `Ctrl+K`."""
        for name in names:
            assert len(name) == 1 or name in KEYS, f"no key {name!r}"
            self._write(KEYS.get(name, name).encode())

    def type(self, text: str) -> None:
        """Type a text."""
        self._write(text.encode())

    def wait_for(self, what: str | Callable[[str], object], seconds: float = BOUND_S) -> str:
        """Wait until the picture holds a text or satisfies a predicate.

        Args:
            what: The text, or a function of the picture.
            seconds: At the most.

        Returns:
            The picture that did.

        Raises:
            AssertionError: It did not; with the picture that was there instead.
        """
        seen = (lambda picture: what in picture) if isinstance(what, str) else what
        end = time.monotonic() + seconds
        with self._changed:
            while True:
                picture = "\n".join(self._picture.display)
                if seen(picture):
                    return picture
                left = end - time.monotonic()
                if left <= 0 or not self._thread.is_alive():
                    code = self.process.poll()
                    raise AssertionError(f"{what!r} not seen within {seconds} s (exit code {code}):\n{picture}")
                self._changed.wait(min(left, 0.5))

    def command(self, text: str) -> None:
        """Type a line of the `:` grammar and leave it unsent."""
        self.keys(":")
        self.wait_for(re.compile(r"(?m)^ ?:").search)
        self.type(text)
        self.wait_for(f":{text}")

    def arm(self) -> None:
        """Arm the money keys unless they are."""
        if "ARMED 1" not in self.text():
            self.keys("A")
            self.wait_for("ARMED 1")

    def press(self, key: str, what: str | Callable[[str], object], seconds: float = BOUND_S) -> str:
        """Press a key until something is seen, at the pace of a person.

        The program takes a key that comes again within 0.3 s for a held key,
        and Enter less than a beat after a draft for a slip.

        Args:
            key: One key.
            what: As for `wait_for`.
            seconds: At the most.

        Returns:
            The picture.
        """
        end = time.monotonic() + seconds
        while True:
            self.keys(key)
            try:
                return self.wait_for(what, PACE_S)
            except AssertionError:
                if time.monotonic() > end:
                    raise

    def wait_gone(self, what: str, seconds: float = BOUND_S) -> str:
        """Wait until the picture no longer holds a text."""
        return self.wait_for(lambda picture: what not in picture, seconds)

    def settle(self, quiet_s: float = 0.02, seconds: float = BOUND_S) -> None:
        """Wait for a moment without output: the picture is then a whole one."""
        end = time.monotonic() + seconds
        with self._changed:
            while self._changed.wait(quiet_s):
                assert time.monotonic() < end, f"the program never paused for {quiet_s} s"

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size; the kernel tells the program."""
        with self._changed:
            self._picture.resize(rows, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def freeze(self) -> None:
        """Stop reading, as a stalled connection does; `thaw` reads on."""
        self._reads = False
        self._wake()

    def thaw(self) -> None:
        """Read again."""
        self._reads = True
        self._wake()

    # Endings

    def exit_code(self, seconds: float = BOUND_S) -> int:
        """Wait until the program ended and its last bytes are read."""
        code = self.process.wait(seconds)
        self._thread.join(seconds)
        return code

    def kill(self) -> None:
        """End the program without a warning."""
        self.process.kill()
        self.process.wait(BOUND_S)

    def hang_up(self) -> None:
        """Close the terminal under the program."""
        if not self._open:
            return
        self._open = False
        self._wake()
        self._thread.join(BOUND_S)
        for fd in (self._master, self._wake_read, self._wake_write):
            os.close(fd)

    def _write(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # the other end may be gone: what is seen then says so
            os.write(self._master, data)

    def _wake(self) -> None:
        os.write(self._wake_write, b".")

    def _read(self) -> None:
        while self._open:
            wanted = [self._wake_read, self._master] if self._reads else [self._wake_read]
            ready, _, _ = select.select(wanted, [], [])
            if self._wake_read in ready:
                os.read(self._wake_read, 1)
                continue
            try:
                data = os.read(self._master, _CHUNK)
            except OSError:  # Linux says EIO when the last holder of the other end is gone
                data = b""
            with self._changed:
                self._raw += data
                self._stream.feed(data)
                self._changed.notify_all()
            if not data:
                return
