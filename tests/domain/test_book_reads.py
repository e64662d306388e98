from __future__ import annotations

import pytest

from app.domain.book import Fillable, L2Book, L3Book, LevelView
from app.domain.order import Side
from app.protocol.ws2.market import OrdersData
from tests.domain.book_vectors import levels, orders

UNIT = 10**12

BIDS = """
100.0 1.00000000 OB1 12:00:00.1
100.0 2.00000000 OB2 12:00:00.2
99.5 4.00000000 OB3 12:00:00.3
98.0 8.00000000 OB4 12:00:00.4
"""
ASKS = """
100.5 0.50000000 OA1 12:00:00.1
101.0 0.25000000 OA2 12:00:00.2
101.0 0.75000000 OA3 12:00:00.3
103.0 5.00000000 OA4 12:00:00.4
"""


def halves(number: int) -> int:
    return number * UNIT // 2


def unsigned(data: OrdersData) -> OrdersData:
    return OrdersData(data.symbol, data.bids, data.asks, None)


@pytest.fixture
def book() -> L3Book:
    book = L3Book("X/USD", 10, 1, 8)
    book.snapshot(orders(bids=BIDS, asks=ASKS))
    return book


@pytest.fixture
def flat() -> L2Book:
    book = L2Book("X/USD", 10, 1, 8)
    book.snapshot(
        levels(
            bids="100.0 3.00000000\n99.5 4.00000000\n98.0 8.00000000",
            asks="100.5 0.50000000\n101.0 1.00000000\n103.0 5.00000000",
        )
    )
    return book


def test_both_books_show_the_same_levels(book: L3Book, flat: L2Book) -> None:
    for side in Side:
        assert [level[:2] for level in book.levels(side, 10)] == [level[:2] for level in flat.levels(side, 10)]
    assert [level.count for level in book.levels(Side.BUY, 2)] == [2, 1]
    assert [level.count for level in flat.levels(Side.BUY, 2)] == [0, 0]
    assert (book.best_bid, book.best_ask) == (flat.best_bid, flat.best_ask) == (100 * UNIT, halves(201))
    assert book.levels(Side.BUY, 0) == []


def test_a_window_holds_the_levels_between_two_prices(book: L3Book) -> None:
    assert book.window(Side.BUY, halves(199), 100 * UNIT) == [
        LevelView(100 * UNIT, 3 * UNIT, 2),
        LevelView(halves(199), 4 * UNIT, 1),
    ]
    assert [level.price for level in book.window(Side.SELL, halves(201), 102 * UNIT)] == [halves(201), 101 * UNIT]
    assert book.window(Side.SELL, 101 * UNIT + 1, 103 * UNIT - 1) == []
    assert book.window(Side.SELL, 104 * UNIT, 90 * UNIT) == []


@pytest.mark.parametrize(
    ("side", "price", "want"),
    [
        (Side.BUY, 100 * UNIT, 3 * UNIT),
        (Side.BUY, 99 * UNIT, 7 * UNIT),
        (Side.BUY, 1, 15 * UNIT),
        (Side.BUY, 101 * UNIT, 0),
        (Side.SELL, 101 * UNIT, halves(3)),
        (Side.SELL, 100 * UNIT, 0),
    ],
)
def test_cumulative_counts_from_the_touch(book: L3Book, side: Side, price: int, want: int) -> None:
    assert book.cumulative(side, price) == want


def test_walk_takes_the_queue_until_the_size_is_filled(book: L3Book) -> None:
    assert book.walk(Side.SELL, UNIT) == Fillable(
        UNIT, halves(201) // 2 + 101 * UNIT // 2, 101 * UNIT, orders=3, levels=2
    )
    assert book.walk(Side.SELL, halves(1) + 1).orders == 2


def test_walk_stops_at_the_limit_price(book: L3Book) -> None:
    assert book.walk(Side.BUY, 10 * UNIT, halves(199)) == Fillable(
        7 * UNIT, 300 * UNIT + 4 * halves(199), halves(199), orders=3, levels=2
    )
    assert book.walk(Side.BUY, UNIT, 101 * UNIT) == Fillable(0, 0, None, 0, 0)


def test_walk_without_size_takes_all(book: L3Book, flat: L2Book) -> None:
    everything = book.walk(Side.SELL)
    assert (everything.filled_qty, everything.orders, everything.levels) == (halves(13), 4, 3)
    assert flat.walk(Side.SELL) == everything._replace(orders=0)


def test_walk_rounds_the_cost_up() -> None:
    book = L2Book("X/USD", 10, 12, 12)
    book.snapshot(levels(asks="0.000000000003 0.500000000000"))
    assert book.walk(Side.SELL).cost == 2


def test_a_quantity_that_changed_is_summed_again() -> None:
    book = L3Book("X/USD", 10, 1, 8)
    book.snapshot(unsigned(orders(bids=BIDS)))
    assert book.cumulative(Side.BUY, 98 * UNIT) == 15 * UNIT
    book.apply(unsigned(orders(bids="modify 100.0 0.50000000 OB2 12:00:00.2\ndelete 98.0 8.0 OB4 12:00:01.0")))
    assert book.cumulative(Side.BUY, 98 * UNIT) == halves(11)
