"""After a start, a reconnect or a doubt: the venue is asked, nothing is resent, nothing is guessed."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from app.domain.order import Side
from app.engine import entry
from app.engine.reconcile import Reconciler
from app.engine.routes import Route
from app.link.messages import Outcome
from app.workers.feed import LinkHealth, LinkState, Via
from tests.engine.conftest import SYMBOL, Bench, Rig, until


def refuse(rig: Rig, on: bool = True) -> None:
    """Cut the order link, and let it come back when told to."""
    rig.fault("refuse", face="auth", on=on)
    if on:
        rig.fault("cut", face="auth")


async def down(rig: Rig) -> None:
    refuse(rig)
    await until(lambda: rig.engine.state.account_stale)


async def back(rig: Rig) -> None:
    refuse(rig, False)
    await rig.ready()


async def resting(rig: Rig, count: int = 1) -> None:
    """Rest bids close below the best one, so that little trades before they do."""
    for number in range(1, count + 1):
        assert (await rig.screen.do(rig.bid(ticks=number))).outcome is Outcome.ACCEPTED
        await rig.state(number, "working")


async def test_no_order_goes_out_before_the_first_comparison(bench: Bench) -> None:
    venue = bench.venue
    venue.control.fault({"kind": "refuse", "face": "auth", "on": True})
    rig = await bench.start(ready=False)
    await until(lambda: rig.engine.state.links.get("l3", LinkHealth()).state is LinkState.UP)
    await until(lambda: rig.screen.status and rig.screen.status.blocked)
    answer = await rig.screen.do("arm")
    assert answer.outcome is Outcome.REFUSED
    assert "account stream" in answer.text
    script = await rig.screen.do(f"buy 0.01 {SYMBOL} @ 1000 post")
    assert script.outcome is Outcome.REFUSED
    await back(rig)
    await rig.screen.arm()


async def test_orders_of_others_are_shown_and_can_be_cancelled(bench: Bench) -> None:
    rig = await bench.start()
    before = rig.elsewhere()
    await until(rig.engine.state.orders.working)
    order = rig.engine.state.orders.working()[0]
    assert order.external
    assert order.order_id == before.order_id
    await rig.drop()
    late = rig.elsewhere(Side.SELL, cl_ord_id="their-own")
    rig = await bench.start()
    assert {order.order_id for order in rig.engine.state.orders.working()} == {before.order_id, late.order_id}
    number = rig.engine.state.orders.number(rig.engine.state.orders.working()[0])
    assert (await rig.screen.do(f"cancel #{number}")).outcome is Outcome.ACCEPTED
    await until(lambda: len(rig.open_at_venue()) == 1)
    await rig.state(number, "canceled")


async def test_what_happened_while_away_is_found_out(rig: Rig) -> None:
    await resting(rig, 4)
    orders = {order.cl_ord_id: order for order in rig.open_at_venue()}
    ids = [rig.engine.state.orders.numbered(number) for number in range(1, 5)]
    await down(rig)
    assert not (rig.screen.status and rig.screen.status.armed)
    exchange = rig.venue.exchange
    cancelled, filled, partly = (orders[one.cl_ord_id] for one in ids[:3] if one)
    exchange.cancel_order(rig.account, order_id=cancelled.order_id)
    # The market trades down through one of them and into the next.
    for order, qty in ((filled, "0.01"), (partly, "0.004")):
        rig.sweep_into(order, qty)
    await back(rig)
    await rig.state(1, "canceled")
    truth = {order.order_id: order for order in exchange.closed_orders(rig.account)}
    live = {order.order_id: order for order in rig.open_at_venue()}
    for number in range(1, 5):
        mine = rig.engine.state.orders.numbered(number)
        assert mine is not None
        theirs = truth.get(mine.order_id or "") or live[mine.order_id or ""]
        lots = exchange.listings[SYMBOL].instrument
        assert mine.cum_qty == lots.qty(theirs.filled)
        assert mine.state.terminal == bool(theirs.closed_ns)
    traded = sum((Decimal(str(row["qty"])) for row in rig.truth("filled")), Decimal(0))
    assert rig.engine.state.positions.get(SYMBOL).qty == traded > 0
    assert len(rig.truth("accepted")) == 4


async def test_a_partial_fill_then_cancel_while_away_is_not_believed_open(rig: Rig) -> None:
    await resting(rig)
    mine = rig.open_at_venue()[0]
    rig.sweep_into(mine, "0.004")
    await rig.state(1, "partially_filled")
    await down(rig)
    rig.venue.exchange.cancel_order(rig.account, order_id=mine.order_id)
    await back(rig)  # the snapshot repeats the fill, but not the order
    assert rig.state_of(1) == "canceled"


async def test_an_order_asked_for_while_away_must_still_show_itself(rig: Rig) -> None:
    await resting(rig)
    mine = rig.open_at_venue()[0]
    await down(rig)
    found = rig.engine.state.orders.numbered(1)
    assert found is not None
    rig.engine.reconciler.suspect(found)
    await until(lambda: not rig.engine.reconciler._doubts)
    rig.venue.exchange.cancel_order(rig.account, order_id=mine.order_id)
    await back(rig)
    assert rig.state_of(1) == "canceled"


@pytest.mark.parametrize("how", ["unanswered", "cut"])
async def test_a_booked_order_without_an_answer_is_found_and_never_resent(
    rig: Rig, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.protocol.ws2.inflight.REQUEST_TIMEOUT_NS", 200_000_000)
    rig.fault("unanswered", method="add_order")
    rig.fault("drop", channel="executions", count=2)
    request = rig.screen.start(rig.bid())
    if how == "cut":
        await until(lambda: rig.truth("accepted"))
        rig.fault("cut", face="auth")
    await until(lambda: rig.screen.answer(request))
    answer = rig.screen.answer(request)
    assert answer is not None
    assert answer.outcome is Outcome.UNKNOWN
    assert "do not send it again" in answer.hint
    await rig.state(1, "working")
    await rig.ready()
    assert len(rig.truth("accepted")) == 1
    assert not rig.engine.state.orders.unknown()


async def test_a_gateway_error_after_booking_over_rest_is_a_doubt_not_a_refusal(rig: Rig) -> None:
    # New orders are blocked without the account stream, so the race is made: the link goes at the last moment.
    rig.engine.routes.any = lambda: Route(Via.REST, "the order link is down")  # type: ignore[method-assign]
    rig.fault("http", method="AddOrder", status=520)
    rig.fault("drop", channel="executions", count=2)
    answer = await rig.screen.do(rig.bid())
    assert answer.outcome is Outcome.UNKNOWN
    await rig.state(1, "working")
    assert len(rig.truth("accepted")) == 1
    assert rig.screen.told("goes over REST")


@pytest.mark.usefixtures("short_deadline")
async def test_absence_is_proven_only_after_the_deadline(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.engine.routes.any = lambda: Route(Via.REST, "the order link is down")  # type: ignore[method-assign]
    rig.venue.exchange.add_order = lost  # type: ignore[method-assign,assignment]
    clock = rig.engine.state.clock
    sent_ns = clock.now_ns()
    answer = await rig.screen.do(rig.bid())
    assert answer.outcome is Outcome.UNKNOWN
    await rig.state(1, "rejected")
    assert clock.now_ns() - sent_ns >= 500_000_000
    assert rig.screen.told("the venue never had it")


def lost(*_args: object) -> object:
    """What becomes of a request that dies behind the gateway."""
    raise RuntimeError("the engine is gone")


@pytest.mark.usefixtures("short_deadline")
async def test_a_stepped_clock_proves_no_absence(rig: Rig) -> None:
    rig.engine.routes.any = lambda: Route(Via.REST, "the order link is down")  # type: ignore[method-assign]
    rig.venue.exchange.add_order = lost  # type: ignore[method-assign,assignment]
    reconciler: Reconciler = rig.engine.reconciler
    await rig.screen.do(rig.bid())
    order = rig.engine.state.orders.numbered(1)
    assert order is not None
    began = reconciler._clock
    hour_later = type(
        "Stepped",
        (),
        {"now_ns": lambda _self: began.now_ns() + 3_600 * 10**9, "mono_ns": lambda _self: began.mono_ns()},
    )()
    reconciler._clock = hour_later
    assert not reconciler._too_late(order, order.cl_ord_id)


async def test_a_lost_amend_keeps_both_sizes_in_mind(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.protocol.ws2.inflight.REQUEST_TIMEOUT_NS", 200_000_000)
    await resting(rig)
    rig.fault("unanswered", method="amend_order")
    rig.fault("drop", channel="executions", count=1)
    request = rig.screen.start("amend #1 0.03")
    await until(lambda: rig.screen.answer(request) or rig.state_of(1) == "unknown_amend")
    await rig.state(1, "working")
    order = rig.engine.state.orders.numbered(1)
    assert order is not None
    assert order.qty == Decimal("0.03")
    assert len(rig.truth("amended")) == 1


async def test_a_lost_cancel_is_not_called_cancelled(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.protocol.ws2.inflight.REQUEST_TIMEOUT_NS", 300_000_000)
    monkeypatch.setattr(entry, "HEDGE_S", 0.1)
    await resting(rig)
    real = rig.venue.exchange.cancel_order
    rig.venue.exchange.cancel_order = lost  # type: ignore[method-assign,assignment]
    answer = await rig.screen.do("cancel #1")
    assert answer.outcome is Outcome.UNKNOWN
    assert rig.state_of(1) in {"unknown_cancel", "working"}
    await rig.state(1, "working")
    rig.venue.exchange.cancel_order = real  # type: ignore[method-assign]
    await rig.ready()
    assert (await rig.screen.do("cancel #1")).outcome is Outcome.ACCEPTED
    await rig.state(1, "canceled")


async def test_a_report_about_an_unknown_order_is_asked_for(rig: Rig) -> None:
    rig.fault("drop", channel="executions", count=1)  # the row that names pair and side
    theirs = rig.elsewhere()
    await until(lambda: rig.engine.state.orders.locate(theirs.order_id))
    await rig.ready()
    order = rig.engine.state.orders.locate(theirs.order_id)
    assert order is not None
    assert (order.symbol, order.side, order.state.value) == (SYMBOL, Side.BUY, "working")


async def test_a_gap_blocks_until_the_account_is_compared_again(rig: Rig) -> None:
    await resting(rig)
    rig.fault("gap", channel="executions")
    rig.elsewhere(ticks=900)
    rig.elsewhere(ticks=901)
    await until(lambda: rig.screen.told("account stream:"))
    await until(lambda: rig.screen.status is not None and not rig.screen.status.armed)
    await rig.ready()
    assert len(rig.engine.state.orders.working()) == 3


async def test_an_accepted_cancel_without_an_end_is_asked_about(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.engine.engine.PULSE_S", 0.02)
    monkeypatch.setattr("app.engine.reconcile.OVERDUE_NS", 100_000_000)
    await resting(rig)
    monkeypatch.setattr(rig.venue.exchange, "cancel_order", lambda *_args, **_more: rig.open_at_venue()[0])
    assert (await rig.screen.do("cancel #1")).outcome is Outcome.ACCEPTED
    assert rig.state_of(1) == "pending_cancel"
    await rig.state(1, "working")


@pytest.mark.usefixtures("short_deadline")
@pytest.mark.parametrize("point", ["journal", "send", "ack"])
async def test_a_crash_at_any_point_loses_and_doubles_nothing(
    bench: Bench, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = await bench.armed()
    await resting(rig)
    venue = rig.engine.venue
    real = venue.add_order
    reached = asyncio.Event()

    async def add_order(request: object, **more: object) -> object:
        if point == "journal":  # on disk, not on the wire
            reached.set()
            await asyncio.Event().wait()
        if point == "send":  # on the wire, no answer
            sending = asyncio.ensure_future(real(request, **more))  # type: ignore[arg-type]
            await until(lambda: len(rig.truth("accepted")) == 2)
            reached.set()
            await asyncio.Event().wait()
            return await sending
        outcome = await real(request, **more)  # type: ignore[arg-type]
        reached.set()
        await asyncio.Event().wait()
        return outcome

    monkeypatch.setattr(venue, "add_order", add_order)
    if point == "send":
        rig.fault("unanswered", method="add_order")
    rig.screen.start(rig.bid())
    async with asyncio.timeout(10):
        await reached.wait()
    await rig.drop()
    booked = len(rig.truth("accepted"))
    again = await bench.armed()
    states = {number: again.state_of(number) for number in (1, 2)}
    assert states == {1: "working", 2: "rejected" if point == "journal" else "working"} or (
        point == "journal" and states == {1: "working", 2: ""}
    )
    assert len(rig.truth("accepted")) == booked, "nothing was sent again"
    assert {order.order_id for order in again.engine.state.orders.working()} == {
        order.order_id for order in again.open_at_venue()
    }
    assert (await again.screen.do(again.bid(ticks=800))).orders[0].number == 3


async def test_numbers_go_on_after_an_orderly_end(bench: Bench) -> None:
    rig = await bench.armed()
    await resting(rig, 2)
    await rig.screen.do("cancel #2")
    await rig.state(2, "canceled")
    rig.engine.stop()
    await rig.running
    again = await bench.armed()
    assert again.state_of(1) == "working"
    assert (await again.screen.do(again.bid(ticks=800))).orders[0].number == 3


async def test_requests_under_way_end_in_doubt_when_the_engine_stops(rig: Rig) -> None:
    rig.fault("unanswered", method="add_order")
    request = rig.screen.start(rig.bid())
    await until(lambda: rig.truth("accepted"))
    rig.engine.stop()
    async with asyncio.timeout(5):
        await rig.running
    answer = rig.screen.answer(request)
    assert answer is not None
    assert answer.outcome in {Outcome.UNKNOWN, Outcome.ACCEPTED}
