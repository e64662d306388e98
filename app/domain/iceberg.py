"""Evidence of hidden reserves: display slices that were executed and then stood there again.

An inference, never a fact: no feed shows a reserve. The rule: an order that
stood first leaves its price, a trade of that price and time explains it, and
the same order id rests at the price again (on this page's venue at the back,
`rest.md` §5.5). A change of the owner looks alike but has no trade. What was
executed is a lower bound: slices that came and went within one message are
not seen one by one.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum

from app.domain.queue_story import WINDOW_NS, when
from app.domain.stamps import NS_PER_MS, NS_PER_S

TOGETHER_NS = 5 * NS_PER_MS
"""A trade and a removal so close together are one thing; the two feeds' times need not agree to the digit."""

KEPT = 512
SHOWN_NS = 300 * NS_PER_S
"""How long an iceberg that is gone is worth a letter."""


class Letter(StrEnum):
    """What is known of an iceberg (`screen.md` §2 item 17)."""

    DETECTED = "D"
    TRADED = "T"
    EXECUTED = "E"
    CANCELLED = "C"


@dataclass(slots=True, eq=False)
class Iceberg:
    """One order with evidence of a reserve.

    Attributes:
        key: Level key.
        executed: Executed so far, units, at least.
        refills: Slices that came after one that was executed.
        letter: What it did last.
        heard_ns: When that was heard, monotonic.
    """

    key: int
    executed: int = 0
    refills: int = 0
    letter: Letter = Letter.DETECTED
    heard_ns: int = 0


@dataclass(slots=True, eq=False)
class _Left:
    """A slice that left its place and waits for the trade that explains it."""

    order_id: str
    key: int
    stamp: str
    heard_ns: int
    qty: int
    whole: bool
    back: bool = False
    _at_ns: int = -1

    @property
    def at_ns(self) -> int:
        """Venue time; read only when a trade may explain it, and once."""
        if self._at_ns < 0:
            self._at_ns = when(self.stamp)
        return self._at_ns


