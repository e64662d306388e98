"""Why the queue of an own order moved: what left ahead of it was traded, or cancelled.

The level3 feed says what left a price, not why; the public trades say what was
executed there. The two are joined price by price (a *lane*) by this rule:

* only what stood first in its queue when it left can have been executed;
* a trade explains a removal of the same venue time, to the microsecond, the
  same quantity before any other, up to the quantities of both;
* what a lane's two feeds have not explained waits `WINDOW_NS` for the other
  feed, since they come over two connections in any order, and counts as *not
  yet attributed* meanwhile;
* then, on a venue whose two feeds never agreed on a time, the trade nearest in
  time (same quantity first) within the window explains it;
* everything else that left was cancelled; an order that was made smaller in
  place counts with what it lost;
* what left while the trades were not heard, or while the book was not
  followed, is *unknown* for good: nothing proves the reason.

Keys are signed prices in units, positive for bids, negative for asks, as in
`BookSide`. Quantities are units of 1e-12, times nanoseconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from app.domain.stamps import NS_PER_S, NS_PER_US, time_ns

WINDOW_NS = 2 * NS_PER_S
"""How long what left waits for the trade that explains it."""

MINUTE_S = 60


class Moved(NamedTuple):
    """What left ahead of an order, by reason.

    Attributes:
        traded: Executed, units.
        cancelled: Cancelled, moved away or made smaller.
        unknown: Left during a gap of either feed.
    """

    traded: int = 0
    cancelled: int = 0
    unknown: int = 0


NOTHING = Moved()


def added(*parts: Moved) -> Moved:
    """Return the sum of some."""
    return Moved(*map(sum, zip(*parts, strict=True))) if parts else NOTHING


class QueueStory(NamedTuple):
    """How an own order's queue moved.

    Attributes:
        entry_orders: Orders ahead when it joined.
        entry_qty: Their quantity, units.
        since_ns: Venue time from which this counts.
        whole: Whether that is when it joined; if not, it was seen later.
        entry: What left ahead since then.
        minute: What left ahead in the last minute.
        pending: What left ahead and is not attributed yet, units.
    """

    entry_orders: int
    entry_qty: int
    since_ns: int
    whole: bool
    entry: Moved
    minute: Moved
    pending: int


@dataclass(slots=True, eq=False)
class Place:
    """One own order in a lane; see `QueueStory`."""

    order_id: str
    stamp: str
    entry_orders: int
    entry_qty: int
    since_ns: int
    whole: bool
    traded: int = 0
    cancelled: int = 0
    unknown: int = 0
    pending: int = 0
    recent: deque[tuple[int, Moved]] = field(default_factory=deque)

    def settle(self, at_ns: int, moved: Moved) -> None:
        """Attribute what left at a time; it is pending no more."""
        self.pending -= moved.traded + moved.cancelled + moved.unknown
        self.traded += moved.traded
        self.cancelled += moved.cancelled
        self.unknown += moved.unknown
        second = at_ns // NS_PER_S
        if self.recent and self.recent[-1][0] == second:
            moved = added(self.recent.pop()[1], moved)
        self.recent.append((second, moved))

    def story(self, now_ns: int) -> QueueStory:
        """Return how the queue moved until a venue time."""
        recent = self.recent
        while recent and recent[0][0] <= now_ns // NS_PER_S - MINUTE_S:
            recent.popleft()
        minute = added(*(moved for _, moved in recent))
        entry = Moved(self.traded, self.cancelled, self.unknown)
        return QueueStory(
            self.entry_orders, self.entry_qty, self.since_ns, self.whole, entry, minute, max(0, self.pending)
        )

    @property
    def left_ahead(self) -> int:
        """Quantity that must still be ahead by this account, units."""
        return self.entry_qty - self.traded - self.cancelled - self.unknown - self.pending


@dataclass(slots=True, eq=False)
class Removal:
    """Quantity that left a level.

    Attributes:
        key: Level key.
        born: Time of the order that it belonged to.
        stamp: Venue time of the message.
        heard_ns: When that was heard, monotonic.
        left: Quantity without a reason yet, units.
        first: Whether nothing stood before it: only then can it have been executed.
        whole: Whether the order left with it.
        behind: Own orders that stood behind it.
        moved: Quantity with a reason.
    """

    key: int
    born: str
    stamp: str
    heard_ns: int
    left: int
    first: bool
    whole: bool
    behind: tuple[Place, ...] = ()
    moved: Moved = NOTHING

    def settle(self, moved: Moved) -> None:
        """Attribute a part or all."""
        self.left -= sum(moved)
        self.moved = added(self.moved, moved)
        for place in self.behind:
            place.settle(when(self.stamp), moved)

    def also_behind(self, place: Place) -> None:
        """Another own order stood behind it, as is found out only now."""
        place.pending += self.left + sum(self.moved)
        place.settle(when(self.stamp), self.moved)
        self.behind = (*self.behind, place)


@dataclass(slots=True, eq=False)
class Print:
    """One execution at a lane's price.

    Attributes:
        at_ns: Venue time.
        heard_ns: When it was heard, monotonic.
        left: Quantity that explains nothing yet.
    """

    at_ns: int
    heard_ns: int
    left: int


class Lane:
    """One price with own orders: what left, what traded, and who stood behind it."""

    __slots__ = ("places", "prints", "removals")

    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.removals: deque[Removal] = deque()
        self.prints: deque[Print] = deque()

    def take(self, removal: Removal) -> None:
        """Note what left; what did not stand first was cancelled and needs no trade to say so."""
        for place in removal.behind:
            place.pending += removal.left
        if removal.first:
            self.removals.append(removal)
        else:
            removal.settle(Moved(cancelled=removal.left))

    def match(self) -> bool:
        """Join trades and removals of one time; returns whether there were such."""
        found = False
        for alike in (True, False):
            for removal in self.removals:
                at_us = when(removal.stamp) // NS_PER_US
                for trade in self.prints:
                    if not removal.left or not trade.left or at_us != trade.at_ns // NS_PER_US:
                        continue
                    if not alike or trade.left == removal.left:
                        _explain(removal, trade)
                        found = True
        self._drop_settled()
        return found

    def expire(self, before_ns: int, *, near: bool, hearing: bool) -> None:
        """Decide about what has waited long enough.

        Args:
            before_ns: Monotonic time; what was heard later goes on waiting.
            near: Whether trades of about the same time explain a removal.
            hearing: Whether all trades were heard; else the reason is unknown.
        """
        while self.removals and self.removals[0].heard_ns <= before_ns:
            removal = self.removals.popleft()
            if near:
                self._explain_near(removal)
            if removal.left:
                removal.settle(Moved(cancelled=removal.left) if hearing else Moved(unknown=removal.left))
        while self.prints and self.prints[0].heard_ns <= before_ns - WINDOW_NS:
            self.prints.popleft()

    def give_up(self) -> None:
        """The book was lost: nobody will ever explain what waits."""
        for removal in self.removals:
            removal.settle(Moved(unknown=removal.left))
        self.removals.clear()
        self.prints.clear()

    def _explain_near(self, removal: Removal) -> None:
        at_ns = when(removal.stamp)
        close = [trade for trade in self.prints if trade.left and abs(trade.at_ns - at_ns) <= WINDOW_NS]
        for trade in sorted(close, key=lambda one: (one.left != removal.left, abs(one.at_ns - at_ns))):
            if removal.left:
                _explain(removal, trade)

    def _drop_settled(self) -> None:
        if any(not removal.left for removal in self.removals):
            self.removals = deque(removal for removal in self.removals if removal.left)
        if any(not trade.left for trade in self.prints):
            self.prints = deque(trade for trade in self.prints if trade.left)


def when(stamp: str) -> int:
    """Return a venue time in nanoseconds; 0 if it cannot be read."""
    try:
        return time_ns(stamp)
    except ValueError:
        return 0


def _explain(removal: Removal, trade: Print) -> None:
    """Let a trade explain as much of a removal as both have."""
    qty = min(removal.left, trade.left)
    trade.left -= qty
    removal.settle(Moved(traded=qty))
