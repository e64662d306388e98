"""Hands that press random keys while the engine, the terminal and the clock play along."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from contextlib import contextmanager

from textual import events
from textual._compositor import Compositor
from textual.keys import _character_to_key

from app.clock import NS_PER_MS
from app.link.frames import Trust
from app.screens.app import GC_THRESHOLDS
from tests.quiet import quiet
from tests.screens.key_oracle import DRAFTING, EDITING, Oracle
from tests.screens.screen_bench import ScreenBench, order
from tests.screens.stub_engine import ORDERS, StubEngine

MOVING = ("tab", "shift+tab", "backslash", "1", "2", "3", "4", "5", "g", "o", "t", "l", "escape")
TURNING = (
    *("plus", "minus", "comma", "full_stop", "p", "t", "i", "z", "r"),
    *("at", "equals_sign", "percent_sign", "e", "n", "1", "2", "3", "4"),
)
WALKING = ("up", "down", "j", "k", "pageup", "pagedown", "space", "left_square_bracket", "right_square_bracket")
OPENING = (
    "question_mark",
    "colon",
    "slash",
    "w",
    "L",
    "F",
    "V",
    "grave_accent",
    "P",
    "ctrl+k",
    "C",
    "X",
    "U",
    "u",
    "c",
)
RARE = (
    "vertical_line",
    "y",
    "T",
    "J",
    "left",
    "right",
    "left_curly_bracket",
    "f",
    "a",
    "D",
    "exclamation_mark",
    "less_than_sign",
    "q",
)
EDITOR: tuple[str, ...] = (
    *"0123456789",
    "full_stop",
    "percent_sign",
    "backspace",
    "left",
    "right",
    "up",
    "down",
    "tab",
    "space",
    "b",
    "m",
)
LINES = (
    "buy 0.01 @ bid post",
    "sell 0.05 @ ask+2t",
    "buy 5 @ bid",
    "buy 0.1 @ 90000",
    "batch buy 0.1 @ bid & sell 0.1 @ ask",
    "batch buy 0.1 @ bid & buy 3 @ bid-5t & sell 0.1 @ ask",
    "close",
    "amend #1 0.2",
    "cancel #2",
    "release",
    "arm",
    "disarm",
    "symbol ETH/USD",
    "buy buy",
)
SIZES = ((80, 24), (120, 40), (200, 60), (50, 12))
PAUSES_MS = (10, 33, 120, 149, 160, 320, 320, 400, 1200)
TICK_NS = 100 * NS_PER_MS
HOME = 12
"""Escapes that lead home from anywhere."""


@contextmanager
def quick(*, painted: bool) -> Iterator[None]:
    """Collect garbage as seldom as the app does in a terminal, and leave the cells undrawn unless they are wanted.

    Styles, layout and the callbacks of a refresh are as ever; nobody looks at the cells here.
    """
    before, draw = gc.get_threshold(), Compositor.render_update

    def skip(compositor: Compositor, *_args: object, **_more: object) -> None:
        compositor._dirty_regions.clear()

    gc.set_threshold(*GC_THRESHOLDS)
    if not painted:
        Compositor.render_update = skip  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        gc.set_threshold(*before)
        Compositor.render_update = draw  # type: ignore[method-assign]


class Hands:
    """Presses keys and has an oracle judge what they send.

    Args:
        bench: The screen.
        seed: Of the dice.
    """

    def __init__(self, bench: ScreenBench, seed: int) -> None:
        self.bench = bench
        self.dice = random.Random(seed)
        self.engine = StubEngine(bench.engine, bench.clock, self.dice)
        self.oracle = Oracle(bench, self.engine)
        self.sequences = self.keys = 0
        self.story: list[str] = []
        self._heard = len(bench.engine.received)
        self._tick = bench.clock.mono_ns()
        self._watch()

    @property
    def there(self) -> bool:
        """Whether the app still runs: `q` may have ended it."""
        return self.bench.app.is_running and not self.bench.trade.session.leaving

    def _watch(self) -> None:
        """Have the oracle look before and after every key, where the app takes it."""
        app, carry_on = self.bench.app, self.bench.app.on_event

        async def on_event(event: events.Event) -> None:
            if not isinstance(event, events.Key) or event.is_forwarded:
                await carry_on(event)
                return
            seen, heard = self.oracle.look(), len(self.bench.engine.received)
            await carry_on(event)
            self.oracle.pressed(event.key, event.character, seen, self.bench.engine.received[heard:])
            self._judged = len(self.bench.engine.received)

        self._judged = self._heard
        app.on_event = on_event  # type: ignore[method-assign]

    # Keys

    async def press(self, *keys: str, ms: int = 400) -> None:
        """Press keys with a pause before each, while the screen lives; without a pause they come at once."""
        for key in keys:
            self.live(ms)
            self._send(key)
            if ms:
                await self.answer()
        if not ms:
            await self.answer()

    def _send(self, key: str) -> None:
        self.keys += 1
        self.story.append(key)
        self.bench.type_at_once(key)

    def live(self, ms: int) -> None:
        """Let time pass; the screen ticks ten times a second."""
        clock = self.bench.clock
        end = clock.mono_ns() + ms * NS_PER_MS
        self._tick = max(self._tick, clock.mono_ns())
        while self._tick <= end:
            clock.advance(ns=self._tick - clock.mono_ns())
            if self.there:
                self.bench.trade._tick()
            self._tick += TICK_NS
        clock.advance(ns=end - clock.mono_ns())
        self.story.append(f"+{ms}")

    async def answer(self) -> None:
        """Wait until all is handled, have the engine answer, until neither has anything to say."""
        received = self.bench.engine.received
        while True:
            await quiet()
            news, unjudged = received[self._heard :], received[max(self._judged, self._heard) :]
            self._heard = self._judged = len(received)
            self.oracle.settled(unjudged)
            if not news or not self.there:
                break
            for message in news:
                self.engine.hear(message)
        self.oracle.check_wire()
        assert not self.oracle.faults, f"{self.oracle.faults} after {' '.join(self.story[-80:])}"

    # Sequences

    async def sequence(self) -> None:
        """From a screen at rest, press some keys; things happen meanwhile."""
        await self.home()
        self.sequences += 1
        for _ in range(self.dice.randint(2, 8)):
            if not self.there:
                return
            await self._some()

    async def _some(self) -> None:
        if self.dice.random() < 0.15:
            await self.happen()
        what = self.dice.random()
        if what < 0.12:
            await (self.line() if what < 0.03 else self.trade())
            return
        key = self.choose()
        match self.dice.randrange(12):
            case 0:
                await self.press(key, key, key, key, ms=33)
            case 1:
                await self.press(key, self.choose(), "enter", ms=0)
            case _:
                await self.press(key, ms=self.dice.choice(PAUSES_MS))

    async def trade(self) -> None:
        """Do what a person does to trade, so that the rest happens around real orders."""
        await self.press("escape", "escape", "1")
        if not self.engine.mine:
            await self.press("P")
        if not self.engine.pen.armed:
            await self.press("A")
        await self.press(self.dice.choice(DRAFTING))
        for _ in range(self.dice.randrange(3)):
            await self.press(self.dice.choice(TURNING))
        await self.press("enter")

    async def line(self) -> None:
        """Type a line and enter it, in a hurry or not."""
        if not self.engine.pen.armed and self.dice.random() < 0.6:
            await self.press("A")
        await self.press("colon")
        text = self.dice.choice(LINES)
        await self.press(*map(_character_to_key, text), ms=0)
        await self.press("enter", ms=self.dice.choice(PAUSES_MS))

    def choose(self) -> str:
        """Choose a key, most often one that does something where the screen is."""
        seen = self.oracle.look()
        if seen.editing and self.dice.random() < 0.7:
            return self.dice.choice((*EDITOR, "enter", "enter", "escape"))
        groups: tuple[tuple[str, ...], ...] = (
            ("enter",),
            ("A",),
            DRAFTING + EDITING,
            MOVING,
            TURNING,
            WALKING,
            OPENING,
            RARE,
        )
        return self.dice.choice(self.dice.choices(groups, weights=(24, 8, 24, 8, 12, 8, 12, 4))[0])

    async def home(self) -> None:
        """Lead the screen home by keys, have the engine be as at the start, and see that both are."""
        trade, app = self.bench.trade, self.bench.app
        for _ in range(HOME):
            if self._at_home():
                break
            await self.press("escape")
        await self.bench.until(lambda: trade.session.attached)
        self.engine.rest()
        if app.size.width < SIZES[0][0]:
            await self.bench.pilot.resize_terminal(*SIZES[1])
        await self.press("1", "n", "1")
        assert self._at_home(), f"not home after {' '.join(self.story[-80:])}"
        assert not trade.armed
        assert trade.session.pen
        assert not trade.refusal
        assert not trade.unseen
        assert trade.pane is trade.ladder
        assert trade.symbol == self.engine.symbol

    def _at_home(self) -> bool:
        trade, seen = self.bench.trade, self.oracle.look()
        return seen.plain and not seen.past and seen.draft is None and trade.strip is None

    # What nobody pressed

    async def happen(self) -> None:
        """Something happens to the screen that nobody pressed."""
        elsewhere = (self._disarmed, self._lent, self._killed, self._filled, self._late)
        what = self.dice.choice((self._size, self._stale, self._still, self._market, self._cut, *elsewhere))
        seen = self.oracle.look()
        self.story.append(f"<{what.__name__}>")
        await what()
        await self.answer()
        self.oracle.moved(seen)

    async def _size(self) -> None:
        await self.bench.pilot.resize_terminal(*self.dice.choice(SIZES))

    async def _disarmed(self) -> None:
        self.engine.pen.disarm()
        self.engine.show()

    async def _stale(self) -> None:
        self.engine.trust = self.dice.choice((Trust.STALE, Trust.SYNCING, Trust.VERIFIED))
        self.engine.show()

    async def _still(self) -> None:
        self.bench.clock.advance(s=2)
        self._tick = self.bench.clock.mono_ns() + self.dice.choice((0, 1, TICK_NS))
        self.oracle.stood_still()

    async def _market(self) -> None:
        self.engine.shift += self.dice.randint(-3, 3)
        self.engine.trust = Trust.VERIFIED
        self.engine.show()

    async def _cut(self) -> None:
        self.engine.cut()
        await quiet()
        await self.bench.until(lambda: self.bench.trade.session.attached)
        self.engine.mine = True
        self.engine.show()

    async def _lent(self) -> None:
        self.engine.lend(mine=False)
        self.engine.show()

    async def _late(self) -> None:
        self.engine.answer_late()

    async def _killed(self) -> None:
        self.engine.killed = not self.engine.killed
        self.engine.pen.disarm()
        self.engine.show()

    async def _filled(self) -> None:
        self.engine.orders = self.dice.choice((ORDERS, (order(2),), (), (order(2, symbol="ETH/USD"),)))
        self.engine.show()
