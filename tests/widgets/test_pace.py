"""A terminal that reads slowly gets fewer frames and, when it reads again, the present."""

from __future__ import annotations

from textual.pilot import Pilot

from tests.widgets.paint_desk import SIZE, Desk, cells, composed
from widgets.ladder import Ladder

QUEUED_BY_TEXTUAL = 30
"""Writes after which Textual's writer makes the event loop wait."""

OFTEN = 7
"""Every so many frames the compositor paints a pane, too."""

TURN_S = 0.01
"""A turn of the loop for each frame; waiting for an idle processor takes a second each where others are busy."""


async def _stall(pilot: Pilot[None], app: Desk) -> None:
    """Let the terminal read no more until frames are left out."""
    app.terminal.after_write = lambda: None
    for frame in range(2 * QUEUED_BY_TEXTUAL):
        app.next_frame()
        if frame % OFTEN == 0:
            app.query_one(Ladder).refresh()
        await pilot.pause(TURN_S)


async def test_frames_are_left_out_until_the_terminal_reads_and_then_it_sees_the_present() -> None:
    app = Desk()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        await _stall(pilot, app)
        assert app.behind
        assert app.terminal.waiting() < QUEUED_BY_TEXTUAL // 2
        sent = app.frames
        while app.painter.owed or app.terminal.waiting():
            app.terminal.read()
            await pilot.pause(0.05)
        assert app.frames > sent
        assert cells(app.terminal.screen) == composed(app)


async def test_a_terminal_that_does_not_read_does_not_spoil_the_end() -> None:
    app = Desk()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        await _stall(pilot, app)
        assert app.painter.owed
    app.terminal.read()
    app._catch_up()  # as timers do that fire while the screens are being removed
    app._paint_pending()
    assert not app.screen_stack


async def test_a_bell_does_not_wait_for_a_terminal_that_does_not_read() -> None:
    app = Desk()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.terminal.after_write = lambda: None
        for _ in range(2 * QUEUED_BY_TEXTUAL):
            app.bell()
        assert app.terminal.waiting() < QUEUED_BY_TEXTUAL // 2
