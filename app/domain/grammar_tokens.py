"""Tokens of the `:` language, the words it knows, and its error."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.errors import UsageError

MAX_TEXT: Final = 4000
"""Longest command line that is read."""

SIGNS: Final = "$%@#+-;:&="
RANGE: Final = ".."
_CHUNK: Final = re.compile(r"(?:[A-Za-z0-9_/]|\.(?!\.))+")
_NUMBER: Final = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)\Z")

BUY_WORDS: Final = ("buy", "b")
SELL_WORDS: Final = ("sell", "s")
VERBS: Final = (
    *("buy", "sell", "cancel", "amend", "edit", "scale", "twap", "chase", "bracket", "batch", "close", "flatten"),
    *(
        "reverse",
        "pause",
        "resume",
        "stop",
        "why",
        "limits",
        "override",
        "transport",
        "alias",
        "kill",
        "release",
        "arm",
        "disarm",
    ),
    *("transport", "help", "symbol", "quit"),
)
FLAG_WORDS: Final = ("post", "ioc", "fok", "gtc", "market", "take", "reduce", "settle", "validate")
FIELD_WORDS: Final = (
    *("iceberg", "gtd", "lev", "stop", "tp", "trail", "last", "index"),
    *("stp", "fee", "deadline", "start", "then"),
)
"""Words of an order that take a value after them."""

ORDER_WORDS: Final = (*FLAG_WORDS, *FIELD_WORDS)
SIZE_WORDS: Final = ("max", "size", "risk")
PRICE_WORDS: Final = ("bid", "ask", "mid", "last")
CHANGE_WORDS: Final = ("display", "trigger", "trail", "post")
SCOPE_WORDS: Final = ("all", "bids", "asks", "session", "everything")
TOPICS: Final = (*VERBS, "price", "size", "time", "flags", "then", "chain")
RESERVED: Final = frozenset(
    {*VERBS, *BUY_WORDS, *SELL_WORDS, *ORDER_WORDS, *SIZE_WORDS, *PRICE_WORDS, *CHANGE_WORDS, *SCOPE_WORDS, "exit"}
)
"""Words that no alias may take."""

# Kraken's own old names of two assets.
ASSET_ALIASES: Final = {"XBT": "BTC", "XDG": "DOGE"}


class GrammarError(UsageError):
    """A command line that cannot be understood.

    Attributes:
        position: Index of the character where it goes wrong.
        message: What is wrong.
        suggestion: What to type instead; may be empty.
    """

    def __init__(self, position: int, message: str, suggestion: str = "") -> None:
        super().__init__(message, suggestion)
        self.position = position
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text: a word or number, one of `SIGNS`, or `..`; empty at the end.

    Attributes:
        text: As typed.
        start: Index of its first character.
        glued: Whether it follows the one before without a blank.
    """

    text: str
    start: int
    glued: bool

    @property
    def end(self) -> int:
        """Index after its last character."""
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        """The text in lower case, for comparing with words of the language."""
        return self.text.lower()

    @property
    def is_number(self) -> bool:
        """Whether it is a plain number without sign or unit."""
        return _NUMBER.match(self.text) is not None

    @property
    def is_symbol(self) -> bool:
        """Whether it has the form of a pair."""
        base, slash, quote = self.text.partition("/")
        return bool(base and slash and quote) and "/" not in quote

    @property
    def is_end(self) -> bool:
        """Whether a statement ends here."""
        return self.text in {"", ";", "&"}


def tokenize(text: str) -> list[Token]:
    """Cut a command line into tokens; the last one is empty.

    Raises:
        GrammarError: The text is too long or has a character that means nothing.
    """
    if len(text) > MAX_TEXT:
        raise GrammarError(MAX_TEXT, f"the line is longer than {MAX_TEXT} characters", "split it")
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        glued = bool(tokens) and tokens[-1].end == at
        chunk = _CHUNK.match(text, at)
        if chunk:
            piece = chunk.group()
        elif text.startswith(RANGE, at):
            piece = RANGE
        elif text[at] in SIGNS:
            piece = text[at]
        else:
            hint = "numbers have no thousands separators" if text[at] == "," else ""
            raise GrammarError(at, f"{text[at]!r} means nothing here", hint)
        tokens.append(Token(piece, at, glued))
        at += len(piece)
    tokens.append(Token("", len(text), False))
    return tokens


def nearest(word: str, words: Iterable[str]) -> str:
    """Return a suggestion of the most similar word, empty if none is near."""
    found = difflib.get_close_matches(word.lower(), list(words), n=1, cutoff=0.5)
    return f"did you mean `{found[0]}`?" if found else ""
