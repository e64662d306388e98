"""What a line that trades may be after these keys, and whether an order is within the limits.

The oracle is told every key as the app takes it, the clock, and what the engine
said. Of the screen it asks only where a key goes and whether a draft changed;
never whether something may be sent (`faults.md` H2, H3, G17).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from textual.widget import Widget

from app.clock import NS_PER_MS, NS_PER_S
from app.domain.order import OrderType, Side
from app.link.frames import Trust
from app.link.messages import Execute, Origin, ToEngine
from app.screens import layout
from app.screens.command_line import CommandBar
from app.screens.draft import Draft
from tests.screens.screen_bench import ScreenBench
from tests.screens.stub_engine import LIMITS, StubEngine, Wired
from widgets.ticket import Ticket

MONEY = ("buy", "sell", "amend", "edit", "close", "reverse", "flatten", "scale", "twap", "chase", "batch", "bracket")
DRAFTING = ("b", "s", "B", "S", "x", "m")
EDITING = ("e", "i", "z")
"""Without a draft these begin one, a buy, with a field of it in hand."""

CHANGING = (
    *("plus", "minus", "comma", "full_stop", "p", "t", "r", "at", "equals_sign", "percent_sign", "n"),
    *("1", "2", "3", "4"),
)
"""These change a draft; a digit does after `n`."""

BEAT_NS = 150 * NS_PER_MS
HELD_NS = 300 * NS_PER_MS
LINE_NS = 30 * NS_PER_MS
COLLAR = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the screen was just before a key.

    Attributes:
        plain: Whether keys reach the screen's actions: no dialog, line, field or second key is in between.
        line: Whether the command line has the keys.
        editing: Whether a field of the ticket has them.
        pane: Pane in focus.
        symbol: Pair shown.
        draft: The draft on the desk.
        past: Whether the ladder shows the past.
    """

    plain: bool
    line: bool
    editing: bool
    pane: Widget | None
    symbol: str
    draft: Draft | None
    past: bool


@dataclass(frozen=True, slots=True)
class Entered:
    """A line on which Enter was pressed; text is None where the oracle lost track of it."""

    text: str | None
    ripe: bool


