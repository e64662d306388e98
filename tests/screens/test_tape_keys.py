"""Keys of time & sales."""

from __future__ import annotations

from decimal import Decimal

from app.link.frames import TapeJoin, TapePrint
from app.link.messages import SetView
from app.screens.tape_keys import next_least
from tests.screens.screen_bench import ScreenBench, full_frame, ladder, screen_bench

PRINTS = tuple(TapePrint(at, "64200.1", qty, True) for at, qty in enumerate(("0.003", "2.5", "0.4")))


def wanted(bench: ScreenBench) -> SetView:
    """What the screen asked for last."""
    return bench.sent(SetView)[-1]


async def test_the_key_walks_the_ways_of_adding_up_and_the_pane_names_them() -> None:
    async with screen_bench() as bench:
        await bench.show(full_frame(), ladder=ladder())
        await bench.press("a")
        assert wanted(bench).tape_join is TapeJoin.SWEEP
        assert "by sweep" in bench.note
        assert "by sweep" in str(bench.trade.tape.border_subtitle)
        await bench.press("a", "a")
        assert wanted(bench).tape_join is TapeJoin.PRICE
        assert not str(bench.trade.tape.border_subtitle or "")


async def test_the_size_filter_is_in_lots_and_ends_with_the_pair() -> None:
    async with screen_bench() as bench:
        await bench.show(full_frame(), ladder=ladder(), tape=PRINTS)
        await bench.press("number_sign")
        assert wanted(bench).tape_least == 100_000
        assert "0.001 or more" in bench.note
        bench.trade.switch_symbol("ETH/USD")
        await bench.pilot.pause()
        assert wanted(bench).tape_least == 0


def test_the_filter_goes_up_to_the_largest_print_and_then_away() -> None:
    seen, least = [], Decimal(0)
    for _ in range(5):
        least = next_least(least, PRINTS)
        seen.append(least)
    assert seen == [Decimal(text) for text in ("0.001", "0.01", "0.1", "1", "0")]
    assert next_least(Decimal(10), ()) == 0


async def test_a_held_tape_says_so_and_goes_on_with_another_pair() -> None:
    async with screen_bench() as bench:
        await bench.show(full_frame(), ladder=ladder())
        await bench.press("semicolon")
        assert "held" in bench.note
        await bench.show(tape=(TapePrint(10**18 * 2, "77777.7", "1", True),))
        assert "77777.7" not in bench.text_of("#tape")
        bench.trade.switch_symbol("ETH/USD")
        await bench.pilot.pause()
        assert not bench.trade.tape.held
