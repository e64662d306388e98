"""Keys typed while the terminal shows nothing new do not send."""

from __future__ import annotations

from decimal import Decimal

from app.clock import ManualClock
from app.domain.order import Draft, Price, PriceRef, Side, Size
from app.screens.desk import Desk, Held
from app.screens.draft import placing
from app.screens.guards import STALL_MS, Sight


def test_sight_is_lost_only_when_frames_wait_and_none_is_sent() -> None:
    clock = ManualClock()
    sight = Sight(clock)
    for frames in range(30):
        clock.advance(ms=STALL_MS // 10)
        assert not sight.lost(behind=True, frames=frames)
    clock.advance(ms=2 * STALL_MS)
    assert not sight.lost(behind=False, frames=29)
    clock.advance(ms=STALL_MS, ns=1)
    assert sight.lost(behind=True, frames=29)
    assert not sight.lost(behind=True, frames=30)


def test_a_draft_that_is_not_seen_waits_anew() -> None:
    clock = ManualClock()
    desk = Desk(clock)
    draft = placing(Draft("BTC/USD", Side.BUY, Size(Decimal("0.1")), Price(PriceRef.ABSOLUTE, Decimal("64200.1"))))
    desk.open(draft)
    clock.advance(ms=desk.beat_ms)
    desk.unseen()
    held = desk.enter(armed=True, symbol="BTC/USD", refusal="")
    assert isinstance(held, Held)
    assert held.reason
    clock.advance(ms=500)
    assert desk.enter(armed=True, symbol="BTC/USD", refusal="") == draft.line()
