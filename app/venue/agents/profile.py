"""What makes one market fat, thin, hectic or quiet."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.venue.core.api import Listing
from app.venue.core.pair import Pair

_MILLI = 1_000
_PPM = 1_000_000

_REACH_PPM = 40_000
"""Books reach at most this far from the fair price."""

_NEAR_TICKS = 60
_MID_TICKS = 400

_VOLATILITY_PPB = 9_000
"""Wander of a crypto pair in one second, in parts per billion of the price.

Less than the real one: an order a few ticks from the touch should live long
enough to be watched in its queue, and be filled within a minute or so.
"""

_LEAST_WANDER_MILLI = 300
"""Wander of pairs whose tick is coarse, so that their queues get used up too."""

_CALM_QUOTES = frozenset({"USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "USDT", "USDC", "PYUSD", "DAI", "EURT"})
_CALM_DIVISOR = 8


@dataclass(frozen=True, slots=True)
class Liveliness:
    """How busy a market is.

    Attributes:
        rate_milli: Book events a second of the slot keeper in normal times, times 1000.
        requote_ms: Time between two steps of the fair price.
        take_ms: Mean time between takers.
        levels: Price levels a side.
        order_usd: Typical order value.
        spread_ppm: Spread in parts per million of the price; at least one tick.
        orders_near: Most orders on one level near the touch.
        refills: Number of iceberg-like refillers.
    """

    rate_milli: int
    requote_ms: int
    take_ms: int
    levels: int
    order_usd: int
    spread_ppm: int
    orders_near: int
    refills: int = 0


HECTIC = Liveliness(170_000, 250, 350, 1_250, 4_000, 0, 5, 2)
BRISK = Liveliness(90_000, 300, 600, 1_250, 3_000, 0, 5, 2)
STEADY = Liveliness(12_000, 600, 2_500, 260, 1_500, 60, 4, 1)
SLOW = Liveliness(2_500, 1_500, 9_000, 140, 900, 250, 3)
QUIET = Liveliness(250, 9_000, 40_000, 60, 500, 900, 2)
STILL = Liveliness(0, 0, 0, 8, 300, 4_000, 1)
"""Never moves: a listed pair that nobody trades today."""

_BY_RANK = ((1, HECTIC), (2, BRISK), (9, STEADY), (18, SLOW))
"""Alive pairs by their place in the universe; the rest of them is quiet."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One market's numbers, in ticks and lots.

    Attributes:
        liveliness: How busy it is.
        reference: Price that the fair price returns to, in ticks.
        half_spread: Distance of the best quotes from the fair price, in ticks.
        near: Ticks from the touch that are densely quoted.
        mid: Ticks up to which the book is fairly dense.
        reach: Ticks up to which there are orders at all.
        far_mask: A far price is quoted when its hash has none of these bits.
        typical_lots: Typical order.
        min_lots: Smallest order.
        wander_milli: Thousandths of a tick that the fair price wanders in a second.
    """

    liveliness: Liveliness
    reference: int
    half_spread: int
    near: int
    mid: int
    reach: int
    far_mask: int
    typical_lots: int
    min_lots: int
    wander_milli: int


def profile_of(pair: Pair, rank: int, base_usd: Decimal) -> Profile:
    """Derive a market's numbers.

    Args:
        pair: The market.
        rank: Place in the universe, 1 = first.
        base_usd: What one base unit is worth in USD.
    """
    listing = pair.listing
    lively = _liveliness(listing, rank)
    reference = listing.reference
    reach = max(lively.levels, reference * _REACH_PPM // _PPM)
    gap = 1
    while lively.levels * gap * 2 <= reach:
        gap *= 2
    span = min(lively.levels * gap, max(1, reference // 3))
    lots_per_unit = int(1 / listing.instrument.lot)
    typical = int(lively.order_usd * lots_per_unit / max(base_usd, Decimal("1e-12")))
    calm = listing.instrument.base in _CALM_QUOTES and listing.instrument.quote in _CALM_QUOTES
    wander = reference * _VOLATILITY_PPB // _PPM // (_CALM_DIVISOR if calm else 1)
    return Profile(
        liveliness=lively,
        reference=reference,
        half_spread=reference * lively.spread_ppm // (2 * _PPM * (_CALM_DIVISOR if calm else 1)),
        near=min(_NEAR_TICKS, span),
        mid=min(_MID_TICKS, span),
        reach=span,
        far_mask=gap - 1,
        typical_lots=max(typical, 2 * pair.min_lots),
        min_lots=pair.min_lots,
        wander_milli=max(wander, _LEAST_WANDER_MILLI if lively.refills else 1),
    )


def _liveliness(listing: Listing, rank: int) -> Liveliness:
    if not listing.alive:
        return STILL
    return next((lively for upto, lively in _BY_RANK if rank <= upto), QUIET)
