"""The last minutes of one L3 book, message by message, in bounded memory.

What is kept is the messages themselves, encoded, in chunks that begin with
the book as it then was. A past book is made on demand: the chunk's book is
thawed and the chunk's messages are applied to it, with all checksums. Nothing
is copied per message, and the live book is never touched.
"""

from __future__ import annotations

import asyncio
from array import array
from bisect import bisect_right
from collections import deque
from typing import NamedTuple

import msgspec

from app.clock import NS_PER_S
from app.domain.book import L3Book
from app.domain.book_l3 import FrozenBook
from app.protocol.ws2.frames import OrdersData

KEEP_NS = 300 * NS_PER_S
"""What is older is let go."""

BUDGET = 32 * 1024 * 1024
"""Bytes per pair, as `Chunk.size` counts them; with more traffic than fits the past is shorter."""

CHUNK_MESSAGES = 4000
"""Messages after which a chunk ends: the frozen book is shared by so many."""

CHUNK_NS = 30 * NS_PER_S
STEP_MESSAGES = 500
"""Messages between the books that a replay keeps on its way through a chunk."""

TURN_MESSAGES = 100
"""Messages that a replay applies before it lets orders and live data have their turn."""

_ORDER_BYTES = 24
_LEVEL_BYTES = 40
_TEXT_BYTES = 190
_ENTRY_BYTES = 16

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(OrdersData).decode


class Chunk:
    """A stretch of messages without a break.

    Args:
        first: Number of the state that the book is in.
        ts_ns: Wall time.
        book: The book before the first message.

    Attributes:
        broken: Whether the data broke after the last message.
    """

    def __init__(self, first: int, ts_ns: int, book: L3Book) -> None:
        self.first = first
        self.start_ns = ts_ns
        self.still: FrozenBook = book.freeze()
        self.broken = False
        self._times = array("q")
        self._ends = array("Q")
        self._log = bytearray()
        levels = len(self.still.bids.tokens) + len(self.still.asks.tokens)
        self._base = _ORDER_BYTES * book.order_count() + _LEVEL_BYTES * levels

    def add(self, ts_ns: int, data: OrdersData) -> bool:
        """Add a message that the book took; return whether the next one belongs to another chunk."""
        log, times = self._log, self._times
        log += _encode(data)
        times.append(ts_ns)
        self._ends.append(len(log))
        return len(times) >= CHUNK_MESSAGES or ts_ns - self.start_ns >= CHUNK_NS

    @property
    def last(self) -> int:
        """Number of the newest state."""
        return self.first + len(self)

    @property
    def last_ns(self) -> int:
        """Wall time of the newest state."""
        return self._times[-1] if self._times else self.start_ns

    @property
    def size(self) -> int:
        """Bytes that it keeps, estimated: the log exactly, the book's texts as if none of them were shared."""
        return self._base + len(self._log) + len(self) * (_ENTRY_BYTES + _TEXT_BYTES)

    def at(self, ts_ns: int) -> int:
        """Return the number of the state at a wall time."""
        return self.first + bisect_right(self._times, ts_ns)

    def time_of(self, number: int) -> int:
        """Return the wall time of a state."""
        return self._times[number - self.first - 1] if number > self.first else self.start_ns

    def message(self, number: int) -> OrdersData:
        """Return the message that led to a state other than the first."""
        index = number - self.first - 1
        start = self._ends[index - 1] if index else 0
        return _decode(memoryview(self._log)[start : self._ends[index]].tobytes())

    def __len__(self) -> int:
        return len(self._times)


class Reach(NamedTuple):
    """How far back the recording goes.

    Attributes:
        first: Number of the oldest state.
        first_ns: Its wall time.
        last: Number of the newest state.
        last_ns: Its wall time.
    """

    first: int
    first_ns: int
    last: int
    last_ns: int


