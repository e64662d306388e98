"""The latest FIX messages of all sessions, for people to read."""

from __future__ import annotations

from collections import deque
from heapq import merge

from app.domain.text import clean
from app.protocol.fix.message import shown
from app.protocol.fix.tags import FIELD_NAMES, MESSAGE_NAMES
from app.workers.face import FixLogLine

KEPT = 5000
KEPT_DATA = 500
"""Of market data, which would push everything else out."""

_DATA = (b"\x0135=X\x01", b"\x0135=W\x01")
_HEAD = 40
_Kept = tuple[int, int, str, bool, bytes]


class FixLog:
    """Rings of messages; they are put into words only when somebody looks."""

    def __init__(self) -> None:
        self._lines: deque[_Kept] = deque(maxlen=KEPT)
        self._data: deque[_Kept] = deque(maxlen=KEPT_DATA)
        self._number = 0

    def add(self, at_ns: int, session: str, out: bool, frame: bytes) -> None:
        """Keep a message as it was on the wire."""
        self._number += 1
        ring = self._data if any(frame.find(kind, 0, _HEAD) >= 0 for kind in _DATA) else self._lines
        ring.append((self._number, at_ns, session, out, frame))

    def since(self, number: int) -> tuple[FixLogLine, ...]:
        """Return the kept lines after a number, oldest first."""
        if number >= self._number:
            return ()
        return tuple(_line(*kept) for kept in merge(_after(self._lines, number), _after(self._data, number)))


def _after(ring: deque[_Kept], number: int) -> list[_Kept]:
    """Return the part of a ring after a number."""
    return [kept for kept in ring if kept[0] > number]


def _line(number: int, at_ns: int, session: str, out: bool, frame: bytes) -> FixLogLine:
    pairs = shown(frame)
    kind = dict(pairs).get("35", "")
    fields = tuple(
        (int(tag) if tag.isascii() and tag.isdigit() else 0, FIELD_NAMES.get(tag, ""), clean(value))
        for tag, value in pairs
    )
    return FixLogLine(number, at_ns, session, out, MESSAGE_NAMES.get(kind, clean(kind)), fields)
