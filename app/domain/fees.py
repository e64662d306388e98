"""Maker and taker fees (`rest.md` §5.8, §9).

The percentages always come from the venue (`TradeVolume` for the account,
else the pair's own table); none is written down here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_HUNDRED: Final = Decimal(100)

FEE_ROUNDING: Final = ROUND_HALF_UP
"""Rounding of a fee to the cost decimals; the venue's mode is not published."""


@dataclass(frozen=True, slots=True)
class FeeTier:
    """One step of a fee table.

    Attributes:
        volume: 30-day volume in USD from which it applies.
        percent: Fee in percent; negative for a rebate.
    """

    volume: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True)
class FeeRates:
    """What an account pays now on one pair, in percent."""

    maker: Decimal
    taker: Decimal

    def percent(self, *, maker: bool) -> Decimal:
        """Return the percentage for a maker's or a taker's fill."""
        return self.maker if maker else self.taker

    @property
    def highest(self) -> Decimal:
        """The percentage that the venue reserves for: the dearer one, never below 0."""
        return max(self.maker, self.taker, Decimal(0))


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """A pair's fee tables, as `AssetPairs` gives them.

    Attributes:
        maker: Maker steps, any order.
        taker: Taker steps, any order.
    """

    maker: tuple[FeeTier, ...]
    taker: tuple[FeeTier, ...]

    def rates(self, volume: Decimal = Decimal(0)) -> FeeRates:
        """Return the rates at a 30-day volume.

        Raises:
            ValueError: A table has no step for so little volume.
        """
        return FeeRates(_at(self.maker, volume), _at(self.taker, volume))

    def to_next_tier(self, volume: Decimal) -> Decimal | None:
        """Return the volume still missing for the next step, None at the top."""
        steps = {tier.volume for tier in (*self.maker, *self.taker) if tier.volume > volume}
        return min(steps) - volume if steps else None


def _at(tiers: Sequence[FeeTier], volume: Decimal) -> Decimal:
    reached = [tier for tier in tiers if tier.volume <= volume]
    if not reached:
        raise ValueError(f"the fee table has no step for a volume of {volume:f}")
    return max(reached, key=lambda tier: tier.volume).percent


def round_cost(value: Decimal, cost_dp: int) -> Decimal:
    """Round quote money to the pair's cost decimals."""
    return value.quantize(Decimal(1).scaleb(-cost_dp), rounding=FEE_ROUNDING)


def fill_fee(rates: FeeRates, price: Decimal, qty: Decimal, cost_dp: int, *, maker: bool) -> Decimal:
    """Return the fee of one fill in quote currency.

    The fee is reckoned per fill on its rounded cost (`rest.md` §5.8).

    Args:
        rates: The account's percentages.
        price: Price of the fill.
        qty: Base quantity of the fill.
        cost_dp: Cost decimals of the pair.
        maker: Whether the order rested.
    """
    cost = round_cost(price * qty, cost_dp)
    return round_cost(cost * rates.percent(maker=maker) / _HUNDRED, cost_dp)


def buy_hold(rates: FeeRates, price: Decimal, qty: Decimal) -> Decimal:
    """Return the quote currency that a resting buy ties up: cost and the dearer fee."""
    return price * qty * (1 + rates.highest / _HUNDRED)
