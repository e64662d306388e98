"""The time machine on the screen: unmistakable, and nothing can be bought in it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.link.frames import Event, Severity, TapePrint, Trust
from app.link.messages import SetView
from app.link.past_frames import AskPast, Past
from app.screens.past_strip import PastStrip
from tests.screens.screen_bench import ARMED, NOW_NS, SYMBOL, ScreenBench, full_frame, ladder, screen_bench

S = 10**9


def moment(bench: ScreenBench, **changes: Any) -> Past:
    """An answer to the newest question: 12.4 s ago."""
    asked = bench.sent(AskPast)[-1]
    view = ladder(asked.rows, trust=Trust.PAST, bid_text="63000.1")
    past = Past(
        asked.id, SYMBOL, view, "", 50, NOW_NS - 12_400_000_000, 10, NOW_NS - 100 * S, 90, NOW_NS, "add bid 63000.1 0.5"
    )
    return msgspec.structs.replace(past, **changes)


async def go(bench: ScreenBench, key: str = "T", **changes: Any) -> None:
    """Press a key that asks, and answer."""
    await bench.press(key)
    bench.engine.send(moment(bench, **changes))
    await bench.pilot.pause()


async def begin(bench: ScreenBench) -> None:
    """A desk with an order, then the past."""
    await bench.show(full_frame(bench.trade.ladder.window_rows))
    await go(bench)


def strip(bench: ScreenBench) -> str:
    """What the line of the past says."""
    return str(bench.trade.query_one(PastStrip).content)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_past_names_itself_on_ladder_and_strip(size: tuple[int, int]) -> None:
    async with screen_bench(size) as bench:
        await begin(bench)
        assert bench.sent(AskPast)[-1].at_ns == NOW_NS - S
        await bench.press("left_curly_bracket")
        assert bench.sent(AskPast)[-1].at_ns == NOW_NS - 11 * S
        bench.engine.send(moment(bench))
        bench.trade.paint_past()
        await bench.pilot.pause()
        assert "~ PAST ~" in bench.text_of("#ladder")
        assert "63000.1" in bench.text_of("#ladder")
        assert "PAST -11.0 s" in strip(bench)
        assert len(strip(bench)) <= size[0]
        assert bench.trade.query_one(PastStrip).display
        assert not bench.trade.query_one("#hints").display


async def test_new_orders_are_refused_and_cancels_work() -> None:
    async with screen_bench() as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows), status=ARMED)
        await go(bench)
        assert bench.lines == ["disarm"]
        for key in ("A", "b", "s", "B", "S", "x", "m", "enter"):
            await bench.press(key)
            assert bench.trade.desk.draft is None, key
            if key != "enter":
                assert "PAST" in bench.note, key
        assert bench.lines == ["disarm"]
        await bench.press("c")
        assert bench.lines[-1] == "cancel #1"
        await bench.press("ctrl+k", "ctrl+k", ms=50)
        assert bench.lines[-1] == "kill"


async def test_a_draft_does_not_come_along() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b")
        assert bench.trade.desk.draft is not None
        await go(bench)
        assert bench.trade.desk.draft is None


async def test_live_data_goes_on_behind_and_space_shows_it_at_once() -> None:
    async with screen_bench() as bench:
        await begin(bench)
        rows = bench.trade.ladder.window_rows
        await bench.show(ladder=ladder(rows, bid_text="64999.9"), tape=(TapePrint(NOW_NS, "77777.7", "1", True),))
        assert "64999.9" not in bench.text_of("#ladder")
        assert "77777.7" in bench.text_of("#tape")
        await bench.press("space")
        assert "64999.9" in bench.text_of("#ladder")
        assert "PAST" not in bench.text_of("#ladder")
        assert bench.trade.query_one("#hints").display


async def test_keys_step_by_event_by_second_and_by_ten() -> None:
    async with screen_bench() as bench:
        await begin(bench)
        await go(bench, "comma", state=49)
        assert bench.sent(AskPast)[-1].state == 49
        await bench.press("comma", "comma", "comma")
        assert bench.sent(AskPast)[-1].state == 48
        bench.engine.send(moment(bench, state=48))
        await bench.pilot.pause()
        assert bench.sent(AskPast)[-1].state == 46
        bench.engine.send(moment(bench, state=46))
        await bench.pilot.pause()
        await bench.press("right")
        assert bench.sent(AskPast)[-1].at_ns == NOW_NS - 12_400_000_000 + S


async def test_neither_end_of_the_recording_is_passed() -> None:
    async with screen_bench() as bench:
        await begin(bench)
        await bench.press("right_curly_bracket")
        assert bench.sent(AskPast)[-1].at_ns == NOW_NS
        assert "nothing is later" in bench.note
        bench.engine.send(moment(bench))
        for _ in range(11):
            await go(bench, "left_curly_bracket")
        assert bench.sent(AskPast)[-1].at_ns == NOW_NS - 100 * S
        assert "begins here" in bench.note


async def test_the_key_goes_to_two_seconds_before_the_last_fill() -> None:
    async with screen_bench() as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        await bench.press("J")
        assert "no fill" in bench.note
        bench.engine.send(Event(1, NOW_NS - 30 * S, "fill", Severity.GOOD, "#1 filled", SYMBOL))
        bench.engine.send(Event(2, NOW_NS - 20 * S, "fill", Severity.GOOD, "#2 filled", "ETH/USD"))
        await bench.press("J")
        assert bench.sent(AskPast)[-1].at_ns == NOW_NS - 32 * S


async def test_a_reason_is_told_and_the_ladder_stays() -> None:
    async with screen_bench() as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        await go(bench, ladder=None, reason="nothing is recorded yet")
        assert "nothing is recorded yet" in bench.note
        assert bench.trade.past is None


async def test_another_pair_or_a_lost_engine_is_the_present() -> None:
    async with screen_bench() as bench:
        await begin(bench)
        bench.trade.switch_symbol("ETH/USD")
        await bench.pilot.pause()
        assert bench.trade.past is None
        assert bench.sent(SetView)[-1].symbol == "ETH/USD"


async def test_a_break_in_the_data_is_said() -> None:
    async with screen_bench((200, 60)) as bench:
        await begin(bench)
        await go(bench, "left", gap_ms=3200)
        bench.trade.paint_past()
        assert "DATA BREAK" in strip(bench)


async def test_the_strip_names_the_way_back_on_the_smallest_screen() -> None:
    async with screen_bench((80, 24)) as bench:
        await begin(bench)
        bench.trade.paint_past()
        assert "Space now" in strip(bench)
        await bench.press("b")
        assert "cancels and kill work" in bench.note
        assert len(bench.note) < 78
