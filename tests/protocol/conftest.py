from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from app.domain.budget import RollingBudget
from app.domain.order import OrderRequest, OrderType, Side
from app.protocol.ws2.events import Event
from app.protocol.ws2.frames import MarketMessage
from app.protocol.ws2.session import Role, Session
from app.protocol.ws2.topics import Topic

NS = 1_000_000_000
E = TypeVar("E")


class Script:
    """Plays a venue against one session: time in seconds, frames as Python values."""

    def __init__(self, role: Role, l3: RollingBudget | None = None, start_s: float = 100.0) -> None:
        self.session = Session(role, l3)
        self.now_s = start_s
        self.sent: list[Any] = []
        self.raw_sent: list[bytes] = []
        self.events: list[Event] = []

    @property
    def now(self) -> int:
        return round(self.now_s * NS)

    def drain(self) -> None:
        frames, events = self.session.drain()
        self.raw_sent += frames
        self.sent += [json.loads(frame) for frame in frames]
        self.events += events

    def connect(self) -> None:
        self.session.connected(self.now)
        self.drain()

    def lose(self) -> None:
        self.session.lost()
        self.drain()

    def want(self, *topics: Topic) -> None:
        self.session.want(topics, self.now)
        self.drain()

    def token(self, token: str = "tok") -> None:
        self.session.set_token(token, self.now)
        self.drain()

    def hear(self, frame: Any) -> MarketMessage | None:
        raw = frame if isinstance(frame, (bytes, str)) else json.dumps(frame)
        message = self.session.receive(raw, self.now)
        self.drain()
        return message

    def wait(self, seconds: float, *, heartbeats: bool = True) -> None:
        """Let time pass in ticks of 100 ms, with a heartbeat each second unless told otherwise."""
        for step in range(round(seconds * 10)):
            self.now_s += 0.1
            if heartbeats and step % 10 == 0:
                self.hear({"channel": "heartbeat"})
            self.session.tick(self.now)
            self.drain()

    def ack(self, request: Any, symbol: str = "", error: str = "", **result: Any) -> None:
        reply: dict[str, Any] = {
            "method": request["method"],
            "req_id": request["req_id"],
            "success": not error,
            "time_in": "2026-09-25T17:48:24.745996Z",
            "time_out": "2026-09-25T17:48:24.746032Z",
        }
        if error:
            reply["error"] = error
            if symbol:
                reply["symbol"] = symbol
        else:
            reply["result"] = {"channel": request.get("params", {}).get("channel", ""), **result}
            if symbol:
                reply["result"]["symbol"] = symbol
        self.hear(reply)

    def ack_all(self) -> None:
        """Confirm every feed request that was sent, per symbol, and forget them."""
        for request in self.take("subscribe", "unsubscribe"):
            for symbol in request["params"].get("symbol", [""]):
                self.ack(request, symbol)

    def take(self, *methods: str) -> list[Any]:
        """Return the requests of these methods sent so far, and forget them."""
        found = [frame for frame in self.sent if frame["method"] in methods]
        self.sent = [frame for frame in self.sent if frame["method"] not in methods]
        return found

    def got(self, kind: type[E]) -> list[E]:
        """Return the events of a kind so far, and forget them."""
        found: list[E] = [event for event in self.events if isinstance(event, kind)]
        self.events = [event for event in self.events if not isinstance(event, kind)]
        return found


@pytest.fixture(scope="session")
def script() -> Callable[..., Script]:
    return Script


@pytest.fixture(scope="session")
def order() -> Callable[..., OrderRequest]:
    """Makes a limit order, other where told."""

    def make(**more: Any) -> OrderRequest:
        values: dict[str, Any] = {
            "cl_ord_id": "2c6be801-1f53-4f79-a0bb-4ea1c95dfae9",
            "symbol": "BTC/USD",
            "side": Side.BUY,
            "order_type": OrderType.LIMIT,
            "qty": Decimal("1.2"),
            "limit_price": Decimal("26500.4"),
        }
        return OrderRequest(**{**values, **more})

    return make
