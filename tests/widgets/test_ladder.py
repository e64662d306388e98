from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

import pytest
from msgspec.structs import replace

from app.link.frames import OwnMark, Trust
from tests.widgets import frames_sample as sample
from tests.widgets.conftest import PaneApp, Shower
from themes.palettes import TOKENS
from widgets.ladder import Ladder
from widgets.ladder_columns import choose_columns
from widgets.ladder_rows import EIGHTHS, aligned, bar_cells, bar_length, own_text, round_top

BEST = sample.MID_ROW


def chosen(ladder: Ladder) -> int | None:
    """Return the row of the cursor."""
    return ladder.cursor_row


def row_of(ladder: Ladder, price: str) -> str:
    """Return the painted row of a price."""
    return next(text for text in ladder.text_lines() if price in text)


async def test_a_row_reads_from_own_order_to_price(show: Shower) -> None:
    ladder = Ladder()
    async with show(ladder, (102, 30)):
        ladder.apply(sample.ladder_view(rows=ladder.window_rows))
        row = row_of(ladder, "64212.3")
        assert row.replace("┃", " ").split() == ["#2", "0.05", "Q3/0.412", "1.912", "1.5", "7", "64212.3"]
        assert row_of(ladder, "64213.3").replace("▍", " ").replace("┃", " ").split()[:4] == [
            "64213.3",
            "12",
            "9.055",
            "11.802",
        ]


async def test_the_side_is_told_by_position_without_any_colour(show: Shower) -> None:
    ladder = Ladder()
    async with show(ladder, (72, 24), theme="quarterdeck-mono"):
        ladder.apply(sample.ladder_view(rows=ladder.window_rows))
        bid, ask = row_of(ladder, "64212.4"), row_of(ladder, "64212.9")
        assert bid.index("0.412") < bid.index("64212.4")
        assert ask.index("2.3") > ask.index("64212.9")


async def test_empty_rows_and_the_spread_keep_their_place(show: Shower) -> None:
    ladder = Ladder()
    async with show(ladder, (72, 24)):
        ladder.apply(sample.ladder_view(rows=ladder.window_rows))
        prices = [Decimal(text.split("6421")[1].split()[0].strip("▲▼")) for text in ladder.text_lines()[1:-1]]
        assert all(upper - lower == Decimal("0.1") for upper, lower in pairwise(prices))


async def test_the_last_trade_is_marked_with_its_side(show: Shower) -> None:
    ladder = Ladder()
    async with show(ladder, (72, 24)):
        view = sample.ladder_view(rows=ladder.window_rows)
        ladder.apply(view)
        assert "64212.8▲" in row_of(ladder, "64212.8")
        ladder.apply(replace(view, last_buy=False))
        assert "64212.8▼" in row_of(ladder, "64212.8")


async def test_a_price_is_chosen_only_by_moving_and_stays_on_its_row(show: Shower) -> None:
    ladder = Ladder()
    async with show(ladder, (72, 24)):
        view = sample.ladder_view(rows=ladder.window_rows)
        ladder.apply(view)
        assert chosen(ladder) is None
        ladder.move_cursor(-1)
        assert chosen(ladder) == BEST
        ladder.move_cursor(-2)
        assert ladder.price_text(chosen(ladder) or 0) == "64212.2"
        ladder.apply(replace(view, top_row=view.top_row + 3))
        assert "▸64212.2" in row_of(ladder, "64212.2")
        ladder.clear_cursor()
        assert "▸" not in row_of(ladder, "64212.2")


async def test_the_first_move_up_shows_the_best_ask(show: Shower) -> None:
    ladder = Ladder()
    async with show(ladder, (72, 24)):
        ladder.apply(sample.ladder_view(rows=ladder.window_rows))
        ladder.move_cursor(1)
        assert ladder.cursor_row == BEST + sample.SPREAD_ROWS


async def test_another_pair_drops_the_chosen_price(show: Shower) -> None:
    ladder = Ladder()
    async with show(ladder, (72, 24)):
        view = sample.ladder_view(rows=ladder.window_rows)
        ladder.apply(view)
        ladder.move_cursor(-1)
        ladder.apply(replace(view, symbol="ETH/USD"))
        assert ladder.cursor_row is None


@pytest.mark.parametrize("kind", ["L2", "L3"])
async def test_a_book_over_fix_says_so(show: Shower, kind: str) -> None:
    ladder = Ladder()
    async with show(ladder, (60, 20)):
        ladder.apply(replace(sample.ladder_view(rows=ladder.window_rows, kind=kind), over_fix=True))
        assert f"FIX {kind}" in ladder.text_lines()[-1]


@pytest.mark.parametrize("trust", [Trust.STALE, Trust.SYNCING, Trust.UNVERIFIED, Trust.NONE])
async def test_a_doubtful_book_is_grey_and_says_so(show: Shower, trust: Trust) -> None:
    ladder = Ladder()
    async with show(ladder, (72, 24)):
        ladder.apply(sample.ladder_view(rows=ladder.window_rows, trust=trust))
        word = "NO BOOK YET" if trust is Trust.NONE else trust.value.upper()
        assert f"~ {word} ~" in ladder.text_lines()[0]
        assert "~64212.4" in row_of(ladder, "64212.4")
        sides = {ladder.ink_style("bid").color, ladder.ink_style("ask").color}
        for y in range(1, 22):
            assert not {segment.style.color for segment in ladder.render_line(y) if segment.style} & sides


