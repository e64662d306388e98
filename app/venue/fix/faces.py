"""What a session rests on and what rests on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from app.clock import Clock
from app.venue.fix.message import Message
from app.venue.fix.peer import Peer
from app.venue.fix.refusal import Refusal

if TYPE_CHECKING:
    from app.venue.fix.session import Session


class Wire(Protocol):
    """The bytes below a session."""

    def write(self, data: bytes, kind: str) -> None:
        """Send one encoded message."""
        ...

    def close(self) -> None:
        """Send what is written and no more; the peer is to close."""
        ...

    def abort(self) -> None:
        """End the connection at once."""
        ...


class Application(Protocol):
    """What lies above a session."""

    def check(self, message: Message) -> Refusal | None:
        """Field-level validation of any message; None when it is in order."""
        ...

    def logged_on(self, session: Session, logon: Message) -> None:
        """A client has logged on."""
        ...

    def receive(self, session: Session, message: Message) -> None:
        """Take one application message, in sequence."""
        ...

    def ended(self, session: Session, *, clean: bool) -> None:
        """The connection of a client that was logged on is over."""
        ...


class Gate(Protocol):
    """Decides who may log on."""

    clock: Clock

    def admit(self, session: Session, logon: Message) -> Peer | None:
        """Return the client of a valid logon; None when it was dropped or told off."""
        ...

    def recheck(self, peer: Peer, logon: Message) -> str:
        """Why a Logon within a session is refused, or empty."""
        ...
