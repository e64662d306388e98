"""How long it takes until something is to be seen (`performance.md` §4, goal P8).

Every start is a fresh process in a pseudo terminal; times run from exec to the
bytes that this benchmark reads, five rounds of all kinds in turns:

* `python`: an interpreter that prints a word;
* `minimal`: a Textual application of one line (`tests.bench.minimal`);
* `attach_word`, `attach_paint`, `attach_book`: our screen on an engine that
  runs, to the first word on the terminal, its first paint and the first
  verified book;
* `practice_word`, `practice_paint`, `practice_book`: `quarterdeck` in an empty
  home, which starts the local venue and the engine first; to the first word on
  the terminal, the first paint, the first verified book.

Ratios are to `minimal` of the same round. Compiled modules are kept in the home
of the benchmark and one round is played before the first that counts: whoever
starts the program had it compiled when it was installed. `heavy` names what the screen and
the engine have imported of the modules that they should not need at a start.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.paths import HOME_VARIABLE
from tests.bench.rig import MS, ROOT, Rig, Terminal, until

ROUNDS = 5
LIMIT_S = 120.0
PYTHON = [sys.executable, "-P"]
WORD = b"\x1b[?1049h"
"""The alternate screen: Textual is about to paint."""

MINIMAL, FRAME, BOOK = b"minimal", "╭".encode(), b"VERIFIED"
HEAVY = ("polars", "httpx", "websockets", "textual", "rich", "numpy", "pandas", "keyring", "simplefix")
SCREEN_MODULE, ENGINE_MODULE = "app.screens.app", "app.bootstrap.engine_process"


@contextlib.contextmanager
def compiled() -> Iterator[None]:
    """Let the processes of a while share a place for compiled modules, whatever this one was told about them."""
    told = {name: os.environ.pop(name, None) for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")}
    with tempfile.TemporaryDirectory(prefix="qdbench") as name:
        os.environ["PYTHONPYCACHEPREFIX"] = name
        try:
            yield
        finally:
            del os.environ["PYTHONPYCACHEPREFIX"]
            os.environ.update({name: value for name, value in told.items() if value is not None})


@contextlib.contextmanager
def home() -> Iterator[None]:
    """Use an empty home for a while."""
    before = os.environ.get(HOME_VARIABLE)
    with tempfile.TemporaryDirectory(prefix="qdbench") as name:
        os.environ[HOME_VARIABLE] = name
        try:
            yield
        finally:
            if before is None:
                del os.environ[HOME_VARIABLE]
            else:
                os.environ[HOME_VARIABLE] = before


def times(words: list[str], *markers: bytes, leave: bytes = b"") -> list[float]:
    """Start a program and return the milliseconds until each marker was on the terminal.

    Args:
        words: The program.
        markers: What it prints.
        leave: Keys that end it; without them it is told by a signal.
    """
    terminal = Terminal(words)
    try:
        until(lambda: terminal.first(markers[-1]) is not None, f"{words[-1]} on the terminal", LIMIT_S)
        found = [terminal.first(marker) for marker in markers]
        if leave:
            terminal.press(leave)
    finally:
        terminal.stop(told=bool(leave))
    return [((at or 0) - terminal.started) / MS for at in found]


def heavy(module: str) -> list[str]:
    """Return which heavy modules a role imports."""
    code = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([*PYTHON, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


def one_round() -> dict[str, float]:
    """Start everything once."""
    found = {
        "python": times([*PYTHON, "-c", "print('word', flush=True)"], b"word")[0],
        "minimal": times([*PYTHON, str(Path(__file__).with_name("minimal.py"))], MINIMAL)[0],
    }
    with Rig() as rig:
        with rig.screen() as warm:
            until(lambda: warm.first(BOOK) is not None, "a verified book")
        marks = times([*PYTHON, "-m", "app", "attach"], b"quarterdeck", FRAME, BOOK)
    found["attach_word"], found["attach_paint"], found["attach_book"] = marks
    with home():
        marks = times([*PYTHON, "-m", "app", "--seed", "1"], b"quarterdeck", FRAME, BOOK, leave=b"q")
    found["practice_word"], found["practice_paint"], found["practice_book"] = marks
    return found


def run(rounds: int = ROUNDS) -> dict[str, object]:
    """Return milliseconds from exec, and ratios to a minimal Textual application.

    Args:
        rounds: Rounds of all kinds of start.
    """
    with home(), compiled():
        os.environ["PYTHONPATH"] = str(ROOT)
        one_round()
        samples = [one_round() for _ in range(rounds)]
    names = list(samples[0])

    def ratio(name: str) -> float:
        return round(statistics.median(sample[name] / sample["minimal"] for sample in samples), 2)

    return {
        **{f"{name}_to_minimal": ratio(name) for name in names if name not in {"python", "minimal"}},
        **{f"ms_{name}": round(statistics.median(sample[name] for sample in samples), 1) for name in names},
        "screen_imports": heavy(SCREEN_MODULE),
        "engine_imports": heavy(ENGINE_MODULE),
    }
