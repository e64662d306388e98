"""Screens and scripts on one engine: handshake, pen, events, frames, defects."""

from __future__ import annotations

import asyncio
import time

import pytest

from app.clock import ManualClock
from app.domain.order import Side
from app.engine import clients
from app.engine.eventlog import EventLog
from app.engine.sessions import Session
from app.link.frames import Event, Frame, Severity
from app.link.messages import LINK_VERSION, AskStatus, Detach, Hello, ListPairs, Outcome, PenChanged, Welcome
from tests.engine.conftest import SYMBOL, Bench, Rig, Screen, until


async def test_any_number_look_and_one_holds_the_pen(rig: Rig) -> None:
    others = [Screen(rig.engine) for _ in range(20)]
    for index, other in enumerate(others):
        welcome = other.hello(f"screen {index}")
        assert (welcome.pen, welcome.holder) == (False, "one")
        other.view()
    await until(lambda: all(other.frames for other in others))
    assert (await others[7].take_pen()).text == "you hold the pen from one"
    for other in (*others, rig.screen):
        changed = [message for message in other.got if isinstance(message, PenChanged)][-1]
        assert (changed.mine, changed.holder) == (other is others[7], "screen 7")
    await until(lambda: rig.screen.status and rig.screen.status.pen == "screen 7")


async def test_a_leaving_holder_frees_the_pen_and_orders_stay(rig: Rig) -> None:
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
    other = Screen(rig.engine)
    other.hello("two")
    rig.screen.say(Detach())
    assert rig.screen.closed.startswith("detached")
    assert other.told("the pen is free, orders stay")
    assert rig.open_at_venue()
    late = Screen(rig.engine)
    assert late.hello("three").pen
    assert not rig.engine.state.pen.armed


async def test_nobody_speaks_before_hello(rig: Rig) -> None:
    stranger = Screen(rig.engine)
    stranger.say(ListPairs(1))
    assert stranger.closed == "say hello first"
    assert not any(isinstance(message, Event) for message in stranger.got)


async def test_another_version_is_sent_away_without_the_pen(rig: Rig) -> None:
    rig.screen.leave()
    old = Screen(rig.engine)
    old.say(Hello(LINK_VERSION + 1, "old"))
    assert f"link version {LINK_VERSION}" in old.closed
    assert "quarterdeck stop" in old.closed
    assert rig.engine.state.pen.holder is None


async def test_events_have_no_gap_and_a_screen_that_comes_back_misses_none(rig: Rig) -> None:
    await rig.screen.do(rig.bid())
    await rig.state(1, "working")
    seen = rig.screen.events[-1].no
    rig.screen.leave()
    await rig.engine.entry.cancel_everything()
    await rig.state(1, "canceled")
    back = Screen(rig.engine)
    assert back.hello(since=seen).missed == 0
    whole = [event.no for event in (*rig.screen.events, *back.events)]
    assert whole == list(range(1, rig.engine.events.last + 1))
    assert back.told("cancelled")


def test_what_fell_off_is_counted() -> None:
    got: list[Event] = []
    events = EventLog(ManualClock(), got.append, kept=5)
    for number in range(12):
        events.add("system", Severity.INFO, f"event {number}")
    assert [event.no for event in got] == list(range(1, 13))
    missed, kept = events.since(3)
    assert (missed, [event.no for event in kept]) == (4, [8, 9, 10, 11, 12])
    assert events.since(12) == (0, [])
    assert events.since(-1) == (0, [])
    missed, kept = events.since(500)
    assert (missed, len(kept)) == (7, 5), "a number of an earlier engine hides nothing of this one"


def test_an_event_is_one_clean_line() -> None:
    got: list[Event] = []
    EventLog(ManualClock(), got.append).add("reject", Severity.BAD, "no\nway\x1b]0;x\x07 \u202etfel")
    assert got[0].text.isprintable()


async def test_a_slow_reader_loses_frames_but_no_event(rig: Rig) -> None:
    rig.screen.slow = True
    frames, events = len(rig.screen.frames), len(rig.screen.events)
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
    await rig.state(1, "working")
    rig.engine.clients.urgent()
    session = rig.engine.clients._sessions[rig.screen]
    await until(lambda: session.dropped)
    assert len(rig.screen.frames) == frames
    assert len(rig.screen.events) > events
    rig.screen.slow = False
    await until(lambda: rig.screen.status and rig.screen.status.dropped)
    await until(lambda: any(frame.orders for frame in rig.screen.frames[frames:]))


async def test_a_paused_view_catches_up(rig: Rig) -> None:
    rig.screen.view(fps=0)
    await until(lambda: rig.engine.clients._sessions[rig.screen].view.fps == 0)  # type: ignore[union-attr]
    frames = len(rig.screen.frames)
    await rig.screen.do(rig.bid())
    await rig.state(1, "working")
    rig.engine.clients.urgent()
    await asyncio.sleep(0)
    assert len(rig.screen.frames) == frames
    rig.screen.view(fps=60)
    await until(lambda: any(frame.orders for frame in rig.screen.frames[frames:]))


