"""A screen on a bench: the real app, an in-memory link, and an engine that the test plays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from app.clock import ManualClock
from app.link.frames import (
    BalanceRow,
    CancelPrice,
    Event,
    Frame,
    GaugeView,
    LadderRow,
    LadderView,
    LinkRow,
    LinkState,
    OrderRow,
    OwnMark,
    PositionRow,
    Severity,
    StatusView,
    TapePrint,
    Trust,
)
from app.link.link import EngineEnd, memory_pair
from app.link.messages import LINK_VERSION, Answer, Execute, Outcome, Preview, PreviewAnswer, SetView, Welcome
from app.link.preview_frame import PreviewView
from app.screens.app import QuarterdeckApp
from app.screens.note import NoteLine
from app.screens.options import Left, ScreenOptions
from app.screens.trade import TradeScreen
from tests import quiet as _quiet  # noqa: F401 - replaces how the pilot waits

NOW_NS = 1_795_406_400 * 10**9
SYMBOL = "BTC/USD"
BID = 642_001
KEY_MS = 320
"""Time that passes between two deliberate key presses."""

Sent = TypeVar("Sent")

FACES = {_character_to_key(chr(code)): chr(code) for code in range(32, 127)}
"""What a key of a terminal types, by its name."""

KEY_NAMES = {" ": "space", "@": "at", "#": "number_sign", ".": "full_stop", "/": "slash", "$": "dollar_sign"}

WELCOME = Welcome(
    version=LINK_VERSION,
    profile="practice",
    mode="PRACTICE",
    symbol=SYMBOL,
    pen=True,
    holder="",
    missed=0,
    presets=("0.1", "0.25", "$200", "25%"),
    confirm="",
    beat_ms=150,
    pid=4711,
)


def ladder(rows: int = 30, **changes: Any) -> LadderView:
    """A verified book around 64200.1 / 64200.2, a level on every row."""
    half = rows // 2
    levels = [LadderRow(BID + at, ask=at * 10_000_000, ask_n=at, ask_cum=at * 15_000_000) for at in range(half, 0, -1)]
    levels += [
        LadderRow(BID - at, bid=(at + 1) * 10_000_000, bid_n=at + 1, bid_cum=(at + 1) * 15_000_000)
        for at in range(rows - half)
    ]
    view = LadderView(
        symbol=SYMBOL,
        kind="L3",
        depth=1000,
        trust=Trust.VERIFIED,
        price_dp=1,
        qty_dp=8,
        step="0.1",
        group=1,
        top_row=BID + half,
        rows=tuple(levels),
        best_bid=BID,
        best_ask=BID + 1,
        bid_text="64200.1",
        ask_text="64200.2",
        spread_text="0.1",
        last_row=BID,
        last_qty=500_000,
        checks_ok=4269,
        age_ms=12,
    )
    return msgspec.structs.replace(view, **changes)


def status(**changes: Any) -> StatusView:
    """A practice session in which all is well, not armed."""
    links = tuple(LinkRow(name, LinkState.UP, 1200, 300) for name in ("public", "auth", "l3", "rest"))
    view = StatusView(
        now_ns=NOW_NS,
        offset_ms=3,
        profile="practice",
        mode="PRACTICE",
        system="online",
        pair="online",
        armed=False,
        armed_ms=0,
        pen="you",
        killed=False,
        blocked="",
        reconciled=True,
        unknown=0,
        working=0,
        dead_man_ms=41_000,
        session_pnl="+12.50",
        links=links,
        messages=412,
    )
    return msgspec.structs.replace(view, **changes)


ARMED = status(armed=True, armed_ms=240_000)


def order(number: int = 1, **changes: Any) -> OrderRow:
    """A working post-only buy."""
    row = OrderRow(
        number=number,
        key=f"qd-{number}",
        order_id=f"OABCDE-{number}",
        symbol=SYMBOL,
        side="buy",
        kind="limit post",
        price="64199.8",
        qty="0.1",
        filled="0",
        left="0.1",
        avg="",
        state="working",
        created_ns=NOW_NS - 3 * 10**9,
        changed_ns=NOW_NS - 3 * 10**9,
        owner="ws",
        queue=OwnMark(BID - 3, True, number, 10_000_000, "working", 3, 41_200_000, 2, 1, True, "0.41200000"),
        cancel=CancelPrice(8, 6, 1700, 291_000),
    )
    return msgspec.structs.replace(row, **changes)


def event(no: int, text: str, severity: Severity = Severity.GOOD) -> Event:
    """One entry of the lossless stream."""
    return Event(no, NOW_NS + no * 10**9, "order", severity, text, SYMBOL)


def full_frame(rows: int = 30, **changes: Any) -> Frame:
    """A frame with something in every pane."""
    frame = Frame(
        no=1,
        ladder=ladder(rows, own=(OwnMark(BID - 3, True, 1, 10_000_000, "working", 3, 41_200_000, 2, 1, True),)),
        tape=tuple(
            TapePrint(NOW_NS - at * 10**9, f"6420{at % 4}.1", "0.0123", at % 3 == 0, 1 + at % 2) for at in range(40)
        ),
        orders=(order(),),
        balances=(
            BalanceRow("USD", "100000.00", "6420.00", "93580.00", "100000.00"),
            BalanceRow("BTC", "2.00000000", "0", "2.00000000", "128400.20"),
        ),
        positions=(PositionRow(SYMBOL, "0.5", "64100.1", "64120.4", "+50.00", "+0.00", "3.21", "USD"),),
        gauge=GaugeView(
            SYMBOL,
            41_200,
            180,
            3750,
            20,
            11_000,
            "Pro",
            reported=True,
            history=tuple(at * 1000 % 61_000 for at in range(60)),
        ),
        status=status(working=1),
    )
    return msgspec.structs.replace(frame, **changes)


class ScreenBench:
    """The app under test, its clock, and the engine's end of the link."""

    def __init__(self, app: QuarterdeckApp, pilot: Pilot[Left], engine: EngineEnd, clock: ManualClock) -> None:
        self.app = app
        self.pilot = pilot
        self.engine = engine
        self.clock = clock
        self._frames = 0

    @property
    def trade(self) -> TradeScreen:
        """The trade screen."""
        return self.app.trade

    @property
    def note(self) -> str:
        """What the note line says."""
        return self.trade.query_one(NoteLine).text

    def sent(self, kind: type[Sent]) -> list[Sent]:
        """Messages of one kind that the screen sent, oldest first."""
        return [message for message in self.engine.received if isinstance(message, kind)]

    @property
    def lines(self) -> list[str]:
        """Lines of the grammar that the screen sent, oldest first."""
        return [message.text for message in self.sent(Execute)]

    async def press(self, *keys: str, ms: int = KEY_MS) -> None:
        """Press keys, each after some time in which the picture was alive."""
        for key in keys:
            self.clock.advance(ms=ms)
            self.trade.desk.heartbeat()
            await self.pilot.press(key)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a text quickly."""
        await self.pilot.press(*(KEY_NAMES.get(letter, letter) for letter in text))
        await self.pilot.pause()

    def type_at_once(self, *keys: str) -> None:
        """Have the terminal send keys, and wait for none of them to be handled."""
        assert self.app._driver is not None
        for key in keys:
            self.app._driver.send_message(events.Key(key, FACES.get(key)))

    async def show(self, frame: Frame | None = None, **parts: Any) -> None:
        """Send a frame and wait until it is painted."""
        self._frames += 1
        self.engine.send(msgspec.structs.replace(frame or Frame(0), no=self._frames, **parts))
        await self.until(lambda: self.trade.frame.no == self._frames)
        await self.pilot.pause()

    async def arm(self) -> None:
        """Show a book in which money keys act."""
        await self.show(ladder=ladder(), status=ARMED)

    async def answer(self, outcome: Outcome = Outcome.ACCEPTED, text: str = "done", **more: Any) -> None:
        """Answer the newest line."""
        self.engine.send(Answer(self.sent(Execute)[-1].id, outcome, text, **more))
        await self.pilot.pause()

    async def preview(self, view: PreviewView) -> None:
        """Answer the newest preview."""
        self.engine.send(PreviewAnswer(self.sent(Preview)[-1].id, view))
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool], within: float = 5.0) -> None:
        """Wait until a condition holds."""
        async with asyncio.timeout(within):
            while not condition():  # noqa: ASYNC110 - conditions of many kinds, none of them an event
                await asyncio.sleep(0.005)

    def text_of(self, selector: str) -> str:
        """The text of a pane as painted."""
        widget = self.trade.query_one(selector)
        return "\n".join(widget.render_line(y).text for y in range(widget.size.height))


@asynccontextmanager
async def screen_bench(
    size: tuple[int, int] = (120, 40),
    *,
    welcome: Welcome | None = WELCOME,
    options: ScreenOptions | None = None,
) -> AsyncIterator[ScreenBench]:
    """Run the app; leaves when the block ends."""
    clock = ManualClock(NOW_NS, 10**12)
    link, engine = memory_pair(WELCOME)
    engine.welcome = welcome
    app = QuarterdeckApp(link, options or ScreenOptions(theme="quarterdeck-dark", retry_ms=1), clock)
    async with app.run_test(size=size) as pilot:
        bench = ScreenBench(app, pilot, engine, clock)
        if welcome is not None:
            await bench.until(lambda: bool(bench.sent(SetView)))
        await pilot.pause()
        yield bench
