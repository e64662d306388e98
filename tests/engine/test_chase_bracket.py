"""Chase and bracket: following the touch within bounds, and exits as large as what is open."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.order import OrderType, Side
from app.link.messages import Outcome
from app.settings import Limits
from app.venue.core.api import Order
from tests.engine.conftest import SYMBOL, Bench, Rig, until
from tests.engine.helper_bench import MODULES, QUICK_S, HelperBench

D = Decimal
TICK = D("0.1")


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in MODULES:
        monkeypatch.setattr(module, "LOOK_S", QUICK_S)


@pytest.fixture
def desk(rig: Rig) -> HelperBench:
    return HelperBench.of(rig)


def mine(desk: HelperBench) -> Order:
    found = desk.rig.open_at_venue()
    assert len(found) == 1, found
    return found[0]


def price_of(desk: HelperBench, order: Order) -> Decimal:
    return desk.rig.venue.exchange.listings[SYMBOL].instrument.price(order.price)


async def rests_at(desk: HelperBench, price: Decimal) -> None:
    await until(lambda: price_of(desk, mine(desk)) == price)


# -- chase


async def widened(desk: HelperBench, levels: int = 6) -> Decimal:
    """Take some asks away, so that bids have room to rise; returns the best bid."""
    for _ in range(levels):
        desk.hit(Side.BUY, desk.best(Side.SELL), f"{desk.depth(Side.SELL):f}")
    await desk.seen(Side.SELL)
    return desk.best(Side.BUY)


async def test_a_chase_follows_the_touch_up_to_its_limit_and_not_further(desk: HelperBench) -> None:
    start = await widened(desk)
    limit = start + 2 * TICK
    await desk.do(f"chase buy 0.01 {SYMBOL} limit {limit:f}")
    await desk.working(1)
    first = mine(desk)
    assert (price_of(desk, first), first.post_only) == (start, True)
    for step, expected in ((1, start + TICK), (3, limit)):
        desk.rest(Side.BUY, start + step * TICK)
        await desk.seen(Side.BUY)
        desk.pass_time(2)
        await rests_at(desk, expected)
        await desk.working(1)
    assert mine(desk).order_id == first.order_id, "it is amended in place"
    desk.rest(Side.BUY, start + 4 * TICK)
    await desk.seen(Side.BUY)
    desk.pass_time(2)
    await desk.still()
    assert price_of(desk, mine(desk)) == limit
    desk.hit(Side.SELL, limit, "0.035")
    row = await desk.state("done")
    assert "0.01 of 0.01" in row.note
    assert all(fill["maker"] for fill in desk.rig.truth("filled")), "it never took"


async def test_a_chase_keeps_its_pace_however_fast_the_touch_moves(desk: HelperBench) -> None:
    start = await widened(desk)
    await desk.do(f"chase buy 0.01 {SYMBOL}")
    await desk.working(1)
    for step in range(1, 5):
        desk.rest(Side.BUY, start + step * TICK)
        await desk.seen(Side.BUY)
        await desk.still()
    assert desk.sent() == 1, "no time has passed since its first message"
    desk.pass_time(1)
    await until(lambda: desk.sent() == 2)
    await desk.still()
    assert desk.sent() == 2


async def test_a_chase_gives_up_in_time_and_withdraws(desk: HelperBench) -> None:
    await desk.do(f"chase buy 0.01 {SYMBOL} for 5m")
    await desk.working(1)
    desk.pass_time(299)
    await desk.still()
    assert desk.row().state == "running"
    desk.pass_time(1)
    row = await desk.state("done")
    assert row.note == "out of time: 0 of 0.01 done"
    assert not desk.rig.open_at_venue()


async def test_a_chase_whose_order_would_take_is_cancelled_by_the_venue_and_tries_again(
    desk: HelperBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = desk.best(Side.SELL)
    monkeypatch.setattr("app.engine.helpers.chase.Chase._target", lambda _self: ask)
    await desk.do(f"chase buy 0.01 {SYMBOL}")
    await until(desk.rig.truth)
    await desk.still()
    assert desk.row().state == "running"
    monkeypatch.undo()
    desk.pass_time(2)
    await desk.working(1)
    assert not desk.rig.truth("filled")


async def test_a_chase_ends_when_its_order_is_cancelled_by_hand(desk: HelperBench) -> None:
    await desk.do(f"chase buy 0.01 {SYMBOL}")
    await desk.working(1)
    await desk.do("cancel #1")
    row = await desk.state("failed")
    assert "cancelled from outside" in row.note
    desk.pass_time(60)
    await desk.still()
    assert desk.sent() == 1


async def test_a_chase_that_is_refused_again_and_again_gives_up(bench: Bench) -> None:
    desk = HelperBench.of(await bench.armed(limits=Limits(max_qty=D("0.001"))))
    await desk.do(f"chase buy 0.01 {SYMBOL}")
    for _ in range(5):
        await desk.still(3)
        desk.pass_time(1)
    row = await desk.state("failed")
    assert "5 times in a row refused" in row.note
    assert desk.sent() == 0


async def test_pause_holds_a_chase_and_stop_withdraws_it(desk: HelperBench) -> None:
    start = await widened(desk)
    await desk.do(f"chase buy 0.01 {SYMBOL}")
    await desk.working(1)
    await desk.do("pause H1")
    desk.rest(Side.BUY, start + TICK)
    await desk.seen(Side.BUY)
    desk.pass_time(10)
    await desk.still()
    assert price_of(desk, mine(desk)) == start
    await desk.do("stop all")
    await desk.state("stopped")
    await until(lambda: not desk.rig.open_at_venue())


# -- bracket


async def guarded(desk: HelperBench, qty: str = "0.01") -> tuple[Decimal, Decimal]:
    """Buy at the market and guard it; returns the exits' prices, the profit first in its queue."""
    await desk.do(f"buy {qty} {SYMBOL} @ {desk.best(Side.SELL) + 10:f}")
    await desk.rig.state(1, "filled")
    profit, stop = await desk.clear_ask(), desk.best(Side.BUY) - 3 * TICK
    answer = await desk.do(f"bracket #1 tp {profit:f} stop {stop:f}")
    assert answer.outcome is Outcome.ACCEPTED, answer
    await desk.working(2)
    return profit, stop


