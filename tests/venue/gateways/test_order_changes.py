"""Amends, edits, batches and batch cancels over WS v2 and REST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.venue.gateways.conftest import Desk, Frame, WsClient

Fields = dict[str, Any]
LIMIT: Fields = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "1000", "volume": "0.01"}
STOP: Fields = LIMIT | {"ordertype": "stop-loss-limit", "price": "900000", "price2": "910000"}
TRAIL: Fields = LIMIT | {"ordertype": "trailing-stop-limit", "price": "+5%", "price2": "+10"}
NOT_EDITABLE = "EGeneral:Invalid arguments:order is not editable"
ICEBERG: Fields = LIMIT | {"ordertype": "iceberg", "displayvol": "0.002"}
WS_LIMIT: Fields = {"order_type": "limit", "side": "buy", "limit_price": 1000, "order_qty": 0.01}


async def placed(desk: Desk, fields: Fields) -> str:
    answer = await desk.post("AddOrder", **fields)
    assert answer["error"] == [], answer
    order_id: str = answer["result"]["txid"][0]
    return order_id


async def connected(desk: Desk) -> tuple[WsClient, str]:
    return await desk.auth(), await desk.token()


async def listed(desk: Desk, order_id: str) -> Fields:
    row: Fields = (await desk.post("QueryOrders", txid=order_id))["result"][order_id]
    return row


Ask = Callable[[Fields], Awaitable[str]]


async def amender(desk: Desk, face: str) -> Ask:
    """Amend by a face; answers with the error, or with nothing."""
    if face == "rest":

        async def by_rest(fields: Fields) -> str:
            renamed = {"txid" if name == "order_id" else name: value for name, value in fields.items()}
            answer = await desk.post("AmendOrder", **renamed)
            return "".join(answer["error"])

        return by_rest
    client, token = await connected(desk)

    async def by_ws(fields: Fields) -> str:
        sent = {name: as_number(value) for name, value in fields.items()}
        answer = await client.ask("amend_order", **sent, token=token)
        assert answer["success"] is ("amend_id" in answer.get("result", {}))
        return str(answer.get("error", ""))

    return by_ws


def as_number(value: str) -> Any:
    return float(value) if value.replace(".", "", 1).replace("-", "", 1).isdigit() else value


@pytest.mark.parametrize("face", ["ws", "rest"])
async def test_every_amendable_field_is_amended(desk: Desk, face: str) -> None:
    amend = await amender(desk, face)
    limit, iceberg, stop = await placed(desk, LIMIT), await placed(desk, ICEBERG), await placed(desk, STOP)
    assert await amend({"order_id": limit, "limit_price": "1100", "order_qty": "0.02"}) == ""
    row = await listed(desk, limit)
    assert (row["vol"], row["descr"]["price"], row["amended"]) == ("0.02000000", "1100.0", True)
    assert await amend({"order_id": iceberg, "display_qty": "0.003"}) == ""
    states = (await desk.post("OrderAmends", order_id=iceberg))["result"]["amends"]
    assert [state["display_qty"] for state in states] == ["0.00200000", "0.00300000"]
    assert await amend({"order_id": stop, "trigger_price": "910000", "limit_price": "920000"}) == ""
    assert (await listed(desk, stop))["descr"]["order"].endswith("stop loss 910000.0 -> limit 920000.0")
    states = (await desk.post("OrderAmends", order_id=stop))["result"]
    assert states["count"] == 2
    first, second = states["amends"]
    assert (first["amend_type"], first["trigger_price"], first["limit_price"]) == ("original", "900000.0", "910000.0")
    assert (second["amend_type"], second["trigger_price"], second["reason"]) == ("user", "910000.0", "User requested")
    assert len(str(second["timestamp"])) == 19


@pytest.mark.parametrize("face", ["ws", "rest"])
async def test_offsets_are_amended_as_offsets(desk: Desk, face: str) -> None:
    amend = await amender(desk, face)
    trail, stop = await placed(desk, TRAIL), await placed(desk, STOP)
    change = {
        "ws": {"trigger_price": "2", "trigger_price_type": "pct", "limit_price": "-5"},
        "rest": {"trigger_price": "+2%", "limit_price": "-5"},
    }
    assert await amend({"order_id": trail} | change[face]) == ""
    assert (await listed(desk, trail))["descr"]["order"].endswith("trailing stop +2.0000% -> limit -5.0")
    change = {"ws": {"trigger_price": "6", "trigger_price_type": "pct"}, "rest": {"trigger_price": "+6%"}}
    assert await amend({"order_id": stop} | change[face]) == ""
    assert (await listed(desk, stop))["descr"]["price"] == "+6.0%"


@pytest.mark.parametrize(
    ("face", "fields", "error"),
    [
        ("ws", {"order_qty": "0.02"}, "EGeneral:Invalid arguments:exactly one of order_id and cl_ord_id is needed"),
        ("rest", {"order_qty": "0.02"}, "EGeneral:Invalid arguments:txid"),
        ("ws", {"order_id": "O", "cl_ord_id": "a"}, "EGeneral:Invalid arguments:exactly one of"),
        ("ws", {"order_id": "OAAAAA-AAAAA-AAAAAA"}, "EGeneral:Invalid arguments:nothing to amend"),
        ("rest", {"order_id": "OAAAAA-AAAAA-AAAAAA"}, "EGeneral:Invalid arguments"),
        ("ws", {"order_id": "OAAAAA-AAAAA-AAAAAA", "order_qty": "1"}, "EOrder:Unknown order"),
        ("rest", {"order_id": "OAAAAA-AAAAA-AAAAAA", "order_qty": "1"}, "EOrder:Unknown order"),
        ("rest", {"order_id": "OAAAAA-AAAAA-AAAAAA", "limit_price": "#5"}, "EGeneral:Invalid arguments:limit_price"),
        ("ws", {"cl_ord_id": "gone", "limit_price": "5", "limit_price_type": "far"}, "limit_price_type"),
    ],
)
async def test_a_bad_amend_is_refused(desk: Desk, face: str, fields: Fields, error: str) -> None:
    assert error in await (await amender(desk, face))(fields)


async def test_a_batch_takes_what_is_valid_and_fails_what_lacks_funds(desk: Desk) -> None:
    client, token = await connected(desk)
    orders = [
        WS_LIMIT | {"cl_ord_id": "one"},
        WS_LIMIT | {"order_userref": 7, "order_qty": 900},
        WS_LIMIT | {"no_mpp": True, "conditional": {"order_type": "limit", "limit_price": 2000}},
    ]
    answer = await client.ask("batch_add", symbol="BTC/USD", orders=orders, token=token)
    first, second, third = answer["result"]
    assert (set(first), first["cl_ord_id"]) == ({"order_id", "cl_ord_id"}, "one")
    assert second == {"error": "EOrder:Insufficient funds", "order_userref": 7}
    assert third["warnings"] == ["no_mpp is deprecated"]
    assert len(desk.venue.exchange.open_orders("practice")) == 2


async def test_a_rest_batch_is_json_and_tells_each_order(desk: Desk) -> None:
    order = {name: value for name, value in LIMIT.items() if name != "pair"}
    closing = order | {"close": {"ordertype": "stop-loss-limit", "price": "900", "price2": "890"}}
    answer = await desk.post_json("AddOrderBatch", pair="XBTUSD", orders=[order, closing, order | {"volume": "900"}])
    first, second, third = answer["result"]["orders"]
    assert first["descr"] == {"order": "buy 0.01000000 XBTUSD @ limit 1000.0"}
    assert second["close"] == "close position @ stop loss 900.0 -> limit 890.0"
    assert third == {"error": "EOrder:Insufficient funds"}
    checked = await desk.post_json("AddOrderBatch", pair="XBTUSD", orders=[order, order], validate=True)
    assert [set(row) for row in checked["result"]["orders"]] == [{"descr"}, {"descr"}]
    assert len(desk.venue.exchange.open_orders("practice")) == 2


@pytest.mark.parametrize(
    ("orders", "error"),
    [
        ([], "EGeneral:Invalid arguments:orders"),
        ([WS_LIMIT], "EGeneral:Invalid arguments:orders"),
        ([WS_LIMIT] * 16, "EGeneral:Invalid arguments:orders"),
        ([WS_LIMIT, WS_LIMIT | {"symbol": "BTC/USD"}], "Unsupported field: 'symbol' for the given msg type: batch_add"),
        ([WS_LIMIT, WS_LIMIT | {"limit_price": "1000"}], "Limit_price field must be a number_float"),
        ([WS_LIMIT, WS_LIMIT | {"limit_price": 1000.05}], "EOrder:Tick size check failed"),
        ([WS_LIMIT | {"cl_ord_id": "a"}] * 2, "EGeneral:Invalid arguments:cl_ord_id"),
        ("many", "Orders field must be an array"),
    ],
)
async def test_a_batch_with_a_bad_order_places_nothing(desk: Desk, orders: Any, error: str) -> None:
    client, token = await connected(desk)
    assert (await client.ask("batch_add", symbol="BTC/USD", orders=orders, token=token))["error"] == error
    assert desk.venue.exchange.open_orders("practice") == []


async def test_edits_replace_an_order_and_keep_what_they_do_not_name(desk: Desk) -> None:
    client, token = await connected(desk)
    old = await placed(desk, STOP | {"userref": 5})
    answer = await client.ask("edit_order", order_id=old, symbol="BTC/USD", order_qty=0.02, token=token)
    new = answer["result"]["order_id"]
    assert answer["result"]["original_order_id"] == old != new
    row = await listed(desk, new)
    assert (row["vol"], row["descr"]["price"], row["descr"]["price2"]) == ("0.02000000", "900000.0", "910000.0")
    answer = await desk.post("EditOrder", pair="XBTUSD", txid=new, price="920000", price2="930000", userref=9)
    result = answer["result"]
    assert (result["status"], result["originaltxid"], result["newuserref"]) == ("ok", new, "9")
    assert (result["price"], result["price2"], result["orders_cancelled"]) == ("920000.0", "930000.0", 1)
    by_tag = (await desk.post("EditOrder", pair="XBTUSD", txid="9", volume="0.03"))["result"]
    assert (by_tag["originaltxid"], by_tag["olduserref"], by_tag["volume"]) == (result["txid"], "9", "0.03000000")
    checked = (await desk.post("EditOrder", pair="XBTUSD", txid=by_tag["txid"], volume="0.04", validate="1"))["result"]
    assert (checked["orders_cancelled"], "txid" in checked) == (0, False)
    assert [order.order_id for order in desk.venue.exchange.open_orders("practice")] == [by_tag["txid"]]


@pytest.mark.parametrize("face", ["ws", "rest"])
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (LIMIT | {"cl_ord_id": "mine"}, NOT_EDITABLE),
        (
            LIMIT | {"close[ordertype]": "limit", "close[price]": "2000"},
            NOT_EDITABLE,
        ),
        (None, "EOrder:Unknown order"),
    ],
)
async def test_what_cannot_be_edited_says_so(desk: Desk, face: str, fields: Fields | None, error: str) -> None:
    order_id = await placed(desk, fields) if fields else "OAAAAA-AAAAA-AAAAAA"
    if face == "rest":
        assert (await desk.post("EditOrder", pair="XBTUSD", txid=order_id, volume="0.02"))["error"] == [error]
        return
    client, token = await connected(desk)
    answer = await client.ask("edit_order", order_id=order_id, symbol="BTC/USD", order_qty=0.02, token=token)
    assert answer["error"] == error


async def test_batch_cancels_count_what_they_found(desk: Desk) -> None:
    client, token = await connected(desk)
    ids = [await placed(desk, LIMIT | more) for more in ({}, {"userref": 4}, {"userref": 4}, {"cl_ord_id": "x"})]
    answer = await client.ask("batch_cancel", orders=[ids[0], "4", "OAAAAA-AAAAA-AAAAAA"], token=token)
    assert (answer["result"], answer["orders_cancelled"]) == ({"count": 3}, 3)
    more = [await placed(desk, LIMIT | {"userref": 8}), await placed(desk, LIMIT)]
    cancelled = await desk.post_json("CancelOrderBatch", orders=[8, {"txid": more[1]}, {"cl_ord_id": "x"}])
    assert cancelled["result"] == {"count": 3}
    names = [LIMIT | {"cl_ord_id": name} for name in ("y", "z")]
    for fields in names:
        await placed(desk, fields)
    assert (await desk.post_json("CancelOrderBatch", cl_ord_ids=["y", "z"]))["result"] == {"count": 2}
    assert desk.venue.exchange.open_orders("practice") == []


async def test_batch_cancels_have_bounds(desk: Desk) -> None:
    client, token = await connected(desk)

    async def ws(**lists: list[str]) -> Frame:
        return await client.ask("batch_cancel", **lists, token=token)

    many = [f"O{number:05d}-AAAAA-AAAAAA" for number in range(51)]
    assert (await ws(orders=many[:1]))["error"] == "EGeneral:Invalid arguments:orders"
    assert (await ws(orders=many))["error"] == "EGeneral:Invalid arguments:orders"
    assert (await ws(orders=many[:50]))["result"] == {"count": 0}
    assert (await ws(cl_ord_id=["a", "b"]))["result"] == {"count": 0}
    assert (await desk.post_json("CancelOrderBatch", orders=many))["error"] == ["EGeneral:Invalid arguments:orders"]
    assert (await desk.post_json("CancelOrderBatch"))["error"] == ["EGeneral:Invalid arguments:orders"]
    assert (await desk.post_json("CancelOrderBatch", orders=[{}]))["error"] == ["EGeneral:Invalid arguments:orders"]


@pytest.mark.parametrize("method", ["AddOrderBatch", "EditOrder", "CancelOrderBatch", "AddOrder", "AmendOrder"])
async def test_a_key_that_may_only_look_changes_nothing(desk: Desk, method: str) -> None:
    assert (await desk.post(method, "viewer", **LIMIT))["error"] == ["EGeneral:Permission denied"]


async def test_deprecated_fields_are_taken_with_a_warning(desk: Desk) -> None:
    client, token = await connected(desk)
    order = {"order_type": "stop-loss", "side": "buy", "order_qty": 0.01, "symbol": "BTC/USD"}
    answer = await client.ask("add_order", **order, stop_price=900000, trigger="index", token=token)
    assert answer["result"]["warnings"] == [
        "stop_price is deprecated, use triggers.price",
        "trigger is deprecated use triggers.reference",
    ]
