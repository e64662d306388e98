"""Panes, pages, ladder window, picker, help, command line, quitting."""

from __future__ import annotations

import msgspec
import pytest
from textual.widgets import Input, OptionList

from app.link.frames import PairRow
from app.link.messages import Answer, Detach, Execute, ListPairs, Origin, Outcome, Pairs, Preview, SetView, StopEngine
from app.link.preview_frame import PreviewView
from app.screens import layout
from app.screens.actions import ACTIONS, faces
from app.screens.command_line import CommandBar
from app.screens.dialogs import QuitDialog
from app.screens.help import HelpScreen
from app.screens.log import LogScreen
from app.screens.options import Left, ScreenOptions
from app.screens.picker import SymbolPicker, narrow
from tests.screens.screen_bench import ARMED, SYMBOL, WELCOME, event, full_frame, ladder, order, screen_bench, status

SIZES = [(80, 24), (120, 40), (200, 60)]
PAIRS = tuple(
    PairRow(symbol, "online", 2, "0.01", "0.001", "10.00") for symbol in ("BTC/USD", "ETH/USD", "ETH/BTC", "TETHER/EUR")
)


@pytest.mark.parametrize("size", SIZES)
async def test_every_pane_can_be_reached_and_its_title_is_whole(size: tuple[int, int]) -> None:
    async with screen_bench(size) as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        for pane in layout.PANES:
            await bench.press("g", pane.letter)
            widget = bench.trade.query_one(f"#{pane.id}")
            assert layout.visible(widget), pane.name
            assert widget.region.right <= size[0]
            assert widget.region.bottom <= size[1]
            title = str(widget.border_title)
            assert title
            assert len(title) + 4 <= widget.outer_size.width
            assert widget.size.height >= 3
            if widget.can_focus:
                assert bench.trade.focused is widget


@pytest.mark.parametrize("size", SIZES)
async def test_tab_walks_all_panes_of_the_page_and_comes_back(size: tuple[int, int]) -> None:
    async with screen_bench(size) as bench:
        seen = []
        for _ in range(10):
            await bench.press("tab")
            focused = bench.trade.focused
            assert focused is not None
            seen.append(focused.id)
        assert "ladder" in seen
        assert "ticket" in seen
        assert len(set(seen)) < len(seen)


async def test_the_largest_size_shows_everything_at_once() -> None:
    async with screen_bench((200, 60)) as bench:
        assert all(layout.visible(bench.trade.query_one(f"#{pane.id}")) for pane in layout.PANES)


async def test_the_smallest_size_has_ladder_ticket_status_and_one_line_of_orders() -> None:
    async with screen_bench((80, 24)) as bench:
        await bench.show(full_frame())
        shown = {pane.id for pane in layout.PANES if layout.visible(bench.trade.query_one(f"#{pane.id}"))}
        assert shown == {"ladder", "ticket"}
        assert "#1 B 0.1@64199.8 working queue 3 ahead" in bench.text_of("#brief")
        assert "PRACTICE" in bench.text_of("#status")


@pytest.mark.parametrize("size", [(40, 10), (10, 3), (1, 1)])
async def test_below_the_minimum_only_status_and_kill_are_left(size: tuple[int, int]) -> None:
    async with screen_bench(size) as bench:
        await bench.show(full_frame())
        assert not layout.visible(bench.trade.ladder)
        await bench.press("ctrl+k", "ctrl+k")
        assert bench.lines == ["kill"]


async def test_the_ladder_is_centred_once_and_then_held() -> None:
    async with screen_bench() as bench:
        assert bench.sent(SetView)[-1].top_row is None
        rows = bench.trade.ladder.window_rows
        await bench.show(ladder=ladder(rows), status=status())
        assert bench.sent(SetView)[-1].top_row == ladder(rows).top_row
        count = len(bench.sent(SetView))
        await bench.show(ladder=ladder(rows))
        assert len(bench.sent(SetView)) == count
        await bench.press("down", "space")
        assert bench.sent(SetView)[-1].top_row is None
        assert bench.trade.ladder.cursor_row is None


async def test_the_window_follows_a_cursor_that_leaves_it() -> None:
    async with screen_bench() as bench:
        rows = bench.trade.ladder.window_rows
        await bench.show(ladder=ladder(rows), status=status())
        top = bench.sent(SetView)[-1].top_row
        assert top is not None
        await bench.press("pagedown", "pagedown")
        moved = bench.sent(SetView)[-1].top_row
        cursor = bench.trade.ladder.cursor_row
        assert moved is not None
        assert cursor is not None
        assert moved < top
        assert moved - rows < cursor <= moved


async def test_the_window_follows_the_market_until_a_price_is_chosen() -> None:
    async with screen_bench() as bench:
        rows = bench.trade.ladder.window_rows
        await bench.show(ladder=ladder(rows), status=status())
        await bench.show(ladder=ladder(rows, best_bid=700_000, best_ask=700_001))
        assert bench.sent(SetView)[-1].top_row is None
        await bench.press("space")
        await bench.show(ladder=ladder(rows))
        await bench.press("down")
        held = bench.sent(SetView)[-1]
        await bench.show(ladder=ladder(rows, best_bid=700_000, best_ask=700_001))
        assert bench.sent(SetView)[-1] == held
        assert "market above: Space" in str(bench.trade.ladder.border_subtitle)


