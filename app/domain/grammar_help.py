"""The words of the `:` language with what each means, section by section.

The words, the values that may follow them and what they rule out come from
the tables that the parser and the completion use; only the meanings are here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.domain.grammar_complete import HELPER_WORDS, VALUES
from app.domain.grammar_tokens import CHANGE_WORDS, FIELD_WORDS, FLAG_WORDS, PRICE_WORDS, SCOPE_WORDS, SIZE_WORDS, VERBS
from app.domain.grammar_words import EXCLUDES
from app.domain.risk_values import OVERRIDABLE

_VERBS: Final = {
    "buy": "buy SIZE [@ PRICE] and the words of an order, in any order",
    "sell": "the same; b and s are short for both",
    "cancel": "cancel #2, #2 #3, #2 family, or a scope; [PAIR] after the scope",
    "amend": "amend #2 [SIZE] [@ PRICE]: in place, keeps fills and maybe its place",
    "edit": "edit #2 …: cancels and places anew; only orders without a client id",
    "scale": "scale buy 5x0.2 64000..63500: a ladder of orders",
    "twap": "twap buy 1 over 10m every 30s: slices over time",
    "chase": "chase buy 0.5 limit 64300 for 5m: post-only, follows the touch",
    "bracket": "bracket #2 tp 65000 stop 63000: paired exits for its fills",
    "batch": "batch buy 0.1 @ bid & sell 0.1 @ ask: 2 to 15 in one message",
    "close": "close the position of a pair, at the market",
    "flatten": "close all of them",
    "reverse": "turn the position of a pair round",
    "pause": "pause H1 or all",
    "resume": "resume H1 or all",
    "stop": "stop H1 or all; their working orders are cancelled",
    "why": "the story of order #2",
    "limits": "the limits of the risk gate and what is used of them",
    "override": "let the next order pass one of our limits, [for N] orders",
    "transport": "transport ws, fix or rest: the way that new orders go from now on",
    "alias": "alias x = close: x stands for it; alias x = forgets it",
    "kill": "cancel everything, refuse new orders",
    "release": "let orders out again after a kill",
    "arm": "let the money keys act",
    "disarm": "and no longer",
    "help": "this page",
    "symbol": "show another pair",
    "quit": "end the session",
}
_SIZES: Final = {
    "max": "all that funds and limits allow",
    "size": "says that the number after it is the size: size 64000",
    "risk": "risk $100 with a stop: sized by what the stop would lose",
}
_PRICES: Final = {
    "bid": "best bid; bid+2t, bid-1%, bid-5 are relative to it",
    "ask": "best ask",
    "mid": "middle of the spread",
    "last": "last trade",
}
_FLAGS: Final = {
    "post": "rest or be refused, never take",
    "ioc": "fill now what can be, cancel the rest",
    "fok": "fill all of it now or nothing",
    "gtc": "rest until cancelled; so it is without a word",
    "market": "trade now at any price",
    "take": "trade now, at the far touch and no worse",
    "reduce": "only make a position smaller",
    "settle": "settle a margin position without trading",
    "validate": "have the venue check it, and place nothing",
}
_FIELDS: Final = {
    "iceberg": "iceberg 0.05: show this much at a time",
    "gtd": "good for so long, or until a time",
    "lev": "on margin, with this leverage",
    "stop": "waits for the market to go against it: stop 63000",
    "tp": "waits for the market to go its way: tp 65000",
    "trail": "a stop that follows the market at a distance",
    "last": "the trigger watches the last price: last stop 63000",
    "index": "the trigger watches the index price",
    "stp": "self-trade prevention: which of both orders goes",
    "fee": "asset that the fee is taken from",
    "deadline": "not to be matched any later than so long after sending",
    "start": "goes live after so long, or at a time",
    "then": "each fill places a close: then stop 63000, then sell tp 65000",
}
_CHANGES: Final = {
    "display": "new slice of an iceberg",
    "trigger": "new trigger price",
    "trail": "new distance",
    "post": "the new price must not take",
}
_SCOPES: Final = {
    "all": "orders of this pair",
    "bids": "its buys",
    "asks": "its sells",
    "session": "orders that were placed here, on all pairs",
    "everything": "all orders of the account",
}
_HELPERS: Final = {
    "over": "how long in all",
    "every": "how often",
    "limit": "no worse than this price",
    "for": "gives up after so long",
}


@dataclass(frozen=True, slots=True)
class WordHelp:
    """One word of the language.

    Attributes:
        word: As typed.
        means: What it does.
        values: Examples of what may follow it.
        excludes: Words that it rules out.
    """

    word: str
    means: str
    values: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


def _section(words: tuple[str, ...], meanings: dict[str, str], *, values: bool = True) -> tuple[WordHelp, ...]:
    return tuple(
        WordHelp(word, meanings[word], VALUES.get(word, ()) if values else (), tuple(sorted(EXCLUDES.get(word, ()))))
        for word in words
    )


def word_help() -> tuple[tuple[str, tuple[WordHelp, ...]], ...]:
    """Return all words of the language: heading and words of each section."""
    helpers = tuple(dict.fromkeys(word for words in HELPER_WORDS.values() for word in words))
    own = tuple(word for word in helpers if word not in (*FLAG_WORDS, *FIELD_WORDS))
    limits = tuple(WordHelp(name, "") for name in sorted(OVERRIDABLE))
    return (
        ("a line begins with", _section(VERBS, _VERBS, values=False)),
        ("sizes, beside 0.5, $200 and 25%", _section(SIZE_WORDS, _SIZES, values=False)),
        ("prices after @, beside 64200", _section(PRICE_WORDS, _PRICES, values=False)),
        ("words of an order", _section(FLAG_WORDS, _FLAGS)),
        ("words of an order with a value", _section(FIELD_WORDS, _FIELDS)),
        ("words of a change", _section(CHANGE_WORDS, _CHANGES, values=False)),
        ("scopes of cancel", _section(SCOPE_WORDS, _SCOPES, values=False)),
        ("words of helpers", _section(own, _HELPERS)),
        ("limits that override lets pass", limits),
    )
