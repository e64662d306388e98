"""Heat map and depth profile: shades, digits, marks, breaks, legend."""

from __future__ import annotations

from app.link.market_frames import DepthRow, DepthView, HeatColumn, HeatView
from tests.widgets.conftest import Shower
from widgets.depth import Depth
from widgets.heat import HeatMap

LOTS = 10**8
CELLS = (4 * LOTS, 3 * LOTS, 2 * LOTS, 0, LOTS, 1, 0)
COLUMN = HeatColumn(100, CELLS, bid=4, ask=2)
VIEW = HeatView("BTC/USD", 1, 8, "0.1", 642_005, 7, tuple([COLUMN] * 20))


def column_of(pane: HeatMap, at: int) -> str:
    """The cells of a column from the right, below the legend."""
    width = pane.size.width - len(" 64200.5")
    return "".join(line[width - 1 - at] for line in pane.text_lines()[1:8])


async def test_size_is_a_shade_and_the_legend_says_which(show: Shower) -> None:
    pane = HeatMap()
    async with show(pane, (110, 10)):
        pane.apply(VIEW)
        assert column_of(pane, 0) == "█▓▒─░░ "
        assert pane.text_lines()[0].startswith("░ <1.25  ▒ 1.25+  ▓ 2.5+  █ 3.75+")
        assert "64200.5" in pane.text_lines()[1]
        assert "20 s" in pane.text_lines()[0]


async def test_digits_say_the_same_without_shades(show: Shower) -> None:
    pane = HeatMap()
    async with show(pane, (110, 10)):
        pane.apply(VIEW)
        pane.in_digits(digits=True)
        digits = column_of(pane, 0)
        assert digits[3] == "─"
        assert int(digits[0]) > int(digits[1]) > int(digits[2]) > int(digits[4]) > int(digits[5]) > 0
        assert "9 is" in pane.text_lines()[0]


async def test_trades_own_orders_and_breaks_are_marked(show: Shower) -> None:
    pane = HeatMap()
    marked = HeatColumn(101, CELLS, bid=4, ask=2, bought=(2,), sold=(4,), own=(0,))
    broken = HeatColumn(102, (0,) * 7, broken=True)
    async with show(pane, (110, 10)):
        pane.apply(HeatView("BTC/USD", 1, 8, "0.1", 642_005, 7, (COLUMN, marked, broken)))
        assert column_of(pane, 0) == "┆" * 7
        cells = column_of(pane, 1)
        assert (cells[0], cells[2], cells[4]) == ("◆", "▲", "▼")


async def test_room_leaves_the_axis_and_the_legend_out(show: Shower) -> None:
    pane = HeatMap()
    async with show(pane, (60, 20)):
        pane.apply(VIEW)
        assert pane.room == (19, pane.size.width - 8)


async def test_depth_bars_grow_from_the_middle_and_sizes_are_numbers(show: Shower) -> None:
    pane = Depth()
    async with show(pane, (60, 10)):
        pane.apply(
            DepthView("BTC/USD", 8, (DepthRow("1.0", LOTS, 2 * LOTS, 1), DepthRow("2.0", 3 * LOTS, 4 * LOTS, 3)))
        )
        lines = pane.text_lines()
        assert "BIDS" in lines[0]
        assert lines[1].split()[0] == "1"
        assert lines[1].split()[-1] == "2"
        assert lines[2].count("█") > lines[1].count("█") > 0
        left, right = lines[2].split("2.0", 1)
        assert left.count("█") < right.count("█")
        pane.apply(DepthView("BTC/USD", 8, ()))
        assert "no book" in pane.text_lines()[0]
