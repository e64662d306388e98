"""One TCP connection of the FIX gateway."""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

from app.venue.fix import policies
from app.venue.fix.faults import FixFaults, Spoiler
from app.venue.fix.framing import Framer
from app.venue.fix.service import Service
from app.venue.fix.session import Session, State


class Gate(Protocol):
    """Where connections are known."""

    @property
    def faults(self) -> FixFaults:
        """Faults to obey."""
        ...

    def refuses(self) -> bool:
        """Whether new connections are ended at once."""
        ...

    def opened(self, connection: Connection) -> Session:
        """A connection came."""
        ...

    def closed(self, connection: Connection) -> None:
        """A connection ended."""
        ...


class Connection(asyncio.Protocol):
    """Bytes of one session.

    Args:
        service: Port by which it came.
        gate: Told of its beginning and end.

    Attributes:
        cut_after: Outgoing bytes until a fault ends the connection; None for never.
    """

    def __init__(self, service: Service, gate: Gate) -> None:
        self.service = service
        self._gate = gate
        self.cut_after: int | None = None
        self._spoiler = Spoiler(service, gate.faults)
        self._framer = Framer()
        self._transport: asyncio.Transport | None = None
        self._session: Session | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        # uvloop's transports have the methods but not the base class.
        self._transport = cast(asyncio.Transport, transport)
        if self._gate.refuses():
            self._transport.abort()
        else:
            self._session = self._gate.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._transport = None
        self._gate.closed(self)

    def data_received(self, data: bytes) -> None:
        """Take bytes; garbled messages are passed over, before the logon they end the connection."""
        session = self._session
        if session is None:
            return
        for message in self._framer.feed(data):
            if self._transport is None or self._transport.is_closing():
                return
            session.receive(message)
        if self._framer.garbled and session.state is State.WAITING:
            session.drop()

    def write(self, data: bytes, kind: str) -> None:
        """Send one encoded message."""
        for chunk in self._spoiler.outgoing(data, kind) if self._spoiler.works else (data,):
            self._put(chunk)

    def release(self) -> None:
        """Send what a stall held back, once it is over."""
        for chunk in self._spoiler.released():
            self._put(chunk)

    def _put(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self.cut_after is not None:
            data, self.cut_after = data[: self.cut_after], self.cut_after - len(data)
        transport.write(data)
        if transport.get_write_buffer_size() > policies.WRITE_LIMIT:
            self.abort()
        if self.cut_after is not None and self.cut_after <= 0:
            transport.close()

    def close(self) -> None:
        """Send what is written and no more.

        The line stays open for reading, so that bytes which the peer still
        sends cannot reset it before our last message has arrived.
        """
        if self._transport is None or self._transport.is_closing():
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()
