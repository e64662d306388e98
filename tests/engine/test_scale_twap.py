"""Scale and TWAP: what reaches the venue, what never does, and what their rows say."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.order import Side
from app.link.messages import Origin, Outcome
from app.settings import Limits
from tests.engine.conftest import SYMBOL, Bench, Rig, Screen, until
from tests.engine.helper_bench import MODULES, QUICK_S, HelperBench

D = Decimal


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in MODULES:
        monkeypatch.setattr(module, "LOOK_S", QUICK_S)


@pytest.fixture
def desk(rig: Rig) -> HelperBench:
    return HelperBench.of(rig)


def ladder(desk: HelperBench, what: str = "0.01 in 7") -> str:
    return f"scale buy {what} {desk.rig.price(Side.BUY, 300):f}..{desk.rig.price(Side.BUY, 600):f} post"


# -- scale


async def test_a_ladder_adds_up_to_its_total_and_ends_with_its_orders(desk: HelperBench) -> None:
    assert (await desk.do(ladder(desk))).outcome is Outcome.ACCEPTED
    await desk.working(7)
    orders = desk.rig.open_at_venue()
    assert desk.taken(Side.BUY, "accepted") == D("0.01")
    prices = [order.price for order in orders]
    assert prices == sorted(prices, reverse=True)
    assert len(set(prices)) == 7
    assert (await desk.do(f"cancel bids {SYMBOL}")).outcome is Outcome.ACCEPTED
    row = await desk.state("stopped")
    assert "cancelled" in row.note
    await until(lambda: not desk.rig.open_at_venue())


async def test_a_refused_rung_is_left_out_and_said(desk: HelperBench) -> None:
    await desk.do(ladder(desk, "3x2"))  # money for one and a half
    await desk.working(1)
    await desk.note("2 refused")
    assert desk.taken(Side.BUY, "accepted") == D(2)
    order = desk.rig.engine.state.orders.numbered(desk.row().orders[0])
    assert order is not None
    await desk.do(f"cancel #{desk.row().orders[0]}")
    row = await desk.state("done")
    assert "2 refused" in row.note


async def test_a_ladder_of_which_nothing_is_taken_fails(bench: Bench) -> None:
    desk = HelperBench.of(await bench.armed(limits=Limits(max_qty=D("0.001"))))
    await desk.do(ladder(desk, "3x0.01"))
    row = await desk.state("failed")
    assert "above your limit" in row.note
    assert not desk.rig.truth("accepted")


async def test_a_paused_ladder_sends_nothing_until_it_is_resumed(desk: HelperBench) -> None:
    await desk.do(f"{ladder(desk, '5x0.01')}; pause H1")
    await desk.still()
    assert desk.row().state == "paused"
    assert not desk.rig.truth("accepted")
    await desk.do("resume H1")
    await desk.working(5)
    assert desk.row().state == "running"
    await desk.do("stop H1")
    await desk.state("stopped")
    await until(lambda: not desk.rig.open_at_venue())
    assert desk.row().note == "stopped by hand"


async def test_a_ladder_waits_for_the_rate_counter_and_says_so_in_its_row_alone(desk: HelperBench) -> None:
    state = desk.rig.engine.state
    counter = state.rates.pair(SYMBOL).counter
    counter.charge(state.clock.mono_ns(), D(200))
    await desk.do(ladder(desk, "3x0.01"))
    await desk.note("waiting: costs 1")
    await desk.still()
    assert not desk.rig.truth("accepted")
    assert not desk.rig.screen.told("not sent"), "a helper that waits does not fill the log"
    counter.charge(state.clock.mono_ns(), D(-200))
    await desk.working(3)
    assert desk.row().done == "0.00000000"
    assert desk.row().total == "0.03000000"


@pytest.mark.parametrize("how", ["maintenance", "stale"])
async def test_a_blocked_desk_is_waited_out_and_said(
    desk: HelperBench, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = desk.rig
    await desk.do(f"{ladder(desk, '3x0.01')}; pause H1")
    if how == "maintenance":
        rig.fault("mode", mode="maintenance")
    else:
        monkeypatch.setattr("app.protocol.ws2.liveness.STALE_NS", 300_000_000)
        rig.fault("silence", face="l3", heartbeats=False)
    await until(lambda: how in rig.engine.state.blocked(SYMBOL))
    await desk.do("resume H1")
    await desk.note("waiting:")
    assert how in desk.row().note
    assert desk.row().state == "running"
    assert not rig.truth("accepted")
    if how == "maintenance":
        rig.fault("mode", mode="online")
    else:
        monkeypatch.undo()
        rig.fault("silence", face="l3", on=False)
    await desk.working(3)


async def test_no_helper_starts_under_the_kill_switch(desk: HelperBench) -> None:
    await desk.do("kill")
    script = Screen(desk.rig.engine)
    script.hello("script", trade=False)
    for line in (ladder(desk), f"twap buy 0.01 {SYMBOL} over 5m every 1m", f"chase buy 0.01 {SYMBOL}"):
        answer = await script.do(line, Origin.SCRIPT)
        assert answer.outcome is Outcome.REFUSED
        assert "kill switch" in answer.text
    await desk.do("release")
    await desk.still()
    assert not desk.rig.truth("accepted")


async def test_an_unknown_outcome_ends_a_helper(desk: HelperBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.protocol.ws2.inflight.REQUEST_TIMEOUT_NS", 200_000_000)
    desk.rig.fault("unanswered", method="add_order")
    await desk.do(ladder(desk, "5x0.01"))
    row = await desk.state("failed")
    assert "outcome unknown" in row.note
    assert len(desk.rig.truth("accepted")) == 1, "no rung after the one in doubt"
    await until(lambda: not desk.rig.open_at_venue())


# -- TWAP


def twap(what: str = "take", every: str = "1m", qty: str = "0.005") -> str:
    return f"twap buy {qty} {SYMBOL} over 5m every {every} {what}"


async def slice_of(desk: HelperBench, count: int) -> None:
    await until(lambda: len(desk.rig.truth("accepted")) == count)
    await desk.still()


async def test_a_twap_buys_slice_after_slice_and_exactly_its_size(desk: HelperBench) -> None:
    await desk.do(twap())
    for count in range(1, 6):
        await slice_of(desk, count)
        assert desk.taken(Side.BUY) == D("0.001") * count
        assert count == 5 or desk.row().next_in_ms > 0
        desk.pass_time(60)
    row = await desk.state("done")
    assert desk.taken(Side.BUY) == D("0.005")
    assert "0.005 of 0.005" in row.note
    assert not desk.rig.open_at_venue()


async def test_what_a_slice_leaves_over_rolls_on_and_never_executes_twice(desk: HelperBench) -> None:
    rig = desk.rig
    await desk.do(twap("post"))
    for count in range(1, 6):
        await slice_of(desk, count)
        await desk.working(1)
        mine = rig.open_at_venue()
        assert len(mine) == 1, "the last slice is off the book before the next goes out"
        if count % 2:
            rig.sweep_into(mine[0], "0.0004")
            await desk.bought(D("0.0004") * ((count + 1) // 2))
        desk.pass_time(60)
    await desk.state("done")
    assert desk.taken(Side.BUY) == D("0.0012")
    assert desk.row().done == "0.00120000"
    assert not rig.open_at_venue()
    sizes = [D(str(row["qty"])) for row in rig.truth("accepted")]
    assert sizes[0] == D("0.001")
    assert sizes[1] > sizes[0], "what was left went to the slices after it"
    assert sizes[-1] == D("0.005") - D("0.0008")


async def test_a_twap_never_pays_more_than_its_limit(desk: HelperBench) -> None:
    await desk.do(f"{twap()} limit {desk.best(Side.BUY):f}")
    await desk.note("beyond the limit")
    desk.pass_time(60)
    await desk.still()
    assert not desk.rig.truth("accepted")
    desk.pass_time(600)
    row = await desk.state("done")
    assert "0 of 0.005" in row.note


async def test_late_slices_do_not_come_in_a_burst(desk: HelperBench) -> None:
    await desk.do(twap())
    await slice_of(desk, 1)
    desk.pass_time(200)
    await slice_of(desk, 2)
    assert desk.taken(Side.BUY) == D("0.003"), "the second and the third of five share what was due"
    desk.pass_time(60)
    await desk.state("done")
    assert desk.taken(Side.BUY) == D("0.005")
    assert len(desk.rig.truth("accepted")) == 3


async def test_a_pause_moves_the_schedule(desk: HelperBench) -> None:
    await desk.do(twap())
    await slice_of(desk, 1)
    await desk.do("pause H1")
    await desk.still()
    desk.pass_time(600)
    await desk.do("resume H1")
    await desk.still()
    assert len(desk.rig.truth("accepted")) == 1
    desk.pass_time(60)
    await slice_of(desk, 2)
    assert desk.taken(Side.BUY) == D("0.002")


@pytest.mark.parametrize(("how", "state"), [("stop H1", "stopped"), ("kill", "stopped"), ("cancel all", "stopped")])
async def test_a_stopped_twap_leaves_nothing_working(desk: HelperBench, how: str, state: str) -> None:
    await desk.do(twap("post"))
    await desk.working(1)
    await desk.do(how)
    await desk.state(state)
    await until(lambda: not desk.rig.open_at_venue())
    if how == "kill":
        await desk.do("release")
    desk.pass_time(120)
    await desk.still()
    assert len(desk.rig.truth("accepted")) == 1


async def test_a_slice_cancelled_by_hand_ends_the_twap(desk: HelperBench) -> None:
    await desk.do(twap("post"))
    await desk.working(1)
    await desk.do("cancel #1")
    row = await desk.state("failed")
    assert "#1 was cancelled from outside" in row.note
    desk.pass_time(120)
    await desk.still()
    assert len(desk.rig.truth("accepted")) == 1


async def test_fills_are_counted_after_the_desk_forgot_the_orders(
    desk: HelperBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.orders.KEPT_ENDED", 1)
    await desk.do(twap())
    for count in range(1, 6):
        await slice_of(desk, count)
        desk.pass_time(60)
    await desk.state("done")
    assert desk.taken(Side.BUY) == D("0.005")
    assert desk.row().done == "0.00500000"


async def test_a_runaway_is_throttled_until_a_person_lets_it_out(
    desk: HelperBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.rig.engine.commands.gate.throttle, "_most", 1)
    await desk.do(twap())
    await slice_of(desk, 1)
    desk.pass_time(60)
    await slice_of(desk, 2)
    assert desk.rig.screen.told("automatic orders are off")
    desk.pass_time(60)
    await desk.note("waiting:")
    assert "fills of automatic orders" in desk.row().note
    script = Screen(desk.rig.engine)
    script.hello("script", trade=False)
    answer = await script.do(desk.rig.bid(), Origin.SCRIPT)
    assert answer.outcome is Outcome.REFUSED, "scripts are automatic as well"
    assert "automatic orders" in answer.text
    assert len(desk.rig.truth("accepted")) == 2
    assert (await desk.do(desk.rig.bid())).outcome is Outcome.ACCEPTED, "a person is not"
    await desk.do("override repeated")
    desk.pass_time(60)
    await slice_of(desk, 4)


@pytest.mark.parametrize("cancel", [False, True])
async def test_helpers_end_with_the_engine(bench: Bench, cancel: bool) -> None:
    from app.link.messages import StopEngine

    rig = await bench.armed()
    desk = HelperBench.of(rig)
    await desk.do(twap("post"))
    await desk.working(1)
    answer = await rig.engine.end(StopEngine(1, cancel))
    assert answer.outcome is Outcome.ACCEPTED
    await until(rig.running.done, 1.5)
    assert desk.row().state == "stopped"
    assert len(rig.open_at_venue()) == (0 if cancel else 1)
    assert ("1 orders stay" in answer.text) is not cancel
