"""Order keys: draft, beat, arming, send, cancel, kill."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from textual import events

from app.link.frames import HelperRow, OwnMark, Trust
from app.link.messages import Execute, Origin, Outcome, Preview
from app.link.preview_frame import PreviewView
from app.screens import layout
from app.screens.dialogs import PhraseDialog
from tests.screens.screen_bench import ARMED, BID, SYMBOL, WELCOME, ladder, order, screen_bench, status

JOIN_BID = f"buy 0.1 {SYMBOL} @ 64200.1 post"


async def test_a_draft_joins_the_own_touch_when_the_cursor_was_not_moved() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b")
        assert bench.sent(Preview)[-1].text == JOIN_BID
        await bench.press("s")
        assert bench.lines == []
        await bench.press("enter")
        [sent] = bench.sent(Execute)
        assert sent == Execute(sent.id, f"sell 0.1 {SYMBOL} @ 64200.2 post", SYMBOL, Origin.KEY)


async def test_a_draft_takes_the_price_of_the_cursor() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("down", "j", "b", "enter")
        assert bench.lines == [f"buy 0.1 {SYMBOL} @ 64200.0 post"]


async def test_the_ticket_shows_what_the_engine_expects() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b")
        await bench.preview(PreviewView(ok=True, queue="3 ord / 0.412 ahead", points="+1 → 13.4/125"))
        assert "3 ord / 0.412 ahead" in bench.text_of("#ticket")
        assert "BUY" in bench.text_of("#ticket")


async def test_enter_in_view_only_explains_itself() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status())
        await bench.press("b", "enter")
        assert bench.lines == []
        assert "press A to arm" in bench.note


async def test_arming_asks_the_engine_and_disarming_too() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status())
        await bench.press("A")
        await bench.show(status=ARMED)
        await bench.press("A")
        assert bench.lines == ["arm", "disarm"]


async def test_enter_within_the_beat_does_not_send() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b")
        await bench.press("enter", ms=149)
        assert bench.lines == []
        assert "too quick" in bench.note
        await bench.press("enter")
        assert bench.lines == [JOIN_BID]


async def test_a_change_of_the_draft_starts_the_beat_anew() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "full_stop")
        await bench.press("enter", ms=100)
        assert bench.lines == []


async def test_a_held_enter_sends_once() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "enter")
        for _ in range(20):
            await bench.press("b", "enter", ms=33)
        assert bench.lines == [JOIN_BID]


@pytest.mark.parametrize("first", ["n", "g"])
async def test_an_enter_held_as_the_second_key_of_a_pair_of_keys_does_not_send(first: str) -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", first, "enter")
        for _ in range(20):
            await bench.press("enter", ms=33)
        assert bench.lines == []
        await bench.press("enter")
        assert bench.lines == [JOIN_BID]


async def test_keys_typed_while_the_picture_stood_still_do_not_send() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b")
        bench.clock.advance(s=3)
        await bench.pilot.press("enter")
        await bench.pilot.pause()
        assert bench.lines == []
        await bench.press("enter")
        assert bench.lines == [JOIN_BID]


async def test_a_paste_outside_inputs_is_ignored() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b")
        bench.trade.post_message(events.Paste("b\nb\n\r"))
        await bench.pilot.pause()
        assert bench.lines == []
        assert "paste was ignored" in bench.note


async def test_escape_drops_the_draft() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "escape", "enter")
        assert bench.lines == []
        assert "no draft" in bench.text_of("#ticket")


@pytest.mark.parametrize("keys", [("tab",), ("shift+tab",), ("g", "o"), ("g", "t")])
async def test_moving_the_focus_drops_the_draft_and_disarms(keys: tuple[str, ...]) -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", *keys)
        assert bench.trade.desk.draft is None
        assert bench.lines == ["disarm"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("pages", [("2",), ("3",), ("2", "3", "1"), ("3", "1", "3", "1")])
async def test_changing_the_page_drops_the_draft_and_keeps_the_keys_armed(
    size: tuple[int, int], pages: tuple[str, ...]
) -> None:
    async with screen_bench(size) as bench:
        await bench.arm()
        await bench.press("b", *pages)
        assert bench.trade.desk.draft is None
        assert bench.lines == []
        assert layout.visible(bench.trade.focused) if bench.trade.focused else pages[-1] == "3"


async def test_another_pair_drops_the_draft_and_disarms() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "colon")
        await bench.type("symbol ETH/USD")
        await bench.press("enter")
        assert bench.trade.desk.draft is None
        assert bench.lines == ["disarm"]
        assert bench.trade.shown.symbol == "ETH/USD"


@pytest.mark.parametrize(
    ("book", "word"),
    [
        ({"trust": Trust.STALE}, "stale"),
        ({"trust": Trust.UNVERIFIED}, "not verified"),
        ({"trust": Trust.SYNCING}, "being loaded"),
        ({"age_ms": 2001}, "no word"),
    ],
)
async def test_a_doubtful_book_blocks_orders_but_not_cancels(book: dict[str, Any], word: str) -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(**book), status=ARMED, orders=(order(),))
        await bench.press("b", "enter")
        assert bench.lines == []
        assert word in bench.note
        await bench.press("c")
        assert bench.lines == ["cancel #1"]


async def test_an_upper_case_verb_only_opens_a_strip() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("B")
        assert bench.lines == []
        assert f"TAKE  BUY 0.1 {SYMBOL} at ask+0.1% at worst" in bench.note
        await bench.preview(PreviewView(ok=True, symbol=SYMBOL, side="buy", price="64264.4", qty="0.10000000"))
        assert f"TAKE  BUY 0.1 {SYMBOL} at 64264.4 at worst" in bench.note
        await bench.press("enter")
        assert bench.lines == [f"buy 0.1 {SYMBOL} @ 64264.4 take"]


async def test_an_open_draft_is_previewed_again_when_the_market_moves() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("S")
        line = bench.sent(Preview)[-1].text
        view = PreviewView(ok=True, symbol=SYMBOL, side="sell", price="64135.9", qty="0.10000000")
        for _ in range(4):
            await bench.show(ladder=ladder(best_bid=BID - 1))
        assert len(bench.sent(Preview)) == 1
        await bench.preview(view)
        bench.clock.advance(ms=199)
        await bench.show(ladder=ladder(best_bid=BID - 2))
        assert len(bench.sent(Preview)) == 1
        bench.clock.advance(ms=1)
        await bench.show(ladder=ladder(best_bid=BID - 3))
        assert [request.text for request in bench.sent(Preview)] == [line, line]
        bench.clock.advance(ms=400)
        bench.trade.desk.heartbeat()
        await bench.preview(msgspec.structs.replace(view, price="64135.5"))
        assert "64135.5" in bench.note
        await bench.press("enter", ms=100)
        assert bench.lines == []
        await bench.press("enter")
        assert bench.lines == [f"sell 0.1 {SYMBOL} @ 64135.5 take"]


async def test_without_a_draft_nothing_is_previewed() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        bench.clock.advance(s=1)
        await bench.show(ladder=ladder(best_bid=BID - 1))
        assert bench.sent(Preview) == []


async def test_enter_too_soon_after_enter_says_so() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=ARMED, orders=(order(),))
        await bench.press("b", "enter")
        await bench.press("b", "enter", ms=149)
        assert len(bench.lines) == 1
        assert "press it again" in bench.note
        await bench.press("C")
        await bench.press("enter", ms=100)
        assert len(bench.lines) == 1


async def test_cancel_takes_the_selected_order_and_needs_no_arming() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status(), orders=(order(1), order(2), order(3)))
        await bench.press("left_square_bracket", "c")
        assert bench.lines == ["cancel #2"]


async def test_cancel_takes_the_newest_order_if_none_is_selected() -> None:
    async with screen_bench() as bench:
        orders = (order(1), order(2), order(3, state="filled"), order(4, symbol="ETH/USD"))
        await bench.show(ladder=ladder(), status=status(), orders=orders)
        await bench.press("c")
        await bench.show(orders=(order(1), order(2, state="pending_cancel")))
        await bench.press("c")
        assert bench.lines == ["cancel #2", "cancel #1"]


async def test_a_held_cancel_key_cancels_one_order() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status(), orders=(order(1), order(2)))
        await bench.press("c")
        await bench.press("c", "c", "c", ms=33)
        assert bench.lines == ["cancel #2"]


@pytest.mark.parametrize("second", ["C", "enter"])
async def test_cancel_all_needs_a_second_key(second: str) -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status(), orders=(order(1), order(2)))
        await bench.press("C")
        assert bench.lines == []
        assert f"CANCEL ALL 2 on {SYMBOL}" in bench.note
        await bench.press(second)
        assert bench.lines == [f"cancel all {SYMBOL}"]


async def test_cancel_all_asks_nothing_where_nothing_is() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status(), orders=(order(1, symbol="ETH/USD"),))
        await bench.press("C")
        assert bench.note.strip() == f"no orders on {SYMBOL}"
        await bench.press("C", "enter")
        assert bench.lines == []


async def test_cancel_all_asks_while_orders_are_not_known_or_a_helper_runs() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status(reconciled=False), orders=())
        await bench.press("C")
        assert "CANCEL ALL 0" in bench.note
        await bench.press("escape")
        helper = HelperRow("H1", "twap", SYMBOL, "buy", "", "running", "0", "1")
        await bench.show(ladder=ladder(), status=status(), orders=(), helpers=(helper,))
        await bench.press("C", "C")
        assert bench.lines == [f"cancel all {SYMBOL}"]


async def test_escape_closes_the_strip() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status(), orders=(order(1),))
        await bench.press("C", "escape", "enter")
        assert bench.lines == []


@pytest.mark.parametrize("opener", [(), ("colon",), ("slash",), ("question_mark",), ("grave_accent",)])
async def test_kill_works_everywhere_on_the_second_press(opener: tuple[str, ...]) -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status())
        await bench.press(*opener, "ctrl+k")
        assert bench.lines == []
        await bench.press("ctrl+k", ms=999)
        assert bench.lines == ["kill"]


async def test_after_a_kill_the_way_back_is_said() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status(killed=True, blocked="kill switch engaged"))
        await bench.press("b", "enter")
        assert bench.lines == []
        assert ":release" in bench.note
        await bench.press("colon")
        await bench.type("release")
        await bench.press("enter")
        assert bench.lines == ["release"]


async def test_two_slow_presses_are_no_kill() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status())
        await bench.press("ctrl+k")
        await bench.press("ctrl+k", ms=1001)
        assert bench.lines == []


async def test_real_money_needs_the_typed_phrase() -> None:
    welcome = msgspec.structs.replace(WELCOME, mode="REAL", confirm="trade for real")
    async with screen_bench(welcome=welcome) as bench:
        await bench.show(ladder=ladder(), status=status(mode="REAL"))
        await bench.press("A")
        assert isinstance(bench.app.screen, PhraseDialog)
        await bench.press("escape")
        assert bench.lines == []
        await bench.press("A")
        await bench.type("trade for real")
        await bench.press("enter")
        assert [(line.text, line.confirm) for line in bench.sent(Execute)] == [("arm", "trade for real")]
        await bench.answer()
        await bench.press("A")
        assert [(line.text, line.confirm) for line in bench.sent(Execute)][1:] == [("arm", "")]


async def test_the_answer_is_said() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "enter")
        assert JOIN_BID in bench.note
        await bench.answer(Outcome.REFUSED, "post-only would take", hint="lower the price", layer="guard")
        assert f"{JOIN_BID}: post-only would take [guard] → lower the price" in bench.note


async def test_an_unknown_outcome_is_neither_accepted_nor_refused() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "enter")
        await bench.answer(Outcome.UNKNOWN, "no answer from the venue in time", hint="watch #1")
        assert f"? {JOIN_BID}: no answer from the venue in time" in bench.note
        mark = OwnMark(BID - 3, True, 1, 10_000_000, "unknown_new")
        await bench.show(ladder=ladder(own=(mark,)), orders=(order(1, state="unknown_new"),))
        assert "?" in bench.text_of("#ladder")
        assert "? new" in bench.text_of("#orders")


async def test_size_presets_and_steps() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("n", "2", "b", "plus", "enter")
        assert bench.lines == [f"buy 0.35 {SYMBOL} @ 64200.1 post"]


async def test_flags_and_nudges_change_the_draft() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "comma", "comma", "p", "t", "enter")
        assert bench.lines == [f"buy 0.1 {SYMBOL} @ 64199.9 ioc"]


async def test_amend_starts_from_the_order() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=ARMED, orders=(order(7),))
        await bench.press("m", "full_stop", "enter")
        assert bench.lines == ["amend #7 0.1 @ 64199.9"]


async def test_two_capitals_in_a_row_hint_at_caps_lock() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status())
        await bench.press("J", "K")
        assert "Caps Lock" in bench.note


async def test_only_one_preview_is_asked_for_at_a_time() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "comma", "comma", "comma")
        assert [request.text for request in bench.sent(Preview)] == [JOIN_BID]
        await bench.preview(PreviewView(ok=True))
        assert bench.sent(Preview)[-1].text == f"buy 0.1 {SYMBOL} @ 64199.8 post"
        assert len(bench.sent(Preview)) == 2


async def test_nothing_is_drafted_or_sent_out_of_sight() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=ARMED, orders=(order(),))
        await bench.press("2", "b", "m", "B")
        assert bench.trade.desk.draft is None
        assert "out of sight" in bench.note
        await bench.press("1", "b")
        await bench.pilot.resize_terminal(40, 10)
        await bench.pilot.pause()
        await bench.press("enter")
        assert bench.lines == []
        await bench.press("c")
        assert bench.lines == ["cancel #1"]
