"""How the gateway treats logons: as Kraken's, or as session test suites want it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from app.venue.core.api import Credentials
from app.venue.fix.message import Message
from app.venue.fix.service import Identity


class Directory(Protocol):
    """Knows the clients."""

    def owner(self, identity: Identity) -> Credentials | None:
        """The key behind the CompIDs of a logon; None when they are not known."""
        ...

    def signed(self, identity: Identity, key: Credentials, logon: Message) -> bool:
        """Whether a Logon of a known client may pass; uses its nonce up."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What depends on the mode of the gateway.

    Attributes:
        reset_on_logon: Whether every logon starts both numbers at 1.
        says_why: Whether an invalid logon is told why before the line closes.
    """

    reset_on_logon: bool = False
    says_why: bool = True


KRAKEN: Final = Rules()
TEST_SUITE: Final = Rules(reset_on_logon=True, says_why=False)


class OneClient:
    """A directory of one pair of CompIDs without any password; for session test suites.

    Args:
        client: The tester's CompID.
        venue: Ours.
    """

    def __init__(self, client: str, venue: str) -> None:
        self._pair = (client, venue)
        self._key = Credentials("test", "", "", "", ())

    def owner(self, identity: Identity) -> Credentials | None:
        """The same nobody for the right CompIDs."""
        return self._key if (identity.client, identity.venue) == self._pair else None

    def signed(self, identity: Identity, key: Credentials, logon: Message) -> bool:
        """Everybody passes."""
        return True