class Icebergs:
    """Icebergs of one book."""

    __slots__ = ("_by_key", "_known", "_left", "_left_at", "_prints")

    def __init__(self) -> None:
        self._known: OrderedDict[str, Iceberg] = OrderedDict()
        self._by_key: dict[int, str] = {}
        self._left: OrderedDict[str, _Left] = OrderedDict()
        self._left_at: dict[int, dict[str, _Left]] = {}
        self._prints: OrderedDict[tuple[int, int], int] = OrderedDict()

    def left(self, order_id: str, key: int, stamp: str, heard_ns: int, qty: int, *, whole: bool) -> None:
        """An order that stood first lost quantity, or left.

        Args:
            order_id: The order.
            key: Its level key.
            stamp: Venue time of the message.
            heard_ns: Monotonic time.
            qty: What it lost, units.
            whole: Whether it left.
        """
        if not whole and order_id not in self._known:
            return
        self._expire(heard_ns)
        slice_ = self._wait(_Left(order_id, key, stamp, heard_ns, qty, whole))
        if order_id in self._known and self._printed(slice_):
            self._executed(slice_)

    def concerns(self, order_id: str) -> bool:
        """Whether an order's coming back would say anything."""
        return order_id in self._left or order_id in self._known

    def withdrawn(self, order_id: str, heard_ns: int) -> None:
        """An order left that did not stand first: nothing but its owner takes it away."""
        iceberg = self._known.get(order_id)
        if iceberg is not None:
            iceberg.letter, iceberg.heard_ns = Letter.CANCELLED, heard_ns

    def came(self, order_id: str, key: int, heard_ns: int) -> None:
        """An order was added: it may be the next slice of one that just left."""
        slice_ = self._left.get(order_id)
        if slice_ is None or slice_.key != key:
            iceberg = self._known.get(order_id)
            if iceberg is not None and iceberg.key == key:
                iceberg.letter = Letter.TRADED  # its owner changed it: it is not gone
            elif iceberg is not None:
                del self._known[order_id]  # it went to another price: what was told of it is over
            return
        slice_.back = True
        slice_.heard_ns = heard_ns
        if self._printed(slice_):
            self._executed(slice_)

    def traded(self, key: int, at_ns: int, heard_ns: int) -> None:
        """A trade at a price may explain a slice that left it."""
        self._prints[key, at_ns // TOGETHER_NS] = heard_ns
        if len(self._prints) > KEPT:
            self._prints.popitem(last=False)
        for slice_ in tuple(self._left_at.get(key, {}).values()):
            if (slice_.back or slice_.order_id in self._known) and abs(slice_.at_ns - at_ns) <= TOGETHER_NS:
                self._executed(slice_)

    def at(self, key: int, heard_ns: int) -> Iceberg | None:
        """Return the newest evidence at a level, if it is worth showing."""
        order_id = self._by_key.get(key)
        iceberg = None if order_id is None else self._known.get(order_id)
        if iceberg is None or iceberg.key != key:
            return None
        self._expire(heard_ns)
        over = iceberg.letter in {Letter.EXECUTED, Letter.CANCELLED}
        return None if over and heard_ns - iceberg.heard_ns > SHOWN_NS else iceberg

    def levels(self) -> list[int]:
        """Return the keys of levels with evidence."""
        return list(self._by_key)

    def of(self, order_id: str) -> Iceberg | None:
        """Return the evidence of one order."""
        return self._known.get(order_id)

    def clear(self) -> None:
        """There was a gap: what waits will never be explained."""
        self._left.clear()
        self._left_at.clear()
        self._prints.clear()

    def _wait(self, slice_: _Left) -> _Left:
        """Keep a slice until a trade explains it; one of the same order gives way."""
        if slice_.order_id in self._left:
            self._drop(slice_.order_id)
        self._left[slice_.order_id] = slice_
        self._left_at.setdefault(slice_.key, {})[slice_.order_id] = slice_
        if len(self._left) > KEPT:
            self._drop(next(iter(self._left)))
        return slice_

    def _drop(self, order_id: str) -> None:
        """Stop waiting for the trade that explains a slice."""
        slice_ = self._left.pop(order_id)
        here = self._left_at[slice_.key]
        del here[order_id]
        if not here:
            del self._left_at[slice_.key]

    def _printed(self, slice_: _Left) -> bool:
        """Say whether something traded at the price and time of a slice; buckets overlap by one."""
        bucket = slice_.at_ns // TOGETHER_NS
        return any((slice_.key, near) in self._prints for near in (bucket - 1, bucket, bucket + 1))

    def _executed(self, slice_: _Left) -> None:
        """A slice was executed; whether it came back says what that means."""
        iceberg = self._known.pop(slice_.order_id, None) or Iceberg(slice_.key)
        self._known[slice_.order_id] = iceberg
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        self._by_key[slice_.key] = slice_.order_id
        if len(self._by_key) > 2 * KEPT:
            self._by_key = {iceberg.key: order_id for order_id, iceberg in self._known.items()}
        first = not iceberg.refills
        iceberg.executed += slice_.qty
        slice_.qty = 0  # it is counted, whatever else comes
        iceberg.heard_ns = slice_.heard_ns
        if slice_.back:
            iceberg.refills += 1
            iceberg.letter = Letter.DETECTED if first else Letter.TRADED
            self._drop(slice_.order_id)
        elif slice_.whole:
            iceberg.letter = Letter.EXECUTED  # until it comes back
        else:
            iceberg.letter = Letter.TRADED
            self._drop(slice_.order_id)

    def _expire(self, heard_ns: int) -> None:
        """What no trade explained in time was the owner's doing."""
        while self._left:
            order_id, slice_ = next(iter(self._left.items()))
            if heard_ns - slice_.heard_ns <= WINDOW_NS:
                return
            self._drop(order_id)
            iceberg = self._known.get(order_id)
            if iceberg is not None and slice_.whole and not slice_.back and slice_.qty:
                iceberg.letter, iceberg.heard_ns = Letter.CANCELLED, slice_.heard_ns
