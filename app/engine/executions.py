"""From the venue's execution reports to events of our orders.

Rows are deltas: `new`, `amended` and `canceled` name only the order, so they
are merged by its id (`ws-v2.md` §7.6). An order that we did not place is taken
in as external; if its first row says too little, the venue is asked.
"""

from __future__ import annotations

from decimal import Decimal

from app.domain.oms import (
    ExecAmended,
    ExecCanceled,
    ExecExpired,
    ExecFilled,
    ExecNew,
    ExecPendingNew,
    ExecRestated,
    ExecStatus,
    ExecTrade,
    FoundOpen,
    OrderEvent,
    WorkingOrder,
    external_order,
)
from app.domain.order import OrderType, Side, TimeInForce
from app.engine.details import details_of
from app.engine.journal import FillNote
from app.engine.orders import Orders, key_of
from app.protocol.ws2.private import ExecKind, ExecutionRow

ZERO = Decimal(0)


def order_type(word: str | None) -> OrderType:
    """Read an order type; a word that we do not know is treated as a limit order."""
    try:
        return OrderType(word or "limit")
    except ValueError:
        return OrderType.LIMIT


def _time_in_force(word: str | None) -> TimeInForce:
    try:
        return TimeInForce((word or "gtc").lower())
    except ValueError:
        return TimeInForce.GTC


def event_of(row: ExecutionRow, snapshot: bool, known: WorkingOrder) -> OrderEvent:
    """Turn a report into an event of the order it names.

    Args:
        row: The report.
        snapshot: Whether it is part of a snapshot of open orders.
        known: The order as known so far.
    """
    at, oid = row.at_ns, row.order_id
    if snapshot and row.kind is not ExecKind.TRADE:
        return FoundOpen(
            at,
            oid,
            known.qty if row.order_qty is None else row.order_qty,
            row.limit_price,
            row.cum_qty or ZERO,
            row.cum_cost or ZERO,
            live=row.order_status != "pending_new",
            details=details_of(row),
        )
    match row.kind:
        case ExecKind.PENDING_NEW:
            return ExecPendingNew(
                at,
                oid,
                row.symbol or known.symbol,
                known.side,
                known.order_type,
                known.qty if row.order_qty is None else row.order_qty,
                row.limit_price or known.limit_price,
                bool(row.post_only) or known.post_only,
                _time_in_force(row.time_in_force),
                details_of(row),
            )
        case ExecKind.NEW:
            return ExecNew(at, oid)
        case ExecKind.TRADE if row.exec_id and row.last_qty is not None and row.last_price is not None:
            fee = sum((fee.qty for fee in row.fees or ()), ZERO)
            return ExecTrade(at, oid, row.exec_id, row.last_qty, row.last_price, fee, row.cum_qty, row.cum_cost)
        case ExecKind.FILLED:
            return ExecFilled(at, oid, row.cum_qty, row.cum_cost)
        case ExecKind.CANCELED:
            return ExecCanceled(at, oid, row.reason or "", row.cum_qty, row.cum_cost)
        case ExecKind.EXPIRED:
            return ExecExpired(at, oid, row.reason or "", row.cum_qty, row.cum_cost)
        case ExecKind.AMENDED:
            return ExecAmended(at, oid, row.order_qty, row.limit_price, row.cum_qty, details_of(row))
        case ExecKind.RESTATED:
            return ExecRestated(at, oid, row.order_qty, row.limit_price, row.cum_qty, row.reason or "", details_of(row))
        case _:
            return ExecStatus(at, oid, details_of(row))


def take_in(row: ExecutionRow) -> WorkingOrder | None:
    """Return an external order from its first report; None if that says too little."""
    if row.symbol is None or row.side not in ("buy", "sell"):
        return None
    return external_order(
        row.order_id,
        row.symbol,
        Side(row.side),
        order_type(row.order_type),
        row.at_ns,
        cl_ord_id=row.cl_ord_id or "",
        qty=row.order_qty or ZERO,
        limit_price=row.limit_price,
    )


def fill_note(row: ExecutionRow, order: WorkingOrder | None) -> FillNote | None:
    """Return the record of a fill; None for any other report, or one that says too little.

    Args:
        row: The report.
        order: Its order; None if it is not known.
    """
    if row.kind is not ExecKind.TRADE or row.exec_id is None or row.last_qty is None or row.last_price is None:
        return None
    symbol = row.symbol if order is None else order.symbol
    side = row.side if order is None else order.side.value
    if symbol is None or side not in ("buy", "sell"):
        return None
    fees = row.fees or ()
    return FillNote(
        row.exec_id,
        row.order_id,
        symbol,
        side,
        row.last_qty,
        row.last_price,
        sum((fee.qty for fee in fees), ZERO),
        fees[0].asset if fees else "",
        None if row.liquidity_ind is None else row.liquidity_ind == "m",
        row.at_ns,
    )


def apply_row(orders: Orders, row: ExecutionRow, snapshot: bool) -> WorkingOrder | None:
    """Apply a report to the order it names, taking in external orders.

    Args:
        orders: Store of orders.
        row: The report.
        snapshot: Whether it is part of a snapshot.

    Returns:
        The order afterwards; None if the row names an order that must be asked for.
    """
    known = orders.locate(row.order_id, row.cl_ord_id or "")
    if known is None:
        if snapshot and row.kind is ExecKind.TRADE:
            return None  # an old fill of an order that ended before we came
        known = take_in(row)
        if known is None:
            return None
        orders.add(known)
    return orders.apply(key_of(known), event_of(row, snapshot, known))