def exits(desk: HelperBench) -> dict[OrderType, Order]:
    return {order.order_type: order for order in desk.rig.open_at_venue() if order.side is Side.SELL}


def open_qty(desk: HelperBench, kind: OrderType) -> Decimal:
    order = exits(desk).get(kind)
    return D(0) if order is None else desk.rig.venue.exchange.listings[SYMBOL].instrument.qty(order.left)


async def test_a_bracket_says_its_race_and_the_filled_exit_ends_the_other(desk: HelperBench) -> None:
    profit, _ = await guarded(desk)
    await desk.note("both exits could fill")
    assert {order.symbol for order in exits(desk).values()} == {SYMBOL}
    desk.hit(Side.BUY, profit, "0.01")
    row = await desk.state("done")
    assert row.note == "0.01 of 0.01 done"
    assert not desk.rig.open_at_venue()
    assert desk.taken(Side.SELL) == D("0.01")


async def test_the_stop_ends_the_profit(desk: HelperBench) -> None:
    _, stop = await guarded(desk)
    while desk.rig.venue.exchange.last_price(SYMBOL) * TICK > stop:
        desk.hit(Side.SELL, desk.best(Side.BUY), f"{desk.depth(Side.BUY):f}")
    row = await desk.state("done")
    assert row.note == "0.01 of 0.01 done"
    assert not desk.rig.open_at_venue()
    assert desk.taken(Side.SELL) == D("0.01")


async def test_a_partly_filled_exit_shrinks_the_other(desk: HelperBench) -> None:
    profit, _ = await guarded(desk)
    desk.hit(Side.BUY, profit, "0.004")
    await until(lambda: open_qty(desk, OrderType.STOP_LOSS) == D("0.006"))
    assert open_qty(desk, OrderType.LIMIT) == D("0.006")
    await desk.do("stop H1")
    await until(lambda: not desk.rig.open_at_venue())


async def test_exits_grow_with_the_fills_and_stay_when_the_rest_is_cancelled(desk: HelperBench) -> None:
    rig = desk.rig
    bid = desk.best(Side.BUY) - 2 * TICK
    await desk.do(f"buy 0.02 {SYMBOL} @ {bid:f} post")
    await rig.state(1, "working")
    await desk.do(f"bracket #1 tp {bid + 50:f} stop {bid - 50:f}")
    await desk.still()
    assert len(rig.open_at_venue()) == 1, "nothing is filled, nothing is guarded"
    entry = mine(desk)
    rig.sweep_into(entry, "0.005")
    await until(lambda: open_qty(desk, OrderType.STOP_LOSS) == open_qty(desk, OrderType.LIMIT) == D("0.005"))
    await desk.working(2)
    desk.hit(Side.SELL, bid, "0.003")
    await until(lambda: open_qty(desk, OrderType.STOP_LOSS) == open_qty(desk, OrderType.LIMIT) == D("0.008"))
    await desk.working(2)
    await desk.do("cancel #1")
    await rig.state(1, "canceled")
    await desk.still()
    assert open_qty(desk, OrderType.STOP_LOSS) == open_qty(desk, OrderType.LIMIT) == D("0.008")
    assert desk.row().state == "running"


