"""Helpers and the pages that the engine fills: why, limits."""

from __future__ import annotations

import pytest

from app.link.frames import HelperRow, LimitRow
from app.link.messages import AskLimits, AskWhy, Limits, Why
from app.screens.page import TextPage, why_content
from tests.screens.screen_bench import SYMBOL, ScreenBench, full_frame, ladder, order, screen_bench, status

TWAP = HelperRow(
    "H1", "twap", SYMBOL, "buy", "twap buy 0.05", "running", "0.01200000", "0.05", 3200, "next slice", (4,)
)
CHASE = HelperRow("H2", "chase", SYMBOL, "sell", "chase sell 1", "paused", "0", "1", -1, "you paused it")
DONE = HelperRow("H3", "scale", SYMBOL, "buy", "scale", "done", "1", "1")


def page_text(bench: ScreenBench) -> str:
    """The text of the open page."""
    page = bench.app.screen
    assert isinstance(page, TextPage)
    text = page.query_one("#page-text")
    return "\n".join(text.render_line(y).text for y in range(text.size.height))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_helpers_have_a_row_each_on_the_second_page(size: tuple[int, int]) -> None:
    async with screen_bench(size) as bench:
        await bench.show(ladder=ladder(), status=status(), orders=(order(),), helpers=(TWAP, CHASE))
        await bench.press("2")
        text = bench.text_of("#helpers")
        for word in ("H1", "twap", "running", "0.012/0.05", "3.2s", "H2", "paused", "you paused it"):
            assert word in text


async def test_a_large_terminal_has_them_on_the_first_page() -> None:
    async with screen_bench((200, 60)) as bench:
        await bench.show(ladder=ladder(), status=status(), helpers=(TWAP,))
        assert "0.012/0.05" in bench.text_of("#helpers")


async def test_a_small_terminal_names_the_running_helper_on_the_first_page() -> None:
    async with screen_bench((80, 24)) as bench:
        await bench.show(ladder=ladder(), status=status(), helpers=(TWAP, CHASE))
        assert "H1 twap running 0.012/0.05  +1 more" in str(bench.trade.query_one("#brief").render())


async def test_the_selected_helper_is_paused_resumed_and_stopped_by_keys() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status(), helpers=(TWAP, CHASE, DONE))
        await bench.press("2", "u")
        assert bench.lines == ["pause H1"]
        await bench.press("g", "h", "down", "down", "u")
        assert bench.lines == ["pause H1", "resume H2"]
        await bench.press("U")
        assert bench.lines == ["pause H1", "resume H2"]
        assert "STOP H2 chase sell" in bench.note
        await bench.press("U")
        assert bench.lines[2:] == ["stop H2"]


async def test_without_a_live_helper_the_keys_say_so() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status(), helpers=(DONE,))
        await bench.press("u", "U")
        assert bench.lines == []
        assert "no helper is running" in bench.note


@pytest.mark.parametrize("opened_by", ["key", "command", "id"])
async def test_why_tells_the_story_of_an_order(opened_by: str) -> None:
    async with screen_bench((80, 24)) as bench:
        await bench.show(ladder=ladder(), status=status(), orders=(order(1), order(2), order(3)))
        if opened_by == "key":
            await bench.press("left_square_bracket", "w")
        else:
            await bench.press("colon")
            await bench.type("why #2" if opened_by == "command" else "why OABCDE-2")
            await bench.press("enter")
        [asked] = bench.sent(AskWhy)
        assert asked.number == 2
        bench.engine.send(Why(asked.id + 1, "another order", ("not this one",)))
        bench.engine.send(Why(asked.id, "#2 BUY 0.1 @ 64199.8", ("12:00:00.000 sent", "12:00:00.004 acked\x1b[31m")))
        await bench.pilot.pause()
        assert "#2 BUY 0.1 @ 64199.8" in page_text(bench)
        assert "acked[31m" in page_text(bench)
        assert "another" not in page_text(bench)
        await bench.press("escape")
        assert bench.app.screen is bench.trade
        assert bench.lines == []


async def test_an_answer_before_the_page_is_built_is_not_lost() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status(), orders=(order(1),))
        page = TextPage("Why #1", "w", 7)
        pushed = bench.app.push_screen(page)
        page.fill(why_content(Why(7, "the headline", ("a line",))))
        await pushed
        await bench.pilot.pause()
        assert "the headline" in page_text(bench)


@pytest.mark.parametrize("keys", [("L",), ("colon", *"limits", "enter")])
async def test_limits_are_a_page(keys: tuple[str, ...]) -> None:
    async with screen_bench((80, 24)) as bench:
        await bench.show(ladder=ladder(), status=status())
        await bench.press(*keys)
        [asked] = bench.sent(AskLimits)
        assert asked.symbol == SYMBOL
        rows = (LimitRow("max_order_qty", "2 BTC", "", "profile"), LimitRow("collar", "1%", "0.2%", "symbol", True))
        bench.engine.send(Limits(asked.id, SYMBOL, rows))
        await bench.pilot.pause()
        text = page_text(bench)
        for word in ("max_order_qty", "2 BTC", "collar", "symbol", "passed by the next order", ":override"):
            assert word in text


@pytest.mark.parametrize(
    ("opener", "closers"),
    [
        ("question_mark", ("escape", "escape")),
        ("grave_accent", ("escape", "q")),
        ("L", ("L", "L", "j")),
        ("w", ("q", "k")),
        ("F", ("escape", "escape")),
        ("V", ("enter", "V", "space")),
        ("V", ("space", "escape")),
        ("slash", ("escape", "escape")),
        ("slash", ("escape", "enter")),
        ("q", ("s", "escape", "c")),
    ],
)
async def test_keys_typed_at_once_close_a_page_once_and_the_screen_lives(opener: str, closers: tuple[str, ...]) -> None:
    async with screen_bench() as bench:
        await bench.show(full_frame())
        await bench.press(opener)
        assert bench.app.screen is not bench.trade
        bench.type_at_once(*closers)
        await bench.pilot.pause()
        assert bench.app.is_running
        assert bench.app.screen is bench.trade
        assert bench.lines == []
