"""What all parts of the exchange share: clock, ids, pairs, accounts, events."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from copy import copy

from app.clock import Clock
from app.venue.core.accounts import Account
from app.venue.core.api import (
    BookDelta,
    Event,
    ExecType,
    Execution,
    Fill,
    Order,
    SystemMode,
    VenueReject,
)
from app.venue.core.ids import IdSource
from app.venue.core.jobs import Job
from app.venue.core.pair import Pair
from app.venue.core.truth import NullTruth, Truth
from app.venue.core.universe import Universe

UNKNOWN_PAIR = "EQuery:Unknown asset pair"
HOUSE = "house"


class Outbox:
    """Events of the running command, and who hears them afterwards."""

    __slots__ = ("_delivering", "_events", "_listeners")

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._listeners: list[Callable[[Event], None]] = []
        self._delivering = False

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Add a listener; returns the function that removes it."""
        self._listeners = [*self._listeners, listener]

        def end() -> None:
            self._listeners = [held for held in self._listeners if held is not listener]

        return end

    def put(self, event: Event) -> None:
        """Queue one event."""
        self._events.append(event)

    def flush(self) -> None:
        """Hand over what is queued, in order.

        A listener may give the exchange a new command: its events then join
        the end of the same queue, so that everyone sees one order of events.
        """
        if self._delivering:
            return
        self._delivering = True
        try:
            while self._events:
                event = self._events.popleft()
                for listener in self._listeners:
                    listener(event)
        finally:
            self._delivering = False


class Floor:
    """The shared state of the exchange.

    Args:
        clock: Source of time.
        universe: Assets and pairs.
        accounts: Clients; the house account is added here.
        house: The account of the agents.
        truth: Where every user order and trade is written down.

    Attributes:
        collected: Fees taken so far, by asset.
        pool: What the venue has lent to margin positions and got for them, by
            asset; with the accounts and the fees it adds up to what there was.
        later: What the running command's trades leave to be done.
        scheduled: Orders whose start lies ahead, by id.
    """

    def __init__(
        self, clock: Clock, universe: Universe, accounts: list[Account], house: Account, truth: Truth | None = None
    ) -> None:
        self.clock = clock
        self.universe = universe
        self.house = house
        self.accounts = {account.account_id: account for account in [*accounts, house]}
        self.pairs = {symbol: Pair(listing) for symbol, listing in universe.listings.items()}
        self.collected: dict[str, int] = {}
        self.pool: dict[str, int] = {}
        self.later: deque[Job] = deque()
        self.scheduled: dict[str, Order] = {}
        self.ids = IdSource(clock.now_ns())
        self.outbox = Outbox()
        self.truth: Truth = truth or NullTruth()
        self.mode = SystemMode.ONLINE
        self._last_ns = 0

    def stamp(self) -> int:
        """Return wall time that never repeats nor goes back.

        Queue places are told apart by these times (`ws-v2.md` §6.5), also
        when the machine's clock stands still or is stepped back.
        """
        now = self.clock.now_ns()
        self._last_ns = now if now > self._last_ns else self._last_ns + 1
        return self._last_ns

    def pair(self, symbol: str) -> Pair:
        """Return a pair.

        Raises:
            VenueReject: It is not listed.
        """
        pair = self.pairs.get(symbol)
        if pair is None:
            raise VenueReject(UNKNOWN_PAIR)
        return pair

    def withdraw(self, pair: Pair, order: Order, ts_ns: int) -> None:
        """Take an open order from where it waits or rests."""
        if pair.stops.pop(order.order_id, None) is None and self.scheduled.pop(order.order_id, None) is None:
            pair.book.remove(order, ts_ns)

    def report(self, account: Account, order: Order, exec_type: ExecType, ts_ns: int, fill: Fill | None = None) -> None:
        """Queue an execution report with a copy of the order as it is now."""
        counter = account.rates.value(order.symbol, self.clock.mono_ns())
        self.outbox.put(Execution(account.account_id, exec_type, copy(order), fill, counter, ts_ns))

    def publish_book(self, pair: Pair, ts_ns: int) -> None:
        """Queue what the running command changed in a pair's book, if anything."""
        changes = pair.book.drain()
        if changes:
            self.outbox.put(BookDelta(pair.symbol, ts_ns, changes))
