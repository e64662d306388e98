"""Settle-position: closing a margin position by delivering its principal (`rest.md` §6).

A long position is settled by a sell: the client pays what the position cost
and gets what it bought; a short one by a buy, the other way round. No trade
takes place and no fee is due.
"""

from __future__ import annotations

from app.domain.order import Side
from app.venue.core.accounts import INSUFFICIENT_FUNDS, Account
from app.venue.core.api import ExecType, LedgerEntry, LedgerKind, Order, OrderStatus, VenueReject
from app.venue.core.floor import Floor
from app.venue.core.margin import keep, take_part
from app.venue.core.pair import Pair
from app.venue.core.truth import order_record

UNKNOWN_POSITION = "EOrder:Unknown position"


class Settling:
    """Checks and carries out settlements.

    Args:
        floor: Shared state.
    """

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def check(self, account: Account, pair: Pair, order: Order) -> None:
        """Refuse a settlement of more than there is, or of what cannot be delivered.

        Raises:
            VenueReject: `EOrder:Unknown position` or `EOrder:Insufficient funds`.
        """
        if order.qty > account.open_lots(pair.symbol, order.side.opposite):
            raise VenueReject(UNKNOWN_POSITION)
        if order.side is Side.SELL:
            asset, needed = pair.instrument.quote, self._principal(account, pair, order)
        else:
            asset, needed = pair.instrument.base, pair.units(order.qty)
        if needed > account.available(asset):
            raise VenueReject(INSUFFICIENT_FUNDS)

    def _principal(self, account: Account, pair: Pair, order: Order) -> int:
        total, left = 0, order.qty
        for position in list(account.positions.values()):
            if left and position.symbol == pair.symbol and position.side is order.side.opposite:
                lots = min(left, position.left)
                total += take_part(position, lots, pair.cost_quantum)[1]
                left -= lots
        return total

    def settle(self, account: Account, pair: Pair, order: Order) -> None:
        """Deliver: positions go, oldest first, and the principal changes hands."""
        floor, now = self._floor, order.created_ns
        total, left = 0, order.qty
        for position in list(account.positions.values()):
            if left and position.symbol == pair.symbol and position.side is order.side.opposite:
                lots = min(left, position.left)
                rest, part = take_part(position, lots, pair.cost_quantum)
                total, left = total + part, left - lots
                keep(floor, account, rest, now)
        sign = 1 if order.side is Side.SELL else -1
        order.status = OrderStatus.NEW
        floor.report(account, order, ExecType.NEW, now)
        for asset, amount in (
            (pair.instrument.base, sign * pair.units(order.qty)),
            (pair.instrument.quote, -sign * total),
        ):
            floor.pool[asset] = floor.pool.get(asset, 0) - amount
            self._move(account, order, asset, amount, now)
        order.filled, order.cost, order.status, order.closed_ns = order.qty, total, OrderStatus.FILLED, now
        account.ended(order)
        floor.report(account, order, ExecType.FILLED, now)
        floor.truth.write(order_record("settled", order, pair.instrument, now))

    def _move(self, account: Account, order: Order, asset: str, amount: int, now: int) -> None:
        balance = account.move(asset, amount)
        entry = LedgerEntry(
            account_id=account.account_id,
            ledger_id=self._floor.ids.ledger(),
            ref_id=order.order_id,
            asset=asset,
            amount=amount,
            fee=0,
            balance=balance,
            ts_ns=now,
            kind=LedgerKind.SETTLED,
        )
        self._floor.outbox.put(entry)
