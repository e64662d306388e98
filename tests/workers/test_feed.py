from __future__ import annotations

import asyncio
import json
import struct
from decimal import Decimal
from typing import Any

import pytest

from app.clock import SystemClock
from app.domain.order import OrderRequest, OrderType, Side
from app.protocol.rest.errors import Layer, Retry
from app.workers.feed import Accepted, LinkState, Refused, Unknown, Via, WatchSpec
from app.workers.supervisor import ConnectGate

ROW = {"order_id": "O1", "exec_type": "new", "order_status": "new", "timestamp": "2026-01-22T06:06:19.833306Z"}


def order(cl_ord_id: str = "c0ffee00-0000-4000-8000-000000000001") -> OrderRequest:
    return OrderRequest(cl_ord_id, "BTC/USD", Side.BUY, OrderType.LIMIT, Decimal("0.5"), Decimal(64200), True)


async def test_connects_subscribes_and_reports_ready(world: Any, until: Any) -> None:
    async with world.connected() as venue:
        venue.watch({"BTC/USD": WatchSpec(depth=100)})
        await until(lambda: world.l3.methods("subscribe"))
        assert world.l3.methods("subscribe")[0]["params"]["depth"] == 100
        channels = {frame["params"]["channel"] for frame in world.auth.methods("subscribe")}
        assert channels == {"executions", "balances"}
        await until(lambda: len(world.public.methods("subscribe")) == 3)
        channels = {frame["params"]["channel"] for frame in world.public.methods("subscribe")}
        assert channels == {"instrument", "trade", "ticker"}
        assert venue.orders_link_up()
        assert {name: health.state for name, health in venue.health.items()} == dict.fromkeys(
            ("public", "auth", "l3", "rest"), LinkState.UP
        )
        assert world.ear.balances[0][1] is True
        assert venue.connects_used() == 3
        assert "online" in world.ear.statuses
    assert not venue.orders_link_up()


async def test_one_token_fetch_serves_all_connections_that_start_together(world: Any, until: Any) -> None:
    world.api.delay_s["GetWebSocketsToken"] = 0.2
    async with world.connected() as venue:
        venue.watch({"BTC/USD": WatchSpec()})
        await until(lambda: world.l3.methods("subscribe"))
        assert world.api.names().count("GetWebSocketsToken") == 1


async def test_without_a_key_only_public_data_and_the_l2_book(world: Any, until: Any) -> None:
    world.key = None
    async with world.connected() as venue:
        venue.watch({"BTC/USD": WatchSpec(depth=1000)})
        await until(lambda: len(world.public.methods("subscribe")) == 4)
        book = next(f for f in world.public.methods("subscribe") if f["params"]["channel"] == "book")
        assert book["params"]["depth"] == 1000
        assert (world.auth.opened, world.l3.opened, world.api.calls) == (0, 0, [])
        outcome = await venue.add_order(order())
        assert isinstance(outcome, Refused)
        assert outcome.layer is Layer.LINK


@pytest.mark.parametrize(("spec", "word"), [(WatchSpec(depth=25), "25"), (WatchSpec(depth=25, level3=False), "")])
async def test_a_depth_that_the_feed_does_not_have_is_refused(world: Any, spec: WatchSpec, word: str) -> None:
    async with world.serving():
        venue = world.venue()
        if word:
            with pytest.raises(ValueError, match=word):
                venue.watch({"BTC/USD": spec})
        else:
            venue.watch({"BTC/USD": spec})
        await venue.close()


async def test_an_accepted_order_with_its_latency_split(world: Any) -> None:
    async with world.connected() as venue:
        outcome = await venue.add_order(order())
        assert isinstance(outcome, Accepted)
        assert outcome.order_id == "OTEST1-AAAAA-BBBBBB"
        assert outcome.venue_us == 36
        assert outcome.rtt_us > 0
        (sent,) = world.auth.methods("add_order")
        assert sent["params"]["cl_ord_id"] == order().cl_ord_id


