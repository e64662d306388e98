"""Kill and cancel-all under each fault that the venue can play: nothing lives on unsaid.

Whatever the truth log shows as open afterwards has to be named as not proven
gone; and once the fault is over, a kill has left nothing.
"""

from __future__ import annotations

import asyncio

import pytest

from app.domain.order import Side
from app.link.messages import Outcome
from tests.engine.conftest import Rig, until

FAULTS: dict[str, tuple[dict[str, object], ...]] = {
    "none": (),
    "executions dropped": ({"kind": "drop", "channel": "executions", "count": 6},),
    "executions gap": ({"kind": "gap", "channel": "executions", "count": 1},),
    "balances dropped": ({"kind": "drop", "channel": "balances", "count": 3},),
    "level3 corrupt": ({"kind": "corrupt", "channel": "level3", "count": 3},),
    "book corrupt": ({"kind": "corrupt", "channel": "book", "count": 3},),
    "auth slow": ({"kind": "delay", "face": "auth", "ms": 250},),
    "all slow": ({"kind": "delay", "ms": 250},),
    "auth cut": ({"kind": "cut", "face": "auth"},),
    "auth cut in a frame": ({"kind": "cut", "face": "auth", "how": "mid_frame"},),
    "auth cut after bytes": ({"kind": "cut", "face": "auth", "how": "after_bytes", "bytes": 40},),
    "auth closed": ({"kind": "cut", "face": "auth", "code": 1012},),
    "all cut": ({"kind": "cut"},),
    "auth cut and refused": ({"kind": "refuse", "face": "auth"}, {"kind": "cut", "face": "auth"}),
    "all cut and refused": ({"kind": "refuse"}, {"kind": "cut"}),
    "auth mute": ({"kind": "silence", "face": "auth", "heartbeats": False},),
    "auth heartbeats alone": ({"kind": "silence", "face": "auth", "heartbeats": True},),
    "all mute": ({"kind": "silence", "heartbeats": False},),
    "market data refused": ({"kind": "refuse", "face": "l3"}, {"kind": "cut", "face": "l3"}),
    "cancel-all unanswered": ({"kind": "unanswered", "method": "cancel_all"},),
    "both unanswered": (
        {"kind": "unanswered", "method": "cancel_all", "count": 2},
        {"kind": "unanswered", "method": "CancelAll", "count": 2},
    ),
    "REST answers 520, order link down": (
        {"kind": "http", "method": "CancelAll", "status": 520, "count": 2},
        {"kind": "refuse", "face": "auth"},
        {"kind": "cut", "face": "auth"},
    ),
    "tokens expired": ({"kind": "expire_tokens"},),
    "post-only": ({"kind": "mode", "mode": "post_only"},),
    "cancel-only": ({"kind": "mode", "mode": "cancel_only"},),
    "maintenance": ({"kind": "mode", "mode": "maintenance"},),
    "pair cancel-only": ({"kind": "pair_status", "symbol": "BTC/USD", "status": "cancel_only"},),
    "pair in maintenance": ({"kind": "pair_status", "symbol": "BTC/USD", "status": "maintenance"},),
}
WITHIN_S = 6.0
OWN = 3


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.engine.entry.HEDGE_S", 0.1)
    monkeypatch.setattr("app.engine.kill.AGAIN_S", 0.1)
    monkeypatch.setattr("app.engine.kill.AGAIN_MOST_S", 0.2)
    monkeypatch.setattr("app.engine.reconcile.OVERDUE_NS", 400_000_000)
    monkeypatch.setattr("app.engine.engine.PULSE_S", 0.1)
    monkeypatch.setattr("app.protocol.ws2.inflight.REQUEST_TIMEOUT_NS", 600_000_000)


def survivors(rig: Rig) -> set[str]:
    """Orders that the truth log shows as open."""
    rows = rig.truth()
    ended = {row["order_id"] for row in rows if row["kind"] in {"canceled", "expired"}}
    return {str(row["order_id"]) for row in rows if row["kind"] == "accepted"} - {str(one) for one in ended}


def unproven(rig: Rig) -> set[str]:
    """Orders that the blotter still shows as alive."""
    return {order.order_id or "" for order in rig.engine.state.orders.working()}


async def settled(rig: Rig) -> None:
    """Give what is under way its time: until nothing is open, or the time is over."""
    try:
        async with asyncio.timeout(1.5):
            await until(lambda: not survivors(rig))
    except TimeoutError:
        return


async def under(rig: Rig, fault: str, line: str) -> set[str]:
    """Place orders, play the fault, give the command; returns what then lives."""
    for number in range(1, OWN + 1):
        await rig.screen.do(rig.bid())
        await rig.state(number, "working")
    theirs = rig.elsewhere(Side.SELL)
    await until(lambda: rig.engine.state.orders.locate(theirs.order_id))
    assert len(survivors(rig)) == OWN + 1
    for fields in FAULTS[fault]:
        rig.fault(**fields)  # type: ignore[arg-type]
    answer = await rig.screen.do(line)
    await settled(rig)
    alive = survivors(rig)
    assert alive <= unproven(rig), f"{fault}: {alive} live and are shown as gone"
    if alive:
        assert answer.outcome is not Outcome.ACCEPTED, f"{fault}: said to be cancelled"
    return alive


def over(rig: Rig) -> None:
    """End all faults."""
    rig.fault("clear")
    rig.fault("mode", mode="online")
    rig.fault("pair_status", symbol="BTC/USD", status="online")


@pytest.mark.parametrize("fault", FAULTS)
async def test_kill(rig: Rig, fault: str) -> None:
    alive = await under(rig, fault, "kill")
    if alive:
        told = " ".join(event.text for event in rig.screen.told("not proven gone"))
        for order in rig.engine.state.orders.working():
            assert f"#{rig.engine.state.orders.number(order)}" in told
    assert not rig.engine.state.pen.armed
    assert "kill switch" in rig.engine.state.blocked("BTC/USD")
    over(rig)
    await until(lambda: not survivors(rig), WITHIN_S)
    await until(lambda: not rig.engine.state.orders.working(), WITHIN_S)


QUICK = {"none", "auth cut", "auth mute", "both unanswered", "cancel-only", "maintenance"}


@pytest.mark.parametrize(
    "fault", [fault if fault in QUICK else pytest.param(fault, marks=pytest.mark.slow) for fault in FAULTS]
)
async def test_cancel_everything(rig: Rig, fault: str) -> None:
    await under(rig, fault, "cancel everything")
    over(rig)
    await until(lambda: {order.order_id for order in rig.open_at_venue()} == unproven(rig), WITHIN_S)
