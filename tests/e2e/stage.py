"""A home of its own for a test, the processes that live in it, and their end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tests.e2e.terminal import BOUND_S, ROOT, Terminal, until

KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""What a program of the test inherits from the environment; all else is set here."""


class Truth(msgspec.Struct, frozen=True):
    """A line of the venue's truth log, as far as tests compare it."""

    kind: str
    account: str = ""
    order_id: str = ""
    cl_ord_id: str | None = ""
    exec_id: str = ""
    symbol: str = ""
    side: str = ""
    price: str | None = ""
    qty: str = ""
    source: str = ""
    ts_ns: int = 0
    order_type: str = ""
    time_in_force: str = ""
    post_only: bool = False
    display: str = "0"
    expire_ns: int = 0
    close: str = ""


class Stage:
    """Runs the program below one directory and knows whatever of it still runs.

    Args:
        path: The directory, short enough for sockets in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.terminals: list[Terminal] = []

    @property
    def env(self) -> dict[str, str]:
        """The environment of every process of this stage."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return {
            "LANG": "C.UTF-8",
            **kept,
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.path),
            "QUARTERDECK_HOME": str(self.path),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
        }

    def configure(self, text: str) -> Path:
        """Write the configuration."""
        file = self.path / "config" / "config.toml"
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o600)
        return file

    def open(self, *words: str, columns: int = 120, rows: int = 40, env: Mapping[str, str] | None = None) -> Terminal:
        """Start the program in a terminal.

        Args:
            words: Its command line.
            columns: Width.
            rows: Height.
            env: Changes to the environment; an empty value removes the variable.
        """
        whole = {name: value for name, value in {**self.env, **(env or {})}.items() if value}
        terminal = Terminal(words, whole, columns, rows)
        self.terminals.append(terminal)
        return terminal

    def practice(
        self, *words: str, columns: int = 120, rows: int = 40, env: Mapping[str, str] | None = None
    ) -> Terminal:
        """Open a practice session and wait for its verified book."""
        terminal = self.open(*words, columns=columns, rows=rows, env=env)
        terminal.wait_for("VERIFIED", 2 * BOUND_S)
        return terminal

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command that needs no terminal."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "app", *words],
            env=self.env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=2 * BOUND_S,
            check=False,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command that goes on until it is ended."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "app", *words],
            env=self.env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def truth(self, kind: str = "", profile: str = "practice") -> list[Truth]:
        """Return the venue's own record of this account, oldest first.

        Args:
            kind: Only lines of this kind; empty for all.
            profile: Names the file.
        """
        file = self.path / "state" / "venue" / f"{profile}.truth.jsonl"
        lines = [msgspec.json.decode(line, type=Truth) for line in file.read_bytes().split(b"\n")[:-1]]
        return [line for line in lines if kind in ("", line.kind) and line.account == "practice"]

    def fills(self, profile: str = "practice") -> list[Truth]:
        """Return this account's executions from the venue's record."""
        return [line for line in self.truth(profile=profile) if line.exec_id]

    def running(self) -> dict[int, str]:
        """Return the command lines of all processes that live in this home."""
        mark = f"QUARTERDECK_HOME={self.path}".encode()
        found = {}
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (place / "environ").read_bytes().split(b"\0"):
                    found[int(place.name)] = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        return found

    def wait_empty(self, seconds: float = BOUND_S) -> None:
        """Wait until no process of ours is left.

        Raises:
            AssertionError: One is.
        """
        until(lambda: not self.running(), seconds, f"still running: {self.running()}")

    def end(self) -> None:
        """End whatever a test left, and remove its files."""
        for terminal in self.terminals:
            if terminal.process.poll() is None:
                terminal.kill()
            terminal.hang_up()
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid, words in self.running().items():
                # The venue follows its engine, which may still want to talk to it.
                if number == signal.SIGKILL or "venue --until-eof" not in words:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, number)
            with contextlib.suppress(AssertionError):
                self.wait_empty(BOUND_S / 4)
        shutil.rmtree(self.path, ignore_errors=True)
