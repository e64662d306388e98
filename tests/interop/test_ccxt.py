"""ccxt and ccxt.pro against the local venue: only the addresses are changed."""

from __future__ import annotations

import asyncio

import pytest

from tests.interop.ccxt_client import credentials, point
from tests.interop.conftest import VenueProcess

ccxt = pytest.importorskip("ccxt", reason="ccxt is not installed: pip install '.[interop]'")
pro = pytest.importorskip("ccxt.pro", reason="ccxt.pro is not installed: pip install '.[interop]'")

pytestmark = pytest.mark.interop
TIMEOUT_S = 20.0


def test_rest(venue: VenueProcess) -> None:
    client = point(ccxt.kraken(credentials(venue)), venue)
    markets = client.load_markets()
    assert markets["BTC/USD"]["precision"]["price"] == 0.1
    assert len(client.fetch_order_book("BTC/USD", 10)["asks"]) == 10
    assert client.fetch_ticker("BTC/USD")["last"] > 0
    assert len(client.fetch_ohlcv("BTC/USD", "1h")) > 100
    assert client.fetch_balance()["USD"]["total"] > 0
    order = client.create_order("BTC/USD", "limit", "buy", 0.01, 1000, {"postOnly": True})
    assert [o["id"] for o in client.fetch_open_orders("BTC/USD")] == [order["id"]]
    client.cancel_order(order["id"], "BTC/USD")
    assert client.fetch_order(order["id"], "BTC/USD")["status"] == "canceled"
    taken = client.create_order("BTC/USD", "market", "buy", 0.001)
    assert client.fetch_order(taken["id"], "BTC/USD")["status"] == "closed"


async def test_watch_order_book_and_ticker(venue: VenueProcess) -> None:
    client = point(pro.kraken({"enableRateLimit": False}), venue)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            for _ in range(20):
                book = await client.watch_order_book("BTC/USD", 10)
            assert 0 < book["bids"][0][0] < book["asks"][0][0]
            ticker = await client.watch_ticker("BTC/USD")
        assert ticker["bid"] > 0
    finally:
        await client.close()


async def test_watch_own_orders(venue: VenueProcess) -> None:
    client = point(pro.kraken(credentials(venue)), venue)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await client.load_markets()
            order = await client.create_order("BTC/USD", "limit", "buy", 0.01, 1000)
            # Without a symbol: Kraken's rows of a cancel carry none, and ccxt files them by what they carry.
            seen = await client.watch_orders()
            assert order["id"] in [held["id"] for held in seen]
            await client.cancel_order(order["id"], "BTC/USD")
            while not any(held["id"] == order["id"] and held["status"] == "canceled" for held in seen):
                seen = await client.watch_orders()
    finally:
        await client.close()