async def test_a_refused_order_says_who_why_and_what_to_do(world: Any) -> None:
    async def refuse(socket: Any, frame: Any) -> None:
        await socket.send(json.dumps(world.auth.no(frame, "EOrder:Insufficient funds")))

    world.auth.on_order = refuse
    async with world.connected() as venue:
        outcome = await venue.add_order(order())
        assert isinstance(outcome, Refused)
        assert (outcome.error, outcome.layer, outcome.retry) == (
            "EOrder:Insufficient funds", Layer.BALANCE, Retry.NEVER,
        )  # fmt: skip
        assert outcome.hint


async def test_an_ambiguous_error_is_unknown_and_not_a_refusal(world: Any) -> None:
    async def fail(socket: Any, frame: Any) -> None:
        await socket.send(json.dumps(world.auth.no(frame, "EService:Unavailable")))

    world.auth.on_order = fail
    async with world.connected() as venue:
        assert await venue.add_order(order()) == Unknown("EService:Unavailable")


async def test_answers_in_another_order_reach_their_own_requests(world: Any) -> None:
    waiting: list[Any] = []

    async def late(socket: Any, frame: Any) -> None:
        waiting.append(frame)
        if len(waiting) == 3:
            for held in reversed(waiting):
                name = held["params"]["order_id"][0]
                await socket.send(json.dumps(world.auth.ok(held, order_id=name)))

    world.auth.on_order = late
    async with world.connected() as venue:
        outcomes = await asyncio.gather(*(venue.cancel_order(order_id=f"O{n}") for n in range(3)))
        assert [outcome.order_id for outcome in outcomes] == ["O0", "O1", "O2"]


@pytest.mark.usefixtures("hurry")
async def test_no_answer_is_unknown_in_time_and_is_not_sent_again(world: Any) -> None:
    world.auth.answer_orders = False
    async with world.connected() as venue:
        outcome = await venue.add_order(order())
        assert isinstance(outcome, Unknown)
        assert len(world.auth.methods("add_order")) == 1
        assert venue.orders_link_up()


async def test_a_cut_after_the_order_is_unknown_at_once_and_the_link_returns(world: Any, until: Any) -> None:
    async def cut(socket: Any, _frame: Any) -> None:
        socket.transport.abort()

    world.auth.on_order = cut
    async with world.connected() as venue:
        outcome = await venue.add_order(order())
        assert isinstance(outcome, Unknown)
        assert "cut" in outcome.reason
        await until(lambda: world.ear.ready == 2)
        assert world.ear.stale == ["link lost"]
        assert len(world.auth.methods("add_order")) == 1
        assert world.api.names().count("GetWebSocketsToken") == 2


async def test_a_cut_in_the_middle_of_a_frame_drops_the_partial_frame(world: Any, until: Any) -> None:
    async with world.connected() as venue:
        frame = json.dumps({"channel": "executions", "type": "update", "data": [ROW], "sequence": 2}).encode()
        (socket,) = world.auth.sockets
        assert len(frame) > 125
        socket.transport.write(b"\x81\x7e" + struct.pack("!H", len(frame)) + frame[:40])
        await until(lambda: socket.transport.get_write_buffer_size() == 0)
        socket.transport.abort()
        await until(lambda: world.ear.ready == 2)
        assert world.ear.executions == []
        assert venue.health["auth"].generation == 2


async def test_many_reconnects_with_slow_tokens_never_block_each_other(world: Any, until: Any) -> None:
    world.api.delay_s["GetWebSocketsToken"] = 0.02
    gate = ConnectGate(SystemClock(), sleep=lambda _seconds: asyncio.sleep(0))
    async with world.connected(gate=gate) as venue:
        for count in range(2, 17):
            world.auth.sockets[0].transport.abort()
            await until(lambda expected=count: world.ear.ready == expected)
        assert venue.health["auth"].generation == 16
        assert world.auth.opened == 16
        assert venue.connects_used() == 18
        assert isinstance(await venue.add_order(order()), Accepted)


