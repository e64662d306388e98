"""One TCP connection: HTTP or WebSocket, told apart by its first request.

Both protocols run without I/O of their own (`h11`, `websockets.server`) in one
`asyncio.Protocol`, so that REST and `/v2` share a port, a frame is encoded
once for all its readers, and a fault can cut a connection at any byte.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol, cast

import h11

from app.clock import NS_PER_S, Clock
from app.venue.gateways.faults import Face, Faults
from app.venue.gateways.websocket import WebSocket
from app.venue.wire import policies

HEAD_LIMIT = 16 << 10
IDLE_NS = 75 * NS_PER_S
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request.

    Attributes:
        method: GET or POST.
        path: Without the query.
        query: Raw query text.
        headers: Lower-case names.
        body: Raw bytes.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One answer; `cut` ends the connection in its place."""

    status: int = 200
    body: bytes = b"{}"
    content_type: str = "application/json"
    cut: bool = False


class Listener(Protocol):
    """What a socket asks of the venue."""

    clock: Clock
    faults: Faults

    def http(self, face: Face, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        ...

    def opened(self, socket: Socket) -> None:
        """A connection came."""
        ...

    def closed(self, socket: Socket) -> None:
        """A connection ended."""
        ...

    def websocket(self, face: Face, transport: asyncio.Transport) -> WebSocket:
        """Make the WebSocket side of a connection."""
        ...


class Socket(asyncio.Protocol):
    """Protocol object of one connection.

    Args:
        face: Port by which it came.
        listener: The venue.
    """

    def __init__(self, face: Face, listener: Listener) -> None:
        self.face = face
        self.websocket: WebSocket | None = None
        self.heard_ns = listener.clock.mono_ns()
        self._listener = listener
        self._transport: asyncio.Transport | None = None
        self._head = bytearray()
        self._http: h11.Connection | None = None
        self._request: h11.Request | None = None
        self._body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or end it when the face refuses."""
        # uvloop's transports have the methods but not the base class.
        self._transport = cast(asyncio.Transport, transport)
        if self.face in self._listener.faults.refuse:
            self._transport.abort()
        else:
            self._listener.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self.websocket is not None:
            self.websocket.lost()
        self._listener.closed(self)

    def data_received(self, data: bytes) -> None:
        """Route bytes to the protocol in use."""
        self.heard_ns = self._listener.clock.mono_ns()
        if self.websocket is not None:
            self.websocket.receive(data)
            return
        if self._http is not None:
            self._receive_http(data)
        else:
            self._head += data
        # A kept-alive connection may carry another request, or be upgraded after some.
        while self._has_request():
            self._choose()
        if len(self._head) > HEAD_LIMIT:
            self.abort()

    def eof_received(self) -> bool:
        """Let the peer's half-close end the connection."""
        if self.websocket is not None:
            self.websocket.receive_eof()
        return False

    def pause_writing(self) -> None:
        """Nothing: `WebSocket` watches the buffer itself."""

    def resume_writing(self) -> None:
        """Nothing: `WebSocket` watches the buffer itself."""

    def stale(self, mono_ns: int) -> bool:
        """Whether an HTTP or silent connection has been idle for too long."""
        return self.websocket is None and mono_ns - self.heard_ns > IDLE_NS

    def abort(self) -> None:
        """End the connection at once, without a word."""
        if self._transport is not None:
            self._transport.abort()

    def _has_request(self) -> bool:
        return self._http is None and self.websocket is None and _HEAD_END in self._head

    def _choose(self) -> None:
        data, self._head = bytes(self._head), bytearray()
        head = data.partition(_HEAD_END)[0].lower()
        assert self._transport is not None
        if b"\r\nupgrade: websocket" in head and self.face is not Face.CONTROL:
            self.websocket = self._listener.websocket(self.face, self._transport)
            self.websocket.receive(data)
        else:
            self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT)
            self._receive_http(data)

    def _receive_http(self, data: bytes) -> None:
        assert self._http is not None
        try:
            self._http.receive_data(data)
            while self._step(self._http.next_event()):
                pass
        except h11.RemoteProtocolError as error:
            self._answer(HttpResponse(status=error.error_status_hint, body=b"", content_type="text/plain"), last=True)

    def _step(self, event: object) -> bool:
        if isinstance(event, h11.Request):
            self._request, self._body = event, bytearray()
        elif isinstance(event, h11.Data):
            self._body += event.data
            if len(self._body) > policies.MAX_FRAME_IN:
                self._answer(HttpResponse(status=413, body=b""), last=True)
                return False
        elif isinstance(event, h11.EndOfMessage):
            self._dispatch()
            return False
        else:
            if isinstance(event, h11.ConnectionClosed) and self._transport is not None:
                self._transport.close()
            return False
        return True

    def _dispatch(self) -> None:
        request = self._request
        assert request is not None
        path, _, query = request.target.decode("latin-1").partition("?")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
        response = self._listener.http(
            self.face, HttpRequest(request.method.decode("latin-1"), path, query, headers, bytes(self._body))
        )
        if response.cut:
            self.abort()
        else:
            self._answer(response)

    def _answer(self, response: HttpResponse, *, last: bool = False) -> None:
        http, transport = self._http, self._transport
        assert http is not None
        if transport is None or transport.is_closing() or http.states[h11.SERVER] not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        headers = [("Content-Type", response.content_type), ("Content-Length", str(len(response.body)))]
        if last:
            headers.append(("Connection", "close"))
        out: list[bytes | None] = [
            http.send(h11.Response(status_code=response.status, headers=headers)),
            http.send(h11.Data(data=response.body)),
            http.send(h11.EndOfMessage()),
        ]
        transport.write(b"".join([part for part in out if part]))
        if not last and set(http.states.values()) == {h11.DONE}:
            self._head = bytearray(http.trailing_data[0])
            self._http = None
        else:
            transport.close()
