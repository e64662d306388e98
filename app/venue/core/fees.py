"""Fee schedules: maker and taker percent by 30-day volume in USD (`rest.md` §9)."""

from __future__ import annotations

from app.domain.instrument import UNIT
from app.venue.core.api import FeeTier

FEE_SCALE = 10_000
"""Fees are kept in hundredths of a percent: 25 means 0.25 %."""

SPOT: tuple[FeeTier, ...] = (
    FeeTier(0, 25, 40),
    FeeTier(10_000, 20, 35),
    FeeTier(50_000, 14, 24),
    FeeTier(100_000, 12, 22),
    FeeTier(250_000, 10, 20),
    FeeTier(500_000, 8, 18),
    FeeTier(1_000_000, 6, 16),
    FeeTier(2_500_000, 4, 14),
    FeeTier(5_000_000, 2, 12),
    FeeTier(10_000_000, 0, 10),
)

STABLE: tuple[FeeTier, ...] = (
    FeeTier(0, 20, 20),
    FeeTier(50_000, 16, 16),
    FeeTier(100_000, 12, 12),
    FeeTier(250_000, 8, 8),
    FeeTier(500_000, 4, 4),
    FeeTier(1_000_000, 0, 1),
)
"""Stablecoin and currency pairs; the steps between 0.20 and 0 are our guess."""


def tier_for(schedule: tuple[FeeTier, ...], volume_units: int) -> FeeTier:
    """Return the tier that a volume has reached.

    Args:
        schedule: Tiers in rising order of volume.
        volume_units: 30-day volume in units of USD.
    """
    reached = schedule[0]
    for tier in schedule:
        if volume_units < tier.volume * UNIT:
            break
        reached = tier
    return reached


def fee_on(amount: int, rate: int, quantum: int) -> int:
    """Return a fee in units, rounded half up.

    Args:
        amount: Units of the asset that the fee is charged in.
        rate: In hundredths of a percent.
        quantum: Smallest step of the fee in units.
    """
    step = FEE_SCALE * quantum
    return (2 * amount * rate + step) // (2 * step) * quantum


def fee_ceiling(amount: int, rate: int, quantum: int) -> int:
    """Return the fee rounded up, for what an order must hold."""
    return -(-amount * rate // (FEE_SCALE * quantum)) * quantum