async def test_an_order_while_the_link_is_down_is_refused_at_once(world: Any, until: Any) -> None:
    async with world.connected() as venue:
        world.api.delay_s["GetWebSocketsToken"] = 5
        world.auth.sockets[0].transport.abort()
        await until(lambda: not venue.orders_link_up())
        outcome = await asyncio.wait_for(venue.add_order(order()), 1)
        assert isinstance(outcome, Refused)
        assert outcome.layer is Layer.LINK
        assert world.auth.methods("add_order") == []


@pytest.mark.usefixtures("hurry")
async def test_silence_is_stale_then_a_new_connection(world: Any, until: Any) -> None:
    async with world.connected() as venue:
        world.l3.heartbeats = False
        await until(lambda: venue.health["l3"].state is LinkState.STALE)
        world.l3.heartbeats = True
        await until(lambda: venue.health["l3"].state is LinkState.UP)
        assert world.l3.opened == 1
        world.l3.heartbeats = False
        await until(lambda: world.l3.opened == 2, 15)
        assert "no sign of life" in next(h.note for n, h in world.ear.links if n == "l3" and h.state is LinkState.DOWN)


async def test_a_refused_subscription_is_told_and_the_connection_stays(world: Any, until: Any) -> None:
    world.l3.refuse["NO/PE"] = "Currency pair not supported NO/PE"
    async with world.connected() as venue:
        venue.watch({"NO/PE": WatchSpec(trades=False, ticker=False)})
        await until(lambda: world.ear.notices)
        assert "NO/PE refused" in world.ear.notices[0][1]
        assert venue.health["l3"].state is LinkState.UP


async def test_an_expired_token_is_renewed_once_for_all(world: Any, until: Any) -> None:
    world.auth.bad_tokens.add("stale")
    good = {"token": "canary-token-0123456789", "expires": 900}
    world.api.results["GetWebSocketsToken"] = [{"token": "stale", "expires": 900}, good]
    async with world.connected():
        await until(lambda: world.ear.ready == 1)
        tokens = [frame["params"]["token"] for frame in world.auth.methods("subscribe")]
        assert tokens == ["stale", "stale", good["token"], good["token"]]
        assert world.auth.opened == 1


async def test_a_sequence_gap_makes_the_account_stale_until_resubscribed(world: Any, until: Any) -> None:
    async with world.connected():
        await world.auth.execution(ROW)
        await world.auth.execution(ROW, step=2)
        await until(lambda: world.ear.stale)
        assert world.ear.stale == ["executions: message 3 expected, 4 came"]
        await until(lambda: world.ear.ready == 2)
        assert world.auth.opened == 1
        assert [frame["params"]["channel"] for frame in world.auth.methods("unsubscribe")] == ["executions"]


@pytest.mark.usefixtures("hurry")
async def test_a_lost_ack_is_named_and_repaired(world: Any, until: Any) -> None:
    async with world.connected() as venue:
        world.l3.drop_acks = 1
        venue.watch({"BTC/USD": WatchSpec(trades=False, ticker=False)})
        await until(lambda: any("no answer about level3 100 BTC/USD" in text for _, text in world.ear.notices))
        await until(lambda: len(world.l3.methods("subscribe")) == 2)


async def test_a_checksum_mismatch_seen_by_the_engine_gets_a_fresh_snapshot(world: Any, until: Any) -> None:
    async with world.connected() as venue:
        venue.watch({"BTC/USD": WatchSpec(trades=False, ticker=False)})
        await until(lambda: world.l3.methods("subscribe"))
        world.ear.resets.clear()
        venue.resync("BTC/USD")
        await until(lambda: len(world.l3.methods("subscribe")) == 2)
        assert len(world.l3.methods("unsubscribe")) == 1
        assert ("BTC/USD", "level3") in world.ear.resets


async def test_a_listener_that_fails_costs_one_reconnect_and_is_told(
    world: Any, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.ear, "on_market", lambda _msg: 1 / 0)
    async with world.connected():
        await world.l3.send({"channel": "weather", "type": "update", "data": []})
        await until(lambda: world.l3.opened == 2)
        assert ("bad", "l3: internal error, see the log; reconnecting") in world.ear.notices


