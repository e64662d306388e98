"""The legacy edit: cancel an order and place it anew (`ws-v2.md` §9.3, `rest.md` §4.5)."""

from __future__ import annotations

from copy import copy

from app.domain.instrument import Instrument, from_units
from app.domain.order import OrderType
from app.venue.core import checks, policies
from app.venue.core.accounts import UNKNOWN_ORDER, Account
from app.venue.core.api import AddOrder, Edited, EditOrder, Order, PriceType, Trigger, VenueReject
from app.venue.core.entry import Entry
from app.venue.core.floor import Floor
from app.venue.core.matching import Matcher
from app.venue.core.pair import Pair
from app.venue.core.ratelimit import EDIT_AGE_COST, EDIT_COST, age_cost


class Editing:
    """Checks an edit and carries it out.

    Args:
        floor: Shared state.
        matcher: Ends the old order.
        entry: Takes in the new one.
    """

    def __init__(self, floor: Floor, matcher: Matcher, entry: Entry) -> None:
        self._floor = floor
        self._matcher = matcher
        self._entry = entry

    def edit(self, account: Account, request: EditOrder) -> Edited:
        """Replace an order; returns the new and the old one.

        Raises:
            VenueReject: With Kraken's text; the old order lives on then.
        """
        old = _selected(account, request)
        pair = self._floor.pair(old.symbol)
        mono = self._floor.clock.mono_ns()
        extra = age_cost(EDIT_AGE_COST, mono - old.changed_mono_ns)
        with account.rates.charging(pair.symbol, mono, EDIT_COST, extra):
            _check_editable(pair, old, request)
            new = self._entry.checked(account, pair, _renewed(pair.instrument, old, request), replaces=True)
            with account.without(old.order_id):
                self._entry.try_funds(account, pair, new)
        if request.validate:
            return Edited(new, copy(old))
        now = self._floor.stamp()
        self._floor.withdraw(pair, old, now)
        self._matcher.end(account, old, policies.REASON_REPLACED, now)
        self._floor.publish_book(pair, now)
        self._entry.place(account, pair, new, original=old.order_id)
        return Edited(new, copy(old))


def _selected(account: Account, request: EditOrder) -> Order:
    if request.order_id:
        return account.find_open(request.order_id, "")
    if request.userref_of is None:
        raise VenueReject(UNKNOWN_ORDER)
    found = [order for order in account.open.values() if order.userref == request.userref_of]
    if len(found) > 1:
        raise VenueReject(policies.AMBIGUOUS_TAG)
    if not found:
        raise VenueReject(UNKNOWN_ORDER)
    return found[0]


def _check_editable(pair: Pair, old: Order, request: EditOrder) -> None:
    fired = old.trigger is not None and old.trigger.triggered
    if fired or old.terms.close is not None or old.cl_ord_id or old.order_type is OrderType.MARKET:
        raise VenueReject(policies.NOT_EDITABLE)
    if request.symbol != old.symbol:
        raise VenueReject(policies.NOT_EDITABLE)
    if request.qty is not None and checks.check_qty(pair, request.qty, request.source) <= old.filled:
        raise VenueReject(policies.NOT_EDITABLE)


def _renewed(instrument: Instrument, old: Order, request: EditOrder) -> AddOrder:
    """Return the order that an edit asks for, as if it had been sent anew."""
    terms = old.terms
    total = instrument.qty(old.qty) if request.qty is None else request.qty
    limit, limit_type = request.limit_price, request.limit_price_type
    if limit is None:
        limit, limit_type = terms.limit_value, terms.limit_price_type
    if limit is None and old.price:
        limit, limit_type = instrument.price(old.price), PriceType.STATIC
    trigger = request.trigger
    if trigger is None and old.trigger is not None:
        trailing = bool(old.trigger.peak)
        value = old.trigger.value if trailing else instrument.price(old.trigger.price)
        trigger = Trigger(value, old.trigger.kind if trailing else PriceType.STATIC, old.trigger.reference)
    display = instrument.qty(terms.display) if terms.display else None
    return AddOrder(
        symbol=old.symbol,
        side=old.side,
        order_type=old.order_type,
        qty=total - instrument.qty(old.filled) if policies.EDIT_COUNTS_FILLED else total,
        limit_price=limit,
        limit_price_type=limit_type,
        time_in_force=old.time_in_force,
        post_only=old.post_only if request.post_only is None else request.post_only,
        stp=old.stp,
        userref=request.userref,
        deadline_ns=request.deadline_ns,
        validate=request.validate,
        fee_in_base=old.fee_in_base if request.fee_in_base is None else request.fee_in_base,
        source=request.source,
        trigger=trigger,
        display_qty=display if request.display_qty is None else request.display_qty,
        cash_qty=from_units(terms.cash) if terms.cash else None,
        effective_ns=terms.effective_ns,
        expire_ns=terms.expire_ns,
        margin=bool(terms.leverage),
        leverage=terms.leverage,
        reduce_only=terms.reduce_only if request.reduce_only is None else request.reduce_only,
    )
