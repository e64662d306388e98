"""Order, trade and fee objects of REST (`rest.md` §3.5, §3.9, §3.13, §4.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.domain.instrument import UNIT
from app.domain.order import OrderType
from app.venue.core.api import AmendKind, AmendRecord, Asset, Fill, LedgerEntry, Listing, Order, OrderStatus, Position
from app.venue.wire import descriptions, positions
from app.venue.wire.frames import Token, Value
from app.venue.wire.numbers import Scale, epoch, fixed, units_text

MONEY_DP: Final = 5
_PERCENT_DP: Final = 2
_FEE_DP: Final = 4

_STATUS: Final = {
    OrderStatus.PENDING_NEW: "pending",
    OrderStatus.NEW: "open",
    OrderStatus.PARTIALLY_FILLED: "open",
    OrderStatus.FILLED: "closed",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.EXPIRED: "expired",
}


def order_row(order: Order, listing: Listing, scale: Scale, *, trades: bool, closed: bool) -> dict[str, Value]:
    """The order object of OpenOrders, ClosedOrders and QueryOrders.

    Args:
        order: The order.
        listing: Its pair.
        scale: Printing rules.
        trades: Whether to list its fills.
        closed: Whether to add `closetm` and `reason`.
    """
    terms = order.terms
    row: dict[str, Value] = {
        "refid": order.parent_id or None,
        "userref": order.userref,
        "status": _STATUS[order.status],
        "opentm": Token(epoch(order.created_ns)),
        "starttm": Token(epoch(terms.effective_ns)) if terms.effective_ns else 0,
        "expiretm": Token(epoch(terms.expire_ns)) if terms.expire_ns else 0,
        "descr": _description(order, listing, scale),
        "vol": units_text(terms.cash, scale.cost_dp) if terms.cash else scale.qty(order.qty),
        "vol_exec": units_text(order.cost, scale.cost_dp) if terms.cash else scale.qty(order.filled),
        "cost": units_text(order.cost, scale.cost_dp),
        "fee": units_text(order.fee, MONEY_DP),
        "price": scale.average(order.cost, order.filled),
        "stopprice": scale.price(order.trigger.price) if order.trigger else fixed(0, MONEY_DP),
        "limitprice": _triggered_limit(order, scale),
        "misc": ",".join(_misc(order)),
        "oflags": ",".join(_flags(order)),
        "time_in_force": str(order.time_in_force),
        "amended": order.amended,
        "margin": bool(terms.leverage),
    }
    if order.cl_ord_id:
        row["cl_ord_id"] = order.cl_ord_id
    if order.trigger is not None:
        row["trigger"] = str(order.trigger.reference)
    if trades:
        row["trades"] = order.trades
    if closed:
        row |= {"closetm": Token(epoch(order.closed_ns)), "reason": order.reason or None}
    return row


def _description(order: Order, listing: Listing, scale: Scale) -> dict[str, Value]:
    first, second = descriptions.prices(order, scale)
    return {
        "pair": listing.altname,
        "aclass": "forex",
        "type": str(order.side),
        "ordertype": str(order.order_type),
        "price": first,
        "price2": second,
        "leverage": f"{order.terms.leverage}:1" if order.terms.leverage else "none",
        "order": descriptions.order_text(order, listing, scale),
        "close": descriptions.close_text(order, scale),
    }


def _triggered_limit(order: Order, scale: Scale) -> str:
    """`limitprice`: the limit of an order whose trigger has fired."""
    fired = order.trigger is not None and order.trigger.triggered
    return scale.price(order.price) if fired and order.order_type.limited else fixed(0, MONEY_DP)


def _misc(order: Order) -> list[str]:
    fired = order.trigger is not None and order.trigger.triggered
    stop = order.order_type not in {OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT}
    marks = (
        ("stopped", fired and stop),
        ("touched", fired and not stop),
        ("partial", 0 < order.filled < order.qty),
        ("amended", order.amended),
    )
    return [name for name, on in marks if on]


def _flags(order: Order) -> list[str]:
    marks = (("post", order.post_only), ("viqc", bool(order.terms.cash)))
    return ["fcib" if order.fee_in_base else "fciq", *(name for name, on in marks if on)]


def fill_row(fill: Fill, listing: Listing, scale: Scale, position: Position | None = None) -> dict[str, Value]:
    """The trade object of TradesHistory and QueryTrades; its `pair` is the legacy id.

    Args:
        fill: The fill.
        listing: Its pair.
        scale: Printing rules.
        position: The position that it opened, if any.
    """
    row: dict[str, Value] = {
        "ordertxid": fill.order_id,
        "postxid": position.position_id if position else "",
        "pair": listing.pair_id,
        "aclass": "forex",
        "time": Token(epoch(fill.ts_ns)),
        "type": str(fill.side),
        "ordertype": str(fill.order_type),
        "price": scale.price(fill.price),
        "cost": units_text(fill.cost, MONEY_DP),
        "fee": units_text(fill.fee, MONEY_DP),
        "vol": scale.qty(fill.qty),
        "margin": units_text(fill.margin, MONEY_DP),
        "leverage": str(fill.leverage),
        "misc": ",".join(name for name, on in (("initiated", fill.opened), ("closing", fill.closed)) if on),
        "trade_id": fill.trade_id,
        "maker": fill.maker,
    }
    return row | positions.opening_fields(position, scale) if position else row


def ledger_row(entry: LedgerEntry, asset: Asset) -> dict[str, Value]:
    """The ledger object of Ledgers and QueryLedgers (`rest.md` §3.12)."""
    return {
        "refid": entry.ref_id,
        "time": Token(epoch(entry.ts_ns)),
        "type": str(entry.kind),
        "subtype": "",
        "aclass": "currency",
        "asset": asset.legacy,
        "amount": units_text(entry.amount, asset.precision),
        "fee": units_text(entry.fee, asset.precision),
        "balance": units_text(entry.balance, asset.precision),
    }


def amend_row(record: AmendRecord, scale: Scale) -> dict[str, Value]:
    """One state of an order in OrderAmends (`rest.md` §3.8)."""
    row: dict[str, Value] = {
        "amend_id": record.amend_id,
        "amend_type": str(record.kind),
        "order_qty": scale.qty(record.qty),
        "remaining_qty": scale.qty(record.left),
        "timestamp": record.ts_ns,
    }
    if record.display:
        row["display_qty"] = scale.qty(record.display)
    if record.price:
        row["limit_price"] = scale.price(record.price)
    if record.trigger:
        row["trigger_price"] = scale.price(record.trigger)
    if record.kind is AmendKind.USER:
        row |= {"reason": "User requested", "post_only": record.post_only}
    return row


def fee_schedules(listing: Listing) -> dict[str, Value]:
    """`fees` and `fees_maker` of AssetPairs: volume and percent as numbers."""
    return {
        "fees": [[step.volume, _percent(step.taker)] for step in listing.fees],
        "fees_maker": [[step.volume, _percent(step.maker)] for step in listing.fees],
    }


def _percent(hundredths: int) -> Token:
    return Token(f"{Decimal(hundredths).scaleb(-_PERCENT_DP).normalize():f}")


def fee_row(listing: Listing, present: Decimal, volume: Decimal, *, maker: bool) -> dict[str, Value]:
    """One pair's fee entry of TradeVolume; percent as text.

    Args:
        listing: The pair.
        present: The account's fee in percent.
        volume: The account's 30-day volume in USD.
        maker: Which of the two schedules.
    """
    rates = [(step.volume, Decimal(step.maker if maker else step.taker).scaleb(-_PERCENT_DP)) for step in listing.fees]
    reached = [step for step in rates if step[0] <= volume]
    ahead = [step for step in rates if step[0] > volume]
    fees = [fee for _, fee in rates] or [present]
    return {
        "fee": f"{present:.{_FEE_DP}f}",
        "minfee": f"{min(fees):.{_FEE_DP}f}",
        "maxfee": f"{max(fees):.{_FEE_DP}f}",
        "nextfee": f"{ahead[0][1]:.{_FEE_DP}f}" if ahead else None,
        "nextvolume": f"{ahead[0][0]:.{_FEE_DP}f}" if ahead else None,
        "tiervolume": f"{reached[-1][0] if reached else 0:.{_FEE_DP}f}",
    }


def unexecuted(order: Order, scale: Scale) -> int:
    """Value of what is left of an order, in units of quote."""
    pair = scale.instrument
    price = order.price or (order.trigger.price if order.trigger else 0)
    return int(pair.price(price) * pair.qty(order.left) * UNIT)
