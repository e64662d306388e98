"""The lossless stream: fills, rejects, disconnects, alerts, numbered.

Bounded: the oldest entries fall off, and who asks for them is told how many
are gone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from app.clock import Clock
from app.domain.text import clean
from app.link.frames import Event, Severity

KEPT = 5_000


class EventLog:
    """Numbers events, keeps the latest and passes each on at once.

    Args:
        clock: Source of the wall time.
        deliver: Called with each new event.
        kept: How many are kept for screens that come back.
    """

    def __init__(self, clock: Clock, deliver: Callable[[Event], None], kept: int = KEPT) -> None:
        self._clock = clock
        self._deliver = deliver
        self._events: deque[Event] = deque(maxlen=kept)
        self._last = 0

    @property
    def last(self) -> int:
        """Number of the newest event; 0 before the first."""
        return self._last

    def add(self, kind: str, severity: Severity, text: str, *, symbol: str = "", number: int = 0) -> Event:
        """Record an event and deliver it.

        Args:
            kind: `fill`, `reject`, `order`, `link`, `book`, `risk`, `system`.
            severity: How to show it.
            text: One line; cleaned here in case a venue had a hand in it.
            symbol: Pair, or empty.
            number: Short number of the order, or 0.

        Returns:
            The numbered event.
        """
        self._last += 1
        event = Event(self._last, self._clock.now_ns(), kind, severity, clean(text), symbol, number)
        self._events.append(event)
        self._deliver(event)
        return event

    def since(self, number: int) -> tuple[int, list[Event]]:
        """Return what came after an event.

        Args:
            number: The last event seen; 0 for all, -1 for none.

        Returns:
            How many are no longer kept, and the kept ones, oldest first.
        """
        if number < 0:
            return 0, []
        if number > self._last:
            number = 0  # counted by an engine before this one
        kept = [event for event in self._events if event.no > number]
        return max(0, self._last - number - len(kept)), kept
