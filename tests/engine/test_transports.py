"""One order life over each transport ends the same; what FIX alone can do, and what it cannot."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from app.domain.oms import WorkingOrder
from app.domain.order import Side
from app.engine.routes import FIX
from app.link.frames import OrderRow
from app.link.messages import AskFix, FixAnswer, Outcome
from app.workers.feed import Accepted, Via
from tests.engine.conftest import SYMBOL, Bench, Rig, until

TRANSPORTS = ("ws", "rest", "fix")


async def armed(bench: Bench, transport: str, **fix: object) -> Rig:
    """An armed engine whose new orders go over one transport."""
    rig = await bench.armed(fix=bench.fix(**fix), transport=transport)
    await until(rig.engine.venue.fix_up)
    return rig


def cut(rig: Rig) -> None:
    """Lose the FIX link without a word."""
    links = rig.engine.venue._fix
    assert links is not None
    assert links.desk is not None
    writer = links.desk.link._writer
    assert writer is not None
    writer.transport.abort()


def row(rig: Rig, number: int) -> OrderRow | None:
    """The row of an order, as the screen was last sent it."""
    for frame in reversed(rig.screen.frames):
        if frame.orders is not None:
            return next((one for one in frame.orders if one.number == number), None)
    return None


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_life_of_new_amend_partial_and_full_fill_ends_the_same(bench: Bench, transport: str) -> None:
    rig = await armed(bench, transport)
    answer = await rig.screen.do(rig.bid("0.02", ticks=1))
    assert answer.outcome is Outcome.ACCEPTED, answer
    await rig.state(1, "working")
    answer = await rig.screen.do("amend #1 0.03")
    assert answer.outcome is Outcome.ACCEPTED, answer
    await until(lambda: rig.open_at_venue()[0].qty == 3_000_000)
    mine = rig.open_at_venue()[0]
    rig.sweep_into(mine, "0.01")
    await rig.state(1, "partially_filled")
    rig.sweep_into(mine, "0.02")
    await rig.state(1, "filled")
    order = rig.engine.state.orders.numbered(1)
    assert order is not None
    assert (order.owner, order.cum_qty, order.fill_qty) == (transport, Decimal("0.03"), Decimal("0.03"))
    await until(lambda: rig.engine.state.positions.get(SYMBOL).qty == Decimal("0.03"))
    counted, charged = rig.engine.state.rates.points(SYMBOL), rig.venue.exchange.rate_counter(rig.account, SYMBOL)
    assert abs(counted - charged) < Decimal("0.5")  # both decay while they are read
    assert not rig.open_at_venue()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_cancelled_order_is_cancelled_by_the_transport_that_can_reach_it(bench: Bench, transport: str) -> None:
    rig = await armed(bench, transport)
    await rig.screen.do(rig.bid())
    await rig.state(1, "working")
    await until(lambda: (shown := row(rig, 1)) is not None and shown.reach == (transport if transport == FIX else "ws"))
    answer = await rig.screen.do("cancel #1")
    assert answer.outcome is Outcome.ACCEPTED, answer
    await rig.state(1, "canceled")
    assert not rig.open_at_venue()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_refusal_names_its_layer_and_leaves_nothing(bench: Bench, transport: str) -> None:
    rig = await armed(bench, transport)
    far = f"{rig.price(Side.BUY, 500):f}"
    answer = await rig.screen.do(f"buy 900000 {SYMBOL} @ {far} post")
    assert answer.outcome is Outcome.REFUSED
    assert not rig.open_at_venue()


async def test_an_order_that_fix_cannot_carry_goes_over_ws_and_says_so(bench: Bench) -> None:
    rig = await armed(bench, FIX)
    stop = f"{rig.price(Side.BUY, 3000):f}"
    answer = await rig.screen.do(f"{rig.bid()} then stop {stop}")
    assert answer.outcome is Outcome.ACCEPTED, answer
    assert rig.screen.told("goes over WS: FIX cannot carry a conditional close")
    order = rig.engine.state.orders.numbered(1)
    assert order is not None
    assert order.owner == "ws"


async def test_an_order_for_a_sub_account_names_it_and_takes_no_detour(bench: Bench) -> None:
    rig = await armed(bench, FIX, account="SUBACC01")
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
    told = [line.fields for line in rig.engine.venue.fix_log(0) if line.name in {"NewOrderSingle", "ExecutionReport"}]
    assert len(told) == 2
    assert all((79, "AllocAccount", "SUBACC01") in line for line in told)
    stop = f"{rig.price(Side.BUY, 3000):f}"
    for line in (f"{rig.bid()} then stop {stop}", f"batch {rig.bid()} & {rig.bid()}"):
        answer = await rig.screen.do(line)
        assert answer.outcome is Outcome.REFUSED
        assert "would not be of sub-account SUBACC01" in answer.text
    assert len(rig.open_at_venue()) == 1


async def test_a_batch_goes_over_ws_and_says_so(bench: Bench) -> None:
    rig = await armed(bench, FIX)
    assert (await rig.screen.do(f"batch {rig.bid()} & {rig.bid()}")).outcome is Outcome.ACCEPTED
    assert rig.screen.told("the batch goes over WS: FIX has no batches")


async def test_the_transport_is_changed_by_a_line(bench: Bench) -> None:
    rig = await armed(bench, "ws")
    assert (await rig.screen.do("transport fix")).outcome is Outcome.ACCEPTED
    await rig.screen.do(rig.bid())
    order = rig.engine.state.orders.numbered(1)
    assert order is not None
    assert order.owner == FIX


async def test_without_a_session_fix_cannot_be_chosen(rig: Rig) -> None:
    answer = await rig.screen.do("transport fix")
    assert answer.outcome is Outcome.REFUSED
    assert "no FIX trading session" in answer.text


@pytest.mark.parametrize("cod", [True, False])
async def test_a_lost_session_cancels_its_orders_or_keeps_them_as_configured(bench: Bench, cod: bool) -> None:
    rig = await armed(bench, FIX, cancel_on_disconnect=cod)
    await rig.screen.do(rig.bid())
    await rig.state(1, "working")
    shown = row(rig, 1)
    assert shown is not None
    assert ("cancel-on-disconnect" in shown.dies) is cod
    cut(rig)
    await until(lambda: rig.screen.told("FIX trading session lost"))
    if cod:
        await rig.state(1, "canceled")
    else:
        await until(rig.engine.venue.fix_up)
        assert rig.state_of(1) == "working"
        assert len(rig.open_at_venue()) == 1
        # The new session did not place it: WebSocket reaches it.
        answer = await rig.screen.do("cancel #1")
        assert answer.outcome is Outcome.ACCEPTED, answer
        await rig.state(1, "canceled")


async def test_the_page_shows_sessions_and_messages_without_secrets(bench: Bench) -> None:
    rig = await armed(bench, FIX)
    await rig.screen.do(rig.bid())
    await rig.state(1, "working")
    rig.screen.say(AskFix(77))
    [page] = [message for message in rig.screen.got if isinstance(message, FixAnswer)]
    trading = next(one for one in page.sessions if one.name == "trading")
    assert (trading.state, trading.cod, trading.orders) == ("up", True, 1)
    names = [line.name for line in page.log]
    assert "Logon" in names
    assert any("New Order Single" in name or "NewOrderSingle" in name for name in names)
    values = {value for line in page.log for _, _, value in line.fields}
    key = next(key for key in rig.venue.exchange.credentials if key.name == "practice")
    assert key.api_key not in values
    assert [one.via for one in page.latencies] == [FIX]
    assert page.at_stake == (f"#1 {SYMBOL}",)


async def test_a_burst_over_fix_reaches_the_engine_in_the_order_in_which_it_was_sent(bench: Bench) -> None:
    rig = await armed(bench, FIX)
    names: list[WorkingOrder | None] = []
    for _ in range(8):
        assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
        names.append(rig.engine.state.orders.numbered(len(names) + 1))
    venue, before = rig.engine.venue, len(rig.truth())
    work, sent = [], []
    for order in names:
        assert order is not None
        assert order.order_id
        work.append(venue.amend_order(order_id=order.order_id, qty=Decimal("0.02"), via=Via.FIX))
        work.append(venue.cancel_order(order_id=order.order_id, via=Via.FIX))
        sent += [("amended", order.order_id), ("canceled", order.order_id)]
    outcomes = await asyncio.gather(*work)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes), outcomes
    reached = [(row["kind"], row["order_id"]) for row in rig.truth()[before:] if row["kind"] in ("amended", "canceled")]
    assert reached == sent


async def test_over_ws_an_amend_waits_for_the_answer_to_the_one_before(bench: Bench) -> None:
    rig = await armed(bench, "ws")
    await rig.screen.do(rig.bid())
    await rig.state(1, "working")
    first, second = (rig.screen.start(f"amend #1 {qty}") for qty in ("0.02", "0.03"))
    await until(lambda: rig.screen.answer(first) and rig.screen.answer(second))
    assert rig.screen.told("amend of #1 waits for the answer to the request before it")
    await until(lambda: rig.open_at_venue()[0].qty == 3_000_000)
    assert rig.state_of(1) == "working"