class Recorder:
    """A ring of chunks.

    Args:
        keep_ns: Greatest age.
        budget: Bytes at the most; the newest chunk stays whatever it takes.
    """

    def __init__(self, keep_ns: int = KEEP_NS, budget: int = BUDGET) -> None:
        self._keep_ns = keep_ns
        self._budget = budget
        self._chunks: deque[Chunk] = deque()
        self._sealed = 0
        self._chunk: Chunk | None = None

    def begin(self, book: L3Book, ts_ns: int) -> None:
        """The book is verified anew: record from here."""
        self._open(self._chunk.last + 1 if self._chunk is not None else 1, book, ts_ns)

    def _open(self, first: int, book: L3Book, ts_ns: int) -> None:
        if self._chunk is not None:
            self._sealed += self._chunk.size
        self._chunk = Chunk(first, ts_ns, book)
        self._chunks.append(self._chunk)
        self._trim(ts_ns)

    def add(self, book: L3Book, data: OrdersData, ts_ns: int) -> None:
        """Record a message that the book has just taken and verified."""
        chunk = self._chunk
        if chunk is None or chunk.broken:
            self.begin(book, ts_ns)
        elif chunk.add(ts_ns, data):
            self._open(chunk.last, book, ts_ns)  # it begins with the state that this one ends with

    def broke(self) -> None:
        """The data ends here."""
        if self._chunk is not None:
            self._chunk.broken = True

    @property
    def reach(self) -> Reach | None:
        """How far back it goes; None if nothing is recorded."""
        if not self._chunks:
            return None
        oldest, newest = self._chunks[0], self._chunks[-1]
        return Reach(oldest.first, oldest.start_ns, newest.last, newest.last_ns)

    @property
    def size(self) -> int:
        """Bytes that are kept, estimated."""
        return self._sealed + (self._chunks[-1].size if self._chunks else 0)

    def chunk_at(self, ts_ns: int) -> Chunk | None:
        """Return the chunk that a wall time lies in or after; the oldest for times before it."""
        found = self._chunks[0] if self._chunks else None
        for chunk in self._chunks:
            if chunk.start_ns > ts_ns:
                break
            found = chunk
        return found

    def chunk_of(self, number: int) -> Chunk | None:
        """Return the chunk that has a state; the nearest if none has."""
        found = self._chunks[0] if self._chunks else None
        for chunk in self._chunks:
            if chunk.first > number:
                break
            found = chunk
        return found

    def _trim(self, now_ns: int) -> None:
        """Let the oldest chunks go that are too old or too many."""
        chunks = self._chunks
        while len(chunks) > 1 and (self.size > self._budget or chunks[0].last_ns < now_ns - self._keep_ns):
            self._sealed -= chunks.popleft().size


class Replay:
    """A scratch book that is moved through a recording.

    Attributes:
        number: State that the book is in.
    """

    def __init__(self) -> None:
        self.number = 0
        self._chunk: Chunk | None = None
        self._book: L3Book | None = None
        self._steps: dict[int, FrozenBook] = {}

    async def book_at(self, chunk: Chunk, number: int) -> L3Book:
        """Return the book of a state; it is moved by the next call, which must not come before this one ends.

        Args:
            chunk: The chunk that has the state.
            number: The state; clamped to the chunk.
        """
        number = max(chunk.first, min(number, chunk.last))
        if chunk is not self._chunk:
            self._steps = {chunk.first: chunk.still}
            self._chunk, self._book = chunk, None
        if self._book is None or number < self.number:
            start = max(step for step in self._steps if step <= number)
            self._book, self.number = L3Book.thaw(self._steps[start]), start
        book = self._book
        while self.number < number:
            book.apply(chunk.message(self.number + 1))
            self.number += 1
            if (self.number - chunk.first) % STEP_MESSAGES == 0 and self.number not in self._steps:
                self._steps[self.number] = book.freeze()
            if self.number % TURN_MESSAGES == 0:
                await asyncio.sleep(0)
        return book
