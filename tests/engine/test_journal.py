"""The journal: durable before the wire, honest about a disk that refuses, whole after a crash."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.order import OrderRequest, OrderType, Side
from app.engine import engine as engine_module
from app.engine.journal import Intent, Journal, JournalError, Mark, Record, StateNote, read_records
from app.errors import DataError, UnavailableError
from app.link.messages import Outcome
from tests.engine.conftest import SYMBOL, Bench, Rig, until


def intent(number: int) -> Intent:
    request = OrderRequest(
        f"id-{number}", SYMBOL, Side.BUY, OrderType.LIMIT, Decimal("0.01"), Decimal("64000.5"), post_only=True
    )
    return Intent(number, request, 1_000 + number, "ws", f"buy {number}")


def written(path: Path) -> list[Record]:
    return read_records(path.read_bytes())[0]


async def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    assert journal.open() == []
    records: list[Record] = [intent(1), StateNote("id-1", "O1", "working", Decimal("0.005"), "", 5), Mark("stop", 1, 6)]
    await journal.durable(records[0])
    for record in records[1:]:
        journal.note(record)
    journal.close()
    assert Journal(tmp_path / "j").open() == records
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o600


async def test_a_torn_tail_is_cut_off_at_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "j"
    journal = Journal(path)
    journal.open()
    ends = [path.stat().st_size]
    for number in (1, 2, 3):
        await journal.durable(intent(number))
        ends.append(path.stat().st_size)
    journal.close()
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        again = Journal(path)
        kept = sum(1 for end in ends[1:] if end <= cut)
        assert again.open() == [intent(number) for number in range(1, kept + 1)], cut
        good = 0 if cut < ends[0] else ends[kept]
        assert again.torn == cut - good
        await again.durable(intent(9))
        again.close()
        assert written(path)[-1] == intent(9), "what follows a torn record can be read"


async def test_a_flipped_byte_is_noticed_and_the_rest_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "j"
    journal = Journal(path)
    journal.open()
    await journal.durable(intent(1))
    end = path.stat().st_size
    await journal.durable(intent(2))
    journal.close()
    data = bytearray(path.read_bytes())
    data[end + 20] ^= 0x40
    path.write_bytes(bytes(data))
    again = Journal(path)
    assert again.open() == [intent(1)]
    again.close()
    assert path.with_suffix(".torn").read_bytes() == bytes(data[end:])


def test_another_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_text("my diary")
    with pytest.raises(DataError, match="unknown format"):
        Journal(path).open()
    assert path.read_text() == "my diary"


def test_a_journal_that_cannot_be_opened_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "j").mkdir()
    with pytest.raises(UnavailableError, match="cannot be used"):
        Journal(tmp_path / "j").open()


class Disk:
    """Stands in for the disk calls of the journal; fails on demand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.write_error = 0
        self.sync_error = 0
        self.half = False
        self._write, self._sync = os.write, os.fdatasync
        monkeypatch.setattr("app.engine.journal.os.write", self.write)
        monkeypatch.setattr("app.engine.journal.os.fdatasync", self.sync)

    def write(self, fd: int, data: bytes | memoryview) -> int:
        if not self.write_error:
            return self._write(fd, data)
        if self.half and len(data) > 1:
            self.half = False
            return self._write(fd, bytes(data)[: len(data) // 2])
        raise OSError(self.write_error, os.strerror(self.write_error))

    def sync(self, fd: int) -> None:
        if self.sync_error:
            raise OSError(self.sync_error, os.strerror(self.sync_error))
        self._sync(fd)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


async def test_half_a_record_on_a_full_disk_hides_nothing(tmp_path: Path, disk: Disk) -> None:
    journal = Journal(tmp_path / "j")
    journal.open()
    await journal.durable(intent(1))
    disk.write_error, disk.half = errno.ENOSPC, True
    with pytest.raises(JournalError, match="No space left"):
        await journal.durable(intent(2))
    with pytest.raises(JournalError):
        await journal.durable(intent(3))
    assert not await journal.mend(Mark("mended", 3, 1))
    disk.write_error = 0
    assert await journal.mend(Mark("mended", 3, 1))
    await journal.durable(intent(4))
    journal.close()
    assert written(tmp_path / "j") == [intent(1), Mark("mended", 3, 1), intent(4)]


async def test_a_failed_sync_is_never_believed_again(tmp_path: Path, disk: Disk) -> None:
    journal = Journal(tmp_path / "j")
    journal.open()
    disk.sync_error = errno.EIO
    with pytest.raises(JournalError):
        await journal.durable(intent(1))
    disk.sync_error = 0
    assert not await journal.mend(Mark("mended", 1, 1))
    assert journal.failed
    journal.close()


async def test_the_intent_is_on_disk_when_the_venue_first_sees_the_order(bench: Bench) -> None:
    rig = await bench.armed()
    seen: list[list[str]] = []
    real = rig.venue.exchange.add_order

    def spy(account: str, request: object) -> object:
        records = written(bench.place / "practice.journal")
        seen.append([record.request.cl_ord_id for record in records if isinstance(record, Intent)])
        assert request.cl_ord_id in seen[-1]  # type: ignore[attr-defined]
        return real(account, request)  # type: ignore[arg-type]

    rig.venue.exchange.add_order = spy  # type: ignore[method-assign,assignment]
    for _ in range(3):
        assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
    assert [len(ids) for ids in seen] == [1, 2, 3]


@pytest.mark.parametrize(("error", "mends"), [(errno.ENOSPC, True), (errno.EIO, False)])
async def test_no_order_without_a_journal_but_cancels_pass(
    rig: Rig, disk: Disk, monkeypatch: pytest.MonkeyPatch, error: int, mends: bool
) -> None:
    monkeypatch.setattr(engine_module, "PULSE_S", 0.02)
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
    await rig.state(1, "working")
    disk.write_error = error
    answer = await rig.screen.do(rig.bid(ticks=600))
    assert answer.outcome is Outcome.REFUSED
    assert "journal cannot be written" in answer.text
    assert len(rig.truth("accepted")) == 1, "nothing reached the venue"
    again = await rig.screen.do(rig.bid(ticks=601))
    assert "journal" in again.text
    await until(lambda: rig.screen.status and "journal" in rig.screen.status.blocked)
    assert (await rig.screen.do("cancel #1")).outcome is Outcome.ACCEPTED
    await rig.state(1, "canceled")
    await until(lambda: rig.screen.told("no new orders go out"))
    disk.write_error = 0
    if mends:
        await until(lambda: not rig.engine.state.journal.failed)
        assert (await rig.screen.do(rig.bid(ticks=602))).outcome is Outcome.ACCEPTED
    else:
        assert (await rig.screen.do(rig.bid(ticks=602))).outcome is Outcome.REFUSED


async def test_an_amend_needs_the_journal_too(rig: Rig, disk: Disk) -> None:
    await rig.screen.do(rig.bid())
    await rig.state(1, "working")
    disk.write_error = errno.EIO
    answer = await rig.screen.do("amend #1 0.02")
    assert answer.outcome is Outcome.REFUSED
    assert not rig.truth("amended")


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Holds the disk back until it is called."""
    import threading

    gate = threading.Event()
    real = os.fdatasync

    def sync(fd: int) -> None:
        gate.wait(10)
        real(fd)

    monkeypatch.setattr("app.engine.journal.os.fdatasync", sync)
    return gate.set


async def test_a_kill_while_the_disk_writes_keeps_the_order_home(rig: Rig, slow_disk: Callable[[], None]) -> None:
    order = rig.screen.start(rig.bid())
    await until(lambda: rig.state_of(1) == "pending_new")
    assert (await rig.screen.do("kill")).outcome is Outcome.ACCEPTED
    slow_disk()
    await until(lambda: rig.screen.answer(order))
    answer = rig.screen.answer(order)
    assert answer is not None
    assert answer.outcome is Outcome.REFUSED
    assert not rig.truth("accepted")
    await rig.state(1, "rejected")


async def test_a_cancel_while_the_disk_writes_keeps_the_order_home(rig: Rig, slow_disk: Callable[[], None]) -> None:
    order = rig.screen.start(rig.bid())
    await until(lambda: rig.state_of(1) == "pending_new")
    rig.screen.start("cancel #1")
    await rig.state(1, "pending_cancel", "unknown_cancel")
    slow_disk()
    await until(lambda: rig.screen.answer(order))
    assert not rig.truth("accepted")
    await rig.state(1, "rejected")


async def test_two_orders_at_once_see_each_others_funds(rig: Rig, slow_disk: Callable[[], None]) -> None:
    price = rig.price(Side.BUY, 500)
    funds = rig.engine.state.account.totals["USD"]
    qty = (funds * Decimal("0.7") / price).quantize(Decimal("0.0001"))
    line = f"buy {qty} {SYMBOL} @ {price:f} post"
    first = rig.screen.start(line)
    second = rig.screen.start(line.replace(f"{price:f}", f"{price - 1:f}"))
    await until(lambda: rig.screen.answer(second))
    answer = rig.screen.answer(second)
    assert answer is not None
    assert "available" in answer.text
    slow_disk()
    await until(lambda: rig.screen.answer(first))
    assert len(rig.truth("accepted")) == 1
    assert not rig.truth("rejected"), "our gate refused it, the venue never saw it"
