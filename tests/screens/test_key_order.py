"""Keys that arrive faster than the screen paints mean what they mean when typed slowly."""

from __future__ import annotations

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.widgets import Input

from app.link.messages import ListPairs, Pairs, SetView
from app.screens.picker import SymbolPicker
from tests.screens.screen_bench import ARMED, SYMBOL, ScreenBench, full_frame, ladder, screen_bench
from tests.screens.test_view_keys import PAIRS


async def burst(bench: ScreenBench, text: str) -> None:
    """Hand a whole text to the app before it can look at the first key."""
    for letter in text:
        name = "enter" if letter == "\r" else "escape" if letter == "\x1b" else None
        bench.app.post_message(events.Key(name or _character_to_key(letter), None if name else letter))
    for _ in range(5):
        await bench.pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_line_typed_right_after_the_colon_is_all_in_the_line(size: tuple[int, int]) -> None:
    async with screen_bench(size) as bench:
        await bench.arm()
        await burst(bench, ":buy 0.01 @ 62000 post")
        assert bench.trade.query_one("#command-line Input", Input).value == "buy 0.01 @ 62000 post"
        assert bench.trade.desk.draft is None
        assert bench.trade.has_class("-page-1")
        assert bench.lines == []


async def test_a_paste_right_after_the_colon_is_in_the_line() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        bench.app.post_message(events.Key("colon", ":"))
        bench.app.post_message(events.Paste("sell 0.01 @ 70000"))
        bench.app.post_message(events.Key("0", "0"))
        for _ in range(5):
            await bench.pilot.pause()
        assert bench.trade.query_one("#command-line Input", Input).value == "sell 0.01 @ 700000"


async def test_letters_typed_right_after_the_slash_are_in_the_picker() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await burst(bench, "/bsC2A")
        assert isinstance(picker := bench.app.screen, SymbolPicker)
        assert picker.query_one(Input).value == "bsC2A"
        assert bench.trade.desk.draft is None
        assert bench.trade.strip is None
        assert bench.lines == []


async def test_a_pair_typed_and_entered_at_once_is_shown() -> None:
    async with screen_bench() as bench:
        await bench.show(full_frame())
        await burst(bench, "/\x1b")
        bench.engine.send(Pairs(bench.sent(ListPairs)[-1].id, PAIRS))
        await bench.pilot.pause()
        await burst(bench, "/ethb\r")
        await bench.pilot.pause()
        assert bench.sent(SetView)[-1].symbol == "ETH/BTC"


async def test_the_digit_of_a_preset_is_never_a_page() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=ARMED)
        await burst(bench, "n2b")
        assert bench.trade.has_class("-page-1")
        assert str(bench.trade.desk.ticket(SYMBOL).size.value) == "0.25"
        assert bench.trade.desk.draft is not None


async def test_the_letter_of_a_pane_is_never_an_order_key() -> None:
    async with screen_bench() as bench:
        await bench.show(full_frame(status=ARMED))
        await burst(bench, "gs")
        assert bench.trade.desk.draft is None
