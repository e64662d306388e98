"""Orders that time starts or ends (`rest.md` §5.4)."""

from __future__ import annotations

from heapq import heappop, heappush

from app.venue.core import policies
from app.venue.core.admission import Admission, engine_reason
from app.venue.core.api import Order, OrderStatus, SystemMode, VenueReject
from app.venue.core.floor import Floor
from app.venue.core.matching import Matcher
from app.venue.core.sequels import Sequels
from app.venue.core.truth import order_record

_LIVE = frozenset({OrderStatus.PENDING_NEW, OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED})


class Schedule:
    """Starts scheduled orders and expires GTD orders when the wall clock says so.

    Args:
        floor: Shared state.
        matcher: Ends orders.
        admission: Starts orders.
        sequels: What starts cause.
    """

    def __init__(self, floor: Floor, matcher: Matcher, admission: Admission, sequels: Sequels) -> None:
        self._floor = floor
        self._matcher = matcher
        self._admission = admission
        self._sequels = sequels
        self._due: list[tuple[int, int, Order]] = []
        self._count = 0

    def add(self, order: Order) -> None:
        """Note the start and the end of an accepted order."""
        for at_ns in (order.terms.effective_ns, order.terms.expire_ns):
            if at_ns:
                self._count += 1
                heappush(self._due, (at_ns, self._count, order))

    @property
    def waits(self) -> bool:
        """Whether anything is noted; cheap, for the hot path."""
        return bool(self._due)

    def run(self) -> None:
        """Start and expire what is due; starts wait for an online venue, ends for the end of a maintenance."""
        if not self._due or self._floor.mode is SystemMode.MAINTENANCE:
            return
        now = self._floor.clock.now_ns()
        due = []
        while self._due and self._due[0][0] <= now:
            due.append(heappop(self._due))
        # Ends before starts: what starts late must not trade with what has expired meanwhile.
        for _, _, order in due:
            if order.status in _LIVE and order.terms.expire_ns and order.terms.expire_ns <= now:
                self._expire(order)
        for entry in due:
            order = entry[2]
            if order.order_id not in self._floor.scheduled or order.terms.effective_ns > now:
                continue
            if self._floor.mode is not SystemMode.ONLINE:
                heappush(self._due, entry)
                continue
            self._start(order)
            self._sequels.run()

    def _start(self, order: Order) -> None:
        account, pair = self._floor.accounts[order.account_id], self._floor.pairs[order.symbol]
        del self._floor.scheduled[order.order_id]
        now = self._floor.stamp()
        order.queued_ns = now
        self._floor.truth.write(order_record("started", order, pair.instrument, now))
        try:
            self._admission.reserve(account, pair, order)
        except VenueReject as reject:
            self._matcher.end(account, order, engine_reason(reject.error), now)
            return
        self._admission.start(account, pair, order, now)
        self._floor.publish_book(pair, now)

    def _expire(self, order: Order) -> None:
        account, pair = self._floor.accounts[order.account_id], self._floor.pairs[order.symbol]
        now = self._floor.stamp()
        self._floor.withdraw(pair, order, now)
        self._matcher.end(account, order, policies.REASON_EXPIRED, now, OrderStatus.EXPIRED)
        self._floor.publish_book(pair, now)
