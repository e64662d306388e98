"""Agents that quote: the slot keeper, the requoter, the refiller."""

from __future__ import annotations

from app.clock import NS_PER_MS, NS_PER_S
from app.domain.order import Side
from app.venue.agents.market import MILLI, Market
from app.venue.core.api import Order, OrderStatus
from app.venue.core.floor import HOUSE

_STALE_PER_STEP = 12
_LARGEST_TIMES = 20
_NEAR_PERCENT = 76
_MID_PERCENT = 88
_PRUNES = 2
"""Looks at a random level after each event: what the price has left behind must go."""

_BIAS = 64
"""Steps of the two draws whose product is the distance: small ones are likely."""

_EXTRA_ORDERS = 2
_CROWD_ONE_IN = 3
_PERCENT = 100
_REFILL_MS = (120, 600)
_REFILL_DISTANCE = 6
_REFILL_SLICES = (6, 40)


class SlotKeeper:
    """Keeps the shape of the book: adds where orders are missing, thins elsewhere.

    Every event draws a distance, near the touch by preference, and looks at
    the next quoted price: too few orders there get one more, else one goes.
    So each level churns around its wanted number, and the whole stays bounded.
    """

    __slots__ = ("_market",)

    def __init__(self, market: Market) -> None:
        self._market = market

    def act(self) -> tuple[int, int]:
        """Do one event; returns the number of commands and the ns until the next."""
        market = self._market
        done = self.touch_slot()
        for _ in range(_PRUNES):
            done += self.prune()
        mean = NS_PER_S * MILLI * MILLI // (market.profile.liveliness.rate_milli * market.mood_milli)
        return done, market.rng.randrange(2 * mean) + 1

    def touch_slot(self) -> int:
        """Look at one quoted price and add or cancel there; returns the commands given."""
        market, rng = self._market, self._market.rng
        side = market.side()
        profile = market.profile
        draw = rng.randrange(_PERCENT)
        if draw < _NEAR_PERCENT:
            distance = profile.near * rng.randrange(_BIAS) * rng.randrange(_BIAS) // _BIAS**2
        elif draw < _MID_PERCENT:
            distance = rng.randrange(profile.near, profile.mid + 1)
        else:
            distance = rng.randrange(profile.near, profile.reach + 1)
        price, wanted = market.next_wanted(side, distance)
        queue = market.desk.book.side(side).queues.get(price)
        held = len(queue.orders) if queue else 0
        crowds = held < wanted + _EXTRA_ORDERS and rng.randrange(_CROWD_ONE_IN) == 0
        if queue is None or held < wanted or crowds:
            if not wanted:
                return 0
            return int(market.desk.place(side, price, market.size(distance)) is not None)
        order = market.house_order(queue)
        return int(order is not None and market.desk.cancel(order))

    def prune(self) -> int:
        """Cancel an order that stands where none is wanted any more."""
        market = self._market
        side = market.side()
        half = market.desk.book.side(side)
        if not half.keys:
            return 0
        key = half.keys[market.rng.randrange(len(half.keys))]
        queue = half.queues[key * half.sign]
        if len(queue.orders) <= market.wanted(queue.price, market.distance(side, queue.price)):
            return 0
        order = market.house_order(queue)
        return int(order is not None and market.desk.cancel(order))


class Requoter:
    """Moves the fair price, clears what it left behind and quotes at the new touch."""

    __slots__ = ("_market",)

    def __init__(self, market: Market) -> None:
        self._market = market

    def act(self) -> tuple[int, int]:
        """Do one step; returns the number of commands and the ns until the next."""
        market = self._market
        pace = market.profile.liveliness.requote_ms
        market.wander(pace)
        done = self._clear(Side.SELL) + self._clear(Side.BUY)
        for side in (Side.BUY, Side.SELL):
            done += self._quote(side)
        return done, market.rng.randrange(pace // 2, pace * 3 // 2) * NS_PER_MS

    def _clear(self, side: Side) -> int:
        """Remove orders that the fair price has passed: some are taken, some flee.

        A client's order does not flee, so a level that holds one is taken.
        """
        market = self._market
        half = market.desk.book.side(side)
        done = 0
        while done < _STALE_PER_STEP:
            queue = half.head()
            if queue is None or market.distance(side, queue.price) >= -market.profile.half_spread:
                break
            orders = list(queue.orders.values())
            flees = market.rng.getrandbits(1) and all(order.account_id == HOUSE for order in orders)
            if flees:
                for order in orders:
                    market.desk.cancel(order)
                done += len(orders)
            elif market.desk.take(side.opposite, queue.price, min(queue.qty, self._largest())):
                done += 1
            else:
                break
        return done

    def _largest(self) -> int:
        return self._market.profile.typical_lots * _LARGEST_TIMES

    def _quote(self, side: Side) -> int:
        market = self._market
        half = market.desk.book.side(side)
        if half.best is not None and market.distance(side, half.best) <= 0:
            return 0
        return int(market.desk.place(side, market.anchor(side), market.size(0)) is not None)


class Refiller:
    """Shows a slice of a large hidden order and puts up the next one when it is gone."""

    __slots__ = ("_hidden", "_market", "_order", "_price", "_side", "_slice")

    def __init__(self, market: Market) -> None:
        self._market = market
        self._order: Order | None = None
        self._side = Side.BUY
        self._price = 0
        self._slice = 0
        self._hidden = 0

    def act(self) -> tuple[int, int]:
        """Look after the slice; returns the number of commands and the ns until the next look."""
        market = self._market
        done = 0
        if self._hidden <= 0 or market.distance(self._side, self._price) > market.profile.near:
            done += self._start_over()
        order = self._order
        if order is None or order.status in {OrderStatus.FILLED, OrderStatus.CANCELED}:
            self._order = market.desk.place(self._side, self._price, self._slice)
            if self._order is None:
                self._hidden = 0
            else:
                self._hidden -= self._slice
                done += 1
        return done, market.rng.randrange(*_REFILL_MS) * NS_PER_MS

    def _start_over(self) -> int:
        """Choose a new place; returns the number of commands."""
        market, rng = self._market, self._market.rng
        done = int(self._order is not None and market.desk.cancel(self._order))
        self._order = None
        self._side = market.side()
        away = rng.randrange(_REFILL_DISTANCE)
        self._price = max(1, market.anchor(self._side) + (-away if self._side is Side.BUY else away))
        self._slice = max(market.profile.min_lots, market.profile.typical_lots * 2)
        self._hidden = self._slice * rng.randrange(*_REFILL_SLICES)
        return done
