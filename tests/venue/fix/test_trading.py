"""Every kind of order and every request over FIX, against the truth log (`fix.md` §2)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.venue.fix import policies
from tests.venue.fix.conftest import FixClient, Floor, Got

pytestmark = pytest.mark.asyncio(loop_scope="module")

KINDS: dict[str, tuple[list[tuple[int, Any]], dict[int, Any], dict[str, Any]]] = {
    # name: (fields of D on top of a limit buy below the market, tags of the New report, fields of the truth log)
    "GTC": ([], {40: "2", 59: "1"}, {"order_type": "limit", "time_in_force": "gtc"}),
    "GTD": ([(59, 6), (126, "+10s")], {59: "6"}, {"time_in_force": "gtd"}),
    "post-only": ([(18, "P")], {40: "2"}, {"post_only": True}),
    "iceberg": (
        [(38, "0.1"), (1138, "0.01")],
        {40: "2", 1138: "0.01"},
        {"order_type": "iceberg", "display": "0.01000000"},
    ),
    "margin": ([(5001, 1)], {}, {"leverage": 5}),
    "no margin": ([(5001, 0)], {}, {}),
    "allocation": ([(78, 1), (79, "SUBACC01")], {78: "1", 79: "SUBACC01"}, {}),
    "stop-loss": ([(40, 3), (54, 2), (99, "-2000"), (44, None)], {40: "3", 44: ""}, {"order_type": "stop-loss"}),
    "index stop": ([(40, 3), (54, 2), (99, "-2000"), (388, 1), (44, None)], {40: "3"}, {"reference": "index"}),
    "stop-loss-limit": ([(40, 4), (54, 2), (99, "-2000"), (44, "-2500")], {40: "4"}, {"order_type": "stop-loss-limit"}),
    "take-profit": ([(40, "R"), (54, 2), (99, "+2000"), (44, None)], {40: "R"}, {"order_type": "take-profit"}),
    "take-profit-limit": ([(40, "T"), (54, 2), (99, "+9"), (44, "+9")], {40: "T"}, {"order_type": "take-profit-limit"}),
    "trailing-stop": (
        [(40, "U"), (54, 2), (99, 2000), (44, None)],
        {40: "U", 99: "2000"},
        {"order_type": "trailing-stop"},
    ),
    "trailing-stop-limit": (
        [(40, "V"), (54, 2), (99, 2000), (44, "-100")],
        {40: "V", 99: "2000"},
        {"order_type": "trailing-stop-limit"},
    ),
}


def body(floor: Floor, changes: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """A limit buy with changes; prices with a sign are offsets from the market, except a trailing limit."""
    fields = dict(floor.limit(1, floor.price(1000), "0.01"))
    trailing = (40, "V") in changes
    for tag, value in changes:
        fields[tag] = value
        if tag == 126:
            fields[tag] = FixClient(floor.clock, "", "").now(10_000)[:-4]
        elif tag in {44, 99} and isinstance(value, str) and value[0] in "+-" and not trailing:
            fields[tag] = floor.price() + int(value)
    return [(tag, value) for tag, value in fields.items() if value is not None]


async def place(floor: Floor, client: FixClient, *changes: tuple[int, Any]) -> Got:
    await client.send("D", body(floor, list(changes)))
    return await client.expect("8", t150=0)


def cancel(client: FixClient, floor: Floor, order: Got, **other: Any) -> list[tuple[int, Any]]:
    fields: dict[int, Any] = {11: floor.cl_ord_id(), 37: order[37], 41: order[11], 54: order[54], 55: order[55]}
    return [*(fields | {60: client.now()} | {int(tag[1:]): value for tag, value in other.items()}).items()]


def amend(client: FixClient, floor: Floor, order: Got, *changes: tuple[int, Any]) -> list[tuple[int, Any]]:
    fields: dict[int, Any] = {11: floor.cl_ord_id(), 37: order[37], 41: order[11], 54: order[54], 55: order[55]}
    fields |= {60: client.now(), 38: order[38], 40: order[40], 59: order[59]}
    for tag in (44, 99):
        if order[tag]:
            fields[tag] = order[tag]
    return [(tag, value) for tag, value in (fields | dict(changes)).items() if value is not None]


@pytest.mark.parametrize("name", KINDS)
async def test_every_kind_is_new_as_it_was_sent(shared: Floor, client: FixClient, name: str) -> None:
    changes, tags, wanted = KINDS[name]
    new = await place(shared, client, *changes)
    assert {tag: new[tag] for tag in tags} == tags
    assert (new[39], new[14], new[6], new[381], new[151]) == ("0", "0", "0", "0", new[38])
    numbers = [tag for tag, _ in new.pairs[7:-1]]
    assert numbers == sorted(numbers)
    (record,) = shared.records(new[37])
    assert {key: record.get(key) for key in wanted} == wanted
    assert record["source"] == "fix"


async def test_immediate_orders_end_at_once(shared: Floor, client: FixClient) -> None:
    for time, text in ((3, "Immediate or cancel"), (4, "Fill or kill")):
        new = await place(shared, client, (59, time))
        await client.expect("8", t150=4, t39=4, t37=new[37], t151=0, t58=text)


async def test_a_market_order_fills(shared: Floor, client: FixClient) -> None:
    await client.send("D", body(shared, [(40, 1), (44, None)]))
    await client.expect("8", t150=0, t40=1)
    await client.until("8", t150="F", t39=2)


async def test_an_order_sized_in_quote(shared: Floor, client: FixClient) -> None:
    await client.send("D", body(shared, [(40, 1), (44, None), (38, 500), (18, "v")]))
    new = await client.expect("8", t150=0)
    last = await client.until("8", t39=2)
    assert 450 < float(last[381]) <= 500
    assert shared.records(new[37])[0]["cash"] == "500"


async def test_fees_are_cumulative_and_in_base_for_a_sell_that_says_nothing(shared: Floor, client: FixClient) -> None:
    for flag, asset in (("", "BTC"), ("q", "USD"), ("f", "BTC")):
        more = [(18, flag)] if flag else []
        await client.send("D", body(shared, [(54, 2), (44, shared.price() - 300), (38, "1"), *more]))
        new = await client.expect("8", t150=0)
        fills = [await client.expect("8", t150="F")]
        while fills[-1][39] != "2":
            fills.append(await client.expect("8", t150="F"))
        filled = [record for record in shared.truth("filled") if record["order_id"] == new[37]]
        assert {fill[138] for fill in fills} == {asset}
        total = sum(float(record["fee"]) for record in filled)
        assert float(fills[-1][137]) == pytest.approx(total, abs=1e-9)
        assert [float(fill[137]) for fill in fills] == sorted(float(fill[137]) for fill in fills)
        assert sum(float(fill[118]) for fill in fills) == pytest.approx(float(fills[-1][381]))
        assert len({fill[17] for fill in fills}) == len(fills)


async def test_post_only_that_would_take_is_new_and_canceled_or_refused(
    shared: Floor, client: FixClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes = [(44, shared.ask(10)), (18, "P")]
    new = await place(shared, client, *takes)
    await client.expect("8", t150=4, t39=4, t37=new[37], t58="Post only order")
    monkeypatch.setattr(policies, "POST_ONLY_REJECTS", True)
    await client.send("D", body(shared, takes))
    got = await client.expect("j", t372="D", t380=0)
    assert got[58].endswith("EOrder:Post only order")
    await place(shared, client, (18, "P"))


async def test_a_scheduled_order_is_pending_first(shared: Floor, client: FixClient) -> None:
    await client.send("D", body(shared, [(168, client.now(5_000))]))
    pending = await client.expect("8", t150="A", t39="A")
    shared.clock.advance(s=6)
    await client.until("8", t150=0, t39=0, t37=pending[37])


async def test_a_gtd_order_expires(shared: Floor, client: FixClient) -> None:
    new = await place(shared, client, (59, 6), (126, "+10s"))
    shared.clock.advance(s=11)
    await client.until("8", t150="C", t39="C", t37=new[37], t58="GTD order expired", t151=0)


async def test_a_trigger_that_fires_is_restated_with_its_price(shared: Floor, client: FixClient) -> None:
    await client.send("D", body(shared, [(40, 3), (54, 2), (44, None), (99, "+50")]))
    new = await client.expect("8", t150=0, t40=3)
    fired = await client.expect("8", t150="D", t39=0, t40=1, t37=new[37])
    record = next(record for record in shared.records(new[37]) if record["kind"] == "triggered")
    assert float(fired[1102]) == float(record["triggered_at"])
    await client.until("8", t150="F", t39=2, t40=1)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ([(62, "now+1")], "deadline"),
        ([(62, "now+61")], "deadline"),
        ([(18, "f q")], "flags"),
        ([(18, "E")], "EOrder:Reduce only:Non-PC"),
        ([(44, "100"), (38, "0.0001")], "EOrder:Cost minimum not met"),
        ([(38, "0.00000001")], "EOrder:Order minimum not met"),
        ([(44, "1000.001")], "EOrder:Tick size check failed"),
        ([(38, "1000")], "EOrder:Insufficient funds"),
    ],
)
async def test_refusals_carry_the_client_id(
    shared: Floor, client: FixClient, changes: list[tuple[int, Any]], text: str
) -> None:
    changes = [(tag, client.now(int(value[4:]) * 1000) if tag == 62 else value) for tag, value in changes]
    fields = dict(body(shared, [])) | dict(changes)
    await client.send("D", list(fields.items()))
    got = await client.expect("j", t45=0, t372="D", t379=fields[11], t380=0)
    assert got[58].startswith(f"{fields[11]} : E")
    assert text in got[58]
    await client.quiet()


@pytest.mark.parametrize(("kind", "tag"), [(2, 44), (4, 44), (4, 99), (3, 99), ("T", 44), ("R", 99), ("U", 99)])
async def test_fields_that_a_kind_needs(shared: Floor, client: FixClient, kind: Any, tag: int) -> None:
    fields = dict(body(shared, [(40, kind), (44, 1000), (99, 1000)]))
    del fields[tag]
    await client.send("D", list(fields.items()))
    got = await client.expect("j", t380=5)
    assert f"({tag})" in got[58]


@pytest.mark.parametrize(
    ("tag", "value", "reason", "text"),
    [
        (54, None, 1, "Missing mandatory field: Side (54)"),
        (40, "Z", 5, "Invalid value for tag 40: OrderType"),
        (38, "+1", 6, ""),
        (54, "3", 5, "Invalid value for tag 54: Side"),
        (11, "0123", 5, "Invalid value for tag 11: ClOrdID"),
        (11, "1" * 19, 5, ""),
        (11, "my-order", 5, ""),
        (11, "a17d49af-1186-4984-bd10-29b8f232ee4d", 5, "ClOrdID invalid value (timestamp is out of date)"),
        (126, "20260101-00:00:00.000", 6, ""),
        (78, "2", 5, "Invalid value for tag 78: NoAllocs"),
        (78, "1", 16, "Incorrect NumInGroup count"),
        (79, "", 4, ""),
        (5001, "2", 5, ""),
        (388, "2", 5, ""),
    ],
)
async def test_fields_that_are_wrong(
    shared: Floor, client: FixClient, tag: int, value: str | None, reason: int, text: str
) -> None:
    fields: dict[int, Any] = dict(body(shared, [])) | {tag: value}
    await client.send("D", [pair for pair in fields.items() if pair[1] is not None])
    got = await client.expect("3", t45=client.seq - 1, t371=tag, t372="D", t373=reason)
    assert text in got[58]
    await client.quiet()


async def test_a_sub_account_belongs_in_its_group(shared: Floor, client: FixClient) -> None:
    await client.send("D", body(shared, [(79, "SUBACC01")]))
    await client.expect("3", t371=78, t373=16)


async def test_client_ids_increase_and_are_used_once(shared: Floor, client: FixClient) -> None:
    first = await place(shared, client)
    await client.send("D", body(shared, [(11, first[11])]))
    got = await client.expect("j", t379=first[11], t380=0)
    assert got[58].endswith("EOrder:Duplicate ClOrdID")
    await client.send("D", body(shared, [(11, "7")]))
    got = await client.expect("j", t379=7, t380=0)
    assert got[58].endswith("EOrder:ClOrdID not increasing")
    await client.send("D", [*body(shared, [(11, first[11])])], seq=client.seq)
    await client.expect("j")
    client.seq += 1
    units = shared.clock.now_ns() // 10_000
    comb = str(uuid.UUID(int=units << 80 | 4 << 76 | 1 << 64 | 2 << 62 | 77))
    new = await place(shared, client, (11, comb))
    assert new[11] == comb


async def test_a_cancel_by_either_id_and_its_misses(shared: Floor, client: FixClient) -> None:
    for given in ({"t41": None}, {"t37": None}, {"t41": "999"}):
        order = await place(shared, client)
        fields = [pair for pair in cancel(client, shared, order, **given) if pair[1] is not None]
        await client.send("F", fields)
        await client.expect("8", t150=4, t37=order[37], t41=order[11], t11=dict(fields)[11])
    order = await place(shared, client)
    for wrong in ({"t37": "OAAAAA-BBBBB-CCCCCC"}, {"t55": "ETH/USD"}, {"t54": 2}):
        fields = cancel(client, shared, order, **wrong)
        await client.send("F", fields)
        await client.expect("j", t372="F", t380=101, t379=dict(fields)[11])
    fields = [pair for pair in cancel(client, shared, order, t37=None, t41=None) if pair[1] is not None]
    await client.send("F", fields)
    await client.expect("j", t380=5)
    assert [record["kind"] for record in shared.records(order[37])] == ["accepted"]


async def test_an_amend_keeps_the_order_and_renames_it(shared: Floor, client: FixClient) -> None:
    order = await place(shared, client)
    price = shared.price(1500)
    await client.send("G", amend(client, shared, order, (38, "0.02"), (44, price)))
    changed = await client.expect("8", t150=5, t39=5, t37=order[37], t41=order[11], t38="0.02", t44=price, t151="0.02")
    assert changed[11] != order[11]
    await client.send("G", amend(client, shared, order, (38, "0.03")))
    await client.expect("j", t372="G", t380=101)
    await client.send("F", cancel(client, shared, changed))
    await client.expect("8", t150=4, t41=changed[11])
    assert [record["kind"] for record in shared.records(order[37])] == ["accepted", "amended", "canceled"]


async def test_an_amend_that_crosses_fills_under_its_new_name(shared: Floor, client: FixClient) -> None:
    order = await place(shared, client)
    await client.send("G", amend(client, shared, order, (44, shared.ask(50))))
    changed = await client.expect("8", t150=5)
    await client.until("8", t150="F", t39=2, t11=changed[11], t37=order[37])


@pytest.mark.parametrize(
    ("kind", "change"),
    [("stop-loss", (99, "-3000")), ("trailing-stop", (99, 2500)), ("iceberg", (1138, "0.02")), ("GTD", (38, "0.02"))],
)
async def test_amends_of_other_terms(shared: Floor, client: FixClient, kind: str, change: tuple[int, Any]) -> None:
    order = await place(shared, client, *KINDS[kind][0])
    tag, value = change
    value = shared.price() + int(value) if isinstance(value, str) and tag == 99 else value
    await client.send("G", amend(client, shared, order, (tag, value)))
    changed = await client.expect("8", t150=5, t37=order[37], t40=order[40])
    assert changed[tag] == str(value)


@pytest.mark.parametrize(
    ("change", "reason", "text"),
    [
        ((40, 3), 5, "StopPx"),
        ((40, 1), 0, "ordertype"),
        ((59, 3), 0, "timeinforce"),
        ((44, None), 5, "Price"),
        ((37, "OAAAAA-BBBBB-CCCCCC"), 101, "Unknown order"),
        ((44, "1000.001"), 0, "EOrder:Tick size check failed"),
        ((38, "1000"), 0, "EOrder:Insufficient funds"),
    ],
)
async def test_amends_that_fail_leave_the_order(
    shared: Floor, client: FixClient, change: tuple[int, Any], reason: int, text: str
) -> None:
    order = await place(shared, client)
    await client.send("G", amend(client, shared, order, change))
    got = await client.expect("j", t372="G", t380=reason)
    assert text in got[58]
    await client.send("H", [(11, order[11]), (37, order[37]), (55, order[55])])
    await client.expect("8", t150="I", t39=0, t44=order[44], t38=order[38], t11=order[11])


async def test_status_of_any_order_of_the_account(shared: Floor, client: FixClient) -> None:
    placed = await shared.post("AddOrder", pair="XBTUSD", type="buy", ordertype="limit", price=1000, volume=1)
    (order_id,) = placed["txid"]
    await client.send("H", [(11, "5"), (37, order_id), (55, "BTC/USD")])
    await client.expect("8", t150="I", t39=0, t37=order_id, t11=5, t38=1, t44=1000)
    await client.send("H", [(11, "5"), (37, "OAAAAA-BBBBB-CCCCCC"), (55, "BTC/USD")])
    await client.expect("j", t372="H", t380=101)
    await client.send("F", [(11, shared.cl_ord_id()), (37, order_id), (54, 1), (55, "BTC/USD"), (60, client.now())])
    await client.expect("j", t372="F", t380=101)


async def test_mass_cancels_by_scope(shared: Floor, client: FixClient) -> None:
    orders = [await place(shared, client) for _ in range(3)]
    await client.send(
        "D", [(55, "ETH/USD") if tag == 55 else (tag, value) for tag, value in body(shared, [(44, 1000)])]
    )
    other = await client.expect("8", t150=0, t55="ETH/USD")

    async def mass(*fields: tuple[int, Any]) -> str:
        cl_ord_id = shared.cl_ord_id()
        await client.send("q", [(11, cl_ord_id), (60, client.now()), *fields])
        return cl_ord_id

    await mass((530, 1))
    await client.expect("j", t372="q", t380=5)
    await mass((530, 1), (55, "FOO/BAR"))
    await client.expect("j", t372="q", t380=2)
    cl_ord_id = await mass((530, 1), (55, "BTC/USD"))
    for order in orders:
        await client.expect("8", t150=4, t11=cl_ord_id, t41=order[11], t37=order[37])
    await client.quiet()
    cl_ord_id = await mass((530, 6))
    await client.expect("8", t150=4, t11=cl_ord_id, t37=other[37])
    await mass((530, 6))
    await mass((530, 7))
    await client.quiet()


async def test_the_rate_limit_is_one_with_rest_and_ws(shared: Floor, client: FixClient) -> None:
    refused: list[str] = []
    for _ in range(30):
        order = await place(shared, client)
        await client.send("F", cancel(client, shared, order))
        got = await client.receive()
        assert got is not None
        refused += [got[58]] if got.kind == "j" else []
        if refused:
            break
    assert refused[0].endswith("EOrder:Rate limit exceeded")
    counter = shared.venue.exchange.rate_counter("practice", "BTC/USD")
    assert counter > 100


async def test_a_key_without_permission_may_look_but_not_trade(shared: Floor, client: FixClient) -> None:
    viewer = await shared.logon(key="viewer")
    await viewer.send("D", body(shared, []))
    got = await viewer.expect("j", t380=6)
    assert got[58].endswith("EGeneral:Permission denied")
    await viewer.close()


async def test_derivatives_log_on_and_refuse_orders(shared: Floor, client: FixClient) -> None:
    futures = await shared.logon(service="deriv_trading")
    order = dict(body(shared, [(55, "PF_XBTUSD")]))
    await futures.send("D", list(order.items()))
    await futures.expect("3", t371=11, t373=5, t58="COMB UUIDv4 required for ClOrdID on derivatives")
    units = shared.clock.now_ns() // 10_000
    order[11] = str(uuid.UUID(int=units << 80 | 4 << 76 | 2 << 62))
    await futures.send("D", list(order.items()))
    await futures.expect("3", t371=18, t373=1)
    await futures.send("D", [*order.items(), (18, "s")])
    await futures.expect("j", t372="D", t380=4, t379=order[11])
    await futures.close()


async def test_the_client_id_watermark_outlives_a_logon_unless_it_is_reset(shared: Floor, client: FixClient) -> None:
    order = await place(shared, client)
    await shared.hang_up()
    for reset, expected in ((False, "j"), (True, "8")):
        later = await shared.logon(*([(5030, "Y")] if reset else []))
        await later.send("D", body(shared, [(11, "3" if reset else order[11])]))
        got = await later.receive()
        assert got is not None
        assert got.kind == expected, got
        await shared.hang_up()


async def test_the_prefix_of_texts_is_a_switch(
    shared: Floor, client: FixClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "TEXT_PREFIX", False)
    await client.send("D", body(shared, [(38, "1000")]))
    await client.expect("j", t58="EOrder:Insufficient funds")