async def test_own_orders_do_not_wait_for_the_next_frame(bench: Bench) -> None:
    rig = await bench.armed()
    rig.screen.view(fps=1)
    await rig.screen.do("disarm")
    await rig.screen.arm()
    clock = rig.engine.state.clock
    began = clock.mono_ns()
    await rig.screen.do(rig.bid())
    await until(lambda: any(frame.orders and frame.orders[0].state == "working" for frame in rig.screen.frames))
    assert clock.mono_ns() - began < 700_000_000, "a frame a second, yet at once"


async def test_a_screen_with_no_news_is_looked_after_rarely_until_there_are_some(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, make = [0], rig.engine.publisher.frame

    def look(session: Session) -> Frame | None:
        looks[0] += 1
        return make(session)

    monkeypatch.setattr(rig.engine.publisher, "frame", look)
    rig.screen.view(fps=60)
    await until(lambda: rig.engine.clients._resting)
    before = looks[0]
    await asyncio.sleep(1)  # what does not happen can only be waited for; a slow machine looks less often still
    assert looks[0] - before < 30, "sixty frames a second of nothing"
    await until(lambda: rig.engine.clients._resting)
    frames = len(rig.screen.frames)
    assert rig.stranger(Side.BUY, "0.01", 2)
    await until(lambda: any(frame.ladder for frame in rig.screen.frames[frames:]))


async def test_no_frame_is_built_while_an_order_waits_for_the_disk(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, make, write = rig.engine.state.journal, rig.engine.publisher.frame, rig.engine.state.journal._append
    waited: list[int] = []

    def look(session: Session) -> Frame | None:
        waited.append(journal.waiting)
        return make(session)

    def slow(data: bytes, durable: bool) -> None:
        time.sleep(0.1)
        write(data, durable)

    monkeypatch.setattr(clients, "STAND_BACK_TURNS", 10_000)
    monkeypatch.setattr(rig.engine.publisher, "frame", look)
    monkeypatch.setattr(journal, "_append", slow)
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
    await until(lambda: any(frame.orders for frame in rig.screen.frames))
    assert waited
    assert not any(waited)


async def test_a_defect_in_one_view_stops_no_other(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Screen(rig.engine)
    other.hello("two")
    real = rig.engine.publisher.frame

    def frame(session: object) -> object:
        if getattr(session, "name", "") == "two":
            raise ZeroDivisionError
        return real(session)  # type: ignore[arg-type]

    monkeypatch.setattr(rig.engine.publisher, "frame", frame)
    other.view()
    await until(lambda: rig.screen.told("the view of two failed"))
    frames = len(rig.screen.frames)
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
    await until(lambda: len(rig.screen.frames) > frames)
    assert len(rig.screen.told("the view of two failed")) == 1
    monkeypatch.setattr(rig.engine.publisher, "frame", real)
    await until(lambda: other.frames)


async def test_what_every_screen_shows_is_watched(rig: Rig) -> None:
    other = Screen(rig.engine)
    other.hello("two")
    other.view("ETH/USD")
    for _ in range(3):
        for symbol in list(rig.engine.state.market.instruments):
            rig.screen.view(symbol)
    assert {"ETH/USD"} <= rig.engine.watch._watched


async def test_a_part_that_fails_is_started_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.engine.engine.RESTART_S", 0.01)
    engine = bench.engine()
    real = engine.reconciler.run
    failed: list[int] = []

    async def run() -> None:
        if not failed:
            failed.append(1)
            raise KeyError("defect")
        await real()

    monkeypatch.setattr(engine.reconciler, "run", run)
    rig = await bench.start(engine)
    assert rig.screen.told("reconcile failed (KeyError)")


async def test_connections_that_fail_come_back_with_rest(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.engine.engine.RESTART_S", 0.01)
    engine = bench.engine()
    defect, real = asyncio.Event(), engine.venue._gate.sleep

    async def sleep(pause: float) -> None:
        if not defect.is_set():
            defect.set()
            raise RuntimeError("defect")
        await real(pause)

    monkeypatch.setattr(engine.venue._gate, "sleep", sleep)
    rig = await bench.start(engine)
    rig.fault("cut", face="public")
    await until(lambda: rig.screen.told("connections failed"))
    await rig.ready()
    await rig.screen.arm()
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
    await engine.venue.key_info()


async def test_status_says_what_is_open(rig: Rig) -> None:
    await rig.screen.do(rig.bid())
    rig.screen.say(AskStatus(77))
    answer = next(message for message in rig.screen.got if getattr(message, "id", 0) == 77 and hasattr(message, "pid"))
    assert (answer.orders, answer.screens) == (1, 1)  # type: ignore[union-attr]
    assert isinstance(rig.screen.hello(), Welcome)
    assert SYMBOL in rig.engine.state.market.pairs
