"""Pictures of the trade screen with a frozen engine: three sizes, two themes, and what must not be overlooked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from app.clock import ManualClock
from app.link.frames import Frame, Severity, Trust
from app.link.link import memory_pair
from app.link.messages import Preview, PreviewAnswer
from app.link.preview_frame import PreviewView
from app.screens.app import QuarterdeckApp
from app.screens.options import Left, ScreenOptions
from tests.screens.screen_bench import ARMED, NOW_NS, SYMBOL, WELCOME, ScreenBench, event, full_frame, ladder, order
from tests.screens.test_beside_keys import asked, put

SnapCompare = Callable[..., bool]
Story = Callable[[ScreenBench], Awaitable[None]]

PREVIEW = PreviewView(
    ok=True,
    explain="buy 0.1 BTC/USD at 64200.1, post-only",
    symbol=SYMBOL,
    side="buy",
    price="64200.1",
    qty="0.1",
    notional="6420.01 USD",
    fee="16.05 USD maker",
    rests="0.1",
    queue="1 ord / 0.10000000 ahead",
    points="+1 → 42.2/180",
    effect="position 0.5 → 0.6 BTC",
)


def picture(snap: SnapCompare, theme: str, size: tuple[int, int], story: Story) -> bool:
    """Take a picture after a story and compare it with the one that is kept."""
    clock = ManualClock(NOW_NS, 10**12)
    link, engine = memory_pair(WELCOME)
    app = QuarterdeckApp(link, ScreenOptions(theme=theme), clock)

    async def before(pilot: Pilot[Left]) -> None:
        bench = ScreenBench(app, pilot, engine, clock)
        await bench.until(lambda: app.session.attached and app.trade.ladder.window_rows > 0)
        await bench.show(framed(bench))
        for no, text in enumerate(("link l3 is UP", "BTC/USD: L3 book verified", "#1 BUY 0.1 @ 64199.8: working"), 1):
            engine.send(event(no, text, Severity.INFO))
        await story(bench)
        await pilot.pause()

    return snap(app, terminal_size=size, run_before=before)


def framed(bench: ScreenBench) -> Frame:
    """A full frame for the ladder's rows, with an order of each kind."""
    frame = full_frame(bench.trade.ladder.window_rows)
    orders = (
        order(1),
        order(2, side="sell", price="64203.0", state="unknown_new", queue=None),
        order(3, state="filled"),
    )
    return msgspec.structs.replace(frame, orders=orders)


async def nothing(bench: ScreenBench) -> None:
    """Only what every session shows."""
    await bench.pilot.pause()


async def drafted(bench: ScreenBench) -> None:
    """Armed, with a draft the engine has explained."""
    await bench.show(status=ARMED)
    await bench.press("down", "b")
    bench.engine.send(PreviewAnswer(bench.sent(Preview)[-1].id, PREVIEW))
    bench.clock.advance(ms=200)
    bench.trade.paint_ticket()


async def beside(bench: ScreenBench) -> None:
    """Two more ladders; the second one is active, and has a draft."""
    await bench.show(status=ARMED)
    await put(bench, "ETH/USD", "ETH/BTC")
    view = await asked(bench, "ETH/USD", "ETH/BTC")
    books = [ladder(window.rows, symbol=window.symbol) for window in view.beside]
    await bench.show(beside=tuple(books))
    await bench.press("backslash")
    await asked(bench, SYMBOL, "ETH/BTC")
    await bench.show(ladder=books[0], status=ARMED)
    await bench.press("down", "b")


async def stale(bench: ScreenBench) -> None:
    """The book is silent."""
    book = bench.trade.frame.ladder
    assert book is not None
    await bench.show(ladder=msgspec.structs.replace(book, trust=Trust.STALE, age_ms=7200))


@pytest.mark.parametrize("theme", ["quarterdeck-dark", "quarterdeck-blueorange"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
def test_trade_screen(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    assert picture(snap_compare, theme, size, drafted)


@pytest.mark.parametrize("theme", ["quarterdeck-dark", "quarterdeck-mono"])
def test_ladders_side_by_side(snap_compare: SnapCompare, theme: str) -> None:
    assert picture(snap_compare, theme, (200, 60), beside)


def test_stale_book_in_sixteen_colours(snap_compare: SnapCompare) -> None:
    assert picture(snap_compare, "quarterdeck-16", (80, 24), stale)


def test_quiet_session_without_colour(snap_compare: SnapCompare) -> None:
    assert picture(snap_compare, "quarterdeck-mono", (120, 40), nothing)


def test_what_is_kept_are_pictures() -> None:
    kept = list((Path(__file__).parent / "__snapshots__").rglob("*.svg"))
    assert kept
    assert [path.name for path in kept if "64203.0" not in path.read_text()] == []
