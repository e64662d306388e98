"""Gauge, tape, events, balances, positions and the command line."""

from __future__ import annotations

import dataclasses

from msgspec.structs import replace

from app.link.frames import Event, Severity, SpentRow, TapePrint
from app.link.preview_frame import PreviewView
from tests.widgets import frames_sample as sample
from tests.widgets.conftest import PaneApp, Shower
from widgets.balances import Balances
from widgets.commandline import CommandLine, PreviewLine
from widgets.events import KEPT, Events
from widgets.gauge import Gauge
from widgets.models import KeyPrices
from widgets.positions import Positions
from widgets.tape import Tape


def replace_prices(**changes: bool) -> KeyPrices:
    return dataclasses.replace(sample.PRICES, **changes)  # type: ignore[arg-type]


async def test_the_gauge_prices_the_next_key(show: Shower) -> None:
    gauge = Gauge()
    async with show(gauge, (60, 5)):
        gauge.apply(sample.GAUGE, sample.PRICES)
        lines = gauge.text_lines()
        assert "41.2/125 pts" in lines[0]
        assert "c cancel #4 +8 → +6 in 1.7 s → free in 4:51" in lines[2]
        assert "REST 3.2/20" in lines[4]


async def test_with_room_the_gauge_names_who_spent_and_when(show: Shower) -> None:
    gauge = Gauge()
    async with show(gauge, (60, 9)):
        gauge.apply(sample.GAUGE, sample.PRICES)
        lines = gauge.text_lines()
        assert "others +3.0/min" in lines[0]
        assert "b s add +1" in lines[3]
        assert "m amend +4" in lines[3]
        assert "keeps 20" in lines[3]
        assert lines[4].split()[0] == "-4:20"
        assert len(lines[4].rstrip()) == len(lines[5].rstrip()) or set(lines[5].split()[1:]) <= set("yhso")
        assert "you +20.0  helper +9.0" in lines[6]
        assert "others +3.0" in lines[6]
        assert "connects 4/150" in lines[7]
        assert "L3 0/200" in lines[7]
        assert "derivatives: not connected" in lines[8]


async def test_what_was_done_is_named_where_there_is_room(show: Shower) -> None:
    gauge = Gauge()
    async with show(gauge, (60, 8)):
        gauge.apply(replace(sample.GAUGE, spent=(SpentRow("you", "cancel", 16_000), SpentRow("you", "add", 4_000))))
        assert "last minute  you +20.0  (cancel 16.0, add 4.0)" in gauge.text_lines()[6]


async def test_a_letter_stands_under_its_time(show: Shower) -> None:
    gauge = Gauge()
    async with show(gauge, (40, 8)):
        peak = (0,) * 57 + (125_000, 0, 0)
        gauge.apply(replace(sample.GAUGE, history=peak, spenders=" " * 57 + "h  "))
        spark, who = gauge.text_lines()[4:6]
        assert spark.index("█") == who.index("h", 6)


async def test_a_blocked_add_says_from_when_on_it_goes(show: Shower) -> None:
    gauge = Gauge()
    async with show(gauge, (60, 8)):
        gauge.apply(replace(sample.GAUGE, points=115_700))
        assert "b s add in 5.0s" in gauge.text_lines()[3]


async def test_a_cancel_over_the_limit_is_said(show: Shower) -> None:
    gauge = Gauge()
    async with show(gauge, (60, 5)):
        gauge.apply(sample.GAUGE, replace_prices(over=True))
        assert "over the limit: as a batch" in gauge.text_lines()[2]


async def test_a_counter_the_venue_did_not_confirm_is_marked(show: Shower) -> None:
    gauge = Gauge()
    async with show(gauge, (60, 5)):
        gauge.apply(replace(sample.GAUGE, reported=False))
        assert "~41.2/125" in gauge.text_lines()[0]


async def test_the_reserve_is_drawn_and_eaten_into(show: Shower) -> None:
    gauge = Gauge()
    async with show(gauge, (52, 5)):
        gauge.apply(replace(sample.GAUGE, points=0))
        free = gauge.text_lines()[1]
        assert free.count("╌") == 50 * 20 // 125
        gauge.apply(replace(sample.GAUGE, points=124_000))
        assert gauge.text_lines()[1].count("╌") < free.count("╌")


async def test_one_line_of_gauge_still_has_the_counter(show: Shower) -> None:
    gauge = Gauge()
    async with show(gauge, (40, 1)):
        gauge.apply(sample.GAUGE)
        assert "41.2/125 pts" in gauge.text_lines()[0]


async def test_the_tape_shows_side_sweep_and_own_fills_in_words(show: Shower) -> None:
    tape = Tape()
    async with show(tape, (60, 12)):
        tape.apply(sample.TAPE)
        lines = tape.text_lines()
        assert "▼" in lines[1]
        assert " 5x" in lines[1]
        assert "▲" in lines[2]
        assert " own " in lines[7]
        columns = {line.index(".", 20) for line in lines[1:]}
        assert len(columns) == 1


