"""The agents' own way into the exchange: same books, same matching, no paperwork.

House orders are integers from the start and skip funds, limits, reports and
ids of the client; they trade against each other and against clients by the
same rules. Refusals are answered with None or 0 instead of an error.
"""

from __future__ import annotations

from app.domain.instrument import PairStatus
from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core.api import Order, OrderStatus, Stp, SystemMode, Trade
from app.venue.core.book import Book
from app.venue.core.floor import HOUSE, Floor
from app.venue.core.matching import Arrival, Matcher
from app.venue.core.schedule import Schedule
from app.venue.core.sequels import Sequels
from app.venue.core.truth import order_record

_QUOTING = frozenset({SystemMode.ONLINE, SystemMode.POST_ONLY})
_QUOTED = frozenset({PairStatus.ONLINE, PairStatus.POST_ONLY, PairStatus.LIMIT_ONLY})
_TAKEN = frozenset({PairStatus.ONLINE, PairStatus.LIMIT_ONLY})


class HouseDesk:
    """Places and cancels house orders on one pair.

    Args:
        floor: Shared state.
        matcher: Matches takers.
        sequels: What trades cause.
        schedule: Orders that must be gone or there by now.
        symbol: The pair.
    """

    __slots__ = ("_floor", "_matcher", "_schedule", "_sequels", "book", "pair", "symbol")

    def __init__(self, floor: Floor, matcher: Matcher, sequels: Sequels, schedule: Schedule, symbol: str) -> None:
        self._floor = floor
        self._matcher = matcher
        self._sequels = sequels
        self._schedule = schedule
        self.pair = floor.pairs[symbol]
        self.symbol = symbol
        self.book: Book = self.pair.book

    @property
    def may_quote(self) -> bool:
        """Whether resting orders are taken now."""
        return self._floor.mode in _QUOTING and self.pair.instrument.status in _QUOTED

    @property
    def may_take(self) -> bool:
        """Whether trades happen now."""
        return self._floor.mode is SystemMode.ONLINE and self.pair.instrument.status in _TAKEN

    def place(self, side: Side, price: int, lots: int) -> Order | None:
        """Rest a post-only order; None when it would take or may not rest now."""
        if lots <= 0 or price <= 0 or not self.may_quote or self.book.crosses(side, price):
            return None
        order = self._order(side, price, lots, OrderType.LIMIT)
        order.status = OrderStatus.NEW
        self.book.rest(order)
        self._finish("accepted", order, order.queued_ns)
        return order

    def cancel(self, order: Order) -> bool:
        """Cancel a house order; False when it no longer rests or the market stands still."""
        live = order.status is OrderStatus.NEW or order.status is OrderStatus.PARTIALLY_FILLED
        if not live or order.account_id != HOUSE or not self.may_quote:
            return False
        now = self._floor.stamp()
        self.book.remove(order, now)
        order.status = OrderStatus.CANCELED
        self._finish("canceled", order, now)
        return True

    def take(self, side: Side, price: int, lots: int) -> int:
        """Take up to that many lots no worse than a price; returns the lots taken."""
        if self._schedule.waits:
            self._schedule.run()
            self._floor.outbox.flush()
        if lots <= 0 or not self.may_take or not self.book.crosses(side, price):
            return 0
        order = self._order(side, price, lots, OrderType.MARKET)
        self._matcher.arrive(Arrival(self.pair, self._floor.house, order, price, order.queued_ns))
        self._finish("accepted", order, order.queued_ns)
        return order.filled

    def remember(self, price: int, lots: int, side: Side, ts_ns: int) -> None:
        """Add a trade of the time before the session to the public history."""
        pair = self.pair
        pair.trades.append(Trade(pair.symbol, pair.take_trade_id(), price, lots, side, OrderType.LIMIT, ts_ns))
        pair.last_price = price

    def _finish(self, kind: str, order: Order, now: int) -> None:
        floor = self._floor
        floor.publish_book(self.pair, now)
        if floor.truth.wants_house:
            floor.truth.write(order_record(kind, order, self.pair.instrument, now), now=False)
        if floor.later:
            self._sequels.run()
        floor.outbox.flush()

    def _order(self, side: Side, price: int, lots: int, order_type: OrderType) -> Order:
        floor = self._floor
        now = floor.stamp()
        gtc = order_type is OrderType.LIMIT
        # By position: agents place thousands of these, and names would cost more than the rest of the call.
        return Order(
            floor.ids.order(),
            HOUSE,
            self.symbol,
            side,
            order_type,
            lots,
            price,
            TimeInForce.GTC if gtc else TimeInForce.IOC,
            gtc,  # post-only
            "",
            None,
            now,
            now,
            Stp.CANCEL_NEWEST,
            False,
            HOUSE,
            queued_ns=now,
        )
