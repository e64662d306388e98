"""Rows of `executions` and `balances` (`ws-v2.md` §7, §8)."""

from __future__ import annotations

from app.venue.core.api import Asset, ExecType, Execution, Fill, LedgerEntry, LedgerKind, Order, OrderStatus
from app.venue.wire import policies, terms
from app.venue.wire.frames import Token, Value, dump
from app.venue.wire.numbers import Scale, micros, units_text
from app.venue.wire.valuation import Valuation

EXECUTIONS_WARNINGS = (
    "cancel_reason is deprecated, use reason",
    "stop_price is deprecated, use triggers.price",
    "trigger is deprecated use triggers.reference",
    "triggered_price is deprecated use triggers.last_price",
)

AMENDED = "User requested"
_FEE_DP = 5
_COUNTER_DP = 2
_CATEGORY = {LedgerKind.TRADE: "trade", LedgerKind.MARGIN: "margin-trade", LedgerKind.SETTLED: "margin-settle"}


def _ids(order: Order) -> dict[str, Value]:
    """`order_id` with `cl_ord_id` or `order_userref`, as the delta rows carry them."""
    row: dict[str, Value] = {"order_id": order.order_id}
    if order.cl_ord_id:
        row["cl_ord_id"] = order.cl_ord_id
    else:
        row["order_userref"] = order.userref or 0
    return row


def fee_asset(order: Order, scale: Scale) -> str:
    """Asset in which the order's fees are charged."""
    return scale.instrument.base if order.fee_in_base else scale.instrument.quote


def _totals(order: Order, scale: Scale, worth: Valuation) -> dict[str, Value]:
    return {
        "cum_qty": Token(scale.qty(order.filled)),
        "cum_cost": Token(scale.cost(order.cost)),
        "avg_price": Token(scale.average(order.cost, order.filled)),
        "fee_usd_equiv": worth.fee_token(fee_asset(order, scale), order.fee),
    }


def description(order: Order, scale: Scale, worth: Valuation) -> dict[str, Value]:
    """The full account of an order: `pending_new` and snapshot rows."""
    row = _ids(order)
    row |= {
        "symbol": order.symbol,
        "side": str(order.side),
        "order_type": str(order.order_type),
        "order_qty": Token(scale.qty(order.qty)),
        "time_in_force": str(order.time_in_force).upper(),
        "fee_ccy_pref": "fcib" if order.fee_in_base else "fciq",
    }
    row |= terms.limit_fields(order, scale) | terms.trigger_fields(order, scale) | terms.more_fields(order, scale)
    if order.amended:
        row["amended"] = True
    return row | _totals(order, scale, worth)


def fill_fields(fill: Fill, scale: Scale, asset: Asset | None) -> dict[str, Value]:
    """The fill part of a `trade` row."""
    row: dict[str, Value] = {
        "exec_id": fill.exec_id,
        "trade_id": fill.trade_id,
        "symbol": fill.symbol,
        "side": str(fill.side),
        "order_type": str(fill.order_type),
        "last_qty": Token(scale.qty(fill.qty)),
        "last_price": Token(scale.price(fill.price)),
        "cost": Token(scale.cost(fill.cost)),
        "liquidity_ind": "m" if fill.maker else "t",
        "fees": [{"asset": fill.fee_asset, "qty": Token(units_text(fill.fee, _fee_dp(fill, scale, asset)))}],
    }
    return row | terms.margin_fields(fill)


def _fee_dp(fill: Fill, scale: Scale, asset: Asset | None) -> int:
    if fill.fee_asset == scale.instrument.quote:
        return scale.cost_dp
    return asset.precision if asset else _FEE_DP