async def test_the_lines_of_a_sweep_are_tied_together(show: Shower) -> None:
    tape = Tape()
    sweep = [
        TapePrint(3, "64203.0", "1", True, sweep=2, level=3),
        TapePrint(2, "64202.0", "1", True, sweep=2, level=2),
        TapePrint(1, "64201.0", "1", True, sweep=2),
        TapePrint(0, "64200.0", "1", False, sweep=1),
    ]
    async with show(tape, (60, 12)):
        tape.apply(tuple(sweep))
        lines = [line.rstrip() for line in tape.text_lines()]
        assert [line[-1] for line in lines[2:4]] == ["│", "╯"]
        assert lines[1].endswith("╮3")
        assert lines[4].endswith("1")
        tape.apply((TapePrint(3, "64203.0", "3", True, 3, start="64201.0", sweep=2, level=3),))
        assert "3 prices from 64201.0" in tape.text_lines()[1]


async def test_a_held_tape_stands_still_and_counts(show: Shower) -> None:
    tape = Tape()
    async with show(tape, (60, 12)):
        tape.apply((TapePrint(1, "10", "1", True),))
        tape.hold(on=True)
        tape.apply((TapePrint(2, "99", "1", True), TapePrint(1, "10", "1", True)))
        assert "99" not in tape.text_lines()[1]
        assert "HELD, 1 new" in str(tape.border_subtitle)
        tape.hold(on=False)
        assert "99" in tape.text_lines()[1]
        assert "HELD" not in str(tape.border_subtitle)


async def test_events_have_the_newest_at_the_bottom_and_are_shown_once(show: Shower) -> None:
    events = Events()
    async with show(events, (90, 12)):
        events.apply(sample.EVENTS)
        events.apply(sample.EVENTS)
        lines = [line for line in events.text_lines() if line.strip()]
        assert len(lines) == len(sample.EVENTS)
        assert "#7 no answer" in lines[-1]
        assert "✗" in lines[-2]


async def test_older_events_can_be_read_and_memory_is_bounded(show: Shower) -> None:
    events = Events()
    async with show(events, (90, 4)):
        events.apply([Event(no, sample.NOW_NS, "link", Severity.INFO, f"event {no}") for no in range(1, KEPT + 50)])
        events.scroll_back(10)
        assert "10 newer" in events.text_lines()[-1]
        events.scroll_back(-10)
        assert f"event {KEPT + 49}" in events.text_lines()[-1]
        events.scroll_back(10**6)
        assert "newer" in events.text_lines()[0]


async def test_what_orders_hold_is_seen(show: Shower) -> None:
    balances = Balances()
    async with show(balances, (80, 8)):
        balances.apply(sample.BALANCES)
        lines = balances.text_lines()
        assert lines[1].split() == ["USD", "245,099.60", "3,210.62", "248,310.22", "248,310.22"]
        assert lines[4].split()[2] == "-"


async def test_flat_is_a_word(show: Shower) -> None:
    positions = Positions()
    async with show(positions, (80, 8)):
        positions.apply(sample.POSITIONS)
        assert positions.text_lines()[2].split()[:2] == ["ETH/USD", "flat"]


async def test_the_command_line_reports_typing_and_enter() -> None:
    heard: list[tuple[str, str]] = []

    class Listening(PaneApp):
        def on_command_line_changed(self, event: CommandLine.Changed) -> None:
            heard.append(("changed", event.value))

        def on_command_line_submitted(self, event: CommandLine.Submitted) -> None:
            heard.append(("submitted", event.value))

    line = CommandLine()
    async with Listening(line, "quarterdeck-dark").run_test(size=(60, 10)) as pilot:
        assert not line.is_open
        line.open("buy ")
        await pilot.press("1", "enter")
        await pilot.pause()
        assert ("submitted", "buy 1") in heard
        assert ("changed", "buy 1") in heard
        line.close()
        assert line.value == ""


async def test_a_mistake_is_pointed_at_where_it_is(show: Shower) -> None:
    line = PreviewLine()
    async with show(line, (60, 1)):
        line.apply(PreviewView(ok=False, error="needs @", position=7, suggestion="buy 50 @ 64300"), shift=1)
        assert line.text_lines()[0].rstrip() == "        ▲ needs @  → buy 50 @ 64300"


async def test_a_good_line_echoes_what_was_understood(show: Shower) -> None:
    line = PreviewLine()
    async with show(line, (110, 1)):
        line.apply(sample.PREVIEW)
        assert line.text_lines()[0].startswith("✓ buy 0.05 BTC at 64212.4, post-only")
        assert "3210.62 USD" in line.text_lines()[0]


async def test_a_break_of_the_prints_is_a_line_of_its_own(show: Shower) -> None:
    tape = Tape()
    prints = (
        TapePrint(2, "64200.1", "0.5", True),
        TapePrint(2, "", "", True, skipped=3),
        TapePrint(1, "64200.0", "0.25", False),
    )
    async with show(tape, (44, 8)):
        tape.apply(prints)
        assert "3 trade numbers skipped" in tape.text_lines()[2]
        assert "64200.0" in tape.text_lines()[3]
