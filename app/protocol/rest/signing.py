"""Signature of private REST calls (`rest.md` §1.1)."""

from __future__ import annotations

import base64
import hashlib
import hmac


def sign(secret_b64: str, path: str, nonce: str, body: bytes) -> str:
    """Compute `API-Sign`.

    Args:
        secret_b64: Secret of the key, base64.
        path: From `/0/private/…`, without host and query.
        nonce: As it stands in the body.
        body: The exact bytes of the HTTP body.

    Returns:
        The header's value.

    Raises:
        ValueError: The secret is no base64.
    """
    digest = hashlib.sha256(nonce.encode() + body).digest()
    mac = hmac.new(base64.b64decode(secret_b64, validate=True), path.encode() + digest, hashlib.sha512)
    return base64.b64encode(mac.digest()).decode()
