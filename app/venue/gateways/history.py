"""A plausible past for every pair, so that charts are not empty at the opening.

The past is a pure function of seed, pair and time: value noise on several
scales, in integers. It ends at the oldest trade that the exchange remembers,
with that trade's price.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from math import isqrt

from app.clock import NS_PER_S
from app.venue.core.api import Listing
from app.venue.wire.market import NS_PER_MINUTE, Candle

_COARSEST = 18
_FINEST = 2
_SMOOTH = 5
_DAY_MINUTES = 1440
_DAY_MOVE_BP = 140
_NOISE = 1000
_BP = 10_000
_SECONDS = 60
_SAMPLES = 4
_SMOOTH_FROM_MINUTES = 60


@lru_cache(maxsize=1 << 15)
def _lattice(salt: int, octave: int, index: int) -> int:
    """Noise of one lattice point, -1000 … 1000."""
    return zlib.crc32(b"%d/%d" % (octave, index), salt) % (2 * _NOISE + 1) - _NOISE


class History:
    """The past of one pair.

    Args:
        listing: The pair.
        seed: The venue's seed.
        start_ns: Wall time at which the past ends.
        price: Price in ticks at which it ends.
    """

    def __init__(self, listing: Listing, seed: int, start_ns: int, price: int) -> None:
        self._symbol = listing.instrument.symbol
        self._reference = price
        self._salt = zlib.crc32(f"{seed}/{self._symbol}".encode())
        self.start_ns = start_ns
        self._start_s = start_ns // NS_PER_S
        self._anchor = {finest: self._noise(self._start_s, finest) for finest in (_FINEST, _SMOOTH)}
        lot_value = max(1, listing.instrument.lots(listing.instrument.qty_min))
        self._minute_lots = lot_value * (40 if listing.alive else 1)
        self._minute_trades = 6 if listing.alive else 1

    def _noise(self, at_s: int, finest: int) -> int:
        """Sum of the noise at a time, in 1e-7 of the price."""
        total = 0
        for octave in range(finest, _COARSEST):
            period = _SECONDS << octave
            index, phase = divmod(at_s, period)
            left = _lattice(self._salt, octave, index)
            right = _lattice(self._salt, octave, index + 1)
            move_bp = isqrt((_DAY_MOVE_BP * _DAY_MOVE_BP << octave) // _DAY_MINUTES)
            total += move_bp * (left + (right - left) * phase // period)
        return total

    def price(self, at_ns: int, finest: int = _FINEST) -> int:
        """Price in ticks at a time of the past."""
        drift = self._noise(at_ns // NS_PER_S, finest) - self._anchor[finest]
        return max(1, self._reference + self._reference * drift // (_BP * _NOISE))

    def candle(self, begin_ns: int, minutes: int) -> Candle:
        """One candle; cut where the past ends.

        Args:
            begin_ns: Start of the interval, before the end of the past.
            minutes: Length.
        """
        end_ns = min(begin_ns + minutes * NS_PER_MINUTE, self.start_ns)
        finest = _SMOOTH if minutes >= _SMOOTH_FROM_MINUTES else _FINEST
        step = (end_ns - begin_ns) // _SAMPLES
        prices = [self.price(begin_ns + step * i, finest) for i in range(_SAMPLES)] + [self.price(end_ns, finest)]
        length = max(1, (end_ns - begin_ns) // NS_PER_MINUTE)
        factor = 50 + zlib.crc32(b"%d/%d" % (minutes, begin_ns), self._salt) % 100
        volume = self._minute_lots * length * factor // 100
        mean = sum(prices) // len(prices)
        return Candle(
            begin_ns=begin_ns,
            open=prices[0],
            high=max(prices),
            low=min(prices),
            close=prices[-1],
            volume=volume,
            turnover=volume * mean,
            trades=max(1, self._minute_trades * length * factor // 100),
        )
