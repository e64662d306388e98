from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from app.domain.order import OrderRequest, OrderType, PriceKind, Side
from app.protocol.rest.errors import Layer
from app.workers.feed import Accepted, Edit, Refused, Unknown, Via

D = Decimal
CHECK = OrderRequest("c", "BTC/USD", Side.BUY, OrderType.LIMIT, D(1), D(60000), validate=True)
EDITED = {
    "status": "ok",
    "txid": "OFVXHJ-KPQ3B-VS7ELA",
    "originaltxid": "OHYO67-6LP66-HMQ437",
    "volume": "0.00030000",
    "price": "19500.0",
    "orders_cancelled": 1,
    "descr": {"order": "buy 0.00030000 XXBTZGBP @ limit 19500.0"},
}


async def test_an_edit_tells_the_new_order_and_the_old_one(world: Any) -> None:
    async def edited(socket: Any, frame: Any) -> None:
        await socket.send(json.dumps(world.auth.ok(frame, order_id="ONEW", original_order_id="OOLD")))

    world.auth.on_order = edited
    world.api.results["EditOrder"] = EDITED
    async with world.connected() as venue:
        over_ws = await venue.edit_order(Edit("OOLD", "BTC/USD", qty=D(2)))
        over_rest = await venue.edit_order(Edit("OHYO67-6LP66-HMQ437", "BTC/USD", limit_price=D(19500)), via=Via.REST)
    assert isinstance(over_ws, Accepted)
    assert (over_ws.order_id, over_ws.original_id) == ("ONEW", "OOLD")
    assert isinstance(over_rest, Accepted)
    assert (over_rest.order_id, over_rest.original_id) == ("OFVXHJ-KPQ3B-VS7ELA", "OHYO67-6LP66-HMQ437")


async def test_a_failed_edit_is_refused_only_if_the_old_order_still_stands(world: Any) -> None:
    failed = {"status": "Err", "error_message": "EOrder:Insufficient funds", "orders_cancelled": 0}
    world.api.results["EditOrder"] = [failed, failed | {"orders_cancelled": 1}, {"status": "ok"}]
    async with world.connected() as venue:
        edit = Edit("O1", "BTC/USD", qty=D(2))
        refused = await venue.edit_order(edit, via=Via.REST)
        assert isinstance(refused, Refused)
        assert refused.layer is Layer.BALANCE
        assert isinstance(await venue.edit_order(edit, via=Via.REST), Unknown)
        assert isinstance(await venue.edit_order(edit, via=Via.REST), Unknown)


async def test_edits_that_a_wire_cannot_carry_are_not_sent(world: Any) -> None:
    async with world.connected() as venue:
        relative = Edit("O1", "BTC/USD", limit_price=D(1), limit_kind=PriceKind.PCT)
        flagged = Edit("O1", "BTC/USD", qty=D(1), reduce_only=True)
        for edit, via in ((relative, Via.WS), (flagged, Via.REST), (Edit("", "BTC/USD", qty=D(1)), Via.WS)):
            outcome = await venue.edit_order(edit, via=via)
            assert isinstance(outcome, Refused)
            assert outcome.layer is Layer.VALIDATION
        assert world.auth.methods("edit_order") == []


async def test_an_amend_reaches_both_wires_with_all_its_fields(world: Any) -> None:
    world.api.results["AmendOrder"] = {"amend_id": "TEZA4R-DSDGT-IJBOJK"}
    async with world.connected() as venue:
        for via in (Via.WS, Via.REST):
            outcome = await venue.amend_order(
                order_id="O1",
                limit_price=D("-1"),
                limit_kind=PriceKind.QUOTE,
                display_qty=D("0.1"),
                trigger_price=D(2),
                trigger_kind=PriceKind.PCT,
                via=via,
            )
            assert isinstance(outcome, Accepted)
        (frame,) = world.auth.methods("amend_order")
        assert frame["params"]["trigger_price_type"] == "pct"
    ((_, fields),) = [call for call in world.api.calls if call[0] == "AmendOrder"]
    assert (fields["limit_price"], fields["trigger_price"], fields["display_qty"]) == ("-1", "+2%", "0.1")


async def test_a_check_places_nothing_whatever_the_answer_says(world: Any) -> None:
    world.api.results["AddOrder"] = {"descr": {"order": "buy 1 XBTUSD @ limit 60000.0"}}
    async with world.connected() as venue:
        for via in (Via.WS, Via.REST):
            outcome = await venue.add_order(CHECK, via=via)
            assert isinstance(outcome, Accepted)
            assert outcome.order_id == ""
        world.api.raw["AddOrder"] = (520, b"<html>")
        lost = await venue.add_order(CHECK, via=Via.REST)
        assert isinstance(lost, Refused)
        assert "nothing was placed" in lost.hint


async def test_a_cut_leaves_every_change_in_doubt_and_sent_once(world: Any, until: Any) -> None:
    async def cut(socket: Any, _frame: Any) -> None:
        socket.transport.abort()

    world.auth.on_order = cut
    world.api.raw |= {"EditOrder": None, "AmendOrder": None, "CancelOrderBatch": None}
    async with world.connected() as venue:
        edit = Edit("O1", "BTC/USD", qty=D(2))
        for via in (Via.WS, Via.REST):
            assert isinstance(await venue.edit_order(edit, via=via), Unknown)
            await until(venue.orders_link_up, 20)
            assert isinstance(await venue.amend_order(order_id="O1", trigger_price=D(2), via=via), Unknown)
            await until(venue.orders_link_up, 20)
            assert isinstance(await venue.cancel_batch(["O1", "O2"], via=via), Unknown)
            await until(venue.orders_link_up, 20)
        sent = [frame["method"] for frame in world.auth.methods("edit_order", "amend_order", "batch_cancel")]
        assert sent == ["edit_order", "amend_order", "batch_cancel"]
    calls = [name for name in world.api.names() if name in world.api.raw]
    assert calls == ["EditOrder", "AmendOrder", "CancelOrderBatch"]
