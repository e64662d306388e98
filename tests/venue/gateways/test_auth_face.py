"""Private streams and trading over WS v2 (`ws-v2.md` §1.2, §7 to §9, §12)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.venue.gateways.conftest import Desk, WsClient

FAR: dict[str, Any] = {
    "order_type": "limit",
    "side": "buy",
    "limit_price": 1000.0,
    "order_qty": 0.01,
    "symbol": "BTC/USD",
}


async def subscribed(desk: Desk, channel: str = "executions", **params: Any) -> tuple[WsClient, str]:
    client, token = await desk.auth(), await desk.token()
    assert (await client.ask("subscribe", channel=channel, token=token, **params))["success"]
    return client, token


async def test_private_requests_need_a_valid_token(desk: Desk) -> None:
    client = await desk.auth()
    assert (await client.ask("subscribe", channel="balances"))["error"] == "Token(s) not found"
    answer = await client.ask("subscribe", channel="executions", token="wrong")
    assert (answer["error"], answer["channel"], answer["status"]) == (
        "ESession:Invalid session",
        "executions",
        "error",
    )
    assert (await client.ask("add_order", **FAR))["error"] == "Token(s) not found"
    assert (await client.ask("add_order", **FAR, token="wrong"))["error"] == "ESession:Invalid session"


async def test_an_unused_token_dies_after_900_seconds_and_a_held_one_lives(desk: Desk) -> None:
    unused = await desk.token()
    client, held = await subscribed(desk)
    desk.clock.advance(s=901)
    assert (await client.ask("add_order", **FAR, token=unused))["error"] == "ESession:Invalid session"
    assert (await client.ask("add_order", **FAR, token=held))["success"]
    await client.ask("unsubscribe", channel="executions", token=held)
    assert (await client.ask("add_order", **FAR, token=held))["error"] == "ESession:Invalid session"


async def test_market_data_is_refused_here(desk: Desk) -> None:
    client = await desk.auth()
    answer = await client.ask("subscribe", channel="book", symbol=["BTC/USD"])
    assert answer["error"] == ("Public market data subscriptions are unavailable on this endpoint. Try ws.kraken.com")
    level3 = await client.ask("subscribe", channel="level3", symbol=["BTC/USD"], token="x")
    assert "ws-l3.kraken.com" in level3["error"]


async def test_the_life_of_a_resting_order_in_rows(desk: Desk) -> None:
    client, token = await subscribed(desk, ratecounter=True)
    assert (await client.data("executions", "snapshot"))["sequence"] == 1
    await client.send("add_order", 5, **FAR, cl_ord_id="mine", post_only=True, token=token)
    full, new = await client.data("executions"), await client.data("executions")
    answer = await client.until(lambda frame: frame.get("req_id") == 5)
    order_id = answer["result"]["order_id"]
    assert answer["result"]["cl_ord_id"] == "mine"
    row = full["data"][0]
    assert (row["exec_type"], row["order_qty"], row["limit_price"]) == ("pending_new", "0.01000000", "1000.0")
    assert (row["time_in_force"], row["cum_cost"], row["post_only"]) == ("GTC", "0.00000", True)
    assert set(new["data"][0]) == {"timestamp", "order_status", "exec_type", "order_id", "cl_ord_id", "ratecount"}
    await client.send("amend_order", 6, cl_ord_id="mine", limit_price=1100, token=token)
    amended = await client.data("executions")
    assert (amended["data"][0]["limit_price"], amended["data"][0]["amended"]) == ("1100.0", True)
    answer = await client.until(lambda frame: frame.get("req_id") == 6)
    assert set(answer["result"]) == {"amend_id", "cl_ord_id"}
    await client.send("cancel_order", 7, order_id=[order_id], token=token)
    cancelled = await client.data("executions")
    assert (cancelled["data"][0]["reason"], cancelled["data"][0]["cum_qty"]) == ("User requested", "0.00000000")
    assert "symbol" not in cancelled["data"][0]
    assert (await client.until(lambda frame: frame.get("req_id") == 7))["result"] == {"order_id": order_id}
    assert [f["sequence"] for f in (full, new, amended, cancelled)] == [2, 3, 4, 5]


async def test_a_fill_shows_as_trade_filled_and_two_balances(desk: Desk) -> None:
    orders, token = await subscribed(desk)
    funds, _ = await subscribed(desk, "balances")
    before = {row["asset"]: row["balance"] for row in (await funds.data("balances", "snapshot"))["data"]}
    market: dict[str, Any] = {"order_type": "market", "side": "sell", "order_qty": 0.0001, "symbol": "BTC/USD"}
    await orders.send("add_order", **market, token=token)
    kinds = [(await orders.data("executions"))["data"][0] for _ in range(4)]
    assert [row["exec_type"] for row in kinds] == ["pending_new", "new", "trade", "filled"]
    trade = kinds[2]
    assert (trade["last_qty"], trade["liquidity_ind"], trade["cum_qty"]) == ("0.00010000", "t", "0.00010000")
    legs = [await funds.data("balances") for _ in range(2)]
    assert [leg["sequence"] for leg in legs] == [2, 3]
    rows = {leg["data"][0]["asset"]: leg["data"][0] for leg in legs}
    assert {row["ref_id"] for row in rows.values()} == {trade["exec_id"]}
    assert rows["BTC"]["amount"] == "-0.0001000000"
    assert rows["BTC"]["balance"] != before["BTC"]


async def test_order_status_false_hides_what_is_not_decisive(desk: Desk) -> None:
    client, token = await subscribed(desk, order_status=False)
    await client.send("add_order", **FAR, cl_ord_id="terse", token=token)
    await client.send("amend_order", cl_ord_id="terse", limit_price=1100, token=token)
    await client.send("cancel_order", cl_ord_id=["terse"], token=token)
    kinds = [(await client.data("executions"))["data"][0]["exec_type"] for _ in range(2)]
    assert kinds == ["new", "canceled"]


async def test_snapshots_show_open_orders_and_past_fills(desk: Desk) -> None:
    first, token = await subscribed(desk)
    await first.ask("add_order", **FAR, order_userref=42, token=token)
    market: dict[str, Any] = {"order_type": "market", "side": "buy", "order_qty": 0.0001, "symbol": "BTC/USD"}
    await first.ask("add_order", **market, token=token)
    second, _ = await subscribed(desk, snap_orders=True, snap_trades=True)
    rows = (await second.data("executions", "snapshot"))["data"]
    assert [row["exec_type"] for row in rows] == ["new", "trade"]
    assert (rows[0]["order_userref"], rows[0]["limit_price"]) == (42, "1000.0")
    third, _ = await subscribed(desk, snap_orders=False)
    assert (await third.ask("ping"))["method"] == "pong"  # no snapshot came before


async def test_a_post_only_order_that_would_take_is_accepted_then_cancelled(desk: Desk) -> None:
    client, token = await subscribed(desk)
    await client.send(
        "add_order", **(FAR | {"limit_price": 900000, "post_only": True, "order_qty": 0.001}), token=token
    )
    kinds = [(await client.data("executions"))["data"][0] for _ in range(2)]
    assert (kinds[1]["exec_type"], kinds[1]["reason"]) == ("canceled", "Post only order")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"limit_price": "1000"}, "Limit_price field must be a number_float"),
        ({"symbol": "XBT/USD"}, "Currency pair not supported XBT/USD"),
        ({"limit_price": 1000.05}, "EOrder:Tick size check failed"),
        ({"order_qty": 0.00000001}, "EGeneral:Invalid arguments:volume minimum not met"),
        ({"order_qty": 100000}, "EOrder:Insufficient funds"),
        ({"order_qty": -1}, "EGeneral:Invalid arguments:order_qty"),
        ({"side": "up"}, "EGeneral:Invalid arguments:side"),
        ({"cl_ord_id": "this text is far too long"}, "EGeneral:Invalid arguments:cl_ord_id"),
        ({"speed": 1}, "Unsupported field: 'speed' for the given msg type: add_order"),
        ({"deadline": "2023-11-14T22:13:19Z"}, "EService:Deadline elapsed"),
        ({"deadline": "2023-11-14T23:13:20Z"}, "EGeneral:Invalid arguments:deadline"),
    ],
)
async def test_a_bad_order_is_refused(desk: Desk, change: dict[str, Any], error: str) -> None:
    client, token = await desk.auth(), await desk.token()
    answer = await client.ask("add_order", **(FAR | change), token=token)
    assert (answer["error"], answer["success"]) == (error, False)
    assert desk.venue.exchange.open_orders("practice") == []


async def test_a_key_without_trading_rights_may_look_only(desk: Desk) -> None:
    client, token = await desk.auth(), await desk.token("viewer")
    assert (await client.ask("add_order", **FAR, token=token))["error"] == "EGeneral:Permission denied"
    assert (await client.ask("cancel_all", token=token))["error"] == "EGeneral:Permission denied"
    assert (await client.ask("subscribe", channel="executions", token=token))["success"]


async def test_cancels_answer_once_per_order(desk: Desk) -> None:
    client, token = await desk.auth(), await desk.token()
    made = [(await client.ask("add_order", **FAR, token=token))["result"]["order_id"] for _ in range(2)]
    desk.clock.advance(s=301)
    await client.send("cancel_order", 9, order_id=[made[0], "OAAAAA-AAAAA-AAAAAA", made[1]], token=token)
    answers = [await client.receive() for _ in range(3)]
    assert [a["success"] for a in answers] == [True, False, True]
    assert answers[1]["error"] == "EOrder:Unknown order"


async def test_cancel_all_and_the_dead_man_switch(desk: Desk) -> None:
    client, token = await subscribed(desk)
    await client.ask("add_order", **FAR, token=token)
    assert (await client.ask("cancel_all", token=token))["result"] == {"count": 1}
    await client.ask("add_order", **FAR, token=token)
    armed = (await client.ask("cancel_all_orders_after", timeout=10, token=token))["result"]
    assert armed == {"currentTime": "2023-11-14T22:13:20Z", "triggerTime": "2023-11-14T22:13:30Z"}
    desk.clock.advance(s=11)
    ended = await client.until(lambda f: f.get("channel") == "executions" and f["data"][0]["exec_type"] == "canceled")
    assert ended["data"][0]["reason"] == "CancelAllOrdersAfter Timeout"
    assert (await client.ask("cancel_all_orders_after", timeout=0, token=token))["result"]["triggerTime"] == "0"


async def test_validate_books_nothing(desk: Desk) -> None:
    client, token = await desk.auth(), await desk.token()
    answer = await client.ask("add_order", **FAR, validate=True, token=token)
    assert answer["success"]
    assert "order_id" not in answer["result"]
    assert desk.venue.exchange.open_orders("practice") == []
