"""One client of one service: its memory, and its connection while there is one."""

from __future__ import annotations

from typing import Protocol

from app.clock import Clock
from app.venue.core.api import Credentials
from app.venue.fix.message import Field, encode, utc
from app.venue.fix.service import Identity
from app.venue.fix.store import Sent, Store


class Line(Protocol):
    """The connection of a peer, as far as sending goes."""

    def write(self, data: bytes, kind: str) -> None:
        """Send one encoded message."""
        ...


class Peer:
    """Numbers, keeps and sends the messages to one CompID.

    What is sent while nobody is connected takes its number and is there for a
    replay; the client sees the gap at its next logon (case 16).

    Args:
        identity: Who it is.
            credentials: The key that belongs to the CompID.
        clock: Time source.
        store: What it remembers.
    """

    def __init__(self, identity: Identity, credentials: Credentials, clock: Clock, store: Store) -> None:
        self.identity = identity
        self.credentials = credentials
        self.store = store
        self.line: Line | None = None
        self._clock = clock

    def send(self, kind: str, body: tuple[Field, ...]) -> None:
        """Send a new message, or keep it for later."""
        now = self._clock.now_ns()
        seq = self.store.number(kind, body, now)
        if self.line is not None:
            self.line.write(encode(kind, self._head(seq, now), body), kind)

    def send_unnumbered(self, kind: str, body: tuple[Field, ...]) -> None:
        """Send a message that takes no number: the end of a logon that failed."""
        if self.line is not None:
            self.line.write(encode(kind, self._head(self.store.next_out, self._clock.now_ns()), body), kind)

    def replay(self, seq: int, sent: Sent) -> None:
        """Send a message again under its own number."""
        now = self._clock.now_ns()
        head = self._head(seq, now)
        head = (head[0], (43, "Y"), *head[1:], (122, utc(sent.ns)))
        if self.line is not None:
            self.line.write(encode(sent.kind, head, sent.body), sent.kind)

    def fill_gap(self, seq: int, following: int) -> None:
        """Tell that the numbers up to `following` carry nothing to repeat; takes no number (§1.7)."""
        now = self._clock.now_ns()
        head = (*self._head(seq, now), (43, "Y"), (122, utc(now)))
        if self.line is not None:
            self.line.write(encode("4", head, ((123, "Y"), (36, str(following)))), "4")

    def _head(self, seq: int, now: int) -> tuple[Field, ...]:
        return ((34, str(seq)), (49, self.identity.venue), (56, self.identity.client), (52, utc(now)))
