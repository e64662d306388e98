"""Faults and states of the control endpoint."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.venue.gateways.conftest import Desk, WsClient

BUY: dict[str, Any] = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "63000", "volume": "0.01"}
WS_BUY: dict[str, Any] = {
    "order_type": "limit",
    "side": "buy",
    "limit_price": 1000,
    "order_qty": 0.01,
    "symbol": "BTC/USD",
}


async def book_reader(desk: Desk, depth: int = 1000) -> WsClient:
    client = await desk.public()
    await client.ask("subscribe", channel="book", symbol=["BTC/USD"], depth=depth)
    await client.data("book", "snapshot")
    return client


async def test_the_next_messages_of_a_channel_are_swallowed(desk: Desk) -> None:
    client = await book_reader(desk)
    await desk.fault(kind="drop", channel="book", symbol="BTC/USD", count=1)
    await desk.post("AddOrder", **BUY)
    await desk.post("AddOrder", **(BUY | {"price": "63000.1"}))
    assert (await client.data("book"))["data"][0]["bids"][0]["price"] == "63000.1"
    assert not (await desk.state())["faults"]["active"]


async def test_a_wrong_checksum_is_sent_once(desk: Desk) -> None:
    readers = (await book_reader(desk, 1000), await book_reader(desk, 500))
    best = (await desk.get("Ticker?pair=XBTUSD"))["result"]["XXBTZUSD"]["b"][0]
    await desk.fault(kind="corrupt", channel="book", count=1)
    for expected in (2, 1):
        await desk.post("AddOrder", **(BUY | {"price": best}))
        sums = {(await reader.data("book"))["data"][0]["checksum"] for reader in readers}
        assert len(sums) == expected


async def test_a_gap_in_the_sequence(desk: Desk) -> None:
    client, token = await desk.auth(), await desk.token()
    await client.ask("subscribe", channel="executions", token=token)
    await desk.fault(kind="gap", channel="executions")
    await client.send("add_order", **WS_BUY, token=token)
    assert (await client.data("executions", "snapshot"))["sequence"] == 1
    frame = await client.data("executions")
    assert (frame["sequence"], frame["data"][0]["exec_type"]) == (3, "new")


async def test_a_delayed_face_answers_later_and_in_order(desk: Desk) -> None:
    client = await desk.public()
    await desk.fault(kind="delay", face="public", ms=80)
    started = asyncio.get_running_loop().time()
    await client.send("ping", 1)
    await client.send("ping", 2)
    assert [(await client.receive())["req_id"] for _ in range(2)] == [1, 2]
    assert asyncio.get_running_loop().time() - started >= 0.08
    await desk.fault(kind="delay", face="public", ms=0)


@pytest.mark.parametrize(
    ("fields", "code"), [({"how": "now"}, None), ({"how": "now", "code": 1012}, 1012), ({"how": "mid_frame"}, None)]
)
async def test_connections_are_cut(desk: Desk, fields: dict[str, Any], code: int | None) -> None:
    client, other = await desk.public(), await desk.auth()
    await desk.fault(kind="cut", face="public", **fields)
    if fields["how"] == "mid_frame":
        await client.send("ping")
        with pytest.raises(ConnectionClosed):
            await client.receive()
    assert await client.closed() == code
    assert (await other.ask("ping"))["method"] == "pong"


async def test_a_connection_is_cut_after_so_many_bytes(desk: Desk) -> None:
    client = await desk.public()
    await desk.fault(kind="cut", face="public", how="after_bytes", bytes=200)
    await client.send("ping", 1)
    assert (await client.receive())["req_id"] == 1
    await client.send("ping", 2)
    with pytest.raises(ConnectionClosed):
        await client.receive()


async def test_silence_with_and_without_heartbeats(desk: Desk) -> None:
    client = await book_reader(desk)
    await desk.fault(kind="silence", face="public", heartbeats=True)
    await desk.post("AddOrder", **BUY)
    assert await client.receive() == {"channel": "heartbeat"}
    await desk.fault(kind="silence", face="public", heartbeats=False)
    await client.send("ping", 1)
    await desk.until(lambda: desk.venue.faults.silence != {})
    await desk.fault(kind="clear")
    await client.send("ping", 2)
    assert (await client.until(lambda frame: "req_id" in frame))["req_id"] == 2


async def test_new_connections_are_refused(desk: Desk) -> None:
    await desk.fault(kind="refuse", face="l3")
    with pytest.raises((OSError, EOFError, ConnectionClosed, Exception)) as caught:
        await desk.level3()
    assert not isinstance(caught.value, AssertionError)
    await desk.fault(kind="refuse", face="l3", on=False)
    await desk.level3()


async def test_an_order_is_booked_and_answered_with_a_gateway_error(desk: Desk) -> None:
    await desk.fault(kind="http", method="AddOrder", status=520)
    response = await desk.post_raw("AddOrder", **BUY)
    assert response.status_code == 520
    assert not response.text.startswith("{")
    assert len((await desk.post("OpenOrders"))["result"]["open"]) == 1


async def test_an_order_is_booked_and_never_answered(desk: Desk) -> None:
    client, token = await desk.auth(), await desk.token()
    await desk.fault(kind="unanswered", method="add_order")
    await client.send("add_order", 1, **WS_BUY, token=token)
    assert (await client.ask("ping"))["req_id"] == 1
    assert len(desk.venue.exchange.open_orders("practice")) == 1


async def test_tokens_expire_at_once(desk: Desk) -> None:
    client, token = await desk.auth(), await desk.token()
    await desk.fault(kind="expire_tokens")
    assert (await client.ask("add_order", **WS_BUY, token=token))["error"] == "ESession:Invalid session"
    assert (await client.ask("add_order", **WS_BUY, token=await desk.token()))["success"]


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("maintenance", "EService:Unavailable"),
        ("cancel_only", "EService:Market in cancel_only mode"),
        ("post_only", "EService:Market in post_only mode"),
    ],
)
async def test_modes_refuse_orders(desk: Desk, mode: str, error: str) -> None:
    await desk.fault(kind="mode", mode=mode)
    assert (await desk.get("SystemStatus"))["result"]["status"] == mode
    assert (await desk.post("AddOrder", **BUY))["error"] == [error]


async def test_state_names_connections_and_no_secrets(desk: Desk) -> None:
    client, token = await desk.auth(), await desk.token()
    await client.ask("subscribe", channel="executions", token=token)
    text = (await desk.http.get(f"{desk.venue.urls.control}/state")).text
    assert '"subscriptions":["executions"]' in text
    assert token not in text
    assert desk.key().api_secret not in text


@pytest.mark.parametrize(
    "body", ["", "[]", '{"kind":"x"}', '{"kind":"drop"}', '{"kind":"cut","face":"moon"}', '{"kind":"mode","mode":"x"}']
)
async def test_what_is_not_understood_is_refused(desk: Desk, body: str) -> None:
    response = await desk.http.post(f"{desk.venue.urls.control}/fault", content=body)
    assert response.status_code == 400
    assert response.json()["error"]
    assert not desk.venue.faults.active
