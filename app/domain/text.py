"""Cleaning text that came from outside, before anybody shows or logs it."""

from __future__ import annotations

import unicodedata

MAX_TEXT = 400

_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Make foreign text harmless to a terminal.

    Control characters (C0, C1, ESC), bidirectional and other format
    characters and surrogates are dropped; line breaks and tabs become
    blanks; the length is capped.

    Args:
        text: Anything.
        limit: Most characters to keep.

    Returns:
        One line of printable text.
    """
    if text.isascii() and text.isprintable():
        return text if len(text) <= limit else text[: limit - 1] + "…"
    spaced = text[: 4 * limit].replace("\n", " ").replace("\r", " ").replace("\t", " ")
    kept = "".join(char for char in spaced if unicodedata.category(char) not in _DROPPED)
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"
