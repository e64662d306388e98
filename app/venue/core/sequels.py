"""What follows from trades once the running command is through its matching.

Triggers see each traded price in order, fills of orders with a conditional
close spawn their children, and reduce-only orders beyond a position go. What
these cause in turn is worked off the same way until nothing is left.
"""

from __future__ import annotations

from app.domain.order import OrderType, Side
from app.venue.core import policies
from app.venue.core.accounts import Account
from app.venue.core.admission import Admission, engine_reason
from app.venue.core.api import ExecType, Fill, Order, PriceType, Reference, Terms, TriggerState, VenueReject
from app.venue.core.floor import Floor
from app.venue.core.jobs import Prints, Spawn, Trim
from app.venue.core.kinds import TRAILING
from app.venue.core.matching import Matcher
from app.venue.core.orders import PLAIN
from app.venue.core.pair import Pair
from app.venue.core.pricing import fires, new_trigger, reference_price, resolve, trail
from app.venue.core.truth import order_record


class Sequels:
    """Works off the floor's jobs.

    Args:
        floor: Shared state.
        matcher: Ends orders.
        admission: Lets orders go live.
    """

    def __init__(self, floor: Floor, matcher: Matcher, admission: Admission) -> None:
        self._floor = floor
        self._matcher = matcher
        self._admission = admission

    def run(self) -> None:
        """Work off all jobs, and those that they cause."""
        while self._floor.later:
            job = self._floor.later.popleft()
            match job:
                case Prints():
                    self._look(job.pair)
                case Spawn():
                    self._spawn(job)
                case Trim():
                    self._trim(job.account, job.pair)
            self._floor.publish_book(job.pair, self._floor.stamp())

    def _look(self, pair: Pair) -> None:
        """Show the traded prices to the triggers that wait, one after the other."""
        while pair.prints:
            price = pair.prints.popleft()
            for order in list(pair.stops.values()):
                if order.order_id in pair.stops and order.trigger is not None:
                    self._show(pair, order, order.trigger, price)

    def _show(self, pair: Pair, order: Order, state: TriggerState, last: int) -> None:
        account = self._floor.accounts[order.account_id]
        index = state.reference is Reference.INDEX
        reference = reference_price(pair, Reference.INDEX) if index else last
        if fires(order.side, order.order_type, state, reference):
            del pair.stops[order.order_id]
            self._admission.fire(account, pair, order, reference, self._floor.stamp())
            return
        better = reference < state.peak if order.side is Side.BUY else reference > state.peak
        if order.order_type in TRAILING and better:
            try:
                order.trigger = trail(pair, order.side, state, reference)
                self._admission.follow(pair, order)
            except VenueReject:
                del pair.stops[order.order_id]
                self._matcher.end(account, order, policies.REASON_BAD_PRICE, self._floor.stamp())
                return
            self._floor.report(account, order, ExecType.STATUS, self._floor.stamp())

    def _spawn(self, job: Spawn) -> None:
        """Make the conditional close of one fill: opposite side, that fill's size (`rest.md` §5.6)."""
        floor, account, pair = self._floor, job.account, job.pair
        now = floor.stamp()
        order = _child(job, now, floor.clock.mono_ns())
        order.order_id = floor.ids.order()
        refusal = ""
        try:
            _price_child(job, order)
            self._admission.reserve(account, pair, order)
        except VenueReject as reject:
            refusal = engine_reason(reject.error)
        account.opened(order)
        floor.report(account, order, ExecType.PENDING_NEW, now)
        floor.truth.write(order_record("spawned", order, pair.instrument, now))
        if refusal:
            self._matcher.end(account, order, refusal, now)
            return
        self._admission.start(account, pair, order, now)

    def _trim(self, account: Account, pair: Pair) -> None:
        """Cancel resting reduce-only orders beyond the position, the least aggressive first."""
        for side in Side:
            room = account.open_lots(pair.symbol, side.opposite)
            book = pair.book.side(side)
            held = [
                order
                for order in account.open.values()
                if order.terms.reduce_only and order.side is side and order.symbol == pair.symbol and order.price
            ]
            resting = [o for o in held if o.order_id not in pair.stops and o.order_id not in self._floor.scheduled]
            for order in sorted(resting, key=lambda found: -found.price * book.sign):
                if room > 0:
                    room -= order.left
                    continue
                now = self._floor.stamp()
                pair.book.remove(order, now)
                self._matcher.end(account, order, policies.REASON_POSITION_CLOSED, now)


def _child(job: Spawn, now: int, mono: int) -> Order:
    parent, close = job.parent, job.parent.terms.close
    assert close is not None
    display = 0
    if close.order_type is OrderType.ICEBERG:
        display = -(-job.fill.qty // policies.DISPLAY_PARTS)
    terms = Terms(display=display, leverage=parent.terms.leverage) if display or parent.terms.leverage else PLAIN
    return Order(
        order_id="",
        account_id=parent.account_id,
        symbol=parent.symbol,
        side=parent.side.opposite,
        order_type=close.order_type,
        qty=job.fill.qty,
        price=0,
        time_in_force=policies.CLOSE_TIME_IN_FORCE,
        post_only=False,
        cl_ord_id="",
        userref=parent.userref,
        created_ns=now,
        changed_ns=now,
        stp=parent.stp,
        fee_in_base=parent.fee_in_base,
        source=parent.source,
        queued_ns=now,
        changed_mono_ns=mono,
        terms=terms,
        parent_id=parent.order_id,
    )


def primary_price(parent: Order, fill: Fill) -> int:
    """Return the price that relative prices of a conditional close count from, in ticks."""
    return parent.price or fill.price


def _price_child(job: Spawn, order: Order) -> None:
    """Set the trigger and the limit of a child.

    Raises:
        VenueReject: A price is not positive or misses the tick.
    """
    close, pair = job.parent.terms.close, job.pair
    assert close is not None
    base = primary_price(job.parent, job.fill)
    if close.trigger is not None:
        order.trigger = new_trigger(pair, order.side, order.order_type, close.trigger, base)
    if close.limit_price is None:
        return
    trailing = order.order_type in TRAILING and order.trigger is not None
    if trailing and order.trigger is not None:
        base = order.trigger.price
    order.price = resolve(pair, close.limit_price, close.limit_price_type, base)
    if trailing and close.limit_price_type is not PriceType.STATIC:
        order.terms = Terms(
            display=order.terms.display,
            leverage=order.terms.leverage,
            limit_price_type=close.limit_price_type,
            limit_value=close.limit_price,
        )
