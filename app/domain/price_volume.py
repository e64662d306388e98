"""What was executed at each price of a pair, as far back as this engine listened.

Prices are units of 1e-12 and so are quantities; times are monotonic nanoseconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from app.domain.stamps import NS_PER_S

PRICES_KEPT = 4096
"""Prices remembered; those that traded longest ago are forgotten first."""

HISTORY_S = 900
"""How far back executions are told apart by their second."""


@dataclass(slots=True, eq=False)
class AtPrice:
    """Executions at one price.

    Attributes:
        bought: Taken by buyers, units.
        sold: Taken by sellers.
        last_qty: Quantity of the newest trade.
        last_bought: Whether its taker bought.
        last_ns: When it was heard.
        seconds: Second, taken by buyers, taken by sellers; the newest last.
    """

    bought: int = 0
    sold: int = 0
    last_qty: int = 0
    last_bought: bool = False
    last_ns: int = 0
    seconds: deque[tuple[int, int, int]] = field(default_factory=deque)


class PriceVolume:
    """Executions of one pair by price."""

    __slots__ = ("_prices",)

    def __init__(self) -> None:
        self._prices: dict[int, AtPrice] = {}

    def add(self, price: int, qty: int, now_ns: int, *, bought: bool) -> None:
        """Count one execution.

        Args:
            price: Its price.
            qty: Its quantity.
            now_ns: When it was heard.
            bought: Whether its taker bought.
        """
        at = self._prices.pop(price, None)
        if at is None:
            at = AtPrice()
            if len(self._prices) >= PRICES_KEPT:
                del self._prices[next(iter(self._prices))]
        self._prices[price] = at
        buy, sell = (qty, 0) if bought else (0, qty)
        at.bought += buy
        at.sold += sell
        at.last_qty, at.last_bought, at.last_ns = qty, bought, now_ns
        second = now_ns // NS_PER_S
        seconds = at.seconds
        if seconds and seconds[-1][0] == second:
            _, earlier_buy, earlier_sell = seconds.pop()
            buy, sell = buy + earlier_buy, sell + earlier_sell
        seconds.append((second, buy, sell))
        while seconds[0][0] <= second - HISTORY_S:
            seconds.popleft()

    def at(self, price: int) -> AtPrice | None:
        """Return what was executed at a price, if anything was."""
        return self._prices.get(price)

    def between(self, low: int, high: int, step: int) -> list[tuple[int, AtPrice]]:
        """Return what was executed at prices from `low` to `high`.

        Args:
            low: Lowest price, a multiple of the step.
            high: Highest price.
            step: The pair's tick in units; other prices are found only if the range is wide.
        """
        held = self._prices
        if (high - low) // step < len(held):
            return [(price, at) for price in range(low, high + 1, step) if (at := held.get(price)) is not None]
        return [(price, at) for price, at in held.items() if low <= price <= high]

    def lately(self, price: int, now_ns: int, span_s: int, *, bids: bool) -> int:
        """Return what was executed against one side at a price in the last seconds, units.

        Args:
            price: The price.
            now_ns: Now.
            span_s: Seconds to look back, at most `HISTORY_S`.
            bids: Whether resting buys were hit; else resting sells were lifted.
        """
        at = self._prices.get(price)
        if at is None:
            return 0
        since = now_ns // NS_PER_S - span_s
        return sum(sold if bids else bought for second, bought, sold in at.seconds if second > since)
