"""Reading captures, and checking that the books stay verified over them.

A capture has one frame a line: raw JSON as received, or
`{"ts_ns": receive time, "raw": "the frame's text"}` as `quarterdeck record`
writes it (`architecture.md` §7).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from app.domain.book import L2Book, L3Book
from app.errors import DataError, UnavailableError
from app.protocol.ws2.market import (
    BookFrame,
    DecodeError,
    InstrumentFrame,
    Level3Frame,
    LevelsData,
    MethodResponse,
    OrdersData,
    Unknown,
    decode,
    to_instrument,
)

L2_DEPTHS = (10, 25, 100, 500, 1000)
L3_DEPTHS = (10, 100, 1000)
MAX_LINE = 64 * 1024 * 1024
EXIT_BAD_CHECKSUM = 1


class _Line(msgspec.Struct, frozen=True, gc=False):
    raw: str | None = None
    ts_ns: int = 0


_lines = msgspec.json.Decoder(_Line)


@dataclass(slots=True)
class ReplayReport:
    """What a capture held.

    Attributes:
        frames: Lines read.
        snapshots: Book snapshots applied.
        updates: Book updates applied or, while a book was not verified, left out.
        checksums_ok: Snapshots and updates whose checksum matched.
        checksums_bad: Those whose checksum did not.
        resyncs: Snapshots that came after a book had been lost or replaced.
        unknown: Frames of a channel or shape that we do not know.
        faults: Books lost for another reason than the checksum.
    """

    frames: int = 0
    snapshots: int = 0
    updates: int = 0
    checksums_ok: int = 0
    checksums_bad: int = 0
    resyncs: int = 0
    unknown: int = 0
    faults: int = 0


def frames(path: str | Path) -> Iterator[tuple[int, str]]:
    """Yield a capture's frames in order.

    Args:
        path: The capture.

    Yields:
        Receive time in nanoseconds since the epoch (0 where the capture has
        none) and the frame's text.

    Raises:
        UnavailableError: The file cannot be read.
        DataError: A line is neither a frame nor a recorded line.
    """
    for _, ts_ns, raw in numbered(path):
        yield ts_ns, raw


def numbered(path: str | Path) -> Iterator[tuple[int, int, str]]:
    """Yield a capture's frames with the number of their line in the file first; see `frames`."""
    try:
        with Path(path).open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if body := line.strip():
                    yield (number, *_frame(path, number, body))
    except OSError as error:
        raise UnavailableError(f"cannot read {path} ({error.strerror})", "give the path of a capture") from None


def _frame(path: str | Path, number: int, body: bytes) -> tuple[int, str]:
    """Return the frame of one line."""
    try:
        if len(body) > MAX_LINE or not body.startswith(b"{"):
            raise ValueError("no JSON object")
        line = _lines.decode(body)
        return (line.ts_ns, line.raw) if line.raw is not None else (0, body.decode())
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise DataError(
            f"{path} line {number} is no captured frame",
            'every line must be a frame\'s JSON or {"ts_ns":…,"raw":"…"}; cut the line off or record again',
        ) from None


def unreadable(path: str | Path, number: int, error: DecodeError) -> DataError:
    """Return the error of a line whose frame cannot be decoded."""
    return DataError(f"{path} line {number}: {error.message}", "cut the line off or record again")


class Checker:
    """Feeds frames through the real decoder into real books and counts.

    Attributes:
        report: What was seen so far.
        books: The books by channel and symbol.
    """

    def __init__(self) -> None:
        """Start with nothing known."""
        self.report = ReplayReport()
        self.books: dict[tuple[str, str], L2Book | L3Book] = {}
        self._depths: dict[tuple[str, str], int] = {}
        self._decimals: dict[str, tuple[int, int]] = {}

    def feed(self, raw: str) -> None:
        """Take one frame.

        Raises:
            DecodeError: The frame is not readable.
        """
        self.report.frames += 1
        message = decode(raw)
        if isinstance(message, BookFrame):
            for levels in message.data:
                self._book("book", message.type, levels)
        elif isinstance(message, Level3Frame):
            for orders in message.data:
                self._book("level3", message.type, orders)
        elif isinstance(message, MethodResponse):
            self._note(message)
        elif isinstance(message, InstrumentFrame):
            self._instruments(message)
        elif isinstance(message, Unknown):
            self.report.unknown += 1

    def _note(self, response: MethodResponse) -> None:
        """Keep a subscription's depth."""
        key = (response.channel, response.symbol)
        if response.method == "subscribe" and response.ok and response.depth is not None:
            self._depths[key] = response.depth

    def _instruments(self, frame: InstrumentFrame) -> None:
        """Keep the decimals of the pairs; a record that contradicts itself counts as unknown."""
        for pair in frame.pairs:
            try:
                instrument = to_instrument(pair)
            except ValueError:
                self.report.unknown += 1
            else:
                self._decimals[instrument.symbol] = (instrument.price_dp, instrument.qty_dp)

    def _book(self, channel: str, kind: str, data: LevelsData | OrdersData) -> None:
        """Apply one book message."""
        report = self.report
        key = (channel, data.symbol)
        if kind == "snapshot":
            report.snapshots += 1
            report.resyncs += key in self.books
            book = self.books[key] = self._new_book(channel, data)
            good = book.snapshot(data)  # type: ignore[arg-type]
        else:
            report.updates += 1
            held = self.books.get(key)
            if held is None or not held.following:
                return
            book = held
            good = book.apply(data)  # type: ignore[arg-type]
        report.checksums_ok += book.checksums_ok
        report.checksums_bad += book.checksums_bad
        report.faults += not (good or book.following or book.checksums_bad)
        book.checksums_ok = book.checksums_bad = 0

    def _new_book(self, channel: str, data: LevelsData | OrdersData) -> L2Book | L3Book:
        """Make the book that a snapshot asks for."""
        price_dp, qty_dp = self._decimals.get(data.symbol, (None, None))
        depth = self._depths.get((channel, data.symbol))
        if channel == "book":
            held = max(len(data.bids), len(data.asks))
            return L2Book(data.symbol, depth or legal_depth(held, L2_DEPTHS), price_dp, qty_dp)
        held = max(len({bytes(row.limit_price) for row in rows}) for rows in (data.bids, data.asks))  # type: ignore[union-attr]
        return L3Book(data.symbol, depth or legal_depth(held, L3_DEPTHS), price_dp, qty_dp)


def legal_depth(held: int, depths: tuple[int, ...]) -> int:
    """Return the smallest legal depth that holds so many levels."""
    return next((depth for depth in depths if depth >= held), depths[-1])


def check(path: str | Path) -> ReplayReport:
    """Run a capture through the decoder and the books.

    Args:
        path: The capture.

    Returns:
        The counts.

    Raises:
        UnavailableError: The file cannot be read.
        DataError: A line or a frame is not readable; names the line.
    """
    checker = Checker()
    for number, _, raw in numbered(path):
        try:
            checker.feed(raw)
        except DecodeError as error:
            raise unreadable(path, number, error) from None
    return checker.report


def run_headless(path: str | Path) -> int:
    """Check a capture and print one JSON line of counts.

    Returns:
        The exit status: 0 only if there was no bad checksum and no other fault.

    Raises:
        UnavailableError: The file cannot be read.
        DataError: A line or a frame is not readable; names the line.
    """
    report = check(path)
    if not report.frames:
        raise DataError(f"{path} holds no frames", "record some with `quarterdeck record`")
    sys.stdout.write(msgspec.json.encode(asdict(report)).decode() + "\n")
    return EXIT_BAD_CHECKSUM if report.checksums_bad or report.faults else 0
