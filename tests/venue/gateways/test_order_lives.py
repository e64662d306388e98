"""What the private stream and the queries tell of orders that trigger, refill, expire, spawn and lend."""

from __future__ import annotations

from typing import Any

from app.domain.order import Side
from tests.venue.gateways.conftest import Desk, Frame, WsClient

SYMBOL = "BTC/USD"
Row = dict[str, Any]
PLAIN: Row = {"symbol": SYMBOL, "side": "buy", "order_qty": 0.01}


async def subscribed(desk: Desk, key: str = "practice", **params: Any) -> tuple[WsClient, str]:
    client, token = await desk.auth(), await desk.token(key)
    assert (await client.ask("subscribe", channel="executions", token=token, **params))["success"]
    await client.data("executions", "snapshot")
    return client, token


async def place(client: WsClient, token: str, **params: Any) -> Row:
    """Place an order and return its `pending_new` row."""
    await client.send("add_order", **(PLAIN | params), token=token)
    return await row_of(client, "pending_new")


async def row_of(client: WsClient, exec_type: str) -> Row:
    """The next row of a kind."""
    frame: Frame = await client.until(
        lambda f: f.get("channel") == "executions" and f["data"][0]["exec_type"] == exec_type
    )
    row: Row = frame["data"][0]
    return row


def best(desk: Desk, side: Side) -> float:
    """Best price of a side as a float, for requests."""
    level = desk.venue.exchange.levels(SYMBOL, side, 1)[0]
    return float(desk.venue.exchange.listings[SYMBOL].instrument.price(level.price))


async def inside(desk: Desk) -> float:
    """Make room above the best bid and return a price in it."""
    pair = desk.venue.exchange.listings[SYMBOL].instrument
    ask = desk.venue.exchange.levels(SYMBOL, Side.SELL, 1)[0]
    while ask.price - desk.venue.exchange.levels(SYMBOL, Side.BUY, 1)[0].price <= 1:
        await hit(desk, "buy", str(pair.qty(ask.qty)))
        ask = desk.venue.exchange.levels(SYMBOL, Side.SELL, 1)[0]
    return best(desk, Side.BUY) + float(pair.tick)


async def hit(desk: Desk, side: str, qty: str, **more: Any) -> None:
    """Trade against the book as another client."""
    order: Row = {"pair": "XBTUSD", "type": side, "ordertype": "market", "volume": qty}
    assert (await desk.post("AddOrder", "second", **(order | more)))["error"] == []


async def test_an_iceberg_shows_its_slice_and_tells_of_refills(desk: Desk) -> None:
    client, token = await subscribed(desk)
    price = await inside(desk)
    full = await place(client, token, order_type="iceberg", limit_price=price, display_qty=0.004)
    assert (full["display_qty"], full["display_qty_remain"]) == ("0.00400000", "0.00400000")
    assert desk.venue.exchange.levels(SYMBOL, Side.BUY, 1)[0].qty == 400_000
    await hit(desk, "sell", "0.004")
    assert (await row_of(client, "trade"))["cum_qty"] == "0.00400000"
    refill = await row_of(client, "iceberg_refill")
    assert (refill["order_id"], refill["display_qty"]) == (full["order_id"], "0.00400000")
    shown = (await desk.post("OpenOrders"))["result"]["open"][full["order_id"]]
    assert (shown["misc"], shown["descr"]["ordertype"]) == ("partial", "iceberg")


async def test_a_refill_goes_to_the_back_of_its_level_on_level3(desk: Desk) -> None:
    client, token = await subscribed(desk)
    watcher, reader_token = await desk.level3(), await desk.token("second")
    await watcher.ask("subscribe", channel="level3", symbol=[SYMBOL], depth=10, token=reader_token)
    await watcher.data("level3", "snapshot")
    price = await inside(desk)
    full = await place(client, token, order_type="iceberg", limit_price=price, display_qty=0.004)
    await hit(desk, "sell", "0.004")

    def mine(frame: Frame) -> list[Row]:
        rows = frame["data"][0]["bids"] if frame.get("channel") == "level3" and frame["type"] == "update" else []
        return [row for row in rows if row["order_id"] == full["order_id"]]

    added, refilled = mine(await watcher.until(mine)), mine(await watcher.until(mine))
    assert [(row["event"], row["order_qty"]) for row in added] == [("add", "0.00400000")]
    assert [(row["event"], row["order_qty"]) for row in refilled] == [("delete", "0.00400000"), ("add", "0.00400000")]
    assert refilled[-1]["timestamp"] > added[0]["timestamp"]


