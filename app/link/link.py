"""The screen's side of the link, whatever carries it.

`Link` is what a screen and `quarterdeck do` need: `LinkClient` speaks it over a
Unix socket, `InMemoryLink` within one process. Both keep what arrives in an
`Inbox`, which routes answers to whoever asked and merges frames that nobody
has painted yet, so a slow reader sees the newest picture and every event.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Protocol

import msgspec

from app.errors import UnavailableError
from app.link.frames import Frame
from app.link.messages import (
    LINK_VERSION,
    Answer,
    AskFix,
    AskLimits,
    AskStatus,
    AskWhy,
    Execute,
    FixAnswer,
    Goodbye,
    Hello,
    Limits,
    ListPairs,
    Pairs,
    Preview,
    PreviewAnswer,
    StatusAnswer,
    StopEngine,
    TakePen,
    ToEngine,
    ToScreen,
    Welcome,
    Why,
)

Request = Execute | Preview | ListPairs | TakePen | AskStatus | AskWhy | AskLimits | AskFix | StopEngine
Reply = Answer | PreviewAnswer | Pairs | StatusAnswer | Why | Limits | FixAnswer

GONE = "the engine is gone"


class Link(Protocol):
    """A connection from a screen to an engine."""

    @property
    def connected(self) -> bool:
        """Whether the handshake is done and the engine is still there."""
        ...

    async def connect(self, hello: Hello) -> Welcome:
        """Connect and shake hands; may be called again after the engine went.

        Args:
            hello: Who we are and the last event we have seen.

        Returns:
            What the engine says about itself.

        Raises:
            UnavailableError: No engine, or one that speaks another version.
        """
        ...

    def messages(self) -> AsyncIterator[ToScreen]:
        """Iterate over all that is not a reply to `request`; ends when the engine goes."""
        ...

    def send(self, message: ToEngine) -> None:
        """Send without waiting.

        Raises:
            UnavailableError: The engine is gone.
        """
        ...

    async def request(self, message: Request) -> Reply:
        """Send and wait for the reply with the same id.

        Raises:
            UnavailableError: The engine is gone, or went before it answered.
        """
        ...

    async def close(self) -> None:
        """Close in order; safe to call twice."""
        ...


def merge_frames(old: Frame, new: Frame) -> Frame:
    """Join two frames: what `new` does not mention stays as in `old`."""
    fields = {name: value for name in Frame.__struct_fields__ if (value := getattr(new, name)) is not None}
    return msgspec.structs.replace(old, **fields)


def check_welcome(message: ToScreen) -> Welcome:
    """Accept the engine's first message.

    Args:
        message: What came first.

    Returns:
        The welcome.

    Raises:
        UnavailableError: It refuses us, or speaks another version.
    """
    if isinstance(message, Goodbye):
        raise UnavailableError("the engine refuses this screen", message.reason)
    if not isinstance(message, Welcome):
        raise UnavailableError(
            f"the engine answered with {type(message).__name__} instead of a welcome",
            "is it another version? end it with `quarterdeck stop`",
        )
    if message.version != LINK_VERSION:
        raise UnavailableError(
            f"the engine speaks link version {message.version}, this screen {LINK_VERSION}",
            "end the engine with `quarterdeck stop` and start it anew",
        )
    return message


class Inbox:
    """What has arrived and was not read: one per connection."""

    def __init__(self) -> None:
        self._queue: deque[ToScreen] = deque()
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._news = asyncio.Event()
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended

    def put(self, message: ToScreen) -> None:
        """Take one message from the engine."""
        if isinstance(message, Reply) and (waiter := self._waiting.pop(message.id, None)) is not None:
            if not waiter.done():
                waiter.set_result(message)
            return
        if isinstance(message, Frame) and self._queue and isinstance(last := self._queue[-1], Frame):
            self._queue[-1] = merge_frames(last, message)
        else:
            self._queue.append(message)
        self._news.set()

    def end(self) -> None:
        """Say that nothing more will come; requests under way fail."""
        self._ended = True
        self._news.set()
        for waiter in self._waiting.values():
            if not waiter.done():
                waiter.set_exception(UnavailableError(GONE, "what it was doing is not known; attach again and look"))
        self._waiting.clear()

    def expect(self, request_id: int) -> asyncio.Future[Reply]:
        """Return a future for the reply with that id."""
        waiter: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = waiter
        return waiter

    def forget(self, request_id: int) -> None:
        """Stop waiting for that reply; it then arrives as an ordinary message."""
        self._waiting.pop(request_id, None)

    async def read(self) -> AsyncIterator[ToScreen]:
        """Iterate until the end, with everything that came before it."""
        while True:
            while self._queue:
                yield self._queue.popleft()
            if self._ended:
                return
            self._news.clear()
            await self._news.wait()


async def ask(inbox: Inbox, link: Link, message: Request) -> Reply:
    """Send a request and wait for its reply: the common part of all links."""
    waiter = inbox.expect(message.id)
    try:
        link.send(message)
        return await waiter
    finally:
        inbox.forget(message.id)


class InMemoryLink:
    """A link to an engine in the same process; see `memory_pair`."""

    def __init__(self, engine: EngineEnd) -> None:
        self._engine = engine
        self._inbox = Inbox()
        self._connected = False

    @property
    def connected(self) -> bool:
        """Whether the handshake is done and the engine is still there."""
        return self._connected and not self._inbox.ended

    async def connect(self, hello: Hello) -> Welcome:
        """Shake hands with the engine end; see `Link.connect`."""
        self._connected = False
        self._inbox = Inbox()
        welcome = check_welcome(await self._engine.accept(hello, self._inbox))
        self._connected = True
        return welcome

    def messages(self) -> AsyncIterator[ToScreen]:
        """Iterate over what the engine end sends; see `Link.messages`."""
        return self._inbox.read()

    def send(self, message: ToEngine) -> None:
        """Hand the message to the engine end at once."""
        if not self.connected:
            raise UnavailableError(GONE, "attach again")
        self._engine.take(message)

    async def request(self, message: Request) -> Reply:
        """Send and wait for the reply with the same id."""
        return await ask(self._inbox, self, message)

    async def close(self) -> None:
        """End the connection."""
        self._connected = False
        self._inbox.end()


class EngineEnd:
    """The engine's end of an `InMemoryLink`.

    Attributes:
        received: All messages of the screen, oldest first.
        welcome: Answer to the next handshake; None refuses it.
    """

    def __init__(self, welcome: Welcome | None) -> None:
        self.welcome = welcome
        self.received: list[ToEngine] = []
        self._unread: asyncio.Queue[ToEngine] = asyncio.Queue()
        self._screen: Inbox | None = None

    async def accept(self, hello: Hello, screen: Inbox) -> ToScreen:
        """Answer a handshake."""
        if self.welcome is None:
            raise UnavailableError("no engine is running", "start one with `quarterdeck`")
        self._screen = screen
        self.received.append(hello)
        return self.welcome

    def take(self, message: ToEngine) -> None:
        """Receive one message of the screen."""
        self.received.append(message)
        self._unread.put_nowait(message)

    async def messages(self) -> AsyncIterator[ToEngine]:
        """Iterate over the screen's messages after the handshake, for ever."""
        while True:
            yield await self._unread.get()

    def send(self, message: ToScreen) -> None:
        """Send to the screen; dropped when none is connected."""
        if self._screen is not None and not self._screen.ended:
            self._screen.put(message)

    def hang_up(self) -> None:
        """End the connection as a dying engine would."""
        if self._screen is not None:
            self._screen.end()


def memory_pair(welcome: Welcome) -> tuple[InMemoryLink, EngineEnd]:
    """Return both ends of an in-process link.

    Args:
        welcome: What the engine end answers to the handshake.
    """
    engine = EngineEnd(welcome)
    return InMemoryLink(engine), engine
