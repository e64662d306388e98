"""The venue's assets and pairs: the same on every start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from app.domain.instrument import Instrument, to_units
from app.venue.core import policies
from app.venue.core import universe_data as data
from app.venue.core.api import Asset, FeeTier, Listing
from app.venue.core.fees import SPOT, STABLE

LOT_DECIMALS = 8
_FIVE = 5
_CRYPTO_PRECISION = (10, 5)
_MARGIN_BASES = frozenset({"BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "LTC", "LINK", "DOT"})
_STABLES = frozenset({"USDT", "USDC", "DAI", "PYUSD", "EURT", "TUSD", "USDD", "USDE", "USDS"})
_TAIL_QUOTES = ("USD", "EUR")
_MINIMUM_USD = Decimal(4)
"""Order minimum of the long tail: about this much, as a round quantity."""

_PRICE_DECIMALS = ((10_000, 1), (100, 2), (10, 3), (1, 4), ("0.1", 5), ("0.01", 6), ("0.001", 7), ("0.0001", 8))
_FINEST_DECIMALS = 10


@dataclass(frozen=True, slots=True)
class Universe:
    """Everything that is listed.

    Attributes:
        assets: By WS v2 name.
        listings: By symbol, majors first.
        usd: What one of an asset is worth in units of USD, for fee tiers and
            for figures that are shown in USD. A reference, not a live price.
    """

    assets: dict[str, Asset]
    listings: dict[str, Listing]
    usd: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Row:
    symbol: str
    price_dp: int
    qty_min: Decimal
    price: Decimal

    @property
    def base(self) -> str:
        return self.symbol.partition("/")[0]

    @property
    def quote(self) -> str:
        return self.symbol.partition("/")[2]


def build_universe(pairs: int = 0) -> Universe:
    """Build the universe.

    Args:
        pairs: How many pairs at most, majors first; 0 for all of them.

    Returns:
        At least 650 pairs unless limited.
    """
    rows = list(_rows())
    worth = _usd_prices(rows)
    chosen = rows[:pairs] if pairs > 0 else rows
    listings = {row.symbol: _listing(row, alive=index < data.ALIVE) for index, row in enumerate(chosen)}
    names = dict.fromkeys(["USD", *(name for row in chosen for name in (row.base, row.quote))])
    return Universe({name: _asset(name) for name in names}, listings, {name: to_units(worth[name]) for name in names})


def _rows() -> Iterator[_Row]:
    seen = set()
    for line in data.MAJORS.split("\n"):
        if line:
            symbol, price_dp, qty_min, price = line.split()
            seen.add(symbol)
            yield _Row(symbol, int(price_dp), Decimal(qty_min), Decimal(price))
    for entry in data.LONG_TAIL.split():
        name, _, usd = entry.partition(":")
        for quote in _TAIL_QUOTES:
            symbol = f"{name}/{quote}"
            if symbol not in seen:
                seen.add(symbol)
                yield _tail_row(symbol, Decimal(usd), Decimal(usd) / Decimal(data.FIAT_USD[quote]))


def _tail_row(symbol: str, usd: Decimal, price: Decimal) -> _Row:
    decimals = next((dp for above, dp in _PRICE_DECIMALS if price >= Decimal(above)), _FINEST_DECIMALS)
    rough = _MINIMUM_USD / usd
    minimum = Decimal(5 if rough.as_tuple().digits[0] >= _FIVE else 1).scaleb(rough.adjusted())
    return _Row(symbol, decimals, max(minimum, Decimal("0.00005")), price.quantize(Decimal(1).scaleb(-decimals)))


def _usd_prices(rows: list[_Row]) -> dict[str, Decimal]:
    """Value every asset in USD, through the currency of its first pair."""
    worth = {name: Decimal(price) for name, price in data.FIAT_USD.items()}
    for row in rows:
        if row.base not in worth and row.quote in worth:
            worth[row.base] = (row.price * worth[row.quote]).quantize(Decimal("1e-12"))
    return worth


def _asset(name: str) -> Asset:
    altname = data.ALTNAMES.get(name, name)
    prefix = "Z" if name in data.Z_FIATS else "X" if name in data.X_CRYPTOS else ""
    precision, display = data.ASSET_PRECISION.get(name, _CRYPTO_PRECISION)
    return Asset(name, prefix + altname, altname, precision, display)


def _listing(row: _Row, *, alive: bool) -> Listing:
    base, quote = _asset(row.base), _asset(row.quote)
    cost_dp, cost_min = data.QUOTE_NUMBERS[row.quote]
    qty_dp = _FIVE if row.symbol in data.FIVE_LOT_DECIMALS else LOT_DECIMALS
    majors = row.quote in {"USD", "EUR", "USDT", "BTC", "GBP"}
    instrument = Instrument(
        symbol=row.symbol,
        base=row.base,
        quote=row.quote,
        price_dp=row.price_dp,
        tick=Decimal(1).scaleb(-row.price_dp),
        qty_dp=qty_dp,
        lot=Decimal(1).scaleb(-qty_dp),
        qty_min=row.qty_min,
        cost_dp=cost_dp,
        cost_min=Decimal(cost_min),
        marginable=majors and row.base in _MARGIN_BASES,
        has_index=row.base in _MARGIN_BASES or row.base in data.FIAT_USD,
    )
    altname = base.altname + quote.altname
    return Listing(
        instrument=instrument,
        pair_id=_pair_id(row.symbol, base, quote, altname),
        altname=altname,
        wsname=f"{base.altname}/{quote.altname}",
        alive=alive,
        reference=instrument.ticks(row.price),
        fees=_fees(row),
        leverage=policies.LEVERAGES if instrument.marginable else (),
    )


def _pair_id(symbol: str, base: Asset, quote: Asset, altname: str) -> str:
    """Return the REST key: prefixed only when both assets have a prefix."""
    prefixed = base.legacy != base.altname and quote.legacy != quote.altname
    if prefixed and symbol not in data.BARE_PAIRS:
        return base.legacy + quote.legacy
    return data.ODD_PAIR_IDS.get(symbol, altname)


def _fees(row: _Row) -> tuple[FeeTier, ...]:
    calm = _STABLES | data.FIAT_USD.keys()
    return STABLE if row.base in calm and row.quote in calm else SPOT
