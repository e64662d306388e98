"""Agents that trade: takers in bursts, sweeps, and the mood of the market."""

from __future__ import annotations

from app.clock import NS_PER_MS
from app.domain.order import Side
from app.venue.agents.market import MILLI, Market

_PERCENT = 100
_PIECE_PERCENT = 62
_LEVEL_PERCENT = 88
_DEEP_PERCENT = 98
_LEAN_PERCENT = 65
_LEAN_BURST_PERCENT = 95
_LEVEL_TIMES = 10
_SWEEP_TIMES = 5
"""Largest takes in typical orders, so that a giant order is not gone at one blow."""

_TURN_ONE_IN = 6
_BURST_ONE_IN = 5
_BURST_ORDERS = (3, 12)
_BURST_GAP_MS = (5, 60)
_DEEP_LEVELS = (2, 6)
_SWEEP_LEVELS = (10, 40)
_SWEEP_SPREADS = 3
_MOODS = ((300, 30), (1_000, 45), (2_000, 15), (4_000, 10))
"""Pace times 1000, and the percent of draws that choose it."""

_MOOD_MS = (1_500, 9_000)


class Taker:
    """Takes liquidity: mostly a piece of the best level, in bursts, at times far more."""

    __slots__ = ("_burst", "_market")

    def __init__(self, market: Market) -> None:
        self._market = market
        self._burst = 0

    def act(self) -> tuple[int, int]:
        """Trade once; returns the number of commands and the ns until the next."""
        market, rng = self._market, self._market.rng
        if self._burst:
            self._burst -= 1
        else:
            if rng.randrange(_TURN_ONE_IN) == 0:
                market.lean = -market.lean
            if rng.randrange(_BURST_ONE_IN) == 0:
                self._burst = rng.randrange(*_BURST_ORDERS)
        favoured = rng.randrange(_PERCENT) < (_LEAN_BURST_PERCENT if self._burst else _LEAN_PERCENT)
        side = Side.BUY if (market.lean > 0) is favoured else Side.SELL
        done = self._take(side)
        if self._burst:
            return done, rng.randrange(*_BURST_GAP_MS) * NS_PER_MS
        mean = market.profile.liveliness.take_ms * NS_PER_MS * MILLI // market.mood_milli
        return done, rng.randrange(2 * mean) + 1

    def _take(self, side: Side) -> int:
        market, rng = self._market, self._market.rng
        queue = market.desk.book.side(side.opposite).head()
        if queue is None:
            return 0
        draw = rng.randrange(_PERCENT)
        if self._burst:
            draw %= _LEVEL_PERCENT
        if draw < _PIECE_PERCENT:
            lots = min(market.size(0), queue.qty)
            return int(market.desk.take(side, queue.price, lots) > 0)
        if draw < _LEVEL_PERCENT:
            return int(
                market.desk.take(side, queue.price, min(queue.qty, market.profile.typical_lots * _LEVEL_TIMES)) > 0
            )
        return self._sweep(side, rng.randrange(*(_DEEP_LEVELS if draw < _DEEP_PERCENT else _SWEEP_LEVELS)))

    def _sweep(self, side: Side, levels: int) -> int:
        """Take whole levels within reach of the near zone, and move the fair price along."""
        market = self._market
        start = price = 0
        lots = 0
        reach = _SWEEP_SPREADS * market.profile.half_spread + market.profile.near
        for index, queue in enumerate(market.desk.book.side(side.opposite).best_first()):
            start = start or queue.price
            if index == levels or abs(queue.price - start) > reach:
                break
            price = queue.price
            lots += queue.qty
        taken = market.desk.take(side, price, min(lots, market.profile.typical_lots * _SWEEP_TIMES * levels))
        if taken:
            market.push((price - start) // 2)
        return int(taken > 0)


class Mood:
    """Changes the market's pace: calm, normal, brisk, hectic."""

    __slots__ = ("_market",)

    def __init__(self, market: Market) -> None:
        self._market = market

    def act(self) -> tuple[int, int]:
        """Draw a new pace; returns no commands and the ns until the next change."""
        market = self._market
        draw = market.rng.randrange(_PERCENT)
        for mood, percent in _MOODS:
            if draw < percent:
                market.mood_milli = mood
                break
            draw -= percent
        return 0, market.rng.randrange(*_MOOD_MS) * NS_PER_MS
