"""The practice accounts and their keys."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from decimal import Decimal

from app.domain.instrument import UNIT, to_units
from app.venue.core.accounts import Account
from app.venue.core.api import Credentials
from app.venue.core.ratelimit import INTERMEDIATE, PRO, STARTER, Tier

KEY_PREFIX = "qdpractice"
"""Practice keys start like this, so that a client can tell them from real ones."""

SECRET_BYTES = 64
_KEY_BODY_BYTES = 34

_QUERY_ONLY = ("query-funds", "query-open-trades", "query-closed-trades", "query-ledger", "create-ws-token")
_TRADING = (*_QUERY_ONLY[:3], "modify-trades", "close-trades", *_QUERY_ONLY[3:])

_ACCOUNTS: tuple[tuple[str, Tier, int, str], ...] = (
    (
        "practice",
        INTERMEDIATE,
        120_000,
        "USD=250000 EUR=100000 GBP=50000 USDT=100000 USDC=50000 BTC=5 ETH=60 SOL=800 XRP=50000 ADA=50000"
        " DOGE=200000 LTC=200 LINK=1500 DOT=3000 AVAX=500",
    ),
    ("second", PRO, 3_000_000, "USD=1000000 EUR=500000 USDT=250000 BTC=20 ETH=250 SOL=2000 XRP=100000 DOGE=500000"),
    ("poor", STARTER, 0, "USD=25.5000 BTC=0.0002"),
)
"""Name, tier, 30-day volume in USD, opening balances."""

_KEYS = (
    ("practice", "practice", _TRADING),
    ("second", "second", _TRADING),
    ("poor", "poor", _TRADING),
    ("viewer", "practice", _QUERY_ONLY),
)
"""Key name, account, permissions (`rest.md` §1.4); `viewer` may look but not trade."""


def practice_accounts() -> list[Account]:
    """Return the accounts with their opening balances."""
    accounts = []
    for name, tier, volume, funds in _ACCOUNTS:
        pairs = (entry.partition("=") for entry in funds.split())
        totals = {asset: to_units(Decimal(amount)) for asset, _, amount in pairs}
        accounts.append(Account(name, tier, totals, volume * UNIT))
    return accounts


def practice_keys(seed: str | None = None) -> list[Credentials]:
    """Return one set of practice keys.

    Args:
        seed: Makes the keys repeatable, for tests; without it they are random.

    Returns:
        Keys whose secrets are 64 bytes, 88 characters of padded base64.
    """
    source = _random_bytes if seed is None else _seeded_bytes(seed)
    return [
        Credentials(
            name=name,
            account_id=account_id,
            api_key=KEY_PREFIX + _letters(source(f"{name}/key")[:_KEY_BODY_BYTES]),
            api_secret=base64.b64encode(source(f"{name}/secret")).decode(),
            permissions=permissions,
        )
        for name, account_id, permissions in _KEYS
    ]


def _random_bytes(_label: str) -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def _seeded_bytes(seed: str) -> Callable[[str], bytes]:
    return lambda label: hashlib.sha512(f"{seed}/{label}".encode()).digest()


def _letters(data: bytes) -> str:
    return base64.b64encode(data, altchars=b"AZ").decode().rstrip("=")
