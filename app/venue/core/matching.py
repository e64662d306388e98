"""Matching an arriving order against the book, best price and oldest first."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.order import OrderType, TimeInForce
from app.venue.core import policies
from app.venue.core.accounts import Account
from app.venue.core.api import ExecType, Order, OrderStatus, Stp, Trade
from app.venue.core.floor import Floor
from app.venue.core.jobs import Prints, Spawn, Trim
from app.venue.core.liquidity import within
from app.venue.core.orders import PLAIN
from app.venue.core.pair import Pair
from app.venue.core.settlement import ledger_entries, settle
from app.venue.core.truth import fill_record, order_record, trade_record


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
        elif not order.price or order.order_type is OrderType.MARKET:
            empty = pair.book.side(order.side.opposite).best is None
            reason = policies.REASON_NO_LIQUIDITY if empty else policies.REASON_PROTECTION
            self.end(arrival.account, order, reason, arrival.ts_ns)
        elif order.time_in_force is TimeInForce.IOC:
            self.end(arrival.account, order, policies.REASON_IOC, arrival.ts_ns)
        else:
            if order.terms.display:
                order.hidden = max(0, order.left - order.terms.display)
            pair.book.rest(order)

    def _match(self, arrival: Arrival) -> str:
        """Trade until filled, out of reach or stopped; returns why it was stopped, or ''."""
        order = arrival.order
        opposite = arrival.pair.book.side(order.side.opposite)
        while order.qty > order.filled:
            queue = opposite.head()
            if queue is None or not within(queue.price, arrival.bound, order.side):
                return ""
            resting = next(iter(queue.orders.values()))
            if resting.account_id == order.account_id and not arrival.account.house:
                if order.stp is not Stp.CANCEL_NEWEST:
                    self._expel(arrival, arrival.account, resting, policies.REASON_STP)
                if order.stp is not Stp.CANCEL_OLDEST:
                    return policies.REASON_STP
                continue
            lots = min(order.qty - order.filled, resting.qty - resting.filled - resting.hidden)
            if order.terms is not PLAIN and order.terms.reduce_only:
                lots = min(lots, self._room(arrival.account, order))
                if not lots:
                    return policies.REASON_POSITION_CLOSED
            if resting.terms is not PLAIN and resting.terms.reduce_only:
                owner = self._floor.accounts[resting.account_id]
                lots = min(lots, self._room(owner, resting))
                if not lots:
                    self._expel(arrival, owner, resting, policies.REASON_POSITION_CLOSED)
                    continue
            self._trade(arrival, resting, lots)
        return ""

    @staticmethod
    def _room(account: Account, order: Order) -> int:
        return account.open_lots(order.symbol, order.side.opposite)

    def _expel(self, arrival: Arrival, owner: Account, resting: Order, reason: str) -> None:
        arrival.pair.book.remove(resting, arrival.ts_ns)
        self.end(owner, resting, reason, arrival.ts_ns)

    def _trade(self, arrival: Arrival, resting: Order, lots: int) -> None:
        floor, pair, order = self._floor, arrival.pair, arrival.order
        taker_type = OrderType.LIMIT if order.price and order.order_type is not OrderType.MARKET else OrderType.MARKET
        trade = Trade(pair.symbol, pair.take_trade_id(), resting.price, lots, order.side, taker_type, arrival.ts_ns)
        owner = floor.accounts[resting.account_id]
        for filled in (resting, order):
            filled.filled += lots
            filled.status = OrderStatus.PARTIALLY_FILLED
        pair.book.fill(resting, lots, arrival.ts_ns)
        pair.last_price = trade.price
        pair.trades.append(trade)
        floor.outbox.put(trade)
        if pair.stops:
            pair.prints.append(trade.price)
            floor.later.append(Prints(pair))
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
        elif resting.hidden and not resting.shown:
            self._refill(pair, owner, resting, arrival.ts_ns)

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
        if order.terms.close is not None:
            self._floor.later.append(Spawn(account, pair, order, fill))
        if fill.closed:
            self._floor.later.append(Trim(account, pair))

    def _refill(self, pair: Pair, owner: Account, resting: Order, ts_ns: int) -> None:
        """Show the next slice of an iceberg, at the back of its level (`rest.md` §5.5)."""
        resting.hidden -= min(resting.hidden, resting.terms.display)
        resting.queued_ns = self._floor.stamp()
        pair.book.rest(resting)
        self._floor.report(owner, resting, ExecType.ICEBERG_REFILL, ts_ns)
        self._floor.truth.write(order_record("refilled", resting, pair.instrument, ts_ns))

    def _fill_up(self, account: Account, order: Order, ts_ns: int) -> None:
        order.status = OrderStatus.FILLED
        if account.house:
            return
        order.closed_ns = ts_ns
        account.ended(order)
        self._floor.report(account, order, ExecType.FILLED, ts_ns)

    def end(
        self, account: Account, order: Order, reason: str, ts_ns: int, status: OrderStatus = OrderStatus.CANCELED
    ) -> None:
        """Cancel (or expire) an order that is not (or no longer) in the book."""
        order.status = status
        if account.house:
            return
        order.reason = reason
        order.closed_ns = ts_ns
        account.ended(order)
        kind = ExecType.EXPIRED if status is OrderStatus.EXPIRED else ExecType.CANCELED
        self._floor.report(account, order, kind, ts_ns)
        pair = self._floor.pairs[order.symbol]
        self._floor.truth.write(order_record(kind.value, order, pair.instrument, ts_ns))
