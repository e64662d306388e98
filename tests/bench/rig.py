"""The real processes, put together for a measurement and taken apart after it.

A rig owns a home of its own, a loopback venue (`tests.bench.loopback`), an
engine and, if wanted, a screen in a pseudo terminal that it reads. Every
process it starts is ended by its id.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.bootstrap.brief import EngineBrief, KeyBrief
from app.bootstrap.processes import Starting, await_engine, begin_engine
from app.paths import HOME_VARIABLE, Paths
from app.settings import Urls

ROOT = Path(__file__).resolve().parents[2]
SIZE = (46, 186)
PROFILE = "practice"
SYMBOL = "BTC/USD"
KEY = KeyBrief("bench", "qdpractice-bench", "a2V5IG9mIHRoZSBiZW5jaG1hcms=")
NS = 1_000_000_000
MS = 1_000_000
WAIT_S = 20.0
CALM_BEAT_S = 0.5
CALM_LIMIT_S = 30.0
READ = 65_536
LINK_BEAT_S = 0.002
PIECE = 512
"""Bytes that a link delivers at once."""

WHERE, HERE = b"\x1b[6n", b"\x1b[1;1R"
"""The question for the cursor, and the answer of a terminal."""


class BenchError(Exception):
    """A measurement could not be made; says why."""


def until(condition: Callable[[], bool], what: str, within_s: float = WAIT_S) -> None:
    """Wait for a condition.

    Raises:
        BenchError: It did not come true in time.
    """
    end = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end:
            raise BenchError(f"{what}: not within {within_s:.0f} s")
        time.sleep(0.002)


class Venue:
    """A loopback venue as a process.

    Args:
        symbols: Pairs that it has.
    """

    def __init__(self, symbols: int = 1) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.loopback", str(symbols)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        ports = self._line()
        self.port, self.raw_port = ports["port"], ports["raw"]

    def urls(self) -> Urls:
        """Return its addresses."""
        base = f"ws://127.0.0.1:{self.port}"
        return Urls(
            rest=f"http://127.0.0.1:{self.port}",
            ws_public=f"{base}/public",
            ws_auth=f"{base}/auth",
            ws_l3=f"{base}/l3",
        )

    def rate(self, messages: int) -> None:
        """Play so many messages a second."""
        self._tell(f"rate {messages}")

    def single(self, messages: int) -> None:
        """Play so many messages a second, each by itself; takes a core."""
        self._tell(f"single {messages}")

    def spread(self, messages: int) -> None:
        """Play so many messages a second, for all pairs in turn."""
        self._tell(f"spread {messages}")

    def report(self) -> dict[str, Any]:
        """Return what happened since the last report."""
        self._tell("report")
        return self._line()

    def calm(self, messages: int) -> None:
        """Play so many messages a second, few, and wait until the client has taken what waited for it."""
        self.rate(messages)
        self.report()
        end = time.monotonic() + CALM_LIMIT_S
        while time.monotonic() < end:
            time.sleep(CALM_BEAT_S)
            told = self.report()
            if told["batches"] and not told["backlog"]:
                return

    def _tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def _line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def stop(self) -> None:
        """End it: its standard input ends."""
        self.process.communicate()


@dataclass(frozen=True)
class Wire:
    """A link to a terminal, as SSH makes one: it takes what the program prints, and delivers it in its own time.

    Attributes:
        bytes_per_s: What it carries.
        rtt_s: Time of a way there and back.
        window: Bytes that it takes before the first of them is delivered.
    """

    bytes_per_s: int
    rtt_s: float = 0.0
    window: int = 2_000_000

    @property
    def way_ns(self) -> int:
        """Time of one way."""
        return int(self.rtt_s * NS / 2)


class Terminal:
    """A program in a pseudo terminal; what it prints is kept with the time at which it came.

    It says where its cursor is when it is asked, as terminals do.

    Args:
        words: The program and its arguments.
    """

    def __init__(self, words: list[str]) -> None:
        self.started = time.monotonic_ns()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            with contextlib.suppress(OSError):
                os.execvpe(words[0], words, {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"})
            os._exit(127)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        self.chunks: list[tuple[int, bytes]] = []
        self.reads = threading.Event()
        self.reads.set()
        self.wire: Wire | None = None
        self._free = 0
        self._answers: list[int] = []
        self._tail = b""
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        """Read for ever, but nothing while `reads` is off; over a wire a piece's time is when it will be delivered."""
        while True:
            self.reads.wait()
            wire = self.wire
            try:
                self._wait(wire)
                data = os.read(self.fd, PIECE if wire else READ)
            except OSError:
                return
            if not data:
                return
            self.chunks.append((self._delivered(wire, data), data))

    def _wait(self, wire: Wire | None) -> None:
        """Answer what is due until there is something to read and room for it."""
        while True:
            now = time.monotonic_ns()
            while self._answers and self._answers[0] <= now:
                self._answers.pop(0)
                os.write(self.fd, HERE)
            full = wire is not None and (self._free - now) * wire.bytes_per_s // NS > wire.window
            beat = LINK_BEAT_S if full or self._answers else CALM_BEAT_S
            if select.select([] if full else [self.fd], [], [], beat)[0]:
                return

    def _delivered(self, wire: Wire | None, data: bytes) -> int:
        """Return when what was read will be at the other end, and note what is to be answered then."""
        now = time.monotonic_ns()
        there = back = now
        if wire is not None:
            self._free = max(self._free, now) + len(data) * NS // wire.bytes_per_s
            there = self._free + wire.way_ns
            back = there + wire.way_ns
        data = self._tail + data  # a question may be in two pieces
        self._answers += [back] * data.count(WHERE)
        self._tail = data[-len(WHERE) + 1 :]
        return there

    def press(self, keys: bytes) -> int:
        """Type; return the monotonic time just before."""
        now = time.monotonic_ns()
        if self.wire is not None:
            time.sleep(self.wire.rtt_s / 2)
        os.write(self.fd, keys)
        return now

    def seen(self, since: int = 0) -> bytes:
        """Return what was printed since a time."""
        return b"".join(data for at, data in self.chunks if at >= since)

    def first(self, marker: bytes, since: int = 0) -> int | None:
        """Return when a text was complete on the terminal, None if it has not come."""
        text = b""
        for at, data in self.chunks:
            if at >= since:
                text += data
                if marker in text:
                    return at
        return None

    def stop(self, *, told: bool = False) -> None:
        """End the program and wait for it.

        Args:
            told: It was told already, by its own keys.
        """
        self.wire = None
        self.reads.set()
        if not told:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
        reap(self.pid)
        os.close(self.fd)
        self._reader.join(1)


