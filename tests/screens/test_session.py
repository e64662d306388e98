"""The engine goes and comes back; the pen; what is caught up."""

from __future__ import annotations

import os
import signal

import msgspec
import pytest
from textual.widgets import Static

from app.link.messages import Answer, Execute, Hello, Outcome, PenChanged, SetView, TakePen, Touch
from app.screens.options import Left, ScreenOptions
from tests.screens.screen_bench import ARMED, WELCOME, event, ladder, order, screen_bench, status
from widgets.ticket import Ticket


async def test_the_first_view_asks_for_the_engines_pair_and_the_rows_that_fit() -> None:
    async with screen_bench() as bench:
        view = bench.sent(SetView)[-1]
        assert view.symbol == WELCOME.symbol
        assert view.rows == bench.trade.ladder.window_rows > 10


async def test_an_engine_that_goes_is_said_and_the_book_greys() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=ARMED, orders=(order(),))
        await bench.press("b")
        bench.engine.welcome = None
        bench.engine.hang_up()
        await bench.until(lambda: bool(bench.trade.gone))
        await bench.pilot.pause()
        plate = bench.trade.query_one("#plate", Static)
        assert plate.display
        assert "ENGINE AWAY" in str(plate.content)
        assert "STALE" in bench.text_of("#ladder")
        assert "ARMED" not in bench.text_of("#status")
        assert "UP" not in bench.text_of("#status")
        assert bench.trade.desk.draft is None
        await bench.press("c")
        assert bench.lines == []
        assert "not sent" in bench.note
        await bench.press("q")
        assert bench.app.return_value is Left.GONE


async def test_a_link_lost_while_the_panes_are_taken_down_ends_quietly() -> None:
    async with screen_bench() as bench:
        (link,) = (worker for worker in bench.app.workers if worker.name == "link")
        await bench.trade.query_one(Ticket).remove()
        bench.app._running = False  # what the program's shutdown does before it takes its panes down
        bench.engine.welcome = None
        bench.engine.hang_up()
        await bench.until(lambda: link.is_finished)
        assert link.error is None


async def test_it_attaches_again_and_asks_for_what_it_missed() -> None:
    async with screen_bench() as bench:
        bench.engine.send(event(41, "filled 0.1"))
        await bench.show(ladder=ladder(), status=status())
        bench.engine.hang_up()
        await bench.until(lambda: len(bench.sent(Hello)) == 2)
        assert bench.sent(Hello)[1].since == 41
        await bench.until(lambda: not bench.trade.gone)
        bench.engine.send(event(42, "filled while away"))
        await bench.show(ladder=ladder(), status=status())
        assert not bench.trade.query_one("#plate").display
        assert "filled while away" in bench.text_of("#events")
        assert bench.sent(SetView)[-1].symbol == WELCOME.symbol


async def test_a_new_engine_starts_its_own_count_of_events() -> None:
    async with screen_bench() as bench:
        bench.engine.send(event(41, "of the first engine"))
        await bench.pilot.pause()
        bench.engine.welcome = msgspec.structs.replace(WELCOME, pid=WELCOME.pid + 1)
        bench.engine.hang_up()
        await bench.until(lambda: len(bench.sent(Hello)) == 3)
        assert bench.sent(Hello)[2].since == 0
        await bench.until(lambda: bench.app.session.attached)
        bench.engine.send(event(1, "of the second engine"))
        await bench.pilot.pause()
        assert "of the second engine" in bench.text_of("#events")


async def test_a_line_under_way_when_the_engine_goes_is_unknown_and_not_sent_again() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "enter")
        sent = len(bench.sent(Execute))
        bench.engine.hang_up()
        await bench.until(lambda: len(bench.sent(Hello)) == 2)
        await bench.pilot.pause()
        assert "do not send it again" in bench.note
        assert len(bench.sent(Execute)) == sent


async def test_events_that_are_no_longer_kept_are_said() -> None:
    async with screen_bench(welcome=msgspec.structs.replace(WELCOME, missed=12)) as bench:
        assert "12 events" in bench.note


async def test_without_the_pen_the_screen_says_who_has_it_and_can_take_it() -> None:
    welcome = msgspec.structs.replace(WELCOME, pen=False, holder="pts/3")
    async with screen_bench(welcome=welcome) as bench:
        await bench.show(ladder=ladder(), status=status(pen="pts/3"))
        assert "pts/3 holds the pen" in bench.note
        await bench.press("A", "b", "enter")
        assert bench.lines == []
        await bench.press("P")
        assert len(bench.sent(TakePen)) == 1
        bench.engine.send(PenChanged(True, ""))
        await bench.pilot.pause()
        await bench.press("A")
        assert bench.lines == ["arm"]


async def test_losing_the_pen_drops_the_draft() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b")
        bench.engine.send(PenChanged(False, "pts/7"))
        await bench.pilot.pause()
        assert "pts/7 took the pen" in bench.note
        await bench.press("enter")
        assert bench.lines == []


async def test_keys_keep_the_arming_alive_once_a_second() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press(*["down"] * 6)
        assert len(bench.sent(Touch)) == 2


async def test_no_engine_at_the_start_is_said_and_tried_again() -> None:
    async with screen_bench(welcome=None) as bench:
        await bench.until(lambda: bool(bench.trade.gone))
        assert "no engine is running" in bench.trade.gone
        bench.engine.welcome = WELCOME
        await bench.until(lambda: bool(bench.sent(SetView)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_detaches_and_ends_in_order(number: signal.Signals) -> None:
    async with screen_bench() as bench:
        os.kill(os.getpid(), number)
        await bench.until(lambda: bench.app.return_value is not None)
        assert bench.app.return_value is Left.SIGNAL


async def test_another_pair_can_be_asked_for_at_the_start() -> None:
    async with screen_bench(options=ScreenOptions(theme="quarterdeck-dark", symbol="ETH/USD")) as bench:
        assert bench.sent(SetView)[-1].symbol == "ETH/USD"


async def test_an_answer_to_a_refused_pen_is_said() -> None:
    welcome = msgspec.structs.replace(WELCOME, pen=False, holder="pts/3")
    async with screen_bench(welcome=welcome) as bench:
        await bench.press("P")
        request = bench.sent(TakePen)[-1]
        bench.engine.send(Answer(request.id, Outcome.REFUSED, "pts/3 is in the middle of an order"))
        await bench.pilot.pause()
        assert "in the middle of an order" in bench.note
