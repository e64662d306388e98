"""Random keys, held keys, focus, pairs, pages, dialogs, resizes: no order that was not drafted, armed and confirmed.

The oracle knows the keys and the clock, not the screen: it looks at each line
that reached the engine's end of the link and asks which presses can have
meant it (`faults.md` H2, H3, G17).
"""

from __future__ import annotations

import random

import pytest
from textual import events
from textual.widgets import Input

from app.link.frames import PairRow, Trust
from app.link.messages import (
    Answer,
    Execute,
    ListPairs,
    Origin,
    Outcome,
    Pairs,
    Preview,
    PreviewAnswer,
    SetView,
)
from app.link.preview_frame import PreviewView
from tests.screens.screen_bench import ARMED, SYMBOL, ScreenBench, full_frame, ladder, order, screen_bench, status

KEYS_EACH = 3
SEQUENCES_EACH = 50
MONEY = ("buy", "sell", "amend", "edit", "close", "reverse", "flatten", "scale", "twap", "chase", "batch", "bracket")
DRAFTING = ("b", "s", "B", "S", "x", "m")
EDITING = ("e", "i", "z")
"""Without a draft these begin one, a buy, with a field of it in hand."""

MOVING = ("tab", "shift+tab", "1", "2", "3", "g", "o", "t", "l", "escape")
CHANGING = (
    "plus",
    "minus",
    "comma",
    "full_stop",
    "p",
    "t",
    "i",
    "z",
    "r",
    "at",
    "equals_sign",
    "percent_sign",
    "e",
    "n",
)
WALKING = ("up", "down", "j", "k", "pageup", "pagedown", "space", "left_square_bracket", "right_square_bracket")
OPENING = ("question_mark", "colon", "slash", "w", "L", "grave_accent", "P", "ctrl+k", "C", "X", "U", "u", "c", "y")
SIZES = ((80, 24), (120, 40), (200, 60))
PAUSES_MS = (10, 33, 120, 149, 160, 320, 320, 400, 1200)
SYMBOLS = (SYMBOL, "ETH/USD", "SOL/USD")


