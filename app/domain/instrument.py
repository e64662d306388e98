"""Instruments and exact numbers.

Prices and quantities are integers of the instrument's increments (ticks and
lots) or of one fixed scale (*units* of 1e-12) inside, and `Decimal` at the
edges. Never a float.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

UNIT_DP = 12
"""Decimals of the fixed scale that books use: one unit is 1e-12."""

UNIT = 10**UNIT_DP

_LONGEST = 40
_LARGEST_EXPONENT = 30


class PairStatus(StrEnum):
    """Trading status of one pair (`ws-v2.md` §4.5)."""

    ONLINE = "online"
    CANCEL_ONLY = "cancel_only"
    POST_ONLY = "post_only"
    LIMIT_ONLY = "limit_only"
    REDUCE_ONLY = "reduce_only"
    MAINTENANCE = "maintenance"
    DELISTED = "delisted"
    WORK_IN_PROGRESS = "work_in_progress"
    UNKNOWN = "unknown"


def plain(value: Decimal) -> str:
    """Format a Decimal as fixed-point text, never with an exponent."""
    return format(value, "f")


def parse_number(text: str) -> Decimal:
    """Read a plain finite decimal number.

    Args:
        text: For example `0.5`, `.5`, `64200` or `1e-05` (the venue writes such).

    Returns:
        The exact value.

    Raises:
        ValueError: The text is no finite number or is absurdly long.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"{text[:12]}… is too long for a number")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None
    if not value.is_finite():
        raise ValueError(f"{text!r} is not a finite number")
    if not -_LARGEST_EXPONENT < value.adjusted() < _LARGEST_EXPONENT:
        raise ValueError(f"{text!r} is out of range")
    return value


def to_units(value: Decimal) -> int:
    """Convert to units of 1e-12.

    Raises:
        ValueError: The value has more than 12 decimals.
    """
    scaled = value.scaleb(UNIT_DP)
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{plain(value)} has more than {UNIT_DP} decimals")
    return whole


def from_units(units: int) -> Decimal:
    """Convert units of 1e-12 to a Decimal."""
    return Decimal(units).scaleb(-UNIT_DP)


@dataclass(frozen=True, slots=True)
class Instrument:
    """One tradable pair, as the `instrument` channel describes it.

    Attributes:
        symbol: WS v2 name, for example `BTC/USD`.
        base: Base asset.
        quote: Quote asset.
        price_dp: Decimals of a price on the wire.
        tick: Smallest price step.
        qty_dp: Decimals of a quantity on the wire.
        lot: Smallest quantity step.
        qty_min: Smallest order in base units.
        cost_dp: Decimals of price times quantity.
        cost_min: Smallest order in quote units.
        status: Trading status of the pair.
        marginable: Whether margin orders are taken.
        has_index: Whether triggers may refer to the index price.
    """

    symbol: str
    base: str
    quote: str
    price_dp: int
    tick: Decimal
    qty_dp: int
    lot: Decimal
    qty_min: Decimal
    cost_dp: int
    cost_min: Decimal
    status: PairStatus = PairStatus.ONLINE
    marginable: bool = False
    has_index: bool = False

    def ticks(self, price: Decimal) -> int:
        """Return the price in whole ticks.

        Raises:
            ValueError: The price is not a multiple of the tick.
        """
        count = price / self.tick
        whole = int(count)
        if whole * self.tick != price:
            raise ValueError(f"{plain(price)} is not a multiple of the tick {plain(self.tick)}")
        return whole

    def price(self, ticks: int) -> Decimal:
        """Return the price of a number of ticks."""
        return self.tick * ticks

    def lots(self, qty: Decimal) -> int:
        """Return the quantity in whole lots.

        Raises:
            ValueError: The quantity has finer steps than the lot.
        """
        whole = int(qty / self.lot)
        if whole * self.lot != qty:
            raise ValueError(f"{plain(qty)} is not a multiple of the lot {plain(self.lot)}")
        return whole

    def whole_lots(self, qty: Decimal) -> int:
        """Return the quantity in lots, rounded down; for showing only."""
        return int(qty / self.lot)

    def qty(self, lots: int) -> Decimal:
        """Return the quantity of a number of lots."""
        return self.lot * lots

    def price_text(self, price: Decimal) -> str:
        """Format a price with the instrument's decimals, more if it is finer."""
        exponent = price.normalize().as_tuple().exponent
        finer = -exponent if isinstance(exponent, int) else 0
        return f"{price:.{max(self.price_dp, finer)}f}"

    def qty_text(self, qty: Decimal) -> str:
        """Format a quantity with the instrument's decimals."""
        return f"{qty:.{self.qty_dp}f}"
