"""One market as its agents see it: fair price, mood, shape of the book, sizes."""

from __future__ import annotations

from itertools import islice
from math import isqrt
from random import Random

from app.domain.order import Side
from app.venue.agents.profile import Profile
from app.venue.core.api import Order
from app.venue.core.book import Queue
from app.venue.core.floor import HOUSE
from app.venue.core.house import HouseDesk

MILLI = 1_000
_HASH = 0x9E37_79B1
_HASH_MASK = 0xFFFF_FFFF
_DENSE_TICKS = 20
_MID_MASK = 3
_FAR_ORDERS = 3
_BIG_ONE_IN = 40
_BIG_TIMES = 8
_SIZE_STEPS = 100
_SIZE_SCALE = 3_400
"""Makes the mean of a squared uniform step about one typical size."""

_SEARCH_GAPS = 4
"""How many mean gaps to look ahead for a quoted price."""

_PICKS, _PICK_FIRST, _PICK_ANY = 8, 0, 1
"""Of eight orders that go, one was the first of its level, one any; the others were the last."""

_LARGEST_PUSH_PART = 50
"""Takers push the fair price at most this part of the reference away from it."""

_PULL = 4_000
"""The fair price gives back one part in this many of its deviation each step."""


class Market:
    """Shared by all agents of one pair.

    Args:
        desk: Way into the exchange.
        profile: The market's numbers.
        rng: Its own generator.

    Attributes:
        mood_milli: Multiplies the pace: 1000 is normal, more is busier.
        lean: Sign of the side that takers favour now.
    """

    __slots__ = ("_fair_milli", "_salt", "desk", "lean", "mood_milli", "profile", "rng")

    def __init__(self, desk: HouseDesk, profile: Profile, rng: Random) -> None:
        self.desk = desk
        self.profile = profile
        self.rng = rng
        self.mood_milli = MILLI
        self.lean = 1
        self._fair_milli = profile.reference * MILLI
        self._salt = rng.getrandbits(32)

    @property
    def fair(self) -> int:
        """The fair price in whole ticks."""
        return self._fair_milli // MILLI

    def anchor(self, side: Side) -> int:
        """Return the price of the best quote that makers want on a side."""
        if side is Side.BUY:
            return max(1, self.fair - self.profile.half_spread)
        return self.fair + 1 + self.profile.half_spread

    def wander(self, step_ms: int) -> None:
        """Move the fair price by one random step of that duration."""
        # A uniform step of half-width w has the deviation w/sqrt(3); both time and mood scale the variance.
        width = max(1, self.profile.wander_milli * isqrt(3 * step_ms * self.mood_milli) // MILLI)
        deviation = self._fair_milli - self.profile.reference * MILLI
        self._fair_milli += self.rng.randint(-width, width) - deviation // _PULL

    def push(self, ticks: int) -> None:
        """Move the fair price by what a large taker revealed."""
        limit = self.profile.reference // _LARGEST_PUSH_PART
        deviation = self.fair - self.profile.reference
        if -limit < deviation + ticks < limit:
            self._fair_milli += ticks * MILLI

    def wanted(self, price: int, distance: int) -> int:
        """Return how many orders a price should hold.

        Which prices are quoted depends on the price itself, so that the book
        keeps its levels while the fair price passes over them.

        Args:
            price: In ticks.
            distance: Ticks away from the anchor of the side; negative inside.
        """
        profile = self.profile
        if distance < 0 or distance > profile.reach:
            return 0
        mixed = (((price ^ self._salt) * _HASH) & _HASH_MASK) >> 7
        most = profile.liveliness.orders_near
        if distance <= _DENSE_TICKS:
            return 1 + (mixed >> 6) % most
        mask = profile.far_mask
        if distance <= profile.near:
            mask &= 1
        elif distance <= profile.mid:
            mask &= _MID_MASK
        if mixed & mask:
            return 0
        return 1 + (mixed >> 12) % (most if distance <= profile.near else min(most, _FAR_ORDERS))

    def next_wanted(self, side: Side, distance: int) -> tuple[int, int]:
        """Return the first quoted price from a distance on, and its number of orders.

        Returns:
            Price in ticks and wanted orders; 0 orders when none was found.
        """
        anchor = self.anchor(side)
        away = -1 if side is Side.BUY else 1
        for step in range(distance, distance + _SEARCH_GAPS * (self.profile.far_mask + 1)):
            price = anchor + away * step
            if price <= 0:
                break
            wanted = self.wanted(price, step)
            if wanted:
                return price, wanted
        return anchor, 0

    def size(self, distance: int) -> int:
        """Draw an order's size in lots: mostly small, sometimes big, larger further out."""
        rng, profile = self.rng, self.profile
        lots = profile.typical_lots * rng.randint(4, _SIZE_STEPS) ** 2 // _SIZE_SCALE
        if rng.randrange(_BIG_ONE_IN) == 0:
            lots *= _BIG_TIMES
        if distance > profile.near:
            lots *= 2
        if rng.getrandbits(1):
            lots = _rounded(lots)
        return max(lots, profile.min_lots)

    def side(self) -> Side:
        """Draw a side."""
        return Side.BUY if self.rng.getrandbits(1) else Side.SELL

    def distance(self, side: Side, price: int) -> int:
        """Return how far a price lies behind the side's anchor; negative is inside."""
        anchor = self.anchor(side)
        return anchor - price if side is Side.BUY else price - anchor

    def house_order(self, queue: Queue) -> Order | None:
        """Draw a house order of a level: mostly the last, at times the first or one between."""
        orders = queue.orders
        draw = self.rng.randrange(_PICKS)
        if draw == _PICK_FIRST:
            order = next(iter(orders.values()))
        elif draw == _PICK_ANY:
            order = next(islice(orders.values(), self.rng.randrange(len(orders)), None))
        else:
            order = next(reversed(orders.values()))
        if order.account_id == HOUSE:
            return order
        return next((held for held in orders.values() if held.account_id == HOUSE), None)


def _rounded(lots: int) -> int:
    """Keep two significant digits, as people type sizes."""
    step: int = 10 ** max(0, len(str(lots)) - 2)
    return max(step, lots // step * step)
