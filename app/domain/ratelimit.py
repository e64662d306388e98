"""The trading engine's transaction counter, per pair (`ws-v2.md` §10, `rest.md` §7.2).

REST, WS and FIX share one counter for each pair of an account. Adding,
amending and cancelling cost points, cancelling young orders most of all, and
the counter decays with time. One model here prices an action before the key
is pressed and is corrected by what the venue reports.

Everything is exact: a *grain* is 1e-11 points, so that each published decay
is a whole number of grains a nanosecond. Times are integers of nanoseconds
from any one clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

NS_PER_S: Final = 1_000_000_000
GRAINS_DP: Final = 11
_ZERO = Decimal(0)

COST_ADD: Final = Decimal(1)
COST_CANCEL_ALL: Final = Decimal(1)
"""Points of a cancel-all for each pair that it touches: UNCONFIRMED, the simulator's default (`rest.md` §7.2)."""

_FIXED_AMEND: Final = Decimal(1)
_FIXED_EDIT: Final = Decimal(1)
_BATCH_ADD_SHARE: Final = Decimal("0.5")

GUARD_SHARE: Final = Decimal("0.8")
"""Share of the threshold that new orders may use up (`rest.md` §7.2)."""

# (younger than seconds, points), the first band that fits counts.
_Bands = tuple[tuple[int, int], ...]
_CANCEL_BANDS: Final[_Bands] = ((5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1))
_AMEND_BANDS: Final[_Bands] = ((5, 3), (10, 2), (15, 1))
_EDIT_BANDS: Final[_Bands] = ((5, 6), (10, 5), (15, 4), (45, 2), (90, 1))


def grains_of(points: Decimal) -> int:
    """Convert points to grains, rounding up what is finer."""
    scaled = points.scaleb(GRAINS_DP)
    whole = int(scaled)
    return whole + 1 if whole < scaled else whole


def points_of(grains: int) -> Decimal:
    """Convert grains to points."""
    return Decimal(grains).scaleb(-GRAINS_DP)


@dataclass(frozen=True, slots=True)
class Tier:
    """One account tier's limits.

    Attributes:
        name: `starter`, `intermediate` or `pro`.
        threshold: Points that the counter may reach.
        decay: Points that a second takes away.
        max_open_orders: Open orders allowed per pair.
        rest_max: Points of the REST counter.
        rest_decay: Points a second of the REST counter.
        l3_per_second: Subscription points a second on the L3 host.
    """

    name: str
    threshold: Decimal
    decay: Decimal
    max_open_orders: int
    rest_max: Decimal
    rest_decay: Decimal
    l3_per_second: int


STARTER: Final = Tier("starter", Decimal(60), Decimal(1), 60, Decimal(15), Decimal("0.33"), 200)
# Which L3 budget the middle tier has is unconfirmed (`ws-v2.md` §6.2): the smaller one is safe.
INTERMEDIATE: Final = Tier("intermediate", Decimal(125), Decimal("2.34"), 80, Decimal(20), Decimal("0.5"), 200)
PRO: Final = Tier("pro", Decimal(180), Decimal("3.75"), 225, Decimal(20), Decimal(1), 500)
TIERS: Final[dict[str, Tier]] = {tier.name: tier for tier in (STARTER, INTERMEDIATE, PRO)}


def _age_cost(bands: _Bands, age_ns: int) -> Decimal:
    for seconds, points in bands:
        if age_ns < seconds * NS_PER_S:
            return Decimal(points)
    return _ZERO


def cost_add() -> Decimal:
    """Return the points of a new order."""
    return COST_ADD


def cost_amend(age_ns: int) -> Decimal:
    """Return the points of an amend.

    Args:
        age_ns: Time since the order was created or last amended.
    """
    return _FIXED_AMEND + _age_cost(_AMEND_BANDS, age_ns)


def cost_amend_away(age_ns: int) -> Decimal:
    """Return the points of an amend to no more than what is filled: it pays for the cancel too (`fix.md` §5.2)."""
    return cost_amend(age_ns) + cost_cancel(age_ns)


def cost_edit(age_ns: int) -> Decimal:
    """Return the points of a legacy edit; `age_ns` as for `cost_amend`."""
    return _FIXED_EDIT + _age_cost(_EDIT_BANDS, age_ns)


def cost_cancel(age_ns: int) -> Decimal:
    """Return the points of a cancel; `age_ns` as for `cost_amend`."""
    return _age_cost(_CANCEL_BANDS, age_ns)


PLACE_AND_PULL: Final = COST_ADD + _CANCEL_BANDS[0][1]
"""Points of an order that is cancelled within five seconds."""


