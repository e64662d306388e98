"""The smallest server of HTTP and WebSockets that a client of a venue can be measured against.

It notes when bytes arrive before it looks at them, and what it sends was
framed beforehand: what is measured is the client. Loopback only, no TLS.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import Callable
from typing import cast

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HEAD_END = b"\r\n\r\n"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
FIN = 0x80
SHORT, MEDIUM = 126, 127
SHORT_MAX, MEDIUM_MAX = 125, 65_535
MASK_BYTES = 4

Received = Callable[["Peer", bytes, int], None]
Asked = Callable[[str, bytes], bytes]


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """Frame a message as a server does: whole and without a mask."""
    size = len(payload)
    if size <= SHORT_MAX:
        head = bytes((FIN | opcode, size))
    elif size <= MEDIUM_MAX:
        head = bytes((FIN | opcode, SHORT)) + size.to_bytes(2, "big")
    else:
        head = bytes((FIN | opcode, MEDIUM)) + size.to_bytes(8, "big")
    return head + payload


class Peer(asyncio.Protocol):
    """One connection: requests of HTTP, or messages of a WebSocket once it was asked for.

    Args:
        asked: Answers an HTTP request: path and body in, JSON out.
        opened: Told of a WebSocket.
        received: Gets each message with the monotonic time at which its bytes came.
        closed: Told when the connection is gone.
    """

    def __init__(
        self, asked: Asked, opened: Callable[[Peer], None], received: Received, closed: Callable[[Peer], None]
    ) -> None:
        self._asked = asked
        self._opened = opened
        self._received = received
        self._closed = closed
        self._data = bytearray()
        self._transport: asyncio.Transport | None = None
        self.path = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=1 << 30)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        del exc
        self._transport = None
        self._closed(self)

    def data_received(self, data: bytes) -> None:
        """Take bytes; the time is noted first."""
        now = time.monotonic_ns()
        self._data += data
        while self._message(now) if self.path else self._request():
            pass

    def write(self, data: bytes) -> None:
        """Send what is framed already."""
        if self._transport is not None:
            self._transport.write(data)

    def unsent(self) -> int:
        """Return the bytes that wait for the client."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def _request(self) -> bool:
        end = self._data.find(HEAD_END)
        if end < 0:
            return False
        lines = bytes(self._data[:end]).decode("latin-1").split("\r\n")
        path = lines[0].split(" ")[1]
        heads = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        size = int(heads.get("content-length", "0"))
        start = end + len(HEAD_END)
        if len(self._data) < start + size:
            return False
        body = bytes(self._data[start : start + size])
        del self._data[: start + size]
        key = heads.get("sec-websocket-key")
        if key is None:
            answer = self._asked(path, body)
            self.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
                + answer
            )
            return True
        accept = base64.b64encode(hashlib.sha1(key.encode() + MAGIC).digest())
        self.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + HEAD_END
        )
        self.path = path
        self._opened(self)
        return bool(self._data)

    def _message(self, now: int) -> bool:
        data = self._data
        if len(data) < 2:
            return False
        opcode, size, at = data[0] & 0x0F, data[1] & 0x7F, 2
        if size >= SHORT:
            width = 2 if size == SHORT else 8
            size, at = int.from_bytes(data[2 : 2 + width], "big"), 2 + width
        end = at + MASK_BYTES + size
        if len(data) < end:
            return False
        mask = data[at : at + MASK_BYTES]
        masked = bytes(data[at + MASK_BYTES : end])
        del data[:end]
        repeated = bytes(mask) * (size // MASK_BYTES + 1)
        body = (int.from_bytes(masked, "big") ^ int.from_bytes(repeated[:size], "big")).to_bytes(size, "big")
        if opcode == TEXT:
            self._received(self, body, now)
        elif opcode == PING:
            self.write(frame(body, PONG))
        elif opcode == CLOSE and self._transport is not None:
            self.write(frame(body, CLOSE))
            self._transport.close()
        return True
