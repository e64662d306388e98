"""By how much a process grows for a book: a program for our interpreter, or for one that has a peer.

Arguments: `ours` or `nautilus`, and a file with a snapshot. It prints bytes of
resident memory for each of ten books, after one that does not count.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

BOOKS = 10


def ours(raw: bytes) -> object:
    """Return a book of ours."""
    bench = importlib.import_module("tests.bench.bench_book")
    found: object = bench.book_of(bench.L3Book, raw)
    return found


def nautilus(raw: bytes) -> object:
    """Return what keeps a book of nautilus's alive."""
    _, handle = importlib.import_module("book_peers").nautilus()
    asyncio.run(handle(raw.decode()))
    return handle


KINDS: dict[str, Callable[[bytes], object]] = {"ours": ours, "nautilus": nautilus}


def resident() -> int:
    """Return the resident memory of this process."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def main(kind: str, path: str) -> None:
    """Build books and say what they took."""
    raw = Path(path).read_bytes()
    kept = [KINDS[kind](raw)]
    before = resident()
    kept += [KINDS[kind](raw) for _ in range(BOOKS)]
    sys.stdout.write(str((resident() - before) // BOOKS))


if __name__ == "__main__":
    main(*sys.argv[1:])