async def test_a_stop_waits_unseen_and_tells_when_it_fires(desk: Desk) -> None:
    client, token = await subscribed(desk)
    price = best(desk, Side.SELL)
    fields = {"price": price, "reference": "last", "price_type": "static"}
    full = await place(client, token, order_type="stop-loss-limit", limit_price=price + 500, triggers=fields)
    waiting = full["triggers"]
    assert (waiting["status"], waiting["reference"], waiting["price_type"]) == ("untriggered", "last", "static")
    assert waiting["price"] == full["stop_price"] == f"{price:.1f}"
    assert full["trigger"] == "last"
    listed = (await desk.post("OpenOrders"))["result"]["open"][full["order_id"]]
    assert (listed["trigger"], listed["stopprice"], listed["limitprice"]) == ("last", f"{price:.1f}", "0.00000")
    assert listed["descr"]["order"].endswith(f"@ stop loss {price:.1f} -> limit {price + 500:.1f}")
    await hit(desk, "buy", "0.001")
    fired = await row_of(client, "status")
    assert fired["triggers"]["status"] == "triggered"
    assert fired["triggers"]["last_price"] == fired["triggered_price"] == f"{price:.1f}"
    assert (await row_of(client, "trade"))["order_type"] == "stop-loss-limit"
    done = (await desk.post("QueryOrders", txid=full["order_id"]))["result"][full["order_id"]]
    assert "stopped" in done["misc"].split(",")
    assert done["limitprice"] == f"{price + 500:.1f}"


async def test_a_trailing_stop_tells_its_peak_and_the_offsets_as_sent(desk: Desk) -> None:
    client, token = await subscribed(desk)
    fields = {"price": 5, "price_type": "pct"}
    full = await place(client, token, order_type="trailing-stop-limit", side="sell", limit_price=-10, triggers=fields)
    assert (full["limit_price"], full["limit_price_type"]) == ("-10.0", "quote")
    assert full["triggers"]["price"] in {5, "5"}
    assert float(full["triggers"]["peak_price"]) * 0.95 - float(full["triggers"]["actual_price"]) < 0.1
    descr = (await desk.post("OpenOrders"))["result"]["open"][full["order_id"]]["descr"]
    assert (descr["price"], descr["price2"]) == ("+5.0%", "-10.0")
    assert descr["order"] == "sell 0.01000000 XBTUSD @ trailing stop +5.0000% -> limit -10.0"


async def test_a_gtd_order_expires_at_its_time(desk: Desk) -> None:
    client, token = await subscribed(desk)
    full = await place(
        client, token, order_type="limit", limit_price=1000, time_in_force="gtd", expire_time="2023-11-14T22:14:20Z"
    )
    assert (full["time_in_force"], full["expire_time"]) == ("GTD", "2023-11-14T22:14:20.000000Z")
    listed = (await desk.post("OpenOrders"))["result"]["open"][full["order_id"]]
    assert (listed["expiretm"], listed["time_in_force"]) == ("1700000060.0000", "gtd")
    desk.clock.advance(s=61)
    ended = await row_of(client, "expired")
    assert (ended["order_id"], ended["order_status"], ended["cum_qty"]) == (full["order_id"], "expired", "0.00000000")
    assert (await desk.post("QueryOrders", txid=full["order_id"]))["result"][full["order_id"]]["status"] == "expired"


async def test_a_scheduled_order_is_pending_until_its_start(desk: Desk) -> None:
    client, token = await subscribed(desk)
    full = await place(client, token, order_type="limit", limit_price=1000, effective_time="+30")
    assert full["effective_time"] == "2023-11-14T22:13:50.000000Z"
    assert (await desk.post("OpenOrders"))["result"]["open"][full["order_id"]]["status"] == "pending"
    later = await desk.auth()
    await later.ask("subscribe", channel="executions", token=token)
    assert (await later.data("executions", "snapshot"))["data"][0]["order_status"] == "pending_new"
    desk.clock.advance(s=31)
    assert (await row_of(client, "new"))["order_id"] == full["order_id"]


async def test_each_fill_spawns_a_close_that_names_its_parent(desk: Desk) -> None:
    client, token = await subscribed(desk)
    price = await inside(desk)
    template = {
        "order_type": "take-profit-limit",
        "trigger_price": 5,
        "trigger_price_type": "pct",
        "limit_price": 99999,
    }
    full = await place(client, token, order_type="limit", limit_price=price, conditional=template)
    assert full["contingent"] == {
        "order_type": "take-profit-limit",
        "trigger_price": 5,
        "trigger_price_type": "pct",
        "limit_price": "99999.0",
        "limit_price_type": "static",
    }
    await hit(desk, "sell", "0.004")
    child = await row_of(client, "pending_new")
    assert (child["ord_ref_id"], child["side"], child["order_qty"]) == (full["order_id"], "sell", "0.00400000")
    rows = (await desk.post("OpenOrders"))["result"]["open"]
    assert rows[child["order_id"]]["refid"] == full["order_id"]
    assert rows[full["order_id"]]["descr"]["close"] == "close position @ take profit +5.0000% -> limit 99999.0"


