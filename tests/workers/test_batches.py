from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.domain.order import CloseTemplate, OrderRequest, OrderType, Side
from app.protocol.rest.errors import Layer, Retry
from app.workers.feed import Accepted, Refused, Unknown, Via

D = Decimal


def legs(count: int = 3, **more: Any) -> list[OrderRequest]:
    return [
        OrderRequest(str(UUID(int=n)), "BTC/USD", Side.BUY, OrderType.LIMIT, D("0.1"), D(60000 + n), **more)
        for n in range(count)
    ]


def answering(world: Any, answer: Any) -> None:
    """Let the private host answer each batch with what the function makes of its frame."""

    async def reply(socket: Any, frame: Any) -> None:
        await socket.send(json.dumps(answer(frame)))

    world.auth.on_order = reply


def ok(world: Any, frame: Any, result: list[Any]) -> Any:
    return {**world.auth.ok(frame), "result": result}


async def test_each_leg_gets_the_outcome_that_names_it(world: Any) -> None:
    def shuffled(frame: Any) -> Any:
        ids = [leg["cl_ord_id"] for leg in frame["params"]["orders"]]
        return ok(
            world,
            frame,
            [
                {"cl_ord_id": ids[2], "order_id": "O2"},
                {"cl_ord_id": ids[0], "order_id": "O0"},
                {"cl_ord_id": ids[1], "error": "EOrder:Insufficient funds"},
            ],
        )

    answering(world, shuffled)
    async with world.connected() as venue:
        first, second, third = await venue.add_batch(legs())
    assert isinstance(first, Accepted)
    assert isinstance(third, Accepted)
    assert (first.order_id, third.order_id, first.venue_us) == ("O0", "O2", 36)
    assert isinstance(second, Refused)
    assert (second.error, second.layer) == ("EOrder:Insufficient funds", Layer.BALANCE)


async def test_fifteen_legs_with_a_bad_one_over_rest(world: Any) -> None:
    orders: list[Any] = [{"txid": f"O{n}", "descr": {"order": "x"}} for n in range(15)]
    orders[7] = {"error": "EOrder:Insufficient funds"}
    world.api.results["AddOrderBatch"] = {"orders": orders}
    async with world.connected() as venue:
        outcomes = await venue.add_batch(legs(15), via=Via.REST)
    assert [type(outcome) for outcome in outcomes] == [Accepted] * 7 + [Refused] + [Accepted] * 7
    assert [outcome.order_id for outcome in outcomes if isinstance(outcome, Accepted)][7] == "O8"


async def test_an_invalid_leg_refuses_the_whole_batch(world: Any) -> None:
    error = "EGeneral:Invalid arguments:volume minimum not met"
    answering(world, lambda frame: world.auth.no(frame, error))
    world.api.raw["AddOrderBatch"] = (200, json.dumps({"error": [error]}).encode())
    async with world.connected() as venue:
        for via in (Via.WS, Via.REST):
            outcomes = await venue.add_batch(legs(), via=via)
            assert [(type(outcome), outcome.error) for outcome in outcomes if isinstance(outcome, Refused)] == [
                (Refused, error)
            ] * 3


@pytest.mark.parametrize(
    "result", [[], [{"order_id": "O1"}], {"orders": []}, [{}, {}, {}], [{"order_id": "O1", "error": "EOrder:x"}] * 3]
)
async def test_a_leg_that_the_answer_does_not_settle_is_unknown(world: Any, result: Any) -> None:
    answering(world, lambda frame: ok(world, frame, result))
    world.api.results["AddOrderBatch"] = {"orders": result} if isinstance(result, list) else {}
    async with world.connected() as venue:
        for via in (Via.WS, Via.REST):
            outcomes = await venue.add_batch(legs(), via=via)
            assert [type(outcome) for outcome in outcomes] == [Unknown] * 3


async def test_an_ambiguous_leg_is_unknown_and_its_neighbours_are_not(world: Any) -> None:
    answering(
        world, lambda frame: ok(world, frame, [{"order_id": "O1"}, {"error": "EService:Busy"}, {"order_id": "O3"}])
    )
    async with world.connected() as venue:
        outcomes = await venue.add_batch(legs())
    assert [type(outcome) for outcome in outcomes] == [Accepted, Unknown, Accepted]


async def test_a_cut_puts_every_leg_in_doubt_and_nothing_is_sent_again(world: Any, until: Any) -> None:
    async def cut(socket: Any, _frame: Any) -> None:
        socket.transport.abort()

    world.auth.on_order = cut
    world.api.raw["AddOrderBatch"] = None
    async with world.connected() as venue:
        for via in (Via.WS, Via.REST):
            outcomes = await venue.add_batch(legs(), via=via)
            assert [type(outcome) for outcome in outcomes] == [Unknown] * 3
        await until(lambda: world.auth.opened == 2)
        assert len(world.auth.methods("batch_add")) == 1
        assert world.api.names().count("AddOrderBatch") == 1


@pytest.mark.usefixtures("hurry")
async def test_no_answer_puts_every_leg_in_doubt(world: Any) -> None:
    world.auth.answer_orders = False
    async with world.connected() as venue:
        assert [type(outcome) for outcome in await venue.add_batch(legs())] == [Unknown] * 3


