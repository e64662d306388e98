"""Desired subscriptions of one connection and what the venue says of them.

The wanted set outlives the socket; everything else starts anew with each one.
Answers are matched on (req_id, symbol), one per symbol (`ws-v2.md` §2.2); one
that does not come is reported and its topic is asked for again. A fresh
snapshot needs an unsubscribe first, as the venue refuses to repeat a
subscription (§1.3).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto

from app.domain.budget import RollingBudget, l3_cost
from app.protocol.rest.errors import Retry, classify
from app.protocol.wiretime import NS_PER_S
from app.protocol.ws2 import requests
from app.protocol.ws2.events import (
    AckMissing,
    Event,
    NeedReconnect,
    NeedToken,
    Notice,
    Subscribed,
    SubscribeRefused,
)
from app.protocol.ws2.frames import MethodResponse
from app.protocol.ws2.topics import PRIVATE_CHANNELS, Topic

ACK_TIMEOUT_NS = 5 * NS_PER_S
RESYNC_FIRST_NS = NS_PER_S // 2
RESYNC_CAP_NS = 8 * NS_PER_S
RESYNC_TRIES = 5
CALM_NS = 60 * NS_PER_S
"""Without a resync for so long, the next one counts as the first again."""

TOKEN_RETRY_CAP_NS = 60 * NS_PER_S
REQUESTS_PER_S = 20
"""Client-side pace, as the venue's limit is unpublished (§1.3)."""

SYMBOLS_PER_REQUEST = 100
_ALREADY = "Already subscribed"
_NOT_FOUND = "Subscription Not Found"


class _State(Enum):
    WANTED = auto()  # to be asked for once its time has come
    PENDING = auto()  # asked for
    ACTIVE = auto()
    LEAVING = auto()  # unsubscribe sent
    REFUSED = auto()


@dataclass(slots=True)
class _Sub:
    topic: Topic
    state: _State = _State.WANTED
    wanted: bool = True
    again: bool = False  # a resync was asked for while an answer was outstanding
    token_wait: bool = False
    req_id: int = 0
    sent_ns: int = 0
    not_before_ns: int = 0
    tries: int = 0
    last_try_ns: int = 0


def backoff_ns(tries: int) -> int:
    """Return the wait before a resync: 0.5 s, doubling up to 8 s."""
    return min(RESYNC_CAP_NS, RESYNC_FIRST_NS << min(tries, 8))


