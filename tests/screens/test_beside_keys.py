"""Ladders side by side: which is active, what goes along with it, what is remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from app.link.frames import LadderView, Trust
from app.link.messages import Execute, ListPairs, Pairs, SetView
from app.screens.options import ScreenOptions
from app.screens.preferences import Preferences
from tests.screens.screen_bench import ARMED, BID, SYMBOL, ScreenBench, full_frame, ladder, screen_bench
from tests.screens.test_view_keys import PAIRS
from widgets.ladder import Ladder

WIDE = (200, 60)
ETH = "ETH/USD"


def other(rows: int = 30, **changes: Any) -> LadderView:
    return replace(ladder(rows), symbol=ETH, **changes)


async def put(bench: ScreenBench, *symbols: str) -> None:
    """Put pairs beside by the keys a person would press."""
    for symbol in symbols:
        await bench.press("vertical_line")
        bench.engine.send(Pairs(bench.sent(ListPairs)[-1].id, PAIRS))
        await bench.type(symbol.replace("/", "").lower())
        await bench.press("enter")


async def asked(bench: ScreenBench, *symbols: str) -> SetView:
    """Wait until the screen asks for these pairs beside the shown one."""
    await bench.until(lambda: tuple(window.symbol for window in bench.sent(SetView)[-1].beside) == symbols)
    return bench.sent(SetView)[-1]


def seen(bench: ScreenBench) -> list[str]:
    """Titles of the ladders that are seen, from left to right."""
    ladders = sorted((one for one in bench.trade.query(Ladder) if one.display), key=lambda one: one.region.x)
    return [str(one.border_title) for one in ladders]


async def test_another_pair_is_put_beside_and_shows_its_book() -> None:
    async with screen_bench(WIDE) as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        await put(bench, ETH)
        view = await asked(bench, ETH)
        assert view.symbol == SYMBOL
        assert view.beside[0].rows > 20
        await bench.show(beside=(other(view.beside[0].rows),))
        assert seen(bench) == [SYMBOL, ETH]
        painted = bench.trade.ladders[1]
        assert "64200.1" in "".join(painted.render_line(y).text for y in range(painted.size.height))


async def test_the_next_ladder_becomes_active_in_its_place_and_disarms() -> None:
    async with screen_bench(WIDE) as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        await put(bench, ETH)
        rows = (await asked(bench, ETH)).beside[0].rows
        await bench.show(beside=(other(rows),), ladder=ladder(rows), status=ARMED)
        await asked(bench, ETH)
        await bench.press("down", "b")
        assert bench.trade.desk.draft is not None
        held = bench.sent(SetView)[-1]
        await bench.press("backslash")
        assert bench.trade.desk.draft is None
        assert bench.sent(Execute)[-1].text == "disarm"
        view = await asked(bench, SYMBOL)
        assert view.symbol == ETH
        assert view.top_row == BID + rows // 2, "the window of the pair stays where it was"
        assert view.beside[0].top_row == held.top_row
        assert seen(bench) == [SYMBOL, ETH]
        await bench.show(ladder=other(rows), status=ARMED)
        await bench.press("up", "s")
        assert bench.trade.desk.draft is not None
        assert bench.trade.desk.draft.symbol == ETH
        assert bench.trade.ladders[0].cursor_row is None


async def test_the_focus_makes_a_ladder_active_and_so_does_choosing_its_pair() -> None:
    async with screen_bench(WIDE) as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        await put(bench, ETH)
        await asked(bench, ETH)
        await bench.press("tab")
        assert bench.trade.symbol == ETH
        assert bench.trade.focused is bench.trade.ladders[1]
        await bench.press("shift+tab")
        assert bench.trade.symbol == SYMBOL
        await bench.press("slash")
        await bench.type("ethusd")
        await bench.press("enter")
        assert bench.trade.symbol == ETH
        assert bench.trade.ladder is bench.trade.ladders[1]


async def test_a_chosen_ladder_is_taken_away_and_the_last_one_stays() -> None:
    async with screen_bench(WIDE) as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        await put(bench, ETH)
        await asked(bench, ETH)
        await bench.press("backslash")
        await put(bench, ETH)
        assert bench.trade.symbol == SYMBOL
        assert seen(bench) == [SYMBOL]
        await asked(bench)
        await put(bench, SYMBOL)
        assert "the last ladder stays" in bench.note
        assert seen(bench) == [SYMBOL]


async def test_as_many_are_shown_as_there_is_room_for_and_the_active_one_always() -> None:
    async with screen_bench((80, 24)) as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        await put(bench, ETH)
        assert seen(bench) == [SYMBOL]
        assert bench.sent(SetView)[-1].beside == ()
        await bench.press("backslash")
        assert len(seen(bench)) == 1
        assert bench.trade.symbol == ETH
        await bench.pilot.resize_terminal(200, 60)
        await asked(bench, SYMBOL)
        assert len(seen(bench)) == 2
        await bench.press("1")
        await asked(bench)
        assert len(seen(bench)) == 1
        await bench.press("3")
        assert not seen(bench)


async def test_pairs_beside_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "screen.json"
    options = ScreenOptions(theme="quarterdeck-dark", retry_ms=1, remembered=path)
    async with screen_bench(WIDE, options=options) as bench:
        await put(bench, ETH, "ETH/BTC")
    assert Preferences(path).now.beside == (ETH, "ETH/BTC")
    async with screen_bench(WIDE, options=options) as bench:
        await bench.press("5")
        await asked(bench, ETH, "ETH/BTC")


async def test_without_an_engine_no_ladder_looks_alive() -> None:
    async with screen_bench(WIDE) as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        await put(bench, ETH)
        rows = (await asked(bench, ETH)).beside[0].rows
        await bench.show(beside=(other(rows),))
        bench.engine.welcome = None
        bench.engine.hang_up()
        await bench.until(lambda: bool(bench.trade.gone))
        await bench.pilot.pause()
        shown = bench.trade.ladders[1]
        assert Trust.STALE.value.upper() in shown.render_line(0).text.upper()


async def test_a_window_beside_moves_only_when_its_market_leaves_it() -> None:
    async with screen_bench(WIDE) as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        await put(bench, ETH)
        rows = (await asked(bench, ETH)).beside[0].rows
        view = other(rows)
        await bench.show(beside=(view,))
        await bench.until(lambda: bench.sent(SetView)[-1].beside[0].top_row == view.top_row)
        await bench.show(beside=(replace(view, best_bid=BID + 5, best_ask=BID + 6),))
        await bench.show(beside=(replace(view, best_bid=view.top_row + 1, best_ask=view.top_row + 2),))
        await bench.until(lambda: bench.sent(SetView)[-1].beside[0].top_row is None)
        assert {window.top_row for sent in bench.sent(SetView) for window in sent.beside} == {None, view.top_row}
