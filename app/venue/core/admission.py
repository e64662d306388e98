"""Letting accepted orders go live: at once, at their start, on their trigger (`rest.md` §5.3 to §5.5)."""

from __future__ import annotations

from dataclasses import replace

from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core import policies
from app.venue.core.accounts import INSUFFICIENT_FUNDS, Account
from app.venue.core.api import ExecType, Order, OrderStatus, VenueReject
from app.venue.core.fees import fee_ceiling
from app.venue.core.floor import Floor
from app.venue.core.jobs import Trim
from app.venue.core.kinds import TRAILING
from app.venue.core.liquidity import fillable, market_cost, protection_bound
from app.venue.core.margin import LEVEL_TOO_LOW, NO_POSITION, check_reduces, reserve
from app.venue.core.matching import Arrival, Matcher
from app.venue.core.pair import Pair
from app.venue.core.pricing import fires, reference_price, resolve, trail
from app.venue.core.settlement import required, taker_rate
from app.venue.core.truth import order_record

_REASONS = {
    INSUFFICIENT_FUNDS: policies.REASON_NO_FUNDS,
    LEVEL_TOO_LOW: policies.REASON_NO_MARGIN,
    NO_POSITION: policies.REASON_NO_POSITION,
}


def engine_reason(error: str) -> str:
    """Return the reason of an order that the engine ends for what would have refused it."""
    return _REASONS.get(error, error.partition(":")[2])


class Admission:
    """Holds what orders need and sends them to where they wait, rest or trade.

    Args:
        floor: Shared state.
        matcher: Where live orders go.
    """

    def __init__(self, floor: Floor, matcher: Matcher) -> None:
        self._floor = floor
        self._matcher = matcher

    def reserve(self, account: Account, pair: Pair, order: Order) -> None:
        """Place the hold or the margin of an order that is about to be accepted or goes live.

        A market order that trades at once is checked only, as it never rests.

        Raises:
            VenueReject: Kraken's text on funds or margin.
        """
        idle = order.waits or self._is_ahead(order)
        if order.terms.leverage:
            if not order.waits:
                check_reduces(account, order)
            reserve(self._floor, account, pair, order, self._price(pair, order))
        elif order.price or idle:
            if not idle or policies.UNTRIGGERED_HOLD:
                asset, amount = required(account, pair, order, order.left, self._price(pair, order))
                account.hold(order.order_id, asset, amount)
        else:
            account.release(order.order_id)
            self._check_market(account, pair, order)

    def _is_ahead(self, order: Order) -> bool:
        return order.terms.effective_ns > self._floor.clock.now_ns()

    @staticmethod
    def _price(pair: Pair, order: Order) -> int:
        if order.price:
            return order.price
        return order.trigger.price if order.waits and order.trigger else pair.last_price

    @staticmethod
    def _check_market(account: Account, pair: Pair, order: Order) -> None:
        if order.side is Side.SELL:
            asset, needed = required(account, pair, order, order.left, 0)
        else:
            asset = pair.instrument.quote
            needed = market_cost(pair, account, order.side, order.left)
            if not order.fee_in_base:
                needed += fee_ceiling(needed, taker_rate(account, pair), pair.cost_quantum)
        if needed > account.available(asset):
            raise VenueReject(INSUFFICIENT_FUNDS)

    def enter(self, account: Account, pair: Pair, order: Order, ts_ns: int) -> None:
        """Take in an order that has been accepted: it waits for its start, or starts."""
        if self._is_ahead(order):
            self._floor.scheduled[order.order_id] = order
            return
        self.start(account, pair, order, ts_ns)

    def start(self, account: Account, pair: Pair, order: Order, ts_ns: int) -> None:
        """Start an order: it waits for its trigger, or goes live."""
        if order.trigger is None:
            self._admit(account, pair, order, ts_ns)
            return
        reference = reference_price(pair, order.trigger.reference)
        if order.order_type in TRAILING:
            order.trigger = trail(pair, order.side, order.trigger, reference)
            self.follow(pair, order)
        order.status = OrderStatus.NEW
        self._floor.report(account, order, ExecType.NEW, ts_ns)
        if fires(order.side, order.order_type, order.trigger, reference):
            self.fire(account, pair, order, reference, ts_ns)
        else:
            pair.stops[order.order_id] = order

    def fire(self, account: Account, pair: Pair, order: Order, reference: int, ts_ns: int) -> None:
        """Fire a trigger: the order becomes a market or a limit order, as its kind says."""
        assert order.trigger is not None
        order.trigger = replace(order.trigger, triggered=True, last=reference, ts_ns=ts_ns)
        order.queued_ns = ts_ns
        self._floor.report(account, order, ExecType.STATUS, ts_ns)
        self._floor.truth.write(order_record("triggered", order, pair.instrument, ts_ns))
        try:
            self.reserve(account, pair, order)
        except VenueReject as reject:
            self._matcher.end(account, order, engine_reason(reject.error), ts_ns)
            return
        self._admit(account, pair, order, ts_ns, announce=False)

    def follow(self, pair: Pair, order: Order) -> None:
        """Move the offset limit of an untriggered order with its trigger.

        Raises:
            VenueReject: The limit would not be positive.
        """
        terms = order.terms
        if terms.limit_value is not None and order.trigger is not None:
            order.price = resolve(pair, terms.limit_value, terms.limit_price_type, order.trigger.price)

    def _admit(self, account: Account, pair: Pair, order: Order, ts_ns: int, *, announce: bool = True) -> None:
        """Let an order go live, unless its flags forbid what would happen."""
        refusal = self._refusal(pair, order)
        if refusal:
            self._matcher.end(account, order, refusal, ts_ns)
            return
        order.status = OrderStatus.NEW
        if announce:
            self._floor.report(account, order, ExecType.NEW, ts_ns)
        market = not order.price or order.order_type is OrderType.MARKET
        bound = protection_bound(pair, order.side) if market else order.price
        self._matcher.arrive(Arrival(pair, account, order, bound, ts_ns))
        if order.terms.reduce_only:
            self._floor.later.append(Trim(account, pair))

    def _refusal(self, pair: Pair, order: Order) -> str:
        if order.post_only and pair.book.crosses(order.side, order.price):
            return policies.REASON_POST_ONLY
        if order.time_in_force is TimeInForce.FOK and not fillable(self._floor.accounts, pair, order):
            return policies.REASON_FOK
        return ""
