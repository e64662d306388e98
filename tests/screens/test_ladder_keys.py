"""Keys of the ladder: inside a level, columns, following, alerts; what is remembered."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from app.link.messages import SetView, ToggleAlert
from app.screens.options import ScreenOptions
from tests.screens.screen_bench import BID, full_frame, ladder, screen_bench, status
from widgets.ladder_columns import COLUMNS

WIDE = (200, 60)


async def test_the_level_at_the_cursor_is_opened_follows_it_and_closes() -> None:
    async with screen_bench() as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        await bench.press("o")
        assert bench.sent(SetView)[-1].inside == BID - 3  # the own order
        await bench.press("o", "down", "down", "o")
        assert bench.sent(SetView)[-1].inside == BID - 1
        assert bench.sent(SetView)[-1].inside_rows > 10
        await bench.press("up")
        assert bench.sent(SetView)[-1].inside == BID
        await bench.press("o")
        assert bench.sent(SetView)[-1].inside is None
        assert bench.trade.ladder.opened is None


async def test_a_book_of_prices_has_no_orders_to_show() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=replace(ladder(), kind="L2"), status=status())
        await bench.press("o")
        assert "prices only" in bench.note
        assert bench.trade.ladder.opened is None


async def test_columns_are_chosen_by_key_and_remembered(tmp_path: Path) -> None:
    options = ScreenOptions(theme="quarterdeck-dark", retry_ms=1, remembered=tmp_path / "state" / "screen.json")
    async with screen_bench(WIDE, options=options) as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        assert "VOL" in bench.text_of("#ladder")
        number = [column.id for column in COLUMNS if not column.fixed].index("vol") + 1
        await bench.press("V", str(number), "escape")
        assert " VOL" not in bench.text_of("#ladder")
    async with screen_bench(WIDE, options=options) as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        assert " VOL" not in bench.text_of("#ladder")
        assert "LAST" in bench.text_of("#ladder")


async def test_flow_is_asked_for_only_while_a_column_needs_it(tmp_path: Path) -> None:
    options = ScreenOptions(theme="quarterdeck-dark", retry_ms=1, remembered=tmp_path / "screen.json")
    async with screen_bench(options=options) as bench:
        assert bench.sent(SetView)[-1].flow
        await bench.press("V")
        for number, column in enumerate((column for column in COLUMNS if not column.fixed), 1):
            if column.id not in {"cum", "count"}:
                await bench.press(str(number))
        assert not bench.sent(SetView)[-1].flow


async def test_a_file_that_cannot_be_read_is_no_reason_not_to_start(tmp_path: Path) -> None:
    path = tmp_path / "screen.json"
    path.write_text('{"hidden": 7}')
    async with screen_bench(options=ScreenOptions(theme="quarterdeck-dark", retry_ms=1, remembered=path)) as bench:
        assert bench.trade.preferences.now.hidden == ()


async def test_the_ladder_follows_as_chosen() -> None:
    async with screen_bench() as bench:
        rows = bench.trade.ladder.window_rows
        view = ladder(rows)
        await bench.show(ladder=view, status=status())
        nearly = replace(view, best_bid=view.top_row - 2, best_ask=view.top_row - 1)
        await bench.press("f")
        assert "market in its middle" in bench.note
        await bench.show(ladder=replace(view, best_bid=view.top_row - 4, best_ask=view.top_row - 3))
        assert bench.sent(SetView)[-1].top_row is None
        await bench.show(ladder=view)
        await bench.press("f")
        assert "stays where it is" in bench.note
        await bench.show(ladder=replace(nearly, best_ask=view.top_row + 3))
        assert bench.sent(SetView)[-1].top_row == view.top_row
        assert "market above: Space" in str(bench.trade.ladder.border_subtitle)
        await bench.press("f")
        await bench.show(ladder=replace(nearly, best_ask=view.top_row + 4))
        assert bench.sent(SetView)[-1].top_row is None


async def test_an_alert_is_set_at_the_cursor_and_nowhere_else() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(bench.trade.ladder.window_rows), status=status())
        await bench.press("exclamation_mark")
        assert "alert where?" in bench.note
        await bench.press("down", "exclamation_mark")
        (message,) = bench.sent(ToggleAlert)
        assert message.price == bench.trade.ladder.price_text(BID)


async def test_help_explains_every_column() -> None:
    async with screen_bench((160, 160)) as bench:
        await bench.press("question_mark")
        text = "\n".join(strip.text for strip in bench.app.screen._compositor.render_strips())
        for column in COLUMNS:
            assert column.text[:50] in text, column.id
