"""Spellings of pairs and assets that REST takes (`rest.md` §0.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.venue.core.api import Asset, Listing


class Names:
    """Finds listings and assets by any of Kraken's spellings.

    Args:
        assets: By WS v2 name.
        listings: By symbol.
    """

    def __init__(self, assets: Mapping[str, Asset], listings: Mapping[str, Listing]) -> None:
        self._assets: dict[str, str] = {}
        for asset in assets.values():
            for spelling in (asset.name, asset.legacy, asset.altname):
                self._assets.setdefault(spelling.upper(), asset.name)
        self._pairs: dict[str, str] = {}
        for symbol, listing in listings.items():
            base, quote = assets[listing.instrument.base], assets[listing.instrument.quote]
            for spelling in (listing.pair_id, listing.altname, *_joined(base, quote)):
                self._pairs.setdefault(spelling.upper(), symbol)

    def symbol(self, spelling: str) -> str | None:
        """Symbol of a pair in any spelling, or None."""
        return self._pairs.get(spelling.strip().replace("/", "").upper())

    def asset(self, spelling: str) -> str | None:
        """WS v2 name of an asset in any spelling, or None."""
        return self._assets.get(spelling.strip().upper())


def _joined(base: Asset, quote: Asset) -> Iterable[str]:
    for left in (base.legacy, base.altname, base.name):
        for right in (quote.legacy, quote.altname, quote.name):
            yield left + right
