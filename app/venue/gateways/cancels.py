"""Methods of WS v2 that cancel orders (`ws-v2.md` §9.4 to §9.6, §9.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.venue.core.api import VenueReject
from app.venue.gateways.services import Services
from app.venue.wire import changes, numbers, policies, schema
from app.venue.wire.frames import Value
from app.venue.wire.schema import BadRequest, Request
from app.venue.wire.values import invalid

if TYPE_CHECKING:
    from app.venue.gateways.session import Session

DAY_S = 86_400


class CancelDesk:
    """Cancels on the auth face.

    Args:
        session: The connection.
        services: The venue.

    Attributes:
        handlers: By method; called with the request and the account.
    """

    def __init__(self, session: Session, services: Services) -> None:
        self._session = session
        self._exchange = services.exchange
        self.handlers: dict[str, Callable[[Request, str], None]] = {
            "cancel_order": self._cancel,
            "batch_cancel": self._cancel_batch,
            "cancel_all": self._cancel_all,
            "cancel_all_orders_after": self._cancel_all_after,
        }

    def _cancel(self, request: Request, account_id: str) -> None:
        """Cancel by any of the three lists; one answer per order."""
        params = request.params
        order_ids, client_ids = schema.strings(params, "order_id"), schema.strings(params, "cl_ord_id")
        userrefs = schema.integers(params, "order_userref")
        if not (order_ids or client_ids or userrefs):
            raise invalid("order_id")
        for order_id in order_ids:
            self._cancel_one(request, account_id, order_id=order_id)
        for cl_ord_id in client_ids:
            self._cancel_one(request, account_id, cl_ord_id=cl_ord_id)
        for userref in userrefs:
            self._cancel_tagged(request, account_id, userref)

    def _cancel_one(self, request: Request, account_id: str, *, order_id: str = "", cl_ord_id: str = "") -> None:
        try:
            self._exchange.cancel_order(account_id, order_id=order_id, cl_ord_id=cl_ord_id)
        except VenueReject as error:
            self._session.fail(request.method, error.error, request.req_id)
            return
        result: dict[str, Value] = {"order_id": order_id} if order_id else {"cl_ord_id": cl_ord_id}
        self._session.succeed(request.method, result, request.req_id)

    def _cancel_tagged(self, request: Request, account_id: str, userref: int) -> None:
        try:
            cancelled = self._exchange.cancel_userref(account_id, userref)
        except VenueReject as error:
            self._session.fail(request.method, error.error, request.req_id)
            return
        for order in cancelled:
            self._session.succeed(request.method, {"order_id": order.order_id}, request.req_id)

    def _cancel_batch(self, request: Request, account_id: str) -> None:
        """Cancel 2 to 50 identifiers; the answer is a count."""
        wanted = changes.batch_cancel(request.params)
        cancelled = self._exchange.cancel_batch(
            account_id, order_ids=wanted.order_ids, cl_ord_ids=wanted.cl_ord_ids, userrefs=wanted.userrefs
        )
        count = len(cancelled)
        top: dict[str, Value] = {"orders_cancelled": count} if policies.BATCH_CANCEL_COUNTS_ON_TOP else {}
        self._session.succeed(request.method, {"count": count}, request.req_id, top)

    def _cancel_all(self, request: Request, account_id: str) -> None:
        cancelled = self._exchange.cancel_all(account_id)
        self._session.succeed(request.method, {"count": len(cancelled)}, request.req_id)

    def _cancel_all_after(self, request: Request, account_id: str) -> None:
        timeout = schema.integer(request.params, "timeout", -1)
        if not 0 <= timeout < DAY_S:
            raise BadRequest("EGeneral:Invalid arguments:timeout")
        now_ns, trigger_ns = self._exchange.cancel_all_after(account_id, timeout)
        trigger = numbers.seconds(trigger_ns) if trigger_ns else policies.DISARMED_TRIGGER
        self._session.succeed(
            request.method, {"currentTime": numbers.seconds(now_ns), "triggerTime": trigger}, request.req_id
        )
