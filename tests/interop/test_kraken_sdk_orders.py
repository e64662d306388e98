"""python-kraken-sdk places, changes and cancels every kind of order, over REST and WS v2."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.interop.conftest import VenueProcess

pytest.importorskip("kraken", reason="python-kraken-sdk is not installed: pip install '.[interop]'")

from kraken.exceptions import KrakenInvalidArgumentsError, KrakenUnknownOrderError
from kraken.spot import Trade, User

from tests.interop.test_kraken_sdk import Collector

pytestmark = pytest.mark.interop

TYPES: dict[str, dict[str, Any]] = {
    "limit": {"price": "1000"},
    "post-only": {"ordertype": "limit", "price": "1000", "oflags": ["post", "fcib"]},
    "gtd": {"ordertype": "limit", "price": "1000", "timeinforce": "GTD", "expiretm": "+60"},
    "scheduled": {"ordertype": "limit", "price": "1000", "starttm": "+60"},
    "margin": {"ordertype": "limit", "price": "1000", "leverage": 3},
    "stp": {"ordertype": "limit", "price": "1000", "stptype": "cancel-both"},
    "iceberg": {"price": "1000", "displayvol": "0.002"},
    "stop-loss": {"price": "+5%", "trigger": "index"},
    "stop-loss-limit": {"price": "900000", "price2": "+1000", "trigger": "last"},
    "take-profit": {"price": "#20%"},
    "take-profit-limit": {"price": "1000", "price2": "#2%"},
    "trailing-stop": {"price": "+5%"},
    "trailing-stop-limit": {"price": "+5%", "price2": "+0"},
    "with a close": {
        "ordertype": "limit",
        "price": "1000",
        "close_ordertype": "take-profit-limit",
        "close_price": "#5%",
        "close_price2": "#2%",
    },
}


def order(name: str) -> dict[str, Any]:
    return {"ordertype": name, "side": "buy", "pair": "XBTUSD", "volume": "0.01"} | TYPES[name]


@pytest.fixture
def signed(venue: VenueProcess) -> dict[str, str]:
    return {"key": venue.api_key, "secret": venue.api_secret, "url": venue.rest}


def test_every_type_is_placed_seen_and_cancelled(signed: dict[str, str]) -> None:
    trade, user = Trade(**signed), User(**signed)
    ids: dict[str, str] = {}
    for name in TYPES:
        assert "txid" not in trade.create_order(**order(name), validate=True), name
        placed = trade.create_order(**order(name))
        ids[name] = placed["txid"][0]
        assert placed["descr"]["order"].startswith("buy 0.01000000 XBTUSD @ "), name
    seen = user.get_orders_info(txid=list(ids.values()))
    for name, order_id in ids.items():
        row = seen[order_id]
        assert (row["descr"]["ordertype"], row["vol"]) == (order(name)["ordertype"], "0.01000000"), name
        assert row["status"] == ("pending" if name == "scheduled" else "open"), name
    assert trade.cancel_order(txid=ids["limit"])["count"] == 1
    assert trade.cancel_all_orders()["count"] == len(ids) - 1
    assert {row["status"] for row in user.get_orders_info(txid=list(ids.values())).values()} == {"canceled"}


def test_immediate_orders_end_at_once(signed: dict[str, str]) -> None:
    trade, user = Trade(**signed), User(**signed)
    market = {"ordertype": "market", "side": "buy", "pair": "XBTUSD"}
    for change, status in (
        ({"volume": "0.001"}, "closed"),
        ({"volume": "50", "oflags": ["viqc"]}, "closed"),
        ({"volume": "0.01", "ordertype": "limit", "price": "1000", "timeinforce": "IOC"}, "canceled"),
        ({"volume": "0.01", "ordertype": "limit", "price": "1000", "timeinforce": "FOK"}, "canceled"),
    ):
        order_id = trade.create_order(**(market | change))["txid"][0]
        assert user.get_orders_info(txid=order_id)[order_id]["status"] == status


def test_batch_amend_edit_and_batch_cancel(signed: dict[str, str]) -> None:
    trade, user = Trade(**signed), User(**signed)
    orders = [
        {"ordertype": "limit", "type": "buy", "volume": "0.01", "price": "1000", "cl_ord_id": "first"},
        {
            "ordertype": "stop-loss-limit",
            "type": "buy",
            "volume": "0.01",
            "price": "900000",
            "price2": "910000",
            "close": {"ordertype": "limit", "price": "990000"},
        },
        {"ordertype": "iceberg", "type": "buy", "volume": "0.01", "price": "1000", "displayvol": "0.001"},
    ]
    rows = trade.create_order_batch(orders=orders, pair="XBTUSD")["orders"]
    first, second, third = (row["txid"] for row in rows)
    assert rows[1]["close"].startswith("close position @ limit 990000")
    assert trade.amend_order(cl_ord_id="first", order_qty="0.02", limit_price="-50%", post_only=False)["amend_id"]
    assert trade.amend_order(txid=third, display_qty="0.002")["amend_id"]
    history = user.get_order_amends(order_id=third)["amends"]
    assert [row["display_qty"] for row in history] == ["0.00100000", "0.00200000"]
    edited = trade.edit_order(txid=third, pair="XBTUSD", volume="0.02", price="1001", validate=False)
    assert (edited["status"], edited["originaltxid"], edited["price"]) == ("ok", third, "1001.0")
    assert trade.cancel_order_batch(orders=[first, second, edited["txid"]])["count"] == 3
    assert user.get_open_orders()["open"] == {}


def test_errors_raise_their_own_exceptions(signed: dict[str, str]) -> None:
    trade = Trade(**signed)
    with pytest.raises(KrakenUnknownOrderError):
        trade.cancel_order(txid="OAAAAA-AAAAA-AAAAAA")
    with pytest.raises(KrakenInvalidArgumentsError):
        trade.create_order(**(order("iceberg") | {"displayvol": "0.0001"}))


def test_margin_and_ledgers(signed: dict[str, str]) -> None:
    trade, user = Trade(**signed), User(**signed)
    opening = {"ordertype": "market", "side": "buy", "pair": "XBTUSD", "volume": "0.01", "leverage": 2}
    trade.create_order(**opening)
    (position,) = user.get_open_positions(docalcs=True)  # the library asks for positions added up by market
    assert (position["pair"], position["type"], position["vol"]) == ("XXBTZUSD", "buy", "0.01000000")
    assert position["net"][0] in "+-"
    assert float(user.get_trade_balance()["m"]) > 0
    trade.create_order(**(opening | {"side": "sell", "volume": "0", "reduce_only": True}))
    assert user.get_open_positions() == []
    ledger = user.get_ledgers_info(type_="margin")["ledger"]
    entry_id = next(iter(ledger))
    assert user.get_ledgers(id_=entry_id)[entry_id]["type"] == "margin"


WS_TYPES: list[dict[str, Any]] = [
    {"order_type": "iceberg", "limit_price": 1000, "display_qty": 0.002},
    {"order_type": "limit", "limit_price": 1000, "time_in_force": "gtd", "expire_time": "2099-01-01T00:00:00Z"},
    {"order_type": "stop-loss", "triggers": {"reference": "last", "price": 5, "price_type": "pct"}},
    {"order_type": "stop-loss-limit", "limit_price": 910000, "triggers": {"reference": "index", "price": 900000}},
    {"order_type": "take-profit", "triggers": {"reference": "last", "price": -20.0, "price_type": "pct"}},
    {"order_type": "take-profit-limit", "limit_price": 1001, "triggers": {"reference": "last", "price": 1000}},
    {"order_type": "trailing-stop", "triggers": {"reference": "last", "price": 1.0, "price_type": "pct"}},
    {
        "order_type": "trailing-stop-limit",
        "limit_price": 0,
        "triggers": {"reference": "last", "price": 1.0, "price_type": "pct"},
    },
    {
        "order_type": "limit",
        "limit_price": 1000,
        "conditional": {"order_type": "stop-loss-limit", "trigger_price": 900, "limit_price": 890},
    },
    {"order_type": "limit", "limit_price": 1000, "margin": True, "stp_type": "cancel_both"},
]


async def test_every_type_over_websocket(venue: VenueProcess) -> None:
    client, numbers = Collector(venue), itertools.count(1)
    await client.start()

    async def ask(method: str, **params: Any) -> dict[str, Any]:
        req_id = next(numbers)
        await client.send_message({"method": method, "params": params, "req_id": req_id})
        answer: dict[str, Any] = await client.first(lambda m: m.get("req_id") == req_id)
        return answer

    try:
        shared = {"symbol": "BTC/USD", "side": "buy", "order_qty": 0.01}
        for wanted in WS_TYPES:
            answer = await ask("add_order", **(shared | wanted), validate=True)
            far = "time_in_force" in wanted
            assert answer["success"] is not far, answer
            if far:
                assert answer["error"].startswith("EGeneral:Invalid arguments")
                continue
            answer = await ask("add_order", **(shared | wanted))
            assert answer["success"], answer
        assert (await ask("cancel_order", order_id=[answer["result"]["order_id"]]))["success"]
        assert (await ask("cancel_all"))["result"]["count"] == len(WS_TYPES) - 2
        orders = [{"side": "buy", "order_qty": 0.01} | wanted for wanted in WS_TYPES[2:5]]
        answer = await ask("batch_add", symbol="BTC/USD", orders=orders)
        ids = [row["order_id"] for row in answer["result"]]
        answer = await ask("amend_order", order_id=ids[0], order_qty=0.02)
        assert answer["result"]["order_id"] == ids[0]
        answer = await ask("edit_order", order_id=ids[1], symbol="BTC/USD", order_qty=0.03)
        assert answer["result"]["original_order_id"] == ids[1]
        ids[1] = answer["result"]["order_id"]
        assert (await ask("batch_cancel", orders=ids))["result"] == {"count": 3}
    finally:
        await client.close()
