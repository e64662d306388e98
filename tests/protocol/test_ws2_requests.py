from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.order import OrderRequest, OrderType, Side, TimeInForce
from app.protocol.ws2 import requests
from app.protocol.ws2.topics import EXECUTIONS, Topic

AT = 1_700_000_000_123_456_789


def limit(qty: str = "1.2", price: str | None = "26500.4", **more: object) -> OrderRequest:
    values: dict[str, object] = {
        "cl_ord_id": "2c6be801-1f53-4f79-a0bb-4ea1c95dfae9",
        "symbol": "BTC/USD",
        "side": Side.BUY,
        "order_type": OrderType.LIMIT,
        "qty": Decimal(qty),
        "limit_price": None if price is None else Decimal(price),
    }
    return OrderRequest(**{**values, **more})  # type: ignore[arg-type]


def test_a_limit_order_on_the_wire() -> None:
    order = limit(post_only=True, deadline_ns=AT)
    assert json.loads(requests.add_order(order, "tok", 7)) == {
        "method": "add_order",
        "req_id": 7,
        "params": {
            "order_type": "limit",
            "side": "buy",
            "symbol": "BTC/USD",
            "order_qty": 1.2,
            "limit_price": 26500.4,
            "time_in_force": "gtc",
            "post_only": True,
            "cl_ord_id": "2c6be801-1f53-4f79-a0bb-4ea1c95dfae9",
            "deadline": "2023-11-14T22:13:20.123Z",
            "token": "tok",
        },
    }


def test_a_market_order_has_no_price_and_no_post_only() -> None:
    order = limit(price=None, order_type=OrderType.MARKET, time_in_force=TimeInForce.IOC)
    params = json.loads(requests.add_order(order, "tok", 1))["params"]
    assert "limit_price" not in params
    assert "post_only" not in params
    assert params["time_in_force"] == "ioc"


@pytest.mark.parametrize(
    ("qty", "text"), [("1E-8", "0.00000001"), ("5E+3", "5000"), ("0.10000000", "0.10000000"), ("28440", "28440")]
)
def test_numbers_keep_their_digits_and_never_get_an_exponent(qty: str, text: str) -> None:
    assert f'"order_qty":{text},'.encode() in requests.add_order(limit(qty), "tok", 1)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("1e-18"), max_value=Decimal("1e18")))
def test_a_number_survives_the_wire_exactly(value: Decimal) -> None:
    text = bytes(requests.number(value)).decode()
    assert "e" not in text.lower()
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal) == value


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_not_sent(value: str) -> None:
    with pytest.raises(ValueError, match="can't be sent"):
        requests.number(Decimal(value))


@pytest.mark.parametrize(
    "order",
    [
        limit(order_type=OrderType.STOP_LOSS),
        limit(price=None),
        limit(order_type=OrderType.MARKET),
        limit(time_in_force=TimeInForce.GTD),
    ],
)
def test_an_order_that_the_wire_cannot_carry_is_refused_before_it(order: OrderRequest) -> None:
    with pytest.raises(ValueError, match=r"can't be sent yet|don't go together"):
        requests.add_order(order, "tok", 1)


def test_an_amend_names_one_order_and_only_what_changes() -> None:
    frame = requests.amend_order("tok", 3, cl_ord_id="abc", limit_price=Decimal(490795))
    assert json.loads(frame)["params"] == {"token": "tok", "cl_ord_id": "abc", "limit_price": 490795}
    frame = requests.amend_order("tok", 3, order_id="OAIYAU-LGI3M-PFM5VW", qty=Decimal("1.2"), post_only=True)
    assert json.loads(frame)["params"] == {
        "token": "tok",
        "order_id": "OAIYAU-LGI3M-PFM5VW",
        "order_qty": 1.2,
        "post_only": True,
    }


def test_cancels_and_the_timer() -> None:
    assert json.loads(requests.cancel_order("tok", 1, cl_ord_id="abc"))["params"] == {
        "token": "tok",
        "cl_ord_id": ["abc"],
    }
    assert json.loads(requests.cancel_order("tok", 1, order_id="O1"))["params"]["order_id"] == ["O1"]
    assert json.loads(requests.cancel_all("tok", 1))["params"] == {"token": "tok"}
    assert json.loads(requests.cancel_all_orders_after(0, "tok", 1))["params"] == {"timeout": 0, "token": "tok"}


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
