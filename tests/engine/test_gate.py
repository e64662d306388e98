"""Who may trade, when, and what stands in the way; what never does."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.clock import NS_PER_S, ManualClock
from app.domain.order import Side
from app.engine.pen import Pen
from app.link.frames import Trust
from app.link.messages import Answer, Origin, Outcome
from app.settings import Limits, Mode
from tests.engine.conftest import SYMBOL, Bench, Rig, Screen, until


def refused(answer: Answer, words: str) -> bool:
    return answer.outcome is Outcome.REFUSED and words in answer.text


async def test_keys_and_lines_need_the_pen_and_arming_scripts_neither(bench: Bench) -> None:
    rig = await bench.start()
    for origin in (Origin.KEY, Origin.LINE):
        assert refused(await rig.screen.do(rig.bid(), origin), "not armed")
    other = Screen(rig.engine)
    other.hello("two")
    other.view()
    assert refused(await other.do(rig.bid()), "the pen is with one")
    script = Screen(rig.engine)
    script.hello("script", trade=False, since=-1)
    assert (await script.do(rig.bid(), Origin.SCRIPT)).outcome is Outcome.ACCEPTED
    assert refused(await other.do(rig.bid(), Origin.SCRIPT), "the pen is with"), "a screen is no script"
    assert refused(await other.do("arm"), "the pen is with")
    assert refused(await other.do("amend #1 0.02"), "the pen is with")
    await rig.screen.arm()
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED


async def test_without_a_key_nothing_trades(bench: Bench) -> None:
    rig = await bench.start(bench.engine(keyed=False), ready=False)
    await until(lambda: rig.engine.state.trust(SYMBOL) is Trust.VERIFIED)
    for line in ("arm", rig.bid(), "kill"):
        assert refused(await rig.screen.do(line), "public data only")
    assert refused(await rig.screen.take_pen(), "public data only")
    assert not rig.truth()


async def test_real_money_wants_its_phrase_once(bench: Bench) -> None:
    rig = await bench.start(mode=Mode.REAL, name="house")
    assert rig.screen.hello().confirm == "trade house"
    script = Screen(rig.engine)
    script.hello("script", trade=False)
    assert refused(await script.do(rig.bid(), Origin.SCRIPT), "not confirmed")
    assert refused(await rig.screen.do("arm"), "type 'trade house'")
    assert refused(await rig.screen.do("arm", confirm="trade House"), "type")
    assert (await rig.screen.do("arm", confirm=" trade house ")).outcome is Outcome.ACCEPTED
    await rig.screen.do("disarm")
    assert (await rig.screen.do("arm")).outcome is Outcome.ACCEPTED
    assert (await script.do(rig.bid(), Origin.SCRIPT)).outcome is Outcome.ACCEPTED


def test_arming_runs_out_by_itself_and_keys_renew_it() -> None:
    clock = ManualClock()
    pen = Pen(clock, 60, "")
    pen.arm()
    clock.advance(s=59)
    pen.touch()
    clock.advance(s=59)
    assert pen.armed
    assert pen.left_ms == 1000
    clock.advance(s=1)
    assert not pen.armed
    assert pen.expired
    pen.touch()
    assert not pen.armed, "a key cannot bring back what ran out"


async def test_idling_disarms_and_says_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.engine.engine.PULSE_S", 0.02)
    rig = await bench.start()
    rig.engine.state.pen._timeout_ns = NS_PER_S // 5
    await rig.screen.arm()
    await until(lambda: rig.screen.told("after idling"))
    assert refused(await rig.screen.do(rig.bid()), "not armed")


async def test_another_pair_or_another_holder_disarms(rig: Rig) -> None:
    state = rig.engine.state
    rig.screen.view("ETH/USD")
    assert not state.pen.armed
    rig.screen.view()
    await rig.ready()
    await rig.screen.arm()
    other = Screen(rig.engine)
    other.hello("two")
    other.view("ETH/USD")
    assert state.pen.armed, "a screen that only looks changes nothing"
    assert state.symbol == SYMBOL
    await other.take_pen()
    assert not state.pen.armed
    assert refused(await rig.screen.do(rig.bid()), "the pen is with two")


async def test_a_lost_link_disarms_and_blocks(rig: Rig) -> None:
    rig.fault("refuse", face="l3", on=True)
    rig.fault("cut", face="l3")
    await until(lambda: not rig.engine.state.pen.armed)
    assert refused(await rig.screen.do("arm"), "the book is")
    rig.fault("refuse", face="l3", on=False)
    await rig.ready()


async def test_a_silent_book_is_stale_disarms_and_blocks(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.protocol.ws2.liveness.STALE_NS", 300_000_000)
    rig.fault("silence", face="l3", heartbeats=False)
    await until(lambda: rig.engine.state.trust(SYMBOL) is Trust.STALE)
    assert not rig.engine.state.pen.armed
    await until(lambda: rig.screen.status and "stale" in rig.screen.status.blocked)
    assert refused(await rig.screen.do("arm"), "the book is stale")


async def test_a_bad_checksum_disarms_blocks_and_mends(rig: Rig) -> None:
    frames = len(rig.screen.frames)
    rig.fault("corrupt", channel="level3", symbol=SYMBOL)
    rig.stranger(Side.BUY, "0.01", 3)
    await until(lambda: rig.screen.told("book not verified"))
    assert not rig.engine.state.pen.armed
    await rig.ready()
    shown = [frame.ladder.trust for frame in rig.screen.frames[frames:] if frame.ladder]
    assert set(shown) != {Trust.VERIFIED}
    seen = len(rig.screen.frames)
    await until(lambda: any(f.ladder and f.ladder.trust is Trust.VERIFIED for f in rig.screen.frames[seen:]))
    assert rig.engine.state.market.pairs[SYMBOL].resyncs == 1


@pytest.mark.parametrize(
    ("mode", "plain", "post"),
    [
        ("cancel_only", "cancel_only", "cancel_only"),
        ("post_only", "post-only", ""),
        ("maintenance", "maintenance", "maintenance"),
    ],
)
async def test_the_state_of_the_venue_blocks_with_its_reason(rig: Rig, mode: str, plain: str, post: str) -> None:
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
    await rig.state(1, "working")
    rig.fault("mode", mode=mode)
    await until(lambda: rig.engine.state.system == mode)
    line = rig.bid()
    assert refused(await rig.screen.do(line.removesuffix(" post")), plain)
    answer = await rig.screen.do(line)
    assert answer.outcome is Outcome.ACCEPTED if not post else refused(answer, post)
    if mode != "maintenance":
        assert (await rig.screen.do("cancel #1")).outcome is Outcome.ACCEPTED
        await rig.state(1, "canceled")
    else:
        assert (await rig.screen.do("cancel #1")).layer != "guard", "the venue refuses it, not we"


@pytest.mark.parametrize("status", ["cancel_only", "maintenance", "reduce_only"])
async def test_the_state_of_the_pair_blocks_with_its_reason(rig: Rig, status: str) -> None:
    await rig.screen.do(rig.bid())
    await rig.state(1, "working")
    rig.fault("pair_status", symbol=SYMBOL, status=status)
    await until(lambda: rig.engine.state.market.status(SYMBOL).value == status)
    assert refused(await rig.screen.do(rig.bid()), f"{SYMBOL} is {status}")
    await until(lambda: rig.screen.status and status in rig.screen.status.blocked)
    assert (await rig.screen.do("cancel #1")).layer != "guard"


async def test_cancels_pass_disarmed_without_pen_and_at_the_end_of_the_counter(rig: Rig) -> None:
    for _ in range(3):
        assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
    await rig.screen.do("disarm")
    assert (await rig.screen.do("cancel #1")).outcome is Outcome.ACCEPTED
    other = Screen(rig.engine)
    other.hello("two")
    assert (await other.do("cancel #2")).outcome is Outcome.ACCEPTED
    state = rig.engine.state
    state.rates.pair(SYMBOL).counter.charge(state.clock.mono_ns(), Decimal(200))
    await rig.screen.arm()
    assert refused(await rig.screen.do(rig.bid()), "point")
    assert (await rig.screen.do("cancel #3")).outcome is Outcome.ACCEPTED
    await until(lambda: not rig.open_at_venue())


async def test_a_cancel_goes_over_rest_when_the_link_is_down_and_says_so(rig: Rig) -> None:
    await rig.screen.do(rig.bid())
    await rig.state(1, "working")
    rig.fault("refuse", face="auth", on=True)
    rig.fault("cut", face="auth")
    await until(lambda: rig.engine.state.account_stale)
    assert (await rig.screen.do("cancel #1")).outcome is Outcome.ACCEPTED
    assert rig.screen.told("cancel of #1 goes over REST")
    assert not rig.open_at_venue()
    rig.fault("refuse", face="auth", on=False)
    await rig.state(1, "canceled")


async def test_a_cancel_without_a_quick_answer_is_asked_for_over_rest_too(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.entry.HEDGE_S", 0.1)
    monkeypatch.setattr("app.protocol.ws2.inflight.REQUEST_TIMEOUT_NS", 500_000_000)
    await rig.screen.do(rig.bid())
    await rig.state(1, "working")
    rig.fault("silence", face="auth", heartbeats=False)
    await rig.screen.do("cancel #1")
    assert rig.screen.told("asking over REST as well")
    assert not rig.open_at_venue()


async def test_one_amend_at_a_time_and_none_of_what_is_being_cancelled(rig: Rig) -> None:
    await rig.screen.do(rig.bid())
    await rig.state(1, "working")
    rig.fault("delay", face="auth", ms=150)
    first, second = rig.screen.start("amend #1 0.02"), rig.screen.start("amend #1 0.03")
    await until(lambda: rig.screen.answer(first) and rig.screen.answer(second))
    outcomes = {getattr(rig.screen.answer(one), "outcome", None) for one in (first, second)}
    assert outcomes == {Outcome.ACCEPTED}
    assert rig.screen.told("amend of #1 waits for the answer to the request before it")
    await rig.state(1, "working")
    cancel, amend = rig.screen.start("cancel #1"), rig.screen.start("amend #1 0.04")
    await until(lambda: rig.screen.answer(amend) and rig.screen.answer(cancel))
    answer = rig.screen.answer(amend)
    assert answer is not None
    assert answer.outcome is Outcome.REFUSED
    await rig.state(1, "canceled")
    assert len(rig.truth("amended")) == 2


async def test_the_same_order_twice_is_one_order(rig: Rig) -> None:
    line = rig.bid()
    requests = [rig.screen.start(line) for _ in range(10)]
    await until(lambda: all(rig.screen.answer(one) for one in requests))
    assert len(rig.truth("accepted")) == 1


async def test_many_orders_at_once_stay_within_the_count_limit(bench: Bench) -> None:
    rig = await bench.armed(limits=Limits(max_open_orders=5, max_orders_per_s=1000))
    requests = [rig.screen.start(rig.bid()) for _ in range(12)]
    await until(lambda: all(rig.screen.answer(one) for one in requests))
    assert len(rig.truth("accepted")) == 5
    assert len(rig.open_at_venue()) == 5


async def test_a_chain_stops_at_the_first_refusal(rig: Rig) -> None:
    answer = await rig.screen.do(f"{rig.bid()}; amend #77 0.2; {rig.bid()}")
    assert answer.outcome is Outcome.REFUSED
    assert len(rig.truth("accepted")) == 1
