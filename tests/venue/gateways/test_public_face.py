"""Public market data over WS v2 (`ws-v2.md` §1 to §4, §12)."""

from __future__ import annotations

from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.venue.gateways.conftest import Desk

REFUSALS: list[tuple[str, str]] = [
    ("nonsense", "Malformed request"),
    ("[" * 5000, "Malformed request"),
    ("[]", "Malformed request"),
    ('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":NaN}}', "Malformed request"),
    ('{"method":"dance"}', "Unsupported event"),
    ('{"method":"ping","params":{}}', "Unsupported field: 'params' for the given msg type: ping"),
    ('{"method":"ping","foo":1}', "Unsupported field: 'foo' for the given msg type: ping"),
    ('{"method":"subscribe","params":{"channel":"weather"}}', "Subscription name invalid"),
    ('{"method":"subscribe","params":{"channel":"status"}}', "Subscription name invalid"),
    (
        '{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"],"depth":10}}',
        "Unsupported field: 'depth' for the given msg type: subscribe",
    ),
    ('{"method":"subscribe","params":{"channel":"trade","symbol":"BTC/USD"}}', "Symbol field must be an array"),
    (
        '{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":"10"}}',
        "Depth field must be a number_integer",
    ),
    ('{"method":"subscribe","params":{"channel":"trade"}}', "Symbol(s) not found"),
    (
        '{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":27}}',
        "Subscription depth not supported",
    ),
    (
        '{"method":"subscribe","params":{"channel":"ohlc","symbol":["BTC/USD"],"interval":7}}',
        "Subscription ohlc interval not supported",
    ),
    ('{"method":"subscribe","params":{"channel":"trade","symbol":["XBT/USD"]}}', "Currency pair not supported XBT/USD"),
    ('{"method":"unsubscribe","params":{"channel":"trade","symbol":["BTC/USD"]}}', "Subscription Not Found"),
    (
        '{"method":"subscribe","params":{"channel":"executions","token":"x"}}',
        "Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com",
    ),
    (
        '{"method":"add_order","params":{"token":"x"}}',
        "Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com",
    ),
]


@pytest.mark.parametrize(("text", "error"), REFUSALS)
async def test_a_bad_request_is_answered_in_krakens_words(desk: Desk, text: str, error: str) -> None:
    client = await desk.public()
    await client.send_raw(text)
    answer = await client.receive()
    assert (answer["error"], answer["success"]) == (error, False)
    assert "req_id" not in answer
    assert (await client.ask("ping"))["method"] == "pong"


async def test_the_first_frame_is_the_status(desk: Desk) -> None:
    client = await desk.public()
    await desk.fault(kind="mode", mode="post_only")
    row = (await client.data("status"))["data"][0]
    assert row["system"] == "post_only"
    assert row["api_version"] == "v2"
    assert row["connection_id"] >= 0


async def test_ping_echoes_the_id_only_when_sent(desk: Desk) -> None:
    client = await desk.public()
    await client.send("ping")
    assert set(await client.receive()) == {"method", "time_in", "time_out"}
    assert (await client.ask("ping"))["req_id"] == 1


async def test_each_symbol_gets_its_own_answer(desk: Desk) -> None:
    client = await desk.public()
    await client.send("subscribe", 7, channel="trade", symbol=["BTC/USD", "NO/PE", "ETH/USD"])
    answers = [await client.receive() for _ in range(3)]
    assert [a["req_id"] for a in answers] == [7, 7, 7]
    assert [a["success"] for a in answers] == [True, False, True]
    assert answers[1]["symbol"] == "NO/PE"
    assert answers[0]["result"] == {"channel": "trade", "symbol": "BTC/USD", "snapshot": False}


async def test_a_second_depth_of_a_symbol_is_refused_and_gives_no_snapshot(desk: Desk) -> None:
    client = await desk.public()
    assert (await client.ask("subscribe", channel="book", symbol=["BTC/USD"]))["result"]["depth"] == 10
    assert len((await client.data("book", "snapshot"))["data"][0]["bids"]) == 10
    answer = await client.ask("subscribe", channel="book", symbol=["BTC/USD"], depth=25)
    assert (answer["error"], answer["symbol"]) == ("Already subscribed", "BTC/USD")
    assert (await client.ask("unsubscribe", channel="book", symbol=["BTC/USD"], depth=25))["error"] == (
        "Subscription Not Found"
    )
    assert (await client.ask("unsubscribe", channel="book", symbol=["BTC/USD"], depth=10))["success"]
    assert (await client.ask("subscribe", channel="book", symbol=["BTC/USD"], depth=25))["success"]
    assert len((await client.data("book", "snapshot"))["data"][0]["asks"]) == 25


