"""What the book would give an arriving order, without taking it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

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


def fillable(accounts: Mapping[str, Account], pair: Pair, order: Order) -> bool:
    """Whether an order would fill completely and at once, hidden quantity included.

    Goes through the queues exactly as matching would, slice by slice.
    """
    left, rooms = order.left, dict[str, int]()
    if order.terms.reduce_only and accounts[order.account_id].open_lots(pair.symbol, order.side.opposite) < left:
        return False
    for queue in pair.book.side(order.side.opposite).best_first():
        if not within(queue.price, order.price, order.side):
            return False
        waiting = deque((held, held.shown, held.hidden) for held in queue.orders.values())
        while waiting:
            held, shown, hidden = waiting.popleft()
            if held.account_id == order.account_id:
                if order.stp is not Stp.CANCEL_OLDEST:
                    return False
                continue
            taken = min(left, shown)
            if held.terms.leverage:
                room = rooms.setdefault(held.account_id, accounts[held.account_id].open_lots(pair.symbol, order.side))
                taken = min(taken, room) if held.terms.reduce_only else taken
                rooms[held.account_id] = max(0, room - taken)
            left -= taken
            if not left:
                return True
            if hidden and taken == shown:
                slice_ = min(hidden, held.terms.display)
                waiting.append((held, slice_, hidden - slice_))
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
