"""The journal: an order's intent is on disk before it is on the wire.

A record is length, CRC32 and msgpack. A torn tail, as a crash in the middle
of a write leaves it, is cut off at opening. All writing happens on one thread
of its own, in order, so that a slow disk delays the order concerned and not
the books or a cancel.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import struct
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct

from app.domain.order import OrderRequest
from app.errors import DataError, UnavailableError

log = logging.getLogger(__name__)

_HEAD = struct.Struct(">II")
_MAGIC = b"QDJ1\n"
_MAX_RECORD = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Intent(Struct, frozen=True, tag="intent"):
    """An order is about to be sent.

    Attributes:
        number: Short number.
        request: The order as it goes out.
        ts_ns: Wall time.
        owner: Transport: `ws`, `rest`.
        text: The line that asked for it.
    """

    number: int
    request: OrderRequest
    ts_ns: int
    owner: str
    text: str


class AmendIntent(Struct, frozen=True, tag="amend"):
    """A change of an order is about to be sent."""

    cl_ord_id: str
    qty: Decimal | None
    limit_price: Decimal | None
    ts_ns: int


class CancelIntent(Struct, frozen=True, tag="cancel"):
    """A cancel is about to be sent; `scope` is an order's key, a pair or `all`."""

    scope: str
    ts_ns: int


class StateNote(Struct, frozen=True, tag="state"):
    """What is known of an order changed.

    Attributes:
        cl_ord_id: The order.
        order_id: Venue's id, if known.
        state: Order state as in `app.domain.oms.OrderState`.
        cum_qty: Executed so far.
        reason: Why.
        ts_ns: Wall time.
    """

    cl_ord_id: str
    order_id: str
    state: str
    cum_qty: Decimal
    reason: str
    ts_ns: int


class FillNote(Struct, frozen=True, tag="fill"):
    """One own fill, for the books: what was traded, at what price and fee.

    Attributes:
        exec_id: Kraken's id of the fill.
        order_id: The venue's id of the order.
        symbol: Pair.
        side: `buy` or `sell`.
        qty: Base quantity.
        price: Price.
        fee: Fee.
        fee_asset: Asset of the fee.
        maker: Whether the order rested; None if the venue did not say.
        ts_ns: Venue time.
    """

    exec_id: str
    order_id: str
    symbol: str
    side: str
    qty: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    maker: bool | None
    ts_ns: int


class Mark(Struct, frozen=True, tag="mark"):
    """Start or end of an engine, or what the user was told at a stop."""

    text: str
    number: int
    ts_ns: int


class Kill(Struct, frozen=True, tag="kill"):
    """The kill switch was engaged or released; an engine that starts anew keeps to it."""

    engaged: bool
    ts_ns: int


Record = Intent | AmendIntent | CancelIntent | StateNote | FillNote | Mark | Kill

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


class JournalError(Exception):
    """The disk does not take the journal; no new order may go out."""


def _pack(record: Record) -> bytes:
    body = _encoder.encode(record)
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def read_records(data: bytes) -> tuple[list[Record], int]:
    """Decode a journal's bytes up to the first torn or damaged record.

    Args:
        data: The file's content.

    Returns:
        The records and the number of good bytes.

    Raises:
        DataError: The file is no journal.
    """
    if _MAGIC.startswith(data):  # empty, or the very first write was torn
        return [], len(data) if data == _MAGIC else 0
    if not data.startswith(_MAGIC):
        raise DataError("the journal has an unknown format", "move the file away; orders are then taken from the venue")
    records: list[Record] = []
    at = len(_MAGIC)
    while at + _HEAD.size <= len(data):
        size, crc = _HEAD.unpack_from(data, at)
        body = data[at + _HEAD.size : at + _HEAD.size + size]
        if size > _MAX_RECORD or len(body) < size or zlib.crc32(body) != crc:
            break
        try:
            records.append(_decoder.decode(body))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            break
        at += _HEAD.size + size
    return records, at


class Journal:
    """An append-only file with one writing thread.

    Args:
        path: File; its directory must exist.

    Attributes:
        torn: Bytes that were cut off the end at opening; kept beside the file.
        waiting: Records that somebody waits for until they are on disk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._fd = -1
        self._good = 0
        self._failed = ""
        self._mendable = False
        self.torn = 0
        self.waiting = 0

    @property
    def failed(self) -> str:
        """Why the journal takes no more records; empty while it does."""
        return self._failed

    def open(self) -> list[Record]:
        """Open or create the file and return what it holds.

        A torn tail is cut off. Not called from the event loop's hot time.

        Returns:
            All records, oldest first.

        Raises:
            DataError: The file is no journal.
            UnavailableError: The file cannot be used.
        """
        try:
            data = self._path.read_bytes() if self._path.exists() else b""
            records, self._good = read_records(data)
            self.torn = len(data) - self._good
            if self.torn:
                log.warning("journal: %d torn bytes at the end were cut off", self.torn)
                self._path.with_suffix(".torn").write_bytes(data[self._good :])
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._fd = os.open(self._path, flags, 0o600)
            os.ftruncate(self._fd, self._good)
            if not self._good:
                self._good = os.write(self._fd, _MAGIC)
                os.fsync(self._fd)
                _sync_directory(self._path.parent)
        except OSError as error:
            reason = error.strerror or str(error)
            raise UnavailableError(f"the journal {self._path} cannot be used: {reason}", "mend that first") from None
        return records

    def _write(self, data: bytes, durable: bool) -> None:
        if self._failed:
            raise JournalError(self._failed)
        try:
            self._append(data, durable)
        except OSError as error:
            # After a failed sync nobody knows what is on the disk; a full one can be emptied.
            self._mendable = error.errno in _FULL
            self._failed = f"the journal cannot be written ({error.strerror})"
            raise JournalError(self._failed) from error

    def _append(self, data: bytes, durable: bool) -> None:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
            if durable:
                os.fdatasync(self._fd)
        except OSError:
            with suppress(OSError):  # half a record would hide all that follow it
                os.ftruncate(self._fd, self._good)
            raise
        self._good += len(data)

    async def durable(self, record: Record) -> None:
        """Write a record and return when it is on disk.

        Raises:
            JournalError: The disk refused, now or earlier.
        """
        if self._failed:
            raise JournalError(self._failed)
        self.waiting += 1
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._write, _pack(record), True)
        finally:
            self.waiting -= 1

    def note(self, record: Record) -> None:
        """Write a record soon, without waiting; loss costs a question to the venue."""
        if self._failed or self._fd < 0:
            return
        self._thread.submit(self._write, _pack(record), False).add_done_callback(_report)

    async def mend(self, record: Record) -> bool:
        """Try a full disk again.

        Args:
            record: What to write as a trial.

        Returns:
            Whether the journal works.
        """
        if not self._failed or not self._mendable or self._fd < 0:
            return not self._failed
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._try, _pack(record))

    def _try(self, data: bytes) -> bool:
        try:
            os.ftruncate(self._fd, self._good)
            self._append(data, True)
        except OSError:
            return False
        self._failed = ""
        return True

    def close(self) -> None:
        """Write what is pending, sync and close."""
        if self._fd < 0:
            return
        self._thread.shutdown(wait=True)
        try:
            os.fsync(self._fd)
        except OSError:
            log.exception("journal: the last sync failed")
        os.close(self._fd)
        self._fd = -1


def _sync_directory(path: Path) -> None:
    """Make a new file's name durable, not only its content."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _report(done: Future[None]) -> None:
    error = done.exception()
    if error is not None:
        log.error("journal: %s", error)
