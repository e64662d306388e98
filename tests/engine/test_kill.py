"""The kill switch: one key, no dialog, under every fault; what is not proven gone is named."""

from __future__ import annotations

import pytest

from app.domain.order import Side
from app.link.messages import Origin, Outcome
from tests.engine.conftest import Bench, Rig, Screen, until


async def with_orders(rig: Rig, count: int = 3) -> None:
    for number in range(1, count + 1):
        assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
        await rig.state(number, "working")


async def gone(rig: Rig) -> None:
    await until(lambda: not rig.open_at_venue())


async def test_kill_cancels_everything_disarms_and_holds_until_released(rig: Rig) -> None:
    await with_orders(rig)
    rig.elsewhere(Side.SELL)
    assert (await rig.screen.do("kill")).outcome is Outcome.ACCEPTED
    await gone(rig)
    assert not rig.engine.state.pen.armed
    answer = await rig.screen.do("arm")
    assert answer.outcome is Outcome.REFUSED
    assert "release" in answer.hint
    script = Screen(rig.engine)
    script.hello("script", trade=False)
    assert "kill switch" in (await script.do(rig.bid(), Origin.SCRIPT)).text
    await until(lambda: rig.screen.status and rig.screen.status.killed)
    assert (await rig.screen.do("release")).outcome is Outcome.ACCEPTED
    await rig.screen.arm()
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED


async def test_anybody_may_kill(rig: Rig) -> None:
    await with_orders(rig)
    other = Screen(rig.engine)
    other.hello("two", trade=False)
    assert (await other.do("kill")).outcome is Outcome.ACCEPTED
    await gone(rig)


async def test_kill_with_the_order_link_down_goes_over_rest(rig: Rig) -> None:
    await with_orders(rig)
    rig.fault("refuse", face="auth", on=True)
    rig.fault("cut", face="auth")
    await until(lambda: rig.engine.state.account_stale)
    assert (await rig.screen.do("kill")).outcome is Outcome.ACCEPTED
    assert rig.screen.told("cancel-all goes over REST")
    assert not rig.open_at_venue()
    rig.fault("refuse", face="auth", on=False)
    for number in (1, 2, 3):
        await rig.state(number, "canceled")


@pytest.mark.parametrize("how", ["now", "mid_frame"])
async def test_a_link_that_drops_during_the_kill(rig: Rig, how: str) -> None:
    await with_orders(rig)
    rig.fault("unanswered", method="cancel_all")
    rig.fault("cut", face="auth", how=how)
    answer = await rig.screen.do("kill")
    assert answer.outcome is Outcome.ACCEPTED, answer
    await gone(rig)
    for number in (1, 2, 3):
        await rig.state(number, "canceled")


async def test_a_silent_link_is_not_waited_for(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.engine.entry.HEDGE_S", 0.1)
    monkeypatch.setattr("app.protocol.ws2.inflight.REQUEST_TIMEOUT_NS", 800_000_000)
    await with_orders(rig)
    monkeypatch.setattr(rig.engine.venue._auth, "request", never)
    rig.screen.start("kill")
    await gone(rig)
    assert rig.screen.told("asking over REST as well")


async def never(*_args: object) -> object:
    """A request that dies on the way."""
    import asyncio

    await asyncio.sleep(0.5)
    return None


async def test_kill_does_not_give_up(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.engine.kill.AGAIN_S", 0.05)
    monkeypatch.setattr("app.engine.kill.AGAIN_MOST_S", 0.1)
    await with_orders(rig)
    rig.fault("mode", mode="maintenance")
    await until(lambda: rig.engine.state.system == "maintenance")
    answer = await rig.screen.do("kill")
    assert answer.outcome is not Outcome.ACCEPTED
    assert rig.screen.told("not proven gone: #1 #2 #3")
    assert len(rig.open_at_venue()) == 3
    rig.fault("mode", mode="online")
    await gone(rig)
    await until(lambda: rig.screen.told("KILL again: accepted"))


async def test_kill_does_not_hunt_what_others_place_later(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.engine.kill.AGAIN_S", 0.02)
    monkeypatch.setattr("app.engine.kill.AGAIN_MOST_S", 0.02)
    await with_orders(rig)
    await rig.screen.do("kill")
    await gone(rig)
    theirs = rig.elsewhere()
    await until(lambda: rig.engine.state.orders.locate(theirs.order_id))
    before = rig.engine.venue.rest_points()
    for _ in range(20):
        await until(lambda: True)
    assert not rig.screen.told("KILL again")
    assert rig.engine.venue.rest_points() <= before
    assert rig.open_at_venue()


async def test_kill_works_at_the_end_of_the_rate_counter(rig: Rig) -> None:
    await with_orders(rig)
    account = rig.venue.exchange._floor.accounts[rig.account]
    account.rates.charge("BTC/USD", rig.venue.clock.mono_ns(), 1000, refusable=False)
    assert (await rig.screen.do("kill")).outcome is Outcome.ACCEPTED
    await gone(rig)


async def test_an_engaged_switch_survives_the_engine(bench: Bench) -> None:
    rig = await bench.armed()
    await with_orders(rig)
    await rig.screen.do("kill")
    await gone(rig)
    await rig.drop()
    again = await bench.start(ready=False)
    await until(lambda: again.engine.state.reconciled)
    assert "kill switch" in again.engine.state.blocked("BTC/USD")
    assert again.screen.told("still engaged")
    assert (await again.screen.do("release")).outcome is Outcome.ACCEPTED
    await again.ready()
    await again.drop()
    last = await bench.start()
    assert not last.engine.state.killed


async def test_orders_pressed_together_with_the_kill_do_not_survive_it(rig: Rig) -> None:
    await with_orders(rig, 1)
    requests = [rig.screen.start(rig.bid()) for _ in range(5)]
    requests.append(rig.screen.start("kill"))
    requests += [rig.screen.start(rig.bid()) for _ in range(5)]
    await until(lambda: all(rig.screen.answer(one) for one in requests))
    await gone(rig)
    await until(lambda: not rig.engine.state.orders.working())
    assert not rig.open_at_venue()
