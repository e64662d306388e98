"""The draft on the desk: from a key to the line that may be sent.

Pure state: no Textual, no link. The rules are those of `screen.md` §1 and
`faults.md` H1-H3: money keys act only when armed; a draft that appeared or
changed less than a beat ago is not sent; a held key is one press; a picture
that stood still starts the beat anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from app.clock import NS_PER_MS, Clock
from app.link.frames import PreviewView
from app.screens.amount import Amount, plain
from app.screens.guards import REPEAT_MS, Heartbeat, RepeatGuard
from widgets.numbers import decimal_of

TAKE_COLLAR = "0.1%"
"""How far through the far touch a take may reach: more than a quiet market moves between eye and venue."""


class Tif(StrEnum):
    """Time in force offered by the ticket."""

    GTC = "gtc"
    IOC = "ioc"


class Verb(StrEnum):
    """What a draft will do."""

    BUY = "buy"
    SELL = "sell"
    AMEND = "amend"


@dataclass(frozen=True, slots=True)
class Draft:
    """An order that was drafted and not sent.

    Attributes:
        verb: Buy, sell, or amend an own order.
        symbol: Pair it is pinned to.
        size: How much.
        price: Limit; None takes within `TAKE_COLLAR` of the far touch.
        post: Post-only.
        tif: Time in force.
        number: Short number of the order to amend.
    """

    verb: Verb
    symbol: str
    size: Amount
    price: Decimal | None
    post: bool = True
    tif: Tif = Tif.GTC
    number: int = 0

    @property
    def takes(self) -> bool:
        """Whether it is meant to trade at once."""
        return self.price is None

    @property
    def price_word(self) -> str:
        """The price as a word of the grammar."""
        if self.price is not None:
            return plain(self.price)
        return f"ask+{TAKE_COLLAR}" if self.verb is Verb.BUY else f"bid-{TAKE_COLLAR}"

    def line(self, worst: str = "") -> str:
        """Return the draft as a line of the `:` grammar.

        Args:
            worst: For one that takes: the worst price that was read, in place of the relative one.
        """
        size = self.size.word()
        if self.verb is Verb.AMEND:
            return f"amend #{self.number} {size} @ {self.price_word}"
        words = [str(self.verb), size, self.symbol, "@", worst if worst and self.takes else self.price_word]
        if self.takes:
            return " ".join([*words, "take"])
        if self.post:
            words.append("post")
        if self.tif is not Tif.GTC:
            words.append(str(self.tif))
        return " ".join(words)


DEFAULT_SIZE = Amount(Decimal("0.1"))
"""Until the engine has named its presets."""


@dataclass(slots=True)
class Ticket:
    """What the next draft will be made of.

    Attributes:
        size: How much.
        post: Post-only.
        tif: Time in force.
    """

    size: Amount = DEFAULT_SIZE
    post: bool = True
    tif: Tif = Tif.GTC

    def toggle_post(self) -> None:
        """Switch post-only; with it an order cannot be immediate-or-cancel."""
        self.post = not self.post
        if self.post:
            self.tif = Tif.GTC

    def toggle_tif(self) -> None:
        """Switch between GTC and IOC; an IOC order cannot be post-only."""
        self.tif = Tif.IOC if self.tif is Tif.GTC else Tif.GTC
        if self.tif is Tif.IOC:
            self.post = False


TOO_SOON = f"not taken: less than {REPEAT_MS} ms after the last press, as if held: press it again"
"""Said when Enter, or the key that stands for it, came too soon after itself."""


@dataclass(frozen=True, slots=True)
class Held:
    """Enter did not send; says why.

    Attributes:
        reason: One line for people; empty if there is nothing to say.
    """

    reason: str = ""


class Desk:
    """Holds the draft and decides whether Enter may send it.

    Args:
        clock: For the beat.
        beat_ms: Least time between a change of the draft and its send.
    """

    def __init__(self, clock: Clock, beat_ms: int = 150) -> None:
        self._clock = clock
        self.beat_ms = beat_ms
        self.ticket = Ticket()
        self.draft: Draft | None = None
        self.preview: PreviewView | None = None
        self._changed = 0
        self._worst: tuple[Decimal, Decimal] | None = None
        self._enter = RepeatGuard(clock)
        self._heart = Heartbeat(clock)

    @property
    def beat_left_ms(self) -> int:
        """Time until Enter may send the draft."""
        left = self._changed + self.beat_ms * NS_PER_MS - self._clock.mono_ns()
        return max(0, -(-left // NS_PER_MS))

    def open(self, draft: Draft) -> None:
        """Put a draft on the desk, in place of any other."""
        self.draft = draft
        self.preview = self._worst = None
        self._changed = self._clock.mono_ns()

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
        cost = -price if view.side == Verb.SELL else price
        if self._worst is None:
            self._worst = (cost, qty)
            return False
        worse = cost > self._worst[0] or qty > self._worst[1]
        self._worst = (max(cost, self._worst[0]), max(qty, self._worst[1]))
        if worse:
            self._changed = self._clock.mono_ns()
        return worse

    def change(self, **changes: Amount | Decimal | bool | Tif) -> bool:
        """Change the draft if there is one; its beat starts anew.

        Returns:
            Whether there was a draft.
        """
        if self.draft is None:
            return False
        self.open(replace(self.draft, **changes))  # type: ignore[arg-type]
        return True

    def drop(self) -> bool:
        """Take the draft off the desk; return whether there was one."""
        had = self.draft is not None
        self.draft = self.preview = self._worst = None
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
