"""The last nonce of a key, in a file that all processes with this key share.

Each nonce is taken under an exclusive lock of the file: two processes, two
threads or a clock that steps back never produce the same one twice, nor a
smaller one (`rest.md` §1.2, `faults.md` P18).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from app.clock import Clock
from app.errors import ConfigError
from app.protocol.rest.nonce import next_nonce, parse_nonce

_NS_PER_US = 1000
_OWNER_ONLY = 0o600
_LONGEST = 32


class NonceFile:
    """Source of nonces for one key.

    Args:
        path: The file; made if it does not exist, in a directory that does.
        clock: Wall time.
        unit_ns: What a nonce counts: microseconds for REST, milliseconds for FIX (`fix.md` §1.4).
    """

    def __init__(self, path: Path, clock: Clock, unit_ns: int = _NS_PER_US) -> None:
        self._path = path
        self._clock = clock
        self._unit_ns = unit_ns

    def take(self) -> int:
        """Return the next nonce and keep it; takes some tens of microseconds.

        Raises:
            ConfigError: The file can't be used or holds something else.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            fd = os.open(self._path, flags, _OWNER_ONLY)
        except OSError as error:
            raise ConfigError(f"the nonce file {self._path} can't be used", error.strerror or str(error)) from None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            nonce = next_nonce(parse_nonce(os.pread(fd, _LONGEST, 0).decode("ascii", "replace")), self._now())
            # Longer or equal to the old text, so no truncation is needed and none can tear it.
            os.pwrite(fd, b"%d" % nonce, 0)
        except ValueError as error:
            raise ConfigError(
                f"the nonce file {self._path} is damaged: {error}", "delete it if the key is new"
            ) from None
        finally:
            os.close(fd)
        return nonce

    def _now(self) -> int:
        return self._clock.now_ns() // self._unit_ns
