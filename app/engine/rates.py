"""The account's rate counters: one per pair, shared by all transports, and who spent them."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.clock import NS_PER_MS, NS_PER_S, Clock
from app.domain.budget import DERIVATIVES_MAX
from app.domain.rate_counter import Charge, RateCounter
from app.domain.ratelimit import GUARD_SHARE, TIERS, Tier, cancel_tag, grains_of
from app.domain.working import WorkingOrder
from app.link.frames import CancelPrice, GaugeView, SpentRow
from app.protocol.rest.errors import Layer
from app.workers.feed import Accepted, Outcome, Refused, Unknown

HISTORY_S = 300
BIN_S = 5
"""Seconds of one cell of the history strip."""

MINUTE_NS = 60 * NS_PER_S
SOMEONE = Decimal("0.5")
"""Points from which a difference is someone's doing; below it the way there and back explains it."""

OLDEST_REPORT_NS = 10 * NS_PER_S
"""A report is taken for no older than this: clocks may differ by more than is known of them."""

RATE_ERROR = "EOrder:Rate limit exceeded"
_UNREACHED = (Layer.LINK, Layer.AUTH, Layer.GATEWAY)
_NAMELESS = ("EOrder:Unknown order", "EOrder:Invalid order", "EQuery:")
"""Refusals that name no pair whose counter could be charged."""

_MILLI = 1_000


class Spender(StrEnum):
    """Who spends points."""

    YOU = "you"
    HELPER = "helper"
    SCRIPT = "script"
    OTHERS = "others"


acting: ContextVar[Spender] = ContextVar("acting", default=Spender.YOU)
"""Who the running task acts for: set where a helper or a script starts, read where points are spent."""


@dataclass(frozen=True, slots=True)
class Spend:
    """One action that spent points, or is about to.

    Attributes:
        who: Who did it.
        action: What it was, in a word.
        charge: What it costs.
        counter: The pair's counter.
    """

    who: Spender
    action: str
    charge: Charge
    counter: RateCounter


class PairRate:
    """The counter of one pair, with its recent past.

    Args:
        tier: The account's tier.
    """

    def __init__(self, tier: Tier) -> None:
        self.counter = RateCounter(tier)
        self.samples: deque[int] = deque(maxlen=HISTORY_S)
        self.spends: deque[Spend] = deque()
        self.reported_ns: int | None = None

    def note(self, spend: Spend, now_ns: int) -> None:
        """Remember who spent what, for as long as the history strip shows it."""
        self.spends.append(spend)
        while self.spends and now_ns - self.spends[0].charge.at_ns > HISTORY_S * NS_PER_S:
            self.spends.popleft()

    def spent(self, now_ns: int) -> dict[tuple[Spender, str], int]:
        """Return who spent what in the last minute, in thousandths of a point, the most first."""
        sums: defaultdict[tuple[Spender, str], int] = defaultdict(int)
        for spend in self.spends:
            if now_ns - spend.charge.at_ns < MINUTE_NS:
                sums[spend.who, spend.action] += _milli(spend.charge.points)
        return {name: sums[name] for name in sorted(sums, key=lambda name: -sums[name]) if sums[name]}

    def strip(self, now_ns: int) -> tuple[tuple[int, ...], str]:
        """Return the history: the highest value of each `BIN_S` seconds, oldest first, and who spent the most then.

        The second part has one letter per cell, the first of the spender's word, or a blank.
        """
        newest = list(self.samples)[::-1]
        bins = [max(newest[at : at + BIN_S]) for at in range(0, len(newest), BIN_S)]
        by: list[defaultdict[str, int]] = [defaultdict(int) for _ in bins]
        for spend in self.spends:
            at = max(0, now_ns - spend.charge.at_ns) // (BIN_S * NS_PER_S)
            if at < len(by):
                by[at][spend.who.value[0]] += spend.charge.grains
        letters = [max(sums, key=lambda who: sums[who]) if any(sums.values()) else " " for sums in by]
        return tuple(reversed(bins)), "".join(reversed(letters))


