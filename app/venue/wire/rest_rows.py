"""Order, trade and fee objects of REST (`rest.md` §3.5, §3.9, §3.13, §4.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.domain.instrument import UNIT
from app.domain.order import OrderType
from app.venue.core.api import AddOrder, Fill, Listing, Order, OrderStatus
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


def order_text(side: str, qty: str, altname: str, order_type: OrderType, price: str) -> str:
    """`descr.order`, for example `buy 1.25000000 XBTUSD @ limit 30010.0`."""
    tail = f"limit {price}" if order_type is OrderType.LIMIT else str(order_type).replace("-", " ")
    return f"{side} {qty} {altname} @ {tail}"


def request_text(request: AddOrder, listing: Listing) -> str:
    """`descr.order` of a request."""
    pair = listing.instrument
    price = pair.price_text(request.limit_price) if request.limit_price is not None else ""
    return order_text(request.side, pair.qty_text(request.qty), listing.altname, request.order_type, price)


def order_row(order: Order, listing: Listing, scale: Scale, *, trades: bool, closed: bool) -> dict[str, Value]:
    """The order object of OpenOrders, ClosedOrders and QueryOrders.

    Args:
        order: The order.
        listing: Its pair.
        scale: Printing rules.
        trades: Whether to list its fills.
        closed: Whether to add `closetm` and `reason`.
    """
    price, qty = scale.price(order.price), scale.qty(order.qty)
    flags = ["fcib" if order.fee_in_base else "fciq"] + (["post"] if order.post_only else [])
    misc = [name for name, on in (("partial", 0 < order.filled < order.qty), ("amended", order.amended)) if on]
    row: dict[str, Value] = {
        "refid": None,
        "userref": order.userref,
        "status": _STATUS[order.status],
        "opentm": Token(epoch(order.created_ns)),
        "starttm": 0,
        "expiretm": 0,
        "descr": {
            "pair": listing.altname,
            "aclass": "forex",
            "type": str(order.side),
            "ordertype": str(order.order_type),
            "price": price if order.price else "0",
            "price2": "0",
            "leverage": "none",
            "order": order_text(order.side, qty, listing.altname, order.order_type, price),
            "close": "",
        },
        "vol": qty,
        "vol_exec": scale.qty(order.filled),
        "cost": units_text(order.cost, scale.cost_dp),
        "fee": units_text(order.fee, MONEY_DP),
        "price": scale.average(order.cost, order.filled),
        "stopprice": fixed(0, MONEY_DP),
        "limitprice": fixed(0, MONEY_DP),
        "misc": ",".join(misc),
        "oflags": ",".join(flags),
        "time_in_force": str(order.time_in_force),
        "amended": order.amended,
    }
    if order.cl_ord_id:
        row["cl_ord_id"] = order.cl_ord_id
    if trades:
        row["trades"] = order.trades
    if closed:
        row |= {"closetm": Token(epoch(order.closed_ns)), "reason": order.reason or None}
    return row


def fill_row(fill: Fill, listing: Listing, scale: Scale) -> dict[str, Value]:
    """The trade object of TradesHistory and QueryTrades; its `pair` is the legacy id."""
    return {
        "ordertxid": fill.order_id,
        "postxid": "",
        "pair": listing.pair_id,
        "aclass": "forex",
        "time": Token(epoch(fill.ts_ns)),
        "type": str(fill.side),
        "ordertype": str(fill.order_type),
        "price": scale.price(fill.price),
        "cost": units_text(fill.cost, MONEY_DP),
        "fee": units_text(fill.fee, MONEY_DP),
        "vol": scale.qty(fill.qty),
        "margin": fixed(0, MONEY_DP),
        "leverage": "0",
        "misc": "",
        "trade_id": fill.trade_id,
        "maker": fill.maker,
    }


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
    return int(pair.price(order.price) * pair.qty(order.left) * UNIT)
