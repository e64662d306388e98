"""Every order type and flag over WS v2 and REST: both mean the same order at the exchange."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.venue.core.api import Order
from tests.venue.gateways.conftest import Desk, Frame

START_S = 1_700_000_000
IN_A_MINUTE = "2023-11-14T22:14:20Z"


@dataclass(frozen=True)
class Case:
    """One order in the words of both faces; sizes are 0.01 buys unless it says otherwise."""

    ws: dict[str, Any]
    rest: dict[str, Any]
    side: str = "buy"
    qty: str | None = "0.01"

    def ws_params(self) -> dict[str, Any]:
        size = {} if self.qty is None else {"order_qty": float(self.qty)}
        return {"symbol": "BTC/USD", "side": self.side} | size | self.ws

    def rest_params(self) -> dict[str, Any]:
        size = {} if self.qty is None else {"volume": self.qty}
        return {"pair": "XBTUSD", "type": self.side} | size | self.rest


def both(order_type: str, ws: dict[str, Any], rest: dict[str, Any], **more: Any) -> Case:
    return Case({"order_type": order_type} | ws, {"ordertype": order_type} | rest, **more)


LIMIT_WS, LIMIT_REST = {"limit_price": 1000.0}, {"price": "1000.0"}


def limit(ws: dict[str, Any], rest: dict[str, Any], **more: Any) -> Case:
    return both("limit", LIMIT_WS | ws, LIMIT_REST | rest, **more)


def trigger(price: float, kind: str = "static", reference: str = "last") -> dict[str, Any]:
    return {"triggers": {"price": price, "price_type": kind, "reference": reference}}


CASES = {
    "limit": limit({}, {}),
    "post-only": limit({"post_only": True}, {"oflags": "post"}),
    "fee in base": limit({"fee_preference": "base"}, {"oflags": "fcib"}),
    "fee in quote": limit({"fee_preference": "quote"}, {"oflags": "fciq"}),
    "cancel oldest": limit({"stp_type": "cancel_oldest"}, {"stptype": "cancel-oldest"}),
    "cancel both": limit({"stp_type": "cancel_both"}, {"stptype": "cancel-both"}),
    "client id": limit({"cl_ord_id": "mine"}, {"cl_ord_id": "mine"}),
    "tag": limit({"order_userref": -7}, {"userref": "-7"}),
    "ioc": limit({"time_in_force": "ioc"}, {"timeinforce": "IOC"}),
    "fok": limit({"time_in_force": "fok"}, {"timeinforce": "FOK"}),
    "gtd": limit({"time_in_force": "gtd", "expire_time": IN_A_MINUTE}, {"timeinforce": "GTD", "expiretm": "+60"}),
    "gtd at a unix time": limit(
        {"time_in_force": "gtd", "expire_time": "+60"}, {"timeinforce": "GTD", "expiretm": str(START_S + 60)}
    ),
    "scheduled": limit({"effective_time": IN_A_MINUTE}, {"starttm": "+60"}),
    "deadline": limit({"deadline": "2023-11-14T22:13:25Z"}, {"deadline": "2023-11-14T22:13:25Z"}),
    "iceberg": both("iceberg", LIMIT_WS | {"display_qty": 0.001}, LIMIT_REST | {"displayvol": "0.001"}),
    "stop-loss": both("stop-loss", trigger(900000), {"price": "900000"}),
    "stop-loss on index": both(
        "stop-loss", trigger(900000, reference="index"), {"price": "900000", "trigger": "index"}
    ),
    "stop-loss by percent": both("stop-loss", trigger(5, "pct"), {"price": "+5%"}),
    "stop-loss by auto sign": both("stop-loss", trigger(5, "pct"), {"price": "#5%"}),
    "sell stop by auto sign": both("stop-loss", trigger(-150, "quote"), {"price": "#150"}, side="sell"),
    "stop-loss-limit": both(
        "stop-loss-limit", {"limit_price": 910000} | trigger(900000), {"price": "900000", "price2": "910000"}
    ),
    "take-profit": both("take-profit", trigger(1000), {"price": "1000"}),
    "take-profit by auto sign": both("take-profit", trigger(-2, "pct"), {"price": "#2%"}),
    "limit past the trigger by auto sign": both(
        "take-profit-limit",
        {"limit_price": 1020} | trigger(1000),
        {"price": "1000", "price2": "1020"},
    ),
    "take-profit-limit": both(
        "take-profit-limit", {"limit_price": 1001} | trigger(1000), {"price": "1000", "price2": "1001"}
    ),
    "trailing-stop": both("trailing-stop", trigger(5, "pct"), {"price": "+5%"}),
    "trailing-stop in quote": both("trailing-stop", trigger(500.5, "quote"), {"price": "+500.5"}, side="sell"),
    "trailing-stop-limit": both(
        "trailing-stop-limit", {"limit_price": 0} | trigger(5, "pct"), {"price": "+5%", "price2": "+0"}
    ),
    "trailing-stop-limit by percent": both(
        "trailing-stop-limit",
        {"limit_price": -1, "limit_price_type": "pct"} | trigger(50, "quote"),
        {"price": "+50", "price2": "-1%"},
        side="sell",
    ),
    "stop in the old words": both(
        "stop-loss", {"stop_price": 900000, "trigger": "index"}, {"price": "900000", "trigger": "index"}
    ),
    "market": both("market", {}, {}, qty="0.0001"),
    "market in quote": both("market", {"cash_order_qty": 50}, {"volume": "50", "oflags": "viqc"}, qty=None),
    "margin": limit({"margin": True}, {"leverage": "5"}),
    "close at a limit": limit(
        {"conditional": {"order_type": "limit", "limit_price": 1100}},
        {"close[ordertype]": "limit", "close[price]": "1100"},
    ),
    "close by stop": limit(
        {"conditional": {"order_type": "stop-loss-limit", "trigger_price": 900, "limit_price": 890}},
        {"close[ordertype]": "stop-loss-limit", "close[price]": "900", "close[price2]": "890"},
    ),
    "close by relative stop": limit(
        {"conditional": {"order_type": "stop-loss", "trigger_price": -5, "trigger_price_type": "pct"}},
        {"close[ordertype]": "stop-loss", "close[price]": "#5%"},
    ),
    "close by trailing stop": limit(
        {
            "conditional": {
                "order_type": "trailing-stop-limit",
                "trigger_price": 5,
                "trigger_price_type": "pct",
                "limit_price": -10,
            }
        },
        {"close[ordertype]": "trailing-stop-limit", "close[price]": "+5%", "close[price2]": "-10"},
    ),
}


def told(order: Order) -> Order:
    """What an order means, without what differs by the moment and the road."""
    copy = replace(order, order_id="", source="", trades=(), cost=0, fee=0, filled=0)
    for name in ("created_ns", "changed_ns", "queued_ns", "closed_ns", "changed_mono_ns"):
        setattr(copy, name, 0)
    return copy


async def by_ws(desk: Desk, params: dict[str, Any]) -> tuple[Order, Frame]:
    client = await desk.auth()
    answer = await client.ask("add_order", **params, token=await desk.token())
    assert answer["success"], answer
    order = desk.venue.exchange.find_order("practice", answer["result"]["order_id"])
    assert order is not None
    return order, answer["result"]


async def by_rest(desk: Desk, params: dict[str, Any]) -> tuple[Order, Frame]:
    answer = await desk.post("AddOrder", **params)
    assert answer["error"] == [], answer
    order = desk.venue.exchange.find_order("practice", answer["result"]["txid"][0])
    assert order is not None
    return order, answer["result"]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_both_faces_mean_the_same_order(desk: Desk, case: Case) -> None:
    first, _ = await by_ws(desk, case.ws_params())
    if not first.closed_ns:
        desk.venue.exchange.cancel_order("practice", order_id=first.order_id)
    second, _ = await by_rest(desk, case.rest_params())
    assert told(first) == told(second)
    assert (first.source, second.source) == ("ws", "rest")


async def test_a_validated_order_is_described_and_not_placed(desk: Desk) -> None:
    client, token = await desk.auth(), await desk.token()
    for name, case in CASES.items():
        answer = await client.ask("add_order", **case.ws_params(), validate=True, token=token)
        assert answer["success"], (name, answer)
        assert "order_id" not in answer["result"]
        answer = await desk.post("AddOrder", **case.rest_params(), validate="True")
        assert set(answer["result"]) == {"descr"}, (name, answer)
    assert desk.venue.exchange.open_orders("practice") == []