async def test_an_error_beside_a_result_is_no_refusal(world: Any) -> None:
    body = {"error": ["EOrder:Insufficient funds"], "result": {"orders": [{"txid": "O1"}, {"error": "x"}]}}
    world.api.raw["AddOrderBatch"] = (200, json.dumps(body).encode())
    async with world.connected() as venue:
        outcomes = await venue.add_batch(legs(2), via=Via.REST)
        assert [type(outcome) for outcome in outcomes] == [Unknown] * 2


async def test_a_batch_on_the_rest_wire_is_json_with_nested_closes(world: Any) -> None:
    close = CloseTemplate(OrderType.STOP_LOSS_LIMIT, limit_price=D(26000), trigger_price=D(27000))
    world.api.results["AddOrderBatch"] = {"orders": [{"txid": "O1"}, {"txid": "O2"}]}
    async with world.connected() as venue:
        await venue.add_batch(legs(2, conditional=close), via=Via.REST)
    ((_, fields),) = [call for call in world.api.calls if call[0] == "AddOrderBatch"]
    assert fields["pair"] == "XBT/USD"
    assert fields["orders"][0]["close"] == {"ordertype": "stop-loss-limit", "price": "27000", "price2": "26000"}
    assert "pair" not in fields["orders"][0]


async def test_what_is_no_batch_is_refused_before_the_wire(world: Any) -> None:
    async with world.connected() as venue:
        for via in (Via.WS, Via.REST):
            for orders in ([], legs(1), legs(16)):
                outcomes = await venue.add_batch(orders, via=via)
                assert len(outcomes) == len(orders)
                assert all(isinstance(outcome, Refused) for outcome in outcomes)
            for ids in ([], [f"O{n}" for n in range(51)], ["O1", ""]):
                assert isinstance(await venue.cancel_batch(ids, via=via), Refused)
        assert world.auth.methods("batch_add", "batch_cancel") == []
        assert {"AddOrderBatch", "CancelOrderBatch"}.isdisjoint(world.api.names())


async def test_a_checked_batch_places_nothing_and_leaves_no_doubt(world: Any) -> None:
    answering(world, lambda frame: ok(world, frame, [{}, {"order_id": "O9"}]))
    world.api.results["AddOrderBatch"] = {"orders": [{"descr": {"order": "x"}}] * 2}
    async with world.connected() as venue:
        for via in (Via.WS, Via.REST):
            for outcome in await venue.add_batch(legs(2, validate=True), via=via):
                assert isinstance(outcome, Accepted)
                assert outcome.order_id == ""
        answering(world, lambda frame: world.auth.no(frame, "EService:Busy"))
        (outcome, _) = await venue.add_batch(legs(2, validate=True))
        assert isinstance(outcome, Refused)
        assert (outcome.layer, outcome.retry) == (Layer.LINK, Retry.BACK_OFF)


@pytest.mark.parametrize("where", ["result", "top"])
async def test_the_count_of_a_batch_of_cancels_is_read_in_both_places(world: Any, where: str) -> None:
    def counted(frame: Any) -> Any:
        answer = world.auth.ok(frame, count=2)
        if where == "top":
            del answer["result"]
            answer["orders_cancelled"] = 2
        return answer

    answering(world, counted)
    world.api.results["CancelOrderBatch"] = {"count": 2}
    async with world.connected() as venue:
        for via in (Via.WS, Via.REST):
            outcome = await venue.cancel_batch(["O1", "O2", "O1"], ["c"], via=via)
            assert isinstance(outcome, Accepted)
            assert outcome.count == 2
        (frame,) = world.auth.methods("batch_cancel")
        assert frame["params"]["orders"] == ["O1", "O2"]
        assert frame["params"]["cl_ord_id"] == ["c"]
    ((_, fields),) = [call for call in world.api.calls if call[0] == "CancelOrderBatch"]
    assert (fields["orders"], fields["cl_ord_ids"]) == (["O1", "O2"], ["c"])


async def test_client_ids_alone_are_cancelled_one_by_one_over_ws(world: Any) -> None:
    async def one_gone(socket: Any, frame: Any) -> None:
        (own,) = frame["params"]["cl_ord_id"]
        answer = world.auth.no(frame, "EOrder:Unknown order") if own == "b" else world.auth.ok(frame, cl_ord_id=own)
        await socket.send(json.dumps(answer))

    world.auth.on_order = one_gone
    async with world.connected() as venue:
        outcome = await venue.cancel_batch(cl_ord_ids=["a", "b", "c"])
        assert isinstance(outcome, Accepted)
        assert outcome.count == 2
        assert world.auth.methods("batch_cancel") == []
        refused = await venue.cancel_batch(cl_ord_ids=["b"])
        assert isinstance(refused, Refused)


async def test_one_lost_cancel_of_many_leaves_a_doubt(world: Any) -> None:
    async def cut_third(socket: Any, frame: Any) -> None:
        if frame["params"]["cl_ord_id"] == ["c"]:
            socket.transport.abort()
        else:
            await socket.send(json.dumps(world.auth.ok(frame)))

    world.auth.on_order = cut_third
    async with world.connected() as venue:
        outcome = await asyncio.wait_for(venue.cancel_batch(cl_ord_ids=["a", "b", "c"]), 5)
        assert isinstance(outcome, Unknown)
        assert "in doubt" in outcome.reason
