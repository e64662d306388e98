"""Guards on the keyboard: beats, repeats, double presses, Caps Lock, two-key sequences.

All of them read the injected clock when a key is handled. None knows Textual.
"""

from __future__ import annotations

from app.clock import NS_PER_MS, Clock

REPEAT_MS = 300
"""Presses of one key closer than this are a held key, not a decision."""

DOUBLE_MS = 1000
"""A second press within this time completes a double press."""

STALL_MS = 1000
"""A heartbeat later than this means that the picture stood still meanwhile."""

REFRESH_MS = 200
"""Numbers of a draft are asked for again at most this often."""

PREFIX_MS = 3000
"""A two-key sequence is forgotten after this time."""


class Pace:
    """Bounds how often something is asked again after changes."""

    def __init__(self, clock: Clock, every_ms: int = REFRESH_MS) -> None:
        self._clock = clock
        self._every = every_ms * NS_PER_MS
        self._last = clock.mono_ns()
        self._changed = False

    def change(self) -> None:
        """Note that what was answered may no longer hold."""
        self._changed = True

    def begin(self) -> None:
        """Note that it is asked now."""
        self._last, self._changed = self._clock.mono_ns(), False

    def due(self) -> bool:
        """Say whether there was a change and the last time is long enough ago."""
        return self._changed and self._clock.mono_ns() - self._last >= self._every


class RepeatGuard:
    """Tells a fresh press from a held key: repeats keep renewing the window."""

    def __init__(self, clock: Clock, window_ms: int = REPEAT_MS) -> None:
        self._clock = clock
        self._window = window_ms * NS_PER_MS
        self._last: int | None = None

    def fresh(self) -> bool:
        """Note a press; return whether the last one is long enough ago."""
        now = self._clock.mono_ns()
        last, self._last = self._last, now
        return last is None or now - last >= self._window


class DoublePress:
    """Completes on the second press within a time."""

    def __init__(self, clock: Clock, window_ms: int = DOUBLE_MS) -> None:
        self._clock = clock
        self._window = window_ms * NS_PER_MS
        self._first: int | None = None

    def press(self) -> bool:
        """Note a press; return whether it completes a pair."""
        now = self._clock.mono_ns()
        if self._first is not None and now - self._first <= self._window:
            self._first = None
            return True
        self._first = now
        return False


class Heartbeat:
    """Notices that the event loop stood still, as it does when a terminal stops reading."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = clock.mono_ns()

    def beat(self) -> bool:
        """Note a sign of life; return whether it came so late that keys may have been typed blind."""
        now = self._clock.mono_ns()
        last, self._last = self._last, now
        return now - last > STALL_MS * NS_PER_MS


class Sight:
    """Notices that the terminal takes no more frames, so that keys are typed blind."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._frames = 0
        self._since = clock.mono_ns()

    def lost(self, *, behind: bool, frames: int) -> bool:
        """Note where the terminal is; return whether it has shown nothing new for too long.

        Args:
            behind: Frames wait for it.
            frames: Frames sent so far.
        """
        now = self._clock.mono_ns()
        if not behind or frames != self._frames:
            self._frames, self._since = frames, now
        return now - self._since > STALL_MS * NS_PER_MS


class CapsWatch:
    """Suspects Caps Lock after two capitals in a row that nobody would type on purpose."""

    NEUTRAL = frozenset("ALP")
    """Capitals that are ordinary keys and open no strip."""

    def __init__(self) -> None:
        self._last = ""

    def suspect(self, character: str | None) -> bool:
        """Note a key; return whether the hint is due.

        Args:
            character: The printable character of the key, if it has one.
        """
        if character is None or not ("A" <= character <= "Z"):
            self._last = ""
            return False
        if character in self.NEUTRAL:
            return False
        due = bool(self._last) and self._last != character
        self._last = character
        return due


class Prefix:
    """The first key of a two-key sequence such as `g o` or `n 3`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = ""
        self._since = 0

    @property
    def pending(self) -> str:
        """The first key, if it was pressed and not too long ago."""
        late = self._clock.mono_ns() - self._since > PREFIX_MS * NS_PER_MS
        return "" if late else self._key

    def begin(self, key: str) -> None:
        """Note the first key."""
        self._key, self._since = key, self._clock.mono_ns()

    def take(self) -> str:
        """Return the first key and forget it."""
        key = self.pending
        self._key = ""
        return key