async def test_closing_leaves_no_request_without_an_answer(world: Any, until: Any) -> None:
    world.auth.answer_orders = False
    async with world.connected() as venue:
        waiting = asyncio.create_task(venue.add_order(order()))
        await until(lambda: world.auth.methods("add_order"))
        await venue.close()
        assert isinstance(await waiting, Unknown)


async def test_malformed_frames_are_counted_and_told_three_times(world: Any, until: Any) -> None:
    async with world.connected() as venue:
        for _ in range(5):
            await world.public.send("{not json")
        await world.public.send(
            {"channel": "status", "type": "update", "data": [{"system": "cancel_only"}]},
        )
        await until(lambda: "cancel_only" in world.ear.statuses)
        assert venue.health["public"].bad_frames == 5
        assert len(world.ear.notices) == 3


async def test_what_cannot_be_sent_is_refused_before_the_wire(world: Any) -> None:
    async with world.connected() as venue:
        for via in Via:
            for outcome in (
                await venue.cancel_order(via=via),
                await venue.amend_order(order_id="O1", via=via),
                await venue.cancel_all_after(90_000, via=via),
                await venue.add_order(
                    OrderRequest("x", "BTC/USD", Side.BUY, OrderType.STOP_LOSS, Decimal(1), None), via=via
                ),
            ):
                assert isinstance(outcome, Refused)
                # Without a session FIX refuses first: there is nothing to send over.
                assert outcome.layer in (Layer.VALIDATION, Layer.LINK if via is Via.FIX else Layer.VALIDATION)
        assert world.auth.methods("cancel_order", "amend_order", "add_order") == []


async def test_all_order_methods_over_both_transports(world: Any) -> None:
    world.api.results |= {
        "AddOrder": {"descr": {"order": "x"}, "txid": ["OREST1-AAAAA-BBBBBB"]},
        "AmendOrder": {"amend_id": "TEZA4R-DSDGT-IJBOJK"},
        "CancelOrder": {"count": 1, "pending": False},
        "CancelAll": {"count": 4},
        "CancelAllOrdersAfter": {"currentTime": "2023-03-24T17:41:56Z", "triggerTime": "2023-03-24T17:42:56Z"},
    }
    async with world.connected() as venue:
        added = await venue.add_order(order(), via=Via.REST)
        assert isinstance(added, Accepted)
        assert added.order_id == "OREST1-AAAAA-BBBBBB"
        amended = await venue.amend_order(order_id="O1", qty=Decimal(1), via=Via.REST)
        assert isinstance(amended, Accepted)
        assert amended.amend_id == "TEZA4R-DSDGT-IJBOJK"
        all_gone = await venue.cancel_all(via=Via.REST)
        assert isinstance(all_gone, Accepted)
        assert all_gone.count == 4
        armed = await venue.cancel_all_after(60, via=Via.REST)
        assert isinstance(armed, Accepted)
        assert armed.until_ns == 1679679776_000000000
        for outcome in (
            await venue.cancel_order(order_id="O1", via=Via.REST),
            await venue.amend_order(cl_ord_id="c", limit_price=Decimal(2)),
            await venue.cancel_order(cl_ord_id="c"),
            await venue.cancel_all(),
            await venue.cancel_all_after(60),
        ):
            assert isinstance(outcome, Accepted)


async def test_a_burst_is_delivered_whole_and_in_order(world: Any, until: Any) -> None:
    trade = (
        '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":83744.3,"qty":0.00044780,'
        '"ord_type":"limit","trade_id":%d,"timestamp":"2026-09-25T17:48:26.844359Z"}]}'
    )
    async with world.connected() as venue:
        for number in range(5000):
            await world.public.send(trade % number)
        await until(lambda: len(world.ear.market) == 5000, 30)
        assert [message.data[0].trade_id for message in world.ear.market] == list(range(5000))
        assert venue.health["public"].state is LinkState.UP
        outcome = await asyncio.wait_for(venue.add_order(order()), 1)
        assert isinstance(outcome, Accepted)
