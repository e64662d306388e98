"""What the screen says where there is little room, no key, or nothing more to come."""

from __future__ import annotations

import msgspec
import pytest
from textual.widgets import Static

from app.link.frames import LinkRow, LinkState, Trust
from app.link.messages import StopEngine
from tests.screens.screen_bench import WELCOME, event, full_frame, ladder, order, screen_bench, status


async def test_the_one_line_summary_is_trimmed_and_ends_in_an_ellipsis() -> None:
    async with screen_bench((80, 24)) as bench:
        await bench.show(full_frame(orders=(order(left="0.50000000"),)))
        bench.engine.send(event(1, "a long piece of news that does not fit into what is left of the line"))
        await bench.pilot.pause()
        text = bench.text_of("#brief")
        assert "B 0.5@64199.8" in text
        assert text.endswith("…")


async def test_without_a_key_ticket_and_gauge_say_so_and_nothing_is_drafted() -> None:
    async with screen_bench(welcome=msgspec.structs.replace(WELCOME, mode="PUBLIC", pen=False)) as bench:
        await bench.show(full_frame(status=status(mode="PUBLIC"), orders=()))
        assert "view only" in bench.text_of("#ticket")
        assert "join at the cursor" not in bench.text_of("#ticket")
        assert "no key: no orders, no counter" in bench.text_of("#gauge")
        assert "pts" not in bench.text_of("#gauge")
        await bench.press("b", "B")
        assert bench.trade.desk.draft is None
        assert "no key" in bench.note


async def test_the_end_of_a_recording_is_no_silent_link() -> None:
    async with screen_bench() as bench:
        links = (LinkRow("public", LinkState.STALE, note="end of the recording"),)
        await bench.show(ladder=ladder(trust=Trust.STALE), status=status(mode="PUBLIC", links=links))
        assert "end of the recording" in bench.text_of("#ladder")
        assert "silent" not in bench.text_of("#ladder")


@pytest.mark.parametrize("size", [(59, 24), (80, 15), (20, 5)])
async def test_a_terminal_that_is_too_small_says_what_to_do(size: tuple[int, int]) -> None:
    async with screen_bench(size) as bench:
        text = str(bench.trade.query_one("#tiny", Static).content)
        assert f"{size[0]}x{size[1]} cells: enlarge it to 60x16 or more" in text
        assert "Ctrl+K twice" in text


async def test_q_without_a_key_ends_the_engine_that_nobody_else_can_end() -> None:
    async with screen_bench(welcome=msgspec.structs.replace(WELCOME, mode="PUBLIC", pen=False)) as bench:
        await bench.show(full_frame(status=status(mode="PUBLIC"), orders=()))
        await bench.press("q")
        assert [stop.cancel for stop in bench.sent(StopEngine)] == [False]
