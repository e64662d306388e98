"""Order requests that wait for their answer.

An answer that does not come within five seconds, or a cut, leaves the outcome
unknown; nothing is sent again (`ws-v2.md` §9, `faults.md` N1 to N3).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.protocol.wiretime import NS_PER_S
from app.protocol.ws2.events import Cut, Event, Reply, TimedOut
from app.protocol.ws2.frames import MethodResponse

REQUEST_TIMEOUT_NS = 5 * NS_PER_S
LATE_KEPT = 256
"""Timed-out requests whose late answers are still recognised."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    method: str
    sent_ns: int


@dataclass
class InFlight:
    """The requests of one connection."""

    _waiting: dict[int, _Waiting] = field(default_factory=dict)
    _late: dict[int, _Waiting] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._waiting)

    def sent(self, req_id: int, method: str, now_ns: int) -> None:
        """Note a request that goes out now."""
        self._waiting[req_id] = _Waiting(method, now_ns)

    def answer(self, response: MethodResponse, now_ns: int, events: list[Event], cancelled: int | None = None) -> bool:
        """Take an answer and what it says beside its result.

        Returns:
            Whether it belongs to a request of ours.
        """
        req_id = response.req_id
        if req_id is None:
            return False
        waiting = self._waiting.pop(req_id, None)
        if waiting is not None:
            events.append(Reply(req_id, response, now_ns - waiting.sent_ns, cancelled=cancelled))
            return True
        if self._late.pop(req_id, None) is not None:
            events.append(Reply(req_id, response, 0, late=True, cancelled=cancelled))
            return True
        return False

    def tick(self, now_ns: int, events: list[Event]) -> None:
        """Give up waiting for answers that are overdue."""
        # Requests are kept in the order of sending, so the first young one ends the search.
        for req_id, waiting in list(self._waiting.items()):
            if now_ns - waiting.sent_ns < REQUEST_TIMEOUT_NS:
                break
            del self._waiting[req_id]
            self._late[req_id] = waiting
            while len(self._late) > LATE_KEPT:
                del self._late[next(iter(self._late))]
            events.append(TimedOut(req_id, waiting.method))

    def lost(self, events: list[Event]) -> None:
        """Put every request in doubt: the link is gone."""
        events.extend(Cut(req_id, waiting.method) for req_id, waiting in self._waiting.items())
        self._waiting.clear()
        self._late.clear()
