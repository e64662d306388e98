"""The heat map and the depth profile on the screen: asked for only while they are seen."""

from __future__ import annotations

import pytest

from app.link.market_frames import DepthRow, DepthView, HeatColumn, HeatView
from app.link.messages import SetView
from tests.screens.screen_bench import SYMBOL, ScreenBench, full_frame, screen_bench

HEAT = HeatView(SYMBOL, 1, 8, "0.1", 642_005, 3, (HeatColumn(1, (10**8, 0, 10**8), bid=2, ask=0),))
DEPTH = DepthView(SYMBOL, 8, (DepthRow("1.0", 10**8, 2 * 10**8, 1),))


def wanted(bench: ScreenBench) -> SetView:
    """What the screen asked for last."""
    return bench.sent(SetView)[-1]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_page_of_their_own_asks_for_them_and_leaving_it_stops_them(size: tuple[int, int]) -> None:
    async with screen_bench(size) as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        assert wanted(bench).heat_rows == wanted(bench).depth_rows == 0
        await bench.press("4")
        await bench.until(lambda: wanted(bench).heat_rows > 0 and wanted(bench).heat_columns > 20)
        assert wanted(bench).depth_rows > 3
        await bench.show(heat=HEAT, depth=DEPTH)
        assert "█" in bench.text_of("#heat")
        assert "BIDS" in bench.text_of("#depth")
        await bench.press("D")
        assert "█" not in bench.text_of("#heat")
        await bench.press("1")
        await bench.until(lambda: wanted(bench).heat_rows == 0)


async def test_the_largest_size_has_them_beside_the_ladder() -> None:
    async with screen_bench((200, 60)) as bench:
        await bench.show(full_frame(bench.trade.ladder.window_rows))
        await bench.until(lambda: wanted(bench).heat_rows > 0 and wanted(bench).depth_rows > 0)
        await bench.show(heat=HEAT, depth=DEPTH)
        bench.trade.switch_symbol("ETH/USD")
        await bench.pilot.pause()
        assert "█" not in bench.text_of("#heat")
        await bench.show(heat=HEAT)
        assert "█" not in bench.text_of("#heat")
