"""Text at the last edge before the terminal: cleaned, measured and fitted.

Venue text is cleaned at the network edge already; a second, cheap pass here
makes a control byte on the terminal impossible whatever the path was
(`faults.md` §1, finding 1).
"""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len, set_cell_size

ELLIPSIS = "…"
MAX_TEXT = 400
"""Characters kept of one text; no pane is wider."""

_SAFE_ASCII = frozenset(map(chr, range(0x20, 0x7F)))
_BANNED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me", "Mc"})


def clean(text: str) -> str:
    """Strip everything that could steer a terminal or shift a column.

    Args:
        text: Any text.

    Returns:
        The text without control, format, bidi, combining and unassigned
        characters, at most `MAX_TEXT` long. Line ends and tabs become spaces.
    """
    if text.isascii() and text.isprintable():
        return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + ELLIPSIS
    kept = []
    for char in text[: MAX_TEXT * 4]:
        if char in _SAFE_ASCII:
            kept.append(char)
        elif char in "\t\n\r":
            kept.append(" ")
        elif unicodedata.category(char) not in _BANNED:
            kept.append(" " if char.isspace() else char)
    cleaned = "".join(kept)
    return cleaned if len(cleaned) <= MAX_TEXT else cleaned[: MAX_TEXT - 1] + ELLIPSIS


def width_of(text: str) -> int:
    """Return how many cells a cleaned text covers."""
    return len(text) if text.isascii() else cell_len(text)


def set_width(text: str, width: int) -> str:
    """Cut or pad a cleaned text to a width, without an ellipsis."""
    if text.isascii():
        return text[:width].ljust(width)
    return set_cell_size(text, width)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Pad a cleaned text to a width, or shorten it with an ellipsis.

    Args:
        text: Cleaned text, words rather than numbers: a number must never
            lose digits, so give it a column that is wide enough.
        width: Cells to fill; 0 or less gives an empty text.
        right: Align to the right.

    Returns:
        Text of exactly `width` cells.
    """
    if width <= 0:
        return ""
    have = width_of(text)
    if have > width:
        return set_cell_size(text, width - 1) + ELLIPSIS
    pad = " " * (width - have)
    return pad + text if right else text + pad


def wrap(text: str, width: int, most: int) -> list[str]:
    """Break a cleaned text into lines at spaces.

    Args:
        text: Cleaned text.
        width: Cells of a line.
        most: Most lines; the last one ends in an ellipsis if there is more.

    Returns:
        The lines, without padding; empty if there is no room or no text.
    """
    if width <= 0 or most <= 0:
        return []
    lines: list[str] = []
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if width_of(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        line = word
    if line:
        lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], _shortened(lines[most - 1], width)]
    return [item if width_of(item) <= width else fit(item, width).rstrip() for item in lines]


def _shortened(text: str, width: int) -> str:
    """End a line with an ellipsis after a whole word, so that no number is cut."""
    words = text.split()
    while len(words) > 1 and width_of(" ".join(words)) + 2 > width:
        words.pop()
    return f"{' '.join(words)} {ELLIPSIS}"
