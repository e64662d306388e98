"""Number tokens and time stamps exactly as the wire prints them (`ws-v2.md` §5, §11).

Texts are fixed-point with exactly the instrument's decimals; the checksum
uses the same digits without the point and without leading zeros.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from app.clock import NS_PER_S, rfc3339
from app.domain.instrument import UNIT_DP, Instrument

MICRO_DIGITS = 6
NANO_DIGITS = 9


def fixed(value: int, dp: int) -> str:
    """Print `value` / 10**`dp` with exactly `dp` decimals.

    Args:
        value: The scaled integer; may be negative.
        dp: Decimals, 0 or more.
    """
    if value < 0:
        return "-" + fixed(-value, dp)
    text = str(value)
    if dp == 0:
        return text
    if len(text) <= dp:
        text = text.zfill(dp + 1)
    return f"{text[:-dp]}.{text[-dp:]}"


def units_text(units: int, dp: int) -> str:
    """Print units of 1e-12 with `dp` decimals, rounded half away from zero."""
    if dp >= UNIT_DP:
        return fixed(units, UNIT_DP) + "0" * (dp - UNIT_DP)
    step: int = 10 ** (UNIT_DP - dp)
    whole = (abs(units) + step // 2) // step
    return fixed(-whole if units < 0 else whole, dp)


def _whole_scale(increment: Decimal, dp: int) -> tuple[int, int]:
    """Decimals that can print the increment, and the increment in that scale."""
    dp = max(dp, -int(increment.as_tuple().exponent))
    return dp, int(increment.scaleb(dp))


class Scale:
    """Printing rules of one instrument, from ticks and lots to tokens.

    Args:
        instrument: The pair.
    """

    __slots__ = ("cost_dp", "instrument", "price_dp", "price_step", "qty_dp", "qty_step", "symbol")

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.symbol = instrument.symbol
        self.price_dp, self.price_step = _whole_scale(instrument.tick, instrument.price_dp)
        self.qty_dp, self.qty_step = _whole_scale(instrument.lot, instrument.qty_dp)
        self.cost_dp = instrument.cost_dp

    def price(self, ticks: int) -> str:
        """Price token of a number of ticks."""
        return fixed(ticks * self.price_step, self.price_dp)

    def qty(self, lots: int) -> str:
        """Quantity token of a number of lots."""
        return fixed(lots * self.qty_step, self.qty_dp)

    def cost(self, units: int) -> str:
        """Cost token of units of the quote asset."""
        return units_text(units, self.cost_dp)

    def price_digits(self, ticks: int) -> str:
        """Checksum digits of a price."""
        return str(ticks * self.price_step) if ticks else ""

    def qty_digits(self, lots: int) -> str:
        """Checksum digits of a quantity."""
        return str(lots * self.qty_step) if lots else ""

    def average(self, cost_units: int, lots: int) -> str:
        """Average price token of an executed value and quantity; `0.0…` for nothing."""
        if lots == 0:
            return fixed(0, self.price_dp)
        scaled = cost_units * 10 ** (self.price_dp + self.qty_dp)
        divisor = lots * self.qty_step * 10**UNIT_DP
        return fixed((scaled + divisor // 2) // divisor, self.price_dp)


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return rfc3339(second * NS_PER_S, 0)[:-1]


def micros(ns: int) -> str:
    """RFC 3339 with 6 decimals."""
    second, rest = divmod(ns, NS_PER_S)
    return f"{_second(second)}.{rest // 1000:06d}Z"


def nanos(ns: int) -> str:
    """RFC 3339 with 9 decimals."""
    second, rest = divmod(ns, NS_PER_S)
    return f"{_second(second)}.{rest:09d}Z"


def seconds(ns: int) -> str:
    """RFC 3339 in whole seconds."""
    return _second(ns // NS_PER_S) + "Z"


def epoch(ns: int, digits: int = 4) -> str:
    """Seconds since the epoch as REST prints them, for example `1688666559.8974`."""
    return fixed(ns // 10 ** (NANO_DIGITS - digits), digits)
