"""One holder at a time, across processes: an engine of a profile, a user of a key (`faults.md` L10)."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from app.paths import PRIVATE_FILE, private_dir


class FileLock:
    """An advisory lock that the kernel drops when its process ends, however it ends.

    Args:
        path: The lock file; its directory is made private. The file stays.
    """

    __slots__ = ("_fd", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free; never waits.

        Returns:
            False when another process (or another lock object) holds it.

        Raises:
            ConfigError: The directory is not private.
        """
        if self._fd is not None:
            return True
        private_dir(self.path.parent)
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        self._fd = fd
        return True

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