async def test_no_exit_stays_open_when_all_that_was_filled_is_out(desk: HelperBench) -> None:
    """The entry still works, so the bracket goes on; but a stop left behind would open a short."""
    rig = desk.rig
    profit = await desk.clear_ask()
    bid = desk.best(Side.BUY)
    desk.hit(Side.SELL, bid, f"{desk.depth(Side.BUY):f}")
    await desk.seen(Side.BUY)
    await desk.do(f"buy 0.02 {SYMBOL} @ {bid:f} post")
    await rig.state(1, "working")
    await desk.do(f"bracket #1 tp {profit:f} stop {bid - 50:f}")
    desk.hit(Side.SELL, bid, "0.005")
    await desk.working(2)
    desk.hit(Side.BUY, profit, "0.005")
    await until(lambda: not exits(desk))
    assert desk.row().state == "running"
    desk.hit(Side.SELL, bid, "0.004")
    await until(lambda: open_qty(desk, OrderType.STOP_LOSS) == open_qty(desk, OrderType.LIMIT) == D("0.004"))
    assert desk.taken(Side.SELL) == D("0.005")


async def test_both_exits_filled_is_said_with_what_is_too_much(desk: HelperBench) -> None:
    profit, stop = await guarded(desk)
    desk.rig.fault("delay", face="auth", ms=300)  # the engine learns of the first fill too late
    desk.hit(Side.BUY, profit, "0.01")
    while desk.rig.venue.exchange.last_price(SYMBOL) * TICK > stop:
        desk.hit(Side.SELL, desk.best(Side.BUY), f"{desk.depth(Side.BUY):f}")
    desk.rig.fault("delay", face="auth", ms=0)
    row = await desk.state("done")
    assert desk.taken(Side.SELL) == D("0.02")
    assert "both exits filled" in row.note
    assert "0.01 too much" in row.note


async def test_an_exit_cancelled_by_hand_is_not_placed_again_and_the_other_stays(desk: HelperBench) -> None:
    await guarded(desk)
    profit = next(
        number
        for number in desk.row().orders
        if (order := desk.rig.engine.state.orders.numbered(number)) and order.order_type is OrderType.LIMIT
    )
    await desk.do(f"cancel #{profit}")
    await desk.note("no take-profit: cancelled from outside")
    await desk.still()
    assert set(exits(desk)) == {OrderType.STOP_LOSS}


async def test_a_refused_exit_is_said_and_not_asked_for_again_and_again(desk: HelperBench) -> None:
    rig = desk.rig
    await desk.do(f"buy 0.01 {SYMBOL} @ {desk.best(Side.SELL) + 10:f}")
    await rig.state(1, "filled")
    free = rig.engine.state.account.available("BTC", rig.engine.state.held())
    await desk.do(f"sell {free - D('0.01'):f} {SYMBOL} @ {rig.price(Side.SELL, 900):f} post")
    await rig.state(2, "working")
    await desk.do(f"bracket #1 tp {rig.price(Side.SELL, 500):f} stop {rig.price(Side.BUY, 500):f}")
    await desk.note("take-profit refused")
    before = desk.sent()
    await desk.still(20)
    assert desk.sent() == before
    assert open_qty(desk, OrderType.STOP_LOSS) == D("0.01"), "the stop comes first"


async def test_the_stop_stays_when_the_bracket_fails(desk: HelperBench, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = desk.rig
    profit, _ = await guarded(desk)
    monkeypatch.setattr("app.protocol.ws2.inflight.REQUEST_TIMEOUT_NS", 200_000_000)
    rig.fault("unanswered", method="amend_order")
    desk.hit(Side.BUY, profit, "0.004")
    row = await desk.state("failed")
    assert "outcome unknown" in row.note
    assert "stay" in row.note
    assert open_qty(desk, OrderType.STOP_LOSS) == D("0.006")


async def test_a_kill_ends_a_bracket_and_its_exits(desk: HelperBench) -> None:
    await guarded(desk)
    await desk.do("kill")
    await desk.state("stopped")
    await until(lambda: not desk.rig.open_at_venue())
    await desk.do("release")
    desk.pass_time(10)
    await desk.still()
    assert not desk.rig.open_at_venue()
