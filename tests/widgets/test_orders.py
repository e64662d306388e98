from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.link.frames import CancelPrice
from tests.widgets import frames_sample as sample
from tests.widgets.conftest import PaneApp, Shower
from widgets.blotter import Blotter, Column, choose
from widgets.orders import Orders, cancel_way


def line_of(pane: Blotter, start: str) -> str:
    """Return the painted row whose first word is this."""
    return next(text for text in pane.text_lines() if text.split()[:1] == [start])


async def test_a_working_order_shows_queue_age_and_cancel_price(show: Shower) -> None:
    orders = Orders()
    async with show(orders, (150, 10)):
        orders.apply(sample.ORDERS, sample.NOW_NS)
        words = line_of(orders, "2").split()
        assert words[:7] == ["2", "B", "0.1", "@64212.3", "0.05", "working", "3:12"]
        assert "3/0.412" in words
        assert "+8 → +6 in 1.7s" in line_of(orders, "4")
        assert "~1/0.0125" in line_of(orders, "4")


async def test_rows_name_their_pair_once_one_is_not_the_ladders(show: Shower) -> None:
    orders = Orders()
    one, other = sample.ORDERS[0], replace(sample.ORDERS[1], symbol="ETH/USD")
    async with show(orders, (56, 10)):
        orders.apply((one,), sample.NOW_NS, one.symbol)
        assert "PAIR" not in orders.text_lines()[0]
        orders.apply((one, other), sample.NOW_NS)
        assert "PAIR" in orders.text_lines()[0]
        assert "ETH/USD" in line_of(orders, str(other.number))
        orders.apply((one,), sample.NOW_NS)
        assert "PAIR" not in orders.text_lines()[0]


async def test_an_unknown_outcome_is_a_question_mark_not_an_end(show: Shower) -> None:
    orders = Orders()
    async with show(orders, (80, 10)):
        orders.apply(sample.ORDERS, sample.NOW_NS)
        assert "? new" in line_of(orders, "7")


async def test_a_state_nobody_knows_is_shown_as_unknown(show: Shower) -> None:
    orders = Orders()
    async with show(orders, (80, 10)):
        orders.apply((replace(sample.ORDERS[0], state="melted"),), sample.NOW_NS)
        assert "? melted" in line_of(orders, "4")


async def test_a_free_cancel_says_so_and_narrow_columns_keep_whole_numbers(show: Shower) -> None:
    orders = Orders()
    async with show(orders, (78, 10)):
        orders.apply(sample.ORDERS, sample.NOW_NS)
        assert "free" in line_of(orders, "3")
        row = replace(sample.ORDERS[1], cancel=CancelPrice(now=5, next=4, next_in_ms=30_000, free_in_ms=290_000))
        orders.apply((row,), sample.NOW_NS)
        assert "+5" in line_of(orders, "2").split()


async def test_ages_go_on_without_new_orders(show: Shower) -> None:
    orders = Orders()
    async with show(orders, (100, 10)):
        orders.apply(sample.ORDERS, sample.NOW_NS)
        orders.apply(None, sample.NOW_NS + 5_000_000_000)
        assert " 8.3s " in line_of(orders, "4")


async def test_the_cursor_stays_on_its_order_while_rows_move(show: Shower) -> None:
    orders = Orders()
    async with show(orders, (80, 10)):
        orders.apply(sample.ORDERS, sample.NOW_NS)
        orders.move_cursor(1)
        orders.move_cursor(1)
        assert orders.cursor_key == "c2"
        orders.apply(sample.ORDERS[::-1], sample.NOW_NS)
        assert orders.order(orders.cursor_key) is sample.ORDERS[1]
        orders.apply((sample.ORDERS[0],), sample.NOW_NS)
        assert orders.order(orders.cursor_key) is None


async def test_rows_below_the_pane_are_counted_and_reached(show: Shower) -> None:
    orders = Orders()
    async with show(orders, (80, 4)):
        orders.apply(sample.ORDERS, sample.NOW_NS)
        assert orders.text_lines()[-1].strip() == "3 more"
        orders.move_cursor(-1)
        assert orders.cursor_key == "c1"
        assert "filled" in orders.text_lines()[-1]


async def test_cursor_moves_are_announced() -> None:
    heard: list[str | None] = []

    class Listening(PaneApp):
        def on_blotter_cursor_moved(self, event: Blotter.CursorMoved) -> None:
            heard.append(event.key)

    orders = Orders()
    async with Listening(orders, "quarterdeck-dark").run_test(size=(80, 8)) as pilot:
        orders.apply(sample.ORDERS, sample.NOW_NS)
        orders.move_cursor(1)
        orders.clear_cursor()
        await pilot.pause()
        await pilot.click(orders, offset=(5, 2))
        assert heard == ["c4", None, "c2"]


def test_important_columns_enter_first_and_grow_first() -> None:
    columns = (Column("A", 5, 1), Column("B", 5, 0, grow=8), Column("C", 5, 2))
    assert choose(columns, 5) == [(1, 5)]
    assert choose(columns, 12) == [(0, 5), (1, 6)]
    assert choose(columns, 40) == [(0, 5), (1, 8), (2, 5)]
    assert choose(columns, 3) == []


@pytest.mark.parametrize(
    ("owner", "reach", "said"),
    [
        ("fix", "fix", "cancel over fix"),
        ("fix", "ws: an earlier FIX session placed it", "cancel over ws: an earlier FIX session placed it"),
        ("ws", "rest: the order link is down", "cancel over rest: the order link is down"),
        ("ws", "ws", ""),
    ],
)
def test_a_row_says_what_a_cancel_would_go_over(owner: str, reach: str, said: str) -> None:
    row = replace(sample.ORDERS[0], owner=owner, reach=reach)
    assert cancel_way(row) == said
