"""One WS v2 connection as a state machine: frames and time in, frames and events out.

No socket, no clock: the owner calls `connected`, `receive`, `tick`, `lost`
with monotonic nanoseconds and then takes what `drain` returns. Market frames
are handed back by `receive` at once, as they are the hot path.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import StrEnum

import msgspec

from app.domain.budget import RollingBudget
from app.domain.text import clean
from app.errors import DataError
from app.protocol.rest.errors import Retry, classify
from app.protocol.ws2.account import AccountFeeds
from app.protocol.ws2.envelope import decode_head, result_of
from app.protocol.ws2.events import BadFrame, BookReset, Event, NeedToken, Notice, SystemStatus
from app.protocol.ws2.frames import Heartbeat, MarketMessage, MethodResponse, StatusFrame, Unknown
from app.protocol.ws2.inflight import InFlight
from app.protocol.ws2.liveness import Liveness
from app.protocol.ws2.market import decode
from app.protocol.ws2.private import decode_account
from app.protocol.ws2.subscriptions import Subscriptions
from app.protocol.ws2.topics import ACCOUNT_CHANNELS, BOOK_CHANNELS, Topic

_FEED_METHODS = frozenset({"subscribe", "unsubscribe"})
_REASON_LIMIT = 160


class Role(StrEnum):
    """Which of Kraken's three hosts a connection goes to (`ws-v2.md` §1.1)."""

    PUBLIC = "public"
    AUTH = "auth"
    L3 = "l3"


