from __future__ import annotations

from contextlib import suppress
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.book import L2Book, L3Book
from app.protocol.ws2.market import BookFrame, DecodeError, InstrumentFrame, Level3Frame, decode, to_instrument
from tests.protocol.test_market import BOOK, INSTRUMENT, LEVEL3, OHLC, STATUS, TICKER, TRADE

SAMPLES = (BOOK, INSTRUMENT, LEVEL3, OHLC, STATUS, TICKER, TRADE)
SPLINTERS = (
    b"-",
    b"e",
    b"1e999",
    b"null",
    b"[",
    b"]",
    b"{",
    b"}",
    b'"',
    b"\\u0000",
    b"\xf0\x9f",
    b"9" * 60,
    b",,",
    b"",
)


def use(raw: bytes) -> None:
    """Take a frame as far as the books; only the documented refusals may come out."""
    try:
        message = decode(raw)
    except DecodeError:
        return
    if isinstance(message, BookFrame):
        for levels in message.data:
            L2Book("X", 10).snapshot(levels)
    elif isinstance(message, Level3Frame):
        for orders in message.data:
            L3Book("X", 10).snapshot(orders)
    elif isinstance(message, InstrumentFrame):
        for pair in message.pairs:
            with suppress(ValueError):
                to_instrument(pair)


def test_ten_thousand_mutations_crash_nothing() -> None:
    rng = Random(5)
    for _ in range(10_000):
        raw = bytearray(rng.choice(SAMPLES))
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(raw))
            raw[at : at + rng.randint(0, 6)] = rng.choice(SPLINTERS) if rng.random() < 0.5 else rng.randbytes(2)
        use(bytes(raw))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_crash_nothing(raw: bytes) -> None:
    use(raw)