async def test_rows_can_be_grouped() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status())
        await bench.press("greater_than_sign", "greater_than_sign", "less_than_sign")
        assert bench.sent(SetView)[-1].group == 2


async def test_the_picker_narrows_and_switches() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status())
        await bench.press("slash")
        bench.engine.send(Pairs(bench.sent(ListPairs)[-1].id, PAIRS))
        await bench.pilot.pause()
        picker = bench.app.screen
        assert isinstance(picker, SymbolPicker)
        assert picker.query_one(OptionList).option_count == 4
        await bench.type("ethb")
        assert picker.query_one(OptionList).option_count == 1
        await bench.press("enter")
        assert bench.sent(SetView)[-1].symbol == "ETH/BTC"


def test_the_best_match_comes_first() -> None:
    assert [pair.symbol for pair in narrow("eth", PAIRS)] == ["ETH/USD", "ETH/BTC", "TETHER/EUR"]
    assert [pair.symbol for pair in narrow("eth/btc", PAIRS)] == ["ETH/BTC"]
    assert narrow("zzz", PAIRS) == []


async def test_help_names_every_action_and_its_key() -> None:
    async with screen_bench((120, 120), options=ScreenOptions(theme="quarterdeck-dark", keymap={"buy": "v"})) as bench:
        await bench.press("question_mark")
        assert isinstance(bench.app.screen, HelpScreen)
        text = "\n".join(strip.text for strip in bench.app.screen._compositor.render_strips())
        for action in ACTIONS:
            assert action.description in text, action.id
            assert faces(action, {"buy": "v"}) in text
        await bench.press("escape")
        assert len(bench.app.screen_stack) == 1


async def test_keys_can_be_bound_anew() -> None:
    async with screen_bench(
        options=ScreenOptions(theme="quarterdeck-dark", keymap={"buy": "v", "kill": "f12"})
    ) as bench:
        await bench.arm()
        await bench.press("b")
        assert bench.trade.desk.draft is None
        await bench.press("v")
        assert bench.trade.desk.draft is not None
        await bench.press("f12", "f12")
        assert bench.lines == ["kill"]


async def test_the_log_shows_all_events() -> None:
    async with screen_bench() as bench:
        bench.engine.send(event(1, "filled 0.1 @ 64200.1"))
        await bench.pilot.pause()
        await bench.press("grave_accent")
        assert isinstance(bench.app.screen, LogScreen)
        text = "\n".join(strip.text for strip in bench.app.screen._compositor.render_strips())
        assert "filled 0.1 @ 64200.1" in text


async def test_text_of_the_venue_is_never_markup() -> None:
    async with screen_bench() as bench:
        bench.engine.send(event(1, "[/b] [link=x]\x1b]0;title\x07 end"))
        await bench.arm()
        await bench.press("b", "enter")
        await bench.answer(Outcome.REFUSED, "[/] \x1b[2J bad")
        assert "[/]" in bench.note
        assert "\x1b" not in bench.note
        await bench.press("grave_accent")
        assert "[/b]" in "\n".join(strip.text for strip in bench.app.screen._compositor.render_strips())


