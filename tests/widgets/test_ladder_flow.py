"""The ladder's columns beyond the book: executions, flow, ages, marks, the inside of a level, trust."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.link.frames import AxisMark, Gap, LevelFlow, LevelInside, QueuedOrder, QueueMoves
from tests.widgets import frames_sample as sample
from tests.widgets.conftest import Shower
from widgets.ladder import Ladder
from widgets.ladder_columns import ALL, BASIC, COLUMNS, choose_columns
from widgets.ladder_rows import Ages, bar_cells
from widgets.queue_text import moved_forms

BEST = sample.MID_ROW
FLOW = LevelFlow(
    BEST, bid_new=20_600_000, bid_mid=10_300_000, bid_stacked=50_000_000, bid_pulled=20_000_000, bid_flick=80,
    bought=5_000_000, sold=25_000_000, last=1_250_000, last_buy=False, iceberg="E0.35",
)  # fmt: skip
INSIDE = LevelInside(
    "64212.4", BEST, True, 5, 41_200_000,
    (QueuedOrder(1, "AAAAAA", 30_000_000, 12_000), QueuedOrder(4, "DDDDDD", 5_000_000, 400, own=2)),
)  # fmt: skip


def row_of(ladder: Ladder, price: str) -> str:
    return next(text for text in ladder.text_lines()[1:-1] if price in text)


def places(ladder: Ladder, *prices: str) -> list[int]:
    """Return the rows of prices; an inset's own texts do not count."""
    axis = [text.partition("│")[0] for text in ladder.text_lines()]
    return [next(at for at, text in enumerate(axis) if price in text) for price in prices]


@pytest.mark.parametrize("width", range(1, 190, 3))
def test_all_columns_together_never_need_more_than_the_pane(width: int) -> None:
    for wanted in (ALL, ALL - {"cum", "work"}, BASIC):
        columns = choose_columns(width, 7, counts=True, wanted=wanted)
        assert columns.price + 2 * columns.sides + columns.singles + columns.left <= max(width, columns.price)


def test_a_column_that_is_not_wanted_takes_no_room() -> None:
    assert choose_columns(150, 7, counts=True, wanted=ALL).vol > 0
    assert choose_columns(150, 7, counts=True, wanted=ALL - {"vol"}).vol == 0
    assert choose_columns(150, 7, counts=False, wanted=ALL).flow == 0


@pytest.mark.parametrize("width", [48, 74, 88, 150])
async def test_what_happens_at_a_price_stands_under_its_heading(show: Shower, width: int) -> None:
    ladder = Ladder()
    async with show(ladder, (width, 24)):
        ladder.want(ALL)
        ladder.apply(replace(sample.ladder_view(rows=ladder.window_rows), flows=(FLOW,)))
        head, row = ladder.text_lines()[0], row_of(ladder, "64212.4")
        want = {"LAST": "0.012▼", "VOL": "0.3", "DELTA": "-0.2", "ICE": "E0.35"}
        for name, text in want.items():
            if f" {name}" in head:
                end = head.index(f" {name}") + 1 + len(name)
                assert row[:end].endswith(text), name
        assert ("±10s" in head) == ("+0.3" in row)
        assert {74: "VOL" in head, 150: "FL%" in head}.get(width, True)


async def test_the_last_quantity_fades_and_goes(show: Shower) -> None:
    ladder = Ladder()
    async with show(ladder, (100, 24)):
        ladder.want(ALL)
        view = sample.ladder_view(rows=ladder.window_rows)
        seen = []
        for fade in range(4):
            ladder.apply(replace(view, flows=(replace(FLOW, fade=fade),)))
            y = next(at for at, text in enumerate(ladder.text_lines()) if "64212.4" in text)
            seen.append(next((seg.style for seg in ladder.render_line(y) if "▼" in seg.text), None))
        assert seen[3] is None
        assert len({str(style) for style in seen[:3]}) == 3