def pulls_in_a_row(headroom: Decimal, reserve: Decimal) -> int:
    """Return how many orders can be placed and pulled at once before the reserve or the threshold stops it.

    Args:
        headroom: Points left before the threshold.
        reserve: Points that new orders may not spend; cancels may.
    """
    placed = (headroom - COST_ADD - reserve) // PLACE_AND_PULL + 1
    return max(0, int(min(placed, headroom // PLACE_AND_PULL)))


def cost_batch_add(count: int) -> Decimal:
    """Return the points of adding `count` orders in one batch."""
    return _BATCH_ADD_SHARE * count


def cost_batch_cancel(ages_ns: Iterable[int]) -> Decimal:
    """Return the points of cancelling orders of these ages in one batch."""
    return sum((cost_cancel(age) for age in ages_ns), _ZERO)


@dataclass(frozen=True, slots=True)
class CancelTag:
    """What a cancel costs now and when it gets cheaper.

    Attributes:
        cost_now: Points of cancelling now.
        next_cost: Points in the next age band, None when free already.
        next_in_ns: Time until that band, 0 when free already.
        free_in_ns: Time until a cancel costs nothing, 0 when free already.
    """

    cost_now: Decimal
    next_cost: Decimal | None
    next_in_ns: int
    free_in_ns: int

    @property
    def text(self) -> str:
        """The tag as the screen prints it: `+8 → +6 in 1.7 s → free in 4:51`."""
        if self.next_cost is None:
            return "free"
        parts = [f"+{self.cost_now:f}"]
        if self.next_in_ns < self.free_in_ns:
            parts.append(f"+{self.next_cost:f} in {wait_text(self.next_in_ns)}")
        parts.append(f"free in {wait_text(self.free_in_ns)}")
        return " → ".join(parts)


def cancel_tag(age_ns: int) -> CancelTag:
    """Price a cancel of an order of this age, now and later."""
    age_ns = max(age_ns, 0)
    free_in = max(0, _CANCEL_BANDS[-1][0] * NS_PER_S - age_ns)
    for index, (seconds, points) in enumerate(_CANCEL_BANDS):
        if age_ns < seconds * NS_PER_S:
            later = _CANCEL_BANDS[index + 1][1] if index + 1 < len(_CANCEL_BANDS) else 0
            return CancelTag(Decimal(points), Decimal(later), seconds * NS_PER_S - age_ns, free_in)
    return CancelTag(_ZERO, None, 0, 0)


def wait_text(wait_ns: int) -> str:
    """Format a wait: `1.7 s` below a minute, `4:51` above; rounded up."""
    tenths = -(-wait_ns * 10 // NS_PER_S)
    if tenths < 60 * 10:
        return f"{tenths // 10}.{tenths % 10} s"
    seconds = -(-wait_ns // NS_PER_S)
    return f"{seconds // 60}:{seconds % 60:02d}"


class DecayingCounter:
    """A counter that falls by a fixed rate down to zero.

    The venue documents the decay "every second" and computes it linearly;
    whether it steps is unconfirmed (`ws-v2.md` §10.2), so it is continuous here.
    """

    __slots__ = ("_decay", "_grains", "_limit", "_then_ns")

    def __init__(self, limit: Decimal, decay: Decimal) -> None:
        self._grains = 0
        self._then_ns = 0
        self._set_limits(limit, decay)

    def _set_limits(self, limit: Decimal, decay: Decimal) -> None:
        self._limit = grains_of(limit)
        self._decay = int(decay.scaleb(GRAINS_DP)) // NS_PER_S

    def retune(self, now_ns: int, limit: Decimal, decay: Decimal) -> None:
        """Go on with other limits from a time on: the account has another tier than was assumed."""
        self._set(now_ns, self._value(now_ns))
        self._set_limits(limit, decay)

    def _value(self, now_ns: int) -> int:
        elapsed = max(0, now_ns - self._then_ns)
        return max(0, self._grains - self._decay * elapsed)

    def _set(self, now_ns: int, grains: int) -> Decimal:
        self._grains = grains
        self._then_ns = max(now_ns, self._then_ns)
        return points_of(grains)

    def at(self, now_ns: int) -> Decimal:
        """Return the points at a time; a time before the last change counts as that."""
        return points_of(self._value(now_ns))

    def headroom(self, now_ns: int) -> Decimal:
        """Return the points left before the limit, negative when over it."""
        return points_of(self._limit - self._value(now_ns))

    def allows(self, now_ns: int, points: Decimal) -> bool:
        """Tell whether this many points more stay within the limit."""
        return self._value(now_ns) + grains_of(points) <= self._limit

    def charge(self, now_ns: int, points: Decimal) -> Decimal:
        """Add points, over the limit too, and return the new value."""
        return self._set(now_ns, self._value(now_ns) + grains_of(points))

    def fits_in(self, now_ns: int, points: Decimal) -> int:
        """Return the nanoseconds until this many points fit, 0 if they do now.

        Points above the limit itself never fit: the answer is then the time
        until the counter is empty.
        """
        excess = min(self._value(now_ns), self._value(now_ns) + grains_of(points) - self._limit)
        return -(-excess // self._decay) if excess > 0 else 0

    def free_in(self, now_ns: int) -> int:
        """Return the nanoseconds until the counter is at zero."""
        return -(-self._value(now_ns) // self._decay)
