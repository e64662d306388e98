"""Completion of the `:` language: what may come at the cursor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from app.domain.grammar_tokens import (
    BUY_WORDS,
    FLAG_WORDS,
    PRICE_WORDS,
    SCOPE_WORDS,
    SELL_WORDS,
    SIZE_WORDS,
    TOPICS,
    VERBS,
)

MAX_CANDIDATES: Final = 20
_LAST_WORD: Final = re.compile(r"[A-Za-z0-9._/#-]*\Z")
_EXCLUDES: Final = {
    "market": {"post", "ioc", "gtc", "take"},
    "take": {"post", "market"},
    "post": {"market", "take", "ioc"},
    "ioc": {"post", "market", "gtc"},
    "gtc": {"market", "ioc"},
}


def complete(text: str, cursor: int, symbols: Sequence[str] = (), rows: int = 0) -> list[str]:
    """Return candidates for the word that ends at the cursor.

    Args:
        text: The line.
        cursor: Index of the cursor in it.
        symbols: Names of the pairs, most wanted first.
        rows: Number of rows in the working orders pane.

    Returns:
        At most 20 whole words that could stand in place of the begun one.
    """
    before = text[:cursor].rpartition(";")[2]
    match = _LAST_WORD.search(before)
    begun = match.group() if match else ""
    done = before[: len(before) - len(begun)].lower().replace("@", " @ ").split()
    wanted = begun.lower()
    found = [word for word in _candidates(done, wanted, symbols, rows) if word.lower().startswith(wanted)]
    return found[:MAX_CANDIDATES]


def _candidates(done: list[str], begun: str, symbols: Sequence[str], rows: int) -> Iterable[str]:
    if not done:
        return VERBS
    verb, rest = done[0], done[1:]
    refs = [f"#{row}" for row in range(1, rows + 1)]
    if verb in {*BUY_WORDS, *SELL_WORDS}:
        return _order_candidates(rest, begun, symbols)
    if verb == "cancel":
        if not rest:
            return [*SCOPE_WORDS, *refs]
        return [] if rest[0] == "everything" or rest[0].startswith("#") or len(rest) > 1 else symbols
    if verb == "amend":
        if not rest:
            return refs
        return PRICE_WORDS if rest[-1] == "@" else ["@"]
    if verb == "symbol":
        return [] if rest else symbols
    return TOPICS if verb == "help" and not rest else ()


def _order_candidates(rest: list[str], begun: str, symbols: Sequence[str]) -> list[str]:
    if rest and rest[-1] == "@":
        return list(PRICE_WORDS)
    if not any(word[0].isdigit() or word[0] in "$." or word in SIZE_WORDS for word in rest):
        return [*SIZE_WORDS, *(symbols if begun else ())]
    flags = [word for word in rest if word in FLAG_WORDS]
    barred = set(flags).union(*(_EXCLUDES[flag] for flag in flags))
    found = [word for word in FLAG_WORDS if word not in barred]
    if "@" in rest:
        return [word for word in found if word != "market"]
    named = any("/" in word for word in rest)
    return [*([] if "market" in flags else ["@"]), *found, *([] if named else symbols)]
