"""Market subscriptions of one connection (`ws-v2.md` §4, §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.venue.gateways.bookfeed import BOOK, LEVEL3
from app.venue.gateways.budget import Budget
from app.venue.gateways.feed import Stream
from app.venue.gateways.keys import SessionToken
from app.venue.gateways.memory import INTERVALS
from app.venue.gateways.services import Services
from app.venue.gateways.streams import BAD_SESSION, NO_TOKEN
from app.venue.wire import instruments, market, policies, schema
from app.venue.wire.frames import Value
from app.venue.wire.schema import BadRequest, Params, Request

if TYPE_CHECKING:
    from app.venue.gateways.session import Session

BOOK_DEPTHS: Final = frozenset({10, 25, 100, 500, 1000})
LEVEL3_DEPTHS: Final = frozenset(policies.L3_COST)
DEFAULT_DEPTH: Final = 10

ALREADY: Final = "Already subscribed"
NOT_FOUND: Final = "Subscription Not Found"
BAD_DEPTH: Final = "Subscription depth not supported"
BAD_INTERVAL: Final = "Subscription ohlc interval not supported"
BAD_TRIGGER: Final = "Subscription event_trigger not supported"
NO_SYMBOLS: Final = "Symbol(s) not found"

Slot = tuple[str, str, int]
"""Identity of a subscription on a connection: channel, symbol, interval (0 but for `ohlc`)."""


class MarketDesk:
    """Subscribes, unsubscribes and remembers.

    Args:
        session: The connection.
        services: The venue.
    """

    def __init__(self, session: Session, services: Services) -> None:
        self._session = session
        self._services = services
        self._feed = services.feed
        self._slots: dict[Slot, int] = {}
        self._tokens: list[SessionToken] = []
        self._level3_budget: Budget | None = None

    @property
    def count(self) -> int:
        """How many subscriptions are up."""
        return len(self._slots)

    def names(self) -> list[str]:
        """Subscriptions in words."""
        return [f"{channel} {symbol} {option}" for (channel, symbol, _), option in self._slots.items()]

    def end(self) -> None:
        """Drop everything."""
        for slot in list(self._slots):
            self._drop(slot)
        for token in self._tokens:
            token.holders -= 1
        self._tokens.clear()

    def handle(self, request: Request, channel: str) -> None:
        """Carry out a checked subscribe or unsubscribe; answers per symbol."""
        if channel == LEVEL3 and not self._hold_token(request):
            extra = {"channel": channel, "status": "error"}
            self._session.fail(request.method, BAD_SESSION, request.req_id, extra)
            return
        if channel == "instrument":
            self._handle_instrument(request)
            return
        symbols = list(dict.fromkeys(schema.strings(request.params, "symbol")))
        if not symbols:
            raise BadRequest(NO_SYMBOLS)
        act = self._subscribe if request.method == "subscribe" else self._unsubscribe
        for symbol in symbols:
            try:
                act(request, channel, symbol)
            except BadRequest as error:
                self._session.fail(request.method, error.error, request.req_id, {"symbol": symbol})

    def _hold_token(self, request: Request) -> bool:
        """Keep the request's token alive as long as this connection; False when it is not valid.

        Raises:
            BadRequest: There is none.
        """
        text = schema.text(request.params, "token")
        if not text:
            raise BadRequest(NO_TOKEN)
        token = self._services.keys.token(text)
        if token is None:
            return False
        if token not in self._tokens:
            self._tokens.append(token)
            token.holders += 1
        if self._level3_budget is None:
            tier = self._services.tier_of(token.key.credentials.account_id)
            self._level3_budget = Budget(self._services.clock, policies.L3_BUDGET[tier])
        return True

    def _option(self, channel: str, params: Params) -> int:
        """Depth, interval or trigger of a subscription.

        Raises:
            BadRequest: A value that the channel does not know.
        """
        if channel in {BOOK, LEVEL3}:
            depth = schema.integer(params, "depth", DEFAULT_DEPTH)
            if depth not in (BOOK_DEPTHS if channel == BOOK else LEVEL3_DEPTHS):
                raise BadRequest(BAD_DEPTH)
            return depth
        if channel == "ohlc":
            interval = schema.integer(params, "interval", policies.OHLC_DEFAULT_INTERVAL)
            if interval not in INTERVALS:
                raise BadRequest(BAD_INTERVAL)
            return interval
        if channel == "ticker":
            trigger = schema.text(params, "event_trigger", "trades")
            if trigger not in {"trades", "bbo"}:
                raise BadRequest(BAD_TRIGGER)
            return int(trigger == "bbo")
        return 0

    def _subscribe(self, request: Request, channel: str, symbol: str) -> None:
        if symbol not in self._services.exchange.listings:
            raise BadRequest(f"Currency pair not supported {symbol}")
        option = self._option(channel, request.params)
        slot = (channel, symbol, option if channel == "ohlc" else 0)
        if slot in self._slots:
            raise BadRequest(ALREADY)
        if channel == LEVEL3:
            self._admit_level3(option)
        self._slots[slot] = option
        reader = self._session.websocket
        if channel in {BOOK, LEVEL3}:
            self._feed.subscribe_book(channel, symbol, option, reader)
        else:
            self._feed.subscribe(Stream(channel, symbol, option), reader)
        snapshot = schema.flag(request.params, "snapshot", channel != "trade")
        self._session.succeed("subscribe", self._ack(channel, symbol, option, snapshot), request.req_id)
        if snapshot:
            reader.send_text(self._snapshot(channel, symbol, option), channel)

    def _admit_level3(self, depth: int) -> None:
        held = sum(1 for channel, _, _ in self._slots if channel == LEVEL3)
        assert self._level3_budget is not None
        if held >= policies.L3_SYMBOLS or not self._level3_budget.take(policies.L3_COST[depth]):
            raise BadRequest(policies.L3_BUDGET_ERROR)

    def _snapshot(self, channel: str, symbol: str, option: int) -> str:
        match channel:
            case "ticker":
                return self._feed.ticker("snapshot", symbol)
            case "trade":
                return self._feed.trade_snapshot(symbol, policies.TRADE_SNAPSHOT)
            case "ohlc":
                return self._feed.ohlc_snapshot(symbol, option, policies.OHLC_SNAPSHOT)
            case _:
                return self._feed.book_snapshot(channel, symbol, option)

    def _ack(self, channel: str, symbol: str, option: int, snapshot: bool | None) -> dict[str, Value]:
        result: dict[str, Value] = {"channel": channel, "symbol": symbol}
        if snapshot is not None:
            result["snapshot"] = snapshot
        match channel:
            case "book":
                result["depth"] = option
            case "ticker":
                result["event_trigger"] = "bbo" if option else "trades"
            case "ohlc":
                result |= {"interval": option, "warnings": market.OHLC_WARNINGS}
            case _:
                pass
        return result

    def _unsubscribe(self, request: Request, channel: str, symbol: str) -> None:
        option = self._option(channel, request.params)
        slot = (channel, symbol, option if channel == "ohlc" else 0)
        held = self._slots.get(slot)
        named = "depth" in request.params or "event_trigger" in request.params
        if held is None or (named and held != option):
            raise BadRequest(NOT_FOUND)
        self._drop(slot)
        self._session.succeed("unsubscribe", self._ack(channel, symbol, held, None), request.req_id)

    def _drop(self, slot: Slot) -> None:
        channel, symbol, _ = slot
        option = self._slots.pop(slot)
        if channel in {BOOK, LEVEL3}:
            self._feed.unsubscribe_book(channel, symbol, option, self._session.websocket)
        else:
            self._feed.unsubscribe(Stream(channel, symbol, option), self._session.websocket)

    def _handle_instrument(self, request: Request) -> None:
        slot = ("instrument", "", 0)
        if request.method == "unsubscribe":
            if slot not in self._slots:
                raise BadRequest(NOT_FOUND)
            self._drop(slot)
            self._session.succeed("unsubscribe", {"channel": "instrument"}, request.req_id)
            return
        if slot in self._slots:
            raise BadRequest(ALREADY)
        self._slots[slot] = 0
        self._feed.subscribe(Stream("instrument"), self._session.websocket)
        snapshot = schema.flag(request.params, "snapshot", True)
        result = {"channel": "instrument", "snapshot": snapshot, "warnings": instruments.INSTRUMENT_WARNINGS}
        self._session.succeed("subscribe", result, request.req_id)
        if snapshot:
            self._session.websocket.send_text(self._feed.instrument_snapshot(), "instrument")
