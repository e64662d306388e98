"""Bytes of the link: whole messages in any slices, and nothing else."""

from __future__ import annotations

import random

import msgspec
import pytest

from app.errors import DataError
from app.link.framing import engine_unpacker, pack, screen_unpacker
from app.link.messages import MAX_MESSAGE, Answer, Execute, Hello, Origin, Outcome, ToEngine, Touch

MESSAGES: list[ToEngine] = [Hello(1, "one"), Execute(1, "buy 1 BTC/USD @ 5", "BTC/USD", Origin.KEY), Touch()]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64, 4096])
def test_messages_come_out_whole_whatever_the_slices(size: int) -> None:
    data = b"".join(pack(message) for message in MESSAGES)
    unpacker = engine_unpacker()
    got = [message for at in range(0, len(data), size) for message in unpacker.feed(data[at : at + size])]
    assert got == MESSAGES


def test_an_oversized_length_is_refused_before_it_is_stored() -> None:
    with pytest.raises(DataError, match="too long"):
        engine_unpacker().feed((MAX_MESSAGE + 1).to_bytes(4, "big"))


def test_garbage_is_refused() -> None:
    rng = random.Random(3)
    for _ in range(300):
        body = rng.randbytes(rng.randint(0, 40))
        with pytest.raises(DataError, match="not understood"):
            engine_unpacker().feed(len(body).to_bytes(4, "big") + body)


def test_every_broken_byte_is_refused_or_another_message_but_never_a_crash() -> None:
    whole = pack(MESSAGES[1])
    for at in range(4, len(whole)):
        for flip in (0x01, 0x80):
            broken = bytearray(whole)
            broken[at] ^= flip
            try:
                engine_unpacker().feed(bytes(broken))
            except DataError:
                continue


def test_directions_are_not_mixed_up() -> None:
    answer = Answer(1, Outcome.ACCEPTED, "yes")
    assert screen_unpacker().feed(pack(answer)) == [answer]
    with pytest.raises(DataError):
        engine_unpacker().feed(pack(answer))
    assert msgspec.msgpack.decode(pack(answer)[4:])["type"] == "answer"
