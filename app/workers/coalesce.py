"""Fewer wake-ups under a fast feed: after a frame, the socket rests for some milliseconds.

What arrives meanwhile waits in the kernel and is then read in one go, which
saves most of the cost of a wake-up for each frame (`performance.md` §4). A
feed that is slow is never held up, and neither are the connections that carry
orders: they don't use this.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

REST_S = 0.004
FAST_PER_TICK = 50
"""Frames within one tick of 100 ms from which on resting saves more than it costs."""


class Pausable(Protocol):
    """The part of a transport that is used here."""

    def pause_reading(self) -> None:
        """Stop reading."""
        ...

    def resume_reading(self) -> None:
        """Read again."""
        ...

    def is_reading(self) -> bool:
        """Whether it reads at present."""
        ...

    def is_closing(self) -> bool:
        """Whether it is closed or about to be."""
        ...


class Coalescer:
    """Lets one socket rest.

    Args:
        transport: Of the socket.
    """

    def __init__(self, transport: Pausable) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._frames = 0
        self._fast = False
        self._resting = False

    def frame(self) -> None:
        """A frame was read.

        A socket that does not read is left alone: websockets has stopped it as
        enough frames wait, and waking it would let any number of them in.
        """
        self._frames += 1
        if self._fast and not self._resting and self._transport.is_reading() and not self._transport.is_closing():
            self._resting = True
            self._transport.pause_reading()
            self._loop.call_later(REST_S, self._wake)

    def tick(self) -> None:
        """A tick has passed: judge the pace of the feed."""
        self._fast = self._frames >= FAST_PER_TICK
        self._frames = 0

    def _wake(self) -> None:
        self._resting = False
        if not self._transport.is_closing():
            self._transport.resume_reading()
