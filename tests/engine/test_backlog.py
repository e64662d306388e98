"""A verified book that is old: more comes than can be read."""

from __future__ import annotations

import pytest

from app.clock import NS_PER_MS, NS_PER_S
from app.domain.order import Side
from app.engine.backlog import LATE_NS, PAUSE_NS, WINDOW_NS, Backlog
from app.link.frames import Trust
from app.link.messages import Outcome
from tests.engine.conftest import SYMBOL, Rig, until

MS = NS_PER_MS
AHEAD = 1_000 * NS_PER_S
"""What the venue's clock differs by: it must not matter."""


def heard(backlog: Backlog, at_ms: int, late_ms: int) -> bool:
    return backlog.look(AHEAD + (at_ms - late_ms) * MS, at_ms * MS, at_ms * MS)


def test_a_way_that_gets_longer_is_a_backlog_whatever_the_clocks_say() -> None:
    backlog = Backlog()
    assert not heard(backlog, 1_000, 40)
    assert not heard(backlog, 2_000, 1_900)
    assert heard(backlog, 3_000, 2_100)
    assert backlog.behind_ns == 2_060 * MS
    assert heard(backlog, 3_100, 1_500), "it has to catch up well below the limit"
    assert not heard(backlog, 3_200, 900)


def test_a_pause_says_that_all_is_read() -> None:
    backlog = Backlog()
    heard(backlog, 1_000, 0)
    assert heard(backlog, 9_000, 3_000)
    last = 9_000 * MS
    assert backlog.look(0, last, last + PAUSE_NS)
    assert not backlog.look(0, last, last + PAUSE_NS + 1)


def test_what_is_felt_is_told_before_it_is_too_much() -> None:
    backlog = Backlog()
    heard(backlog, 1_000, 40)
    assert not heard(backlog, 2_000, 400)
    assert backlog.felt(2_000 * MS) == 0
    assert not heard(backlog, 3_000, 1_500)
    assert backlog.felt(3_000 * MS) == 1_460 * MS
    assert backlog.felt(3_000 * MS + PAUSE_NS + 1) == 0, "all of it is read"


def test_clocks_that_drift_apart_are_no_backlog() -> None:
    backlog = Backlog()
    for turn in range(40):
        at = turn * WINDOW_NS // 3 // MS
        assert not heard(backlog, at, turn * (LATE_NS // MS) // 12)


async def test_a_book_that_is_behind_is_stale_blocks_orders_and_says_why(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.backlog.LATE_NS", 200 * MS)
    monkeypatch.setattr("app.engine.backlog.CAUGHT_UP_NS", 100 * MS)
    state = rig.engine.state
    pair = state.market.pair(SYMBOL)
    before = pair.updated_ns
    rig.stranger(Side.BUY, "0.001", 20)
    await until(lambda: pair.updated_ns > before and state.trust(SYMBOL) is Trust.VERIFIED)
    rig.fault("delay", face="l3", ms=500)
    rig.stranger(Side.BUY, "0.001", 21)
    await until(lambda: state.trust(SYMBOL) is Trust.STALE)
    answer = await rig.screen.do(rig.bid())
    assert answer.outcome is Outcome.REFUSED
    assert "s behind the venue" in answer.text
    await until(lambda: any(frame.ladder and frame.ladder.behind_ms > 200 for frame in rig.screen.frames))
    await until(lambda: state.trust(SYMBOL) is Trust.VERIFIED)
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
