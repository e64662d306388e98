"""ccxt places, edits, batches and cancels the kinds of order that it knows, over REST."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interop.ccxt_client import credentials, point
from tests.interop.conftest import VenueProcess

ccxt = pytest.importorskip("ccxt", reason="ccxt is not installed: pip install '.[interop]'")

pytestmark = pytest.mark.interop
SYMBOL = "BTC/USD"
ETHER = "ETH/USD"
"""For what would cost too many points on one pair."""

TYPES: dict[str, tuple[str, float | None, dict[str, Any], str]] = {
    "limit": ("limit", 1000, {}, "limit"),
    "post-only": ("limit", 1000, {"postOnly": True}, "limit"),
    "client id": ("limit", 1000, {"clientOrderId": "ccxt-order"}, "limit"),
    "gtd": ("limit", 1000, {"timeInForce": "GTD", "expiretm": "+60"}, "limit"),
    "margin": ("limit", 1000, {"leverage": 3}, "limit"),
    "iceberg": ("iceberg", None, {"price": "1000", "displayvol": "0.002"}, "iceberg"),
    "stop-loss": ("market", None, {"stopLossPrice": 900000}, "stop-loss"),
    "stop-loss-limit": ("limit", 910000, {"stopLossPrice": 900000}, "stop-loss-limit"),
    "take-profit": ("market", None, {"takeProfitPrice": 1000}, "take-profit"),
    "take-profit-limit": ("limit", 1001, {"takeProfitPrice": 1000}, "take-profit-limit"),
    "trailing by percent": ("market", None, {"trailingPercent": "5"}, "trailing-stop"),
    "trailing by amount": ("market", None, {"trailingAmount": "500"}, "trailing-stop"),
    "trailing to a limit": (
        "limit",
        None,
        {"trailingPercent": "5", "trailingLimitPercent": "1"},
        "trailing-stop-limit",
    ),
    "close": ("limit", 1000, {"close": {"ordertype": "stop-loss-limit", "price": 900, "price2": 890}}, "limit"),
}


@pytest.fixture(scope="module")
def client(venue: VenueProcess) -> Any:
    made = point(ccxt.kraken(credentials(venue)), venue)
    made.load_markets()
    return made


def test_every_type_is_placed_seen_and_cancelled(client: Any) -> None:
    ids: dict[str, str] = {}
    for name, (kind, price, params, _) in TYPES.items():
        ids[name] = client.create_order(SYMBOL, kind, "buy", 0.01, price, params)["id"]
    seen = {row["id"]: row for row in client.fetch_orders_by_ids(list(ids.values()), SYMBOL)}
    for name, order_id in ids.items():
        row = seen[order_id]
        found = (row["status"], row["info"]["descr"]["ordertype"], row["amount"])
        assert found == ("open", TYPES[name][3], 0.01), name
    client.cancel_order(ids["limit"], SYMBOL)
    client.cancel_all_orders()
    assert {row["status"] for row in client.fetch_orders_by_ids(list(ids.values()), SYMBOL)} == {"canceled"}


def test_cost_ioc_and_fok(client: Any) -> None:
    bought = client.create_market_buy_order_with_cost(SYMBOL, 50)
    assert client.fetch_order(bought["id"], SYMBOL)["status"] == "closed"
    for time_in_force in ("IOC", "FOK"):
        order = client.create_order(SYMBOL, "limit", "buy", 0.01, 1000, {"timeInForce": time_in_force})
        assert client.fetch_order(order["id"], SYMBOL)["status"] == "canceled"


def test_edit_batch_and_batch_cancel(client: Any) -> None:
    wanted = [
        {"symbol": SYMBOL, "type": "limit", "side": "buy", "amount": 0.01, "price": 1000 + step, "params": {}}
        for step in range(3)
    ]
    ids = [order["id"] for order in client.create_orders(wanted)]
    assert len(set(ids)) == 3
    client.edit_order(ids[0], SYMBOL, "limit", "buy", 0.02, 999)
    edited = client.fetch_order(ids[0], SYMBOL)
    assert (edited["amount"], edited["price"]) == (0.02, 999.0)
    stop = client.create_order(SYMBOL, "market", "buy", 0.01, None, {"stopLossPrice": 900000})
    client.edit_order(stop["id"], SYMBOL, "market", "buy", None, None, {"stopLossPrice": 910000})
    assert client.fetch_order(stop["id"], SYMBOL)["info"]["stopprice"] == "910000.0"
    client.cancel_orders([*ids, stop["id"]])
    assert client.fetch_open_orders(SYMBOL) == []


def test_a_batch_takes_every_kind_that_the_client_can_say(client: Any) -> None:
    names = ("post-only", "stop-loss", "stop-loss-limit", "take-profit", "trailing by percent", "close")
    wanted = [
        {"symbol": ETHER, "type": TYPES[name][0], "side": "buy", "amount": 0.01, "price": TYPES[name][1]}
        | {"params": dict(TYPES[name][2])}
        for name in names
    ]
    ids = [order["id"] for order in client.create_orders(wanted)]
    seen = {row["id"]: row for row in client.fetch_orders_by_ids(ids, ETHER)}
    assert [seen[order_id]["info"]["descr"]["ordertype"] for order_id in ids] == [TYPES[name][3] for name in names]
    client.cancel_orders(ids)
    assert client.fetch_open_orders(ETHER) == []


@pytest.mark.parametrize("name", ["limit", "post-only", "gtd", "iceberg", "client id"])
def test_every_kind_with_a_limit_is_edited_in_place(client: Any, name: str) -> None:
    kind, price, params, venue_kind = TYPES[name]
    order_id = client.create_order(SYMBOL, kind, "buy", 0.01, price, params)["id"]
    client.edit_order(order_id, SYMBOL, "limit", "buy", 0.02, 999)
    edited = client.fetch_order(order_id, SYMBOL)
    assert (edited["amount"], edited["price"], edited["status"]) == (0.02, 999.0, "open")
    assert edited["info"]["descr"]["ordertype"] == venue_kind
    client.cancel_all_orders()


def test_each_fill_makes_its_exit(client: Any) -> None:
    close = {"close": {"ordertype": "limit", "price": 900000}}
    parent = client.create_order(SYMBOL, "market", "buy", 0.001, None, close)["id"]
    exits = [row for row in client.fetch_open_orders(SYMBOL) if row["info"]["refid"] == parent]
    assert exits
    assert {(row["side"], row["price"]) for row in exits} == {("sell", 900000.0)}
    assert sum(row["amount"] for row in exits) == pytest.approx(0.001)
    client.cancel_all_orders()


def test_refusals_raise_their_own_exceptions(client: Any) -> None:
    with pytest.raises(ccxt.OrderNotFound):
        client.cancel_order("OAAAAA-AAAAA-AAAAAA", SYMBOL)
    with pytest.raises(ccxt.InsufficientFunds):
        client.create_order(SYMBOL, "limit", "buy", 1000, 1000)
    with pytest.raises(ccxt.InvalidOrder):
        client.create_order(SYMBOL, "market", "buy", 0.01, None, {"trailingPercent": "0"})


def test_positions_and_ledger(client: Any) -> None:
    client.create_order(SYMBOL, "market", "buy", 0.01, None, {"leverage": 2})
    held = client.fetch_positions()
    assert [(row["symbol"], row["side"]) for row in held] == [(SYMBOL, "long")]
    client.create_order(SYMBOL, "market", "sell", 0.01, None, {"leverage": 2, "reduceOnly": True})
    assert client.fetch_positions() == []
    assert {row["type"] for row in client.fetch_ledger()} >= {"trade", "margin"}
