from __future__ import annotations

import copy
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from app.bootstrap.replaying import scan
from app.domain.book import L2Book
from app.domain.order import Side
from app.errors import DataError, UnavailableError
from app.protocol.ws2.market import BookFrame, DecodeError, LevelsData, decode
from app.replay import ReplayReport, check, frames, run_headless
from tests.bench.stream import Feed
from tests.domain.book_vectors import L2_ASKS, L2_BIDS, L2_CHECKSUM

CAPTURE = Path(__file__).parents[2] / "shared" / "data" / "spot-book-10-pairs-depth-1000.jsonl"

needs_capture = pytest.mark.skipif(not CAPTURE.is_file(), reason=f"the real capture is not at {CAPTURE}")


def book_frame(kind: str, bids: str, asks: str, checksum: int) -> str:
    rows = [
        [f'{{"price":{price},"qty":{qty}}}' for price, qty in map(str.split, lines.strip().splitlines())]
        for lines in (bids, asks)
    ]
    return (
        f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"BTC/USD","bids":[{",".join(rows[0])}],'
        f'"asks":[{",".join(rows[1])}],"checksum":{checksum}}}]}}'
    )


SNAPSHOT = book_frame("snapshot", L2_BIDS, L2_ASKS, L2_CHECKSUM)
FIRST = book_frame("update", "45283.5 0.00000000\n45275.0 0.50000000", "", 2464679375)
SECOND = book_frame("update", "", "45285.9 0.01000000", 538212671)


Write = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    def write(*lines: str) -> Path:
        path = tmp_path / "capture.jsonl"
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


