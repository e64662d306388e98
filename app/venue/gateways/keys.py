"""Practice keys: signatures, nonces, REST counters and WebSocket tokens (`rest.md` §1, §7.1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.clock import NS_PER_S, Clock
from app.venue.core.api import Credentials, VenueReject
from app.venue.wire import policies

NONCE_LIMIT = 1 << 64
NONCE_DIGITS = 20
_HUNDREDTHS = 100


def sign(secret: str, path: str, nonce: str, body: bytes) -> str:
    """Compute `API-Sign` (`rest.md` §1.1).

    Args:
        secret: Base64 secret.
        path: URI path, from `/0/private/`.
        nonce: Nonce text as it stands in the body.
        body: Exact bytes of the body.
    """
    digest = hashlib.sha256(nonce.encode() + body).digest()
    mac = hmac.new(base64.b64decode(secret), path.encode() + digest, hashlib.sha512)
    return base64.b64encode(mac.digest()).decode()


@dataclass(slots=True)
class Key:
    """One practice key with what the venue remembers of its use.

    Attributes:
        credentials: The key itself.
        nonce: Highest accepted.
        counter: REST counter in hundredths, as of `counter_ns`.
        counter_ns: Monotonic time of the counter.
        strikes: Invalid nonces in a row.
        locked_until: Monotonic time of the end of a lockout.
        used_ns: Wall time of the last use.
    """

    credentials: Credentials
    nonce: int = 0
    counter: int = 0
    counter_ns: int = 0
    strikes: int = 0
    locked_until: int = 0
    used_ns: int = 0

    def may(self, *permissions: str) -> bool:
        """Whether the key has at least one of the permissions."""
        return any(permission in self.credentials.permissions for permission in permissions)


@dataclass(slots=True, eq=False)
class SessionToken:
    """A WebSocket token: lives 900 s, or as long as a connection holds it."""

    text: str = field(repr=False)
    key: Key
    issued_ns: int
    holders: int = 0
    revoked: bool = False


class KeyRing:
    """All practice keys of the venue.

    Args:
        credentials: The keys.
        clock: Time source.
        tier_of: Tier of an account: `starter`, `intermediate` or `pro`.
    """

    def __init__(self, credentials: Iterable[Credentials], clock: Clock, tier_of: Callable[[str], str]) -> None:
        self._clock = clock
        self._tier_of = tier_of
        self._keys = {item.api_key: Key(item) for item in credentials}
        self._tokens: dict[str, SessionToken] = {}

    def authenticate(self, *, api_key: str, signature: str, path: str, nonce: str, body: bytes) -> Key:
        """Check key, signature and nonce, in this order.

        Raises:
            VenueReject: `EAPI:Invalid key`, `EAPI:Invalid signature`,
                `EAPI:Invalid nonce` or `EGeneral:Temporary lockout`.
        """
        key = self._keys.get(api_key)
        if key is None:
            raise VenueReject("EAPI:Invalid key")
        now = self._clock.mono_ns()
        if now < key.locked_until:
            raise VenueReject("EGeneral:Temporary lockout")
        try:
            base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError):
            raise VenueReject("EAPI:Invalid signature") from None
        expected = sign(key.credentials.api_secret, path, nonce, body)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise VenueReject("EAPI:Invalid signature")
        if (
            not (nonce.isascii() and nonce.isdigit() and len(nonce) <= NONCE_DIGITS)
            or not key.nonce < int(nonce) < NONCE_LIMIT
        ):
            key.strikes += 1
            if key.strikes >= policies.NONCE_STRIKES:
                key.strikes, key.locked_until = 0, now + policies.LOCKOUT_S * NS_PER_S
            raise VenueReject("EAPI:Invalid nonce")
        key.nonce, key.strikes, key.used_ns = int(nonce), 0, self._clock.now_ns()
        return key

    def charge(self, key: Key, method: str) -> None:
        """Add a call to the key's REST counter.

        Raises:
            VenueReject: `EAPI:Rate limit exceeded`.
        """
        now = self._clock.mono_ns()
        maximum, decay = policies.REST_COUNTER[self._tier_of(key.credentials.account_id)]
        decayed = max(0, key.counter - (now - key.counter_ns) * decay // NS_PER_S)
        cost = policies.REST_COST.get(method, 1) * _HUNDREDTHS
        key.counter, key.counter_ns = decayed, now
        if cost and decayed + cost > maximum * _HUNDREDTHS:
            raise VenueReject("EAPI:Rate limit exceeded")
        key.counter += cost

    def issue_token(self, key: Key) -> str:
        """Make a WebSocket token; forgets those that died."""
        for text in [text for text, token in self._tokens.items() if not self._valid(token)]:
            del self._tokens[text]
        text = base64.b64encode(secrets.token_bytes(policies.TOKEN_TEXT_BYTES)).decode().rstrip("=")
        self._tokens[text] = SessionToken(text, key, self._clock.mono_ns())
        return text

    def token(self, text: str) -> SessionToken | None:
        """The token if it is valid now."""
        token = self._tokens.get(text)
        return token if token is not None and self._valid(token) else None

    def _valid(self, token: SessionToken) -> bool:
        if token.revoked:
            return False
        return token.holders > 0 or self._clock.mono_ns() - token.issued_ns < policies.TOKEN_TTL_S * NS_PER_S

    def expire_tokens(self) -> int:
        """Make every token invalid at once; returns how many there were."""
        count = sum(1 for token in self._tokens.values() if self._valid(token))
        for token in self._tokens.values():
            token.revoked = True
        self._tokens.clear()
        return count

    @property
    def token_count(self) -> int:
        """Tokens that are valid now."""
        return sum(1 for token in self._tokens.values() if self._valid(token))
