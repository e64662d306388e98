"""Programs that do our work their way, as children that take turns with us.

A contender prints one JSON line for each line that it is told: `us` of CPU a
message, and how many messages it `refused` and `why`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.levels import Streams, streams
from tests.bench.native import HERE, Child, LeftOut, build

PEERS_PYTHON = "QUARTERDECK_PEERS_PYTHON"
"""Names an interpreter that has the clients we compare with."""

LIMIT = "c_limit"


class Contenders:
    """The C limit and the peers that can take part.

    Attributes:
        left_out: Why others cannot, by name.
        us: Microseconds a message of each round, by name.
    """

    def __init__(self) -> None:
        self.left_out: dict[str, str] = {}
        self.us: dict[str, list[float]] = {}
        self._children: dict[str, Child] = {}

    def one_round(self) -> None:
        """Let each play the stream once; who refuses messages, or ends, is out of it."""
        for name, child in list(self._children.items()):
            try:
                told = child.tell(name)
            except (LeftOut, OSError) as error:
                self._drop(name, str(error))
                continue
            if told["refused"]:
                self._drop(name, f"it refused {told['refused']} messages ({told['why']})")
            else:
                self.us.setdefault(name, []).append(float(str(told["us"])))

    def figures(self, ours: Sequence[float]) -> dict[str, object]:
        """Return microseconds and ratios; all `NAME_ratio` are theirs to ours, but ours to the limit."""
        found: dict[str, object] = {}
        for name, us in self.us.items():
            found[f"us_{name}"] = round(statistics.median(us), 3)
            pairs = zip(us, ours, strict=True)
            ratios = [own / us if name == LIMIT else us / own for us, own in pairs]
            found["to_c_limit" if name == LIMIT else f"{name}_ratio"] = round(statistics.median(ratios), 2)
        return found | ({"left_out": self.left_out} if self.left_out else {})

    @classmethod
    @contextlib.contextmanager
    def playing(cls, count: int) -> Iterator[tuple[Contenders, Streams]]:
        """Record a stream of `count` messages and start whoever can play it."""
        made, self = streams(count), cls()
        with tempfile.TemporaryDirectory(prefix="qdbench") as name, contextlib.ExitStack() as stack:
            folder = Path(name)
            for stream, frames in (("l3", made.l3), ("l2", made.l2), ("l2_v1", made.l2_v1)):
                (folder / stream).write_bytes(b"\n".join(frames) + b"\n")
            try:
                limit = Child([str(build("book_limit", folder)), str(folder / "l3")])
                stack.callback(limit.stop)
                self._children[LIMIT] = limit
            except LeftOut as error:
                self.left_out[LIMIT] = str(error)
            self._start_peers(folder, stack)
            yield self, made

    def _start_peers(self, folder: Path, stack: contextlib.ExitStack) -> None:
        python = os.environ.get(PEERS_PYTHON, "")
        if shutil.which(python) is None:
            self.left_out["peers"] = f"set {PEERS_PYTHON} to an interpreter that has them" + (
                f" ({python} is none)" if python else ""
            )
            return
        child = Child([python, str(HERE / "book_peers.py"), str(folder)])
        stack.callback(child.stop)
        try:
            told = child.read()
        except LeftOut as error:
            self.left_out["peers"] = str(error)
            return
        self.left_out |= {name: str(why) for name, why in told.items() if why}
        self._children |= {name: child for name, why in told.items() if not why}

    def _drop(self, name: str, why: str) -> None:
        del self._children[name]
        self.us.pop(name, None)
        self.left_out[name] = why