class Session:
    """One connection, over all the sockets it will have.

    Args:
        role: Host kind; decides whether requests carry a token.
        l3_budget: Subscription budget of the tier, for the level3 host.
    """

    def __init__(self, role: Role, l3_budget: RollingBudget | None = None) -> None:
        self.role = role
        self.up = False
        self.max_rate_count = 0
        self.system = ""
        self._last_id = 0
        self._token = ""
        self._events: list[Event] = []
        self._out: list[bytes] = []
        self._subs = Subscriptions(self.next_id, self._restarting, l3_budget, needs_token=role is not Role.PUBLIC)
        self._live = Liveness(self.next_id)
        self._flight = InFlight()
        self._account = AccountFeeds()

    def next_id(self) -> int:
        """Return a request id that was never used on this connection."""
        self._last_id += 1
        return self._last_id

    def drain(self) -> tuple[list[bytes], list[Event]]:
        """Return the frames to send, in order, and what happened since the last call."""
        out, events = self._out, self._events
        self._out, self._events = [], []
        return out, events

    @property
    def busy(self) -> bool:
        """Whether `drain` has something to give."""
        return bool(self._events or self._out)

    @property
    def quiet(self) -> bool:
        """Whether the link is silent for so long that it counts as stale."""
        return bool(self._live.quiet)

    @property
    def has_token(self) -> bool:
        """Whether private requests can be made."""
        return bool(self._token)

    @property
    def account_ready(self) -> bool:
        """Whether both account feeds are whole."""
        return self._account.ready

    def feeds_text(self) -> str:
        """Say how many feeds are confirmed."""
        return self._subs.state_text()

    # -- the socket

    def connected(self, now_ns: int) -> None:
        """A new socket is open."""
        self.up = True
        self._subs.connected()
        self._live.connected(now_ns)
        self.tick(now_ns)

    def lost(self) -> None:
        """The socket is gone: every request in flight is in doubt, every book invalid."""
        self.up = False
        self._token = ""
        self._out.clear()
        self._flight.lost(self._events)
        self._account.lost(self._events)
        self._subs.lost()

    def set_token(self, token: str, now_ns: int) -> None:
        """Use a fresh session token; subscriptions that wait for one go out."""
        self._token = token
        self._subs.set_token(token)
        self._flush(now_ns)

    def token_failed(self) -> None:
        """No token could be fetched; it is asked for again, ever more rarely."""
        self._subs.token_failed()

    # -- what is wanted

    def want(self, topics: Collection[Topic], now_ns: int) -> None:
        """Set the wanted subscriptions."""
        self._subs.want(topics)
        self._live.flow.reset(now_ns)
        self._flush(now_ns)

    def resync(self, symbol: str, now_ns: int) -> bool:
        """Get a fresh snapshot of a pair's book; return whether there is one here."""
        found = self._subs.resync(
            lambda topic: topic.symbol == symbol and topic.channel in BOOK_CHANNELS, now_ns, self._events
        )
        if found:
            self._live.flow.reset(now_ns)
        self._flush(now_ns)
        return found

    def request(self, method: str, encode: Callable[[str, int], bytes], now_ns: int) -> int:
        """Send an order request now.

        Args:
            method: Its name.
            encode: Makes the frame from token and request id.
            now_ns: Monotonic time.

        Returns:
            The request id that `Reply`, `TimedOut` or `Cut` will carry.

        Raises:
            ValueError: The request can't be put on the wire; nothing was sent.
        """
        req_id = self.next_id()
        self._out.append(encode(self._token, req_id))
        self._flight.sent(req_id, method, now_ns)
        return req_id

    # -- what arrives

    def receive(self, raw: str | bytes, now_ns: int) -> MarketMessage | None:
        """Take one frame.

        Returns:
            The message, if it is market data or unknown; everything else is
            an event.
        """
        self._live.heard(now_ns, self._events)
        cancelled = None
        try:
            if self.role is Role.AUTH:
                head = decode_head(raw)
                if not head.method and head.channel in ACCOUNT_CHANNELS:
                    self._take_account(raw, now_ns)
                    return None
                cancelled = head.cancelled
            message = decode(raw)
        except (msgspec.DecodeError, DataError, ValueError) as error:
            self._events.append(BadFrame(clean(str(error), _REASON_LIMIT)))
            return None
        if isinstance(message, Heartbeat):
            return None
        if isinstance(message, MethodResponse):
            self._answer(message, now_ns, cancelled)
            return None
        if isinstance(message, StatusFrame):
            self._status(message)
            return None
        if isinstance(message, Unknown):
            self._events.append(BadFrame(f"unknown frame: {message.channel} {message.reason}"))
        else:
            self._live.data(now_ns, self._events)
        return message

    def tick(self, now_ns: int) -> None:
        """Let time pass; call it at least every quarter of a second."""
        if not self.up:
            return
        self._live.tick(now_ns, self._out, self._events, trading=self.system in {"", "online"})
        self._flight.tick(now_ns, self._events)
        self._subs.tick(now_ns, self._events)
        self._flush(now_ns)

    def _take_account(self, raw: str | bytes, now_ns: int) -> None:
        gap = self._account.take(decode_account(raw), self._events)
        if gap:
            self._subs.resync(lambda topic: topic.channel == gap, now_ns, self._events)
            self._flush(now_ns)
        self._settle()

    def _answer(self, response: MethodResponse, now_ns: int, cancelled: int | None) -> None:
        if response.method == "pong":
            self._live.pong(response, now_ns, self._events)
        elif response.method in _FEED_METHODS:
            self._subs.answer(response, now_ns, self._events)
            self._note_limit(response)
            self._flush(now_ns)
            self._settle()
        elif self._flight.answer(response, now_ns, self._events, cancelled):
            if not response.ok and classify(response.error).retry is Retry.REFRESH_TOKEN:
                self._events.append(NeedToken(response.error))
        else:
            text = response.error or f"unexpected answer to {response.method or 'nothing'}"
            self._events.append(Notice("warn", text))

    def _note_limit(self, response: MethodResponse) -> None:
        if response.channel == "executions":
            limit = result_of(response).maxratecount
            self.max_rate_count = int(limit) if limit is not None else self.max_rate_count

    def _status(self, frame: StatusFrame) -> None:
        for row in frame.data:
            self.system = row.system
            self._events.append(SystemStatus(row.system))

    def _restarting(self, topic: Topic) -> None:
        if topic.channel in BOOK_CHANNELS:
            self._events.append(BookReset(topic))
        elif topic.channel in ACCOUNT_CHANNELS:
            self._account.restarting(topic.channel, f"{topic.channel} starts anew", self._events)

    def _flush(self, now_ns: int) -> None:
        if self.up:
            self._subs.flush(now_ns, self._out, self._events)

    def _settle(self) -> None:
        if self.role is Role.AUTH:
            self._account.settle(self._subs.all_active(ACCOUNT_CHANNELS), self._events)
