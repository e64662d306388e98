"""Cutting a byte stream into FIX messages (`fix.md` §7; cases 2d, 2m, 2t, 3b, 3e).

A message ends at its CheckSum field. What does not start with BeginString,
BodyLength and MsgType, or has a wrong length or sum, is garbled: it is
skipped, and reading goes on at the next `8=FIX`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.venue.fix import policies
from app.venue.fix.message import MalformedError, Message, decode

_START = b"8=FIX"
_HEAD = re.compile(rb"8=(FIX[^\x01=]{0,12})\x019=(\d{1,7})\x01")
_TRAILER = re.compile(rb"\x0110=(\d{3})\x01")
_LONGEST_TRAILER = 8


class Framer:
    """Reads messages from chunks of a stream.

    Attributes:
        garbled: How many messages were skipped so far.
    """

    def __init__(self) -> None:
        self.garbled = 0
        self._buffer = bytearray()
        self._seen = 0

    def feed(self, data: bytes) -> Iterator[Message]:
        """Take a chunk; yields the messages that are complete now."""
        self._buffer += data
        while (found := self._next()) is not None:
            if isinstance(found, Message):
                yield found
            else:
                self.garbled += 1

    def _next(self) -> Message | bool | None:
        """The next message, False for a garbled one, None when more bytes are needed."""
        buffer = self._buffer
        start = buffer.find(_START)
        if start:
            # The beginning of a start may already be here.
            keep = len(_START) - 1 if start < 0 else len(buffer) - start
            self._drop(max(0, len(buffer) - keep))
            if start < 0:
                return None
        trailer = _TRAILER.search(buffer, self._seen)
        if trailer is None:
            self._seen = max(0, len(buffer) - _LONGEST_TRAILER)
            if len(buffer) <= policies.MAX_FRAME:
                return None
            self._drop(self._last_head(len(buffer)) or len(buffer))
            return False
        message = self._read(trailer)
        if message is None:
            self._drop(self._last_head(trailer.start()) or trailer.end())
            return False
        self._drop(trailer.end())
        return message

    def _last_head(self, end: int) -> int:
        """Where the last head before `end` begins: what is left to try of a garbled stretch."""
        return max((head.start() for head in _HEAD.finditer(self._buffer, 0, end)), default=0)

    def _read(self, trailer: re.Match[bytes]) -> Message | None:
        head = _HEAD.match(self._buffer)
        if head is None:
            return None
        body = bytes(self._buffer[head.end() : trailer.start() + 1])
        total = sum(self._buffer[: trailer.start() + 1]) % 256
        if len(body) != int(head[2]) or total != int(trailer[1]) or not body.startswith(b"35="):
            return None
        try:
            return decode(head[1].decode("latin-1"), body)
        except MalformedError:
            return None

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._seen = 0
