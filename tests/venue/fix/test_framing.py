"""The stream below the messages: whatever comes, nothing is lost and nothing crashes (`fix.md` §7, §8.1)."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from simplefix import FixParser

from app.clock import ManualClock
from app.venue.fix import policies
from app.venue.fix.framing import Framer
from app.venue.fix.message import encode, number, parse_number, parse_utc, utc
from tests.venue.fix.scenario import Script, framed
from tests.venue.fix.test_session import gate

GOOD = framed([("35", "0"), ("34", "7"), ("112", "x")])
SAMPLE = (
    "8=FIX.4.4|9=148|35=D|34=2|49=CLIENT|56=KRAKEN-TRD|52=20260407-14:32:05.000|11=1744036325000000|55=BTC/USD|54=1|"
    "40=2|44=84000|38=0.001|59=1|60=20260407-14:32:05.000|10=141|"
).replace("|", "\x01")

texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30)
bodies = st.lists(st.tuples(st.integers(5_000, 9_999), texts), max_size=12)


def seqs(framer: Framer, data: bytes) -> list[int]:
    return [message.seq for message in framer.feed(data)]


def test_a_sample_of_the_reference() -> None:
    (message,) = Framer().feed(SAMPLE.encode())
    assert (message.kind, message.seq, message[11], message[44]) == ("D", 2, "1744036325000000", "84000")


def test_byte_by_byte_and_two_in_one() -> None:
    framer = Framer()
    assert [seq for at in range(len(GOOD)) for seq in seqs(framer, GOOD[at : at + 1])] == [7]
    assert seqs(framer, GOOD + GOOD) == [7, 7]
    assert framer.garbled == 0


@pytest.mark.parametrize(
    "junk",
    [
        b"hello",
        b"8=FIX.4.4\x019=",
        b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01",
        framed([("35", "0"), ("34", "6")], length="500"),
        framed([("35", "0"), ("34", "6")], total="999"),
        framed([("34", "6"), ("35", "0")]),
        framed([("35", "0"), ("34", "6"), ("58", "a\x01b")]),
        b"8=FIX.4.4\x0135=0\x019=10\x0110=000\x01",
        b"8=FIX8=FIX8=FIX.4.4\x01",
        b"10=000\x01",
        bytes(range(256)),
    ],
)
def test_after_any_junk_the_next_message_is_read(junk: bytes) -> None:
    assert seqs(Framer(), junk + GOOD) == [7]


@pytest.mark.parametrize(
    "unit", [b"\x00", b"8=FIX", b"8=FIX.4.4\x019=10\x0135=0\x01", b"\x0110=00\x01", b"8=FIX.4.4\x019=9\x01"]
)
def test_ten_megabytes_of_garbage_are_forgotten(unit: bytes) -> None:
    framer = Framer()
    chunk = unit * (65_536 // len(unit))
    for _ in range(160):
        assert seqs(framer, chunk) == []
    assert len(framer._buffer) <= policies.MAX_FRAME + 2 * len(chunk)
    assert seqs(framer, b"\x0110=123\x01" + GOOD) == [7]


@given(bodies, st.data())
@settings(deadline=None, max_examples=60)
def test_what_we_write_both_we_and_simplefix_read(body: list[tuple[int, str]], data: st.DataObject) -> None:
    raw = encode("D", ((34, "3"), (49, "A")), tuple(body))
    cut = data.draw(st.integers(0, len(raw)))
    framer = Framer()
    (message,) = [*framer.feed(raw[:cut]), *framer.feed(raw[cut:])]
    parser = FixParser()
    parser.append_buffer(raw)
    theirs = [(int(tag), value.decode()) for tag, value in parser.get_message().pairs]
    assert list(message.fields) == theirs[2:-1]
    assert list(message.fields)[3:] == body


@given(st.binary(max_size=400), st.integers(0, len(GOOD) - 1))
@settings(deadline=None, max_examples=60)
def test_random_bytes_between_messages_never_hurt(junk: bytes, cut: int) -> None:
    assume(GOOD not in GOOD[:cut] + junk)  # then they are none
    clock = ManualClock()
    script = Script(gate(clock), clock)
    script.run("> A|98=0|108=30\n< A")
    script.connection.data_received(GOOD[:cut] + junk)
    script.run("> 1|34=2|112=x\n< 0|112=x")


@given(st.integers(0, 4_000_000_000_000))
def test_times_come_back(ms: int) -> None:
    assert parse_utc(utc(ms * 1_000_000)) == ms * 1_000_000


@pytest.mark.parametrize(
    "text", ["", "20260230-00:00:00", "20260101-24:00:00", "20260101 00:00:00", "20260101-00:00:00.1"]
)
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"no time|must be in|out of range"):
        parse_utc(text)


@pytest.mark.parametrize("text", ["+1", "1e5", "", ".", "-", "1_0", "NaN", "1.2.3", "٣"])
def test_numbers_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no number"):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "shown"), [("0.00001", "0.00001"), ("84000.0", "84000"), ("100", "100"), ("-0.50", "-0.5")]
)
def test_numbers_are_shown_without_padding_and_exponent(text: str, shown: str) -> None:
    assert number(parse_number(text)) == shown


def test_a_long_message_is_written_as_a_short_one_would_be() -> None:
    fields = [(tag, f"value {tag}") for tag in range(1_000, 1_200)]
    parser = FixParser()
    for body in (fields[:10], fields):
        encoded = encode("W", ((34, "7"), (49, "KRAKEN-MD")), body)
        parser.append_buffer(encoded)
        message = parser.get_message()
        assert message.encode() == encoded
        assert [(int(tag), value.decode()) for tag, value in message.pairs[5:-1]] == body
