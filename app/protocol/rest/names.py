"""Names: REST's pair and asset ids to WS v2 symbols and back (`rest.md` §0.3, `faults.md` P31)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import MappingProxyType

_TO_REST = MappingProxyType({"BTC": "XBT", "DOGE": "XDG"})
_TO_WS = MappingProxyType({rest: ws for ws, rest in _TO_REST.items()})


def rest_pair(symbol: str) -> str:
    """Return the name that REST takes for a v2 symbol: its `wsname`, as `XBT/USD` for `BTC/USD`."""
    return "/".join(_TO_REST.get(part, part) for part in symbol.split("/"))


def ws_symbol(wsname: str) -> str:
    """Return the v2 symbol of a `wsname`."""
    return "/".join(_TO_WS.get(part, part) for part in wsname.split("/"))


def ws_asset(altname: str) -> str:
    """Return the v2 code of an asset's short name, keeping a suffix such as `.F`."""
    head, dot, suffix = altname.partition(".")
    return _TO_WS.get(head, head) + dot + suffix


@dataclass(frozen=True, slots=True)
class PairNames:
    """The names of one pair, from `AssetPairs`."""

    pair_id: str
    altname: str
    wsname: str
    base: str
    quote: str


@dataclass
class Names:
    """Table from any of REST's names to v2 names; unknown names stay as they are."""

    _pairs: dict[str, str] = field(default_factory=dict)
    _assets: dict[str, str] = field(default_factory=dict)

    @property
    def loaded(self) -> bool:
        """Whether the table has been filled."""
        return bool(self._pairs)

    def load(self, pairs: Iterable[PairNames]) -> None:
        """Learn the names of these pairs."""
        for pair in pairs:
            if "/" not in pair.wsname:
                continue
            symbol = ws_symbol(pair.wsname)
            for name in (pair.pair_id, pair.altname, pair.wsname, symbol):
                self._pairs[name] = symbol
            base, quote = symbol.split("/", 1)
            self._assets[pair.base] = base
            self._assets[pair.quote] = quote

    def symbol(self, name: str) -> str:
        """Return the v2 symbol of a pair id, altname or wsname."""
        return self._pairs.get(name, name)

    def asset(self, name: str) -> str:
        """Return the v2 code of an asset id, keeping a suffix such as `.F`."""
        head, dot, suffix = name.partition(".")
        return self._assets.get(head, ws_asset(head)) + dot + suffix
