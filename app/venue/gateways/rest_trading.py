"""Trading methods of REST (`rest.md` §4)."""

from __future__ import annotations

from typing import Final

from app.clock import NS_PER_S
from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core.api import AddOrder, AmendOrder, Stp
from app.venue.gateways.keys import Key
from app.venue.gateways.rest_account import Entry
from app.venue.gateways.services import Services
from app.venue.wire import numbers, orders, policies, rest_rows
from app.venue.wire.forms import Form
from app.venue.wire.frames import Value
from app.venue.wire.names import Names
from app.venue.wire.orders import INVALID
from app.venue.wire.schema import BadRequest

DAY_S: Final = 86_400
DEADLINE_MIN_NS: Final = 2 * NS_PER_S
_ABSENT: Final = frozenset({"", "0"})
_STP: Final = {"cancel-newest": Stp.CANCEL_NEWEST, "cancel-oldest": Stp.CANCEL_OLDEST, "cancel-both": Stp.CANCEL_BOTH}
_FLAGS: Final = frozenset({"post", "fcib", "fciq", "nompp", "viqc"})
_EITHER: Final = ("modify-trades", "close-trades")
_NOT_YET: Final = ("close[ordertype]", "close", "displayvol", "price2", "trigger", "leverage")


class TradingMethods:
    """AddOrder, AmendOrder and the cancels.

    Args:
        services: The venue.
        names: Spellings of pairs.
    """

    def __init__(self, services: Services, names: Names) -> None:
        self._services = services
        self._exchange = services.exchange
        self._names = names
        self.table: dict[str, Entry] = {
            "AddOrder": (("modify-trades",), self.add_order),
            "AmendOrder": (_EITHER, self.amend_order),
            "CancelOrder": (_EITHER, self.cancel_order),
            "CancelAll": (_EITHER, self.cancel_all),
            "CancelAllOrdersAfter": (_EITHER, self.cancel_all_after),
        }

    def add_order(self, key: Key, form: Form) -> Value:
        """`AddOrder`; with `validate` only the description comes back."""
        request = self._request(form)
        listing = self._exchange.listings[request.symbol]
        order = self._exchange.add_order(key.credentials.account_id, request)
        result: dict[str, Value] = {"descr": {"order": rest_rows.request_text(request, listing)}}
        if not request.validate:
            result["txid"] = [order.order_id]
        return result

    def _request(self, form: Form) -> AddOrder:
        symbol = self._names.symbol(form.text("pair"))
        if symbol is None:
            raise BadRequest("EQuery:Unknown asset pair")
        for name in _NOT_YET:
            if form.text(name) not in _ABSENT | {"none"}:
                raise BadRequest(f"{INVALID}:{name}")
        if form.flag("reduce_only"):
            raise BadRequest("EOrder:Reduce only:No position exists")
        flags = set(form.names("oflags"))
        if not flags <= _FLAGS or "viqc" in flags:
            raise BadRequest(f"{INVALID}:{'viqc' if 'viqc' in flags else 'oflags'}")
        for name in ("starttm", "expiretm"):
            if form.text(name) not in _ABSENT:
                raise BadRequest(f"{INVALID}:{name}")
        userref = form.integer("userref") if form.text("userref") else None
        cl_ord_id = orders.client_id(form.text("cl_ord_id"))
        if cl_ord_id and userref is not None:
            raise BadRequest(f"{INVALID}:cl_ord_id")
        order_type = _order_type(form)
        price = form.decimal("price") if form.text("price") != "0" else None
        if order_type is OrderType.LIMIT and price is None:
            raise BadRequest(f"{INVALID}:price")
        volume = form.decimal("volume")
        if volume is None:
            raise BadRequest(f"{INVALID}:volume")
        now = self._services.clock.now_ns()
        return AddOrder(
            symbol=symbol,
            side=_side(form),
            order_type=order_type,
            qty=orders.amount(volume, "volume"),
            limit_price=price if order_type is OrderType.LIMIT else None,
            time_in_force=_time_in_force(form),
            post_only="post" in flags,
            stp=_stp(form),
            cl_ord_id=cl_ord_id,
            userref=orders.userref(userref) if userref is not None else None,
            deadline_ns=orders.deadline(form.text("deadline"), now, DEADLINE_MIN_NS),
            validate=form.flag("validate"),
            fee_in_base="fcib" in flags,
            source="rest",
        )

    def amend_order(self, key: Key, form: Form) -> Value:
        """`AmendOrder`."""
        order_id, cl_ord_id = form.text("txid"), orders.client_id(form.text("cl_ord_id"))
        if bool(order_id) == bool(cl_ord_id):
            raise BadRequest(f"{INVALID}:txid")
        qty, price = form.decimal("order_qty"), form.decimal("limit_price")
        if qty is None and price is None:
            raise BadRequest(INVALID)
        request = AmendOrder(
            order_id=order_id,
            cl_ord_id=cl_ord_id,
            qty=None if qty is None else orders.amount(qty, "order_qty"),
            limit_price=None if price is None else orders.amount(price, "limit_price"),
            post_only=form.flag("post_only"),
            deadline_ns=orders.deadline(form.text("deadline"), self._services.clock.now_ns(), DEADLINE_MIN_NS),
            source="rest",
        )
        return {"amend_id": self._exchange.amend_order(key.credentials.account_id, request)}

    def cancel_order(self, key: Key, form: Form) -> Value:
        """`CancelOrder` by order id, by tag (several orders) or by client id."""
        account, target, cl_ord_id = key.credentials.account_id, form.text("txid"), form.text("cl_ord_id")
        if bool(target) == bool(cl_ord_id):
            raise BadRequest(f"{INVALID}:txid")
        if cl_ord_id:
            self._exchange.cancel_order(account, cl_ord_id=cl_ord_id, source="rest")
            return {"count": 1, "pending": False}
        if target.removeprefix("-").isdigit():
            cancelled = self._exchange.cancel_userref(account, orders.userref(form.integer("txid")), source="rest")
            if not cancelled:
                raise BadRequest("EOrder:Unknown order")
            return {"count": len(cancelled), "pending": False}
        self._exchange.cancel_order(account, order_id=target, source="rest")
        return {"count": 1, "pending": False}

    def cancel_all(self, key: Key, _form: Form) -> Value:
        """`CancelAll`."""
        return {"count": len(self._exchange.cancel_all(key.credentials.account_id, source="rest"))}

    def cancel_all_after(self, key: Key, form: Form) -> Value:
        """`CancelAllOrdersAfter`."""
        timeout = form.integer("timeout", -1)
        if not 0 <= timeout < DAY_S:
            raise BadRequest(f"{INVALID}:timeout")
        now_ns, trigger_ns = self._exchange.cancel_all_after(key.credentials.account_id, timeout)
        trigger = numbers.seconds(trigger_ns) if trigger_ns else policies.DISARMED_TRIGGER
        return {"currentTime": numbers.seconds(now_ns), "triggerTime": trigger}


def _order_type(form: Form) -> OrderType:
    try:
        return OrderType(form.text("ordertype"))
    except ValueError:
        raise BadRequest(f"{INVALID}:ordertype") from None


def _side(form: Form) -> Side:
    try:
        return Side(form.text("type"))
    except ValueError:
        raise BadRequest(f"{INVALID}:type") from None


def _time_in_force(form: Form) -> TimeInForce:
    try:
        return TimeInForce(form.text("timeinforce", "gtc").lower())
    except ValueError:
        raise BadRequest(f"{INVALID}:timeinforce") from None


def _stp(form: Form) -> Stp:
    value = form.text("stptype", "cancel-newest")
    if value not in _STP:
        raise BadRequest(f"{INVALID}:stptype")
    return _STP[value]
