"""Changing open orders in place (`ws-v2.md` §9.2, §14; `rest.md` §4.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.venue.core import checks, policies
from app.venue.core.accounts import Account
from app.venue.core.admission import Admission
from app.venue.core.api import (
    AmendKind,
    AmendOrder,
    AmendRecord,
    ExecType,
    Order,
    PriceType,
    Terms,
    TriggerState,
    VenueReject,
)
from app.venue.core.floor import Floor
from app.venue.core.kinds import LIMITED, TRAILING
from app.venue.core.matching import Arrival, Matcher
from app.venue.core.orders import PLAIN
from app.venue.core.pair import Pair
from app.venue.core.pricing import fires, reference_price, resolve, trail
from app.venue.core.ratelimit import AMEND_AGE_COST, AMEND_COST, CANCEL_AGE_COST, age_cost
from app.venue.core.truth import order_record

POST_ONLY_ORDER = "EOrder:Post only order"


@dataclass(frozen=True, slots=True)
class _Change:
    """What an order becomes."""

    qty: int
    price: int
    terms: Terms
    trigger: TriggerState | None


class Amending:
    """Checks an amend and carries it out.

    Args:
        floor: Shared state.
        matcher: Where an order goes whose new price takes.
        admission: Holds, and triggers that the amend fires.
    """

    def __init__(self, floor: Floor, matcher: Matcher, admission: Admission) -> None:
        self._floor = floor
        self._matcher = matcher
        self._admission = admission

    def amend(self, account: Account, request: AmendOrder) -> str:
        """Change an order; returns the amend id.

        A lower quantity keeps the place in the queue; a new price or a higher
        quantity goes to the back; a new display quantity keeps it, and a
        larger one shows at the next refill. A quantity at or below what is
        filled cancels the remainder.

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
        with account.rates.charging(pair.symbol, mono, AMEND_COST, age_cost(AMEND_AGE_COST, age)):
            change = self._checked(pair, order, request)
            original = order_state(self._floor.ids.amend(), AmendKind.ORIGINAL, order, order.created_ns)
            leaves = self._apply(account, pair, order, change)
        amend_id = self._floor.ids.amend()
        if change.qty <= order.filled:
            account.rates.charge(pair.symbol, mono, 0, age_cost(CANCEL_AGE_COST, age), refusable=False)
        history = account.amends.setdefault(order.order_id, [original])
        history.append(order_state(amend_id, AmendKind.USER, order, order.changed_ns))
        self._go_on(account, pair, order, leaves=leaves)
        self._floor.publish_book(pair, order.changed_ns)
        return amend_id

    def _checked(self, pair: Pair, order: Order, request: AmendOrder) -> _Change:
        fields = (request.qty, request.limit_price, request.display_qty, request.trigger_price)
        if all(field is None for field in fields):
            raise VenueReject(policies.MISSING_AMENDMENT)
        if order.terms.close is not None:
            raise VenueReject(policies.NOT_AMENDABLE)
        trigger = self._new_trigger(pair, order, request)
        price, terms = self._new_price(pair, order, request, trigger)
        post_only = request.post_only or order.post_only
        live = not order.waits and order.order_id not in self._floor.scheduled
        takes = live and price != order.price and pair.book.crosses(order.side, price)
        checks.check_mode(
            self._floor,
            pair,
            post_only=post_only or not takes,
            order_type=order.order_type,
            reduce_only=order.terms.reduce_only,
        )
        checks.check_deadline(self._floor, request.deadline_ns)
        qty = order.qty if request.qty is None else checks.check_qty(pair, request.qty, request.source)
        checks.check_cost(pair, price or (trigger.price if trigger else 0) or pair.last_price, qty)
        terms = self._new_display(pair, order, request, qty, terms)
        if post_only and takes:
            raise VenueReject(POST_ONLY_ORDER)
        return _Change(max(qty, order.filled), price, terms, trigger)

    @staticmethod
    def _new_trigger(pair: Pair, order: Order, request: AmendOrder) -> TriggerState | None:
        state = order.trigger
        if request.trigger_price is None:
            return state
        if state is None or state.triggered:
            raise VenueReject(policies.BAD_TRIGGER)
        if order.order_type in TRAILING:
            kind = request.trigger_price_type or state.kind
            if kind is PriceType.STATIC or request.trigger_price <= 0:
                raise VenueReject(policies.BAD_PRICE)
            return trail(pair, order.side, replace(state, value=request.trigger_price, kind=kind), state.peak)
        kind = request.trigger_price_type or PriceType.STATIC
        price = resolve(pair, request.trigger_price, kind, reference_price(pair, state.reference))
        return replace(state, value=request.trigger_price, kind=kind, price=price)

    @staticmethod
    def _new_price(pair: Pair, order: Order, request: AmendOrder, trigger: TriggerState | None) -> tuple[int, Terms]:
        terms, waits = order.terms, order.waits
        base = trigger.price if trigger is not None and waits else pair.last_price
        value, kind = request.limit_price, request.limit_price_type
        if value is None:
            if terms.limit_value is None or not waits:
                return order.price, terms
            return resolve(pair, terms.limit_value, terms.limit_price_type, base), terms
        if order.order_type not in LIMITED:
            raise VenueReject(policies.BAD_PRICE)
        if waits and order.order_type in TRAILING and kind is PriceType.STATIC:
            raise VenueReject(policies.BAD_SECOND_PRICE)
        price = resolve(pair, value, kind, base)
        if waits and kind is not PriceType.STATIC:
            return price, replace(terms, limit_price_type=kind, limit_value=value)
        if terms.limit_value is not None:
            terms = replace(terms, limit_price_type=PriceType.STATIC, limit_value=None)
        return price, terms

    @staticmethod
    def _new_display(pair: Pair, order: Order, request: AmendOrder, qty: int, terms: Terms) -> Terms:
        if request.display_qty is None:
            left = qty - order.filled
            if terms.display and left > 0 and terms.display * policies.DISPLAY_PARTS < left:
                raise VenueReject(policies.BAD_DISPLAY)
            return terms
        if not terms.display:
            raise VenueReject(policies.BAD_DISPLAY)
        display = checks.check_qty(pair, request.display_qty, request.source)
        if qty > order.filled:
            checks.check_display(qty - order.filled, display)
        return replace(terms, display=display)

    def _apply(self, account: Account, pair: Pair, order: Order, change: _Change) -> bool:
        """Change the order where it stands; returns whether it has left the book to move."""
        resting = order.order_id not in pair.stops and order.order_id not in self._floor.scheduled
        moves = change.price != order.price or change.qty > order.qty
        self._hold_for(account, pair, order, change)
        now = self._floor.stamp()
        order.changed_ns, order.changed_mono_ns = now, self._floor.clock.mono_ns()
        order.amended = True
        if resting and (moves or change.qty == order.filled):
            pair.book.remove(order, now)
            order.queued_ns, order.hidden = now, 0
            self._set(order, change)
        elif resting:
            self._shrink(pair, order, change, now)
        else:
            self._set(order, change)
            if order.left == 0:
                self._floor.withdraw(pair, order, now)
        self._floor.report(account, order, ExecType.AMENDED, now)
        self._floor.truth.write(order_record("amended", order, pair.instrument, now))
        return resting and moves

    @staticmethod
    def _set(order: Order, change: _Change) -> None:
        order.qty, order.price, order.trigger = change.qty, change.price, change.trigger
        order.terms = PLAIN if change.terms == PLAIN else change.terms

    def _shrink(self, pair: Pair, order: Order, change: _Change, now: int) -> None:
        """Lower what a resting order has or shows, in place."""
        before = order.shown
        self._set(order, change)
        left = order.left
        shown = min(before, left, order.terms.display or left)
        order.hidden = left - shown
        if shown < before:
            if not policies.REDUCED_KEEPS_BOOK_TIME:
                order.queued_ns = now
            pair.book.shrink(order, before - shown)

    def _go_on(self, account: Account, pair: Pair, order: Order, *, leaves: bool) -> None:
        """Send a changed order on its way: to its end, into the book, over its trigger."""
        if order.left == 0:
            self._matcher.end(account, order, policies.REASON_USER, order.changed_ns)
        elif leaves:
            self._matcher.arrive(Arrival(pair, account, order, order.price, order.changed_ns))
        elif order.order_id in pair.stops and order.trigger is not None:
            reference = reference_price(pair, order.trigger.reference)
            if fires(order.side, order.order_type, order.trigger, reference):
                del pair.stops[order.order_id]
                self._admission.fire(account, pair, order, reference, order.changed_ns)

    def _hold_for(self, account: Account, pair: Pair, order: Order, change: _Change) -> None:
        """Hold what the changed order needs.

        Raises:
            VenueReject: Funds or margin do not suffice; nothing has changed then.
        """
        before = _Change(order.qty, order.price, order.terms, order.trigger)
        reserved = account.reserved.get(order.order_id)
        self._set(order, change)
        try:
            self._admission.reserve(account, pair, order)
        except VenueReject:
            if reserved is not None:
                account.reserved[order.order_id] = reserved
            raise
        finally:
            self._set(order, before)


def order_state(amend_id: str, kind: AmendKind, order: Order, ts_ns: int) -> AmendRecord:
    """Return an order's state for its amend history; the original one had no fills yet."""
    return AmendRecord(
        amend_id=amend_id,
        kind=kind,
        qty=order.qty,
        left=order.qty if kind is AmendKind.ORIGINAL else order.left,
        display=order.terms.display,
        price=order.price,
        trigger=order.trigger.price if order.trigger else 0,
        post_only=order.post_only,
        ts_ns=ts_ns,
    )
