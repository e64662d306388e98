"""What a screen remembers between sessions: the ladder's columns, how it follows the market, the pairs beside it."""

from __future__ import annotations

import logging
import os
from enum import StrEnum
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)

_OWNER_ONLY = 0o600


class Follow(StrEnum):
    """When the ladder recentres by itself; never while a price is chosen or a draft is open."""

    OFF = "off"
    EDGE = "edge"
    CENTRED = "centred"


FOLLOW_WORDS = {
    Follow.OFF: "the ladder stays where it is: Space recentres",
    Follow.EDGE: "the ladder recentres when the market leaves it",
    Follow.CENTRED: "the ladder keeps the market in its middle",
}


class Remembered(msgspec.Struct, frozen=True):
    """The file's content.

    Attributes:
        hidden: Ids of ladder columns that are left out.
        follow: When the ladder recentres by itself.
        beside: Pairs of the other ladders.
    """

    hidden: tuple[str, ...] = ()
    follow: Follow = Follow.EDGE
    beside: tuple[str, ...] = ()


class Preferences:
    """Reads and keeps what is remembered.

    Args:
        path: The file; None remembers nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.now = Remembered()
        try:
            if path is not None and path.exists():
                self.now = msgspec.json.decode(path.read_bytes(), type=Remembered)
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("preferences in %s were not readable (%s); starting with the defaults", path, error)

    def keep(self, **changes: object) -> str:
        """Change what is remembered.

        Returns:
            Why it could not be written; empty if it was.
        """
        self.now = msgspec.structs.replace(self.now, **changes)
        if self._path is None:
            return ""
        draft = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(self.now)))
            draft.replace(self._path)
        except OSError as error:
            return f"not remembered: {error.strerror}"
        return ""
