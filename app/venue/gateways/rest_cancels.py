"""Methods of REST that cancel orders (`rest.md` §4.6)."""

from __future__ import annotations

from typing import Final

from app.venue.gateways.keys import Key
from app.venue.gateways.rest_account import Entry
from app.venue.gateways.rest_trading import EITHER
from app.venue.gateways.services import Services
from app.venue.wire import changes, numbers, policies, rest_changes, values
from app.venue.wire.forms import Form
from app.venue.wire.frames import Value
from app.venue.wire.values import invalid

DAY_S: Final = 86_400


class CancelMethods:
    """CancelOrder, CancelOrderBatch, CancelAll, CancelAllOrdersAfter.

    Args:
        services: The venue.
    """

    def __init__(self, services: Services) -> None:
        self._exchange = services.exchange
        self.table: dict[str, Entry] = {
            "CancelOrder": (EITHER, self.cancel_order),
            "CancelOrderBatch": (EITHER, self.cancel_batch),
            "CancelAll": (EITHER, self.cancel_all),
            "CancelAllOrdersAfter": (EITHER, self.cancel_all_after),
        }

    def cancel_order(self, key: Key, form: Form) -> Value:
        """`CancelOrder` by order id, by tag (several orders) or by client id."""
        account, target, cl_ord_id = key.credentials.account_id, form.text("txid"), form.text("cl_ord_id")
        if bool(target) == bool(cl_ord_id):
            raise invalid("txid")
        if changes.is_tag(target):
            cancelled = self._exchange.cancel_userref(account, values.tag(target), source="rest")
            return {"count": len(cancelled), "pending": False}
        self._exchange.cancel_order(account, order_id=target, cl_ord_id=cl_ord_id, source="rest")
        return {"count": 1, "pending": False}

    def cancel_batch(self, key: Key, form: Form) -> Value:
        """`CancelOrderBatch`: up to 50 identifiers."""
        wanted = rest_changes.cancel_batch(form)
        cancelled = self._exchange.cancel_batch(
            key.credentials.account_id,
            order_ids=wanted.order_ids,
            cl_ord_ids=wanted.cl_ord_ids,
            userrefs=wanted.userrefs,
            source="rest",
        )
        return {"count": len(cancelled)}

    def cancel_all(self, key: Key, _form: Form) -> Value:
        """`CancelAll`."""
        return {"count": len(self._exchange.cancel_all(key.credentials.account_id, source="rest"))}

    def cancel_all_after(self, key: Key, form: Form) -> Value:
        """`CancelAllOrdersAfter`."""
        timeout = form.integer("timeout", -1)
        if not 0 <= timeout < DAY_S:
            raise invalid("timeout")
        now_ns, trigger_ns = self._exchange.cancel_all_after(key.credentials.account_id, timeout)
        trigger = numbers.seconds(trigger_ns) if trigger_ns else policies.DISARMED_TRIGGER
        return {"currentTime": numbers.seconds(now_ns), "triggerTime": trigger}
