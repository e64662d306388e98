"""The screen's end of the link over a Unix socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from app.errors import DataError, UnavailableError
from app.link.framing import pack, screen_unpacker
from app.link.link import GONE, Inbox, Reply, Request, ask, check_welcome
from app.link.messages import Goodbye, Hello, ToEngine, ToScreen, Welcome

HANDSHAKE_S = 5.0
"""An engine that accepts but says nothing for so long is not working."""


class _Wire(asyncio.Protocol):
    """One connection: bytes in, messages into the inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._unpacker = screen_unpacker()
        self.transport: asyncio.Transport | None = None
        self.fault: DataError | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            messages = self._unpacker.feed(data)
        except DataError as error:
            self.fault = error
            self._inbox.put(Goodbye(str(error)))
            if self.transport is not None:
                self.transport.abort()
            return
        for message in messages:
            self._inbox.put(message)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._inbox.end()


class LinkClient:
    """A `Link` to the engine that listens on a Unix socket.

    Args:
        path: The engine's socket.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inbox = Inbox()
        self._wire: _Wire | None = None
        self._greeted = False

    @property
    def connected(self) -> bool:
        """Whether the handshake is done and the engine is still there."""
        return self._greeted and not self._inbox.ended

    async def connect(self, hello: Hello) -> Welcome:
        """Connect and shake hands; see `Link.connect`.

        Raises:
            UnavailableError: No engine there, a mute one, or another version.
        """
        await self.close()
        inbox = self._inbox = Inbox()
        loop = asyncio.get_running_loop()
        try:
            _, wire = await loop.create_unix_connection(lambda: _Wire(inbox), str(self._path))
        except OSError as error:
            reason = error.strerror or str(error)
            raise UnavailableError(
                f"no engine answers at {self._path} ({reason})", "start one with `quarterdeck`"
            ) from None
        self._wire = wire
        try:
            self._write(hello)
            async with asyncio.timeout(HANDSHAKE_S):
                welcome = check_welcome(await self._first())
        except TimeoutError:
            await self.close()
            raise UnavailableError(
                f"the engine at {self._path} accepts but does not answer", "end it with `quarterdeck stop`"
            ) from None
        except UnavailableError:
            await self.close()
            raise
        self._greeted = True
        return welcome

    def messages(self) -> AsyncIterator[ToScreen]:
        """Iterate over all that is not a reply; ends when the engine goes."""
        return self._inbox.read()

    def send(self, message: ToEngine) -> None:
        """Write without waiting; the kernel gets the bytes at once if it has room.

        Raises:
            UnavailableError: The engine is gone.
        """
        if not self.connected:
            raise UnavailableError(GONE, "attach again")
        self._write(message)

    async def request(self, message: Request) -> Reply:
        """Send and wait for the reply with the same id; see `Link.request`."""
        return await ask(self._inbox, self, message)

    async def close(self) -> None:
        """Flush and hang up; safe to call twice."""
        self._greeted = False
        wire, self._wire = self._wire, None
        if wire is not None and wire.transport is not None:
            wire.transport.close()
        self._inbox.end()

    async def _first(self) -> ToScreen:
        async for message in self._inbox.read():
            return message
        raise UnavailableError(f"the engine at {self._path} hung up before it said anything", "look at its log")

    def _write(self, message: ToEngine) -> None:
        wire = self._wire
        if wire is None or wire.transport is None or wire.transport.is_closing():
            raise UnavailableError(GONE, "attach again")
        wire.transport.write(pack(message))