class Oracle:
    """Knows which keys meant an order.

    Args:
        bench: The screen, for where keys go.
        engine: What the screen was told.
    """

    def __init__(self, bench: ScreenBench, engine: StubEngine) -> None:
        self._bench, self._engine = bench, engine
        self.faults: list[str] = []
        self.orders = self.by_line = 0
        self._credit = False
        self._changed = self._stalled = self._enter = self._killed = -NS_PER_S
        self._last = ""
        self._typed: str | None = None
        self._typed_ns = self._line_enter = 0
        self._entered: list[Entered] = []
        self._checked = 0

    @property
    def now(self) -> int:
        """The clock of the screen."""
        return self._bench.clock.mono_ns()

    def look(self) -> Seen:
        """Note where the screen is."""
        trade, app = self._bench.trade, self._bench.app
        line, editing = trade.query_one(CommandBar).is_open, trade.desk.editor.open
        alone = len(app.screen_stack) == 1
        plain = alone and not line and not editing and not trade.prefix.pending
        return Seen(
            plain, alone and line, alone and editing, trade.pane, trade.symbol, trade.desk.draft, trade.past is not None
        )

    def stood_still(self) -> None:
        """Note that the picture stood still until now."""
        self._stalled = self.now

    # Keys

    def pressed(self, key: str, character: str | None, seen: Seen, said: Sequence[ToEngine]) -> None:
        """Judge what a key sent, then note what it means for the next ones."""
        for message in said:
            if isinstance(message, Execute):
                self._sent(key, seen, message)
        if seen.line:
            self._line_key(key, character)
        elif key == "colon" and seen.plain:
            self._typed, self._typed_ns = "", self.now
        if key == "enter":
            self._enter = self.now
        if key == "ctrl+k":
            self._killed = self.now
        self._last = key
        draft = self._bench.trade.desk.draft
        if draft is not None and draft is not seen.draft:
            self._changed = self.now
            meant = DRAFTING + EDITING + CHANGING
            self._credit = self._credit or seen.editing or key in meant
        self.moved(seen)

    def moved(self, seen: Seen) -> None:
        """Take the credit back where focus, pair or time went on, or the draft is gone."""
        now = self.look()
        if now.draft is None or now.past or (now.pane, now.symbol) != (seen.pane, seen.symbol):
            self._credit = False

    def _line_key(self, key: str, character: str | None) -> None:
        if key == "enter":
            ripe = self.now - self._typed_ns >= LINE_NS and self.now - self._line_enter >= HELD_NS
            self._entered.append(Entered(self._typed, ripe))
            self._line_enter = self.now
            self._typed = None
        elif self._typed is not None and character is not None and character.isprintable():
            self._typed += character
            self._typed_ns = self.now
        elif key == "backspace" and self._typed is not None:
            self._typed = self._typed[:-1]
        else:
            self._typed = None

    def settled(self, said: Sequence[ToEngine]) -> None:
        """Judge what was sent after all keys were handled: only a typed line may be."""
        for message in said:
            if isinstance(message, Execute):
                self._sent("", self.look(), message)
        self._entered.clear()
        bar = self._bench.trade.query_one(CommandBar)
        self._typed = bar.value if bar.is_open else None

    # Lines

    def _sent(self, key: str, seen: Seen, message: Execute) -> None:
        if message.text == "kill" and message.origin is Origin.KEY:
            self._kill(key)
        if message.text.split(" ")[0] not in MONEY:
            return
        self.orders += 1
        wrongs = self._line(message) if message.origin is Origin.LINE else self._key_order(key, seen, message)
        self.faults += [f"{wrong}: {message.text!r}" for wrong, is_so in wrongs.items() if is_so]

    def _kill(self, key: str) -> None:
        if key != "ctrl+k" or self.now - self._killed > NS_PER_S:
            self.faults.append(f"kill after {key!r}, without a second Ctrl+K in a second")

    def _line(self, message: Execute) -> dict[str, bool]:
        self.by_line += 1
        matching = [one for one in self._entered if one.text is None or _bare(one.text) == message.text]
        return {
            "a line that nobody entered": not matching,
            "a line entered with its text": bool(matching) and not any(one.ripe for one in matching),
        }

    def _key_order(self, key: str, seen: Seen, message: Execute) -> dict[str, bool]:
        """Return all that would be wrong with an order sent by this key, and whether it is."""
        engine, now, trade = self._engine, self.now, self._bench.trade
        ticket = trade.query_one(Ticket)
        refused = engine.refused.get(message.text)
        credit, self._credit = self._credit, False
        return {
            f"sent by {key!r}": key != "enter",
            "sent from within a dialog, a line or a field": not seen.plain,
            "not armed": not engine.pen.armed,
            "not drafted since the last order, focus or pair": not credit,
            "within the beat": now - self._changed < BEAT_NS,
            "right after a stall": now - self._stalled < BEAT_NS,
            "a held Enter": self._last == "enter" and now - self._enter < HELD_NS,
            "for another pair": message.symbol != seen.symbol or seen.symbol != engine.symbol,
            "without the pen": not engine.mine,
            "into a book that is not verified": engine.trust is not Trust.VERIFIED,
            "while killed": engine.killed,
            "out of the past": seen.past,
            "from a ladder or ticket that is not seen": not all(map(layout.visible, (trade.ladder, ticket))),
            "not what the engine was asked about": message.text not in engine.quoted | engine.wrong,
            "known to be wrong": message.text in engine.wrong,
            "refused as it is, and not changed since": refused is not None and self._changed <= refused,
        }

    # The wire

    def check_wire(self) -> None:
        """Judge the orders that left the gate since the last time, by plain arithmetic."""
        wire = self._engine.tally.wire
        for at in range(self._checked, len(wire)):
            sent = wire[at]
            self.faults += [f"{wrong}: {sent.order}" for wrong in over_limits(sent, self._engine)]
            before = sum(1 for one in wire[:at] if 0 < sent.at_ns - one.at_ns < NS_PER_S)
            if before >= LIMITS.max_order_rate:
                self.faults.append(f"{before} orders in the second before {sent.order}")
        self._checked = len(wire)


def over_limits(sent: Wired, engine: StubEngine) -> list[str]:
    """Return the limits that an order crosses."""
    order, market = sent.order, engine.market(sent.order.symbol)
    bid, ask, most, worth = market.bid, market.ask, LIMITS.max_qty, LIMITS.max_notional
    assert bid is not None
    assert ask is not None
    assert most is not None
    assert worth is not None
    found = []
    waits = order.trigger is not None
    price = ask if waits or order.limit_price is None else order.limit_price
    if not (sent.leaving or order.reduce_only or order.order_type is OrderType.SETTLE_POSITION):
        if order.qty > most:
            found.append(f"more than {most}")
        # What waits is valued at its trigger, which may be a share away from the touch.
        if order.qty * price > worth * (2 if waits else 1):
            found.append(f"worth more than {worth}")
    if order.limit_price is not None and not waits:
        over, under = order.limit_price > ask * (1 + COLLAR), order.limit_price < bid * (1 - COLLAR)
        if over if order.side is Side.BUY else under:
            found.append("beyond the collar")
    return found


def _bare(text: str) -> str:
    """Return a line as it is sent: without blanks around it and a colon before it."""
    return text.strip().removeprefix(":").strip()
