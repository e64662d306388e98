"""What the book would give an arriving order, without taking it."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.order import Side
from app.venue.core import policies
from app.venue.core.accounts import Account
from app.venue.core.api import Order, Stp
from app.venue.core.pair import Pair

_PERCENT = 100


def protection_bound(pair: Pair, side: Side) -> int | None:
    """Return the worst price of a market order arriving now, or None in an empty book."""
    best = pair.book.side(side.opposite).best
    if best is None:
        return None
    reach = best * policies.MARKET_PROTECTION_PERCENT // _PERCENT
    return best + reach if side is Side.BUY else best - reach


def within(price: int, bound: int | None, side: Side) -> bool:
    """Whether an order of that side may trade at a price, given its worst one."""
    if bound is None:
        return True
    return price <= bound if side is Side.BUY else price >= bound


def market_cost(pair: Pair, account: Account, side: Side, lots: int) -> int:
    """Return what taking that many lots would cost now, in units of quote.

    Own orders are passed over, so that self-trade prevention cannot make the
    result too low.
    """
    cost, left = 0, lots
    for price, offered in _offers(pair, account, side):
        taken = min(left, offered)
        cost += pair.cost_ceiling(price, taken)
        left -= taken
        if not left:
            break
    return cost


def lots_for_cash(pair: Pair, account: Account, cash: int) -> int:
    """Return how many lots a market buy gets for an amount of quote, in units.

    What the book cannot give within the market's protection counts at the
    last price looked at, so that the order ends with a remainder then.
    """
    lots, left, price = 0, cash, pair.last_price
    for price, offered in _offers(pair, account, Side.BUY):
        taken = min(offered, pair.affordable(price, left))
        lots += taken
        left -= pair.cost_ceiling(price, taken)
        if taken < offered:
            return lots
    return lots + pair.affordable(price, left)


def fillable(pair: Pair, order: Order) -> bool:
    """Whether an order would fill completely and at once, hidden quantity included.

    With self-trade prevention that cancels the arriving order, an own order
    that comes first in the queue stops it; hidden quantity of a price comes
    after all that is shown there.
    """
    left = order.left
    stopped_by_own = order.stp is not Stp.CANCEL_OLDEST
    for queue in pair.book.side(order.side.opposite).best_first():
        if not within(queue.price, order.price, order.side):
            return False
        for resting in queue.orders.values():
            if resting.account_id != order.account_id:
                left -= resting.shown
            elif stopped_by_own:
                return left <= 0
            if left <= 0:
                return True
        left -= sum(held.hidden for held in queue.orders.values() if held.account_id != order.account_id)
        if left <= 0:
            return True
    return False


def _offers(pair: Pair, account: Account, side: Side) -> Iterator[tuple[int, int]]:
    """Yield price and lots of what others offer within the market's protection, best first."""
    bound = protection_bound(pair, side)
    for queue in pair.book.side(side.opposite).best_first():
        if not within(queue.price, bound, side):
            return
        for order in queue.orders.values():
            if order.account_id != account.account_id:
                yield queue.price, order.left
