"""The counter at its end: what still goes through, what is said, and whose doing it was."""

from __future__ import annotations

from decimal import Decimal

from app.link.messages import Outcome
from tests.engine.conftest import SYMBOL, Bench, Rig, until


def exhaust(rig: Rig, orders: int) -> None:
    """Spend nine points an order as another client does: placed, then pulled in a batch, which always goes."""
    placed = [rig.elsewhere().order_id for _ in range(orders)]
    rig.venue.exchange.cancel_batch(rig.account, order_ids=placed)


async def test_a_cancel_over_the_limit_goes_as_a_batch_which_the_venue_takes(rig: Rig) -> None:
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
    exhaust(rig, 15)
    answer = await rig.screen.do("cancel #1")
    assert answer.outcome is Outcome.ACCEPTED, answer
    assert rig.screen.told("cancel of #1 is over the rate limit: asking as a batch over REST")
    await rig.state(1, "canceled")


async def test_what_another_client_spends_is_said_once_and_shown(rig: Rig) -> None:
    exhaust(rig, 4)
    await until(lambda: rig.screen.told("another client spent"))
    await until(lambda: rig.engine.state.rates.others(SYMBOL) > 30)
    view = rig.engine.state.gauge(SYMBOL)
    assert [row.who for row in view.spent] == ["others"]
    assert len(rig.screen.told("another client spent")) == 1


async def test_own_orders_are_nobody_elses_doing(rig: Rig) -> None:
    for _ in range(3):
        await rig.screen.do(rig.bid())
    await rig.screen.do("amend #2 0.02")
    await rig.screen.do(f"cancel all {SYMBOL}")
    await until(lambda: not rig.open_at_venue())
    assert rig.engine.state.rates.others(SYMBOL) == 0
    assert {(row.who, row.action) for row in rig.engine.state.gauge(SYMBOL).spent} == {
        ("you", "add"),
        ("you", "amend"),
        ("you", "cancel"),
    }


async def test_the_reserve_of_the_profile_holds_back_orders_and_no_close(bench: Bench) -> None:
    rig = await bench.armed(exit_reserve=Decimal(60))
    assert (await rig.screen.do(f"buy 0.001 {SYMBOL} market")).outcome is Outcome.ACCEPTED
    await until(lambda: rig.engine.state.positions.get(SYMBOL).qty)
    state = rig.engine.state
    state.rates.pair(SYMBOL).counter.charge(state.clock.mono_ns(), Decimal(100))
    held = await rig.screen.do(rig.bid())
    assert held.outcome is Outcome.REFUSED
    assert "the reserve is 60" in held.text
    assert (await rig.screen.do("close")).outcome is Outcome.ACCEPTED
    assert (await rig.screen.do("cancel everything")).outcome is Outcome.ACCEPTED


async def test_the_account_tells_its_tier(bench: Bench) -> None:
    rig = await bench.armed(tier="starter")
    assert rig.engine.state.rates.tier.name == "intermediate"
    assert rig.engine.state.gauge(SYMBOL).threshold == 125
    assert rig.screen.told("the account is intermediate, not starter")
