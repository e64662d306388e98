"""One WS v2 connection: reads requests, answers them, keeps its subscriptions."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from app.clock import NS_PER_S
from app.venue.core.api import VenueReject
from app.venue.gateways.budget import Budget
from app.venue.gateways.faults import Face
from app.venue.gateways.market import MarketDesk
from app.venue.gateways.services import Services
from app.venue.gateways.streams import PrivateDesk
from app.venue.gateways.trading import TradingDesk
from app.venue.gateways.websocket import CLOSE_GOING_AWAY, HEARTBEAT_CHANNEL, WebSocket
from app.venue.wire import frames, policies, schema
from app.venue.wire.frames import Value
from app.venue.wire.methods import METHODS
from app.venue.wire.schema import BadRequest, Request

NO_PRIVATE = "Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com"
NO_PUBLIC = "Public market data subscriptions are unavailable on this endpoint. Try ws.kraken.com"
_CONNECTION_ID_BITS = 64


class Session:
    """State of one WebSocket connection.

    Args:
        face: Port by which it came.
        websocket: The connection.
        services: The venue.
    """

    def __init__(self, face: Face, websocket: WebSocket, services: Services) -> None:
        self.face = face
        self.websocket = websocket
        self.connection_id = secrets.randbits(_CONNECTION_ID_BITS)
        self._services = services
        self._rate = Budget(services.clock, policies.MESSAGE_RATE)
        self._asked_ns = services.clock.mono_ns()
        self._time_in = 0
        self._market = MarketDesk(self, services)
        self._streams = PrivateDesk(self, services)
        self._trading = TradingDesk(self, services)
        websocket.on_open = self.send_status
        websocket.on_text = self.receive
        websocket.on_lost = self.end

    @property
    def subscriptions(self) -> int:
        """How many subscriptions are up."""
        return self._market.count + self._streams.count

    def describe(self) -> dict[str, Value]:
        """State for the control endpoint; holds no secret."""
        return {
            "connection_id": self.connection_id,
            "face": str(self.face),
            "subscriptions": self._market.names() + self._streams.names(),
            "buffered": self.websocket.buffered,
        }

    def send_status(self) -> None:
        """Tell the state of the venue; the first frame of every connection."""
        mode = str(self._services.exchange.mode)
        self.websocket.send_text(frames.status(mode, self.connection_id), "status")

    def end(self) -> None:
        """Drop all subscriptions."""
        self._market.end()
        self._streams.end()

    def beat(self, heartbeat: bytes, mono_ns: int) -> None:
        """Send the heartbeat if anything is subscribed; close the connection when it is idle."""
        if self.subscriptions:
            self.websocket.send(heartbeat, HEARTBEAT_CHANNEL)
        elif mono_ns - self._asked_ns > policies.IDLE_CLOSE_S * NS_PER_S:
            self.websocket.close(CLOSE_GOING_AWAY, "idle")

    def receive(self, text: bytes) -> None:
        """Take one request frame."""
        clock = self._services.clock
        self._time_in, self._asked_ns = clock.now_ns(), clock.mono_ns()
        method, req_id = "", None
        try:
            if not self._rate.take(1):
                raise BadRequest("Exceeded msg rate")
            request = schema.parse(text)
            method, req_id = request.method, request.req_id
            self._dispatch(request)
        except BadRequest as error:
            self.fail(method, error.error, req_id if method else schema.req_id_of(text))
        except VenueReject as error:
            self.fail(method, error.error, req_id)

    def succeed(self, method: str, result: Value, req_id: int | None, extra: Mapping[str, Value] | None = None) -> None:
        """Answer positively, unless a fault swallows the answer; `extra` stands beside the result."""
        if self._services.faults.active and self._services.faults.leaves_unanswered(method):
            return
        now = self._services.clock.now_ns()
        self.websocket.send_text(frames.success(method, result, req_id, self._time_in, now, extra), "ack")

    def fail(self, method: str, error: str, req_id: int | None, extra: Mapping[str, Value] | None = None) -> None:
        """Answer negatively."""
        now = self._services.clock.now_ns()
        self.websocket.send_text(frames.failure(method, error, req_id, self._time_in, now, extra), "ack")

    def _dispatch(self, request: Request) -> None:
        match request.method:
            case "ping":
                self._ping(request)
            case "subscribe" | "unsubscribe":
                self._subscription(request)
            case method if method in METHODS:
                if self.face is not Face.AUTH:
                    raise BadRequest(NO_PRIVATE)
                self._trading.handle(request)
            case _:
                raise BadRequest("Unsupported event")

    def _ping(self, request: Request) -> None:
        if request.has_params:
            raise BadRequest(schema.unsupported("params", "ping"))
        now = self._services.clock.now_ns()
        self.websocket.send_text(frames.pong(request.req_id, self._time_in, now), "ack")

    def _subscription(self, request: Request) -> None:
        channel = request.params.get("channel")
        if channel is not None and not isinstance(channel, str):
            raise BadRequest(f"Channel field must be a {schema.Kind.STRING}")
        fields = schema.CHANNELS.get(channel or "")
        if channel is None or fields is None:
            raise BadRequest("Subscription name invalid")
        self._check_face(channel)
        schema.check(request.params, fields, request.method)
        if channel in schema.PRIVATE_CHANNELS:
            self._streams.handle(request, channel)
        else:
            self._market.handle(request, channel)

    def _check_face(self, channel: str) -> None:
        if channel in schema.PUBLIC_CHANNELS:
            if self.face is not Face.PUBLIC:
                raise BadRequest(NO_PUBLIC)
        elif channel in schema.PRIVATE_CHANNELS:
            if self.face is not Face.AUTH:
                raise BadRequest(NO_PRIVATE)
        elif self.face is not Face.L3:
            raise BadRequest(policies.L3_ON_AUTH)
