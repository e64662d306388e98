"""Whether a connection is alive, and how fast it is (`ws-v2.md` §3.2, §3.3, `faults.md` N4).

Any frame counts as life. Heartbeats come once a second after the first
subscription; before that, pings provoke an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.protocol.wiretime import NS_PER_S
from app.protocol.ws2 import requests
from app.protocol.ws2.dataflow import DataFlow
from app.protocol.ws2.envelope import venue_mid_ns, venue_us
from app.protocol.ws2.events import Event, Latency, NeedReconnect, Silence
from app.protocol.ws2.frames import MethodResponse

STALE_NS = 3 * NS_PER_S
DEAD_NS = 10 * NS_PER_S
PING_EVERY_NS = 5 * NS_PER_S
SILENT = "no sign of life"
NO_DATA = "alive, but no market data"
QUIET_PING_NS = 3 * NS_PER_S // 2
"""Silence that makes a ping worth while before the regular one is due."""


@dataclass
class Liveness:
    """The watch over one connection.

    Attributes:
        next_id: Gives request ids.
        flow: The pace of market data.
        quiet: Why the link counts as stale; empty if it does not.
    """

    next_id: Callable[[], int]
    flow: DataFlow = field(default_factory=DataFlow)
    quiet: str = ""
    _heard_ns: int = 0
    _pinged_ns: int = 0
    _ping_id: int = 0
    _gave_up: bool = False

    def connected(self, now_ns: int) -> None:
        """Start the watch; the first ping goes out at the first tick."""
        self.quiet = ""
        self._gave_up = False
        self.flow.reset(now_ns)
        self._heard_ns = now_ns
        self._pinged_ns = now_ns - PING_EVERY_NS
        self._ping_id = 0

    def heard(self, now_ns: int, events: list[Event]) -> None:
        """Note a frame of any kind."""
        self._heard_ns = now_ns
        if self.quiet == SILENT:
            self._well(events)

    def data(self, now_ns: int, events: list[Event]) -> None:
        """Note a market frame."""
        self.flow.frame(now_ns)
        if self.quiet:
            self._well(events)

    def _well(self, events: list[Event]) -> None:
        self.quiet = ""
        events.append(Silence(quiet=False))

    def pong(self, response: MethodResponse, now_ns: int, events: list[Event]) -> None:
        """Take the answer to a ping; one that is not to the last ping measures nothing."""
        if response.req_id == self._ping_id:
            events.append(Latency(now_ns - self._pinged_ns, venue_us(response), venue_mid_ns(response)))
            self._ping_id = 0

    def tick(self, now_ns: int, out: list[bytes], events: list[Event], *, trading: bool) -> None:
        """Ping when due; call the link stale after 3 s of silence and dead after 10 s.

        Args:
            now_ns: Monotonic time.
            out: Gets the ping.
            events: Gets what happened.
            trading: Whether the venue trades; if not, books stand still in good health.
        """
        silent = now_ns - self._heard_ns
        since_ping = now_ns - self._pinged_ns
        if since_ping >= PING_EVERY_NS or (silent >= QUIET_PING_NS and since_ping >= QUIET_PING_NS):
            self._ping_id = self.next_id()
            self._pinged_ns = now_ns
            out.append(requests.ping(self._ping_id))
        starved = self.flow.dead(now_ns) and trading
        reason = SILENT if silent >= STALE_NS else NO_DATA if starved else self.quiet
        if reason and reason != self.quiet:
            self.quiet = reason
            events.append(Silence(quiet=True, reason=reason))
        if self._gave_up or not reason:
            return
        if silent >= DEAD_NS or (reason == NO_DATA and self.flow.silent_ns(now_ns) >= DEAD_NS):
            self._gave_up = True
            events.append(NeedReconnect(f"{reason} for {DEAD_NS // NS_PER_S} s"))
