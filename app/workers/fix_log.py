"""The latest FIX messages of all sessions, for people to read."""

from __future__ import annotations

from collections import deque
from itertools import islice

from app.domain.text import clean
from app.protocol.fix.message import shown
from app.protocol.fix.tags import FIELD_NAMES, MESSAGE_NAMES
from app.workers.face import FixLogLine

KEPT = 5000


class FixLog:
    """A ring of messages; they are put into words only when somebody looks."""

    def __init__(self) -> None:
        self._lines: deque[tuple[int, int, str, bool, bytes]] = deque(maxlen=KEPT)
        self._number = 0

    def add(self, at_ns: int, session: str, out: bool, frame: bytes) -> None:
        """Keep a message as it was on the wire."""
        self._number += 1
        self._lines.append((self._number, at_ns, session, out, frame))

    def since(self, number: int) -> tuple[FixLogLine, ...]:
        """Return the kept lines after a number, oldest first."""
        if not self._lines or number >= self._number:
            return ()
        skip = max(0, number - self._lines[0][0] + 1)
        return tuple(_line(*kept) for kept in islice(self._lines, skip, None))


def _line(number: int, at_ns: int, session: str, out: bool, frame: bytes) -> FixLogLine:
    pairs = shown(frame)
    kind = dict(pairs).get("35", "")
    fields = tuple(
        (int(tag) if tag.isascii() and tag.isdigit() else 0, FIELD_NAMES.get(tag, ""), clean(value))
        for tag, value in pairs
    )
    return FixLogLine(number, at_ns, session, out, MESSAGE_NAMES.get(kind, clean(kind)), fields)