class TestCommandLine:
    async def test_the_line_keeps_its_keys_when_a_click_moves_the_focus(self) -> None:
        async with screen_bench() as bench:
            await bench.show(ladder=ladder(), status=ARMED)
            await bench.press("b", "colon")
            bench.trade.set_focus(bench.trade.ladder)
            await bench.pilot.pause()
            await bench.type("symbol ETH/USD")
            await bench.press("enter")
            assert bench.trade.symbol == "ETH/USD"
            assert bench.lines == ["disarm"]

    async def test_shift_tab_walks_back_through_the_words_and_does_not_leave_the_line(self) -> None:
        async with screen_bench() as bench:
            await bench.press("colon", "b", "tab")
            first = bench.trade.query_one(CommandBar).value
            await bench.press("tab", "shift+tab")
            assert bench.trade.query_one(CommandBar).value == first
            await bench.press("escape")
            assert not bench.trade.query_one(CommandBar).is_open

    async def test_a_line_is_previewed_and_sent(self) -> None:
        async with screen_bench() as bench:
            await bench.show(ladder=ladder(), status=ARMED)
            await bench.press("colon")
            await bench.type("buy 1 @ 64000")
            assert bench.sent(Preview)[0].text == "b"
            await bench.preview(PreviewView(ok=True, explain="a letter"))
            assert bench.sent(Preview)[-1].text == "buy 1 @ 64000"
            await bench.preview(PreviewView(ok=True, explain="buy 1 BTC/USD at 64000, may take"))
            assert "buy 1 BTC/USD at 64000, may take" in bench.text_of("PreviewLine")
            await bench.press("enter")
            [line] = bench.sent(Execute)
            assert line == Execute(line.id, "buy 1 @ 64000", SYMBOL, Origin.LINE)

    async def test_a_mistake_keeps_the_line_and_says_what_is_wrong(self) -> None:
        async with screen_bench() as bench:
            await bench.press("colon")
            await bench.type("buy 64200")
            await bench.press("enter")
            assert bench.lines == []
            assert "looks like a price" in bench.note
            assert bench.app.query_one("#command-line Input", Input).value == "buy 64200"

    async def test_enter_right_after_typing_does_not_send(self) -> None:
        async with screen_bench() as bench:
            await bench.press("colon")
            await bench.type("cancel all")
            await bench.press("enter", ms=0)
            assert bench.lines == []
            assert "look at the line" in bench.note
            await bench.press("enter")
            assert bench.lines == ["cancel all"]

    async def test_history_and_completion(self) -> None:
        async with screen_bench() as bench:
            await bench.press("colon")
            await bench.type("cancel all")
            await bench.press("enter", "colon", "up")
            line = bench.app.query_one("#command-line Input", Input)
            assert line.value == "cancel all"
            await bench.press("down")
            assert line.value == ""
            await bench.type("can")
            await bench.press("tab")
            assert line.value == "cancel "
            await bench.type("b")
            await bench.press("tab")
            assert line.value == "cancel bids "

    async def test_words_of_the_registry_are_commands(self) -> None:
        async with screen_bench() as bench:
            await bench.press("colon")
            await bench.type("log")
            await bench.press("enter")
            assert isinstance(bench.app.screen, LogScreen)

    async def test_typing_a_line_keeps_the_keys_armed(self) -> None:
        async with screen_bench() as bench:
            await bench.arm()
            await bench.press("colon", "escape")
            assert bench.lines == []


class TestLeaving:
    async def test_without_working_orders_the_session_ends_at_once(self) -> None:
        async with screen_bench() as bench:
            await bench.show(ladder=ladder(), status=status())
            await bench.press("q")
            [stop] = bench.sent(StopEngine)
            assert not stop.cancel
            bench.engine.send(Answer(stop.id, Outcome.ACCEPTED, "ended"))
            await bench.until(lambda: bench.app.return_value is not None)
            assert bench.app.return_value is Left.STOPPED

    @pytest.mark.parametrize(("keys", "cancel"), [(("enter",), True), (("c",), True)])
    async def test_practice_offers_to_cancel_first(self, keys: tuple[str, ...], *, cancel: bool) -> None:
        async with screen_bench() as bench:
            await bench.show(ladder=ladder(), status=status(working=1), orders=(order(),))
            await bench.press("q")
            assert isinstance(bench.app.screen, QuitDialog)
            assert bench.sent(StopEngine) == []
            await bench.press(*keys)
            assert [stop.cancel for stop in bench.sent(StopEngine)] == [cancel]

    async def test_real_money_offers_to_stay_first(self) -> None:
        async with screen_bench() as bench:
            await bench.show(ladder=ladder(), status=status(working=1, mode="REAL"), orders=(order(),))
            await bench.press("q", "enter")
            assert bench.app.screen is bench.trade
            assert bench.sent(StopEngine) == []
            assert bench.sent(Detach) == []

    async def test_keeping_the_orders_detaches(self) -> None:
        async with screen_bench() as bench:
            await bench.show(ladder=ladder(), status=status(working=1), orders=(order(),))
            await bench.press("q", "k")
            assert len(bench.sent(Detach)) == 1
            assert bench.sent(StopEngine) == []
            assert bench.app.return_value is Left.DETACHED

    async def test_a_screen_without_the_pen_leaves_the_engine_alone(self) -> None:
        async with screen_bench(welcome=msgspec.structs.replace(WELCOME, pen=False, holder="pts/3")) as bench:
            await bench.show(ladder=ladder(), status=status(working=1), orders=(order(),))
            await bench.press("q")
            assert bench.sent(StopEngine) == []
            assert bench.app.return_value is Left.DETACHED

    async def test_detach(self) -> None:
        async with screen_bench() as bench:
            await bench.press("d")
            assert len(bench.sent(Detach)) == 1
            assert bench.app.return_value is Left.DETACHED

    async def test_an_engine_that_goes_while_ending_is_no_surprise(self) -> None:
        async with screen_bench() as bench:
            await bench.press("q")
            bench.engine.hang_up()
            await bench.until(lambda: bench.app.return_value is not None)
            assert bench.app.return_value is Left.STOPPED


async def test_any_sequence_of_sizes_is_survived_and_the_draft_too() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("down", "b")
        for size in [(10, 3), (200, 60), (1, 1), (80, 24), (107, 31), (120, 40)]:
            await bench.pilot.resize_terminal(*size)
            await bench.pilot.pause()
        await bench.press("enter")
        assert bench.lines == [f"buy 0.1 {SYMBOL} @ 64200.1 post"]
        assert bench.sent(SetView)[-1].rows == bench.trade.ladder.window_rows
