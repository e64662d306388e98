"""Who may log on: CompIDs, signatures and nonces (`fix.md` §1.4, §1.5)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

from app.clock import NS_PER_MS, Clock
from app.venue.core.api import Credentials
from app.venue.fix import policies
from app.venue.fix.message import Message
from app.venue.fix.service import Identity, sender_comp_id


def password(secret: str, message: Message) -> str:
    """Compute what 554 of a Logon must be.

    Args:
        secret: Base64 secret of the key.
        message: The Logon; its 34, 49, 56, 553 and 5025 are signed.
    """
    signed = "".join(f"{tag}={message[tag]}\x01" for tag in (35, 34, 49, 56, 553)) + message[5025]
    digest = hashlib.sha256(signed.encode("latin-1")).digest()
    mac = hmac.new(base64.b64decode(secret), digest, hashlib.sha512)
    return base64.b64encode(mac.digest()).decode()


class Registry:
    """CompIDs of the practice keys, and the nonces that were used.

    Args:
        credentials: The keys.
        clock: Time source.
    """

    def __init__(self, credentials: Iterable[Credentials], clock: Clock) -> None:
        self._clock = clock
        self._nonces: dict[str, int] = {}
        self._by_comp_id: dict[str, Credentials] = {}
        for key in credentials:
            for derivatives in (False, True):
                self._by_comp_id[sender_comp_id(key.name, derivatives=derivatives)] = key

    def owner(self, identity: Identity) -> Credentials | None:
        """The key behind the CompIDs of a logon; None when they are not known."""
        service = identity.service
        key = self._by_comp_id.get(identity.client)
        if key is None or identity.client != sender_comp_id(key.name, derivatives=service.derivatives):
            return None
        return key if identity.venue == service.comp_id else None

    def signed(self, identity: Identity, key: Credentials, logon: Message) -> bool:
        """Whether a Logon carries the key, a valid signature and a fresh nonce; market data needs none of them."""
        if not identity.service.trades:
            return True
        expected = password(key.api_secret, logon)
        genuine = hmac.compare_digest(expected.encode(), logon[554].encode("latin-1"))
        nonce = logon[5025]
        if logon[553] != key.api_key or not genuine or not (nonce.isascii() and nonce.isdigit()):
            return False
        if abs(self._clock.now_ns() // NS_PER_MS - int(nonce)) > policies.NONCE_MS:
            return False
        if int(nonce) <= self._nonces.get(key.api_key, 0):
            return False
        self._nonces[key.api_key] = int(nonce)
        return True
