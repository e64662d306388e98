"""Changing resting orders in place (`ws-v2.md` §9.2, §14; `rest.md` §4.4)."""

from __future__ import annotations

from dataclasses import dataclass

from app.venue.core import checks, policies
from app.venue.core.accounts import Account
from app.venue.core.api import AmendOrder, ExecType, Order, VenueReject
from app.venue.core.floor import Floor
from app.venue.core.matching import Arrival, Matcher
from app.venue.core.pair import Pair
from app.venue.core.ratelimit import AMEND_AGE_COST, AMEND_COST, CANCEL_AGE_COST, age_cost
from app.venue.core.settlement import required
from app.venue.core.truth import order_record

POST_ONLY_ORDER = "EOrder:Post only order"


@dataclass(frozen=True, slots=True)
class _Change:
    qty: int
    price: int


class Amending:
    """Checks an amend and carries it out.

    Args:
        floor: Shared state.
        matcher: Where an order goes whose new price takes.
    """

    def __init__(self, floor: Floor, matcher: Matcher) -> None:
        self._floor = floor
        self._matcher = matcher

    def amend(self, account: Account, request: AmendOrder) -> str:
        """Change an order; returns the amend id.

        A lower quantity keeps the place in the queue; a new price or a higher
        quantity goes to the back. A quantity at or below what is filled
        cancels the remainder.

        Raises:
            VenueReject: With Kraken's text; nothing has changed then but the
                rate counter.
        """
        if bool(request.order_id) == bool(request.cl_ord_id):
            raise VenueReject(policies.MISSING_AMENDMENT)
        order = account.find_open(request.order_id, request.cl_ord_id)
        pair = self._floor.pair(order.symbol)
        mono = self._floor.clock.mono_ns()
        age = mono - order.changed_mono_ns
        account.rates.charge(pair.symbol, mono, AMEND_COST, age_cost(AMEND_AGE_COST, age))
        change = self._checked(pair, order, request)
        if change.qty <= order.filled:
            account.rates.charge(pair.symbol, mono, 0, age_cost(CANCEL_AGE_COST, age), refusable=False)
        self._apply(account, pair, order, change)
        self._floor.publish_book(pair, order.changed_ns)
        return self._floor.ids.amend()

    def _checked(self, pair: Pair, order: Order, request: AmendOrder) -> _Change:
        if request.qty is None and request.limit_price is None:
            raise VenueReject(policies.MISSING_AMENDMENT)
        price = order.price if request.limit_price is None else checks.check_price(pair, request.limit_price)
        post_only = request.post_only or order.post_only
        takes = price != order.price and pair.book.crosses(order.side, price)
        checks.check_mode(self._floor, pair, post_only=post_only or not takes, order_type=order.order_type)
        checks.check_deadline(self._floor, request.deadline_ns)
        qty = order.qty if request.qty is None else checks.check_qty(pair, request.qty, request.source)
        checks.check_cost(pair, price, qty)
        if post_only and takes:
            raise VenueReject(POST_ONLY_ORDER)
        return _Change(max(qty, order.filled), price)

    def _apply(self, account: Account, pair: Pair, order: Order, change: _Change) -> None:
        before = (order.qty, order.price)
        moves = change.price != order.price or change.qty > order.qty
        self._hold_for(account, pair, order, change)
        now = self._floor.stamp()
        order.changed_ns, order.changed_mono_ns = now, self._floor.clock.mono_ns()
        order.amended = True
        if moves or change.qty == order.filled:
            pair.book.remove(order, now)
            order.queued_ns = now
            order.qty, order.price = change.qty, change.price
        elif change.qty < order.qty:
            order.qty = change.qty
            if not policies.REDUCED_KEEPS_BOOK_TIME:
                order.queued_ns = now
            pair.book.shrink(order, before[0] - change.qty)
        self._floor.report(account, order, ExecType.AMENDED, now)
        self._floor.truth.write(order_record("amended", order, pair.instrument, now))
        if order.left == 0:
            self._matcher.end(account, order, policies.REASON_USER, now)
        elif moves:
            self._matcher.arrive(Arrival(pair, account, order, order.price, now))

    def _hold_for(self, account: Account, pair: Pair, order: Order, change: _Change) -> None:
        price, order.price = order.price, change.price
        try:
            account.hold(order.order_id, *required(account, pair, order, change.qty - order.filled))
        finally:
            order.price = price
