"""The `instrument` channel (`ws-v2.md` §4.5)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from app.domain.instrument import Instrument, plain
from app.venue.core.api import Asset
from app.venue.wire import policies
from app.venue.wire.frames import Token, Value, data, dump

INSTRUMENT_WARNINGS = ("tick_size is deprecated, use price_increment",)


def _number(value: Decimal) -> Token:
    return Token(plain(value))


def asset_row(asset: Asset) -> dict[str, Value]:
    """One asset."""
    return {
        "id": asset.name,
        "status": "enabled",
        "precision": asset.precision,
        "precision_display": asset.display,
        "borrowable": False,
        "collateral_value": Token(policies.COLLATERAL_VALUE),
        "class": "currency",
    }


def pair_row(pair: Instrument) -> dict[str, Value]:
    """One pair."""
    return {
        "symbol": pair.symbol,
        "base": pair.base,
        "quote": pair.quote,
        "status": str(pair.status),
        "qty_precision": pair.qty_dp,
        "qty_increment": _number(pair.lot),
        "price_precision": pair.price_dp,
        "cost_precision": pair.cost_dp,
        "marginable": pair.marginable,
        "has_index": pair.has_index,
        "cost_min": _number(pair.cost_min),
        "tick_size": _number(pair.tick),
        "price_increment": _number(pair.tick),
        "qty_min": _number(pair.qty_min),
        "ws_display_price_precision": pair.price_dp,
    }


def frame(kind: str, assets: Iterable[Asset], pairs: Iterable[Instrument]) -> str:
    """A snapshot or an update; the data is an object."""
    rows = dump({"assets": [asset_row(a) for a in assets], "pairs": [pair_row(p) for p in pairs]})
    return data("instrument", kind, rows)
