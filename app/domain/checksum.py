"""Number characters, as Kraken's book checksum wants them (`ws-v2.md` §5, §6.6).

The checksum is a CRC-32 over the digits that the venue printed: decimal point
and leading zeros removed, padded to the instrument's decimals. Numbers are
therefore kept as *digits* beside their exact value.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.book_values import BookFault
from app.domain.instrument import UNIT_DP, parse_number, plain, to_units

TOP_LEVELS = 10
"""Levels a side that the checksum covers, whatever the depth."""

MAX_TOKEN = 40
"""Longest number token that is taken for a number."""

VERBATIM = -1
"""Decimals of a number whose characters are used as they came."""


class OddDigits(bytes):
    """Digits that are not at the book's usual number of decimals.

    Attributes:
        units: The exact value, which such digits alone do not tell.
    """

    units: int


def decimals(token: bytes) -> int:
    """Return how many decimals a number token prints, `1e-05` written out."""
    if b"e" in token or b"E" in token:
        token = _fixed(token).encode("ascii")
    return len(token.partition(b".")[2])


def candidate_decimals(given: int | None, tokens: Iterable[bytes]) -> list[int]:
    """Return the decimals that a snapshot's numbers may have, likeliest first.

    Without an instrument the characters decide: the decimals that all numbers
    print; if they differ, either each is meant as printed or the source
    stripped zeros and the longest number shows the decimals.

    Args:
        given: The instrument's decimals, if known.
        tokens: Number tokens of one kind, all prices or all quantities.

    Raises:
        BookFault: A token is no number.
    """
    if given is not None:
        return [given]
    seen = {decimals(token) for token in tokens}
    widest = min(max(seen, default=VERBATIM), UNIT_DP)
    return [widest] if len(seen) == 1 else [VERBATIM, widest]


def read_number(token: bytes, dp: int) -> tuple[bytes, int]:
    """Read any number token the slow, forgiving way.

    Args:
        token: The wire's characters; exponents and missing zeros are fine.
        dp: Decimals to pad to; `VERBATIM` pads nothing. More decimals than
            that are kept, never rounded.

    Returns:
        The checksum's digits (empty for zero) and the value in units.

    Raises:
        BookFault: It is no number of at least zero.
    """
    try:
        text = _fixed(token)
        units = to_units(parse_number(text))
    except ValueError as error:
        raise BookFault(f"bad number: {error}") from None
    if units < 0 or text.startswith("-"):
        raise BookFault(f"negative number {text}")
    whole, _, fraction = text.partition(".")
    return (whole + fraction.ljust(dp, "0")).lstrip("0").encode("ascii"), units


def odd_digits(token: bytes, dp: int) -> OddDigits:
    """Read a token that is not printed at the usual decimals; see `read_number`."""
    digits, units = read_number(token, dp)
    odd = OddDigits(digits)
    odd.units = units
    return odd


def _fixed(token: bytes) -> str:
    """Return the token as fixed-point text."""
    if len(token) > MAX_TOKEN:
        raise BookFault(f"a number of {len(token)} characters")
    text = token.decode("ascii", "replace")
    if not text[:1].isdigit():
        raise BookFault(f"{text!r} is not a number of at least zero")
    if "e" not in text and "E" not in text:
        return text
    try:
        return plain(parse_number(text))
    except ValueError as error:
        raise BookFault(f"bad number: {error}") from None