class Rates:
    """All counters of the account.

    Args:
        clock: Monotonic time.
        tier: The account's tier until the venue tells the threshold.
        reserve: Points per pair that ordinary orders may not spend; None for
            a fifth of the threshold (`rest.md` §7.2).

    Attributes:
        offset_ns: Returns the venue's clock minus ours as far as it is known.
    """

    def __init__(self, clock: Clock, tier: Tier, reserve: Decimal | None = None) -> None:
        self._clock = clock
        self.tier = tier
        self._reserve = reserve
        self._pairs: dict[str, PairRate] = {}
        self.offset_ns: Callable[[], int] = lambda: 0

    @property
    def reserve(self) -> Decimal:
        """Points per pair that ordinary orders may not spend."""
        return self.tier.threshold * (1 - GUARD_SHARE) if self._reserve is None else self._reserve

    def pair(self, symbol: str) -> PairRate:
        """Return the counter of a pair."""
        return self._pairs.setdefault(symbol, PairRate(self.tier))

    def age_ns(self, order: WorkingOrder) -> int:
        """Return an order's age by the venue's clock, which is what the venue prices."""
        return max(0, self._clock.now_ns() + self.offset_ns() - order.changed_ns)

    def adopt(self, threshold: Decimal) -> Tier | None:
        """Take over the tier that has the threshold which the venue told; None if no tier has it."""
        found = next((tier for tier in TIERS.values() if tier.threshold == threshold), None)
        if found is not None and found is not self.tier:
            self.tier = found
            for rate in self._pairs.values():
                rate.counter.change_tier(self._clock.mono_ns(), found)
        return found

    def send(self, symbol: str, action: str, points: Decimal, fixed: Decimal = Decimal(0)) -> Spend:
        """Count an action that goes out now.

        Args:
            symbol: The pair.
            action: What it is, in a word.
            points: All that it costs.
            fixed: The part that is due even when the engine refuses it.
        """
        rate, now = self.pair(symbol), self._clock.mono_ns()
        spend = Spend(acting.get(), action, rate.counter.send(now, points, fixed), rate.counter)
        rate.note(spend, now)
        return spend

    def answered(self, symbol: str, spend: Spend, outcome: Outcome) -> None:
        """Settle an action with what became of it; in doubt it counts as charged."""
        now = self._clock.mono_ns()
        match outcome:
            case Accepted() | Unknown():
                spend.counter.accept(now, spend.charge)
            case Refused(error=error) if error.startswith(RATE_ERROR):
                self._by_others(symbol, spend.counter.refuse(now, spend.charge))
            case Refused(error=error, layer=layer) if _not_charged(error, layer):
                spend.counter.drop(spend.charge)
            case Refused():
                spend.counter.fail(now, spend.charge)

    def correct(self, symbol: str, reported: Decimal, at_ns: int) -> Decimal:
        """Take over what the venue reports.

        Args:
            symbol: The pair.
            reported: The counter.
            at_ns: The venue's wall time of the report.

        Returns:
            What others spent; zero if nothing.
        """
        rate, now = self.pair(symbol), self._clock.mono_ns()
        age_ns = self._clock.now_ns() + self.offset_ns() - at_ns
        gap = rate.counter.correct(now, reported, max(0, min(age_ns, OLDEST_REPORT_NS)))
        rate.reported_ns = now
        return self._by_others(symbol, gap)

    def _by_others(self, symbol: str, points: Decimal) -> Decimal:
        if points < SOMEONE:
            return Decimal(0)
        rate, now = self.pair(symbol), self._clock.mono_ns()
        rate.note(Spend(Spender.OTHERS, "", Charge(now, grains_of(points)), rate.counter), now)
        return points

    def others(self, symbol: str) -> Decimal:
        """Return what others spent on a pair in the last minute."""
        spent = self.pair(symbol).spent(self._clock.mono_ns())
        return Decimal(sum(points for (who, _), points in spent.items() if who is Spender.OTHERS)) / _MILLI

    def points(self, symbol: str) -> Decimal:
        """Return the counter of a pair now."""
        return self.pair(symbol).counter.at(self._clock.mono_ns())

    def sample(self) -> None:
        """Add the present values to the history strips; called once a second."""
        now = self._clock.mono_ns()
        for rate in self._pairs.values():
            rate.samples.append(_milli(rate.counter.at(now)))

    def view(self, symbol: str) -> GaugeView:
        """Return the gauge of a pair, without what the connections add to it."""
        rate, now = self.pair(symbol), self._clock.mono_ns()
        history, spenders = rate.strip(now)
        spent = rate.spent(now)
        return GaugeView(
            symbol,
            _milli(rate.counter.at(now)),
            int(self.tier.threshold),
            _milli(self.tier.decay),
            int(self.reserve),
            rate.counter.free_in(now) // NS_PER_MS,
            self.tier.name,
            reported=rate.reported_ns is not None and now - rate.reported_ns < MINUTE_NS,
            others=sum(points for (who, _), points in spent.items() if who is Spender.OTHERS),
            history=history,
            spenders=spenders,
            bin_s=BIN_S,
            spent=tuple(SpentRow(who.value, action, points) for (who, action), points in spent.items()),
            rest_max=int(self.tier.rest_max),
            derivs_max=int(DERIVATIVES_MAX),
        )

    def cancel_price(self, order: WorkingOrder) -> CancelPrice:
        """Return what cancelling an order costs now."""
        tag = cancel_tag(self.age_ns(order))
        return CancelPrice(
            int(tag.cost_now),
            -1 if tag.next_cost is None else int(tag.next_cost),
            tag.next_in_ns // NS_PER_MS,
            tag.free_in_ns // NS_PER_MS,
        )


def _not_charged(error: str, layer: Layer) -> bool:
    """Tell whether a refusal came before the engine, or named nothing that it could charge."""
    elsewhere = layer is Layer.RATE and not error.startswith("EOrder:")
    return layer in _UNREACHED or elsewhere or error.startswith(_NAMELESS)


def _milli(points: Decimal) -> int:
    return int(points * _MILLI)
