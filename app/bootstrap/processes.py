"""Starting the venue and the engine as processes of their own.

Both get a session of their own, so that a hang-up of the terminal reaches
neither. The venue ends with the engine: it lives as long as the other end of
its standard input, which the engine alone holds.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from app.bootstrap.brief import EngineBrief, Ready, VenueReady, decode_ready, decode_venue, encode
from app.clock import NS_PER_S, SystemClock
from app.errors import UnavailableError
from app.paths import PRIVATE_FILE, Paths, private_dir

VENUE_START_S = 60
ENGINE_START_S = 20
_CHUNK = 65_536


_STEADY_HEAP = {"MALLOC_MMAP_THRESHOLD_": "65536"}
"""What lives for hours gives its large blocks back to the system. Left to itself, glibc keeps ever larger ones in its
heap, where the holes that recordings of the past leave add up to hundreds of megabytes; others ignore it."""


def _program(*words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "app", *words]


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    path = os.environ.get("PYTHONPATH", "")
    return {**_STEADY_HEAP, **os.environ, "PYTHONPATH": f"{root}{os.pathsep}{path}" if path else root}


def _log(paths: Paths, role: str) -> IO[bytes]:
    path = paths.log_file(role).with_suffix(".err")
    private_dir(path.parent)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, PRIVATE_FILE), "ab")


@dataclass(frozen=True, slots=True)
class Starting:
    """A process that was started and has not said yet that it is ready.

    Attributes:
        process: The process; its standard input is open.
        log: Its log.
    """

    process: subprocess.Popen[bytes]
    log: Path

    def give_up(self) -> None:
        """End it: it is not needed after all."""
        self.process.kill()
        self.process.communicate()


def begin_venue(paths: Paths, words: list[str]) -> Starting:
    """Start the local venue without waiting for it.

    Args:
        paths: Where its log goes.
        words: Options of `quarterdeck venue`.

    Returns:
        The process, whose standard input keeps it alive.
    """
    return _begin(paths, "venue", ("venue", "--until-eof", *words))


def begin_engine(paths: Paths, life_line: int | None = None) -> Starting:
    """Start an engine without waiting for it: it imports what it needs, then reads its brief.

    Args:
        paths: Where its log goes.
        life_line: File descriptor that the engine holds until it ends (the
            venue's standard input), or None.
    """
    return _begin(paths, "engine", ("_engine",), life_line)


def _begin(paths: Paths, role: str, words: Sequence[str], life_line: int | None = None) -> Starting:
    with _log(paths, role) as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            _program(*words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            pass_fds=() if life_line is None else (life_line,),
            env=_environment(),
        )
    return Starting(process, paths.log_file(role))


def await_venue(starting: Starting) -> VenueReady:
    """Wait until the local venue listens.

    Raises:
        UnavailableError: It ended or said nothing in time.
    """
    line = _first_line(starting.process, VENUE_START_S, "the local venue", starting.log)
    try:
        return decode_venue(line)
    except msgspec.MsgspecError as error:
        starting.process.kill()
        raise UnavailableError(f"the local venue said something else than its addresses ({error})", "") from None


def await_engine(starting: Starting, brief: EngineBrief) -> Ready:
    """Tell an engine what it is to do and wait until its socket is there.

    Args:
        starting: The engine.
        brief: What it is told.

    Returns:
        Its ready line.

    Raises:
        UnavailableError: It ended or said nothing in time.
    """
    process = starting.process
    assert process.stdin is not None
    try:
        process.stdin.write(encode(brief))
        process.stdin.close()
    except BrokenPipeError:
        process.stdin = None
    ready = decode_ready(_first_line(process, ENGINE_START_S, "the engine", starting.log))
    if ready.error:
        process.wait()
        failure = UnavailableError(ready.error, ready.hint)
        failure.exit_code = ready.code
        raise failure
    return ready


def start_engine(paths: Paths, brief: EngineBrief) -> Ready:
    """Start an engine and wait until its socket is there; raises as `await_engine` does."""
    return await_engine(begin_engine(paths), brief)


def _first_line(process: subprocess.Popen[bytes], limit_s: int, name: str, log: Path) -> bytes:
    assert process.stdout is not None
    fd = process.stdout.fileno()
    clock = SystemClock()
    end = clock.mono_ns() + limit_s * NS_PER_S
    line = b""
    with selectors.DefaultSelector() as selector:
        selector.register(fd, selectors.EVENT_READ)
        while b"\n" not in line:
            left = end - clock.mono_ns()
            if left <= 0 or not selector.select(left / NS_PER_S):
                process.kill()
                raise UnavailableError(f"{name} was not ready within {limit_s} s", f"see {log}")
            data = os.read(fd, _CHUNK)
            if not data:
                code = process.wait()
                raise UnavailableError(f"{name} ended with code {code} before it was ready", _last_words(log))
            line += data
    return line.split(b"\n", 1)[0]


def _last_words(log: Path) -> str:
    """Return the last line that a process wrote to its standard error."""
    with contextlib.suppress(OSError):
        lines = log.with_suffix(".err").read_text(errors="replace").strip().splitlines()
        if lines:
            return lines[-1].removeprefix("quarterdeck: ")
    return f"see {log}"
