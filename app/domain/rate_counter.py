"""The counter of one pair as it is known here: sent, answered, reported (`ws-v2.md` §10.4).

An action counts from the moment it goes out. Its answer settles it: charged
in full, only its fixed part, or not at all. What the venue reports then
corrects the rest, and the difference is what someone else spent.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.domain.ratelimit import NS_PER_S, DecayingCounter, Tier, grains_of, points_of

LATE_NS: Final = NS_PER_S
"""For so long after its answer an action may be missing from a report: the two can overtake each other."""

_ZERO = Decimal(0)


@dataclass(slots=True, eq=False)
class Charge:
    """What one action costs as far as it is known.

    Attributes:
        at_ns: When it was sent.
        grains: Its cost.
        fixed: The part that is due even when the engine says no.
        answered_ns: When it was answered; None while it is under way.
    """

    at_ns: int
    grains: int
    fixed: int = 0
    answered_ns: int | None = None

    @property
    def points(self) -> Decimal:
        """Its cost in points."""
        return points_of(self.grains)


class RateCounter(DecayingCounter):
    """The engine's counter of one pair.

    Args:
        tier: The account's tier.
    """

    __slots__ = ("_charges", "tier")

    def __init__(self, tier: Tier) -> None:
        self._charges: list[Charge] = []
        super().__init__(tier.threshold, tier.decay)
        self.tier = tier

    def change_tier(self, now_ns: int, tier: Tier) -> None:
        """Go on under another tier's limits."""
        self.tier = tier
        self.retune(now_ns, tier.threshold, tier.decay)

    def charge(self, now_ns: int, points: Decimal) -> Decimal:
        """Add points that are beyond doubt, over the limit too, and return the new value."""
        self._charges.append(Charge(self._after_last(now_ns), grains_of(points), answered_ns=now_ns - LATE_NS))
        self._fold(now_ns)
        return self.at(now_ns)

    def send(self, now_ns: int, points: Decimal, fixed: Decimal = _ZERO) -> Charge:
        """Count an action that goes out now.

        Args:
            now_ns: Time.
            points: All that it costs.
            fixed: The part that is due even when the engine refuses it.
        """
        self._fold(now_ns)
        sent = Charge(self._after_last(now_ns), grains_of(points), grains_of(fixed))
        self._charges.append(sent)
        return sent

    def accept(self, now_ns: int, charge: Charge) -> None:
        """The venue took the action, or may have: it is charged in full."""
        charge.answered_ns = now_ns

    def fail(self, now_ns: int, charge: Charge) -> None:
        """The engine refused the action for what it is: the fixed part stays (`ws-v2.md` §10.1)."""
        charge.answered_ns = now_ns
        if charge in self._charges:
            charge.grains = charge.fixed

    def drop(self, charge: Charge) -> None:
        """The action never reached the engine: it was never charged."""
        if charge in self._charges:
            self._charges.remove(charge)
            charge.grains = 0

    def refuse(self, now_ns: int, charge: Charge) -> Decimal:
        """The venue refused the action for its rate; the fixed part is charged, up to the threshold.

        Returns:
            Points that must have been there besides what is known: without
            them the action would have fitted.
        """
        if charge not in self._charges:
            charge.answered_ns = now_ns
            return _ZERO
        self._charges.remove(charge)
        known = self._value(now_ns)
        unseen = max(0, self._limit - charge.grains - known)
        if unseen:
            self.charge(now_ns, points_of(unseen))
        charge.grains = max(0, min(self._limit - known - unseen, charge.fixed))
        charge.at_ns, charge.answered_ns = self._after_last(now_ns), now_ns
        self._charges.append(charge)
        return points_of(unseen)

    def correct(self, now_ns: int, reported: Decimal, age_ns: int = 0) -> Decimal:
        """Take over the value that the venue reports.

        A difference below the last digit reported is rounding. A report that
        is too low by no more than what was sent or answered just now is older
        than that, and changes nothing.

        Args:
            now_ns: Time.
            reported: The venue's counter.
            age_ns: Time since it was that, at the most: what may have decayed meanwhile is no difference.

        Returns:
            Reported minus modelled: positive when somebody else on the
            account spent points, zero when they agree.
        """
        self._fold(now_ns)
        unit = grains_of(Decimal(1).scaleb(min(0, int(reported.as_tuple().exponent))))
        value, most = self._value(now_ns), max(0, grains_of(reported))
        there = max(0, most - self._decay * age_ns, min(most, value))
        gap = there - value
        if abs(gap) < unit:
            return _ZERO
        recent = sum(charge.grains for charge in self._charges)
        if gap < 0 and -gap < recent + unit:
            return _ZERO
        kept = self._charges if gap < 0 else []
        self._charges = []
        self._set(now_ns, there)
        for charge in kept:
            charge.at_ns = self._then_ns
        self._charges = kept
        return points_of(gap)

    def _after_last(self, now_ns: int) -> int:
        """Return a time that is not before the last charge: the clock may step back."""
        return max(now_ns, self._charges[-1].at_ns if self._charges else self._then_ns)

    def _value(self, now_ns: int) -> int:
        value, then = self._grains, self._then_ns
        for charge in self._charges:
            value = max(0, value - self._decay * (charge.at_ns - then)) + charge.grains
            then = charge.at_ns
        return max(0, value - self._decay * max(0, now_ns - then))

    def _set(self, now_ns: int, grains: int) -> Decimal:
        self._charges.clear()
        return super()._set(now_ns, grains)

    def _fold(self, now_ns: int) -> None:
        """Put what cannot change any more into one value."""
        while self._charges:
            first = self._charges[0]
            if first.answered_ns is None or now_ns - first.answered_ns < LATE_NS:
                return
            self._grains = max(0, self._grains - self._decay * (first.at_ns - self._then_ns)) + first.grains
            self._then_ns = first.at_ns
            del self._charges[0]
