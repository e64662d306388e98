"""The draft on the desk: from a key to the line that may be sent.

Pure state: no Textual, no link. The rules are those of `screen.md` §1 and
`faults.md` H1-H3: money keys act only when armed; a draft that appeared or
changed less than a beat ago is not sent; a held key is one press; a picture
that stood still starts the beat anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from app.clock import NS_PER_MS, Clock
from app.domain.order import Draft as Order
from app.domain.order import OrderType, Side, Size
from app.link.preview_frame import PreviewView
from app.screens.draft import Draft
from app.screens.editor import Editor
from app.screens.guards import REPEAT_MS, Heartbeat, RepeatGuard
from app.screens.order_form import settled
from widgets.numbers import decimal_of

DEFAULT_SIZE = Size(Decimal("0.1"))
"""Until the engine has named its presets."""

PASSING = frozenset({OrderType.MARKET, OrderType.SETTLE_POSITION})
"""Types that no later draft starts with: they trade at any price."""

TOO_SOON = f"not taken: less than {REPEAT_MS} ms after the last press, as if held: press it again"
"""Said when Enter, or the key that stands for it, came too soon after itself."""


@dataclass(frozen=True, slots=True)
class Held:
    """Enter did not send; says why.

    Attributes:
        reason: One line for people; empty if there is nothing to say.
    """

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a draft that was sent came back.

    Attributes:
        term: Term of the order that is at fault.
        text: Why.
    """

    term: str
    text: str


