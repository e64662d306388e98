"""Trading methods of WS v2 (`ws-v2.md` §9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.venue.core.api import VenueReject
from app.venue.gateways.keys import Key
from app.venue.gateways.services import Services
from app.venue.gateways.streams import BAD_SESSION, NO_TOKEN, PERMISSION
from app.venue.wire import numbers, orders, policies, schema
from app.venue.wire.frames import Value
from app.venue.wire.schema import BadRequest, Request

if TYPE_CHECKING:
    from app.venue.gateways.session import Session

DAY_S = 86_400


class TradingDesk:
    """Carries out trading methods on the auth face.

    Args:
        session: The connection.
        services: The venue.
    """

    def __init__(self, session: Session, services: Services) -> None:
        self._session = session
        self._services = services
        self._handlers = {
            "add_order": self._add,
            "amend_order": self._amend,
            "cancel_order": self._cancel,
            "cancel_all": self._cancel_all,
            "cancel_all_orders_after": self._cancel_all_after,
        }

    def handle(self, request: Request) -> None:
        """Carry out one method.

        Raises:
            BadRequest: The request is malformed or not permitted.
            VenueReject: The exchange refuses it.
        """
        schema.check(request.params, schema.METHODS[request.method], request.method)
        text = schema.text(request.params, "token")
        if not text:
            raise BadRequest(NO_TOKEN)
        token = self._services.keys.token(text)
        if token is None:
            raise BadRequest(BAD_SESSION)
        needed = ("modify-trades",) if request.method == "add_order" else ("modify-trades", "close-trades")
        if not token.key.may(*needed):
            raise BadRequest(PERMISSION)
        self._handlers[request.method](request, token.key)

    def _add(self, request: Request, key: Key) -> None:
        params = request.params
        wanted = orders.add_order(params, self._services.clock.now_ns())
        if wanted.symbol not in self._services.exchange.listings:
            raise BadRequest(f"Currency pair not supported {wanted.symbol}")
        order = self._services.exchange.add_order(key.credentials.account_id, wanted)
        result: dict[str, Value] = {}
        if order.order_id:
            result["order_id"] = order.order_id
        if wanted.cl_ord_id:
            result["cl_ord_id"] = wanted.cl_ord_id
        if wanted.userref is not None:
            result["order_userref"] = wanted.userref
        if "no_mpp" in params:
            result["warnings"] = ("no_mpp is deprecated",)
        self._session.succeed(request.method, result, request.req_id)

    def _amend(self, request: Request, key: Key) -> None:
        wanted = orders.amend_order(request.params, self._services.clock.now_ns())
        amend_id = self._services.exchange.amend_order(key.credentials.account_id, wanted)
        name, value = ("order_id", wanted.order_id) if wanted.order_id else ("cl_ord_id", wanted.cl_ord_id)
        self._session.succeed(request.method, {"amend_id": amend_id, name: value}, request.req_id)

    def _cancel(self, request: Request, key: Key) -> None:
        """Cancel by any of the three lists; one answer per order."""
        params = request.params
        order_ids, client_ids = schema.strings(params, "order_id"), schema.strings(params, "cl_ord_id")
        userrefs = schema.integers(params, "order_userref")
        if not (order_ids or client_ids or userrefs):
            raise BadRequest("EGeneral:Invalid arguments:order_id")
        for order_id in order_ids:
            self._cancel_one(request, key, order_id=order_id)
        for cl_ord_id in client_ids:
            self._cancel_one(request, key, cl_ord_id=cl_ord_id)
        for userref in userrefs:
            self._cancel_tagged(request, key, userref)

    def _cancel_one(self, request: Request, key: Key, *, order_id: str = "", cl_ord_id: str = "") -> None:
        account = key.credentials.account_id
        try:
            self._services.exchange.cancel_order(account, order_id=order_id, cl_ord_id=cl_ord_id)
        except VenueReject as error:
            self._session.fail(request.method, error.error, request.req_id)
            return
        result: dict[str, Value] = {"order_id": order_id} if order_id else {"cl_ord_id": cl_ord_id}
        self._session.succeed(request.method, result, request.req_id)

    def _cancel_tagged(self, request: Request, key: Key, userref: int) -> None:
        try:
            cancelled = self._services.exchange.cancel_userref(key.credentials.account_id, userref)
        except VenueReject as error:
            self._session.fail(request.method, error.error, request.req_id)
            return
        if not cancelled:
            self._session.fail(request.method, "EOrder:Unknown order", request.req_id)
        for order in cancelled:
            self._session.succeed(request.method, {"order_id": order.order_id}, request.req_id)

    def _cancel_all(self, request: Request, key: Key) -> None:
        cancelled = self._services.exchange.cancel_all(key.credentials.account_id)
        self._session.succeed(request.method, {"count": len(cancelled)}, request.req_id)

    def _cancel_all_after(self, request: Request, key: Key) -> None:
        timeout = schema.integer(request.params, "timeout", -1)
        if not 0 <= timeout < DAY_S:
            raise BadRequest("EGeneral:Invalid arguments:timeout")
        now_ns, trigger_ns = self._services.exchange.cancel_all_after(key.credentials.account_id, timeout)
        trigger = numbers.seconds(trigger_ns) if trigger_ns else policies.DISARMED_TRIGGER
        self._session.succeed(
            request.method, {"currentTime": numbers.seconds(now_ns), "triggerTime": trigger}, request.req_id
        )
