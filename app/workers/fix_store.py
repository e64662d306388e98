"""Sequence numbers and sent messages of one FIX session, on disk.

An append-only file of JSON lines, begun anew with each reset. Every line is
handed to the system before its message leaves, so the death of the program
loses nothing; the disk itself is asked at logon, logout, reset and once a
second, so a power cut may lose the last second of numbers. The number expected
next may lag behind: then the venue is asked again for what came since, which
is known by its ExecID. Signatures and keys are left out.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from app.clock import Clock
from app.domain import rollover
from app.errors import ConfigError
from app.protocol.fix.message import shown
from app.protocol.fix.tags import LOGON, LOGOUT

_OWNER_ONLY = 0o600
_LARGE = 4 << 20
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
_SAFE = re.compile(r"[^A-Za-z0-9.-]")
_encoder = msgspec.json.Encoder()
_Line = tuple[str, int, str]
_decoder = msgspec.json.Decoder(_Line)


class FileStore:
    """A durable `app.protocol.fix.store.Store`.

    Args:
        path: The file; its directory exists.
        clock: Wall time.

    Raises:
        ConfigError: The file can't be used.

    Attributes:
        next_in: Number expected next.
        next_out: Number of our next message.
        damaged: Lines in the middle could not be read: the numbers were forgotten.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self.next_in = self.next_out = 1
        self._began_ns = 0
        self.damaged = False
        self._kept_in = 1
        self._dirty = False
        self._fd = self._open()
        try:
            self._load()
        except OSError as error:
            raise self._unusable(error) from None

    @staticmethod
    def named(directory: Path, *parts: str) -> Path:
        """Return the file of a session from its host and CompIDs."""
        return directory / ("_".join(_SAFE.sub("-", part) for part in parts) + ".fix")

    def _open(self) -> int:
        try:
            return os.open(self._path, _FLAGS, _OWNER_ONLY)
        except OSError as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> ConfigError:
        return ConfigError(f"the FIX store {self._path} can't be used", error.strerror or str(error))

    def _load(self) -> None:
        """Read the numbers; a torn last line is cut off, as its message never left."""
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.ftruncate(self._fd, whole)
        for line in data[:whole].splitlines():
            try:
                kind, number, _ = _decoder.decode(line)
            except msgspec.DecodeError:
                self.damaged = True
                self._began_ns = 0
                return
            self._read(kind, number)
        self._kept_in = self.next_in
        if len(data) > _LARGE:
            self._rewrite()

    def _read(self, kind: str, number: int) -> None:
        match kind:
            case "reset":
                self._began_ns = number
                self.next_in = self.next_out = 1
            case "out":
                self.next_out = number + 1
            case "in":
                self.next_in = number
            case _:
                self.damaged = True

    def fresh(self) -> bool:
        """Whether the next logon must begin at 1: nothing is known, or a rollover lies in between."""
        now_ns = self._clock.now_ns()
        return self.damaged or self._began_ns < now_ns - rollover.since(now_ns)

    def sent(self, seq: int, frame: bytes) -> None:
        """Keep a message before it goes out.

        Raises:
            ConfigError: The disk does not take it: then nothing may be sent.
        """
        fields = shown(frame)
        lines = [("out", seq, "|".join(f"{tag}={value}" for tag, value in fields))]
        if self.next_in != self._kept_in:
            lines.append(("in", self.next_in, ""))
        self._write(lines)
        self.next_out = seq + 1
        if dict(fields)["35"] in {LOGON, LOGOUT}:
            self.sync()

    def received(self, next_in: int) -> None:
        """Note the number expected next; it is written with the next line or second."""
        self.next_in = next_in

    def reset(self) -> None:
        """Begin anew with 1 in both directions.

        Raises:
            ConfigError: The disk does not take it.
        """
        self.next_in = self.next_out = self._kept_in = 1
        self._began_ns = self._clock.now_ns()
        self.damaged = False
        self._rewrite()

    def keep(self) -> bool:
        """Write what is not written yet; returns whether `sync` has something to do."""
        if self.next_in != self._kept_in:
            self._write([("in", self.next_in, "")])
        return self._dirty

    def sync(self) -> None:
        """Ask the disk itself; may take milliseconds, safe in another thread."""
        self._dirty = False
        try:
            os.fsync(self._fd)
        except OSError as error:
            raise self._unusable(error) from None

    def close(self) -> None:
        """Write the last number and close the file."""
        self.keep()
        self.sync()
        os.close(self._fd)

    def _write(self, lines: list[_Line]) -> None:
        data = b"".join(_encoder.encode(line) + b"\n" for line in lines)
        try:
            os.write(self._fd, data)
        except OSError as error:
            raise self._unusable(error) from None
        self._kept_in = self.next_in
        self._dirty = True

    def _rewrite(self) -> None:
        """Put a new file in place of the old one, which stays beside it."""
        fresh = self._path.with_suffix(".new")
        lines: list[_Line] = [("reset", self._began_ns, "")]
        if self.next_out > 1:
            lines += [("out", self.next_out - 1, "earlier messages are in the older file"), ("in", self.next_in, "")]
        try:
            fresh.unlink(missing_ok=True)
            fd = os.open(fresh, _FLAGS, _OWNER_ONLY)
            os.write(fd, b"".join(_encoder.encode(line) + b"\n" for line in lines))
            os.fsync(fd)
            self._path.replace(self._path.with_suffix(".old"))
            fresh.replace(self._path)
        except OSError as error:
            raise self._unusable(error) from None
        os.close(self._fd)
        self._fd = fd