async def test_marks_stand_beside_their_price_and_the_gravest_is_seen(show: Shower) -> None:
    ladder = Ladder()
    async with show(ladder, (72, 24)):
        marks = (AxisMark(BEST, "fill", True), AxisMark(BEST, "alert"), AxisMark(BEST - 2, "average"),
                 AxisMark(BEST - 3, "breakeven"))  # fmt: skip
        ladder.apply(replace(sample.ladder_view(rows=ladder.window_rows), marks=marks))
        assert "64212.4 !" in row_of(ladder, "64212.4")
        assert "64212.2 =" in row_of(ladder, "64212.2")
        assert "64212.1 %" in row_of(ladder, "64212.1")


def test_bars_tell_ages_and_the_own_place_without_colours() -> None:
    ages = Ages(mid=2, new=3, own=1)
    text = "".join(part for part, _ in bar_cells("1.5       ", 80, buy=False, edges=False, ages=ages))
    assert text == "1.5  ▒▒░░░"
    inks = [ink for _, ink in bar_cells("1.5       ", 80, buy=False, edges=False, ages=ages)]
    assert inks == ["ask-bar", "own", "ask-bar", "ask-mid", "ask-new"]
    mirrored = "".join(part for part, _ in bar_cells("       1.5", 80, buy=True, edges=False, ages=ages))
    assert mirrored == text[::-1].replace("5.1", "1.5")


async def test_opening_a_level_moves_no_price(show: Shower) -> None:
    ladder = Ladder()
    async with show(ladder, (74, 24)):
        ladder.want(ALL)
        ladder.apply(replace(sample.ladder_view(rows=ladder.window_rows), inside=INSIDE))
        ladder.move_cursor(-1)
        before = places(ladder, "64212.4", "64212.9")
        ladder.open_level(BEST)
        assert places(ladder, "64212.4", "64212.9") == before
        lines = ladder.text_lines()
        inset = [line.partition("│")[2] for line in lines if "│" in line]
        assert inset[0].split() == ["B", "64212.4", "5", "ord", "0.412"]
        assert inset[2].split() == ["1", "0.3", "12s"]
        assert inset[3].split() == ["4", "0.05", "0.4s", "#2"]
        assert "3 more" in inset[4]
        assert "▸64212.4" in row_of(ladder, "▸")
        ladder.open_level(BEST - 3)
        assert "nothing rests here" in "\n".join(ladder.text_lines())


async def test_the_last_line_says_how_far_the_book_can_be_trusted(show: Shower) -> None:
    ladder = Ladder()
    async with show(ladder, (150, 24)):
        view = replace(
            sample.ladder_view(rows=ladder.window_rows), mid_text="64212.60", micro_text="64212.71", imbalance=40,
            bad_today=2, gap=Gap(12_300, 4_100),
        )  # fmt: skip
        ladder.apply(view)
        foot = ladder.text_lines()[-1]
        for words in ("mid 64212.60", "micro 64212.71", "imb +40%", "2 bad today", "data break of 4.1s, 12s ago",
                      "VERIFIED <1s"):  # fmt: skip
            assert words in foot
        ladder.apply(replace(view, age_ms=7_000))
        assert "VERIFIED 7.0s" in ladder.text_lines()[-1]
        ladder.apply(replace(view, behind_ms=1_460))
        assert "VERIFIED 1.4s behind" in ladder.text_lines()[-1]


def test_what_left_ahead_is_said_as_fully_as_there_is_room() -> None:
    moves = QueueMoves(5, 90_000_000, True, 40_000_000, 8_800_000, 0, 10_000_000, 0, 1_000_000, 130, 540)
    forms = moved_forms(replace(sample.OWN_BUY, moves=moves))
    assert forms[0] == "t0.4 c0.088 ?0.01 1m t0.1 c0 est 2:10-9:00"
    assert forms[-2:] == ("t0.4 c0.088?", "")
    late = replace(moves, whole=False, pending=0, latest_s=-1)
    assert moved_forms(replace(sample.OWN_BUY, moves=late))[1] == "+t0.4 c0.088 est >2:10"
    assert moved_forms(sample.OWN_BUY) == ("",)


def test_every_column_is_explained() -> None:
    assert all(len(column.text) > 20 for column in COLUMNS)
    assert {column.id for column in COLUMNS} == ALL
