"""REST v0 (`rest.md`)."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from app.venue.gateways.keys import sign
from tests.venue.gateways.conftest import Desk

SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
NONCE = "1616492376594"
LIMIT: dict[str, Any] = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "1000.0", "volume": "0.01"}


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (
            "/0/private/AddOrder",
            "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25",
            "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
        ),
        (
            "/0/private/Balance",
            "nonce=1616492376594",
            "1nH4vwR+8FHiYh1QT649xXkGd3JR3x0DWkgv3u9Ed/Qqv6KPtgQpEU4m+Emb/VgpEji3j1XNwI+HCbfXxmrTOg==",
        ),
        (
            "/0/private/AddOrder",
            '{"nonce":"1616492376594","ordertype":"limit","pair":"XBTUSD","price":"37500","type":"buy","volume":"1.25"}',
            "r/o+GpKxXjV/mls/r5CKLu5R+yzK5psqvQ4hXxMX1nzdxTBhV+ui82QGgPZMMitpFwCOAdPEZMmXgZxD2chJEg==",
        ),
    ],
)
def test_signature_matches_the_published_vectors(path: str, body: str, expected: str) -> None:
    assert sign(SECRET, path, NONCE, body.encode()) == expected


@pytest.mark.parametrize("spelling", ["XBTUSD", "XXBTZUSD", "XBT/USD", "BTC/USD", "BTCUSD", "xbtusd", "XXBT/ZUSD"])
async def test_a_pair_is_found_by_any_spelling_and_answered_by_its_id(desk: Desk, spelling: str) -> None:
    assert list((await desk.get(f"Ticker?pair={spelling}"))["result"]) == ["XXBTZUSD"]


async def test_asset_version_1_gives_modern_names(desk: Desk) -> None:
    row = (await desk.get("AssetPairs?pair=XBTUSD&assetVersion=1"))["result"]["BTC/USD"]
    assert (row["base"], row["quote"]) == ("BTC", "USD")
    assert "BTC" in (await desk.get("Assets?assetVersion=1"))["result"]


async def test_public_methods_answer(desk: Desk) -> None:
    assert (await desk.get("Time"))["result"]["unixtime"] == desk.clock.now_ns() // 10**9
    assert (await desk.get("SystemStatus"))["result"]["status"] == "online"
    pairs = (await desk.get("AssetPairs"))["result"]
    assert len(pairs) == len(desk.venue.exchange.listings)
    assert pairs["XXBTZUSD"]["fees"][0] == [0, "0.4"]
    assert (await desk.get("AssetPairs?aclass_base=tokenized_asset"))["result"] == {}
    assert len((await desk.get("Ticker"))["result"]) == len(pairs)
    candles = (await desk.get("OHLC?pair=XBTUSD&interval=1440"))["result"]
    assert len(candles["XXBTZUSD"]) == 720
    assert candles["last"] == candles["XXBTZUSD"][-2][0]
    newer = (await desk.get(f"OHLC?pair=XBTUSD&interval=1440&since={candles['last']}"))["result"]["XXBTZUSD"]
    assert newer == candles["XXBTZUSD"][-1:]
    assert len((await desk.get("Depth?pair=XBTUSD&count=7"))["result"]["XXBTZUSD"]["asks"]) == 7
    assert len((await desk.get("Spread?pair=XBTUSD"))["result"]["XXBTZUSD"]) == 1


async def test_trades_page_forward_by_their_cursor(desk: Desk) -> None:
    everything = (await desk.get("Trades?pair=XBTUSD"))["result"]["XXBTZUSD"]
    first = (await desk.get("Trades?pair=XBTUSD&since=1&count=100"))["result"]
    second = (await desk.get(f"Trades?pair=XBTUSD&since={first['last']}&count=100"))["result"]
    assert first["XXBTZUSD"] + second["XXBTZUSD"] == everything[:200]


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("Nope", "EGeneral:Unknown method"),
        ("Ticker?pair=NOPE", "EQuery:Unknown asset pair"),
        ("Assets?asset=NOPE", "EQuery:Unknown asset"),
        ("OHLC?pair=XBTUSD&interval=7", "EGeneral:Invalid arguments:interval"),
        ("Depth?pair=XBTUSD&count=9999", "EGeneral:Invalid arguments:count"),
        ("Depth", "EGeneral:Invalid arguments:pair"),
    ],
)
async def test_public_errors(desk: Desk, path: str, error: str) -> None:
    assert await desk.get(path) == {"error": [error]}


async def test_signature_key_and_nonce_are_checked(desk: Desk) -> None:
    url = desk.venue.urls.rest + "/0/private/Balance"
    answer = (await desk.http.post(url, data={"nonce": "1"}, headers={"API-Key": "nobody", "API-Sign": "eA=="})).json()
    assert answer == {"error": ["EAPI:Invalid key"]}
    headers = {"API-Key": desk.key().api_key, "API-Sign": "not base64!"}
    answer = (await desk.http.post(url, data={"nonce": "1"}, headers=headers)).json()
    assert answer == {"error": ["EAPI:Invalid signature"]}
    assert (await desk.post("Balance", nonce=2**64 - 1))["error"] == []
    for nonce in (2**64 - 1, 5, 2**64):
        assert (await desk.post("Balance", nonce=nonce))["error"] == ["EAPI:Invalid nonce"]


async def test_json_bodies_are_signed_as_they_stand(desk: Desk) -> None:
    body = json.dumps({"pair": "BTC/USD", "depth": 10, "nonce": 99}).encode()
    response = await desk.post_body("Level3", body, "99", kind="application/json; charset=utf-8")
    book = response.json()["result"]
    assert book["pair"] == "BTC/USD"
    assert len({row["price"] for row in book["bids"]}) == 10


async def test_the_call_counter_runs_full_and_decays(desk: Desk) -> None:
    for _ in range(20):
        assert (await desk.post("Balance"))["error"] == []
    assert (await desk.post("Balance"))["error"] == ["EAPI:Rate limit exceeded"]
    assert (await desk.post("AddOrder", **LIMIT, validate="true"))["error"] == []
    desk.clock.advance(s=2)
    assert (await desk.post("Balance"))["error"] == []


async def test_permissions(desk: Desk) -> None:
    assert (await desk.post("AddOrder", "viewer", **LIMIT))["error"] == ["EGeneral:Permission denied"]
    info = (await desk.post("GetApiKeyInfo", "viewer"))["result"]
    assert info["apiKeyName"] == "viewer"
    assert "modify-trades" not in info["permissions"]


async def test_an_order_through_its_life(desk: Desk) -> None:
    sdk_extras: dict[str, Any] = {
        "stptype": "cancel-newest",
        "starttm": "0",
        "validate": "False",
        "reduce_only": "False",
    }
    placed = (await desk.post("AddOrder", **LIMIT, **sdk_extras, oflags="post", userref="7"))["result"]
    order_id = placed["txid"][0]
    assert placed["descr"] == {"order": "buy 0.01000000 XBTUSD @ limit 1000.0"}
    row = (await desk.post("OpenOrders", userref=7))["result"]["open"][order_id]
    assert (row["status"], row["vol"], row["oflags"], row["descr"]["pair"]) == (
        "open",
        "0.01000000",
        "fciq,post",
        "XBTUSD",
    )
    held = (await desk.post("BalanceEx"))["result"]["ZUSD"]
    assert float(held["hold_trade"]) >= 10
    assert (await desk.post("AmendOrder", txid=order_id, limit_price="1100"))["result"]["amend_id"].startswith("T")
    assert (await desk.post("CancelOrder", txid=order_id))["result"] == {"count": 1, "pending": False}
    closed = (await desk.post("ClosedOrders"))["result"]
    assert closed["count"] == 1
    assert closed["closed"][order_id]["reason"] == "User requested"
    assert (await desk.post("QueryOrders", txid=order_id))["result"][order_id]["status"] == "canceled"
    assert (await desk.post("QueryOrders", txid="OAAAAA-AAAAA-AAAAAA"))["error"] == ["EOrder:Unknown order"]


async def test_a_fill_shows_in_history(desk: Desk) -> None:
    market: dict[str, Any] = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.0001"}
    order_id = (await desk.post("AddOrder", **market))["result"]["txid"][0]
    history = (await desk.post("TradesHistory"))["result"]
    (trade_id, trade), *_ = history["trades"].items()
    assert (trade["ordertxid"], trade["pair"], trade["vol"]) == (order_id, "XXBTZUSD", "0.00010000")
    assert list((await desk.post("QueryTrades", txid=trade_id))["result"]) == [trade_id]
    assert (await desk.post("TradesHistory", start=trade_id))["result"]["count"] == 0
    assert (await desk.post("QueryOrders", txid=order_id, trades="true"))["result"][order_id]["trades"] == [trade_id]


async def test_account_figures(desk: Desk) -> None:
    volume = (await desk.post("TradeVolume", pair="XBTUSD"))["result"]
    assert (volume["currency"], volume["fees"]["XXBTZUSD"]["fee"]) == ("ZUSD", "0.2200")
    assert volume["fees_maker"]["XXBTZUSD"]["nextfee"] == "0.1000"
    figures = (await desk.post("TradeBalance"))["result"]
    assert figures["eb"] == figures["e"] == figures["mf"]
    assert "ml" not in figures
    assert (await desk.post("OpenPositions"))["result"] == {}


async def test_cancels_of_all(desk: Desk) -> None:
    for userref in (1, 2, 2):
        await desk.post("AddOrder", **LIMIT, userref=userref)
    assert (await desk.post("CancelOrder", txid="2"))["result"]["count"] == 2
    assert (await desk.post("CancelAll"))["result"] == {"count": 1}
    assert (await desk.post("CancelAllOrdersAfter", timeout=60))["result"]["triggerTime"] == "2023-11-14T22:14:20Z"
    assert (await desk.post("CancelAllOrdersAfter", timeout=0))["result"]["triggerTime"] == "0"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"pair": "NOPE"}, "EQuery:Unknown asset pair"),
        ({"volume": "x"}, "EGeneral:Invalid arguments:volume"),
        ({"volume": "0.000001"}, "EOrder:Order minimum not met"),
        ({"price": "1e400"}, "EGeneral:Invalid arguments:price"),
        ({"price": "1000.05"}, "EOrder:Tick size check failed"),
        ({"ordertype": "magic"}, "EGeneral:Invalid arguments:ordertype"),
        ({"oflags": "viqc"}, "EGeneral:Invalid arguments:viqc"),
        ({"leverage": "7"}, "EGeneral:Invalid arguments:leverage"),
        ({"leverage": "x"}, "EGeneral:Invalid arguments:leverage"),
        ({"userref": "1", "cl_ord_id": "x"}, "EGeneral:Invalid arguments:cl_ord_id"),
    ],
)
async def test_a_bad_order_is_refused(desk: Desk, change: dict[str, Any], error: str) -> None:
    assert (await desk.post("AddOrder", **(LIMIT | change)))["error"] == [error]


async def test_what_is_not_rest_is_refused(desk: Desk) -> None:
    assert (await desk.http.get(desk.venue.urls.ws_auth.replace("ws:", "http:"))).status_code == 404
    answer = await desk.http.post(desk.venue.urls.rest + "/0/public/Time")
    assert answer.json() == {"error": ["EGeneral:Unknown method"]}


async def test_several_requests_in_one_piece_are_answered_in_order_and_garbage_ends_it(desk: Desk) -> None:
    host, port = desk.venue.urls.rest.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = "HTTP/1.1\r\nHost: venue\r\n\r\n"
    writer.write(f"GET /0/public/Time {head}GET /0/public/Nope {head}garbage\r\n\r\n".encode())
    text = (await asyncio.wait_for(reader.read(), 5)).decode()
    writer.close()
    assert re.findall(r"HTTP/1\.1 (\d+)", text) == ["200", "200", "400"]
    assert text.index("unixtime") < text.index("Unknown method")
