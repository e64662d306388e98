"""The daily rollover of the FIX session, with orders working: nothing lost, nothing sent twice, numbers from one."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from app.clock import NS_PER_S, SystemClock
from app.domain import rollover
from app.domain.budget import RollingBudget
from app.engine import reconcile
from app.link.messages import Outcome
from app.venue.fix import policies
from app.venue.gateways.options import Options
from app.venue.gateways.venue import Venue
from app.workers import fix, supervisor
from app.workers.face import FixSessionInfo
from tests.engine.conftest import PAIRS, Bench, Rig, until

FIX = "fix"


class ShiftedClock(SystemClock):
    """Real time with a wall clock that a test moves forward."""

    def __init__(self) -> None:
        self.ahead_ns = 0

    def now_ns(self) -> int:
        return super().now_ns() + self.ahead_ns

    def go_to(self, before_s: int) -> None:
        """Go on to so many seconds before the next rollover."""
        self.ahead_ns += rollover.until(self.now_ns()) - before_s * NS_PER_S

    def go_past(self, after_s: int) -> None:
        """Go on to so many seconds after the next rollover."""
        self.ahead_ns += rollover.until(self.now_ns()) + after_s * NS_PER_S


def trading(rig: Rig) -> FixSessionInfo:
    return next(one for one in rig.engine.venue.fix_sessions() if one.name == "trading")


async def _over(rig: Rig, clock: ShiftedClock, *, prepared: bool) -> None:
    """Go through one rollover: leaving before it, or being put out by the venue."""
    venue, before = rig.engine.venue, trading(rig).since_ns
    if prepared:
        clock.go_to(4)
        rig.engine.fix.pulse()
        await until(lambda: not venue.fix_up())
    clock.go_past(31)
    await until(lambda: rig.venue.fix.gate._next_rollover_ns > clock.now_ns())  # the venue looks at its clock, too
    rig.engine.fix.pulse()
    await until(lambda: venue.fix_up() and trading(rig).since_ns > before)


async def _placed(rig: Rig) -> int:
    """Place an order and return its number.

    A message under way while the clock jumps is a day old when it is read, for
    which the venue ends the session: what was not sent for that is sent anew.
    """
    while True:
        await until(rig.engine.venue.fix_up)
        answer = await rig.screen.do(rig.bid())
        if answer.outcome is Outcome.ACCEPTED:
            return answer.orders[0].number
        assert "the FIX session is not up" in answer.text, answer


async def _rollovers(place: Path, count: int) -> None:
    clock = ShiftedClock()
    async with AsyncExitStack() as stack:
        options = Options(pairs=PAIRS, speed=0, truth=place / "truth.jsonl")
        venue = await stack.enter_async_context(Venue(options, clock, keys_seed="engine"))
        bench = Bench(venue, place, stack, clock)
        rig = await bench.armed(fix=bench.fix(), transport=FIX)
        await until(rig.engine.venue.fix_up)
        numbers: list[int] = []
        for at in range(count):
            clock.go_to(3_600)
            if at % 2 == 0:  # the venue takes 80 orders of a pair
                number = await _placed(rig)
                numbers.append(number)
                await rig.state(number, "working")
            await _over(rig, clock, prepared=at % 4 < 2)
            # The logon, and what may have been said since.
            assert max(trading(rig).seq_in, trading(rig).seq_out) <= 4
            assert len(rig.open_at_venue()) == len(numbers), "an order was lost"
            assert {rig.state_of(number) for number in numbers} == {"working"}
        # Earlier sessions placed them: F cannot reach them, WebSocket can.
        assert (await rig.screen.do("cancel everything")).outcome is Outcome.ACCEPTED
        await until(lambda: not rig.engine.state.orders.working())
        assert not rig.open_at_venue()
        assert len(rig.truth("accepted")) == len(numbers), "an order was sent twice"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "ROLLOVER_S", 0)  # it is measured on the clock that does not jump
    monkeypatch.setattr(reconcile, "ASK_FIRST_S", 0.1)
    # A session stands for a day before it ends; here it stands for a moment.
    monkeypatch.setattr(fix, "STABLE_NS", 0)
    monkeypatch.setattr(supervisor, "MAINTENANCE_FLOOR_S", 0.02)
    # Days pass in seconds here, so the budget of connections in ten minutes would run out.
    monkeypatch.setattr(supervisor, "connection_budget", lambda: RollingBudget(100_000, NS_PER_S))


async def test_orders_live_through_rollovers(tmp_path: Path) -> None:
    await _rollovers(tmp_path, 4)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_orders_live_through_a_hundred_rollovers(tmp_path: Path) -> None:
    await _rollovers(tmp_path, 100)


async def test_before_a_rollover_the_orders_at_stake_are_named_and_new_ones_go_elsewhere(tmp_path: Path) -> None:
    clock = ShiftedClock()
    async with AsyncExitStack() as stack:
        options = Options(pairs=PAIRS, speed=0, truth=tmp_path / "truth.jsonl")
        venue = await stack.enter_async_context(Venue(options, clock, keys_seed="engine"))
        bench = Bench(venue, tmp_path, stack, clock)
        rig = await bench.armed(fix=bench.fix(), transport=FIX)
        await until(rig.engine.venue.fix_up)
        await rig.screen.do(rig.bid())
        await rig.state(1, "working")
        clock.go_to(50)
        rig.engine.fix.pulse()
        [warned] = rig.screen.told("FIX rolls over at 22:00 UTC")
        assert "#1" in warned.text
        assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
        order = rig.engine.state.orders.numbered(2)
        assert order is not None
        assert order.owner == "ws"
        assert rig.screen.told("order #2 goes over WS: the FIX session rolls over at 22:00 UTC")


async def test_around_a_rollover_orders_are_held_back_if_configured_so(tmp_path: Path) -> None:
    clock = ShiftedClock()
    async with AsyncExitStack() as stack:
        options = Options(pairs=PAIRS, speed=0, truth=tmp_path / "truth.jsonl")
        venue = await stack.enter_async_context(Venue(options, clock, keys_seed="engine"))
        bench = Bench(venue, tmp_path, stack, clock)
        rig = await bench.armed(fix=bench.fix(around_rollover="hold"), transport=FIX)
        clock.go_to(50)
        answer = await rig.screen.do(rig.bid())
        assert answer.outcome is Outcome.REFUSED
        assert "rolls over" in answer.text
        assert not rig.truth("accepted")