def reap(pid: int, within_s: float = 5.0) -> None:
    """Wait for a process that was told to end; kill it if it does not."""
    end = time.monotonic() + within_s
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
                end += within_s
            time.sleep(0.01)


def cpu_ns(pid: int) -> int:
    """Return the CPU time of a process with all its threads, in nanoseconds."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            total += int((task / "schedstat").read_text().split()[0])
    return total


def rss_bytes(pid: int) -> int:
    """Return the resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def _module(paths: Paths, name: str) -> Starting:
    """Start a module as an engine."""
    process = subprocess.Popen(
        [sys.executable, "-m", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=ROOT,
    )
    return Starting(process, paths.log_file("engine"))


class Rig:
    """A home, a venue and an engine; a screen on demand.

    Args:
        symbols: Pairs of the venue.
        config: Text of the configuration file; empty for the defaults.
        engine: Module that runs the engine, if not the program's own.
    """

    def __init__(self, symbols: int = 1, config: str = "", engine: str = "") -> None:
        self._home = Path(tempfile.mkdtemp(prefix="qdbench"))
        self._before = os.environ.get(HOME_VARIABLE)
        os.environ[HOME_VARIABLE] = str(self._home)
        self.paths = Paths.from_environment()
        self._close = contextlib.ExitStack()
        self._close.callback(self._clean)
        if config:
            self.paths.config_file.parent.mkdir(mode=0o700)
            self.paths.config_file.write_text(config)
        try:
            self.venue = Venue(symbols)
            self._close.callback(self.venue.stop)
            starting = _module(self.paths, engine) if engine else begin_engine(self.paths)
            brief = EngineBrief(PROFILE, self.venue.urls(), key=KEY, symbol=SYMBOL)
            self.engine = await_engine(starting, brief).pid
            self._close.callback(self._stop_engine)
        except BaseException:
            self._close.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close.close()

    @property
    def socket(self) -> Path:
        """Where the engine listens."""
        return self.paths.socket(PROFILE)

    @contextlib.contextmanager
    def screen(self, *words: str) -> Iterator[Terminal]:
        """Open a screen on the engine."""
        terminal = Terminal([sys.executable, "-P", "-m", "app", "attach", *words])
        try:
            yield terminal
        finally:
            terminal.stop()

    def _stop_engine(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.engine, signal.SIGTERM)
        reap(self.engine)

    def _clean(self) -> None:
        if self._before is None:
            os.environ.pop(HOME_VARIABLE, None)
        else:
            os.environ[HOME_VARIABLE] = self._before
        shutil.rmtree(self._home, ignore_errors=True)
