"""The signature in a Logon (`fix.md` §1.5)."""

from __future__ import annotations

import base64
import hashlib
import hmac

from app.protocol.fix.tags import SOH


def password(secret_b64: str, seq: int, sender: str, target: str, api_key: str, nonce: str) -> str:
    """Compute Password (554).

    Args:
        secret_b64: Secret of the key, base64.
        seq: MsgSeqNum of the Logon.
        sender: SenderCompID.
        target: TargetCompID, which differs between spot and derivatives.
        api_key: Username (553).
        nonce: Nonce (5025), milliseconds since the epoch.

    Raises:
        ValueError: The secret is no base64.
    """
    signed = f"35=A{SOH}34={seq}{SOH}49={sender}{SOH}56={target}{SOH}553={api_key}{SOH}{nonce}"
    digest = hashlib.sha256(signed.encode()).digest()
    mac = hmac.new(base64.b64decode(secret_b64, validate=True), digest, hashlib.sha512)
    return base64.b64encode(mac.digest()).decode()
