"""A recording in the place of a venue: the same frames, at the same pace."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from app.clock import NS_PER_S, Clock
from app.protocol.ws2.market import DecodeError, MethodResponse, StatusFrame, Unknown, decode
from app.workers.face import VenueListener, VenueUrls, WatchSpec
from app.workers.feed import Venue
from app.workers.health import LinkHealth, LinkState

PLAIN_FRAMES_PER_S = 50
"""Pace of a recording that has no times."""

_BURST = 50


class RecordingVenue(Venue):
    """Plays a file of inbound frames to a listener; opens no socket.

    Args:
        frames: Times in nanoseconds (0 if not recorded) and raw frames.
        speed: Times real time; 0 is as fast as can be.
        clock: Time.
        listener: Gets the frames.
        nonce_path: Not used; a venue has one.
    """

    def __init__(
        self,
        frames: Iterator[tuple[int, str]],
        speed: Decimal,
        clock: Clock,
        listener: VenueListener,
        nonce_path: Path,
    ) -> None:
        super().__init__(VenueUrls("", ""), None, clock, listener, nonce_path=nonce_path)
        self._frames = frames
        self._speed = speed
        self._time = clock
        self._ear = listener
        self._health = LinkHealth(LinkState.CONNECTING)
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Play the file, then stay until closed."""
        self._tell(LinkState.UP, "recording")
        await self._play()
        self._tell(LinkState.STALE, "end of the recording")
        self._ear.on_notice("info", "end of the recording")
        await self._over.wait()

    async def close(self) -> None:
        """End at once."""
        self._over.set()

    def watch(self, symbols: Mapping[str, WatchSpec]) -> None:
        """Change nothing: a recording holds what it holds."""

    def resync(self, symbol: str) -> None:
        """Change nothing: the next snapshot of the recording mends the book, if there is one."""

    async def _play(self) -> None:
        began, first = self._time.mono_ns(), 0
        for count, (ts_ns, raw) in enumerate(self._frames, 1):
            if self._over.is_set():
                return
            stamp = ts_ns or count * NS_PER_S // PLAIN_FRAMES_PER_S
            first = first or stamp
            if self._speed:
                due = began + int((stamp - first) / self._speed)
                wait = due - self._time.mono_ns()
                if wait > 0:
                    await asyncio.sleep(wait / NS_PER_S)
            elif count % _BURST == 0:
                await asyncio.sleep(0)
            self._one(raw)

    def _one(self, raw: str) -> None:
        try:
            message = decode(raw)
        except DecodeError as error:
            self._ear.on_notice("warn", str(error))
            return
        if isinstance(message, StatusFrame) and message.data:
            self._ear.on_status(message.data[0].system)
        elif not isinstance(message, MethodResponse | Unknown):
            self._ear.on_market(message)

    def _tell(self, state: LinkState, note: str) -> None:
        self._health = replace(self._health, state=state, note=note, since_ns=self._time.now_ns())
        self._ear.on_link("public", self._health)
        self._ear.on_link("l3", self._health)
