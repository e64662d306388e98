"""Order and trade queries of REST (`rest.md` §3.5 to §3.10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from app.clock import NS_PER_S
from app.venue.core.api import Fill, Order
from app.venue.gateways.keys import Key
from app.venue.gateways.rest_account import Entry
from app.venue.gateways.services import Services
from app.venue.wire import policies, rest_rows
from app.venue.wire.forms import Form
from app.venue.wire.frames import Value
from app.venue.wire.orders import INVALID
from app.venue.wire.schema import BadRequest

PAGE: Final = 50
QUERY_ORDERS: Final = 50
QUERY_TRADES: Final = 20
_TIME_DIGITS: Final = 20

_Row = TypeVar("_Row", Order, Fill)

_OPEN: Final = "query-open-trades"
_CLOSED: Final = "query-closed-trades"


class OrderQueries:
    """OpenOrders, ClosedOrders, QueryOrders, TradesHistory, QueryTrades.

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

        start, end = _bound(form, "start", order_time), _bound(form, "end", order_time)

        def inside(order: Order) -> bool:
            times = {"open": [order.created_ns], "close": [order.closed_ns]}
            for at_ns in times.get(closetime, [order.created_ns, order.closed_ns]):
                if (start is None or at_ns > start) and (end is None or at_ns <= end):
                    return True
            return False

        orders = [order for order in orders if inside(order)]
        trades = form.flag("trades")
        rows = {order.order_id: self._row(order, trades) for order in _page(orders, form)}
        return {"closed": rows} | _count(orders, form)

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

    def trades_history(self, key: Key, form: Form) -> Value:
        """`TradesHistory`, newest first, 50 a page."""
        fills: Sequence[Fill] = list(self._exchange.fills(key.credentials.account_id))
        times = {fill.exec_id: fill.ts_ns for fill in fills}
        start, end = _bound(form, "start", times.get), _bound(form, "end", times.get)
        fills = [f for f in fills if (start is None or f.ts_ns > start) and (end is None or f.ts_ns <= end)]
        rows: dict[str, Value] = {"trades": {fill.exec_id: self._fill(fill) for fill in _page(fills, form)}}
        return rows | _count(fills, form)

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

    def _fill(self, fill: Fill) -> dict[str, Value]:
        return rest_rows.fill_row(fill, self._exchange.listings[fill.symbol], self._scales[fill.symbol])


def _matching(orders: Sequence[Order], form: Form) -> list[Order]:
    """Orders that carry the tag or client id that the request names."""
    userref = form.integer("userref") if form.text("userref") else None
    cl_ord_id = form.text("cl_ord_id")
    return [
        order
        for order in orders
        if (userref is None or order.userref == userref) and (not cl_ord_id or order.cl_ord_id == cl_ord_id)
    ]


def _bound(form: Form, name: str, time_of: Callable[[str], int | None]) -> int | None:
    """A time bound in ns: a number of seconds, or the time of a known id."""
    value = form.text(name)
    if not value or value == "0":
        return None
    if value.replace(".", "", 1).isdigit() and len(value) <= _TIME_DIGITS:
        number = form.decimal(name)
        assert number is not None
        return int(number * NS_PER_S)
    known = time_of(value)
    if known is None:
        raise BadRequest(f"{INVALID}:{name}")
    return known


def _page(rows: Sequence[_Row], form: Form) -> Sequence[_Row]:
    offset = max(0, form.integer("ofs"))
    return rows[offset : offset + PAGE]


def _count(rows: Sequence[object], form: Form) -> dict[str, Value]:
    return {} if form.flag("without_count") else {"count": len(rows)}
