"""What a FIX session tells its owner."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.protocol.fix.message import Message


class State(StrEnum):
    """State of a session, in the words that are shown."""

    DOWN = "down"
    LOGGING_ON = "logging on"
    FILLING = "filling a gap"
    UP = "up"
    LOGGING_OUT = "logging out"


class End(StrEnum):
    """Why a session is over, as far as it decides when to try again."""

    LOST = "lost"  # silence, a cut, a stall
    FAULT = "fault"  # the peer broke the protocol
    REFUSED = "refused"  # the logon was answered with a no
    TOO_LOW = "too low"  # numbers do not match: a person decides (`faults.md` P26)
    LOGGED_OUT = "logged out"


@dataclass(frozen=True, slots=True)
class LoggedOn:
    """The venue accepted the logon.

    Attributes:
        reset: Both sides count from 1 again.
    """

    reset: bool


@dataclass(frozen=True, slots=True)
class Received:
    """A message for the owner, in sequence, or an old one that is marked as sent again.

    Attributes:
        message: The message.
        seq: Its number.
    """

    message: Message
    seq: int


@dataclass(frozen=True, slots=True)
class Echo:
    """A test request of ours was answered: what went out before it has been read."""

    name: str


@dataclass(frozen=True, slots=True)
class GapFound:
    """Inbound numbers are missing and were asked for again."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class GapRepaired:
    """All of them came or were declared empty."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class NotResent:
    """The venue asked for these numbers of ours again and was told to pass over them: it will not act on them."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class GarbledBytes:
    """Something unreadable was passed over; it does not count in the sequence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth a line; severity is info, good, warn or bad."""

    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The session is over: write what is still to go out, then close the socket."""

    kind: End
    text: str


Event = LoggedOn | Received | Echo | GapFound | GapRepaired | NotResent | GarbledBytes | Notice | Ended
