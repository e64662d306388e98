"""What came too early, and what has been asked for (cases 2b, 20)."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.venue.fix import policies
from app.venue.fix.message import Message


@dataclass(slots=True)
class Gap:
    """Messages beyond a gap in the incoming numbers.

    Attributes:
        until: First number after what is missing; 0 when nothing is.
        asked_ns: Monotonic time of the last ResendRequest.
    """

    until: int = 0
    asked_ns: int = 0
    _early: dict[int, Message] = field(default_factory=dict)
    _served: set[int] = field(default_factory=set)

    def clear(self) -> None:
        """Nothing is missing and nothing waits."""
        self.until = 0
        self._early.clear()
        self._served.clear()

    def hold(self, message: Message, *, served: bool) -> None:
        """Keep a message until its turn; `served` when only its number is still to be counted."""
        if len(self._early) < policies.MOST_QUEUED:
            self._early[message.seq] = message
            if served:
                self._served.add(message.seq)

    def take(self, seq: int) -> tuple[Message, bool] | None:
        """The message whose turn it is, and whether it was served already."""
        message = self._early.pop(seq, None)
        return None if message is None else (message, seq in self._served)

    def close_up(self, next_in: int) -> None:
        """Forget what lies behind the number that is expected now."""
        for seq in [seq for seq in self._early if seq < next_in]:
            del self._early[seq]
        if next_in >= self.until:
            self.until = 0