@dataclass
class Subscriptions:
    """The subscriptions of one connection.

    Attributes:
        next_id: Gives request ids.
        restarting: Told of each topic whose data is void until its next snapshot.
        l3: Budget of level3 subscriptions; None on other connections.
        needs_token: Whether requests carry a token.
    """

    next_id: Callable[[], int]
    restarting: Callable[[Topic], None]
    l3: RollingBudget | None = None
    needs_token: bool = False
    _subs: dict[Topic, _Sub] = field(default_factory=dict)
    _rate: RollingBudget = field(default_factory=lambda: RollingBudget(REQUESTS_PER_S, NS_PER_S))
    _token: str = ""
    _token_tries: int = 0
    _token_asked: bool = False
    _token_not_before_ns: int = 0

    # -- what the owner wants

    def want(self, topics: Collection[Topic]) -> None:
        """Set the wanted topics; `flush` sends what follows from it."""
        chosen = set(topics)
        for topic in chosen - self._subs.keys():
            self._subs[topic] = _Sub(topic)
        for topic, sub in list(self._subs.items()):
            sub.wanted = topic in chosen
            if not sub.wanted and sub.state in {_State.WANTED, _State.REFUSED}:
                self._drop(sub)

    def resync(self, topic_filter: Callable[[Topic], bool], now_ns: int, events: list[Event]) -> bool:
        """Get a fresh snapshot of the topics that match; one at a time each.

        Returns:
            Whether any topic matched.
        """
        found = False
        for sub in self._subs.values():
            if not topic_filter(sub.topic):
                continue
            found = True
            if sub.state is _State.ACTIVE:
                self._restart(sub, now_ns, events)
            elif sub.state is _State.PENDING:
                sub.again = True
        return found

    def all_active(self, channels: Iterable[str]) -> bool:
        """Whether each of these channels has a confirmed subscription."""
        active = {sub.topic.channel for sub in self._subs.values() if sub.state is _State.ACTIVE and not sub.again}
        return active.issuperset(channels)

    def settled(self) -> bool:
        """Whether every wanted topic is confirmed or refused."""
        return all(sub.state in {_State.ACTIVE, _State.REFUSED} for sub in self._subs.values() if sub.wanted)

    def state_text(self) -> str:
        """Say how many topics are confirmed, for a status line."""
        active = sum(sub.state is _State.ACTIVE for sub in self._subs.values())
        return f"{active} of {len(self._subs)} feeds"

    # -- the life of the socket

    def set_token(self, token: str) -> None:
        """Use this token from now on."""
        self._token = token
        self._token_asked = False
        for sub in self._subs.values():
            sub.token_wait = False

    def token_failed(self) -> None:
        """No token could be had; ask again later."""
        self._token_asked = False

    def connected(self) -> None:
        """Start over on a new socket."""
        self._token_tries = 0
        self._token_not_before_ns = 0
        for sub in self._subs.values():
            sub.tries = 0
            sub.not_before_ns = 0

    def lost(self) -> None:
        """Forget what the venue confirmed: the socket is gone."""
        self._token = ""
        self._token_asked = False
        for sub in list(self._subs.values()):
            if not sub.wanted:
                del self._subs[sub.topic]
                continue
            if sub.state is not _State.WANTED:
                self.restarting(sub.topic)
            sub.state = _State.WANTED
            sub.again = sub.token_wait = False

    # -- time and sending

    def flush(self, now_ns: int, out: list[bytes], events: list[Event]) -> None:
        """Send what is due, as far as the pace allows."""
        if self.needs_token and not self._token:
            self._ask_token("new connection", now_ns, events)
            return
        leaving = [s for s in self._subs.values() if s.state is _State.ACTIVE and (not s.wanted or s.again)]
        due = [s for s in leaving if now_ns >= s.not_before_ns]
        self._send(due, _State.LEAVING, now_ns, out)
        busy = {s.topic.slot for s in self._subs.values() if s.state in {_State.PENDING, _State.ACTIVE, _State.LEAVING}}
        ready = []
        for sub in self._subs.values():
            if sub.state is not _State.WANTED or sub.token_wait or now_ns < sub.not_before_ns:
                continue
            if sub.topic.slot not in busy:
                busy.add(sub.topic.slot)
                ready.append(sub)
        self._send(ready, _State.PENDING, now_ns, out)
        if any(sub.token_wait for sub in self._subs.values()):
            self._ask_token("invalid session", now_ns, events)

    def tick(self, now_ns: int, events: list[Event]) -> None:
        """Report answers that did not come and ask again."""
        late = [
            sub
            for sub in self._subs.values()
            if sub.state in {_State.PENDING, _State.LEAVING} and now_ns - sub.sent_ns >= ACK_TIMEOUT_NS
        ]
        if not late:
            return
        events.append(AckMissing(tuple(sub.topic for sub in late)))
        for sub in late:
            was_leaving = sub.state is _State.LEAVING
            sub.state = _State.ACTIVE
            if was_leaving:
                self._left(sub, now_ns)
            else:
                self._restart(sub, now_ns, events)

    # -- answers

    def answer(self, response: MethodResponse, now_ns: int, events: list[Event]) -> None:
        """Take the answer to a subscribe or unsubscribe."""
        about = response.symbol
        subs = [
            sub
            for sub in self._subs.values()
            if sub.req_id == response.req_id
            and sub.state in {_State.PENDING, _State.LEAVING}
            and (not about or sub.topic.symbol == about)
        ]
        for sub in subs:
            if sub.state is _State.LEAVING:
                if not response.ok and not response.error.startswith(_NOT_FOUND):
                    events.append(Notice("warn", f"unsubscribe {sub.topic.text}: {response.error}"))
                self._left(sub, now_ns)
            elif response.ok:
                self._confirmed(sub, now_ns, events)
            else:
                self._refused(sub, response.error, now_ns, events)

    def _confirmed(self, sub: _Sub, now_ns: int, events: list[Event]) -> None:
        sub.state = _State.ACTIVE
        self._token_tries = 0
        events.append(Subscribed(sub.topic))
        if sub.again and sub.wanted:
            sub.again = False
            self._restart(sub, now_ns, events)

    def _refused(self, sub: _Sub, error: str, now_ns: int, events: list[Event]) -> None:
        fault = classify(error)
        if error.startswith(_ALREADY):
            sub.state = _State.ACTIVE
            self._restart(sub, now_ns, events)
        elif not sub.wanted:
            self._drop(sub)
        elif fault.retry is Retry.REFRESH_TOKEN:
            sub.state = _State.WANTED
            sub.token_wait = True
            self._ask_token(error, now_ns, events)
        elif fault.retry in {Retry.BACK_OFF, Retry.AMBIGUOUS}:
            sub.state = _State.WANTED
            sub.not_before_ns = now_ns + backoff_ns(sub.tries)
            sub.tries += 1
            events.append(Notice("warn", f"{sub.topic.text}: {fault.error}; asking again"))
        else:
            sub.state = _State.REFUSED
            events.append(SubscribeRefused(sub.topic, fault))

    def _left(self, sub: _Sub, now_ns: int) -> None:
        if not sub.wanted:
            self._drop(sub)
            return
        sub.state = _State.WANTED
        sub.again = False
        sub.not_before_ns = now_ns

    def _restart(self, sub: _Sub, now_ns: int, events: list[Event]) -> None:
        """Unsubscribe after the backoff, subscribe after that."""
        if sub.again:
            return
        if now_ns - sub.last_try_ns > CALM_NS:
            sub.tries = 0
        self.restarting(sub.topic)
        if sub.tries >= RESYNC_TRIES:
            events.append(NeedReconnect(f"{sub.topic.text}: no good snapshot in {RESYNC_TRIES} tries"))
        sub.again = True
        sub.not_before_ns = now_ns + backoff_ns(sub.tries)
        sub.last_try_ns = sub.not_before_ns
        sub.tries += 1

    def _drop(self, sub: _Sub) -> None:
        self.restarting(sub.topic)
        del self._subs[sub.topic]

    def _ask_token(self, reason: str, now_ns: int, events: list[Event]) -> None:
        """Ask for a token: the first time at once, then less and less often (`faults.md` P17)."""
        if self._token_asked or now_ns < self._token_not_before_ns:
            return
        self._token_asked = True
        wait = min(TOKEN_RETRY_CAP_NS, NS_PER_S << min(self._token_tries, 6)) if self._token_tries else 0
        self._token_not_before_ns = now_ns + wait
        self._token_tries += 1
        events.append(NeedToken(reason))

    def _send(self, subs: list[_Sub], state: _State, now_ns: int, out: list[bytes]) -> None:
        """Ask for these topics (PENDING) or end them (LEAVING), few large requests at a time."""
        encode = requests.subscribe if state is _State.PENDING else requests.unsubscribe
        families: dict[Topic, list[_Sub]] = {}
        for sub in subs:
            families.setdefault(sub.topic.family, []).append(sub)
        for family, members in families.items():
            while members and self._rate.left(now_ns) > 0:
                batch = self._affordable(members, state, now_ns)
                if not batch:
                    break
                del members[: len(batch)]
                self._rate.try_spend(now_ns)
                req_id = self.next_id()
                for sub in batch:
                    sub.state, sub.req_id, sub.sent_ns = state, req_id, now_ns
                    if state is _State.PENDING:
                        self.restarting(sub.topic)
                symbols = [sub.topic.symbol for sub in batch if sub.topic.symbol]
                out.append(encode(family, symbols, req_id, self._token if family.channel in PRIVATE_CHANNELS else ""))

    def _affordable(self, members: list[_Sub], state: _State, now_ns: int) -> list[_Sub]:
        """Take as many of one family as one request may carry now (level3 has a budget, §6.2)."""
        if self.l3 is None or state is not _State.PENDING:
            return members[:SYMBOLS_PER_REQUEST]
        cost = l3_cost(members[0].topic.depth)
        batch = members[: min(SYMBOLS_PER_REQUEST, self.l3.left(now_ns) // cost)]
        if batch:
            self.l3.try_spend(now_ns, cost * len(batch))
        return batch
