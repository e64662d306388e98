"""Completion of the `:` language: what may come at the cursor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from app.domain.grammar_tokens import (
    BUY_WORDS,
    ORDER_WORDS,
    PRICE_WORDS,
    SCOPE_WORDS,
    SELL_WORDS,
    SIZE_WORDS,
    TOPICS,
    VERBS,
)
from app.domain.grammar_words import EXCLUDES
from app.domain.order_terms import TRANSPORTS
from app.domain.risk_values import OVERRIDABLE

MAX_CANDIDATES: Final = 20
_LAST_WORD: Final = re.compile(r"[A-Za-z0-9._/#-]*\Z")
_SIDES: Final = ("buy", "sell")
_MAKERS: Final = ("scale", "twap", "chase", "batch")
VALUES: Final[dict[str, tuple[str, ...]]] = {
    "@": PRICE_WORDS,
    "stp": ("newest", "oldest", "both"),
    "fee": ("base", "quote"),
    "last": ("stop", "tp", "trail"),
    "index": ("stop", "tp", "trail"),
    "gtd": ("15m", "1h", "1d"),
    "start": ("30s", "5m", "1h"),
    "deadline": ("2s", "5s", "30s"),
    "trail": ("0.5%", "1%", "2%"),
    "lev": ("2", "3", "5"),
    "over": ("5m", "10m", "1h"),
    "every": ("15s", "30s", "1m"),
    "for": ("1m", "5m", "15m"),
    "iceberg": (),
    "stop": PRICE_WORDS,
    "tp": PRICE_WORDS,
    "trigger": PRICE_WORDS,
    "limit": PRICE_WORDS,
    "display": (),
    "of": ("position",),
}
"""What may follow a word that takes a value."""

HELPER_WORDS: Final = {
    "scale": ("post", "gtd", "reduce", "iceberg", "lev", "stp"),
    "twap": ("over", "every", "limit", "take", "reduce", "lev", "stp"),
    "chase": ("limit", "for", "reduce", "lev", "stp"),
}
"""What the line of each helper may hold."""


def complete(
    text: str, cursor: int, symbols: Sequence[str] = (), rows: int = 0, aliases: Iterable[str] = ()
) -> list[str]:
    """Return candidates for the word that ends at the cursor.

    Args:
        text: The line.
        cursor: Index of the cursor in it.
        symbols: Names of the pairs, most wanted first.
        rows: Number of rows in the working orders pane.
        aliases: Names of aliases.

    Returns:
        At most 20 whole words that could stand in place of the begun one.
    """
    before = text[:cursor].rpartition(";")[2].rpartition("&")[2]
    match = _LAST_WORD.search(before)
    begun = match.group() if match else ""
    done = before[: len(before) - len(begun)].lower().replace("@", " @ ").split()
    wanted = begun.lower()
    starts = (*VERBS, *aliases) if "&" not in text[:cursor].rpartition(";")[2] else _SIDES
    found = starts if not done else _candidates(done, wanted, symbols, rows)
    return [word for word in found if word.lower().startswith(wanted)][:MAX_CANDIDATES]


def _candidates(done: list[str], begun: str, symbols: Sequence[str], rows: int) -> Iterable[str]:
    verb, rest = done[0], done[1:]
    refs = [f"#{row}" for row in range(1, rows + 1)]
    if verb in _MAKERS:
        return _maker_candidates(verb, rest, begun, symbols)
    if verb in {*BUY_WORDS, *SELL_WORDS}:
        return _order_candidates(rest, begun, symbols)
    if verb == "cancel":
        if not rest:
            return [*SCOPE_WORDS, *refs]
        if rest[0].startswith("#"):
            return [*(["family"] if len(rest) == 1 else []), *(ref for ref in refs if ref not in rest)]
        return [] if rest[0] in {"everything", "session"} or len(rest) > 1 else symbols
    if verb in {"amend", "edit", "bracket", "why"}:
        return _change_candidates(verb, rest, refs)
    if verb in {"symbol", "close", "reverse"}:
        return [] if rest else symbols
    if verb in {"pause", "resume", "stop"}:
        return [] if rest else ["all"]
    if verb == "override":
        return sorted(OVERRIDABLE) if not rest else (["for"] if len(rest) == 1 else [])
    if verb == "transport":
        return [] if rest else TRANSPORTS
    return TOPICS if verb == "help" and not rest else ()


def _change_candidates(verb: str, rest: list[str], refs: list[str]) -> Iterable[str]:
    if not rest:
        return refs
    if rest[-1] in VALUES:
        return VALUES[rest[-1]]
    if verb == "bracket":
        return [word for word in ("tp", "stop") if word not in rest]
    if verb == "why":
        return []
    words = ["@", "display", "trigger", *(["post"] if "@" in rest else [])]
    return [word for word in words if word not in rest]


def _maker_candidates(verb: str, rest: list[str], begun: str, symbols: Sequence[str]) -> Iterable[str]:
    if not rest:
        return _SIDES
    if verb == "batch":
        return _order_candidates(rest[1:], begun, symbols)
    if rest[-1] in VALUES:
        return VALUES[rest[-1]]
    if not any(word[0].isdigit() or word[0] in "$." or word in SIZE_WORDS for word in rest[1:]):
        return SIZE_WORDS
    named = any("/" in word for word in rest)
    return [*(word for word in HELPER_WORDS[verb] if word not in rest), *([] if named else symbols)]


def _order_candidates(rest: list[str], begun: str, symbols: Sequence[str]) -> Iterable[str]:
    if rest and rest[-1] in VALUES:
        return VALUES[rest[-1]]
    if "then" in rest:
        after = rest[len(rest) - rest[::-1].index("then") :]
        return ["@", "stop", "tp", "trail"] if not after or after[-1] in _SIDES else []
    if not any(word[0].isdigit() or word[0] in "$." or word in SIZE_WORDS for word in rest):
        return [*SIZE_WORDS, *(symbols if begun else ())]
    typed = [word for word in rest if word in ORDER_WORDS]
    barred = set(typed).union(*(EXCLUDES.get(word, frozenset()) for word in typed))
    if "@" in rest:
        barred |= {"@", "market", "settle"}
    if {"stop", "tp", "trail"} & set(typed):
        barred |= {"last", "index"}
    found = [word for word in ORDER_WORDS if word not in barred]
    named = any("/" in word for word in rest)
    return [*([] if {"market", "settle", "@"} & set(rest) else ["@"]), *found, *([] if named else symbols)]
