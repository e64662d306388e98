"""Every order type with every time in force and post-only: both faces give the same verdict."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any

from app.domain.order import OrderType, TimeInForce
from tests.venue.gateways.conftest import Desk

TRIGGERS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "static": ({"triggers": {"price": 900000}}, {"price": "900000"}),
    "trail": ({"triggers": {"price": 5, "price_type": "pct"}}, {"price": "+5%"}),
}
ALL, RESTING = set(TimeInForce), {TimeInForce.GTC, TimeInForce.GTD}
TRIGGERED = {TimeInForce.GTC, TimeInForce.GTD, TimeInForce.IOC}
ALLOWED: dict[OrderType, set[TimeInForce]] = {
    OrderType.LIMIT: ALL,
    OrderType.ICEBERG: RESTING,
    OrderType.MARKET: {TimeInForce.GTC, TimeInForce.IOC},
    OrderType.STOP_LOSS: TRIGGERED,
    OrderType.STOP_LOSS_LIMIT: TRIGGERED,
    OrderType.TAKE_PROFIT: TRIGGERED,
    OrderType.TAKE_PROFIT_LIMIT: TRIGGERED,
    OrderType.TRAILING_STOP: TRIGGERED,
    OrderType.TRAILING_STOP_LIMIT: TRIGGERED,
}
POSTABLE = {kind for kind in ALLOWED if kind.limited}


def spelled(kind: OrderType, time: TimeInForce, *, post: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same order for WS and for REST."""
    ws: dict[str, Any] = {"order_type": str(kind), "side": "buy", "symbol": "BTC/USD", "order_qty": 0.01}
    rest: dict[str, Any] = {"ordertype": str(kind), "type": "buy", "pair": "XBTUSD", "volume": "0.01"}
    if kind.triggered:
        trigger = TRIGGERS["trail" if kind.trailing else "static"]
        ws, rest = ws | trigger[0], rest | trigger[1]
    if kind.limited:
        trails = kind is OrderType.TRAILING_STOP_LIMIT
        ws["limit_price"] = -10 if trails else 1000
        rest["price2" if kind.triggered else "price"] = "-10" if trails else "1000"
    if kind is OrderType.ICEBERG:
        ws, rest = ws | {"display_qty": 0.002}, rest | {"displayvol": "0.002"}
    ws, rest = ws | {"time_in_force": str(time)}, rest | {"timeinforce": time.upper()}
    if time is TimeInForce.GTD:
        ws, rest = ws | {"expire_time": "+60"}, rest | {"expiretm": "+60"}
    return (ws | {"post_only": True}, rest | {"oflags": "post"}) if post else (ws, rest)


async def test_types_times_and_post_only(desk: Desk) -> None:
    client, token = await desk.auth(), await desk.token()
    for kind, time, post in product(ALLOWED, TimeInForce, (False, True)):
        ws, rest = spelled(kind, time, post=post)
        first = await client.ask("add_order", **ws, validate=True, token=token)
        second = await desk.post("AddOrder", **rest, validate="true")
        verdict = first.get("error", "")
        assert verdict == "".join(second["error"]), (kind, time, post)
        fits = time in ALLOWED[kind] and not (post and (kind not in POSTABLE or time not in RESTING))
        assert (verdict == "") is fits, (kind, time, post, verdict)
        assert fits or verdict.startswith("EGeneral:Invalid arguments:"), verdict
        desk.clock.advance(s=2)


async def test_what_belongs_to_other_kinds_is_refused_alike(desk: Desk) -> None:
    client, token = await desk.auth(), await desk.token()
    changes: list[tuple[OrderType, dict[str, Any], dict[str, str]]] = [
        (OrderType.LIMIT, {"display_qty": 0.002}, {"displayvol": "0.002"}),
        (OrderType.ICEBERG, {"display_qty": 0.0005}, {"displayvol": "0.0005"}),
        (OrderType.LIMIT, {"margin": False, "reduce_only": True}, {"reduce_only": "true"}),
        (OrderType.LIMIT, {"expire_time": "+60"}, {"expiretm": "+60"}),
        (OrderType.LIMIT, {"effective_time": "+9999999"}, {"starttm": "+9999999"}),
        (OrderType.LIMIT, {"limit_price": 1000.05}, {"price": "1000.05"}),
        (OrderType.STOP_LOSS, {"limit_price": 1000}, {"price2": "1000"}),
        (OrderType.TRAILING_STOP, {"triggers": {"price": 150, "price_type": "pct"}, "side": "sell"}, {}),
        (OrderType.LIMIT, {"conditional": {"order_type": "market"}}, {"close[ordertype]": "market"}),
        (OrderType.LIMIT, {"conditional": {"order_type": "limit"}}, {"close[ordertype]": "limit"}),
    ]
    for kind, ws_change, rest_change in changes:
        ws, rest = spelled(kind, TimeInForce.GTC, post=False)
        first = await client.ask("add_order", **(ws | ws_change), token=token)
        assert first["success"] is False, (kind, ws_change)
        if rest_change:
            second = await desk.post("AddOrder", **(rest | rest_change))
            assert second["error"] == [first["error"]], (kind, ws_change)
    assert desk.venue.exchange.open_orders("practice") == []


async def test_fok_fills_all_or_nothing_on_both_faces(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk(levels=0)
    client, token = await desk.auth(), await desk.token()
    before = len(desk.venue.exchange.fills("practice"))
    for qty, filled in (("0.05", True), ("3", False)):
        ask: dict[str, Any] = {"order_type": "limit", "side": "buy", "symbol": "BTC/USD", "time_in_force": "fok"}
        answer = await client.ask("add_order", **ask, limit_price=64001, order_qty=float(qty), token=token)
        rest: dict[str, Any] = {
            "ordertype": "limit",
            "type": "buy",
            "pair": "XBTUSD",
            "timeinforce": "FOK",
            "price": "64001",
        }
        second = await desk.post("AddOrder", **rest, volume=qty)
        for order_id in (answer["result"]["order_id"], second["result"]["txid"][0]):
            row = (await desk.post("QueryOrders", txid=order_id))["result"][order_id]
            assert row["status"] == ("closed" if filled else "canceled")
            assert (row["vol_exec"] == row["vol"]) is filled
            assert filled or row["vol_exec"] == "0.00000000"
            assert row["time_in_force"] == "fok"
    assert len(desk.venue.exchange.fills("practice")) > before
