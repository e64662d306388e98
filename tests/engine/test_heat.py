"""The heat map's pictures and the depth profile, from books to rows."""

from __future__ import annotations

from decimal import Decimal

from app.domain.book import L3Book
from app.domain.book_values import LevelView
from app.domain.instrument import from_units, to_units
from app.domain.order import Side
from app.engine.heat import LEVELS, SECONDS_KEPT, HeatDesk, HeatTrail, depth
from app.protocol.ws2.market import Level3Frame, decode
from tests.bench.stream import recorded
from tests.engine.market_sample import BTC

ROWS, COLUMNS = 40, 60


def book() -> L3Book:
    """A verified book of a thousand levels."""
    first = decode(recorded(0)[0])
    assert isinstance(first, Level3Frame)
    found = L3Book("BTC/USD", 1000)
    assert found.snapshot(first.data[0])
    return found


BOOK = book()


def lots(levels: list[LevelView]) -> int:
    """Quantity of levels in lots."""
    return sum(level.qty // to_units(BTC.lot) for level in levels)


def test_a_cell_is_what_rests_at_its_price() -> None:
    trail = HeatTrail()
    trail.take(1, BOOK, BTC, ())
    view = HeatDesk().view("BTC/USD", trail, BTC, 1, ROWS, COLUMNS)
    (column,) = view.columns
    assert column.bid is not None
    assert column.ask is not None
    for index, cell in enumerate(column.cells):
        price = to_units(BTC.tick) * (view.top_row - index)
        assert cell == lots([level for side in Side if (level := BOOK.level_at(side, price))])
    assert 0 < column.ask < column.bid < ROWS


def test_grouped_rows_lose_nothing() -> None:
    trail = HeatTrail()
    trail.take(1, BOOK, BTC, ())
    view = HeatDesk().view("BTC/USD", trail, BTC, 10_000, ROWS, COLUMNS)
    assert sum(view.columns[0].cells) == lots([level for side in Side for level in BOOK.levels(side, LEVELS)])


def test_trades_and_own_orders_are_in_their_second_only() -> None:
    assert BOOK.best_bid is not None
    assert BOOK.best_ask is not None
    bid, ask = (int(from_units(price) / BTC.tick) for price in (BOOK.best_bid, BOOK.best_ask))
    trail = HeatTrail()
    trail.trade(ask, 5, bought=True)
    trail.trade(bid, 5, bought=False)
    trail.take(1, BOOK, BTC, (bid - 2,))
    trail.take(2, BOOK, BTC, ())
    first, second = HeatDesk().view("BTC/USD", trail, BTC, 1, ROWS, COLUMNS).columns
    assert first.bought == (first.ask,)
    assert first.sold == (first.bid,)
    assert first.bid is not None
    assert first.own == (first.bid + 2,)
    assert second.bought == second.sold == second.own == ()


def test_a_second_without_a_book_is_a_break_and_is_kept_as_one() -> None:
    trail = HeatTrail()
    trail.take(1, BOOK, BTC, ())
    trail.take(2, None, BTC, ())
    trail.take(2, BOOK, BTC, ())
    view = HeatDesk().view("BTC/USD", trail, BTC, 1, ROWS, COLUMNS)
    assert [column.broken for column in view.columns] == [False, True]


def test_seconds_are_bounded_and_ready_columns_are_not_made_again() -> None:
    trail, desk = HeatTrail(), HeatDesk()
    for second in range(SECONDS_KEPT + 20):
        trail.take(second, BOOK, BTC, ())
    assert len(trail.pictures) == SECONDS_KEPT
    before = desk.view("BTC/USD", trail, BTC, 1, ROWS, COLUMNS)
    trail.take(10**6, BOOK, BTC, ())
    after = desk.view("BTC/USD", trail, BTC, 1, ROWS, COLUMNS)
    assert len(before.columns) == len(after.columns) == COLUMNS
    assert all(old is new for old, new in zip(before.columns[1:], after.columns[:-1], strict=True))
    assert desk.view("BTC/USD", trail, BTC, 2, ROWS, COLUMNS).columns[0] is not after.columns[0]


def test_the_depth_profile_adds_up_to_the_book_by_distance() -> None:
    profile = depth("BTC/USD", BOOK, BTC, 1, 30)
    assert len(profile.rows) == 30
    assert BOOK.best_bid is not None
    assert BOOK.best_ask is not None
    middle = (BOOK.best_bid + BOOK.best_ask) // 2
    for row in profile.rows:
        away = to_units(Decimal(row.away))
        assert row.bid == lots(BOOK.window(Side.BUY, middle - away, middle))
        assert row.ask == lots(BOOK.window(Side.SELL, middle, middle + away))
    assert depth("BTC/USD", None, BTC, 1, 30).rows == ()
