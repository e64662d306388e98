"""Nonces: strictly increasing per key, whatever the clock does (`rest.md` §1.2, `faults.md` P18)."""

from __future__ import annotations

MAX_NONCE = 2**64 - 1


def next_nonce(last: int, clock_us: int) -> int:
    """Return the nonce after `last`: the clock in microseconds, or one more than the last.

    Raises:
        ValueError: 64 bits are used up; only a new key helps.
    """
    nonce = max(clock_us, last + 1)
    if nonce > MAX_NONCE:
        raise ValueError("the nonces of this key are used up: make a new key")
    return nonce


def parse_nonce(text: str) -> int:
    """Read a stored nonce; an empty file is 0.

    Raises:
        ValueError: The text is no nonce.
    """
    body = text.strip()
    if not body:
        return 0
    if not body.isascii() or not body.isdigit() or int(body) > MAX_NONCE:
        raise ValueError("no nonce")
    return int(body)
