"""Capture of inbound WS frames, one JSON line each.

Inbound only: requests carry the session token and are never written. Should a
venue ever echo a token, the known ones are blanked before a line is written.
The format is that of `quarterdeck replay`: `{"ts_ns":…,"raw":"…"}`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import msgspec

from app.clock import Clock

_OWNER_ONLY = 0o600
_BLANK = "***"


class Recorder:
    """Appends frames to a file, readable by its owner only.

    Args:
        path: The file; made if it does not exist.
        clock: Labels the frames.

    Raises:
        OSError: The file can't be opened.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        path.touch(mode=_OWNER_ONLY, exist_ok=True)
        self._file: TextIO = path.open("a", encoding="utf-8")
        self._secrets: set[str] = set()
        self.frames = 0

    def hide(self, token: str) -> None:
        """Blank this text wherever it appears from now on."""
        if token:
            self._secrets.add(token)

    def frame(self, raw: str | bytes) -> None:
        """Write one inbound frame."""
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, _BLANK)
        line = msgspec.json.encode({"ts_ns": self._clock.now_ns(), "raw": text}).decode()
        self._file.write(line + "\n")
        self.frames += 1

    def close(self) -> None:
        """Flush and close the file."""
        self._file.close()
