"""Ledger entries of the session, kept by account for the ledger queries (`rest.md` §3.12)."""

from __future__ import annotations

from collections import deque
from typing import Final

from app.venue.core.api import LedgerEntry

KEPT: Final = 10_000
"""Entries kept for one account; older ones are forgotten."""


class LedgerMemory:
    """Bounded history of all accounts."""

    def __init__(self) -> None:
        self._entries: dict[str, deque[LedgerEntry]] = {}

    def add(self, entry: LedgerEntry) -> None:
        """Remember an entry."""
        self._entries.setdefault(entry.account_id, deque(maxlen=KEPT)).append(entry)

    def of(self, account_id: str) -> list[LedgerEntry]:
        """The account's entries, newest first."""
        return list(reversed(self._entries.get(account_id, ())))
