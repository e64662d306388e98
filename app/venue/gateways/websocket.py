"""WebSocket side of one connection: framing, faults and the slow-reader limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from app.venue.gateways.faults import Face, Faults, Silence
from app.venue.wire import policies

PATH: Final = "/v2"
HEARTBEAT_CHANNEL: Final = "heartbeat"
CLOSE_POLICY: Final = 1008
CLOSE_GOING_AWAY: Final = 1001

_TEXT_FIN: Final = 0x81
_SHORT: Final = 126
_MEDIUM: Final = 1 << 16
_MS: Final = 1000


def text_frame(text: str) -> bytes:
    """Encode one unfragmented, unmasked text frame (RFC 6455 §5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < _SHORT:
        return bytes((_TEXT_FIN, size)) + payload
    if size < _MEDIUM:
        return bytes((_TEXT_FIN, _SHORT)) + size.to_bytes(2, "big") + payload
    return bytes((_TEXT_FIN, _SHORT + 1)) + size.to_bytes(8, "big") + payload


class WebSocket:
    """Frames in and out of one connection.

    Args:
        face: Port by which it came.
        transport: Where bytes go.
        faults: Faults to obey.
        write_limit: Bytes that may wait for the reader.

    Attributes:
        alive: Whether the handshake is done and the connection is up.
        cut_next: Bytes after which the connection is cut inside a frame (a
            fault); 0 cuts inside the next one, None cuts never.
        on_open: Called after the handshake.
        on_text: Called with each message.
        on_lost: Called once when the connection is gone.
    """

    def __init__(self, face: Face, transport: asyncio.Transport, faults: Faults, write_limit: int) -> None:
        self.face = face
        self.alive = False
        self.on_open: Callable[[], None] = lambda: None
        self.on_text: Callable[[bytes], None] = lambda _text: None
        self.on_lost: Callable[[], None] = lambda: None
        self._transport = transport
        self._faults = faults
        self._limit = write_limit
        self._protocol = ServerProtocol(max_size=policies.MAX_FRAME_IN)
        self._parts: list[bytes] = []
        self.cut_next: int | None = None

    @property
    def buffered(self) -> int:
        """Bytes that wait for the reader."""
        return self._transport.get_write_buffer_size()

    def receive(self, data: bytes) -> None:
        """Take bytes from the network."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._handshake(event)
            elif isinstance(event, Frame):
                self._frame(event)
        self._flush()

    def receive_eof(self) -> None:
        """Take the peer's half-close."""
        self._protocol.receive_eof()
        self._flush()

    def lost(self) -> None:
        """The connection is gone."""
        if self.alive:
            self.alive = False
            self.on_lost()

    def close(self, code: int, reason: str) -> None:
        """Close with a WebSocket close frame."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
            self._flush()
        self._end()

    def abort(self) -> None:
        """End at once, without a word."""
        self._transport.abort()
        self.lost()

    def send_text(self, text: str, channel: str = "") -> None:
        """Send one text frame."""
        self.send(text_frame(text), channel)

    def send(self, frame: bytes, channel: str = "") -> None:
        """Send an encoded frame, subject to faults and to the slow-reader limit."""
        if not self.alive:
            return
        if self.cut_next is not None:
            self._spend(frame)
        elif self._faults.active:
            self._send_faulty(frame, channel)
        else:
            self._write(frame)

    def _write(self, frame: bytes) -> None:
        if not self.alive:
            return
        self._transport.write(frame)
        if self._transport.get_write_buffer_size() > self._limit:
            self.abort()

    def _send_faulty(self, frame: bytes, channel: str) -> None:
        faults = self._faults
        silence = faults.silence.get(self.face)
        if silence is Silence.ALL or (silence is Silence.DATA and channel != HEARTBEAT_CHANNEL):
            return
        delay = faults.delay_ms.get(self.face, 0)
        if delay:
            asyncio.get_running_loop().call_later(delay / _MS, self._write, frame)
        else:
            self._write(frame)

    def _spend(self, frame: bytes) -> None:
        """Send while the allowance lasts; the frame that exceeds it is cut inside."""
        assert self.cut_next is not None
        left = self.cut_next - len(frame)
        if left >= 0:
            self.cut_next = left
            self._write(frame)
        else:
            self._cut(frame[: self.cut_next or len(frame) // 2])

    def _cut(self, head: bytes) -> None:
        """Let the head out, then end: what is buffered is still written, no close frame follows."""
        self._transport.write(head)
        self._transport.close()
        self.lost()

    def _handshake(self, request: Request) -> None:
        if request.path.partition("?")[0] != PATH:
            response = self._protocol.reject(404, f"WebSocket v2 is at {PATH}\n")
        else:
            response = self._protocol.accept(request)
        self._protocol.send_response(response)
        self._flush()
        if self._protocol.state is State.OPEN:
            self.alive = True
            self.on_open()

    def _frame(self, frame: Frame) -> None:
        if frame.opcode in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            self._parts.append(bytes(frame.data))
            if frame.fin:
                message = b"".join(self._parts)
                self._parts.clear()
                self.on_text(message)
        elif frame.opcode is Opcode.CLOSE:
            self._flush()
            self._end()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if self._transport.is_closing():
                return
            if data:
                self._transport.write(data)
            else:
                self._end()

    def _end(self) -> None:
        if not self._transport.is_closing():
            self._transport.close()
        self.lost()
