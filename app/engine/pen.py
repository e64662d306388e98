"""Who may trade, and whether their keys act: the pen and the arming.

One screen holds the pen. Arming belongs to the pen, is timed, and drops on
idle, symbol change, loss of the venue, an unverified book and a change of
hands. Cancels and the kill switch ask neither.
"""

from __future__ import annotations

from app.clock import NS_PER_MS, NS_PER_S, Clock
from app.link.server import Client


class Pen:
    """The trading lease of one engine.

    Args:
        clock: Monotonic time of the arming.
        timeout_s: Idle seconds after which the keys disarm.
        phrase: Phrase to type at the first arming; empty if none is needed.
    """

    def __init__(self, clock: Clock, timeout_s: int, phrase: str) -> None:
        self._clock = clock
        self._timeout_ns = timeout_s * NS_PER_S
        self._phrase = phrase
        self._confirmed = not phrase
        self._until = 0
        self.holder: Client | None = None

    @property
    def phrase(self) -> str:
        """What the next arming must confirm; empty if nothing."""
        return "" if self._confirmed else self._phrase

    @property
    def confirmed(self) -> bool:
        """Whether trading in this mode was confirmed once in this engine's life."""
        return self._confirmed

    def take(self, client: Client) -> None:
        """Give the pen to a client; whoever held it is disarmed."""
        if client is not self.holder:
            self.disarm()
            self.holder = client

    def drop(self, client: Client) -> bool:
        """Free the pen if the client holds it; returns whether it did."""
        if client is not self.holder:
            return False
        self.disarm()
        self.holder = None
        return True

    def confirm(self, typed: str) -> bool:
        """Compare the typed phrase; returns whether trading is confirmed now."""
        if not self._confirmed and typed.strip() == self._phrase:
            self._confirmed = True
        return self._confirmed

    def arm(self) -> None:
        """Let money keys act until the idle timeout."""
        self._until = self._clock.mono_ns() + self._timeout_ns

    def disarm(self) -> bool:
        """Stop money keys; returns whether they were acting."""
        was = self.armed
        self._until = 0
        return was

    def touch(self) -> None:
        """A key was pressed: the idle time starts anew while armed."""
        if self.armed:
            self.arm()

    @property
    def armed(self) -> bool:
        """Whether money keys act now."""
        return self._until > self._clock.mono_ns()

    @property
    def expired(self) -> bool:
        """Whether the arming ran out by itself and nobody was told yet."""
        return 0 < self._until <= self._clock.mono_ns()

    @property
    def left_ms(self) -> int:
        """Time until the keys disarm by themselves."""
        return max(0, self._until - self._clock.mono_ns()) // NS_PER_MS
