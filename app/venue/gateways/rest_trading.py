"""Methods of REST that place and change orders (`rest.md` §4.1 to §4.5)."""

from __future__ import annotations

from typing import Final

from app.venue.core.api import AddOrder, BatchLeg, Edited, Order
from app.venue.gateways.keys import Key
from app.venue.gateways.rest_account import Entry
from app.venue.gateways.services import Services
from app.venue.wire import changes, descriptions, rest_changes, rest_requests
from app.venue.wire.forms import Form
from app.venue.wire.frames import Value
from app.venue.wire.names import Names
from app.venue.wire.orders import BATCH_LEAST, BATCH_MOST
from app.venue.wire.rest_requests import Envelope
from app.venue.wire.schema import BadRequest
from app.venue.wire.values import invalid

EITHER: Final = ("modify-trades", "close-trades")
PERMISSION: Final = "EGeneral:Permission denied"


class TradingMethods:
    """AddOrder, AddOrderBatch, AmendOrder, EditOrder.

    Args:
        services: The venue.
        names: Spellings of pairs.
    """

    def __init__(self, services: Services, names: Names) -> None:
        self._services = services
        self._exchange = services.exchange
        self._scales = services.feed.scales
        self._names = names
        self.table: dict[str, Entry] = {
            "AddOrder": (("modify-trades",), self.add_order),
            "AddOrderBatch": (EITHER, self.add_batch),
            "AmendOrder": (EITHER, self.amend_order),
            "EditOrder": (EITHER, self.edit_order),
        }

    def add_order(self, key: Key, form: Form) -> Value:
        """`AddOrder`; with `validate` only the description comes back."""
        request = rest_requests.add_order(form, self._envelope(form))
        order = self._exchange.add_order(key.credentials.account_id, request)
        descr = self._texts(order)
        return {"descr": descr} if request.validate else {"descr": descr, "txid": [order.order_id]}

    def add_batch(self, key: Key, form: Form) -> Value:
        """`AddOrderBatch`: 2 to 15 orders of one pair; one malformed order refuses all."""
        _need_both(key)
        around = self._envelope(form)
        requests = _batch(form, around)
        legs = self._exchange.add_batch(key.credentials.account_id, requests)
        return {"orders": [self._leg(leg) for leg in legs]}

    def amend_order(self, key: Key, form: Form) -> Value:
        """`AmendOrder`."""
        request = rest_changes.amend_order(form, self._services.clock.now_ns())
        return {"amend_id": self._exchange.amend_order(key.credentials.account_id, request)}

    def edit_order(self, key: Key, form: Form) -> Value:
        """`EditOrder`: cancels an order and places it anew."""
        _need_both(key)
        around = self._envelope(form)
        account = key.credentials.account_id
        old = self._edited_order(account, form.text("txid"))
        request = rest_changes.edit_order(form, around.symbol, around.now_ns, old)
        return self._edited(self._exchange.edit_order(account, request))

    def _envelope(self, form: Form) -> Envelope:
        symbol = self._names.symbol(form.text("pair"))
        if symbol is None:
            raise BadRequest("EQuery:Unknown asset pair")
        return rest_requests.envelope(form, symbol, self._services.clock.now_ns())

    def _edited_order(self, account_id: str, target: str) -> Order | None:
        """The open order that an edit names by id or by tag, so that its kind is known."""
        if changes.is_tag(target):
            found = [order for order in self._exchange.open_orders(account_id) if str(order.userref) == target]
            return found[0] if found else None
        return self._services.open_order(account_id, order_id=target)

    def _texts(self, order: Order) -> dict[str, Value]:
        listing, scale = self._exchange.listings[order.symbol], self._scales[order.symbol]
        texts: dict[str, Value] = {"order": descriptions.order_text(order, listing, scale)}
        close = descriptions.close_text(order, scale)
        return texts | {"close": close} if close else texts

    def _leg(self, leg: BatchLeg) -> dict[str, Value]:
        """One order of a batch; here `txid` is a text and `close` stands beside `descr` (§4.3)."""
        if leg.order is None:
            return {"error": leg.error}
        texts = self._texts(leg.order)
        row: dict[str, Value] = {"txid": leg.order.order_id} if leg.order.order_id else {}
        row["descr"] = {"order": texts["order"]}
        return row | {"close": texts["close"]} if "close" in texts else row

    def _edited(self, edited: Edited) -> dict[str, Value]:
        order, original = edited.order, edited.original
        scale = self._scales[order.symbol]
        first, second = descriptions.prices(order, scale)
        row: dict[str, Value] = {
            "status": "ok",
            "originaltxid": original.order_id,
            "volume": scale.qty(order.qty),
            "price": first,
            "price2": second,
            "orders_cancelled": 1 if order.order_id else 0,
            "descr": self._texts(order),
        }
        if order.order_id:
            row["txid"] = order.order_id
        for name, tag in (("newuserref", order.userref), ("olduserref", original.userref)):
            if tag is not None:
                row[name] = str(tag)
        return row


def _batch(form: Form, around: Envelope) -> list[AddOrder]:
    orders = form.items("orders")
    if not BATCH_LEAST <= len(orders) <= BATCH_MOST:
        raise invalid("orders")
    requests = []
    for item in orders:
        if isinstance(item, str):
            raise invalid("orders")
        requests.append(rest_requests.add_order(item, around))
    return requests


def _need_both(key: Key) -> None:
    if not all(key.may(permission) for permission in EITHER):
        raise BadRequest(PERMISSION)
