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


def _program(*words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "app", *words]


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    path = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{path}" if path else root}


def _log(paths: Paths, role: str) -> IO[bytes]:
    path = paths.log_file(role).with_suffix(".err")
    private_dir(path.parent)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, PRIVATE_FILE), "ab")


def start_venue(paths: Paths, words: list[str]) -> tuple[subprocess.Popen[bytes], VenueReady]:
    """Start the local venue and wait until it listens.

    Args:
        paths: Where its log goes.
        words: Options of `quarterdeck venue`.

    Returns:
        The process, whose standard input keeps it alive, and its ready line.

    Raises:
        UnavailableError: It ended or said nothing in time.
    """
    with _log(paths, "venue") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            _program("venue", "--until-eof", *words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            env=_environment(),
        )
    line = _first_line(process, VENUE_START_S, "the local venue", paths.log_file("venue"))
    try:
        return process, decode_venue(line)
    except msgspec.MsgspecError as error:
        process.kill()
        raise UnavailableError(f"the local venue said something else than its addresses ({error})", "") from None


def start_engine(paths: Paths, brief: EngineBrief, life_line: int | None = None) -> Ready:
    """Start an engine and wait until its socket is there.

    Args:
        paths: Where its log goes.
        brief: What it is told.
        life_line: File descriptor that the engine holds until it ends (the
            venue's standard input), or None.

    Returns:
        Its ready line.

    Raises:
        UnavailableError: It ended or said nothing in time.
    """
    with _log(paths, "engine") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            _program("_engine"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            pass_fds=() if life_line is None else (life_line,),
            env=_environment(),
        )
    assert process.stdin is not None
    try:
        process.stdin.write(encode(brief))
        process.stdin.close()
    except BrokenPipeError:
        process.stdin = None
    ready = decode_ready(_first_line(process, ENGINE_START_S, "the engine", paths.log_file("engine")))
    if ready.error:
        process.wait()
        failure = UnavailableError(ready.error, ready.hint)
        failure.exit_code = ready.code
        raise failure
    return ready


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
