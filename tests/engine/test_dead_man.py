"""The venue's cancel-after timer: armed while own orders work, and only then."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from app.engine.engine import Engine
from app.link.messages import Outcome, StopEngine
from app.settings import DeadMan
from tests.engine.conftest import Bench, Rig, until


def timer(rig: Rig) -> int:
    """When the account's timer fires at the venue; 0 if it is off."""
    return rig.venue.exchange._floor.accounts[rig.account].cancel_at_mono_ns


async def place(rig: Rig) -> None:
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED


async def test_it_follows_own_orders(rig: Rig) -> None:
    assert not timer(rig)
    await place(rig)
    await until(lambda: timer(rig))
    await until(lambda: rig.engine.dead_man.left_ms > 0)
    await until(lambda: rig.screen.status and rig.screen.status.dead_man_ms > 0)
    await rig.screen.do("cancel #1")
    await until(lambda: not timer(rig))
    await until(lambda: rig.engine.dead_man.left_ms == -1)


async def test_it_is_never_armed_for_orders_of_others(rig: Rig) -> None:
    calls: list[int] = []
    real = rig.venue.exchange.cancel_all_after

    def spy(account: str, timeout_s: int) -> tuple[int, int]:
        calls.append(timeout_s)
        return real(account, timeout_s)

    rig.venue.exchange.cancel_all_after = spy  # type: ignore[method-assign,assignment]
    theirs = rig.elsewhere()
    await until(lambda: rig.engine.state.orders.locate(theirs.order_id))
    rounds = asyncio.Event()
    asyncio.get_running_loop().call_later(0.2, rounds.set)
    await rounds.wait()
    assert calls == []
    await place(rig)
    await until(lambda: calls)
    assert calls[0] == 60


async def test_it_is_refreshed(bench: Bench) -> None:
    rig = await bench.armed(dead_man=DeadMan(timeout_s=5, refresh_s=1))
    await place(rig)
    await until(lambda: timer(rig))
    first = timer(rig)
    await until(lambda: timer(rig) > first)
    assert timer(rig) - first >= 900_000_000


async def test_it_fires_when_the_engine_is_gone(bench: Bench) -> None:
    rig = await bench.armed(dead_man=DeadMan(timeout_s=1, refresh_s=1))
    await place(rig)
    await until(lambda: timer(rig))
    await rig.drop()
    assert rig.open_at_venue()
    await until(lambda: not rig.open_at_venue(), 5)
    ended = rig.truth("canceled")[-1]
    assert ended["reason"] == "CancelAllOrdersAfter Timeout"
    again = await bench.start()
    assert again.state_of(1) in {"canceled", ""}


async def test_a_timer_that_fired_is_an_alarm_and_disarms(rig: Rig) -> None:
    await place(rig)
    await until(lambda: rig.engine.dead_man.left_ms > 0)
    rig.venue.exchange._floor.accounts[rig.account].cancel_at_mono_ns = 1
    await until(lambda: rig.screen.told("dead-man timer fired"))
    await rig.state(1, "canceled")
    assert not rig.engine.state.pen.armed
    assert len(rig.screen.told("the venue's dead-man timer fired")) == 1


async def test_a_stale_account_stream_does_not_take_the_guard_away(rig: Rig) -> None:
    await place(rig)
    await until(lambda: timer(rig))
    rig.fault("refuse", face="auth", on=True)
    rig.fault("cut", face="auth")
    await until(lambda: rig.engine.state.account_stale)
    rig.engine.dead_man._due_ns = 0
    first = timer(rig)
    await until(lambda: timer(rig) > first)  # refreshed over REST
    rig.fault("refuse", face="auth", on=False)
    await rig.ready()
    assert timer(rig)


async def test_an_arming_without_an_answer_is_turned_off_all_the_same(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.protocol.ws2.inflight.REQUEST_TIMEOUT_NS", 200_000_000)
    rig.fault("unanswered", method="cancel_all_orders_after")
    await place(rig)
    await until(lambda: timer(rig))
    await rig.screen.do("cancel #1")
    await until(lambda: not timer(rig))


async def test_stop_and_keep_turns_it_off_and_says_so(rig: Rig) -> None:
    await place(rig)
    await until(lambda: timer(rig))
    rig.screen.say(StopEngine(900))
    async with asyncio.timeout(5):
        await rig.running
    answer = rig.screen.answer(900)
    assert answer is not None
    assert answer.text == "1 orders stay at the venue"
    assert rig.engine.last_words == "the engine ended: 1 orders stay at the venue"
    assert not timer(rig)
    assert rig.open_at_venue()


async def test_stop_says_that_orders_end_with_a_venue_that_is_only_ours(bench: Bench) -> None:
    options = replace(bench.engine()._options, sole=True)
    rig = await bench.start(Engine(options))
    await rig.screen.arm()
    await place(rig)
    rig.screen.say(StopEngine(902))
    async with asyncio.timeout(5):
        await rig.running
    answer = rig.screen.answer(902)
    assert answer is not None
    assert answer.text == "1 open order ends with the local exchange, which stops too"
    assert rig.engine.last_words == f"the engine ended: {answer.text}"


async def test_stop_and_cancel_leaves_nothing(rig: Rig) -> None:
    await place(rig)
    rig.screen.say(StopEngine(901, cancel=True))
    async with asyncio.timeout(5):
        await rig.running
    assert not rig.open_at_venue()
    answer = rig.screen.answer(901)
    assert answer is not None
    assert "cancel-all sent for 1 orders: accepted" in answer.text


async def test_a_signal_leaves_the_timer_running_and_says_so(rig: Rig) -> None:
    await place(rig)
    await until(lambda: rig.engine.dead_man.left_ms > 0)
    rig.engine.stop()
    async with asyncio.timeout(5):
        await rig.running
    assert timer(rig)
    assert rig.engine.last_words.startswith("the engine ended: 1 orders stay at the venue; its dead-man timer cancels")
