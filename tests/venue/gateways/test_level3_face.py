"""The level3 face (`ws-v2.md` §6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.venue.gateways.conftest import Desk


async def test_an_own_order_is_seen_in_the_queue_and_leaves_it(desk: Desk) -> None:
    token, client = await desk.token(), await desk.level3()
    answer = await client.ask("subscribe", channel="level3", symbol=["BTC/USD"], depth=10, token=token)
    assert answer["result"] == {"channel": "level3", "symbol": "BTC/USD", "snapshot": True}
    best = (await client.data("level3", "snapshot"))["data"][0]["bids"][0]["limit_price"]
    order: dict[str, Any] = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": best, "volume": "0.001"}
    order_id = (await desk.post("AddOrder", **order))["result"]["txid"][0]
    event = (await client.data("level3"))["data"][0]["bids"][0]
    assert (event["event"], event["order_id"], event["limit_price"]) == ("add", order_id, best)
    assert len(event["timestamp"]) == len("2023-11-14T22:13:20.000000000Z")
    await desk.post("CancelOrder", txid=order_id)
    event = (await client.data("level3"))["data"][0]["bids"][0]
    assert (event["event"], event["order_id"], event["order_qty"]) == ("delete", order_id, "0.00100000")


async def test_depths_symbols_and_tokens_are_checked(desk: Desk) -> None:
    token, client = await desk.token(), await desk.level3()
    assert (await client.ask("subscribe", channel="level3", symbol=["BTC/USD"]))["error"] == "Token(s) not found"
    wrong = await client.ask("subscribe", channel="level3", symbol=["BTC/USD"], token="wrong")
    assert (wrong["error"], wrong["channel"], wrong["status"]) == ("ESession:Invalid session", "level3", "error")
    for depth in (25, 500):
        answer = await client.ask("subscribe", channel="level3", symbol=["BTC/USD"], depth=depth, token=token)
        assert answer["error"] == "Subscription depth not supported"
    refused = await client.ask("subscribe", channel="book", symbol=["BTC/USD"])
    assert "Try ws.kraken.com" in refused["error"]
    assert "Try ws-auth.kraken.com" in (await client.ask("cancel_all", token=token))["error"]


async def test_the_subscribe_budget_of_a_second_is_kept(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk(pairs=4)
    token, client = await desk.token(), await desk.level3()
    symbols = list(desk.venue.exchange.listings)[:4]
    await client.send("subscribe", 3, channel="level3", symbol=symbols, depth=1000, snapshot=False, token=token)
    answers = [await client.receive() for _ in symbols]
    assert [a.get("error") for a in answers] == [None, None, "Exceeded msg rate", "Exceeded msg rate"]
    assert answers[2]["symbol"] == symbols[2]
    desk.clock.advance(s=1)
    again = await client.ask(
        "subscribe", channel="level3", symbol=[symbols[2]], depth=1000, snapshot=False, token=token
    )
    assert again["success"]
