"""Time & sales: what is one line, what is a sweep, what is left out."""

from __future__ import annotations

from decimal import Decimal

from app.clock import NS_PER_MS
from app.domain.order import Side
from app.engine.tape import JOIN_NS, PRINTS_KEPT, Tape
from app.link.frames import TapeJoin
from tests.engine.market_sample import BTC


def tape(*prints: tuple[int, str, str, Side]) -> Tape:
    """A tape of prints (milliseconds, price, quantity, side), oldest first."""
    found = Tape()
    for ms, price, qty, side in prints:
        found.add(ms * NS_PER_MS, Decimal(price), Decimal(qty), side)
    return found


SWEPT = tape(
    (0, "64200.1", "0.5", Side.SELL),
    (100, "64201.0", "0.1", Side.BUY),
    (100, "64201.0", "0.2", Side.BUY),
    (101, "64201.5", "0.3", Side.BUY),
    (102, "64203.0", "1", Side.BUY),
)


def test_prints_of_one_taker_at_one_price_are_one_line() -> None:
    lines = SWEPT.lines(TapeJoin.PRICE, 0, 40, BTC)
    assert [(line.price, line.qty, line.count) for line in lines] == [
        ("64203.0", "1.00000000", 1),
        ("64201.5", "0.30000000", 1),
        ("64201.0", "0.30000000", 2),
        ("64200.1", "0.50000000", 1),
    ]
    assert [line.level for line in lines] == [3, 2, 1, 1]
    assert len({line.sweep for line in lines[:3]}) == 1
    assert lines[3].sweep != lines[2].sweep


def test_a_sweep_is_one_line_with_its_first_and_last_price() -> None:
    lines = SWEPT.lines(TapeJoin.SWEEP, 0, 40, BTC)
    assert [(line.start, line.price, line.qty, line.count, line.level) for line in lines] == [
        ("64201.0", "64203.0", "1.60000000", 4, 3),
        ("", "64200.1", "0.50000000", 1, 1),
    ]


def test_every_print_has_its_line_if_wanted() -> None:
    lines = SWEPT.lines(TapeJoin.NONE, 0, 40, BTC)
    assert [line.qty[:4] for line in lines] == ["1.00", "0.30", "0.20", "0.10", "0.50"]


def test_the_filter_counts_what_is_one_line() -> None:
    assert len(SWEPT.lines(TapeJoin.NONE, BTC.whole_lots(Decimal("0.5")), 40, BTC)) == 2
    assert len(SWEPT.lines(TapeJoin.SWEEP, BTC.whole_lots(Decimal("1.6")), 40, BTC)) == 1
    assert SWEPT.lines(TapeJoin.PRICE, BTC.whole_lots(Decimal(2)), 40, BTC) == ()


def test_another_side_a_better_price_or_a_pause_ends_a_sweep() -> None:
    pause = JOIN_NS // NS_PER_MS
    found = tape(
        (0, "10", "1", Side.BUY),
        (1, "10", "1", Side.SELL),
        (2, "10.5", "1", Side.SELL),
        (2 + pause, "10", "1", Side.SELL),
    )
    assert len({line.sweep for line in found.lines(TapeJoin.NONE, 0, 40, BTC)}) == 4


def test_no_more_lines_than_fit_and_no_more_prints_than_are_kept() -> None:
    found = tape(*((at * 100, "10", "1", Side.BUY) for at in range(PRINTS_KEPT + 5)))
    assert len(found.lines(TapeJoin.PRICE, 0, 7, BTC)) == 7
    assert len(found.lines(TapeJoin.PRICE, 0, 10**6, BTC)) == PRINTS_KEPT


def test_numbers_that_never_came_are_a_break_whatever_is_joined_or_left_out() -> None:
    found = tape((0, "64200", "1", Side.BUY), (1, "64200", "1", Side.BUY))
    found.add(2 * NS_PER_MS, Decimal(64200), Decimal(1), Side.BUY, 3)
    for join in TapeJoin:
        lines = found.lines(join, 0, 40, BTC)
        assert [line.skipped for line in lines[:3]] == [0, 3, 0]
        assert lines[0].sweep != lines[2].sweep
    assert [line.skipped for line in found.lines(TapeJoin.NONE, BTC.whole_lots(Decimal(5)), 40, BTC)] == [3]
    assert len(found.lines(TapeJoin.NONE, 0, 2, BTC)) == 2