@needs_capture
def test_the_real_capture_verifies_to_the_last_update(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_headless(CAPTURE) == 0
    assert json.loads(capsys.readouterr().out) == {
        "frames": 4279,
        "snapshots": 10,
        "updates": 4269,
        "checksums_ok": 4269,
        "checksums_bad": 0,
        "resyncs": 0,
        "unknown": 0,
        "faults": 0,
    }


def clone(book: L2Book) -> L2Book:
    twin = copy.copy(book)
    for name in ("_bids", "_asks"):
        side = copy.copy(getattr(book, name))
        side.keys, side.levels = list(side.keys), dict(side.levels)
        setattr(twin, name, side)
    return twin


def apply_corrupted(book: L2Book, raw: bytes) -> bool | None:
    """Return whether the book still claims to be verified; None if the frame does not reach it."""
    try:
        message = decode(raw)
    except DecodeError:
        return None
    if not isinstance(message, BookFrame) or message.type != "update" or message.data[0].symbol != book.symbol:
        return None
    return book.apply(message.data[0])


@needs_capture
def test_every_corrupted_byte_is_detected_or_harmless_to_the_ten_best_levels() -> None:
    rng = Random(3)
    books: dict[str, L2Book] = {}
    outcomes = {"refused": 0, "detected": 0, "harmless": 0}
    for turn, (_, raw) in enumerate(frames(CAPTURE)):
        data = data_of(raw)
        if data.symbol not in books:
            books[data.symbol] = L2Book(data.symbol, 1000)
            books[data.symbol].snapshot(data)
            continue
        book = books[data.symbol]
        before = clone(book)
        assert book.apply(data)
        if turn % 40:
            continue
        truth = [book.levels(side, 10) for side in Side]
        body = raw.encode()
        for at in range(len(body)):
            other = rng.choice([byte for byte in b"0123456789.-e" if byte != body[at]])
            twin = clone(before)
            verdict = apply_corrupted(twin, body[:at] + bytes([other]) + body[at + 1 :])
            if verdict is None:
                outcomes["refused"] += 1
            elif not verdict:
                outcomes["detected"] += 1
            else:
                outcomes["harmless"] += 1
                assert [twin.levels(side, 10) for side in Side] == truth, body[: at + 1]
    assert min(outcomes.values()) > 100, outcomes


def data_of(raw: str) -> LevelsData:
    message = decode(raw)
    assert isinstance(message, BookFrame)
    return message.data[0]


def test_an_unreadable_frame_is_named_by_its_line_on_the_screen_too(written: Write) -> None:
    path = written("", SNAPSHOT, "", '{"ts_ns":5,"raw":"{\\"channel\\": nope"}')
    for read in (check, scan):
        with pytest.raises(DataError, match=r"line 4: .*JSON.*cut the line off"):
            read(path)


def test_raw_and_recorded_lines_are_read_alike(written: Write) -> None:
    path = written(SNAPSHOT, "", json.dumps({"ts_ns": 17, "raw": FIRST}))
    assert list(frames(path)) == [(0, SNAPSHOT), (17, FIRST)]
    assert check(path) == ReplayReport(frames=2, snapshots=1, updates=1, checksums_ok=2)


def test_a_bad_checksum_is_counted_and_sets_the_exit_status(written: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(SNAPSHOT, FIRST.replace("2464679375", "1"), SECOND, SNAPSHOT, FIRST, SECOND)
    assert run_headless(path) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["checksums_ok"], report["checksums_bad"]) == (4, 1)
    assert (report["snapshots"], report["updates"], report["resyncs"]) == (2, 4, 1)


def test_a_book_lost_for_another_reason_sets_the_exit_status_too(written: Write) -> None:
    path = written(SNAPSHOT, book_frame("update", "45283.5 -1", "", 1))
    assert check(path).faults == 1
    assert run_headless(path) == 1


def test_updates_before_a_snapshot_are_counted_and_left_out(written: Write) -> None:
    assert check(written(FIRST, SNAPSHOT, FIRST)) == ReplayReport(frames=3, snapshots=1, updates=2, checksums_ok=2)


def test_unknown_frames_are_counted(written: Write) -> None:
    path = written('{"channel":"heartbeat"}', '{"channel":"mystery","data":[]}', SNAPSHOT)
    assert check(path) == ReplayReport(frames=3, snapshots=1, checksums_ok=1, unknown=1)


def test_precision_comes_from_the_instrument_frame(written: Write) -> None:
    checksum = zlib.crc32(b"450010250000000450000150000000")
    stripped = book_frame("snapshot", "45000 1.5", "45001 2.5", checksum)
    pair = (
        '{"symbol":"BTC/USD","base":"BTC","quote":"USD","status":"online","qty_precision":8,"price_precision":1,'
        '"cost_precision":5,"qty_min":0.0001,"price_increment":0.1,"qty_increment":1e-08}'
    )
    instrument = f'{{"channel":"instrument","type":"snapshot","data":{{"assets":[],"pairs":[{pair}]}}}}'
    assert check(written(instrument, stripped)).checksums_ok == 1
    assert check(written(stripped)).checksums_bad == 1


@pytest.mark.parametrize("depth", [10, 25])
def test_depth_comes_from_the_ack(written: Write, depth: int) -> None:
    ack = (
        f'{{"method":"subscribe","result":{{"channel":"book","depth":{depth},"snapshot":true,"symbol":"BTC/USD"}},'
        '"success":true}'
    )
    # A level enters at the top and leaves again: at depth 10 the tenth is gone by then, at 25 it is not.
    leave = book_frame("update", "", "45285.9 0.00000000", 2464679375)
    report = check(written(ack, SNAPSHOT, FIRST, SECOND, leave))
    assert report.checksums_bad == (1 if depth == 10 else 0)


def test_level3_frames_are_checked_too(written: Write) -> None:
    feed = Feed(Random(2), depth=100, levels=120)
    lines = [feed.snapshot().decode(), *(feed.update().decode() for _ in range(200))]
    assert check(written(*lines)) == ReplayReport(frames=201, snapshots=1, updates=200, checksums_ok=201)


@pytest.mark.parametrize("line", ["", "not json", "[1,2]", '{"raw":7}', '{"channel":', "\x00"])
def test_a_malformed_line_is_named_with_what_to_do(written: Write, line: str) -> None:
    path = written(SNAPSHOT, line or "{", FIRST)
    with pytest.raises(DataError, match=r"line 2.*cut the line off"):
        check(path)


def test_a_frame_that_does_not_decode_is_named_with_its_line(written: Write) -> None:
    path = written(SNAPSHOT, "", json.dumps({"ts_ns": 1, "raw": '{"channel":'}))
    with pytest.raises(DataError, match="line 3"):
        check(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"no\.jsonl"):
        check(tmp_path / "no.jsonl")
