"""A terminal that says what it has shown is never sent more than it can show."""

from __future__ import annotations

from textual import events

from tests.widgets.paint_desk import SIZE, Desk, cells, composed
from widgets.receipts import FRESH_S, LOST_S, MOST, SOON, WHERE, Receipts


def test_no_more_frames_than_may_be_on_their_way() -> None:
    receipts = Receipts()
    receipts.asked(0)
    receipts.answered(0.25)
    assert receipts.trip_s == 0.25
    ask_until_full(receipts, MOST, 1)
    receipts.answered(1.25)
    assert not receipts.full(1.25)
    assert receipts.awaited


def ask_until_full(receipts: Receipts, most: int, at_s: float) -> None:
    """Send frames at one moment; exactly so many may be on their way."""
    for _ in range(most):
        assert not receipts.full(at_s)
        receipts.asked(at_s)
    assert receipts.full(at_s)


def out_and_back(receipts: Receipts, trip_s: float, times: int) -> None:
    """Let frames be shown one after the other."""
    for at in range(times):
        receipts.asked(at)
        receipts.answered(at + trip_s)


def test_a_line_that_is_too_thin_carries_one_frame_at_a_time() -> None:
    receipts = Receipts()
    out_and_back(receipts, 0.02, 1)
    out_and_back(receipts, 0.3, 50)
    receipts.asked(100)
    assert receipts.full(100)
    receipts.answered(100.02)
    receipts.asked(101)
    assert not receipts.full(101)


def test_a_line_that_is_only_long_carries_as_many_as_any() -> None:
    receipts = Receipts()
    out_and_back(receipts, 0.3, 50)
    receipts.asked(100)
    assert not receipts.full(100)


def test_a_terminal_that_never_answers_is_not_waited_for() -> None:
    receipts = Receipts()
    for at in range(50):
        receipts.asked(at)
        assert not receipts.full(at)
    assert not receipts.awaited


def test_one_that_no_longer_answers_is_given_up_until_it_does_again() -> None:
    receipts = Receipts()
    receipts.asked(0)
    receipts.answered(0)
    receipts.asked(1)
    receipts.asked(1)
    assert receipts.full(1 + LOST_S)
    assert not receipts.full(1.1 + LOST_S)
    assert not receipts.awaited
    receipts.asked(20)
    receipts.answered(20)
    receipts.asked(21)
    receipts.asked(21)
    assert receipts.full(21 + 2 * FRESH_S)


def test_questions_that_are_fresh_say_nothing_of_the_line() -> None:
    receipts = Receipts()
    out_and_back(receipts, 0.002, 5)
    ask_until_full(receipts, SOON, 10)
    receipts.answered(10.01)
    assert not receipts.full(10.01)
    assert receipts.full(10.01 + 2 * FRESH_S)


async def test_frames_wait_for_receipts_and_then_show_the_present() -> None:
    app = Desk()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.post_message(events.CursorPosition(0, 0))
        await pilot.pause()
        asked = sum(text.count(WHERE) for text in app.terminal.written)
        assert asked
        for _ in range(20):
            app.next_frame()
            await pilot.pause(0.01)
        assert app.behind
        assert sum(text.count(WHERE) for text in app.terminal.written) - asked <= MOST
        assert cells(app.terminal.screen) != composed(app)
        for _ in range(50):
            app.post_message(events.CursorPosition(0, 0))
            await pilot.pause(0.02)
            if not app.painter.owed and cells(app.terminal.screen) == composed(app):
                break
        assert cells(app.terminal.screen) == composed(app)