def execution_row(event: Execution, scale: Scale, worth: Valuation, asset: Asset | None = None) -> dict[str, Value]:
    """One row of an `executions` update (`ws-v2.md` §7.2 to §7.4).

    Args:
        event: The report.
        scale: Printing rules of the pair.
        worth: Values fees in USD.
        asset: The fee's asset, for the decimals of a fee in base.
    """
    order = event.order
    row: dict[str, Value] = {
        "timestamp": micros(event.ts_ns),
        "exec_type": str(event.exec_type),
        "order_status": str(order.status),
    }
    match event.exec_type:
        case ExecType.PENDING_NEW:
            row |= description(order, scale, worth)
        case ExecType.NEW:
            row |= _ids(order)
        case ExecType.TRADE:
            row |= _ids(order) | _totals(order, scale, worth)
            if event.fill is not None:
                row |= fill_fields(event.fill, scale, asset)
        case ExecType.AMENDED:
            row |= _ids(order) | _amended(order, scale)
        case ExecType.STATUS:
            row |= _ids(order) | terms.trigger_fields(order, scale) | terms.limit_fields(order, scale)
        case ExecType.ICEBERG_REFILL:
            row |= _ids(order) | terms.iceberg_fields(order, scale)
        case _:
            row |= _ids(order) | _totals(order, scale, worth)
            if order.reason:
                row |= {"reason": order.reason, "cancel_reason": order.reason}
    return row


def _amended(order: Order, scale: Scale) -> dict[str, Value]:
    """What an amend row tells: the state after, of what can be amended."""
    row: dict[str, Value] = {
        "cum_qty": Token(scale.qty(order.filled)),
        "reason": AMENDED,
        "amended": True,
        "order_qty": Token(scale.qty(order.qty)),
    }
    triggers = terms.trigger_fields(order, scale) if order.trigger else {}
    return row | terms.limit_fields(order, scale) | terms.iceberg_fields(order, scale) | triggers


def open_order_row(order: Order, scale: Scale, worth: Valuation) -> dict[str, Value]:
    """One open order in the `executions` snapshot."""
    scheduled = order.status is OrderStatus.PENDING_NEW
    return {
        "timestamp": micros(order.changed_ns),
        "exec_type": str(ExecType.PENDING_NEW) if scheduled else policies.SNAPSHOT_EXEC_TYPE,
        "order_status": str(order.status),
    } | description(order, scale, worth)


def past_fill_row(fill: Fill, order: Order | None, scale: Scale, asset: Asset | None) -> dict[str, Value]:
    """One fill in the `executions` snapshot; lacks the order's totals as Kraken's does."""
    ids: dict[str, Value] = _ids(order) if order else {"order_id": fill.order_id}
    head: dict[str, Value] = {"timestamp": micros(fill.ts_ns), "exec_type": "trade", "order_status": "filled"}
    return head | ids | fill_fields(fill, scale, asset)


def with_counter(row: dict[str, Value], event: Execution) -> dict[str, Value]:
    """The same row with the pair's rate counter."""
    return row | {policies.RATECOUNT_FIELD: Token(f"{event.counter:.{_COUNTER_DP}f}")}


def ledger_row(entry: LedgerEntry, asset: Asset) -> dict[str, Value]:
    """One row of a `balances` update."""
    return {
        "ledger_id": entry.ledger_id,
        "ref_id": entry.ref_id,
        "timestamp": micros(entry.ts_ns),
        "type": str(entry.kind),
        "asset": entry.asset,
        "asset_class": "currency",
        "category": _CATEGORY[entry.kind],
        "wallet_type": "spot",
        "wallet_id": "main",
        "amount": Token(units_text(entry.amount, asset.precision)),
        "fee": Token(units_text(entry.fee, asset.precision)),
        "balance": Token(units_text(entry.balance, asset.precision)),
    }


def balance_row(asset: Asset, units: int) -> dict[str, Value]:
    """One asset in the `balances` snapshot."""
    token = Token(units_text(units, asset.precision))
    return {
        "asset": asset.name,
        "asset_class": "currency",
        "balance": token,
        "wallets": [{"type": "spot", "id": "main", "balance": token}],
    }


def rows_json(rows: list[dict[str, Value]]) -> str:
    """JSON array of rows."""
    return dump(rows)
