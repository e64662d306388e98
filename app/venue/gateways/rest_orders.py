"""Order and trade queries of REST (`rest.md` §3.5 to §3.10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.venue.core.api import Fill, Order, Position
from app.venue.gateways import paging
from app.venue.gateways.keys import Key
from app.venue.gateways.rest_account import Entry
from app.venue.gateways.services import Services
from app.venue.wire import policies, rest_rows
from app.venue.wire.forms import Form
from app.venue.wire.frames import Value
from app.venue.wire.schema import BadRequest
from app.venue.wire.values import INVALID

QUERY_ORDERS: Final = 50
QUERY_TRADES: Final = 20

_TRADE_KINDS: Final = frozenset({"all", "any position", "closed position", "closing position", "no position"})
_OPEN: Final = "query-open-trades"
_CLOSED: Final = "query-closed-trades"


class OrderQueries:
    """OpenOrders, ClosedOrders, QueryOrders, OrderAmends, TradesHistory, QueryTrades.

    Args:
        services: The venue.
    """

    def __init__(self, services: Services) -> None:
        self._exchange = services.exchange
        self._scales = services.feed.scales
        self.table: dict[str, Entry] = {
            "OpenOrders": ((_OPEN,), self.open_orders),
            "ClosedOrders": ((_CLOSED,), self.closed_orders),
            "QueryOrders": ((_OPEN, _CLOSED), self.query_orders),
            "OrderAmends": ((_OPEN, _CLOSED), self.order_amends),
            "TradesHistory": ((_CLOSED,), self.trades_history),
            "QueryTrades": ((_CLOSED,), self.query_trades),
        }

    def open_orders(self, key: Key, form: Form) -> Value:
        """`OpenOrders`, newest first."""
        orders = _matching(self._exchange.open_orders(key.credentials.account_id), form)
        trades = form.flag("trades")
        return {"open": {order.order_id: self._row(order, trades) for order in reversed(orders)}}

    def closed_orders(self, key: Key, form: Form) -> Value:
        """`ClosedOrders`, newest first, 50 a page."""
        account = key.credentials.account_id
        orders = _matching(self._exchange.closed_orders(account), form)
        closetime = form.text("closetime", "both")
        if closetime not in {"open", "close", "both"}:
            raise BadRequest(f"{INVALID}:closetime")

        def order_time(order_id: str) -> int | None:
            order = self._exchange.find_order(account, order_id)
            return order.created_ns if order else None

        start, end = paging.bound(form, "start", order_time), paging.bound(form, "end", order_time)

        def inside(order: Order) -> bool:
            times = {"open": [order.created_ns], "close": [order.closed_ns]}
            for at_ns in times.get(closetime, [order.created_ns, order.closed_ns]):
                if (start is None or at_ns > start) and (end is None or at_ns <= end):
                    return True
            return False

        orders = [order for order in orders if inside(order)]
        trades = form.flag("trades")
        rows = {order.order_id: self._row(order, trades) for order in paging.page(orders, form)}
        return {"closed": rows} | paging.count(orders, form)

    def query_orders(self, key: Key, form: Form) -> Value:
        """`QueryOrders`: open orders need the open permission, ended ones the closed one."""
        ids = form.names("txid")
        if not 0 < len(ids) <= QUERY_ORDERS:
            raise BadRequest(f"{INVALID}:txid")
        rows: dict[str, Value] = {}
        for order_id in ids:
            order = self._exchange.find_order(key.credentials.account_id, order_id)
            if order is None:
                continue
            if not key.may(_CLOSED if order.closed_ns else _OPEN):
                raise BadRequest("EGeneral:Permission denied")
            rows[order_id] = self._row(order, form.flag("trades"))
        if not rows:
            raise BadRequest(policies.UNKNOWN_REST_ORDER)
        return rows

    def order_amends(self, key: Key, form: Form) -> Value:
        """`OrderAmends`: the states of one order, oldest first."""
        account, order_id = key.credentials.account_id, form.text("order_id")
        if not order_id:
            raise BadRequest(f"{INVALID}:order_id")
        order = self._exchange.find_order(account, order_id)
        if order is None:
            raise BadRequest(policies.UNKNOWN_REST_ORDER)
        scale = self._scales[order.symbol]
        rows = [rest_rows.amend_row(record, scale) for record in self._exchange.amends(account, order_id)]
        return {"amends": rows, "count": len(rows)}

    def trades_history(self, key: Key, form: Form) -> Value:
        """`TradesHistory`, newest first, 50 a page."""
        fills: Sequence[Fill] = list(self._exchange.fills(key.credentials.account_id))
        kind = form.text("type") or "all"
        if kind not in _TRADE_KINDS:
            raise BadRequest(f"{INVALID}:type")
        fills = [fill for fill in fills if self._is_kind(fill, kind)]
        times = {fill.exec_id: fill.ts_ns for fill in fills}
        start, end = paging.bound(form, "start", times.get), paging.bound(form, "end", times.get)
        fills = [f for f in fills if (start is None or f.ts_ns > start) and (end is None or f.ts_ns <= end)]
        rows: dict[str, Value] = {"trades": {fill.exec_id: self._fill(fill) for fill in paging.page(fills, form)}}
        return rows | paging.count(fills, form)

    def query_trades(self, key: Key, form: Form) -> Value:
        """`QueryTrades`."""
        ids = set(form.names("txid"))
        if not 0 < len(ids) <= QUERY_TRADES:
            raise BadRequest(f"{INVALID}:txid")
        fills = self._exchange.fills(key.credentials.account_id)
        return {fill.exec_id: self._fill(fill) for fill in fills if fill.exec_id in ids}

    def _row(self, order: Order, trades: bool) -> dict[str, Value]:
        listing, scale = self._exchange.listings[order.symbol], self._scales[order.symbol]
        return rest_rows.order_row(order, listing, scale, trades=trades, closed=bool(order.closed_ns))

    def _position(self, fill: Fill) -> Position | None:
        """The position that a fill opened."""
        return self._exchange.find_position(fill.account_id, fill.exec_id) if fill.opened else None

    def _is_kind(self, fill: Fill, kind: str) -> bool:
        """Whether a fill is of a kind that `type` names (§3.9)."""
        if kind == "closed position":
            position = self._position(fill)
            return position is not None and not position.left
        wanted = {
            "all": True,
            "any position": bool(fill.opened or fill.closed),
            "closing position": bool(fill.closed),
            "no position": not (fill.opened or fill.closed),
        }
        return wanted[kind]

    def _fill(self, fill: Fill) -> dict[str, Value]:
        listing, scale = self._exchange.listings[fill.symbol], self._scales[fill.symbol]
        return rest_rows.fill_row(fill, listing, scale, self._position(fill))


def _matching(orders: Sequence[Order], form: Form) -> list[Order]:
    """Orders that carry the tag or client id that the request names."""
    userref = form.integer("userref") if form.text("userref") else None
    cl_ord_id = form.text("cl_ord_id")
    return [
        order
        for order in orders
        if (userref is None or order.userref == userref) and (not cl_ord_id or order.cl_ord_id == cl_ord_id)
    ]
