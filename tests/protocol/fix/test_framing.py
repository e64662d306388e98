from __future__ import annotations

import simplefix
from hypothesis import given, settings
from hypothesis import strategies as st

from app.protocol.fix.framing import MAX_BODY, Framer, Garbled, check_sum
from app.protocol.fix.message import Message
from tests.protocol.fix.peer import SAMPLES, Script


def fed(data: bytes, cuts: list[int] | None = None) -> list[bytes | Garbled]:
    framer = Framer()
    found: list[bytes | Garbled] = []
    at = 0
    for cut in [*sorted({min(cut, len(data)) for cut in cuts or []}), len(data)]:
        found += framer.feed(data[at:cut])
        at = cut
    return found


def test_every_message_of_the_reference_is_found_whole() -> None:
    assert len(SAMPLES) == 75
    assert fed(b"".join(SAMPLES)) == SAMPLES
    assert fed(b"".join(SAMPLES), list(range(20_000))) == SAMPLES


def test_decoding_agrees_with_simplefix_on_every_message_of_the_reference() -> None:
    for frame in SAMPLES:
        parser = simplefix.FixParser()
        parser.append_buffer(frame)
        other = parser.get_message()
        assert other is not None
        message = Message(frame)
        assert [(int(tag), value) for tag, value in message.pairs()] == [
            (int(tag), value.decode()) for tag, value in other.pairs
        ]
        assert other.encode() == frame


def test_what_is_garbled_costs_no_neighbour() -> None:
    first, second, third = SAMPLES[:3]
    for bad in (
        second.replace(b"10=", b"10=9"),
        second[:-4] + (b"001\x01" if second[-4:-1] != b"001" else b"002\x01"),
        second.replace(b"9=", b"9=0", 1)[:-1],
        second.replace(b"FIX.4.4\x019=", b"FIX.4.4\x019=9", 1),
        second[: len(second) // 2],
        b"8=FIX.4.4\x019=99999999\x01",
        b"8=FIX.4.4\x019=\x01" + b"x" * 40,
        b"GET / HTTP/1.1\r\n\r\n",
    ):
        found = fed(first + bad + third)
        assert [item for item in found if isinstance(item, bytes)] == [first, third], bad
        assert any(isinstance(item, Garbled) for item in found), bad


def test_a_flood_of_garbage_takes_no_memory_and_hides_nothing() -> None:
    framer = Framer()
    for _ in range(160):
        assert framer.feed(b"\x00garbage" * 8192) == []
        assert len(framer._buffer) < 16
    assert framer.feed(SAMPLES[0])[-1] == SAMPLES[0]


def test_a_length_beyond_the_cap_is_not_waited_for() -> None:
    assert isinstance(fed(b"8=FIX.4.4\x019=%d\x0135=0\x01" % (MAX_BODY + 1))[0], Garbled)


pieces = st.one_of(
    st.sampled_from(SAMPLES),
    st.binary(max_size=40),
    st.sampled_from([b"8=FIX.4.4\x01", b"9=12\x01", b"\x0110=000\x01", b"8=FIX", b"\x01", b"8=FIX.4.4\x019=5\x01"]),
    st.tuples(st.sampled_from(SAMPLES), st.integers(0, 200), st.integers(0, 255)).map(
        lambda hit: hit[0][: hit[1]] + bytes([hit[2]]) + hit[0][hit[1] + 1 :]
    ),
)


@settings(max_examples=100)
@given(st.lists(pieces, max_size=6), st.lists(st.integers(0, 1500), max_size=12))
def test_where_the_stream_is_split_changes_nothing(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(parts)
    assert fed(data, cuts) == fed(data)


@given(st.one_of(st.binary(max_size=600), st.integers(0, 2000).map(lambda count: b"\xff" * count)))
def test_the_sum_is_that_of_the_bytes(data: bytes) -> None:
    assert check_sum(data) == sum(data) & 0xFF


@settings(max_examples=60)
@given(st.lists(pieces, max_size=8))
def test_no_bytes_raise(parts: list[bytes]) -> None:
    script = Script()
    for part in parts:
        script.raw(part)
    script.wait(0.1)
    script = Script().logged_on()
    for part in parts:
        script.raw(part)
    script.wait(0.1)


@settings(max_examples=100)
@given(
    st.sampled_from("A0123458j9WXYyh"),
    st.lists(
        st.tuples(
            st.sampled_from([7, 16, 36, 43, 45, 97, 98, 108, 112, 122, 123, 141, 34, 52, 58]),
            st.text("Y0N159-:. x", max_size=6),
        ),
        max_size=8,
    ),
)
def test_no_fields_raise(kind: str, pairs: list[tuple[int, object]]) -> None:
    script = Script().logged_on()
    script.say(kind, 2, *pairs)
    script.say(kind, 4, *pairs)
    script.wait(0.1)