class Desk:
    """Holds the draft and decides whether Enter may send it.

    Args:
        clock: For the beat.
        beat_ms: Least time between a change of the draft and its send.
    """

    def __init__(self, clock: Clock, beat_ms: int = 150) -> None:
        self._clock = clock
        self.beat_ms = beat_ms
        self.editor = Editor()
        self.first_size = DEFAULT_SIZE
        self.draft: Draft | None = None
        self.preview: PreviewView | None = None
        self.fault: Fault | None = None
        self._sent: tuple[str, Draft] | None = None
        self._tickets: dict[str, Order] = {}
        self._changed = 0
        self._worst: tuple[Decimal, Decimal] | None = None
        self._enter = RepeatGuard(clock)
        self._heart = Heartbeat(clock)

    @property
    def beat_left_ms(self) -> int:
        """Time until Enter may send the draft."""
        left = self._changed + self.beat_ms * NS_PER_MS - self._clock.mono_ns()
        return max(0, -(-left // NS_PER_MS))

    def ticket(self, symbol: str) -> Order:
        """Return what the next draft on a pair is made of; it has no price."""
        kept = self._tickets.get(symbol)
        return kept or Order(symbol, Side.BUY, self.first_size, None, post_only=True)

    def remember(self, order: Order) -> None:
        """Keep size, type, flags and times of an order for the next draft on its pair."""
        before = self.ticket(order.symbol)
        if order.order_type in PASSING:
            order = replace(before, size=order.size)
        self._tickets[order.symbol] = Order(
            order.symbol,
            Side.BUY,
            order.size,
            None,
            order.order_type,
            order.post_only,
            order.time_in_force,
            display=order.display,
            expire=order.expire,
        )

    def change_order(self, symbol: str, change: Callable[[Order], Order]) -> bool:
        """Change the drafted order, or without one what the next draft is made of.

        Args:
            symbol: Pair that is shown.
            change: Makes the new order.

        Returns:
            Whether there was something to change: a draft of another kind has no order.
        """
        draft = self.draft
        if draft is None or draft.takes:
            self.remember(change(settled(self.ticket(symbol))))
            return True
        if draft.order is None:
            return False
        self.edited(draft.with_order(settled(change(draft.order))))
        return True

    def edited(self, draft: Draft) -> None:
        """Take a changed draft; its beat starts anew. What does not trade at once is remembered for the next one."""
        self.open(draft)
        if draft.order is not None and not draft.takes:
            self.remember(draft.order)

    def open(self, draft: Draft) -> None:
        """Put a draft on the desk, in place of any other."""
        self.draft = draft
        self.preview = self._worst = self.fault = self._sent = None
        self._changed = self._clock.mono_ns()

    def take_back(self, line: str, symbol: str, fault: Fault) -> bool:
        """Put the draft that was sent last back on the desk, as it was refused: it has to be changed first.

        Args:
            line: The line that was refused.
            symbol: Pair that is shown now.
            fault: Why.

        Returns:
            Whether it is back: not over another draft, nor on another pair.
        """
        sent = self._sent
        if sent is None or self.draft is not None or sent[0] != line or sent[1].symbol != symbol:
            return False
        self.open(sent[1])
        self.fault = fault
        return True

    @property
    def term_at_fault(self) -> str:
        """The term of the draft that stands against it: as it was refused, or as the engine says now."""
        if self.fault is not None:
            return self.fault.term
        return self.preview.term if self.preview is not None else ""

    def previewed(self, view: PreviewView) -> bool:
        """Take the engine's present numbers for the draft.

        A mere refresh leaves the beat alone. A price or a size that is worse
        than any that was there to be read starts it anew.

        Args:
            view: What the draft would do now.

        Returns:
            Whether the numbers got worse.
        """
        self.preview = view
        price, qty = decimal_of(view.price or "0"), decimal_of(view.qty)
        if price is None or qty is None:
            return False
        cost = -price if view.side == Side.SELL else price
        if self._worst is None:
            self._worst = (cost, qty)
            return False
        worse = cost > self._worst[0] or qty > self._worst[1]
        self._worst = (max(cost, self._worst[0]), max(qty, self._worst[1]))
        if worse:
            self._changed = self._clock.mono_ns()
        return worse

    def pressed_enter(self) -> None:
        """Note an Enter that ended an edit, so that holding it does not send."""
        self._enter.fresh()

    def drop(self) -> bool:
        """Take the draft off the desk; return whether there was one."""
        had = self.draft is not None
        self.editor.leave()
        self.draft = self.preview = self._worst = self.fault = None
        return had

    def heartbeat(self) -> bool:
        """Note that the picture is alive; a stall starts the beat of the draft anew.

        Returns:
            Whether there was a stall.
        """
        stalled = self._heart.beat()
        if stalled:
            self._changed = self._clock.mono_ns()
        return stalled

    def unseen(self) -> None:
        """Note that the terminal does not show the present: the beat of the draft starts anew."""
        self._changed = self._clock.mono_ns()

    def enter(self, *, armed: bool, symbol: str, refusal: str) -> str | Held:
        """Decide what Enter does.

        Args:
            armed: Whether money keys act.
            symbol: Pair that is shown now.
            refusal: Why nothing may be sent at all; empty if it may.

        Returns:
            The line to send, the draft is then off the desk, or why not.
        """
        fresh = self._enter.fresh()
        stalled = self.heartbeat()
        draft = self.draft
        if draft is None:
            return Held()
        if not fresh:
            return Held(TOO_SOON)
        if draft.symbol != symbol:
            self.drop()
            return Held(f"the draft was for {draft.symbol}: dropped")
        if self.fault is not None:
            return Held(f"refused as it is ({self.fault.text}): e changes it, Esc drops it")
        if self.editor.open:
            return Held("a field is being edited: Enter there first")
        if refusal:
            return Held(refusal)
        if not armed:
            return Held("VIEW: press A to arm, then Enter sends")
        if stalled:
            return Held("the picture stood still: look again, then Enter")
        if self.beat_left_ms:
            return Held("too quick: look at the draft, then Enter")
        if self.preview is not None and self.preview.error:
            return Held(self.preview.error)
        line = draft.line(self.preview.price if self.preview is not None else "")
        self.drop()
        self._sent = (line, draft)
        return line


@dataclass(frozen=True, slots=True)
class Strip:
    """A question on one line that names an upper-case verb and waits for a second key.

    Attributes:
        text: The verb and what it will do.
        line: The line that is sent when it is confirmed.
        symbol: Pair it was asked for.
    """

    text: str
    line: str
    symbol: str
