"""The engine's socket: who gets in, who is cut off, and what remains of it."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from app.errors import UnavailableError
from app.link import server as server_module
from app.link.frames import Event, Severity
from app.link.framing import pack, screen_unpacker
from app.link.messages import MAX_MESSAGE, Goodbye, Hello, ToEngine, ToScreen, Touch
from app.link.server import HIGH_WATER, Client, LinkServer, engine_answers


async def until(condition: Callable[[], object], within_s: float = 10.0) -> None:
    """Wait for a condition, with a bound."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - the conditions are plain values of the code under test
            await asyncio.sleep(0.005)


class Table:
    """A desk that notes what comes."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.gone: list[Client] = []
        self.got: list[ToEngine] = []

    def joined(self, client: Client) -> None:
        self.clients.append(client)

    def received(self, client: Client, message: ToEngine) -> None:
        self.got.append(message)

    def left(self, client: Client) -> None:
        self.gone.append(client)


class Peer:
    """A raw connection to the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._unpacker = screen_unpacker()

    async def everything(self) -> list[ToScreen]:
        """Read until the engine hangs up."""
        async with asyncio.timeout(10):
            data = b""
            while True:
                try:
                    part = await self.reader.read(1 << 16)
                except ConnectionError:
                    part = b""
                if not part:
                    break
                data += part
        return self._unpacker.feed(data)


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s"


@pytest.fixture
async def server(path: Path, table: Table) -> AsyncIterator[LinkServer]:
    made = LinkServer(path, table)
    await made.start()
    yield made
    for client in table.clients:
        client.close("over")
    await made.stop()


async def attach(path: Path) -> Peer:
    return Peer(*await asyncio.open_unix_connection(str(path)))


@pytest.mark.usefixtures("server")
async def test_the_socket_is_for_its_owner_only(path: Path) -> None:
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600  # noqa: PTH116 - a socket file of this test
    assert engine_answers(path)


@pytest.mark.usefixtures("server")
async def test_messages_of_many_peers_arrive(path: Path, table: Table) -> None:
    peers = [await attach(path) for _ in range(5)]
    for peer in peers:
        peer.writer.write(pack(Hello(1, "x")) + pack(Touch()))
    await until(lambda: len(table.got) == 10)
    for peer in peers:
        peer.writer.close()
    await until(lambda: len(table.gone) == 5)


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x00\x00\x00\x05hello", "not understood"),
        ((MAX_MESSAGE + 1).to_bytes(4, "big"), "too long"),
        (b"GET / HTTP/1.1\r\n\r\n", "too long"),
    ],
)
async def test_garbage_ends_that_peer_with_a_reason_and_no_other(
    path: Path, table: Table, data: bytes, words: str
) -> None:
    good, bad = await attach(path), await attach(path)
    bad.writer.write(data)
    said = await bad.everything()
    assert isinstance(said[-1], Goodbye)
    assert words in said[-1].reason
    good.writer.write(pack(Touch()))
    await until(lambda: table.got)
    good.writer.close()


@pytest.mark.usefixtures("server")
async def test_another_user_is_refused(path: Path, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "peer_uid", lambda _sock: os.getuid() + 4711)
    peer = await attach(path)
    peer.writer.write(pack(Touch()))
    said = await peer.everything()
    assert said == [Goodbye("this engine belongs to another user")]
    assert not table.clients
    assert not table.got


async def test_the_kernel_names_the_peer() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert server_module.peer_uid(one) == os.getuid()


@pytest.mark.usefixtures("server")
async def test_a_slow_reader_is_congested_then_cut_off_and_lost_no_event_before(
    path: Path, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "OVERFLOW", 4 * HIGH_WATER)
    peer = await attach(path)
    await until(lambda: table.clients)
    client, sent = table.clients[0], 0
    assert not client.congested()
    text = "x" * 10_000
    while not client.congested():
        sent += 1
        client.send(Event(sent, 0, "system", Severity.INFO, text))
    assert not table.gone
    before = sent
    while not table.gone and sent < 10_000:
        sent += 1
        client.send(Event(sent, 0, "system", Severity.INFO, text))
        await asyncio.sleep(0)
    assert table.gone == [client]
    numbers = [message.no for message in await peer.everything() if isinstance(message, Event)]
    assert numbers == list(range(1, len(numbers) + 1)), "whatever arrived has no gap"
    assert sent > before
    client.send(Event(1, 0, "system", Severity.INFO, text))  # to nobody: no error


async def test_a_leftover_is_removed_and_a_living_engine_is_not(path: Path, table: Table) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert not engine_answers(path)
    first = LinkServer(path, table)
    await first.start()
    with pytest.raises(UnavailableError, match="already runs"):
        await LinkServer(path, table).start()
    assert engine_answers(path)
    await first.stop()
    assert not engine_answers(path)
    assert not os.listdir(path.parent)  # noqa: PTH208 - as above
    await first.stop()


def test_an_engine_that_hangs_still_counts_as_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "PROBE_S", 0.05)
    with socket.socket(socket.AF_UNIX) as frozen:
        frozen.bind(str(path))
        frozen.listen(0)
        waiting = []
        for _ in range(4):
            one = socket.socket(socket.AF_UNIX)
            one.setblocking(False)
            waiting.append(one)
            try:
                one.connect(str(path))
            except BlockingIOError:
                break
        assert engine_answers(path)
        for one in waiting:
            one.close()
