"""Cutting a byte stream into FIX messages (`fix.md` §7, §8.1 rows 2d to 3e).

A message that is garbled - wrong BodyLength or CheckSum, first fields out of
order, too long - is passed over and the stream goes on at the next
BeginString: it neither ends the session nor counts in the sequence. Where the
stream happens to be split never changes what comes out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from zlib import adler32

MAX_BODY: Final = 1 << 20
"""Longest body taken; a full-depth snapshot of Kraken's was 88 kB."""

_START: Final = b"8=FIX"
_NEXT: Final = b"\x01" + _START
_HEAD: Final = re.compile(rb"8=FIX[^\x01=]{1,8}\x019=(\d{1,7})\x01")
_HEAD_MAX: Final = 30
_TRAILER: Final = 7
_SUM_AT: Final = 3
_CHUNK: Final = 256


def check_sum(data: bytes) -> int:
    """Return the sum of bytes modulo 256 (§1.2).

    The low half of Adler-32 is one more than the sum, as long as that stays
    below 65521, which 256 bytes cannot reach; a byte loop takes ten times as long.
    """
    if len(data) <= _CHUNK:
        return (adler32(data) - 1) & 0xFF
    return sum([adler32(data[at : at + _CHUNK]) - 1 & 0xFF for at in range(0, len(data), _CHUNK)]) & 0xFF


@dataclass(frozen=True, slots=True)
class Garbled:
    """Bytes that are no message and were passed over.

    Attributes:
        reason: What is wrong with them.
    """

    reason: str


class Framer:
    """Holds the unfinished end of a stream."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._skipped = False
        self._told = False

    def feed(self, data: bytes) -> list[bytes | Garbled]:
        """Take the next bytes.

        Returns:
            Whole messages with right length and sum, and what was passed over, in order.
        """
        self._buffer += data
        found: list[bytes | Garbled] = []
        while self._seek(found):
            head = _HEAD.match(self._buffer)
            if head is None:
                if len(self._buffer) < _HEAD_MAX:
                    break
                self._garble(found, "no BeginString and BodyLength at its start")
            elif not self._body(head, found):
                break
        return found

    def _seek(self, found: list[bytes | Garbled]) -> bool:
        """Move to the next BeginString; return whether there is one."""
        buffer = self._buffer
        if not buffer.startswith(_START):
            at = buffer.find(_START)
            drop = at if at >= 0 else max(0, len(buffer) - len(_START) + 1)
            self._skipped = self._skipped or drop > 0
            del buffer[:drop]
            if at < 0:
                return False
        if self._skipped and not self._told:
            found.append(Garbled("bytes that are no message"))
        self._skipped = self._told = False
        return True

    def _body(self, head: re.Match[bytes], found: list[bytes | Garbled]) -> bool:
        """Take one message off the buffer; return whether to go on."""
        buffer = self._buffer
        body, length = head.end(), int(head[1])
        end = body + length
        if length > MAX_BODY:
            self._garble(found, "BodyLength too large")
        elif buffer.find(_NEXT, max(body - 1, self._searched), min(end, len(buffer))) >= 0:
            self._garble(found, "wrong BodyLength: the next message begins inside")
        elif len(buffer) < end + _TRAILER:
            self._searched = max(0, len(buffer) - len(_NEXT))
            return False
        else:
            frame = bytes(buffer[: end + _TRAILER])
            reason = _fault(frame, body, end)
            if reason:
                self._garble(found, reason)
            else:
                del buffer[: len(frame)]
                self._searched = 0
                found.append(frame)
        return True

    def _garble(self, found: list[bytes | Garbled], reason: str) -> None:
        """Pass over the message at the front; the rest up to the next one is not told again."""
        found.append(Garbled(reason))
        del self._buffer[:1]
        self._searched = 0
        self._told = True


def _fault(frame: bytes, body: int, end: int) -> str:
    """Return what is wrong with a message of the length that it claims; empty if nothing."""
    if frame[end - 1] != 1 or not frame.startswith(b"10=", end):
        return "wrong BodyLength"
    digits = frame[end + _SUM_AT : -1]
    if not digits.isdigit() or frame[-1] != 1:
        return "CheckSum is not three digits"
    if not frame.startswith(b"35=", body):
        return "MsgType is not the third field"
    if check_sum(frame[:end]) != int(digits):
        return "wrong CheckSum"
    return ""