async def test_order_counts_are_left_out_where_the_book_has_none(show: Shower) -> None:
    ladder = Ladder()
    async with show(ladder, (72, 24)):
        ladder.apply(sample.ladder_view(rows=ladder.window_rows, kind="L2"))
        assert " N " not in ladder.text_lines()[0]
        assert "L2 100" in ladder.text_lines()[-1]


def test_an_own_order_says_as_much_as_fits() -> None:
    mark = (sample.OWN_BUY,)
    assert own_text(mark, 22, 8) == "#2 0.05 Q3/0.412"
    assert own_text(mark, 11, 8) == "#2 Q3/0.412"
    assert own_text(mark, 5, 8) == "#2 Q3"
    assert own_text(mark, 2, 8) == "#2"
    assert own_text(mark, 1, 8) == "●"
    assert own_text((sample.OWN_SELL,), 12, 8) == "#4~Q1/0.0125"
    assert own_text((sample.OWN_UNKNOWN,), 5, 8) == "#7 ?"
    assert own_text((sample.OWN_BUY, sample.OWN_BUY), 6, 8) == "#2+ Q3"


def test_a_place_that_is_not_known_is_not_invented() -> None:
    mark = OwnMark(row=1, buy=True, number=9, left=100, state="pending_new")
    assert own_text((mark,), 22, 2) == "#9 1"


@pytest.mark.parametrize("width", range(1, 130))
def test_columns_never_need_more_than_the_pane(width: int) -> None:
    for counts in (True, False):
        columns = choose_columns(width, 7, counts=counts)
        sides = sum(cells + 1 for cells in (columns.work, columns.cum, columns.size, columns.count) if cells)
        assert columns.price + 2 * sides + columns.left <= max(width, columns.price)


def test_decimal_points_line_up_and_dust_is_not_zero() -> None:
    texts = [aligned(lots, 8, 2, 8, 5) for lots in (1_250_000_000, 41_200_000, 100)]
    assert texts == ["12.5    ", " 0.412  ", " <.00001"]


@pytest.mark.parametrize("buy", [True, False])
@pytest.mark.parametrize("eighths", range(0, 90, 3))
def test_bars_never_change_the_number(buy: bool, eighths: int) -> None:
    text = "  1.25  " if buy else "1.25    "
    spans = bar_cells(text, eighths, buy=buy, edges=True)
    joined = "".join(part for part, _ in spans)
    assert len(joined) == len(text)
    assert [char for char in joined if char in "0123456789."] == list("1.25")


def test_bars_grow_with_the_square_root_and_are_seen_at_all() -> None:
    assert bar_length(0, 100, 10) == 0
    assert bar_length(1, 10**9, 10) == 1
    assert bar_length(25, 100, 10) == 40
    assert bar_length(100, 100, 10) == 80
    assert [round_top(lots) for lots in (0, 1, 3, 501, 999)] == [1, 1, 5, 1000, 1000]


async def test_only_rows_that_changed_are_painted_again(show: Shower) -> None:
    ladder = Ladder()
    async with show(ladder, (72, 24)):
        view = sample.ladder_view(rows=ladder.window_rows)
        ladder.apply(view)
        before = [ladder.render_line(y) for y in range(24)]
        level = next(level for level in view.rows if level.row == BEST)
        changed = replace(level, bid_n=8)
        ladder.apply(replace(view, rows=tuple(changed if item.row == BEST else item for item in view.rows)))
        after = [ladder.render_line(y) for y in range(24)]
        assert sum(old is not new for old, new in zip(before, after, strict=True)) == 1


@pytest.mark.parametrize("theme", sorted(TOKENS))
async def test_every_cell_has_a_ground(show: Shower, theme: str) -> None:
    ladder = Ladder()
    async with show(ladder, (60, 20), theme=theme):
        ladder.apply(sample.ladder_view(rows=ladder.window_rows))
        for y in range(20):
            strip = ladder.render_line(y)
            assert strip.cell_length == 60
            assert all(segment.style is not None and segment.style.bgcolor is not None for segment in strip)


async def test_room_for_rows_is_announced_when_it_changes(show: Shower) -> None:
    heard: list[int] = []

    class Listening(PaneApp):
        def on_ladder_window_changed(self, event: Ladder.WindowChanged) -> None:
            heard.append(event.rows)

    ladder = Ladder()
    async with Listening(ladder, "quarterdeck-dark").run_test(size=(60, 20)) as pilot:
        await pilot.resize_terminal(60, 12)
        await pilot.pause()
        assert heard == [18, 10]


@pytest.mark.parametrize("width", [46, 72, 102, 150])
async def test_the_heading_of_asks_begins_where_their_numbers_begin(show: Shower, width: int) -> None:
    ladder = Ladder()
    async with show(ladder, (width, 30)):
        ladder.apply(sample.ladder_view(rows=ladder.window_rows))
        head, *rows = ladder.text_lines()
        after = head.index("PRICE") + len("PRICE")
        starts = []
        for text in rows[:-1]:
            cells = "".join(" " if char in EIGHTHS else char for char in text[after:])
            sizes = re.findall(r"(?<= )[\d.<]+", cells)
            at = 0 if "N" not in head[after:] else 1
            if len(sizes) > at:
                starts.append(after + [hit.start() for hit in re.finditer(r"(?<= )[\d.<]+", cells)][at])
        assert head.index("ASK") == min(starts)
