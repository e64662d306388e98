"""What is listed, under which names, with which numbers; keys and ids."""

from __future__ import annotations

import base64
import re
from decimal import Decimal

import pytest

from app.clock import ManualClock
from app.venue.core.exchange import Exchange
from app.venue.core.ids import IdSource
from app.venue.core.keys import KEY_PREFIX, practice_keys
from app.venue.core.universe import build_universe

UNIVERSE = build_universe()


def test_there_are_enough_pairs_and_enough_of_them_are_alive() -> None:
    assert len(UNIVERSE.listings) >= 650
    assert sum(listing.alive for listing in UNIVERSE.listings.values()) >= 24
    assert build_universe() == UNIVERSE


def test_a_limit_keeps_the_majors() -> None:
    assert list(build_universe(3).listings) == ["BTC/USD", "ETH/USD", "SOL/USD"]
    assert set(build_universe(1).assets) == {"USD", "BTC"}


@pytest.mark.parametrize(
    ("symbol", "tick", "qty_min"),
    [
        ("BTC/USD", "0.1", "0.00005"),
        ("SOL/USD", "0.01", "0.06"),
        ("ETH/BTC", "0.000001", "0.001"),
        ("DOGE/USD", "0.0000001", "50"),
        ("EUR/USD", "0.00001", "0.5"),
        ("MATIC/GBP", "0.0001", "4"),
    ],
)
def test_majors_have_their_real_numbers(symbol: str, tick: str, qty_min: str) -> None:
    instrument = UNIVERSE.listings[symbol].instrument
    assert (instrument.tick, instrument.qty_min) == (Decimal(tick), Decimal(qty_min))


@pytest.mark.parametrize(
    ("symbol", "pair_id", "altname", "wsname"),
    [
        ("BTC/USD", "XXBTZUSD", "XBTUSD", "XBT/USD"),
        ("ETH/BTC", "XETHXXBT", "ETHXBT", "ETH/XBT"),
        ("SOL/USD", "SOLUSD", "SOLUSD", "SOL/USD"),
        ("DOGE/USD", "XDGUSD", "XDGUSD", "XDG/USD"),
        ("BTC/USDT", "XBTUSDT", "XBTUSDT", "XBT/USDT"),
        ("EUR/USD", "ZEURZUSD", "EURUSD", "EUR/USD"),
        ("USDT/USD", "USDTZUSD", "USDTUSD", "USDT/USD"),
    ],
)
def test_rest_names_follow_krakens_prefixes(symbol: str, pair_id: str, altname: str, wsname: str) -> None:
    listing = UNIVERSE.listings[symbol]
    assert (listing.pair_id, listing.altname, listing.wsname) == (pair_id, altname, wsname)


def test_assets_have_ledger_decimals_and_legacy_names() -> None:
    assert (UNIVERSE.assets["BTC"].precision, UNIVERSE.assets["BTC"].display) == (10, 5)
    assert (UNIVERSE.assets["USD"].precision, UNIVERSE.assets["USD"].display) == (4, 2)
    names = {name: asset.legacy for name, asset in UNIVERSE.assets.items()}
    assert [names[name] for name in ("BTC", "USD", "DOGE", "SOL", "USDT")] == ["XXBT", "ZUSD", "XXDG", "SOL", "USDT"]


def test_every_pair_is_consistent() -> None:
    ids = {listing.pair_id for listing in UNIVERSE.listings.values()}
    altnames = {listing.altname for listing in UNIVERSE.listings.values()}
    assert len(ids) == len(altnames) == len(UNIVERSE.listings)
    for symbol, listing in UNIVERSE.listings.items():
        instrument = listing.instrument
        assert symbol == f"{instrument.base}/{instrument.quote}"
        assert {instrument.base, instrument.quote} <= UNIVERSE.assets.keys()
        assert instrument.lots(instrument.qty_min) > 0
        assert listing.reference >= 100, f"{symbol} has too coarse a tick"
        worth = instrument.price(listing.reference) * instrument.qty_min
        assert worth >= instrument.cost_min / 10
        assert UNIVERSE.usd[instrument.base] > 0
        assert listing.fees[0].volume == 0


def test_keys_are_well_formed_recognisable_and_fresh_each_run() -> None:
    keys = practice_keys()
    assert [key.name for key in keys] == ["practice", "second", "poor", "viewer"]
    for key in keys:
        assert key.api_key.startswith(KEY_PREFIX)
        assert len(key.api_secret) == 88
        assert len(base64.b64decode(key.api_secret, validate=True)) == 64
    assert not {key.api_secret for key in keys} & {key.api_secret for key in practice_keys()}
    assert practice_keys("seed") == practice_keys("seed")
    assert practice_keys("seed") != practice_keys("other")


def test_the_viewer_may_look_at_the_practice_account_but_not_trade() -> None:
    viewer = next(key for key in practice_keys("seed") if key.name == "viewer")
    assert viewer.account_id == "practice"
    assert "query-funds" in viewer.permissions
    assert not {"modify-trades", "close-trades"} & set(viewer.permissions)


def test_every_key_opens_an_account_of_the_exchange() -> None:
    exchange = Exchange(ManualClock(), build_universe(5), keys_seed="seed")
    tiers = {key.name: exchange.rate_limits(key.account_id)[0] for key in exchange.credentials}
    assert tiers == {"practice": 125, "second": 180, "poor": 60, "viewer": 125}
    assert all(exchange.balances(key.account_id) for key in exchange.credentials)


def test_ids_look_like_krakens_and_never_repeat() -> None:
    source = IdSource(1)
    ids = [source.order() for _ in range(20_000)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"O[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}", order_id) for order_id in ids[:100])
    assert IdSource(2).order() not in ids
    assert [source.execution()[0], source.ledger()[0], source.amend()[0]] == ["T", "L", "T"]
