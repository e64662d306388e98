"""Taking in new orders (`ws-v2.md` §9.1, §9.7)."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from decimal import Decimal

from app.domain.instrument import to_units
from app.domain.order import OrderType
from app.venue.core import checks, policies
from app.venue.core.accounts import Account
from app.venue.core.admission import Admission
from app.venue.core.api import AddOrder, BatchLeg, ExecType, Order, PriceType, Terms, VenueReject
from app.venue.core.floor import Floor
from app.venue.core.kinds import LIMITED, check_kind, check_times
from app.venue.core.liquidity import lots_for_cash
from app.venue.core.orders import PLAIN
from app.venue.core.pair import Pair
from app.venue.core.pricing import new_trigger, resolve
from app.venue.core.ratelimit import ADD_COST
from app.venue.core.schedule import Schedule
from app.venue.core.settling import UNKNOWN_POSITION, Settling
from app.venue.core.truth import order_record

BATCH_LEAST, BATCH_MOST = 2, 15


class Entry:
    """Checks new orders, books their holds and lets them in.

    Args:
        floor: Shared state.
        admission: Where accepted orders go.
        schedule: Where starts and expiries are noted.
    """

    def __init__(self, floor: Floor, admission: Admission, schedule: Schedule) -> None:
        self._floor = floor
        self._admission = admission
        self._schedule = schedule
        self._settling = Settling(floor)

    def add(self, account: Account, request: AddOrder) -> Order:
        """Accept an order and match it; returns it as it stands after.

        Raises:
            VenueReject: With Kraken's text; the rate counter is charged anyway.
        """
        pair = self._floor.pair(request.symbol)
        account.rates.charge(pair.symbol, self._floor.clock.mono_ns(), ADD_COST)
        order = self.checked(account, pair, request)
        if request.validate:
            self.try_funds(account, pair, order)
            return order
        return self.place(account, pair, order)

    def batch(self, account: Account, requests: Sequence[AddOrder]) -> list[BatchLeg]:
        """Accept several orders of one pair: all are valid or none is taken.

        Raises:
            VenueReject: The first invalid leg's text, or the batch is malformed.
        """
        symbols = {request.symbol for request in requests}
        if not BATCH_LEAST <= len(requests) <= BATCH_MOST or len(symbols) != 1:
            raise VenueReject(policies.BAD_BATCH)
        pair = self._floor.pair(requests[0].symbol)
        account.rates.charge_batch(pair.symbol, self._floor.clock.mono_ns(), len(requests))
        client_ids = [request.cl_ord_id for request in requests if request.cl_ord_id]
        if len(client_ids) != len(set(client_ids)):
            raise VenueReject(policies.DUPLICATE_CL_ORD_ID)
        orders = [self.checked(account, pair, request) for request in requests]
        if requests[0].validate:
            return [BatchLeg(order) for order in orders]
        return [self._leg(account, pair, order) for order in orders]

    def _leg(self, account: Account, pair: Pair, order: Order) -> BatchLeg:
        try:
            checks.check_open_orders(account, pair.symbol, waits=self._waits(order))
            return BatchLeg(copy(self.place(account, pair, order)))
        except VenueReject as reject:
            account.release(order.order_id)
            return BatchLeg(None, reject.error)

    def place(self, account: Account, pair: Pair, order: Order, *, original: str = "") -> Order:
        """Take in a checked order.

        Args:
            account: Owner.
            pair: The pair.
            order: From `checked`.
            original: The order that it replaces by an edit, for the truth log.

        Raises:
            VenueReject: Funds, margin or a position is missing.
        """
        floor = self._floor
        order.order_id = floor.ids.order()
        settles = order.order_type is OrderType.SETTLE_POSITION
        if settles:
            self._settling.check(account, pair, order)
        else:
            self._admission.reserve(account, pair, order)
        account.opened(order)
        floor.report(account, order, ExecType.PENDING_NEW, order.created_ns)
        record = order_record("edited" if original else "accepted", order, pair.instrument, order.created_ns)
        floor.truth.write({**record, "original": original} if original else record)
        if settles:
            self._settling.settle(account, pair, order)
            return order
        self._schedule.add(order)
        self._admission.enter(account, pair, order, order.created_ns)
        floor.publish_book(pair, order.created_ns)
        return order

    def try_funds(self, account: Account, pair: Pair, order: Order) -> None:
        """Check what an order would hold, and hold nothing.

        Raises:
            VenueReject: Funds, margin or a position is missing.
        """
        if order.order_type is OrderType.SETTLE_POSITION:
            self._settling.check(account, pair, order)
            return
        try:
            self._admission.reserve(account, pair, order)
        finally:
            account.release(order.order_id)

    def checked(self, account: Account, pair: Pair, request: AddOrder, *, replaces: bool = False) -> Order:
        """Return the order that a request describes, without an id.

        Args:
            account: Owner.
            pair: The pair.
            request: What is asked for.
            replaces: Whether it takes the place of another open order.

        Raises:
            VenueReject: It is invalid.
        """
        floor = self._floor
        listing = pair.listing
        check_kind(request, pair.instrument, listing.leverage)
        checks.check_mode(
            floor, pair, post_only=request.post_only, order_type=request.order_type, reduce_only=request.reduce_only
        )
        checks.check_deadline(floor, request.deadline_ns)
        check_times(request, floor.clock.now_ns())
        order = self._shaped(account, pair, request)
        if request.order_type is not OrderType.SETTLE_POSITION:
            self._price(pair, order, request)
            self._check_value(pair, order, request)
        checks.check_client_id(account, request.cl_ord_id, request.userref)
        checks.check_open_orders(account, pair.symbol, waits=self._waits(order), replaces=replaces)
        return order

    def _waits(self, order: Order) -> bool:
        return order.waits or order.terms.effective_ns > self._floor.clock.now_ns()

    def _shaped(self, account: Account, pair: Pair, request: AddOrder) -> Order:
        floor = self._floor
        now = floor.stamp()
        terms = self._terms(pair, request)
        return Order(
            order_id="",
            account_id=account.account_id,
            symbol=pair.symbol,
            side=request.side,
            order_type=request.order_type,
            qty=self._lots(account, pair, request),
            price=0,
            time_in_force=request.time_in_force,
            post_only=request.post_only,
            cl_ord_id=request.cl_ord_id,
            userref=request.userref,
            created_ns=now,
            changed_ns=now,
            stp=request.stp,
            fee_in_base=request.fee_in_base and not terms.leverage,
            source=request.source,
            queued_ns=now,
            changed_mono_ns=floor.clock.mono_ns(),
            terms=terms,
        )

    @staticmethod
    def _lots(account: Account, pair: Pair, request: AddOrder) -> int:
        if request.cash_qty is not None:
            lots = lots_for_cash(pair, account, _cash(pair, request.cash_qty))
            checks.check_minimum(pair, lots, request.source)
            return lots
        on_margin = request.margin or request.leverage or request.order_type is OrderType.SETTLE_POSITION
        if on_margin and not request.qty:
            lots = account.open_lots(pair.symbol, request.side.opposite)
            if not lots:
                raise VenueReject(UNKNOWN_POSITION)
            return lots
        return checks.check_qty(pair, request.qty, request.source)

    @staticmethod
    def _terms(pair: Pair, request: AddOrder) -> Terms:
        leverage = request.leverage or (max(pair.listing.leverage) if request.margin else 0)
        offset = request.trigger is not None and request.limit_price_type is not PriceType.STATIC
        terms = Terms(
            display=0 if request.display_qty is None else checks.check_qty(pair, request.display_qty, request.source),
            cash=0 if request.cash_qty is None else _cash(pair, request.cash_qty),
            effective_ns=request.effective_ns,
            expire_ns=request.expire_ns,
            leverage=leverage,
            reduce_only=request.reduce_only,
            close=request.close,
            limit_price_type=request.limit_price_type if request.order_type in LIMITED else PriceType.STATIC,
            limit_value=request.limit_price if offset else None,
        )
        return PLAIN if terms == PLAIN else terms

    @staticmethod
    def _price(pair: Pair, order: Order, request: AddOrder) -> None:
        if request.trigger is not None:
            order.trigger = new_trigger(pair, order.side, order.order_type, request.trigger)
        if order.order_type in LIMITED:
            base = order.trigger.price if order.trigger else pair.last_price
            kind = request.limit_price_type
            if request.limit_price is None or kind is PriceType.STATIC:
                order.price = checks.check_price(pair, request.limit_price)
            else:
                order.price = resolve(pair, request.limit_price, kind, base)

    @staticmethod
    def _check_value(pair: Pair, order: Order, request: AddOrder) -> None:
        if order.terms.display:
            checks.check_display(order.qty, order.terms.display)
        best = pair.book.side(request.side.opposite).best
        price = order.price or (order.trigger.price if order.trigger else 0) or best or pair.last_price
        checks.check_cost(pair, price, order.qty)


def _cash(pair: Pair, amount: Decimal) -> int:
    """Return an amount of quote in units.

    Raises:
        VenueReject: It has finer steps than a cost of the pair.
    """
    try:
        units = to_units(amount)
    except ValueError:
        raise VenueReject(policies.BAD_VOLUME) from None
    if units % pair.cost_quantum:
        raise VenueReject(policies.BAD_VOLUME)
    return units
