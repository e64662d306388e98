"""The account's rate counters: one per pair, shared by all transports."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from app.clock import NS_PER_MS, NS_PER_S, Clock
from app.domain.ratelimit import GUARD_SHARE, RateCounter, Tier, cancel_tag
from app.domain.working import WorkingOrder
from app.link.frames import CancelPrice, GaugeView

HISTORY_S = 60
_MILLI = 1_000


class PairRate:
    """The counter of one pair, with its recent past.

    Args:
        tier: The account's tier.
    """

    def __init__(self, tier: Tier) -> None:
        self.counter = RateCounter(tier)
        self.history: deque[int] = deque(maxlen=HISTORY_S)
        self.others = Decimal(0)
        self.reported_ns = 0


class Rates:
    """All counters of the account.

    Args:
        clock: Monotonic time.
        tier: The account's tier until the venue tells the threshold.
        reserve: Points per pair that ordinary orders may not spend.
    """

    def __init__(self, clock: Clock, tier: Tier, reserve: Decimal | None = None) -> None:
        self._clock = clock
        self.tier = tier
        self.reserve = tier.threshold * (1 - GUARD_SHARE) if reserve is None else reserve
        self._pairs: dict[str, PairRate] = {}

    def pair(self, symbol: str) -> PairRate:
        """Return the counter of a pair."""
        return self._pairs.setdefault(symbol, PairRate(self.tier))

    def charge(self, symbol: str, points: Decimal) -> None:
        """Count points of an action that goes out now."""
        if points:
            self.pair(symbol).counter.charge(self._clock.mono_ns(), points)

    def refused(self, symbol: str, fixed: Decimal) -> None:
        """Note that the venue refused an action for its rate."""
        self.pair(symbol).counter.refuse(self._clock.mono_ns(), fixed)

    def correct(self, symbol: str, reported: Decimal) -> Decimal:
        """Take over what the venue reports; returns what others spent."""
        rate = self.pair(symbol)
        gap = rate.counter.correct(self._clock.mono_ns(), reported)
        rate.others += max(gap, Decimal(0))
        rate.reported_ns = self._clock.mono_ns()
        return gap

    def points(self, symbol: str) -> Decimal:
        """Return the counter of a pair now."""
        return self.pair(symbol).counter.at(self._clock.mono_ns())

    def sample(self) -> None:
        """Add the present values to the history strips; called once a second."""
        now = self._clock.mono_ns()
        for rate in self._pairs.values():
            rate.history.append(int(rate.counter.at(now) * _MILLI))

    def view(self, symbol: str) -> GaugeView:
        """Return the gauge of a pair, without what the connections add to it."""
        rate, now = self.pair(symbol), self._clock.mono_ns()
        return GaugeView(
            symbol,
            int(rate.counter.at(now) * _MILLI),
            int(self.tier.threshold),
            int(self.tier.decay * _MILLI),
            int(self.reserve),
            rate.counter.free_in(now) // NS_PER_MS,
            self.tier.name,
            reported=rate.reported_ns > 0 and now - rate.reported_ns < HISTORY_S * NS_PER_S,
            others=int(rate.others * _MILLI),
            history=tuple(rate.history),
            rest_max=int(self.tier.rest_max),
        )


def cancel_price(order: WorkingOrder, now_ns: int) -> CancelPrice:
    """Return what cancelling an order costs at a wall time."""
    tag = cancel_tag(now_ns - order.changed_ns)
    return CancelPrice(
        int(tag.cost_now),
        -1 if tag.next_cost is None else int(tag.next_cost),
        tag.next_in_ns // NS_PER_MS,
        tag.free_in_ns // NS_PER_MS,
    )
