"""Private subscriptions of one connection and the tokens that it holds (`ws-v2.md` §1.2, §7, §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.venue.gateways.keys import SessionToken
from app.venue.gateways.private import EXECUTIONS, Subscription
from app.venue.gateways.services import Services
from app.venue.wire import private, schema
from app.venue.wire.frames import Value
from app.venue.wire.schema import BadRequest, Params, Request

if TYPE_CHECKING:
    from app.venue.gateways.session import Session

NO_TOKEN = "Token(s) not found"  # noqa: S105 - an error text
BAD_SESSION = "ESession:Invalid session"
PERMISSION = "EGeneral:Permission denied"


class PrivateDesk:
    """Subscribes and unsubscribes `executions` and `balances`.

    Args:
        session: The connection.
        services: The venue.
    """

    def __init__(self, session: Session, services: Services) -> None:
        self._session = session
        self._services = services
        self._feed = services.feed.private
        self._held: dict[str, tuple[Subscription, SessionToken]] = {}

    @property
    def count(self) -> int:
        """How many subscriptions are up."""
        return len(self._held)

    def names(self) -> list[str]:
        """Subscriptions in words."""
        return list(self._held)

    def end(self) -> None:
        """Drop everything; tokens held by this connection age again."""
        for channel in list(self._held):
            self._drop(channel)

    def handle(self, request: Request, channel: str) -> None:
        """Carry out a checked subscribe or unsubscribe."""
        text = schema.text(request.params, "token")
        if not text:
            raise BadRequest(NO_TOKEN)
        token = self._services.keys.token(text)
        if token is None:
            extra = {"channel": channel, "status": "error"}
            self._session.fail(request.method, BAD_SESSION, request.req_id, extra)
        elif request.method == "subscribe":
            self._subscribe(request, channel, token)
        else:
            self._unsubscribe(request, channel)

    def _subscribe(self, request: Request, channel: str, token: SessionToken) -> None:
        if channel in self._held:
            raise BadRequest("Already subscribed")
        allowed = ("query-open-trades", "query-closed-trades") if channel == EXECUTIONS else ("query-funds",)
        if not token.key.may(*allowed):
            raise BadRequest(PERMISSION)
        params = request.params
        subscription = Subscription(
            reader=self._session.websocket,
            account_id=token.key.credentials.account_id,
            order_status=schema.flag(params, "order_status", True),
            ratecounter=schema.flag(params, "ratecounter", False),
        )
        self._held[channel] = (subscription, token)
        token.holders += 1
        self._feed.subscribe(channel, subscription)
        if channel == EXECUTIONS:
            self._open_executions(request, subscription)
        else:
            snapshot = schema.flag(params, "snapshot", True)
            self._session.succeed("subscribe", {"channel": channel, "snapshot": snapshot}, request.req_id)
            if snapshot:
                self._feed.balances_snapshot(subscription)

    def _open_executions(self, request: Request, subscription: Subscription) -> None:
        orders, trades = _wanted(request.params)
        threshold = self._services.exchange.rate_limits(subscription.account_id)[0]
        result: dict[str, Value] = {
            "channel": EXECUTIONS,
            "maxratecount": threshold,
            "snap_orders": orders,
            "snap_trades": trades,
            "snapshot": orders or trades,
            "warnings": private.EXECUTIONS_WARNINGS,
        }
        self._session.succeed("subscribe", result, request.req_id)
        if orders or trades:
            self._feed.executions_snapshot(subscription, orders=orders, trades=trades)

    def _unsubscribe(self, request: Request, channel: str) -> None:
        if channel not in self._held:
            raise BadRequest("Subscription Not Found")
        self._drop(channel)
        self._session.succeed("unsubscribe", {"channel": channel}, request.req_id)

    def _drop(self, channel: str) -> None:
        subscription, token = self._held.pop(channel)
        token.holders -= 1
        self._feed.unsubscribe(channel, subscription)


def _wanted(params: Params) -> tuple[bool, bool]:
    """Whether open orders and past fills are wanted; the deprecated names still count."""
    orders = schema.flag(params, "snap_orders", schema.flag(params, "snapshot", True))
    trades = schema.flag(params, "snap_trades", schema.flag(params, "snapshot_trades", False))
    return orders, trades