class Hands:
    """Presses random keys, plays the engine, and judges what arrives."""

    def __init__(self, bench: ScreenBench, seed: int) -> None:
        self.bench = bench
        self.dice = random.Random(seed)
        self.armed = False
        self.seen = 0
        self.orders = self.keys = 0
        self.drafts = 0
        self.drafted_ns = 0
        self.colon = False
        self.story: list[str] = []

    async def sequence(self) -> None:
        """Press some keys, now and then the same one again and again as a held key does."""
        if self.dice.random() < 0.2:
            await self.trade()
        for _ in range(KEYS_EACH):
            if self.dice.random() < 0.12:
                await self.happen()
            key = self.choose()
            repeats = self.dice.choice((1, 1, 1, 1, 1, 4))
            for _ in range(repeats):
                await self.press(key, self.dice.choice(PAUSES_MS) if repeats == 1 else 33)

    async def trade(self) -> None:
        """Do what a person does to trade, so that the rest happens around real orders."""
        for key in ("escape", "escape", "1", *(() if self.armed else ("A",)), self.dice.choice(DRAFTING), "enter"):
            await self.press(key, 400)

    def choose(self) -> str:
        group = self.dice.choices(
            (("enter",), ("A",), DRAFTING, MOVING, CHANGING, WALKING, OPENING), weights=(22, 10, 26, 8, 10, 10, 14)
        )[0]
        return self.dice.choice(group)

    async def happen(self) -> None:
        """Something happens to the screen that nobody pressed."""
        what = self.dice.randrange(5)
        if what == 0:
            size = self.dice.choice(SIZES)
            self.story.append(f"resize {size}")
            await self.bench.pilot.resize_terminal(*size)
        elif what == 1:
            self.armed = False
            self.story.append("disarmed by the engine")
            await self.show()
        elif what == 2:
            self.story.append("stale")
            await self.bench.show(ladder=ladder(trust=Trust.STALE))
        elif what == 3:
            self.story.append("still for a while")
            self.bench.clock.advance(s=2)
        else:
            await self.show()

    async def show(self) -> None:
        symbol = self.shown
        view = ladder(symbol=symbol)
        await self.bench.show(ladder=view, status=ARMED if self.armed else status(), orders=(order(), order(2)))

    @property
    def shown(self) -> str:
        views = self.bench.sent(SetView)
        return views[-1].symbol if views else SYMBOL

    async def press(self, key: str, ms: int) -> None:
        bench = self.bench
        bench.clock.advance(ms=ms)
        bench.trade.desk.heartbeat()
        self.story.append(f"{key}+{ms}")
        self.keys += 1
        before = self.shown
        # Inside an input or a dialog keys are text or its own: they neither draft nor drop.
        inside = isinstance(bench.app.focused, Input) or len(bench.app.screen_stack) > 1
        await self.type(key)
        if key in (*DRAFTING, *EDITING) and not inside:
            self.drafts += 1
            self.drafted_ns = bench.clock.mono_ns()
        elif key == "colon" and not inside:
            self.colon = True
        await self.answer(key)
        if self.shown != before or (key in {"escape", "tab", "shift+tab"} and not inside):
            self.drafts = 0
        if key == "escape":
            self.colon = False

    async def type(self, key: str) -> None:
        """Send a key as the terminal does and wait until it is handled; `Pilot.press` waits for idleness as well."""
        app = self.bench.app
        assert app._driver is not None
        app._driver.send_message(events.Key(key, key if len(key) == 1 else None))
        for _ in range(2):  # the app hands it to the screen
            await self.bench.pilot._wait_for_screen()

    async def answer(self, key: str) -> None:
        """Judge and answer all that arrived since the last key."""
        received = self.bench.engine.received
        news, self.seen = received[self.seen :], len(received)
        send = self.bench.engine.send
        for message in news:
            match message:
                case Execute(text="arm"):
                    self.armed = True
                    send(Answer(message.id, Outcome.ACCEPTED, "ARMED"))
                    await self.show()
                case Execute(text="disarm"):
                    self.armed = False
                    send(Answer(message.id, Outcome.ACCEPTED, "VIEW"))
                    await self.show()
                case Execute():
                    if message.text.split(" ")[0] in MONEY:
                        self.judge(message, key)
                    if message.text == "kill":
                        self.armed = False
                    send(Answer(message.id, Outcome.ACCEPTED, "done"))
                case Preview():
                    send(PreviewAnswer(message.id, PreviewView(True, message.text)))
                case ListPairs():
                    send(Pairs(message.id, tuple(PairRow(symbol, "online", 1, "0.1", "0.0001") for symbol in SYMBOLS)))
                case SetView(symbol=symbol):
                    if symbol != SYMBOL:
                        self.armed = False
                    await self.bench.show(ladder=ladder(symbol=symbol))
                case _:
                    continue

    def judge(self, message: Execute, key: str) -> None:
        """Ask which presses meant an order."""
        story = " ".join(self.story[-25:])
        said = f"{message.text!r} after {story}"
        assert key == "enter", f"sent by {key}: {said}"
        self.orders += 1
        if message.origin is Origin.LINE:
            assert self.colon, f"no line was typed: {said}"
            return
        assert self.armed, f"not armed: {said}"
        assert self.drafts > 0, f"not drafted since the last order, focus or pair: {said}"
        assert self.bench.clock.mono_ns() - self.drafted_ns >= 150_000_000, f"within the beat: {said}"
        assert message.symbol == self.shown, f"for another pair: {said}"
        self.drafts = 0


async def play(seed: int, size: tuple[int, int]) -> Hands:
    async with screen_bench(size) as bench:
        hands = Hands(bench, seed)
        await bench.show(full_frame())
        for _ in range(SEQUENCES_EACH):
            await hands.sequence()
            if not bench.app.is_running:
                break
        return hands


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(10))
async def test_no_order_without_draft_arming_and_confirmation(seed: int) -> None:
    hands = await play(seed, SIZES[seed % 3])
    assert hands.keys > SEQUENCES_EACH * KEYS_EACH
    assert hands.orders, "the keys never sent anything: the test proves nothing"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(100, 300))
async def test_ten_thousand_sequences(seed: int) -> None:
    await play(seed, SIZES[seed % 3])


@pytest.mark.parametrize("opening", ["slash", "colon"])
async def test_an_enter_held_in_a_dialog_or_a_line_does_not_send_the_draft_under_it(opening: str) -> None:
    async with screen_bench() as bench:
        hands = Hands(bench, 0)
        await bench.show(full_frame())
        hands.armed = True
        await hands.show()
        await hands.press(DRAFTING[0], 400)
        await hands.press(opening, 400)
        await bench.until(lambda: isinstance(bench.app.focused, Input))
        for ms in (400, *[33] * 6):
            await hands.press("enter", ms)
        assert hands.orders == 0
