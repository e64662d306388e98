"""Orders over FIX against the same exchange as WS and REST (`fix.md` §2)."""

from __future__ import annotations

from tests.venue.fix.conftest import Floor


async def test_an_order_lives_and_is_cancelled_on_both_faces(floor: Floor) -> None:
    client, socket = await floor.logon(), await floor.executions()
    price = floor.price(1000)
    await client.send("D", floor.limit(1, price, "0.01", cl_ord_id="77"))
    new = await client.expect("8", t150=0, t39=0, t11=77, t14=0, t151="0.01", t44=price, t55="BTC/USD", t59=1)
    assert new[58] == f"buy 0.01 BTC/USD @ limit {price}"
    row = (await floor.row(socket, lambda frame: frame.get("type") == "update"))["data"][0]
    assert (row["cl_ord_id"], row["order_id"]) == ("77", new[37])

    await client.send("F", [(11, 78), (37, new[37]), (41, 77), (54, 1), (55, "BTC/USD"), (60, client.now())])
    done = await client.expect("8", t150=4, t39=4, t11=78, t41=77, t37=new[37], t151=0)
    assert done[58] == "Order canceled by user"
    assert done[17] != new[17]
    await floor.row(socket, lambda frame: frame.get("data", [{}])[0].get("exec_type") == "canceled")
    assert [r["kind"] for r in floor.truth() if r["account"] == "practice"] == ["accepted", "canceled"]
    assert floor.truth("accepted")[0]["source"] == "fix"


async def test_a_marketable_order_is_new_then_filled_with_the_ids_that_ws_shows(floor: Floor) -> None:
    client, socket = await floor.logon(), await floor.executions()
    await client.send("D", floor.limit(1, floor.ask(50), "0.01"))
    await client.expect("8", t150=0, t39=0)
    fills = [await client.expect("8", t150="F")]
    while fills[-1][39] != "2":
        fills.append(await client.expect("8", t150="F"))
    wanted = floor.truth("filled")
    assert [fill[1003] for fill in fills] == [record["exec_id"] for record in wanted]
    assert [fill[527] for fill in fills] == [str(record["trade_id"]) for record in wanted]
    assert fills[-1][151] == "0"
    assert fills[-1][14] == "0.01"
    assert fills[-1][5050] == "1"
    frame = await floor.row(socket, lambda frame: frame.get("data", [{}])[0].get("exec_type") == "trade")
    assert frame["data"][0]["exec_id"] == fills[0][1003]
    assert frame["data"][0]["liquidity_ind"] == "t"


async def test_a_cancel_over_rest_shows_on_fix(floor: Floor) -> None:
    client = await floor.logon()
    await client.send("D", floor.limit(2, floor.ask(1000), "0.01"))
    new = await client.expect("8", t150=0)
    await floor.post("CancelOrder", txid=new[37])
    await client.expect("8", t150=4, t39=4, t11=new[11], t58="Order canceled by user")


async def test_refusals_of_the_exchange_come_as_business_rejects(floor: Floor) -> None:
    client = await floor.logon()
    await client.send("D", floor.limit(1, floor.price(1000), "1000", cl_ord_id="5"))
    await client.expect("j", t45=0, t372="D", t379=5, t380=0, t58="5 : EOrder:Insufficient funds")
    await client.send("D", floor.limit(1, floor.price(1000), "0.01", (55, "FOO/BAR")))
    await client.expect("j", t380=2)
    await client.send("F", [(11, 2000), (37, "OAAAAA-BBBBB-CCCCCC"), (54, 1), (55, "BTC/USD"), (60, client.now())])
    await client.expect("j", t372="F", t379=2000, t380=101, t58="2000 : EOrder:Unknown order")
    await client.quiet()
