"""How long until an order fills: an estimate, as a range, from what traded at its price.

The only prediction in the program, so it says what it is: the short end takes
the fastest of the recent paces and counts cancels ahead as progress, up to the
first unit of the order; the long end takes the slowest pace of trading alone,
up to its last unit.
"""

from __future__ import annotations

from typing import NamedTuple

SPANS_S = (60, 300, 900)
"""Windows whose paces are compared, in seconds."""


class FillTime(NamedTuple):
    """An estimated range in seconds.

    Attributes:
        soonest: To the first fill at the fastest pace.
        latest: To the last fill at the slowest pace; -1 if one window saw no trade.
    """

    soonest: int
    latest: int


def fill_time(ahead: int, own: int, traded: tuple[int, ...], cancelled_minute: int) -> FillTime | None:
    """Estimate when an order fills.

    Args:
        ahead: Quantity ahead of it, units.
        own: Its own open quantity, units.
        traded: Executed at its price within each of `SPANS_S`, units.
        cancelled_minute: Cancelled ahead of it in the last minute, units.

    Returns:
        A range; None if nothing traded at the price in any window: there is nothing to go by.
    """
    if not any(traded):
        return None
    paces = list(zip(traded, SPANS_S, strict=True))
    # Quantity times span over volume, rounded up; zero volume is no pace.
    fastest = min(-(-ahead * span // (qty + cancelled_minute * span // SPANS_S[0])) for qty, span in paces if qty)
    slow = [-(-(ahead + own) * span // qty) if qty else -1 for qty, span in paces]
    return FillTime(fastest, -1 if -1 in slow else max(slow))
