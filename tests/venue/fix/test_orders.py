"""Orders over FIX against the same exchange as WS and REST (`fix.md` §2)."""

from __future__ import annotations

import pytest

from tests.venue.fix.conftest import FixClient, Floor

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_order_lives_and_is_cancelled_on_both_faces(shared: Floor, client: FixClient) -> None:
    socket = await shared.executions()
    price = shared.price(1000)
    await client.send("D", shared.limit(1, price, "0.01", cl_ord_id="700077"))
    new = await client.expect("8", t150=0, t39=0, t11=700077, t14=0, t151="0.01", t44=price, t55="BTC/USD", t59=1)
    assert new[58] == f"buy 0.01 BTC/USD @ limit {price}"
    row = (await shared.row(socket, lambda frame: frame.get("type") == "update"))["data"][0]
    assert (row["cl_ord_id"], row["order_id"]) == ("700077", new[37])

    await client.send("F", [(11, 700078), (37, new[37]), (41, 700077), (54, 1), (55, "BTC/USD"), (60, client.now())])
    done = await client.expect("8", t150=4, t39=4, t11=700078, t41=700077, t37=new[37], t151=0)
    assert done[58] == "Order canceled by user"
    assert done[17] != new[17]
    await shared.row(socket, lambda frame: frame.get("data", [{}])[0].get("exec_type") == "canceled")
    assert [record["kind"] for record in shared.records(new[37])] == ["accepted", "canceled"]
    assert shared.records(new[37])[0]["source"] == "fix"


async def test_a_marketable_order_is_new_then_filled_with_the_ids_that_ws_shows(
    shared: Floor, client: FixClient
) -> None:
    socket = await shared.executions()
    await client.send("D", shared.limit(1, shared.ask(50), "0.01", cl_ord_id="700080"))
    new = await client.expect("8", t150=0, t39=0)
    fills = [await client.expect("8", t150="F")]
    while fills[-1][39] != "2":
        fills.append(await client.expect("8", t150="F"))
    wanted = [record for record in shared.truth("filled") if record["order_id"] == new[37]]
    assert [fill[1003] for fill in fills] == [record["exec_id"] for record in wanted]
    assert [fill[527] for fill in fills] == [str(record["trade_id"]) for record in wanted]
    assert fills[-1][151] == "0"
    assert fills[-1][14] == "0.01"
    assert fills[-1][5050] == "1"
    frame = await shared.row(socket, lambda frame: frame.get("data", [{}])[0].get("exec_type") == "trade")
    assert frame["data"][0]["exec_id"] == fills[0][1003]
    assert frame["data"][0]["liquidity_ind"] == "t"


async def test_a_cancel_over_rest_shows_on_fix(shared: Floor, client: FixClient) -> None:
    await client.send("D", shared.limit(2, shared.ask(1000), "0.01", cl_ord_id="700090"))
    new = await client.expect("8", t150=0)
    await shared.post("CancelOrder", txid=new[37])
    await client.expect("8", t150=4, t39=4, t11=new[11], t58="Order canceled by user")


async def test_refusals_of_the_exchange_come_as_business_rejects(shared: Floor, client: FixClient) -> None:
    await client.send("D", shared.limit(1, shared.price(1000), "1000", cl_ord_id="700100"))
    await client.expect("j", t45=0, t372="D", t379=700100, t380=0, t58="700100 : EOrder:Insufficient funds")
    await client.send("D", shared.limit(1, shared.price(1000), "0.01", (55, "FOO/BAR"), cl_ord_id="700101"))
    await client.expect("j", t380=2)
    await client.send("F", [(11, 700200), (37, "OAAAAA-BBBBB-CCCCCC"), (54, 1), (55, "BTC/USD"), (60, client.now())])
    await client.expect("j", t372="F", t379=700200, t380=101, t58="700200 : EOrder:Unknown order")
    await client.quiet()