async def test_margin_shows_in_rows_positions_balance_and_ledger(desk: Desk) -> None:
    client, token = await subscribed(desk)
    full = await place(client, token, order_type="market", margin=True, order_qty=0.005)
    assert full["margin"] is True
    opened = await row_of(client, "trade")
    assert (opened["margin_borrow"], opened["position_status"]) == (True, "opened")
    position = (await desk.post("OpenPositions", docalcs="true"))["result"][opened["exec_id"]]
    assert (position["ordertxid"], position["pair"], position["vol"]) == (full["order_id"], "XXBTZUSD", "0.00500000")
    assert abs(float(position["margin"]) - float(position["cost"]) / 5) < 0.01
    assert position["net"][0] in "+-"
    assert "net" not in (await desk.post("OpenPositions"))["result"][opened["exec_id"]]
    figures = (await desk.post("TradeBalance"))["result"]
    assert abs(float(figures["m"]) - float(position["margin"])) < 0.01
    assert float(figures["mf"]) < float(figures["e"])
    assert float(figures["ml"]) > 100
    close: Row = {"pair": "XBTUSD", "type": "sell", "ordertype": "market", "volume": "0", "leverage": "5"}
    answer = await desk.post("AddOrder", **close, reduce_only="true")
    assert answer["result"]["descr"]["order"].endswith("XBTUSD @ market with 5:1 leverage")
    closed = await row_of(client, "trade")
    assert (closed["margin_borrow"], closed["position_status"]) == (False, "closing")
    assert (await desk.post("OpenPositions"))["result"] == {}
    assert "ml" not in (await desk.post("TradeBalance"))["result"]
    trades = (await desk.post("TradesHistory", type="closed position"))["result"]["trades"]
    assert list(trades) == [opened["exec_id"]]
    assert trades[opened["exec_id"]]["posstatus"] == "closed"
    assert closed["exec_id"] in trades[opened["exec_id"]]["trades"]
    ledger = (await desk.post("Ledgers", type="margin", asset="ZUSD"))["result"]
    assert {row["type"] for row in ledger["ledger"].values()} == {"margin"}
    newest = next(iter(ledger["ledger"]))
    closings = trades[opened["exec_id"]]["trades"]
    assert (await desk.post("QueryLedgers", id=newest))["result"][newest]["refid"] in closings


async def test_settling_needs_a_position(desk: Desk) -> None:
    wanted: Row = {"pair": "XBTUSD", "type": "sell", "ordertype": "settle-position", "volume": "0"}
    assert (await desk.post("AddOrder", **wanted))["error"][0].startswith("EOrder:Unknown position")
    buy: Row = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.01", "leverage": "2"}
    assert (await desk.post("AddOrder", **buy))["error"] == []
    answer = await desk.post("AddOrder", **wanted)
    assert (answer["error"], answer["result"]["descr"]["order"][-15:]) == ([], "settle position")
    assert (await desk.post("OpenPositions"))["result"] == {}


async def test_spot_ledger_rows_add_up(desk: Desk) -> None:
    await hit(desk, "buy", "0.001")
    answer = (await desk.post("Ledgers", "second"))["result"]
    assert answer["count"] == 2
    rows = answer["ledger"].values()
    assert {row["asset"] for row in rows} == {"XXBT", "ZUSD"}
    assert len({row["refid"] for row in rows}) == 1
    balances = (await desk.post("Balance", "second"))["result"]
    assert all(balances[row["asset"]] == row["balance"] for row in rows)
    assert (await desk.post("Ledgers", "second", asset="XBT", without_count="1"))["result"].keys() == {"ledger"}
    assert (await desk.post("Ledgers", "second", type="deposit"))["result"]["count"] == 0
    assert (await desk.post("Ledgers", "second", type="gift"))["error"] == ["EGeneral:Invalid arguments:type"]
    assert (await desk.post("QueryLedgers", "second", id="LAAAAA-AAAAA-AAAAAA"))["error"] != []


async def test_a_market_order_in_quote_counts_in_quote(desk: Desk) -> None:
    client, token = await subscribed(desk)
    await client.send("add_order", order_type="market", side="buy", symbol=SYMBOL, cash_order_qty=50, token=token)
    full = await row_of(client, "pending_new")
    assert full["cash_order_qty"] == "50.00000"
    done = (await desk.post("QueryOrders", txid=full["order_id"]))["result"][full["order_id"]]
    assert (done["vol"], done["status"]) == ("50.00000", "closed")
    assert 49 < float(done["vol_exec"]) <= 50
    assert "viqc" in done["oflags"]
    assert done["descr"]["order"] == "buy 50.00000000 XBTUSD @ market"
