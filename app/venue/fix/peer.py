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

    def resend(self, begin: int, end: int) -> None:
        """Answer a ResendRequest: replay application messages, gap-fill the rest (§1.7, case 8).

        Args:
            begin: First number.
            end: Last number; 0 for all.
        """
        last = self.store.next_out - 1
        for seq, following, sent in list(self.store.replay(max(1, begin), min(end or last, last))):
            if sent is None:
                self._fill_gap(seq, following)
            else:
                self._replay(seq, sent)

    def _replay(self, seq: int, sent: Sent) -> None:
        now = self._clock.now_ns()
        number, *rest = self._head(seq, now)
        head = (number, (43, "Y"), *rest, (122, utc(sent.ns)))
        if self.line is not None:
            self.line.write(encode(sent.kind, head, sent.body), sent.kind)

    def _fill_gap(self, seq: int, following: int) -> None:
        """Tell that the numbers up to `following` carry nothing to repeat; takes no number."""
        now = self._clock.now_ns()
        head = (*self._head(seq, now), (43, "Y"), (122, utc(now)))
        if self.line is not None:
            self.line.write(encode("4", head, ((123, "Y"), (36, str(following)))), "4")

    def _head(self, seq: int, now: int) -> tuple[Field, ...]:
        return ((34, str(seq)), (49, self.identity.venue), (56, self.identity.client), (52, utc(now)))
