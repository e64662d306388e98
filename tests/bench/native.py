"""Programs in C that benchmarks compare with: built where they are used, left out where they cannot be."""

from __future__ import annotations

import shutil
import subprocess
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
