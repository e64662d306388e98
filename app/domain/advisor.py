"""Three ways to change a working order, priced: amend, edit, cancel and place anew.

Points by the age of the order (`ws-v2.md` §10.1), place in the queue as the
documents tell it (`rest.md` §4.4): less quantity or another slice keeps it;
more quantity or another price loses it; a trigger has no place to lose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from app.domain.instrument import plain
from app.domain.quote_changes import Changes, why_not_amended, why_not_edited
from app.domain.ratelimit import COST_ADD, NS_PER_S, cost_amend, cost_cancel, cost_edit, wait_text
from app.domain.working import WorkingOrder

AGE_BANDS_S: Final = (5, 10, 15, 45, 90, 300)
"""Ages at which a price may fall (`ws-v2.md` §10.1)."""

_ZERO: Final = Decimal(0)


class Way(StrEnum):
    """How a working order is changed."""

    AMEND = "amend"
    EDIT = "edit"
    REPLACE = "cancel+new"


class Priority(StrEnum):
    """What becomes of the place in the queue."""

    KEPT = "keeps its place"
    LOST = "to the back"
    NONE = "waits for its trigger, has no place"


@dataclass(frozen=True, slots=True)
class PriceTag:
    """What an action costs now and when it gets cheaper.

    Attributes:
        now: Points now.
        later: Points in the next cheaper band, None if it gets no cheaper.
        later_in_ns: Time until then, 0 if never.
        least: Points once the order is old.
        least_in_ns: Time until then.
    """

    now: Decimal
    later: Decimal | None
    later_in_ns: int
    least: Decimal
    least_in_ns: int

    @property
    def brief(self) -> str:
        """The tag without what lies between: `+4 → +1 in 11.7 s`."""
        parts = [_points(self.now)]
        if self.later is not None:
            parts.append(f"{_points(self.least)} in {wait_text(self.least_in_ns)}")
        return " → ".join(parts)

    @property
    def text(self) -> str:
        """The tag as the screen prints it: `+4 → +3 in 1.7 s → +1 in 11.7 s`."""
        parts = [_points(self.now)]
        if self.later is not None and self.later != self.least:
            parts.append(f"{_points(self.later)} in {wait_text(self.later_in_ns)}")
        if self.later is not None:
            parts.append(f"{_points(self.least)} in {wait_text(self.least_in_ns)}")
        return " → ".join(parts)


def _points(points: Decimal) -> str:
    return f"+{points.normalize():f}" if points else "free"


def price_tag(cost: Callable[[int], Decimal], age_ns: int) -> PriceTag:
    """Price an action on an order of this age, now and later.

    Args:
        cost: Points by age, for example `ratelimit.cost_amend`.
        age_ns: Time since the order was created or last amended.
    """
    age = max(age_ns, 0)
    now, later, later_in = cost(age), None, 0
    least, least_in = now, 0
    for bound in (seconds * NS_PER_S for seconds in AGE_BANDS_S):
        if bound <= age or cost(bound) == least:
            continue
        least, least_in = cost(bound), bound - age
        if later is None:
            later, later_in = least, least_in
    return PriceTag(now, later, later_in, least, least_in)


def cost_replace(age_ns: int) -> Decimal:
    """Return the points of a cancel and a new order."""
    return cost_cancel(age_ns) + COST_ADD


@dataclass(frozen=True, slots=True)
class Option:
    """One way to make a change.

    Attributes:
        way: Which one.
        tag: What it costs, now and later.
        priority: What becomes of the place in the queue.
        keeps_id: Whether order id and fills stay together.
        restarts_clock: Whether the next cancel is dear again.
        gap: Whether there is a moment without the order.
        why_not: Why the venue takes it not for this order; empty if it does.
    """

    way: Way
    tag: PriceTag
    priority: Priority
    keeps_id: bool
    restarts_clock: bool
    gap: bool
    why_not: str = ""

    @property
    def text(self) -> str:
        """One line for the screen."""
        if self.why_not:
            return f"{self.way.value}: no, {self.why_not}"
        parts = [self.tag.brief, self.priority.value]
        parts += ["clock restarts"] if self.restarts_clock else []
        parts += ["a gap"] if self.gap else []
        parts.append("same id" if self.keeps_id else "new id")
        return f"{self.way.value}: {', '.join(parts)}"


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about a change.

    Attributes:
        options: Amend, edit, cancel+new, in this order.
        best: The one to take: cheapest of those that keep the most.
        second_qty: Quantity of a second order that would leave the first in
            its place; None if the change adds none or loses the place anyway.
    """

    options: tuple[Option, ...]
    best: Way
    second_qty: Decimal | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """Lines for the screen, the best one marked."""
        lines = [f"{'▸' if option.way is self.best else ' '} {option.text}" for option in self.options]
        if self.second_qty is not None:
            lines.append(f"  or a second order of {plain(self.second_qty)}: +1, the first keeps its place")
        return tuple(lines)


def priority_after(order: WorkingOrder, changes: Changes) -> Priority:
    """Return what an amend does to the place in the queue."""
    if order.order_type.triggered and not order.triggered:
        return Priority.NONE
    more = changes.qty is not None and changes.qty > order.qty
    return Priority.LOST if more or changes.limit_price is not None else Priority.KEPT


def advise(order: WorkingOrder, changes: Changes, now_ns: int) -> Advice:
    """Price the ways to make a change.

    Args:
        order: The order as known.
        changes: Its new terms.
        now_ns: Wall time, the clock of the order's age.
    """
    age = max(0, now_ns - order.changed_ns)
    place = priority_after(order, changes)
    lost = Priority.NONE if place is Priority.NONE else Priority.LOST
    options = (
        Option(Way.AMEND, price_tag(cost_amend, age), place, True, True, False, why_not_amended(order)),
        Option(Way.EDIT, price_tag(cost_edit, age), lost, False, True, False, why_not_edited(order, changes)),
        Option(Way.REPLACE, price_tag(cost_replace, age), lost, False, True, True),
    )
    possible = [option for option in options if not option.why_not]
    best = min(possible, key=lambda option: (option.priority is Priority.LOST, option.tag.now, not option.keeps_id))
    only_more = changes.limit_price is None and changes.trigger_price is None and place is Priority.LOST
    second = changes.qty - order.qty if only_more and changes.qty is not None else None
    return Advice(options, best.way, second)
