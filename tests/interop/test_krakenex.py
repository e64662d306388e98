"""krakenex against the local venue: only its address is changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interop.conftest import VenueProcess

krakenex = pytest.importorskip("krakenex", reason="krakenex is not installed: pip install '.[interop]'")

pytestmark = pytest.mark.interop


@pytest.fixture
def api(venue: VenueProcess) -> Any:
    client = krakenex.API(key=venue.api_key, secret=venue.api_secret)
    client.uri = venue.rest
    return client


def result(answer: dict[str, Any]) -> Any:
    assert answer["error"] == []
    return answer["result"]


def test_market_data(api: Any) -> None:
    assert abs(result(api.query_public("Time"))["unixtime"]) > 0
    assert result(api.query_public("AssetPairs", {"pair": "XBTUSD"}))["XXBTZUSD"]["wsname"] == "XBT/USD"
    assert len(result(api.query_public("OHLC", {"pair": "XBTUSD", "interval": 60}))["XXBTZUSD"]) > 100


def test_place_see_and_cancel(api: Any) -> None:
    before = result(api.query_private("Balance"))
    assert float(before["ZUSD"]) > 1000
    order = {"pair": "XXBTZUSD", "type": "buy", "ordertype": "limit", "price": "1000.0", "volume": "0.01"}
    placed = result(api.query_private("AddOrder", order | {"oflags": "post"}))
    order_id = placed["txid"][0]
    assert placed["descr"]["order"] == "buy 0.01000000 XBTUSD @ limit 1000.0"
    assert result(api.query_private("OpenOrders"))["open"][order_id]["descr"]["price"] == "1000.0"
    assert result(api.query_private("CancelOrder", {"txid": order_id}))["count"] == 1
    assert result(api.query_private("QueryOrders", {"txid": order_id}))[order_id]["status"] == "canceled"


def test_a_market_order_fills(api: Any) -> None:
    order = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.001"}
    order_id = result(api.query_private("AddOrder", order))["txid"][0]
    trades = result(api.query_private("TradesHistory"))["trades"]
    assert any(trade["ordertxid"] == order_id and trade["pair"] == "XXBTZUSD" for trade in trades.values())


def test_a_wrong_secret_is_refused(venue: VenueProcess) -> None:
    client = krakenex.API(key=venue.api_key, secret="c2VjcmV0" * 11)
    client.uri = venue.rest
    assert client.query_private("Balance")["error"] == ["EAPI:Invalid signature"]
