"""One pair on the floor: its numbers as integers, its book, its trades."""

from __future__ import annotations

from collections import deque

from app.domain.instrument import UNIT, UNIT_DP, Instrument, to_units
from app.venue.core.api import Listing, Order, Trade
from app.venue.core.book import Book

TRADES_KEPT = 5_000
_FIRST_TRADE_ID = 1_000


class Pair:
    """The live state of one listed pair.

    Attributes:
        listing: Names, fees and the starting price.
        instrument: Numbers and status as of now.
        book: Resting orders.
        trades: Public trades, oldest first, bounded.
        last_price: Price of the last trade in ticks; the reference before any.
        lot_units: One lot in units of the base asset.
        min_lots: Smallest order.
        min_cost: Smallest order in units of the quote asset.
        cost_quantum: Smallest step of a cost in units of the quote asset.
        stops: Orders whose trigger has not fired, by id, oldest first.
        prints: Prices that traded and that `stops` has not seen yet.
        index_up: Whether the index price is there; triggers use the last trade otherwise.
    """

    __slots__ = (
        "_cost_divisor",
        "_cost_factor",
        "_next_trade_id",
        "book",
        "cost_quantum",
        "index_up",
        "instrument",
        "last_price",
        "listing",
        "lot_units",
        "min_cost",
        "min_lots",
        "prints",
        "stops",
        "symbol",
        "trades",
    )

    def __init__(self, listing: Listing) -> None:
        instrument = listing.instrument
        self.listing = listing
        self.instrument: Instrument = instrument
        self.symbol = instrument.symbol
        self.book = Book()
        self.trades: deque[Trade] = deque(maxlen=TRADES_KEPT)
        self.last_price = listing.reference
        self.stops: dict[str, Order] = {}
        self.prints: deque[int] = deque()
        self.index_up = True
        self.lot_units = to_units(instrument.lot)
        self.min_lots = instrument.lots(instrument.qty_min)
        self.min_cost = to_units(instrument.cost_min)
        self.cost_quantum: int = 10 ** (UNIT_DP - instrument.cost_dp)
        self._cost_factor = to_units(instrument.tick) * self.lot_units
        self._cost_divisor: int = UNIT * self.cost_quantum
        self._next_trade_id = _FIRST_TRADE_ID

    def cost(self, price: int, lots: int) -> int:
        """Return price times quantity in units of quote, cut to the cost decimals."""
        return price * lots * self._cost_factor // self._cost_divisor * self.cost_quantum

    def cost_ceiling(self, price: int, lots: int) -> int:
        """Return price times quantity in units of quote, rounded up."""
        return -(-price * lots * self._cost_factor // self._cost_divisor) * self.cost_quantum

    def affordable(self, price: int, money: int) -> int:
        """Return how many lots an amount of quote buys at a price, the cost rounded up."""
        steps = money // self.cost_quantum
        return steps * self._cost_divisor // (price * self._cost_factor)

    def units(self, lots: int) -> int:
        """Return a quantity in units of the base asset."""
        return lots * self.lot_units

    def take_trade_id(self) -> int:
        """Return the number of the next public trade."""
        self._next_trade_id += 1
        return self._next_trade_id
