"""Ledger methods of REST (`rest.md` §3.12)."""

from __future__ import annotations

from typing import Final

from app.venue.core.api import Asset, LedgerEntry
from app.venue.gateways import paging
from app.venue.gateways.keys import Key
from app.venue.gateways.rest_account import Entry
from app.venue.gateways.services import Services
from app.venue.wire import policies, rest_rows
from app.venue.wire.forms import Form
from app.venue.wire.frames import Value
from app.venue.wire.names import Names
from app.venue.wire.schema import BadRequest
from app.venue.wire.values import invalid

QUERY_LEDGERS: Final = 20
TYPES: Final = frozenset(
    {
        "all",
        "trade",
        "deposit",
        "withdrawal",
        "transfer",
        "margin",
        "adjustment",
        "rollover",
        "credit",
        "settled",
        "staking",
        "dividend",
        "sale",
        "nft_rebate",
    }
)
_LEDGER: Final = ("query-ledger",)


class LedgerMethods:
    """Ledgers and QueryLedgers.

    Args:
        services: The venue.
        names: Spellings of assets.
    """

    def __init__(self, services: Services, names: Names) -> None:
        self._assets = services.exchange.assets
        self._memory = services.feed.ledgers
        self._names = names
        self.table: dict[str, Entry] = {
            "Ledgers": (_LEDGER, self.ledgers),
            "QueryLedgers": (_LEDGER, self.query_ledgers),
        }

    def ledgers(self, key: Key, form: Form) -> Value:
        """`Ledgers`, newest first, 50 a page."""
        kind = form.text("type") or "all"
        if kind not in TYPES:
            raise invalid("type")
        wanted = self._wanted_assets(form)
        entries = self._entries(key)
        times = {entry.ledger_id: entry.ts_ns for entry in entries}
        start, end = paging.bound(form, "start", times.get), paging.bound(form, "end", times.get)
        entries = [
            entry
            for entry in entries
            if (wanted is None or entry.asset in wanted)
            and kind in {"all", str(entry.kind)}
            and (start is None or entry.ts_ns > start)
            and (end is None or entry.ts_ns <= end)
        ]
        rows: dict[str, Value] = {"ledger": {e.ledger_id: self._row(e) for e in paging.page(entries, form)}}
        return rows | paging.count(entries, form)

    def query_ledgers(self, key: Key, form: Form) -> Value:
        """`QueryLedgers`: up to 20 entries by id."""
        ids = form.names("id")
        if not 0 < len(ids) <= QUERY_LEDGERS:
            raise invalid("id")
        found = {entry.ledger_id: self._row(entry) for entry in self._entries(key) if entry.ledger_id in ids}
        if not found:
            raise BadRequest(policies.UNKNOWN_LEDGER)
        return found

    def _wanted_assets(self, form: Form) -> set[str] | None:
        if form.text("asset") in {"", "all"}:
            return None
        wanted = set()
        for spelling in form.names("asset"):
            asset = self._names.asset(spelling)
            if asset is None:
                raise BadRequest("EQuery:Unknown asset")
            wanted.add(asset)
        return wanted

    def _entries(self, key: Key) -> list[LedgerEntry]:
        return [entry for entry in self._memory.of(key.credentials.account_id) if entry.asset in self._assets]

    def _row(self, entry: LedgerEntry) -> dict[str, Value]:
        asset: Asset = self._assets[entry.asset]
        return rest_rows.ledger_row(entry, asset)
