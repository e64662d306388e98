"""What an amount is worth in USD at the universe's reference prices; for display figures only."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.instrument import UNIT, to_units
from app.venue.core.api import Listing
from app.venue.wire.frames import Token
from app.venue.wire.numbers import units_text

USD = "USD"
_FEE_DP = 4
_HOPS = 3


class Valuation:
    """Reference values.

    Args:
        listings: By symbol.
    """

    def __init__(self, listings: Mapping[str, Listing]) -> None:
        self._rates: dict[str, int] = {USD: UNIT}
        for _ in range(_HOPS):
            for listing in listings.values():
                pair = listing.instrument
                if pair.quote in self._rates and pair.base not in self._rates:
                    price = to_units(pair.price(listing.reference))
                    self._rates[pair.base] = price * self._rates[pair.quote] // UNIT
                elif pair.base in self._rates and pair.quote not in self._rates:
                    price = to_units(pair.price(listing.reference))
                    self._rates[pair.quote] = self._rates[pair.base] * UNIT // price

    def usd(self, asset: str, units: int) -> int:
        """Worth in units of USD; 0 for an asset without any way to USD."""
        worth: int = units * self._rates.get(asset, 0) // UNIT
        return worth

    def of_usd(self, asset: str, units: int) -> int:
        """Units of an asset that are worth an amount of USD; 0 when unknown."""
        rate = self._rates.get(asset, 0)
        return units * UNIT // rate if rate else 0

    def fee_token(self, asset: str, units: int) -> Token:
        """Number token of a fee's worth in USD."""
        return Token(units_text(self.usd(asset, units), _FEE_DP))
