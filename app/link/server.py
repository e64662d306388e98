"""The engine's end of the link: a Unix socket for screens and scripts.

The socket lives in a 0700 directory; in addition each peer's user id is asked
of the kernel, so that a directory opened by mistake does not hand out the pen.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Protocol, cast

from app.errors import DataError, UnavailableError
from app.link.framing import engine_unpacker, pack
from app.link.messages import Goodbye, ToEngine, ToScreen

log = logging.getLogger(__name__)

HIGH_WATER = 256 * 1024
"""Unsent bytes above which a client gets no further frames until it reads."""

OVERFLOW = 16 * 1024 * 1024
"""Unsent bytes above which a client is cut off: it has stopped reading."""


PROBE_S = 1.0
"""An engine that has been stopped accepts nothing: do not wait for it for ever."""


class Client(Protocol):
    """One connected screen or script, as the engine sees it."""

    def send(self, message: ToScreen) -> None:
        """Queue a message; never blocks."""
        ...

    def congested(self) -> bool:
        """Whether unsent data has piled up, so that frames should be skipped."""
        ...

    def close(self, reason: str) -> None:
        """Say why and hang up."""
        ...


class Desk(Protocol):
    """What the server serves; the engine implements it."""

    def joined(self, client: Client) -> None:
        """A peer connected."""
        ...

    def received(self, client: Client, message: ToEngine) -> None:
        """A peer sent a message."""
        ...

    def left(self, client: Client) -> None:
        """A peer is gone, orderly or not."""
        ...


def peer_uid(sock: socket.socket) -> int | None:
    """Return the user id of the process at the other end, if the system tells."""
    if sys.platform == "linux":
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", raw)[1])
    return None


class _Peer(asyncio.Protocol):
    """One accepted connection."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._unpacker = engine_unpacker()
        self._transport: asyncio.Transport | None = None
        self._joined = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Check who is there and let it in."""
        # uvloop's transports are no subclass of asyncio's.
        self._transport = transport = cast("asyncio.Transport", transport)
        transport.set_write_buffer_limits(high=HIGH_WATER)
        sock = transport.get_extra_info("socket")
        uid = peer_uid(sock) if sock is not None else None
        if uid is not None and uid not in (os.getuid(), 0):
            log.warning("link: refused a process of user %d", uid)
            self.close("this engine belongs to another user")
            return
        self._joined = True
        self._desk.joined(self)

    def data_received(self, data: bytes) -> None:
        """Hand complete messages to the desk."""
        try:
            messages = self._unpacker.feed(data)
        except DataError as error:
            log.warning("link: %s", error)
            self.close(str(error))
            return
        for message in messages:
            self._desk.received(self, message)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the desk that the peer is gone."""
        self._transport = None
        if self._joined:
            self._joined = False
            self._desk.left(self)

    def send(self, message: ToScreen) -> None:
        """Queue a message; a peer that stopped reading is cut off."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > OVERFLOW:
            log.warning("link: a screen stopped reading and is cut off")
            transport.abort()
            return
        transport.write(pack(message))

    def congested(self) -> bool:
        """Whether more than `HIGH_WATER` bytes are unsent."""
        transport = self._transport
        return transport is None or transport.get_write_buffer_size() > HIGH_WATER

    def close(self, reason: str) -> None:
        """Say why and hang up."""
        transport = self._transport
        if transport is not None and not transport.is_closing():
            transport.write(pack(Goodbye(reason)))
            transport.close()


class LinkServer:
    """Listens on the engine's socket.

    Args:
        path: Socket path in a directory that only this user can enter.
        desk: The engine.
    """

    def __init__(self, path: Path, desk: Desk) -> None:
        self._path = path
        self._desk = desk
        self._server: asyncio.AbstractServer | None = None

    async def start(self) -> None:
        """Bind the socket; a dead engine's leftover is removed.

        Raises:
            UnavailableError: Another engine already listens there.
        """
        if self._path.exists():
            if engine_answers(self._path):
                raise UnavailableError(
                    f"an engine already runs at {self._path}",
                    "attach to it with `quarterdeck attach`, or end it with `quarterdeck stop`",
                )
            self._path.unlink()
        loop = asyncio.get_running_loop()
        before = os.umask(0o177)
        try:
            self._server = await loop.create_unix_server(lambda: _Peer(self._desk), str(self._path))
        finally:
            os.umask(before)

    async def stop(self) -> None:
        """Close the socket and remove it."""
        if self._server is not None:
            self._server.close()
            self._server = None
            with suppress(FileNotFoundError):
                self._path.unlink()


def engine_answers(path: Path) -> bool:
    """Return whether something accepts connections on the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PROBE_S)
        try:
            probe.connect(str(path))
        except (TimeoutError, BlockingIOError):
            return True  # somebody listens there, and is too busy or stopped
        except OSError:
            return False
    return True
