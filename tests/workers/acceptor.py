"""A FIX acceptor that says what a test tells it to; written with simplefix alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import simplefix

Fields = dict[int, str]


def now_text() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]


class Peer:
    """One connection, seen from the venue."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, venue: Acceptor) -> None:
        self._reader, self._writer = reader, writer
        self._parser = simplefix.FixParser()
        self._venue = venue
        self.sender = ""
        self.closed = False

    async def take(self) -> Fields:
        """Return the next message."""
        async with asyncio.timeout(5):
            while (message := self._parser.get_message()) is None:
                data = await self._reader.read(4096)
                if not data:
                    raise ConnectionError("closed")
                self._parser.append_buffer(data)
        return {int(tag): value.decode() for tag, value in message.pairs}

    async def expect(self, kind: str) -> Fields:
        """Return the next message of a type; heartbeats and the like in between are passed over."""
        while (message := await self.take())[35] != kind:
            pass
        return message

    def encoded(self, kind: str, *pairs: tuple[int, object], seq: int | None = None) -> bytes:
        """Return a message; it counts unless its number is given."""
        message = simplefix.FixMessage()
        message.append_pair(8, "FIX.4.4")
        message.append_pair(35, kind)
        if seq is None:
            seq, self._venue.seq = self._venue.seq, self._venue.seq + 1
        message.append_pair(34, seq)
        message.append_pair(49, self._venue.target)
        message.append_pair(56, self.sender)
        message.append_pair(52, now_text())
        for tag, value in pairs:
            message.append_pair(tag, value)
        encoded: bytes = message.encode()
        return encoded

    def say(self, kind: str, *pairs: tuple[int, object], seq: int | None = None) -> None:
        self._writer.write(self.encoded(kind, *pairs, seq=seq))

    def raw(self, data: bytes) -> None:
        self._writer.write(data)

    def cut(self) -> None:
        self.closed = True
        self._writer.transport.abort()

    def report(
        self, order: Fields, kind: str, status: str, exec_id: str, *more: tuple[int, object], seq: int | None = None
    ) -> None:
        """Say an execution report about an order as it was sent."""
        given = dict(more)
        base: dict[int, object] = {
            6: 0,
            11: order[11],
            14: "0",
            17: exec_id,
            37: "OQNCZM-NVAVC-AVD2LO",
            38: order.get(38, "0.001"),
            39: status,
            40: order.get(40, "2"),
            54: order[54],
            55: order[55],
            59: order.get(59, "1"),
            60: now_text(),
            150: kind,
            151: order.get(38, "0.001"),
            381: "0",
        }
        if 44 in order:
            base[44] = order[44]
        self.say("8", *(base | given).items(), seq=seq)

    async def logged_on(self) -> Fields:
        """Take a logon and accept it."""
        logon = await self.take()
        assert logon[35] == "A", logon
        self.sender = logon[49]
        pairs: list[tuple[int, object]] = [(98, 0), (108, logon[108])]
        if logon.get(141) == "Y":
            self._venue.seq = 1
            pairs.append((141, "Y"))
        self.say("A", *pairs)
        return logon


class Acceptor:
    """Listens, and hands out the connections that come."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.port = 0
        self.seq = 1
        self._peers: asyncio.Queue[Peer] = asyncio.Queue()
        self._all: list[Peer] = []

    async def peer(self) -> Peer:
        async with asyncio.timeout(10):
            return await self._peers.get()

    def arrived(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._all.append(Peer(reader, writer, self))
        self._peers.put_nowait(self._all[-1])

    def cut(self) -> None:
        """End every connection, so that nobody waits for a logout."""
        for peer in self._all:
            peer.cut()


@asynccontextmanager
async def listening(target: str = "KRAKEN-TRD", ssl: Any = None) -> AsyncIterator[Acceptor]:
    acceptor = Acceptor(target)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        acceptor.arrived(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=ssl)
    acceptor.port = server.sockets[0].getsockname()[1]
    try:
        yield acceptor
    finally:
        server.close()
