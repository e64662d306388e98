from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.link.frames import LinkRow, LinkState, Trust
from tests.widgets import frames_sample as sample
from tests.widgets.conftest import Shower
from widgets.items import Item, choose_forms
from widgets.statusbar import StatusBar


@pytest.mark.parametrize("width", [60, 80, 120, 200])
async def test_money_facts_are_there_at_every_width(show: Shower, width: int) -> None:
    bar = StatusBar()
    async with show(bar, (width, 1)):
        bar.apply(replace(sample.status_view(mode="REAL"), killed=True), Trust.STALE)
        text = bar.render_line(0).text
        for word in (" REAL ", " ARM", "KILLED", "1", "+13.08 USD", "37s", "STALE"):
            assert word in text


async def test_a_wide_bar_says_everything_in_words(show: Shower) -> None:
    bar = StatusBar()
    async with show(bar, (200, 1)):
        bar.apply(sample.status_view(), Trust.VERIFIED)
        text = bar.render_line(0).text
        for words in ("ARMED 1:45", "dead-man 37s", "pen you", "book VERIFIED", "4 links UP 12ms", "04:10:43 UTC"):
            assert words in text


async def test_the_worst_link_is_named(show: Shower) -> None:
    bar = StatusBar()
    async with show(bar, (120, 1)):
        links = (LinkRow("public", LinkState.UP, 11_000), LinkRow("auth", LinkState.DOWN, note="refused"))
        bar.apply(sample.status_view(links=links))
        assert "auth DOWN" in bar.render_line(0).text


async def test_two_lines_show_each_link_with_its_latency_split(show: Shower) -> None:
    bar = StatusBar()
    bar.styles.height = 2
    async with show(bar, (160, 2)):
        bar.apply(sample.status_view())
        assert "public UP 11ms/0.9ms" in bar.render_line(1).text


async def test_view_and_blocked_are_said(show: Shower) -> None:
    bar = StatusBar()
    async with show(bar, (160, 1)):
        bar.apply(sample.status_view(armed=False, blocked="book is stale"))
        text = bar.render_line(0).text
        assert " VIEW " in text
        assert "ARM" not in text
        assert "no new orders: book is stale" in text


async def test_an_odd_clock_is_a_warning_that_stays(show: Shower) -> None:
    bar = StatusBar()
    async with show(bar, (100, 1)):
        bar.apply(replace(sample.status_view(), offset_ms=-3400))
        assert "-3400ms" in bar.render_line(0).text


@pytest.mark.parametrize("height", [1, 2])
async def test_a_screen_that_was_too_slow_says_how_much_it_skipped(show: Shower, height: int) -> None:
    bar = StatusBar()
    bar.styles.height = height
    async with show(bar, (186, height)):
        bar.apply(sample.status_view(), Trust.VERIFIED)
        assert "skipped" not in bar.render_line(height - 1).text
        bar.apply(replace(sample.status_view(), dropped=112), Trust.VERIFIED)
        assert "112 frames skipped" in bar.render_line(height - 1).text


async def test_none_keeps_what_was_shown(show: Shower) -> None:
    bar = StatusBar()
    async with show(bar, (160, 1)):
        bar.apply(sample.status_view(), Trust.VERIFIED)
        bar.apply(None, Trust.STALE)
        assert "book STALE" in bar.render_line(0).text
        assert "PRACTICE" in bar.render_line(0).text


def test_room_that_is_left_goes_to_the_most_important_fact() -> None:
    items = [
        Item(1, ((("important fact", ""),), (("fact", ""),))),
        Item(2, ((("a very long minor one", ""),), (("minor", ""),))),
    ]
    assert [form[0][0] for form in choose_forms(items, 22)] == ["important fact", "minor"]
    assert [form[0][0] for form in choose_forms(items, 11)] == ["fact", "minor"]


async def test_a_terminal_far_away_is_said_once_it_can_be_felt(show: Shower) -> None:
    bar = StatusBar()
    async with show(bar, (200, 1)):
        bar.apply(sample.status_view(), Trust.VERIFIED)
        bar.terminal(38)
        assert "screen" not in bar.render_line(0).text
        bar.terminal(127)
        assert "screen 120ms" in bar.render_line(0).text
        bar.terminal(12)
        assert "screen" not in bar.render_line(0).text
