"""Taking in new orders (`ws-v2.md` §9.1)."""

from __future__ import annotations

from copy import copy

from app.domain.order import OrderType, Side
from app.venue.core import checks, policies
from app.venue.core.accounts import INSUFFICIENT_FUNDS, Account
from app.venue.core.api import AddOrder, ExecType, Order, OrderStatus, VenueReject
from app.venue.core.fees import fee_ceiling
from app.venue.core.floor import Floor
from app.venue.core.matching import Arrival, Matcher, market_cost, protection_bound
from app.venue.core.pair import Pair
from app.venue.core.ratelimit import ADD_COST
from app.venue.core.settlement import required, taker_rate
from app.venue.core.truth import order_record


class Entry:
    """Checks a new order, books its hold and sends it to the matcher.

    Args:
        floor: Shared state.
        matcher: Where accepted orders go.
    """

    def __init__(self, floor: Floor, matcher: Matcher) -> None:
        self._floor = floor
        self._matcher = matcher

    def add(self, account: Account, request: AddOrder) -> Order:
        """Accept an order and match it; returns a copy as it stands after.

        Raises:
            VenueReject: With Kraken's text; the rate counter is charged anyway.
        """
        floor = self._floor
        pair = floor.pair(request.symbol)
        account.rates.charge(pair.symbol, floor.clock.mono_ns(), ADD_COST)
        order = self._checked(account, pair, request)
        if request.validate:
            self._check_funds(account, pair, order)
            account.release(order.order_id)
            return order
        order.order_id = floor.ids.order()
        self._check_funds(account, pair, order)
        account.opened(order)
        floor.report(account, order, ExecType.PENDING_NEW, order.created_ns)
        floor.truth.write(order_record("accepted", order, pair.instrument, order.created_ns))
        self._admit(account, pair, order)
        floor.publish_book(pair, order.created_ns)
        return copy(order)

    def _checked(self, account: Account, pair: Pair, request: AddOrder) -> Order:
        floor = self._floor
        checks.check_kind(request)
        checks.check_mode(floor, pair, post_only=request.post_only, order_type=request.order_type)
        checks.check_deadline(floor, request.deadline_ns)
        lots = checks.check_qty(pair, request.qty, request.source)
        market = request.order_type is OrderType.MARKET
        price = 0 if market else checks.check_price(pair, request.limit_price)
        best = pair.book.side(request.side.opposite).best
        checks.check_cost(pair, price or best or pair.last_price, lots)
        checks.check_client_id(account, request.cl_ord_id, request.userref)
        checks.check_open_orders(account, pair.symbol)
        now = floor.stamp()
        return Order(
            order_id="",
            account_id=account.account_id,
            symbol=pair.symbol,
            side=request.side,
            order_type=request.order_type,
            qty=lots,
            price=price,
            time_in_force=request.time_in_force,
            post_only=request.post_only,
            cl_ord_id=request.cl_ord_id,
            userref=request.userref,
            created_ns=now,
            changed_ns=now,
            stp=request.stp,
            fee_in_base=request.fee_in_base,
            source=request.source,
            queued_ns=now,
            changed_mono_ns=floor.clock.mono_ns(),
        )

    def _check_funds(self, account: Account, pair: Pair, order: Order) -> None:
        """Place the hold of a limit order; check a market order, which never rests.

        Raises:
            VenueReject: `EOrder:Insufficient funds`.
        """
        if order.order_type is not OrderType.MARKET:
            account.hold(order.order_id, *required(account, pair, order, order.qty))
            return
        if order.side is Side.SELL:
            asset, needed = required(account, pair, order, order.qty)
        else:
            asset = pair.instrument.quote
            needed = market_cost(pair, account, order.side, order.qty)
            if not order.fee_in_base:
                needed += fee_ceiling(needed, taker_rate(account, pair), pair.cost_quantum)
        if needed > account.available(asset):
            raise VenueReject(INSUFFICIENT_FUNDS)

    def _admit(self, account: Account, pair: Pair, order: Order) -> None:
        if order.post_only and pair.book.crosses(order.side, order.price):
            self._matcher.end(account, order, policies.REASON_POST_ONLY, order.created_ns)
            return
        order.status = OrderStatus.NEW
        self._floor.report(account, order, ExecType.NEW, order.created_ns)
        bound = protection_bound(pair, order.side) if order.order_type is OrderType.MARKET else order.price
        self._matcher.arrive(Arrival(pair, account, order, bound, order.created_ns))
