"""The screen's end of the link, against scripted engines on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.errors import UnavailableError
from app.link.client import LinkClient
from app.link.frames import Event, Frame, Severity, TapePrint
from app.link.framing import engine_unpacker, pack
from app.link.link import EngineEnd, InMemoryLink, memory_pair, merge_frames
from app.link.messages import (
    LINK_VERSION,
    Answer,
    Execute,
    Goodbye,
    Hello,
    ListPairs,
    Origin,
    Outcome,
    Pairs,
    ToEngine,
    Touch,
    Welcome,
)

HELLO = Hello(LINK_VERSION, "test")
WELCOME = Welcome(LINK_VERSION, "practice", "PRACTICE", "BTC/USD", True, "", 0, ("0.1",), "", 150, 7)

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def engine(path: Path, script: Script) -> AsyncIterator[LinkClient]:
    """Run a scripted engine and give a client for it."""
    server = await asyncio.start_unix_server(script, str(path))
    client = LinkClient(path)
    try:
        yield client
    finally:
        await client.close()
        server.close()
        await server.wait_closed()


async def read_one(reader: asyncio.StreamReader) -> ToEngine:
    unpacker = engine_unpacker()
    head = await reader.readexactly(4)
    [message] = unpacker.feed(head + await reader.readexactly(int.from_bytes(head, "big")))
    return message


def print_at(price: str) -> TapePrint:
    return TapePrint(0, price, "1", True)


async def test_handshake_then_messages_then_the_end(tmp_path: Path) -> None:
    hellos: list[ToEngine] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hellos.append(await read_one(reader))
        writer.write(pack(WELCOME) + pack(Event(1, 0, "fill", Severity.GOOD, "filled")))
        writer.close()

    async with engine(tmp_path / "e.sock", script) as client:
        assert await client.connect(HELLO) == WELCOME
        assert [m async for m in client.messages()] == [Event(1, 0, "fill", Severity.GOOD, "filled")]
        assert hellos == [HELLO]
        assert not client.connected
        with pytest.raises(UnavailableError, match="gone"):
            client.send(Touch())


async def test_replies_find_their_request_whatever_the_order(tmp_path: Path) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_one(reader)
        writer.write(pack(WELCOME))
        first = await read_one(reader)
        second = await read_one(reader)
        assert isinstance(first, Execute)
        assert isinstance(second, ListPairs)
        writer.write(pack(Pairs(second.id, ())) + pack(Answer(first.id, Outcome.REFUSED, "no")))
        await writer.drain()
        await reader.read()
        writer.close()

    async with engine(tmp_path / "e.sock", script) as client:
        await client.connect(HELLO)
        answer, pairs = await asyncio.gather(
            client.request(Execute(1, "kill", "BTC/USD", Origin.KEY)), client.request(ListPairs(2))
        )
        assert answer == Answer(1, Outcome.REFUSED, "no")
        assert pairs == Pairs(2, ())


async def test_an_engine_that_goes_fails_the_request_under_way(tmp_path: Path) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_one(reader)
        writer.write(pack(WELCOME))
        await read_one(reader)
        writer.close()

    async with engine(tmp_path / "e.sock", script) as client:
        await client.connect(HELLO)
        with pytest.raises(UnavailableError, match="not known"):
            await client.request(ListPairs(1))


async def test_no_engine_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"no engine answers at .*start one with"):
        await LinkClient(tmp_path / "none.sock").connect(HELLO)


@pytest.mark.parametrize(
    ("first", "message"),
    [
        (pack(Goodbye("belongs to another user")), "another user"),
        (pack(Welcome(LINK_VERSION + 1, "p", "PRACTICE", "X/Y", True, "", 0, (), "", 0, 1)), "link version"),
        (pack(Event(1, 0, "x", Severity.INFO, "x")), "instead of a welcome"),
        (b"", "hung up"),
        (b"HTTP/1.1 400 Bad Request\r\n", "too long"),
    ],
)
async def test_a_wrong_welcome_is_refused(tmp_path: Path, first: bytes, message: str) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_one(reader)
        writer.write(first)
        writer.close()

    async with engine(tmp_path / "e.sock", script) as client:
        with pytest.raises(UnavailableError, match=message):
            await client.connect(HELLO)
        assert not client.connected


async def test_a_mute_engine_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.link.client.HANDSHAKE_S", 0.05)
    done = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    async with engine(tmp_path / "e.sock", script) as client:
        with pytest.raises(UnavailableError, match="does not answer"):
            await client.connect(HELLO)
        done.set()


async def test_the_same_client_connects_again(tmp_path: Path) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_one(reader)
        writer.write(pack(WELCOME))
        writer.close()

    async with engine(tmp_path / "e.sock", script) as client:
        for _ in range(2):
            await client.connect(HELLO)
            assert [m async for m in client.messages()] == []


async def test_unread_frames_are_joined_and_events_are_not() -> None:
    link, end = memory_pair(WELCOME)
    await link.connect(HELLO)
    event = Event(1, 0, "fill", Severity.GOOD, "filled")
    end.send(Frame(1, tape=(print_at("1"),), orders=()))
    end.send(Frame(2, tape=(print_at("2"),)))
    end.send(event)
    end.send(Frame(3, balances=()))
    end.hang_up()
    assert [m async for m in link.messages()] == [
        Frame(2, tape=(print_at("2"),), orders=()),
        event,
        Frame(3, balances=()),
    ]


def test_merging_keeps_what_did_not_change() -> None:
    old = Frame(1, tape=(print_at("1"),), orders=())
    assert merge_frames(old, Frame(2)) == Frame(2, tape=(print_at("1"),), orders=())


async def test_memory_link_without_an_engine() -> None:
    with pytest.raises(UnavailableError, match="no engine"):
        await InMemoryLink(EngineEnd(None)).connect(HELLO)
