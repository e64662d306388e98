"""Words of the user's own for whole lines; kept in a file, so that they outlive the engine."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)

_OWNER_ONLY = 0o600


class Aliases:
    """Lines by word.

    Args:
        path: Where they are kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines: dict[str, str] = {}
        try:
            if path.exists():
                self.lines = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("aliases in %s were not readable (%s); starting without", path, error)

    def set(self, name: str, text: str) -> None:
        """Let a word stand for a line; an empty line forgets it."""
        self.lines.pop(name, None)
        if text:
            self.lines[name] = text
        draft = self._path.with_suffix(".new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(self.lines)))
        draft.replace(self._path)
