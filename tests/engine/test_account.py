"""Balances, holds, positions and the rate counter are the venue's own numbers."""

from __future__ import annotations

import random
from decimal import Decimal

from app.domain.instrument import from_units
from app.domain.order import Side
from app.link.messages import Outcome
from tests.engine.conftest import SYMBOL, Rig, until

DIGITS = {"USD": Decimal("1e-4")}
TINY = Decimal("1e-8")


def totals(rig: Rig) -> dict[str, Decimal]:
    return {asset: total for asset, total in rig.engine.state.account.totals.items() if total}


def truth(rig: Rig) -> dict[str, Decimal]:
    """The totals of the assets that this small venue trades."""
    listed = {part for symbol in rig.venue.exchange.listings for part in symbol.split("/")}
    found = rig.venue.exchange.balances(rig.account)
    return {asset: from_units(units) for asset, units in found.items() if units and asset in listed}


def holds(rig: Rig) -> dict[str, Decimal]:
    return {asset: from_units(units) for asset, units in rig.venue.exchange.holds(rig.account).items() if units}


def close(ours: dict[str, Decimal], theirs: dict[str, Decimal]) -> bool:
    """Equal but for the last digits that the wire does not carry."""
    zero = Decimal(0)
    return all(abs(ours.get(one, zero) - theirs.get(one, zero)) <= DIGITS.get(one, TINY) for one in ours | theirs)


async def settled(rig: Rig) -> None:
    await until(lambda: all(not order.state.value.startswith("pending") for order in rig.engine.state.orders.working()))
    await until(lambda: len(rig.engine.state.orders.working()) == len(rig.open_at_venue()))


async def test_fills_move_balances_positions_and_holds_as_at_the_venue(rig: Rig) -> None:
    await until(lambda: SYMBOL in rig.engine.state.account.fees)
    assert close(totals(rig), truth(rig))
    assert (await rig.screen.do(f"buy 0.05 {SYMBOL} @ {rig.price(Side.SELL, 20):f}")).outcome is Outcome.ACCEPTED
    assert (await rig.screen.do(f"sell 0.02 {SYMBOL} @ {rig.price(Side.BUY, 20):f}")).outcome is Outcome.ACCEPTED
    assert (await rig.screen.do(rig.bid("0.03"))).outcome is Outcome.ACCEPTED
    ask = f"sell 0.04 {SYMBOL} @ {rig.price(Side.SELL, 300):f} post"
    assert (await rig.screen.do(ask)).outcome is Outcome.ACCEPTED
    await settled(rig)
    await until(lambda: close(totals(rig), truth(rig)))
    await until(lambda: close(rig.engine.state.held(), holds(rig)))
    fills = rig.truth("filled")
    signed = [Decimal(str(row["qty"])) * (1 if row["side"] == "buy" else -1) for row in fills]
    assert rig.engine.state.positions.get(SYMBOL).qty == sum(signed, Decimal(0)) == Decimal("0.03")
    assert rig.engine.state.positions.get(SYMBOL).fees > 0


async def test_a_fill_during_a_cancel_counts_and_the_end_is_right(rig: Rig) -> None:
    assert (await rig.screen.do(rig.bid("0.05", ticks=1))).outcome is Outcome.ACCEPTED
    await rig.state(1, "working")
    mine = rig.open_at_venue()[0]
    rig.fault("delay", face="auth", ms=50)
    request = rig.screen.start("cancel #1")
    rig.sweep_into(mine, "0.02")
    await until(lambda: rig.screen.answer(request))
    await rig.state(1, "canceled")
    order = rig.engine.state.orders.numbered(1)
    assert order is not None
    assert order.cum_qty == Decimal("0.02")
    assert rig.engine.state.positions.get(SYMBOL).qty == Decimal("0.02")
    rig.fault("delay", face="auth", ms=0)


async def test_a_full_fill_outruns_the_cancel(rig: Rig) -> None:
    assert (await rig.screen.do(rig.bid("0.05", ticks=1))).outcome is Outcome.ACCEPTED
    await rig.state(1, "working")
    rig.sweep_into(rig.open_at_venue()[0], "0.05")
    await rig.screen.do("cancel #1")
    await rig.state(1, "filled")
    assert not rig.engine.state.orders.unknown()


async def test_the_report_may_come_before_the_answer(rig: Rig) -> None:
    """The venue sends `new` and the fill of a taker before or after the answer; the end is one."""
    rig.fault("delay", face="auth", ms=20)
    answers = [await rig.screen.do(f"buy 0.0{size} {SYMBOL} @ {rig.price(Side.SELL, 30):f}") for size in range(1, 5)]
    assert all(answer.outcome is Outcome.ACCEPTED for answer in answers)
    for number in range(1, 5):
        await rig.state(number, "filled")
    bought = sum((Decimal(str(row["qty"])) for row in rig.truth("filled")), Decimal(0))
    assert rig.engine.state.positions.get(SYMBOL).qty == bought


async def test_a_repeated_report_counts_once(rig: Rig) -> None:
    assert (await rig.screen.do(f"buy 0.02 {SYMBOL} @ {rig.price(Side.SELL, 30):f}")).outcome is Outcome.ACCEPTED
    await rig.state(1, "filled")
    position = rig.engine.state.positions.get(SYMBOL)
    rig.fault("cut", face="auth")
    await until(lambda: rig.engine.state.account_stale)
    await rig.ready()  # the snapshot repeats the fills
    assert rig.engine.state.positions.get(SYMBOL) == position


async def test_the_rate_counter_is_the_venues(rig: Rig) -> None:
    rng = random.Random(11)
    state, exchange = rig.engine.state, rig.venue.exchange
    for _ in range(30):
        working = state.orders.working()
        dice = rng.random()
        if dice < 0.5 or not working:
            await rig.screen.do(rig.bid())
        elif dice < 0.75:
            number = state.orders.number(rng.choice(working))
            await rig.screen.do(f"amend #{number} 0.0{rng.randint(2, 9)}")
        else:
            await rig.screen.do(f"cancel #{state.orders.number(rng.choice(working))}")
        await settled(rig)
    await until(lambda: abs(state.rates.points(SYMBOL) - exchange.rate_counter(rig.account, SYMBOL)) < Decimal("0.5"))
    assert not [row for row in rig.truth("rejected") if "Rate limit" in str(row["error"])]
    before = exchange.rate_counter(rig.account, SYMBOL)
    await rig.screen.do("kill")
    await settled(rig)
    assert exchange.rate_counter(rig.account, SYMBOL) <= before + 1
    await until(lambda: abs(state.rates.points(SYMBOL) - exchange.rate_counter(rig.account, SYMBOL)) < Decimal("0.5"))
