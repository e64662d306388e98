"""Inbound numbers that are missing, and what arrived meanwhile (`fix.md` §1.7)."""

from __future__ import annotations

from typing import Final

from app.protocol.fix.message import Message
from app.protocol.wiretime import NS_PER_S

ASK_AGAIN_NS: Final = 10 * NS_PER_S
ASKS: Final = 3
QUEUED: Final = 10_000
"""Messages kept behind a gap; what is more is asked for again with the gap's successor."""


class Gap:
    """One gap at a time; messages behind it wait in order."""

    __slots__ = ("_asked_ns", "_asks", "_queue", "begin", "end")

    def __init__(self) -> None:
        self._queue: dict[int, Message] = {}
        self.clear()

    def clear(self) -> None:
        """Forget everything, as numbers begin anew."""
        self._queue.clear()
        self.begin = self.end = self._asked_ns = self._asks = 0

    @property
    def open(self) -> bool:
        """Whether numbers are missing."""
        return self.end > 0

    def behind(self, seq: int, message: Message) -> None:
        """Keep a message that came too early."""
        if len(self._queue) < QUEUED:
            self._queue.setdefault(seq, message)

    def ask(self, begin: int, end: int, now_ns: int) -> None:
        """Note that the numbers from `begin` to `end` were asked for."""
        if not self.open:
            self.begin = begin
        self.end = end
        self._asked_ns = now_ns
        self._asks += 1

    def take(self, seq: int) -> Message | None:
        """Return the message with this number if it waits here."""
        return self._queue.pop(seq, None)

    def first_before(self, end: int) -> int:
        """Return the lowest number below `end` that waits here; `end` if none does."""
        return min((seq for seq in self._queue if seq < end), default=end)

    def filled(self, next_in: int) -> bool:
        """Return whether the gap has just closed, and close it then."""
        if not self.open or next_in <= self.end:
            return False
        self.end = self._asks = 0
        for seq in [seq for seq in self._queue if seq < next_in]:
            del self._queue[seq]
        return True

    def overdue(self, now_ns: int) -> bool:
        """Whether it is time to ask again."""
        return self.open and now_ns - self._asked_ns >= ASK_AGAIN_NS

    @property
    def hopeless(self) -> bool:
        """Whether asking led to nothing."""
        return self._asks >= ASKS
