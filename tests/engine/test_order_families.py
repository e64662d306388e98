"""Conditional closes and their children, batches leg by leg, amends of every term, expiry, what dies with the link."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.order import OrderType, Side
from app.link.frames import OrderRow
from app.link.messages import Outcome
from app.venue.core.api import Order
from tests.engine.conftest import SYMBOL, Bench, Rig, until
from tests.engine.helper_bench import HelperBench

D = Decimal
TICK = D("0.1")


def rows(rig: Rig) -> dict[int, OrderRow]:
    shown = rig.engine.publisher.orders(())
    return {row.number: row for row in shown}


def children(rig: Rig) -> list[Order]:
    return [order for order in rig.open_at_venue() if order.parent_id]


async def parent(rig: Rig, close: str = "then stop -1%") -> Order:
    """Rest a bid with a close, two ticks behind the touch."""
    await rig.screen.do(f"buy 0.03 {SYMBOL} @ {rig.price(Side.BUY, 2):f} post {close}")
    await rig.state(1, "working")
    (order,) = rig.open_at_venue()
    return order


# -- families


async def test_each_fill_makes_its_child_and_the_family_shows_and_goes_as_one(rig: Rig) -> None:
    mine = await parent(rig)
    rig.sweep_into(mine, "0.01")
    await until(lambda: len(children(rig)) == 1)
    HelperBench.of(rig).hit(Side.SELL, rig.venue.exchange.listings[SYMBOL].instrument.price(mine.price), "0.005")
    await until(lambda: len(children(rig)) == 2)
    sizes = [rig.venue.exchange.listings[SYMBOL].instrument.qty(child.qty) for child in children(rig)]
    assert sizes == [D("0.01"), D("0.005")], "each is as large as its fill"
    assert {(child.side, child.order_type) for child in children(rig)} == {(Side.SELL, OrderType.STOP_LOSS)}
    await until(lambda: rows(rig)[1].children == 2)
    kin = [row for row in rows(rig).values() if row.parent == 1]
    assert len(kin) == 2
    assert all(row.trigger and row.side == "sell" for row in kin)
    answer = await rig.screen.do(f"cancel #{kin[0].number} family")
    assert answer.outcome is Outcome.ACCEPTED
    await until(lambda: not rig.open_at_venue())
    await until(lambda: not rig.engine.state.orders.working())


async def test_cancelling_the_parent_alone_keeps_its_children(rig: Rig) -> None:
    rig.sweep_into(await parent(rig, "then @ +2%"), "0.01")
    await until(lambda: len(children(rig)) == 1)
    await rig.screen.do("cancel #1")
    await rig.state(1, "canceled")
    assert len(rig.open_at_venue()) == 1


async def test_an_order_that_carries_a_close_is_not_amended_here_or_there(rig: Rig) -> None:
    await parent(rig)
    answer = await rig.screen.do("amend #1 0.04")
    assert (answer.outcome, answer.layer) == (Outcome.REFUSED, "guard")
    assert "conditional close" in answer.text
    assert not rig.truth("amended")


# -- batches


async def test_one_leg_that_the_gate_refuses_keeps_all_of_them_back(rig: Rig) -> None:
    low = rig.price(Side.BUY, 500)
    answer = await rig.screen.do(
        f"batch buy 0.01 @ {low:f} post & buy 0.00000001 @ {low - 1:f} & buy 0.01 @ {low - 2:f}"
    )
    assert answer.outcome is Outcome.REFUSED
    assert "leg 2" in answer.text
    assert not rig.truth()
    assert not rig.engine.state.orders.working()


async def test_a_good_batch_is_one_message_and_every_leg_lives(rig: Rig) -> None:
    low = rig.price(Side.BUY, 500)
    legs = " & ".join(f"buy 0.001 @ {low - at:f} post" for at in range(15))
    answer = await rig.screen.do(f"batch {legs}")
    assert answer.outcome is Outcome.ACCEPTED, answer
    assert len(answer.orders) == len(rig.open_at_venue()) == 15
    for brief in answer.orders:
        await rig.state(brief.number, "working")


async def test_a_leg_that_the_engine_of_the_venue_refuses_fails_alone(rig: Rig) -> None:
    """The gate does not know that the money is gone: another program has just spent it."""
    low = rig.price(Side.BUY, 500)
    rig.fault("drop", channel="balances", count=50)
    rig.fault("drop", channel="executions", count=1)
    rig.elsewhere(qty="3.89", ticks=900)
    answer = await rig.screen.do(
        f"batch buy 0.01 @ {low:f} post & buy 0.02 @ {low - 1:f} post & buy 0.01 @ {low - 2:f} post"
    )
    assert answer.outcome is Outcome.REFUSED, answer
    assert "of 3 legs live" in answer.text
    states = [brief.state for brief in answer.orders]
    assert "rejected" in states
    live = [brief for brief in answer.orders if brief.state != "rejected"]
    assert {brief.order_id for brief in live} <= {order.order_id for order in rig.open_at_venue()}
    assert len(live) == sum(1 for row in rig.truth("accepted") if row["cl_ord_id"] in {one.cl_ord_id for one in live})


async def test_a_batch_without_an_answer_leaves_every_leg_in_doubt_and_none_is_sent_twice(bench: Bench) -> None:
    rig = await bench.armed()
    low = rig.price(Side.BUY, 500)
    rig.fault("unanswered", method="batch_add")
    rig.fault("drop", channel="executions", count=2)
    request = rig.screen.start(f"batch buy 0.01 @ {low:f} post & buy 0.01 @ {low - 1:f} post")
    # Cut before the venue has the batch, it would be known not to be sent.
    await until(lambda: len(rig.truth("accepted")) == 2)
    rig.fault("cut", face="auth")
    await until(lambda: rig.screen.answer(request))
    answer = rig.screen.answer(request)
    assert answer is not None
    assert answer.outcome is Outcome.UNKNOWN, answer
    await until(lambda: not rig.engine.state.orders.unknown())
    assert len(rig.truth("accepted")) == len(rig.open_at_venue()) == 2
    shown = {order.order_id for order in rig.engine.state.orders.working()}
    assert shown == {order.order_id for order in rig.open_at_venue()}


# -- amends, expiry, the link


async def test_every_term_is_amended_in_place(rig: Rig) -> None:
    low, high = rig.price(Side.BUY, 500), rig.price(Side.SELL, 500)
    await rig.screen.do(f"buy 0.01 {SYMBOL} @ {low:f} iceberg 0.002 post")
    await rig.screen.do(f"buy 0.01 {SYMBOL} stop {high:f} @ {high + 1:f}")
    await rig.screen.do(f"buy 0.01 {SYMBOL} trail 1%")
    for number in (1, 2, 3):
        await rig.state(number, "working", "acked")
    ids = [order.order_id for order in rig.open_at_venue()]
    for line in (
        "amend #1 0.012 display 0.003",
        f"amend #1 @ {low - 1:f}",
        f"amend #2 trigger {high + 5:f}",
        "amend #3 trail 2%",
    ):
        answer = await rig.screen.do(line)
        assert answer.outcome is Outcome.ACCEPTED, (line, answer)
    await until(lambda: len(rig.truth("amended")) == 4)
    iceberg, stop, trail = rig.open_at_venue()
    assert [iceberg.order_id, stop.order_id, trail.order_id] == ids
    price = rig.venue.exchange.listings[SYMBOL].instrument.price
    assert stop.trigger is not None
    assert price(stop.trigger.price) == high + 5
    await until(lambda: D(rows(rig)[1].display) == D("0.003") and D(rows(rig)[1].price) == low - 1)
    await until(lambda: f"{high + 5:f}" in rows(rig)[2].trigger)
    await until(lambda: "2%" in rows(rig)[3].trigger)
    assert D(rows(rig)[1].qty) == D("0.012")


async def test_an_order_expires_in_time_and_its_row_says_so(rig: Rig) -> None:
    await rig.screen.do(f"buy 0.01 {SYMBOL} @ {rig.price(Side.BUY, 500):f} gtd 6s")
    await rig.state(1, "working")
    (order,) = rig.open_at_venue()
    assert rows(rig)[1].expires_ns == order.terms.expire_ns
    await rig.state(1, "expired")
    assert [row["kind"] for row in rig.truth()][-1] == "expired"
    assert int(str(rig.truth("expired")[0]["ts_ns"])) >= order.terms.expire_ns


async def test_a_row_says_what_becomes_of_it_when_the_link_dies(rig: Rig) -> None:
    await rig.screen.do(f"buy 0.01 {SYMBOL} @ {rig.price(Side.BUY, 500):f} post")
    await rig.state(1, "working")
    await until(lambda: rig.engine.dead_man.left_ms >= 0)
    assert "cancelled by the venue's timer" in rows(rig)[1].dies
    await rig.screen.do("cancel #1")
    await rig.state(1, "canceled")
    assert not rows(rig)[1].dies


@pytest.mark.parametrize("line", [f"close {SYMBOL}", "flatten"])
async def test_closing_says_what_still_works_on_the_pair(rig: Rig, line: str) -> None:
    assert (await rig.screen.do(f"buy 0.01 {SYMBOL} market")).outcome is Outcome.ACCEPTED
    await rig.state(1, "filled")
    await rig.screen.do(rig.bid())
    await rig.state(2, "working")
    await until(lambda: rig.engine.state.positions.get(SYMBOL).qty)
    answer = await rig.screen.do(line)
    assert answer.outcome is Outcome.ACCEPTED
    assert answer.hint == f"1 order still works on {SYMBOL}: `cancel all {SYMBOL}` ends that"
