"""Programs that benchmarks compare with: built where they are used, children that answer, or left out."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
LIMIT_S = 60


class LeftOut(Exception):
    """Something takes no part in a comparison; says why."""


def build(name: str, folder: Path, *libraries: str) -> Path:
    """Compile `NAME.c` beside this file.

    Args:
        name: The program.
        folder: Where it is put.
        libraries: What it is linked with.

    Returns:
        The program.

    Raises:
        LeftOut: There is no compiler, or it refused.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise LeftOut("there is no C compiler (cc)")
    program = folder / name
    words = [compiler, "-O2", "-o", str(program), str(HERE / f"{name}.c"), *(f"-l{library}" for library in libraries)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode:
        raise LeftOut(f"cc could not build {name}.c: {done.stderr.strip().splitlines()[:1]}")
    return program


class Child:
    """A process that answers each line with a JSON line.

    Args:
        words: The program and its arguments.
        environment: Its environment, if not ours.
    """

    def __init__(self, words: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )

    @property
    def output(self) -> int:
        """What its answers can be waited for with."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def read(self) -> Mapping[str, object]:
        """Return its next answer.

        Raises:
            LeftOut: It ended.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise LeftOut(f"{self._process.args!r} ended with {self._process.wait()}")
        answer: Mapping[str, object] = json.loads(line)
        return answer

    def send(self, line: str) -> None:
        """Send a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def tell(self, line: str) -> Mapping[str, object]:
        """Send a line and return the answer."""
        self.send(line)
        return self.read()

    def stop(self) -> None:
        """End it: its standard input ends."""
        self._process.communicate()
