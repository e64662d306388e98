"""The recorded past: every state comes back exactly, breaks are known, memory is bounded."""

from __future__ import annotations

from random import Random

import pytest

from app.clock import NS_PER_S
from app.domain.book import L3Book
from app.domain.order import Side
from app.engine import recorder as recording
from app.engine.recorder import Recorder, Replay
from app.protocol.ws2.frames import OrdersData
from app.protocol.ws2.market import Level3Frame, decode
from tests.bench.stream import recorded

DEPTH = 100
Picture = list[tuple[int, list[tuple[str, int, str]]]]


def stream(messages: int) -> tuple[L3Book, list[OrdersData]]:
    """A book after its snapshot, and the updates that follow."""
    first, updates = recorded(messages, depth=DEPTH, levels=DEPTH + 20)
    frames = [decode(frame) for frame in (first, *updates)]
    data = [frame.data[0] for frame in frames if isinstance(frame, Level3Frame)]
    book = L3Book(data[0].symbol, DEPTH)
    assert book.snapshot(data[0])
    return book, data[1:]


def picture(book: L3Book) -> Picture:
    """Everything that a book says: prices, and each order in its place."""
    return [
        (
            level.price,
            [(order.order_id, order.qty_units, order.timestamp_text) for order in book.orders_at(side, level.price)],
        )
        for side in Side
        for level in book.levels(side, DEPTH)
    ]


def recorded_past(messages: int, kept: Recorder) -> dict[int, Picture]:
    """Record a stream, a message each second; return what the book was at every state."""
    book, updates = stream(messages)
    kept.begin(book, 0)
    pictures = {1: picture(book)}
    for at, data in enumerate(updates, 1):
        assert book.apply(data)
        kept.add(book, data, at * NS_PER_S)
        pictures[1 + at] = picture(book)
    return pictures


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a size that a short stream fills several times."""
    monkeypatch.setattr(recording, "CHUNK_MESSAGES", 60)
    monkeypatch.setattr(recording, "CHUNK_NS", 10**6 * NS_PER_S)
    monkeypatch.setattr(recording, "STEP_MESSAGES", 16)
    monkeypatch.setattr(recording, "TURN_MESSAGES", 5)


async def test_every_state_comes_back_exactly_in_any_order() -> None:
    kept = Recorder(keep_ns=10**6 * NS_PER_S)
    pictures = recorded_past(300, kept)
    reach = kept.reach
    assert reach is not None
    assert (reach.first, reach.last) == (1, len(pictures))
    replay = Replay()
    numbers = list(pictures)
    Random(7).shuffle(numbers)
    for number in [*numbers, *pictures, *reversed(pictures)]:
        chunk = kept.chunk_of(number)
        assert chunk is not None
        book = await replay.book_at(chunk, number)
        assert book.verified
        assert picture(book) == pictures[number]


def test_a_moment_is_the_state_after_the_last_message_before_it() -> None:
    kept = Recorder(keep_ns=10**6 * NS_PER_S)
    recorded_past(150, kept)
    for seconds in (0, 1, 59, 60, 61, 149):
        chunk = kept.chunk_at(seconds * NS_PER_S + NS_PER_S // 2)
        assert chunk is not None
        number = chunk.at(seconds * NS_PER_S + NS_PER_S // 2)
        assert number == 1 + seconds
        assert chunk.time_of(number) == seconds * NS_PER_S


def test_what_is_too_old_or_too_much_is_let_go() -> None:
    kept = Recorder(keep_ns=100 * NS_PER_S)
    recorded_past(400, kept)
    reach = kept.reach
    assert reach is not None
    assert 100 <= (reach.last_ns - reach.first_ns) // NS_PER_S <= 100 + 2 * recording.CHUNK_MESSAGES
    budget = kept.size // 2
    tight = Recorder(keep_ns=10**6 * NS_PER_S, budget=budget)
    recorded_past(400, tight)
    assert tight.size <= budget + 60 * 1000
    assert tight.reach is not None
    assert tight.reach.last == reach.last


async def test_a_break_ends_a_chunk_and_recording_goes_on_after_it() -> None:
    kept = Recorder(keep_ns=10**6 * NS_PER_S)
    book, updates = stream(40)
    kept.begin(book, 0)
    for at, data in enumerate(updates[:10], 1):
        book.apply(data)
        kept.add(book, data, at * NS_PER_S)
    kept.broke()
    before = picture(book)
    fresh, later = stream(5)
    kept.begin(fresh, 20 * NS_PER_S)
    chunk = kept.chunk_at(15 * NS_PER_S)
    assert chunk is not None
    assert chunk.broken
    assert picture(await Replay().book_at(chunk, chunk.at(15 * NS_PER_S))) == before
    fresh.apply(later[0])
    kept.add(fresh, later[0], 21 * NS_PER_S)
    after = kept.chunk_of(chunk.last + 2)
    assert after is not None
    assert after is not chunk
    assert picture(await Replay().book_at(after, chunk.last + 2)) == picture(fresh)
