"""Methods of WS v2 that place and change orders (`ws-v2.md` §9.1 to §9.3, §9.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from app.domain.order import OrderType
from app.venue.core.api import AddOrder, BatchLeg
from app.venue.gateways.cancels import CancelDesk
from app.venue.gateways.keys import Key
from app.venue.gateways.services import Services
from app.venue.gateways.streams import BAD_SESSION, NO_TOKEN, PERMISSION
from app.venue.wire import changes, methods, orders, policies, schema
from app.venue.wire.frames import Value
from app.venue.wire.schema import BadRequest, Params, Request

if TYPE_CHECKING:
    from app.venue.gateways.session import Session


class TradingDesk:
    """Carries out trading methods on the auth face.

    Args:
        session: The connection.
        services: The venue.
    """

    def __init__(self, session: Session, services: Services) -> None:
        self._session = session
        self._services = services
        self._exchange = services.exchange
        handlers: dict[str, Callable[[Request, str], None]] = {
            "add_order": self._add,
            "batch_add": self._add_batch,
            "amend_order": self._amend,
            "edit_order": self._edit,
        }
        self._handlers = handlers | CancelDesk(session, services).handlers

    def handle(self, request: Request) -> None:
        """Carry out one method.

        Raises:
            BadRequest: The request is malformed or not permitted.
            VenueReject: The exchange refuses it.
        """
        schema.check(request.params, methods.METHODS[request.method], request.method)
        text = schema.text(request.params, "token")
        if not text:
            raise BadRequest(NO_TOKEN)
        token = self._services.keys.token(text)
        if token is None:
            raise BadRequest(BAD_SESSION)
        if not _permitted(token.key, request.method):
            raise BadRequest(PERMISSION)
        self._handlers[request.method](request, token.key.credentials.account_id)

    def _add(self, request: Request, account_id: str) -> None:
        wanted = orders.add_order(request.params, self._services.clock.now_ns())
        self._check_symbol(wanted.symbol)
        order = self._exchange.add_order(account_id, wanted)
        result = _placed(wanted, order.order_id, request.params)
        self._session.succeed(request.method, result, request.req_id)

    def _add_batch(self, request: Request, account_id: str) -> None:
        """Place 2 to 15 orders; the result is a list in the order of the request."""
        wanted = orders.batch_add(request.params, self._services.clock.now_ns())
        self._check_symbol(wanted[0].symbol)
        legs = self._exchange.add_batch(account_id, wanted)
        sent = schema.objects(request.params, "orders")
        rows = [_leg(*item) for item in zip(wanted, legs, sent, strict=True)]
        self._session.succeed(request.method, rows, request.req_id)

    def _amend(self, request: Request, account_id: str) -> None:
        now = self._services.clock.now_ns()
        wanted = changes.amend_order(request.params, now, lambda *ids: self._kind_of(account_id, *ids))
        amend_id = self._exchange.amend_order(account_id, wanted)
        name, value = ("order_id", wanted.order_id) if wanted.order_id else ("cl_ord_id", wanted.cl_ord_id)
        self._session.succeed(request.method, {"amend_id": amend_id, name: value}, request.req_id)

    def _edit(self, request: Request, account_id: str) -> None:
        now = self._services.clock.now_ns()
        wanted = changes.edit_order(request.params, now, lambda *ids: self._kind_of(account_id, *ids))
        self._check_symbol(wanted.symbol)
        edited = self._exchange.edit_order(account_id, wanted)
        result: dict[str, Value] = {"original_order_id": edited.original.order_id}
        if edited.order.order_id:
            result["order_id"] = edited.order.order_id
        self._session.succeed(request.method, result | _warned(request.params), request.req_id)

    def _check_symbol(self, symbol: str) -> None:
        if symbol not in self._exchange.listings:
            raise BadRequest(f"Currency pair not supported {symbol}")

    def _kind_of(self, account_id: str, order_id: str, cl_ord_id: str) -> OrderType | None:
        order = self._services.open_order(account_id, order_id=order_id, cl_ord_id=cl_ord_id)
        return order.order_type if order else None


def _permitted(key: Key, method: str) -> bool:
    needed = methods.NEEDS_ALL.get(method)
    if needed is None:
        return key.may(methods.MODIFY, methods.CLOSE)
    return all(key.may(permission) for permission in needed)


def _placed(wanted: AddOrder, order_id: str, sent: Params) -> dict[str, Value]:
    """What the answer tells of one order: new id, the client's ids as sent, warnings."""
    row: dict[str, Value] = {"order_id": order_id} if order_id else {}
    return row | _own_ids(wanted) | _warned(sent)


def _own_ids(wanted: AddOrder) -> dict[str, Value]:
    ids: dict[str, Value] = {"cl_ord_id": wanted.cl_ord_id} if wanted.cl_ord_id else {}
    return ids if wanted.userref is None else ids | {"order_userref": wanted.userref}


def _warned(sent: Params) -> dict[str, Value]:
    texts = orders.warnings(sent)
    return {"warnings": texts} if texts else {}


def _leg(wanted: AddOrder, leg: BatchLeg, sent: Params) -> Mapping[str, Value]:
    if leg.error:
        return {policies.BATCH_ERROR_FIELD: leg.error} | _own_ids(wanted)
    return _placed(wanted, leg.order.order_id if leg.order else "", sent)
