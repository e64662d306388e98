from __future__ import annotations

import json

import pytest

from app.protocol.ws2 import requests
from app.protocol.ws2.topics import EXECUTIONS, Topic


def test_cancels_and_the_timer() -> None:
    assert json.loads(requests.cancel_order("tok", 1, cl_ord_id="abc"))["params"] == {
        "token": "tok",
        "cl_ord_id": ["abc"],
    }
    assert json.loads(requests.cancel_order("tok", 1, order_id="O1"))["params"]["order_id"] == ["O1"]
    assert json.loads(requests.cancel_all("tok", 1))["params"] == {"token": "tok"}
    assert json.loads(requests.cancel_all_orders_after(0, "tok", 1))["params"] == {"timeout": 0, "token": "tok"}


def test_a_batch_of_cancels_names_orders_by_either_id() -> None:
    frame = requests.batch_cancel(["O1", "O2"], ["c"], "tok", 1)
    assert json.loads(frame) == {
        "method": "batch_cancel",
        "req_id": 1,
        "params": {"token": "tok", "orders": ["O1", "O2"], "cl_ord_id": ["c"]},
    }
    assert "cl_ord_id" not in json.loads(requests.batch_cancel(["O1", "O2"], [], "tok", 1))["params"]


@pytest.mark.parametrize(("orders", "clients"), [(["O1"], []), ([], ["a", "b"]), (["O"] * 51, [])])
def test_a_batch_of_cancels_that_the_venue_would_not_take_is_not_sent(orders: list[str], clients: list[str]) -> None:
    with pytest.raises(ValueError, match="names 2 to 50"):
        requests.batch_cancel(orders, clients, "tok", 1)


def test_subscriptions_say_their_parameters() -> None:
    level3 = Topic("level3", depth=100)
    assert json.loads(requests.subscribe(level3, ["BTC/USD"], 5, "tok"))["params"] == {
        "channel": "level3",
        "symbol": ["BTC/USD"],
        "depth": 100,
        "snapshot": True,
        "token": "tok",
    }
    assert json.loads(requests.subscribe(EXECUTIONS, [], 5, "tok"))["params"] == {
        "channel": "executions",
        "snap_orders": True,
        "snap_trades": True,
        "order_status": True,
        "ratecounter": True,
        "token": "tok",
    }
    ohlc = Topic("ohlc", interval=5)
    assert json.loads(requests.unsubscribe(ohlc, ["BTC/USD"], 5))["params"] == {
        "channel": "ohlc",
        "symbol": ["BTC/USD"],
        "interval": 5,
    }


def test_a_public_request_never_carries_a_token() -> None:
    assert b"tok" not in requests.subscribe(Topic("trade"), ["BTC/USD"], 1, "tok")


def test_a_ping_has_no_parameters() -> None:
    assert json.loads(requests.ping(101)) == {"method": "ping", "req_id": 101}
