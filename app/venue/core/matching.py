"""Matching an arriving order against the book, best price and oldest first."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core import policies
from app.venue.core.accounts import Account
from app.venue.core.api import ExecType, Order, OrderStatus, Stp, Trade
from app.venue.core.floor import Floor
from app.venue.core.pair import Pair
from app.venue.core.settlement import ledger_entries, settle
from app.venue.core.truth import fill_record, order_record, trade_record

_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Arrival:
    """An order on its way into the book.

    Attributes:
        pair: Its pair.
        account: Its owner.
        order: The order; not resting.
        bound: Worst price that it may trade at, in ticks; None for no bound.
        ts_ns: Time of the command.
    """

    pair: Pair
    account: Account
    order: Order
    bound: int | None
    ts_ns: int


def protection_bound(pair: Pair, side: Side) -> int | None:
    """Return the worst price of a market order arriving now, or None in an empty book."""
    best = pair.book.side(side.opposite).best
    if best is None:
        return None
    reach = best * policies.MARKET_PROTECTION_PERCENT // _PERCENT
    return best + reach if side is Side.BUY else best - reach


def market_cost(pair: Pair, account: Account, side: Side, lots: int) -> int:
    """Return what taking that many lots would cost now, in units of quote.

    Own orders are passed over, so that self-trade prevention cannot make the
    result too low.
    """
    bound = protection_bound(pair, side)
    cost, left = 0, lots
    for queue in pair.book.side(side.opposite).best_first():
        if not left or bound is None or not _within(queue.price, bound, side):
            break
        for order in queue.orders.values():
            if order.account_id == account.account_id:
                continue
            taken = min(left, order.left)
            cost += pair.cost_ceiling(queue.price, taken)
            left -= taken
            if not left:
                break
    return cost


def _within(price: int, bound: int | None, side: Side) -> bool:
    if bound is None:
        return True
    return price <= bound if side is Side.BUY else price >= bound


class Matcher:
    """Trades arriving orders and ends orders.

    Args:
        floor: Shared state.
    """

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def arrive(self, arrival: Arrival) -> None:
        """Match an order, then rest, fill or cancel what is left of it."""
        order, pair = arrival.order, arrival.pair
        stopped = self._match(arrival)
        if order.left == 0:
            self._fill_up(arrival.account, order, arrival.ts_ns)
        elif stopped:
            self.end(arrival.account, order, stopped, arrival.ts_ns)
        elif order.order_type is OrderType.MARKET:
            empty = pair.book.side(order.side.opposite).best is None
            reason = policies.REASON_NO_LIQUIDITY if empty else policies.REASON_PROTECTION
            self.end(arrival.account, order, reason, arrival.ts_ns)
        elif order.time_in_force is TimeInForce.IOC:
            self.end(arrival.account, order, policies.REASON_IOC, arrival.ts_ns)
        else:
            pair.book.rest(order)

    def _match(self, arrival: Arrival) -> str:
        """Trade until filled, out of reach or stopped; returns why it was stopped, or ''."""
        order = arrival.order
        opposite = arrival.pair.book.side(order.side.opposite)
        while order.qty > order.filled:
            queue = opposite.head()
            if queue is None or not _within(queue.price, arrival.bound, order.side):
                return ""
            resting = next(iter(queue.orders.values()))
            if resting.account_id == order.account_id and not arrival.account.house:
                if order.stp is not Stp.CANCEL_NEWEST:
                    self._prevent(arrival, resting)
                if order.stp is not Stp.CANCEL_OLDEST:
                    return policies.REASON_STP
                continue
            self._trade(arrival, resting)
        return ""

    def _prevent(self, arrival: Arrival, resting: Order) -> None:
        arrival.pair.book.remove(resting, arrival.ts_ns)
        self.end(arrival.account, resting, policies.REASON_STP, arrival.ts_ns)

    def _trade(self, arrival: Arrival, resting: Order) -> None:
        floor, pair, order = self._floor, arrival.pair, arrival.order
        lots = min(order.left, resting.left)
        trade = Trade(
            pair.symbol, pair.take_trade_id(), resting.price, lots, order.side, order.order_type, arrival.ts_ns
        )
        owner = floor.accounts[resting.account_id]
        for filled in (resting, order):
            filled.filled += lots
            filled.status = OrderStatus.PARTIALLY_FILLED
        pair.book.fill(resting, lots, arrival.ts_ns)
        pair.last_price = trade.price
        pair.trades.append(trade)
        floor.outbox.put(trade)
        if floor.truth.wants_house or not (owner.house and arrival.account.house):
            record = trade_record(trade, pair.instrument, owner.account_id, arrival.account.account_id)
            floor.truth.write(record, now=not (owner.house and arrival.account.house))
        if owner.house and arrival.account.house:
            if resting.left == 0:
                resting.status = OrderStatus.FILLED
            return
        self._book_side(pair, owner, resting, trade, maker=True)
        self._book_side(pair, arrival.account, order, trade, maker=False)
        if resting.left == 0:
            self._fill_up(owner, resting, arrival.ts_ns)

    def _book_side(self, pair: Pair, account: Account, order: Order, trade: Trade, *, maker: bool) -> None:
        fill = settle(self._floor, pair, account, order, trade, maker=maker)
        if fill is None:
            return
        if order.left == 0 and policies.FINAL_TRADE_IS_FILLED:
            order.status = OrderStatus.FILLED
        self._floor.report(account, order, ExecType.TRADE, trade.ts_ns, fill)
        for entry in ledger_entries(self._floor, pair, account, fill):
            self._floor.outbox.put(entry)
        self._floor.truth.write(fill_record(fill, order, pair.instrument))

    def _fill_up(self, account: Account, order: Order, ts_ns: int) -> None:
        order.status = OrderStatus.FILLED
        if account.house:
            return
        order.closed_ns = ts_ns
        account.ended(order)
        self._floor.report(account, order, ExecType.FILLED, ts_ns)

    def end(self, account: Account, order: Order, reason: str, ts_ns: int) -> None:
        """Cancel an order that is not (or no longer) in the book."""
        order.status = OrderStatus.CANCELED
        if account.house:
            return
        order.reason = reason
        order.closed_ns = ts_ns
        account.ended(order)
        self._floor.report(account, order, ExecType.CANCELED, ts_ns)
        pair = self._floor.pairs[order.symbol]
        self._floor.truth.write(order_record("canceled", order, pair.instrument, ts_ns))
