"""Fan-out of `executions` and `balances` with one `sequence` per subscription (`ws-v2.md` §7.5)."""

from __future__ import annotations

from dataclasses import dataclass

from app.venue.core.api import ExchangeApi, ExecType, Execution, LedgerEntry
from app.venue.gateways.faults import Faults
from app.venue.gateways.websocket import WebSocket
from app.venue.wire import policies, private
from app.venue.wire.frames import dump, numbered
from app.venue.wire.numbers import Scale
from app.venue.wire.valuation import Valuation

EXECUTIONS = "executions"
BALANCES = "balances"

_TERSE = frozenset({ExecType.NEW, ExecType.FILLED, ExecType.CANCELED, ExecType.EXPIRED})
"""What `order_status:false` still streams."""


@dataclass(slots=True, eq=False)
class Subscription:
    """One private subscription of one connection.

    Attributes:
        reader: The connection.
        account_id: Whose events.
        order_status: Whether all transitions are streamed.
        ratecounter: Whether rows carry the rate counter.
        sequence: Number of the last message.
    """

    reader: WebSocket
    account_id: str
    order_status: bool = True
    ratecounter: bool = False
    sequence: int = 0


class PrivateFeed:
    """Streams of all accounts.

    Args:
        exchange: Source of snapshots.
        scales: Printing rules by symbol.
        faults: Faults to obey.
    """

    def __init__(self, exchange: ExchangeApi, scales: dict[str, Scale], faults: Faults) -> None:
        self._exchange = exchange
        self._scales = scales
        self._faults = faults
        self._subscriptions: dict[str, dict[str, list[Subscription]]] = {EXECUTIONS: {}, BALANCES: {}}
        self.worth = Valuation(exchange.listings)

    def subscribe(self, channel: str, subscription: Subscription) -> None:
        """Add a subscription."""
        self._subscriptions[channel].setdefault(subscription.account_id, []).append(subscription)

    def unsubscribe(self, channel: str, subscription: Subscription) -> None:
        """Remove a subscription."""
        self._subscriptions[channel][subscription.account_id].remove(subscription)

    def executions_snapshot(self, subscription: Subscription, *, orders: bool, trades: bool) -> None:
        """Send the snapshot; it may be empty, and always takes number 1."""
        rows = []
        exchange, account = self._exchange, subscription.account_id
        if orders:
            rows += [
                private.open_order_row(order, self._scales[order.symbol], self.worth)
                for order in exchange.open_orders(account)
            ]
        if trades:
            for fill in list(exchange.fills(account))[: policies.EXECUTION_SNAPSHOT_TRADES]:
                order = exchange.find_order(account, fill.order_id)
                asset = exchange.assets.get(fill.fee_asset)
                rows.append(private.past_fill_row(fill, order, self._scales[fill.symbol], asset))
        self._send(EXECUTIONS, subscription, "snapshot", private.rows_json(rows))

    def balances_snapshot(self, subscription: Subscription) -> None:
        """Send all balances of the account."""
        totals = self._exchange.balances(subscription.account_id)
        assets = self._exchange.assets
        rows = [private.balance_row(assets[name], units) for name, units in totals.items() if name in assets]
        self._send(BALANCES, subscription, "snapshot", private.rows_json(rows))

    def execution(self, event: Execution) -> None:
        """Stream one execution report."""
        readers = self._subscriptions[EXECUTIONS].get(event.account_id)
        if not readers:
            return
        asset = self._exchange.assets.get(event.fill.fee_asset) if event.fill else None
        row = private.execution_row(event, self._scales[event.order.symbol], self.worth, asset)
        plain = f"[{dump(row)}]"
        counted = f"[{dump(private.with_counter(row, event))}]"
        for subscription in list(readers):
            if subscription.order_status or _streams_tersely(event.exec_type):
                self._send(EXECUTIONS, subscription, "update", counted if subscription.ratecounter else plain)

    def ledger(self, entry: LedgerEntry) -> None:
        """Stream one change of a balance."""
        readers = self._subscriptions[BALANCES].get(entry.account_id)
        if readers:
            rows = f"[{dump(private.ledger_row(entry, self._exchange.assets[entry.asset]))}]"
            for subscription in list(readers):
                self._send(BALANCES, subscription, "update", rows)

    def _send(self, channel: str, subscription: Subscription, kind: str, rows: str) -> None:
        """Number a message and send it; one that a fault swallows keeps its number, so a gap shows."""
        subscription.sequence += 1
        if self._faults.active and self._faults.drops(channel, ""):
            return
        subscription.reader.send_text(numbered(channel, kind, rows, subscription.sequence), channel)


def _streams_tersely(exec_type: ExecType) -> bool:
    return exec_type in _TERSE or (exec_type is ExecType.TRADE and policies.ORDER_STATUS_OFF_KEEPS_TRADES)
