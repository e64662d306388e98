"""Length-prefixed msgpack: how messages of the link become bytes and back."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from app.errors import DataError
from app.link.messages import MAX_MESSAGE, ToEngine, ToScreen

_HEAD = 4

T = TypeVar("T")

_encoder = msgspec.msgpack.Encoder()


def pack(message: ToEngine | ToScreen) -> bytes:
    """Encode one message with its 4-byte big-endian length in front."""
    body = _encoder.encode(message)
    return len(body).to_bytes(_HEAD, "big") + body


class Unpacker(Generic[T]):
    """Cuts a byte stream into messages of one direction.

    Args:
        decoder: Typed msgpack decoder of that direction.
    """

    def __init__(self, decoder: msgspec.msgpack.Decoder[T]) -> None:
        self._decoder = decoder
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[T]:
        """Add received bytes and return the messages that are complete.

        Raises:
            DataError: The peer sent something that is no message.
        """
        buffer = self._buffer
        buffer += data
        messages: list[T] = []
        start = 0
        while len(buffer) - start >= _HEAD:
            size = int.from_bytes(buffer[start : start + _HEAD], "big")
            if size > MAX_MESSAGE:
                raise DataError(f"link message of {size} bytes is too long", "restart the screen and the engine")
            if len(buffer) - start - _HEAD < size:
                break
            body = bytes(buffer[start + _HEAD : start + _HEAD + size])
            start += _HEAD + size
            try:
                messages.append(self._decoder.decode(body))
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise DataError(f"link message was not understood ({error})", "use one version of both sides") from None
        del buffer[:start]
        return messages


def engine_unpacker() -> Unpacker[ToEngine]:
    """Return the unpacker for what screens send."""
    return Unpacker(msgspec.msgpack.Decoder(ToEngine))


def screen_unpacker() -> Unpacker[ToScreen]:
    """Return the unpacker for what the engine sends."""
    return Unpacker(msgspec.msgpack.Decoder(ToScreen))
