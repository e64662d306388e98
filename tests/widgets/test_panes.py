"""What every pane promises: any size, any theme, any text, any failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from app.link.frames import BalanceRow, Event, LinkRow, LinkState, PositionRow, Severity, SpentRow, TapePrint
from app.link.preview_frame import PreviewView
from tests.widgets import frames_sample as sample
from tests.widgets.conftest import PaneApp, Shower
from themes.palettes import TOKENS
from widgets.balances import Balances
from widgets.commandline import PreviewLine
from widgets.events import Events
from widgets.gauge import Gauge
from widgets.ladder import Ladder
from widgets.lines import LinePane
from widgets.models import DraftView, FieldView, KeyPrices, Stage
from widgets.orders import Orders
from widgets.positions import Positions
from widgets.statusbar import StatusBar
from widgets.tape import Tape
from widgets.ticket import Ticket

HOSTILE = "[/][@click=app.quit]x\x1b]52;c;AA==\x07\x9b31m\u202eDSU\n\x00é漢字👩‍👩‍👧"
SIZES = [(80, 24), (46, 20), (30, 6), (10, 3), (2, 2), (1, 1)]


class Case(NamedTuple):
    """A pane, a normal view for it and one full of hostile text."""

    make: Callable[[], LinePane]
    normal: Callable[[Any], None]
    hostile: Callable[[Any], None]


def _hostile_orders() -> tuple[Any, ...]:
    return (
        replace(
            sample.ORDERS[0], symbol=HOSTILE, kind=HOSTILE, state=HOSTILE, reason=HOSTILE, owner=HOSTILE, qty=HOSTILE,
            left=HOSTILE, price=HOSTILE, side=HOSTILE, avg=HOSTILE,
        ),
    )  # fmt: skip


def _hostile_preview() -> PreviewView:
    return PreviewView(
        ok=False, explain=HOSTILE, error=HOSTILE, position=3, suggestion=HOSTILE, refusals=(HOSTILE,),
        warnings=(HOSTILE,), symbol=HOSTILE, side="buy", price=HOSTILE, qty=HOSTILE, notional=HOSTILE, fee=HOSTILE,
        fills_now=HOSTILE, fills_avg=HOSTILE, rests=HOSTILE, queue=HOSTILE, points=HOSTILE, effect=HOSTILE,
    )  # fmt: skip


DRAFT = DraftView("BTC/USD", "buy", "BUY", (FieldView("price", "64212.4"),), armed=True, stage=Stage.READY)
BAD_FIELD = FieldView(HOSTILE, HOSTILE, HOSTILE, edited=True, hint=HOSTILE, error=HOSTILE, error_at=3)
BAD_DRAFT = DraftView(
    HOSTILE, "sell", HOSTILE, (BAD_FIELD, FieldView("x", HOSTILE, word=HOSTILE)), stage=Stage.EDITING, note=HOSTILE
)

CASES = {
    "ladder": Case(
        Ladder,
        lambda pane: pane.apply(sample.ladder_view(rows=max(1, pane.window_rows))),
        lambda pane: pane.apply(replace(sample.ladder_view(), symbol=HOSTILE, bid_text=HOSTILE, spread_text=HOSTILE)),
    ),
    "orders": Case(
        Orders, lambda pane: pane.apply(sample.ORDERS, sample.NOW_NS), lambda pane: pane.apply(_hostile_orders(), 1)
    ),
    "ticket": Case(
        Ticket,
        lambda pane: pane.apply(DRAFT, sample.PREVIEW),
        lambda pane: pane.apply(BAD_DRAFT, _hostile_preview()),
    ),
    "preview": Case(
        PreviewLine, lambda pane: pane.apply(sample.PREVIEW, 1), lambda pane: pane.apply(_hostile_preview(), 1)
    ),
    "statusbar": Case(
        StatusBar,
        lambda pane: pane.apply(sample.status_view()),
        lambda pane: pane.apply(
            replace(
                sample.status_view(blocked=HOSTILE),
                mode=HOSTILE,
                pen=HOSTILE,
                session_pnl=HOSTILE,
                system=HOSTILE,
                profile=HOSTILE,
                links=(LinkRow(HOSTILE, LinkState.DOWN, note=HOSTILE),),
            )
        ),
    ),
    "gauge": Case(
        Gauge,
        lambda pane: pane.apply(sample.GAUGE, sample.PRICES),
        lambda pane: pane.apply(
            replace(
                sample.GAUGE,
                tier=HOSTILE,
                points=10**9,
                threshold=0,
                history=(10**9, -5),
                spenders=HOSTILE,
                spent=(SpentRow(HOSTILE, HOSTILE, -5),),
            ),
            KeyPrices(-1, HOSTILE, HOSTILE, over=True),
        ),
    ),
    "tape": Case(
        Tape,
        lambda pane: pane.apply(sample.TAPE),
        lambda pane: pane.apply((TapePrint(sample.NOW_NS, HOSTILE, HOSTILE, True, 10**6, True),)),
    ),
    "events": Case(
        Events,
        lambda pane: pane.apply(sample.EVENTS),
        lambda pane: pane.apply((Event(1, sample.NOW_NS, HOSTILE, Severity.BAD, HOSTILE),)),
    ),
    "balances": Case(
        Balances,
        lambda pane: pane.apply(sample.BALANCES),
        lambda pane: pane.apply((BalanceRow(*([HOSTILE] * 5)),)),
    ),
    "positions": Case(
        Positions,
        lambda pane: pane.apply(sample.POSITIONS),
        lambda pane: pane.apply((PositionRow(*([HOSTILE] * 8)),)),
    ),
}


def painted(pane: LinePane) -> list[str]:
    """Return the rows and check that each covers the pane exactly."""
    lines = []
    for y in range(pane.size.height):
        strip = pane.render_line(y)
        assert strip.cell_length == pane.size.width
        lines.append(strip.text)
    return lines


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", CASES)
async def test_any_pane_paints_at_any_size(show: Shower, name: str, size: tuple[int, int]) -> None:
    case = CASES[name]
    pane = case.make()
    async with show(pane, size) as pilot:
        painted(pane)
        case.normal(pane)
        await pilot.pause()
        painted(pane)
        assert not pane.faulted


@pytest.mark.parametrize("name", CASES)
async def test_hostile_text_is_shown_as_text(show: Shower, name: str) -> None:
    case = CASES[name]
    pane = case.make()
    async with show(pane, (100, 20)) as pilot:
        case.hostile(pane)
        await pilot.pause()
        text = "".join(painted(pane))
        assert not pane.faulted
        assert not set(text) & {"\x1b", "\x9b", "\x07", "\x00", "\n", "\u202e"}
        assert pilot.app.is_running


@pytest.mark.parametrize("theme", sorted(TOKENS))
@pytest.mark.parametrize("name", CASES)
async def test_any_pane_paints_in_any_theme(show: Shower, name: str, theme: str) -> None:
    case = CASES[name]
    pane = case.make()
    async with show(pane, (60, 12), theme=theme) as pilot:
        case.normal(pane)
        await pilot.pause()
        assert any(line.strip() for line in painted(pane))
        assert not pane.faulted


@pytest.mark.parametrize("name", CASES)
async def test_the_same_view_twice_repaints_nothing(show: Shower, name: str) -> None:
    case = CASES[name]
    pane = case.make()
    async with show(pane, (60, 12)):
        case.normal(pane)
        before = [pane.render_line(y) for y in range(12)]
        case.normal(pane)
        assert all(pane.render_line(y) is before[y] for y in range(pane.size.height))


async def test_a_pane_that_fails_shows_a_plate_and_recovers() -> None:
    heard: list[str] = []

    class Listening(PaneApp):
        def on_line_pane_faulted(self, event: LinePane.Faulted) -> None:
            heard.append(event.text)

    pane = Ladder()
    async with Listening(pane, "quarterdeck-dark").run_test(size=(60, 12)) as pilot:
        broken = replace(sample.ladder_view(rows=10), step="not [/] a number\x1b")
        pane.apply(broken)
        pane.apply(broken)
        await pilot.pause()
        assert "LADDER FAULT" in painted(pane)[0]
        assert len(heard) == 1
        pane.apply(sample.ladder_view(rows=10))
        assert "64212.4" in "".join(painted(pane))


async def test_a_pane_that_cannot_lay_out_shows_a_plate(show: Shower) -> None:
    pane = Tape()
    async with show(pane, (60, 12)) as pilot:
        pane.apply((TapePrint(10**30, "1", "1", True),))
        await pilot.pause()
        assert "TAPE FAULT" in painted(pane)[0]
        assert pilot.app.is_running