async def test_intervals_of_a_symbol_are_separate_subscriptions(desk: Desk) -> None:
    client = await desk.public()
    assert (await client.ask("subscribe", channel="ohlc", symbol=["BTC/USD"], interval=1))["success"]
    candles = (await client.data("ohlc", "snapshot"))["data"]
    begins = [candle["interval_begin"] for candle in candles]
    assert begins == sorted(set(begins))
    assert (await client.ask("subscribe", channel="ohlc", symbol=["BTC/USD"], interval=60))["success"]
    assert (await client.data("ohlc", "snapshot"))["data"][-1]["interval"] == 60


async def test_the_instrument_snapshot_holds_the_whole_universe(desk: Desk) -> None:
    client = await desk.public()
    await client.ask("subscribe", channel="instrument")
    universe = (await client.data("instrument", "snapshot"))["data"]
    assert [pair["symbol"] for pair in universe["pairs"]] == list(desk.venue.exchange.listings)
    bitcoin = universe["pairs"][0]
    assert (bitcoin["price_increment"], bitcoin["qty_increment"]) == ("0.1", "0.00000001")
    await desk.fault(kind="pair_status", symbol="BTC/USD", status="cancel_only")
    changed = (await client.data("instrument"))["data"]
    assert [(pair["symbol"], pair["status"]) for pair in changed["pairs"]] == [("BTC/USD", "cancel_only")]


async def test_a_trade_reaches_trade_ticker_ohlc_and_book(desk: Desk) -> None:
    client = await desk.public()
    for channel in ("trade", "ticker", "ohlc", "book"):
        assert (await client.ask("subscribe", channel=channel, symbol=["BTC/USD"]))["success"]
    order: dict[str, Any] = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.0001"}
    assert (await desk.post("AddOrder", **order))["error"] == []
    frames: dict[str, Any] = {}
    while len(frames) < 4:
        frame = await client.receive()
        if frame.get("type") == "update" and frame["channel"] != "status":
            frames[frame["channel"]] = frame["data"][0]
    assert frames["trade"]["side"] == "buy"
    assert frames["trade"]["qty"] == "0.00010000"
    assert frames["ticker"]["last"] == frames["trade"]["price"] == frames["ohlc"]["close"]


async def test_a_bbo_ticker_follows_the_best_price_and_a_trades_ticker_does_not(desk: Desk) -> None:
    trades, quotes = await desk.public(), await desk.public()
    await trades.ask("subscribe", channel="ticker", symbol=["BTC/USD"], snapshot=False)
    await quotes.ask("subscribe", channel="ticker", symbol=["BTC/USD"], event_trigger="bbo")
    shown = (await quotes.data("ticker", "snapshot"))["data"][0]
    sell: dict[str, Any] = {"pair": "XBTUSD", "type": "sell", "ordertype": "limit", "volume": "0.001"}
    best = await desk.post("AddOrder", **sell, price=shown["ask"])
    assert best["error"] == []
    updated = (await quotes.data("ticker"))["data"][0]
    assert updated["ask"] == shown["ask"]
    assert updated["ask_qty"] != shown["ask_qty"]
    assert (await trades.ask("ping"))["method"] == "pong"  # and nothing came before it


async def test_heartbeats_come_only_once_something_is_subscribed(desk: Desk) -> None:
    silent, client = await desk.public(), await desk.public()
    await client.ask("subscribe", channel="trade", symbol=["BTC/USD"])
    assert await client.until(lambda frame: frame["channel"] == "heartbeat") == {"channel": "heartbeat"}
    assert (await silent.ask("ping"))["method"] == "pong"


async def test_an_idle_connection_is_closed_after_a_minute(desk: Desk) -> None:
    idle, busy = await desk.public(), await desk.public()
    await busy.ask("subscribe", channel="trade", symbol=["BTC/USD"])
    desk.clock.advance(s=61)
    assert await idle.closed() == 1001
    assert (await busy.ask("ping"))["method"] == "pong"


async def test_too_many_requests_in_a_second_are_refused(desk: Desk) -> None:
    client = await desk.public()
    for _ in range(201):
        await client.send("ping")
    refused = await client.until(lambda frame: "error" in frame)
    assert refused["error"] == "Exceeded msg rate"
    desk.clock.advance(s=1)
    assert (await client.ask("ping"))["method"] == "pong"


async def test_a_reader_that_does_not_read_is_dropped(desk: Desk) -> None:
    client = await desk.public()
    (session,) = desk.venue.sessions.values()
    for _ in range(2000):
        session.websocket.send_text("x" * (1 << 16))
    assert not session.websocket.alive
    await desk.until(lambda: not desk.venue.sessions)
    client.connection.transport.abort()


async def test_only_v2_is_served(desk: Desk) -> None:
    with pytest.raises(InvalidStatus):
        await desk.open(desk.venue.urls.ws_public.replace("/v2", "/v9"))
