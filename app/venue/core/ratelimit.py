"""The trading engine's transaction counter: one per account and pair.

Rules and costs: `ws-v2.md` §10, `rest.md` §7.2. Counters are integers of
1e-11, because the decay of 2.34 a second is then 234 a nanosecond exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from app.clock import NS_PER_S
from app.venue.core.api import VenueReject

COUNT = 10**11
"""One count of the counter."""

_COUNT_DP = 11
RATE_LIMIT_EXCEEDED = "EOrder:Rate limit exceeded"

_Bands = Sequence[tuple[int, int]]
AMEND_AGE_COST: _Bands = ((5, 3), (10, 2), (15, 1))
EDIT_AGE_COST: _Bands = ((5, 6), (10, 5), (15, 4), (45, 2), (90, 1))
CANCEL_AGE_COST: _Bands = ((5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1))
"""(age below seconds, extra counts), first match wins (`ws-v2.md` §10.1)."""

ADD_COST = 1
AMEND_COST = 1
EDIT_COST = 1


@dataclass(frozen=True, slots=True)
class Tier:
    """Limits of a verification tier (`ws-v2.md` §10.2).

    Attributes:
        name: As Kraken calls it.
        threshold: Highest counter at which a transaction passes.
        decay_centi: Hundredths of a count that decay each second.
        open_orders: Open orders per pair.
    """

    name: str
    threshold: int
    decay_centi: int
    open_orders: int

    @property
    def decay(self) -> Decimal:
        """Counts that decay each second."""
        return Decimal(self.decay_centi).scaleb(-2)


STARTER = Tier("starter", 60, 100, 60)
INTERMEDIATE = Tier("intermediate", 125, 234, 80)
PRO = Tier("pro", 180, 375, 225)


def age_cost(bands: _Bands, age_ns: int) -> int:
    """Return the extra counts for touching an order of that age.

    Args:
        bands: `AMEND_AGE_COST` or `CANCEL_AGE_COST`.
        age_ns: Time since the order was created or last amended.
    """
    for below_s, cost in bands:
        if age_ns < below_s * NS_PER_S:
            return cost
    return 0


class RateCounters:
    """The counters of one account.

    Args:
        tier: Limits of the account.
    """

    __slots__ = ("_pairs", "tier")

    def __init__(self, tier: Tier) -> None:
        self.tier = tier
        self._pairs: dict[str, tuple[int, int]] = {}

    def _decayed(self, symbol: str, mono_ns: int) -> int:
        held = self._pairs.get(symbol)
        if held is None:
            return 0
        value, at = held
        return max(0, value - (mono_ns - at) * self.tier.decay_centi)

    def value(self, symbol: str, mono_ns: int) -> Decimal:
        """Return the counter of a pair as of now."""
        return Decimal(self._decayed(symbol, mono_ns)).scaleb(-_COUNT_DP)

    def charge(self, symbol: str, mono_ns: int, fixed: int, extra: int = 0, *, refusable: bool = True) -> None:
        """Count one transaction.

        Args:
            symbol: The pair.
            mono_ns: Monotonic time.
            fixed: Counts that are due even when the request fails.
            extra: Counts for the order's age.
            refusable: Whether passing the threshold refuses the transaction.

        Raises:
            VenueReject: The counter would pass the threshold. Only the fixed
                part is charged then, and never beyond the threshold.
        """
        self._charge(symbol, mono_ns, fixed * COUNT, extra * COUNT, refusable=refusable)

    @contextmanager
    def charging(self, symbol: str, mono_ns: int, fixed: int, extra: int) -> Iterator[None]:
        """Count a transaction whose request is checked within; if that fails only the fixed part is due.

        The documents say of the fixed part alone that it is charged when
        validation fails (`ws-v2.md` §10.1).

        Raises:
            VenueReject: As `charge`, or from within.
        """
        self.charge(symbol, mono_ns, fixed, extra)
        try:
            yield
        except VenueReject:
            value, at = self._pairs[symbol]
            self._pairs[symbol] = (max(0, value - extra * COUNT), at)
            raise

    def charge_batch(self, symbol: str, mono_ns: int, orders: int) -> None:
        """Count a batch of new orders: half a count each (`ws-v2.md` §10.1).

        Raises:
            VenueReject: The counter would pass the threshold.
        """
        self._charge(symbol, mono_ns, orders * COUNT // 2, 0, refusable=True)

    def _charge(self, symbol: str, mono_ns: int, fixed: int, extra: int, *, refusable: bool) -> None:
        value = self._decayed(symbol, mono_ns)
        after = value + fixed + extra
        limit = self.tier.threshold * COUNT
        if refusable and after > limit:
            self._pairs[symbol] = (max(value, min(limit, value + fixed)), mono_ns)
            raise VenueReject(RATE_LIMIT_EXCEEDED)
        self._pairs[symbol] = (after, mono_ns)
