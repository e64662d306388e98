"""REST v0: envelope, authentication, dispatch (`rest.md` §0.1, §1)."""

from __future__ import annotations

from typing import Final

from app.venue.core.api import VenueReject
from app.venue.gateways.rest_account import AccountMethods
from app.venue.gateways.rest_cancels import CancelMethods
from app.venue.gateways.rest_ledgers import LedgerMethods
from app.venue.gateways.rest_orders import OrderQueries
from app.venue.gateways.rest_positions import PositionMethods
from app.venue.gateways.rest_public import PublicMethods
from app.venue.gateways.rest_trading import TradingMethods
from app.venue.gateways.services import Services
from app.venue.gateways.transport import HttpRequest, HttpResponse
from app.venue.wire import forms
from app.venue.wire.frames import Value, dump
from app.venue.wire.names import Names
from app.venue.wire.schema import BadRequest

PUBLIC: Final = "/0/public/"
PRIVATE: Final = "/0/private/"
UNKNOWN: Final = "EGeneral:Unknown method"
PERMISSION: Final = "EGeneral:Permission denied"


class Rest:
    """The REST face.

    Args:
        services: The venue.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        names = Names(services.exchange.assets, services.exchange.listings)
        public = PublicMethods(services, names)
        self._public = public.table
        self._private = (
            AccountMethods(services, names).table
            | OrderQueries(services).table
            | LedgerMethods(services, names).table
            | PositionMethods(services, names).table
            | TradingMethods(services, names).table
            | CancelMethods(services).table
            | {"Level3": (("query-open-trades",), public.level3)}
        )

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer one request; API errors come with HTTP status 200."""
        name = request.path.rpartition("/")[2]
        try:
            result = self._result(request)
        except (BadRequest, VenueReject) as error:
            response = HttpResponse(body=dump({"error": [error.error]}).encode())
        else:
            response = HttpResponse(body=f'{{"error":[],"result":{dump(result)}}}'.encode())
        if self._services.faults.active:
            if self._services.faults.leaves_unanswered(name):
                return HttpResponse(cut=True)
            status = self._services.faults.http_error(name)
            if status:
                return HttpResponse(status, b"<html><body>Bad gateway</body></html>", "text/html")
        return response

    def _result(self, request: HttpRequest) -> Value:
        if request.path.startswith(PUBLIC):
            method = self._public.get(request.path.removeprefix(PUBLIC))
            if method is None or request.method != "GET":
                raise BadRequest(UNKNOWN)
            return method(forms.query(request.query))
        if request.path.startswith(PRIVATE):
            return self._private_result(request)
        raise BadRequest(UNKNOWN)

    def _private_result(self, request: HttpRequest) -> Value:
        name = request.path.removeprefix(PRIVATE)
        entry = self._private.get(name)
        if entry is None or request.method != "POST":
            raise BadRequest(UNKNOWN)
        form = forms.body(request.headers.get("content-type", ""), request.body)
        keys = self._services.keys
        key = keys.authenticate(
            api_key=request.headers.get("api-key", ""),
            signature=request.headers.get("api-sign", ""),
            path=request.path,
            nonce=form.text("nonce"),
            body=request.body,
        )
        permissions, method = entry
        if permissions and not key.may(*permissions):
            raise BadRequest(PERMISSION)
        keys.charge(key, name)
        return method(key, form)
