"""A session's memory on disk, so that its numbers and reports outlive the venue's process (`--fix-store`).

One append-only file of JSON lines for each CompID on a trading port, begun
anew with every reset. What is sent is written before it goes out; the number
expected next follows within a tick, and where it lags the client is asked
again, as after any gap.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.venue.fix.message import Field
from app.venue.fix.store import Store

_OWNER_ONLY = 0o600
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW


@dataclass(slots=True)
class KeptStore(Store):
    """A store with a file.

    Attributes:
        path: The file; its directory exists.
        now_ns: Wall time.
        began_ns: When the numbers began at 1.

    Raises:
        OSError: The file cannot be used.
    """

    path: Path = field(kw_only=True)
    now_ns: Callable[[], int] = field(kw_only=True)
    began_ns: int = 0
    _fd: int = -1
    _kept: tuple[int, int] = (1, 0)

    def __post_init__(self) -> None:
        """Read what was kept; a torn last line never went out, and a file that is not ours is begun anew."""
        self._fd = os.open(self.path, _FLAGS, _OWNER_ONLY)
        data = self.path.read_bytes()
        whole = data.rfind(b"\n") + 1
        os.ftruncate(self._fd, whole)
        try:
            for line in data[:whole].splitlines():
                self._read(json.loads(line))
        except ValueError:
            self.began_ns = 0
        self._kept = (self.next_in, self.highest_cl_ord_id)
        if not self.began_ns:
            self.reset()

    def _read(self, line: list[object]) -> None:
        match line:
            case ["reset", int(ns)]:
                self.began_ns = ns
            case ["in", int(seq), int(highest)]:
                self.next_in, self.highest_cl_ord_id = seq, highest
            case ["out", int(seq), str(kind), list(body), int(ns)]:
                Store.number(self, kind, tuple((int(tag), str(value)) for tag, value in body), ns)
                self.next_out = seq + 1
            case _:
                raise ValueError(f"{self.path.name}: not a line of ours")

    def reset(self) -> None:
        """Start both directions at 1 and forget what was sent; the watermark of ClOrdIDs stays."""
        Store.reset(self)
        self.began_ns = self.now_ns()
        os.ftruncate(self._fd, 0)
        self._write(["reset", self.began_ns])
        self._kept = (0, 0)
        self.keep()

    def number(self, kind: str, body: tuple[Field, ...], ns: int) -> int:
        """Give an outgoing message its number and keep it, on disk first."""
        self.keep()
        self._write(["out", self.next_out, kind, body, ns])
        return Store.number(self, kind, body, ns)

    def keep(self) -> None:
        """Write the number expected next if it changed."""
        if (self.next_in, self.highest_cl_ord_id) != self._kept:
            self._kept = (self.next_in, self.highest_cl_ord_id)
            self._write(["in", *self._kept])

    def close(self) -> None:
        """Write the rest and let the file go; what happens later is not kept."""
        self.keep()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _write(self, line: list[object]) -> None:
        if self._fd >= 0:
            os.write(self._fd, json.dumps(line, separators=(",", ":")).encode() + b"\n")
