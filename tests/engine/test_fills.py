"""Fills that happened while nobody listened are in the positions before new orders may go out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.clock import rfc3339
from app.domain.order import OrderType, Side
from app.engine import fills
from app.protocol.rest.records import RestTrade
from app.protocol.ws2.private import ExecutionRow
from app.venue.core.api import AddOrder
from app.workers.feed import ReadError
from tests.engine.conftest import SYMBOL, Bench, Rig, until

SNAPSHOT = 50


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fills, "ASK_FIRST_S", 0.02)


def trade(rig: Rig, times: int, side: Side = Side.BUY) -> None:
    """Trade on the account as another program would."""
    for _ in range(times):
        rig.venue.exchange.add_order(
            rig.account, AddOrder(SYMBOL, side, OrderType.MARKET, Decimal("0.001"), source="rest")
        )


def position_of(rig: Rig) -> Decimal:
    return rig.engine.state.positions.get(SYMBOL).qty


def true_position(rig: Rig) -> Decimal:
    """What the truth log says was traded."""
    signs = {"buy": 1, "sell": -1}
    return sum((signs[str(row["side"])] * Decimal(str(row["qty"])) for row in rig.truth("filled")), Decimal(0))


async def away(rig: Rig) -> None:
    rig.fault("refuse", face="auth", on=True)
    rig.fault("cut", face="auth")
    await until(lambda: rig.engine.state.account_stale)


async def back(rig: Rig) -> None:
    rig.fault("refuse", face="auth", on=False)
    await rig.ready()


@pytest.mark.parametrize("before", [0, 1])
async def test_more_fills_than_a_snapshot_shows_are_fetched(rig: Rig, before: int) -> None:
    trade(rig, before)
    await until(lambda: position_of(rig) == true_position(rig))
    await away(rig)
    trade(rig, 70)
    trade(rig, 15, Side.SELL)
    assert len(rig.truth("filled")) > SNAPSHOT + 10
    await back(rig)
    assert position_of(rig) == true_position(rig) == Decimal("0.001") * (before + 55)
    assert rig.screen.told("fills of the outage taken in")
    await rig.screen.arm()
    assert (await rig.screen.do("close")).text.startswith("#")
    await until(lambda: position_of(rig) == true_position(rig) == 0)


async def test_a_snapshot_that_reaches_back_far_enough_needs_no_question(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade(rig, 3)
    await until(lambda: position_of(rig) == true_position(rig))
    asked: list[int] = []

    async def trades_since(since_ns: int) -> tuple[RestTrade, ...]:
        asked.append(since_ns)
        return ()

    monkeypatch.setattr(rig.engine.venue, "trades_since", trades_since)
    await away(rig)
    trade(rig, 20)
    await back(rig)
    assert position_of(rig) == true_position(rig) == Decimal("0.023")
    assert not asked


async def test_nothing_goes_out_until_the_history_answers_whole(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    real = rig.engine.venue.trades_since
    answers: list[str] = []

    async def trades_since(since_ns: int) -> tuple[RestTrade, ...]:
        assert rig.engine.state.blocked(SYMBOL), "open before the fills are known"
        answers.append("asked")
        if len(answers) == 1:
            raise ReadError("EService:Unavailable")
        found = await real(since_ns)
        if len(answers) == 2:
            return found[:20]  # a history that lags behind the engine
        return found

    monkeypatch.setattr(rig.engine.venue, "trades_since", trades_since)
    await away(rig)
    trade(rig, 70)
    await back(rig)
    assert len(answers) == 3
    assert position_of(rig) == true_position(rig)


async def test_a_history_that_never_answers_is_said_and_blocks_no_longer(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def trades_since(_since_ns: int) -> tuple[RestTrade, ...]:
        raise ReadError("EService:Unavailable")

    monkeypatch.setattr(rig.engine.venue, "trades_since", trades_since)
    monkeypatch.setattr(fills, "GIVE_UP_NS", 100_000_000)
    await away(rig)
    trade(rig, 70)
    await back(rig)
    assert rig.screen.told("may be missing from the positions")


async def test_a_fill_of_an_order_that_nobody_here_knows_counts(bench: Bench) -> None:
    rig = await bench.start()
    await away(rig)
    trade(rig, 2)
    await back(rig)
    await until(lambda: position_of(rig) == true_position(rig) == Decimal("0.002"))


async def test_a_fill_that_two_transports_name_differently_counts_once(rig: Rig) -> None:
    price = rig.price(Side.BUY, 5)
    order = rig.venue.exchange.add_order(rig.account, AddOrder(SYMBOL, Side.BUY, OrderType.LIMIT, Decimal(1), price))
    await until(lambda: rig.engine.state.orders.locate(order.order_id) is not None)

    def told(exec_id: str, total: str) -> ExecutionRow:
        return ExecutionRow(
            order_id=order.order_id,
            exec_type="trade",
            timestamp=rfc3339(rig.engine.state.clock.now_ns(), 6),
            exec_id=exec_id,
            last_qty=Decimal("0.1"),
            last_price=price,
            cum_qty=Decimal(total),
        )

    for exec_id, total in (("FIX-1", "0.1"), ("TABC", "0.10"), ("FIX-1", "0.1"), ("TDEF", "0.2"), ("FIX-2", "0.2")):
        rig.engine.ear.on_execution(told(exec_id, total), False, 0)
    assert position_of(rig) == Decimal("0.2")
    known = rig.engine.state.orders.locate(order.order_id)
    assert known is not None
    assert known.fill_qty == Decimal("0.2")
