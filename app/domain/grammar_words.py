"""What has been read of an order so far, and which words go together."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from app.domain.grammar_tokens import GrammarError, Token
from app.domain.instrument import plain
from app.domain.order import CloseDraft, Price, PriceRef, Size, Stp, When

LARGE_SIZE: Final = Decimal(100)
"""From here on a bare number in the place of a size may be a price."""

_LIKE_A_PRICE: Final = Decimal(2)  # within this factor of the price
_TRIGGERS: Final = ("stop", "tp", "trail")
_TIMES: Final = ("gtc", "gtd", "ioc", "fok")

# (one word, another, what to do) for words that contradict each other.
_PAIRS: Final = (
    ("market", "take", "`market` takes at any price, `take` at the far touch: keep one"),
    ("market", "post", "a market order cannot rest: drop one"),
    *(("market", word, "a market order needs no time in force: drop it") for word in _TIMES),
    ("market", "iceberg", "a market order shows nothing: drop one"),
    *(("market", word, f"`{word}` without `@` already trades at the market: drop `market`") for word in _TRIGGERS),
    ("take", "post", "`post` refuses to take: drop one"),
    ("take", "iceberg", "an iceberg rests: drop one"),
    *(("take", word, "a triggered order waits, `take` does not: drop one") for word in _TRIGGERS),
    ("ioc", "post", "`post` rests and `ioc` does not: drop one"),
    ("fok", "post", "`post` rests and `fok` does not: drop one"),
    ("ioc", "iceberg", "an iceberg rests and `ioc` does not: drop one"),
    ("fok", "iceberg", "an iceberg rests and `fok` does not: drop one"),
    *((word, other, "keep one") for at, word in enumerate(_TIMES) for other in _TIMES[at + 1 :]),
    *((word, other, "keep one") for at, word in enumerate(_TRIGGERS) for other in _TRIGGERS[at + 1 :]),
    *((word, "iceberg", "an iceberg has no trigger: drop one") for word in _TRIGGERS),
    ("last", "index", "a trigger watches one price: keep one"),
    *(
        ("settle", word, "settling has no price and no time: drop it")
        for word in ("market", "take", "post", "iceberg", "then", *_TRIGGERS, *_TIMES)
    ),
)
EXCLUDES: Final[dict[str, frozenset[str]]] = {
    word: frozenset(one if other == word else other for one, other, _ in _PAIRS if word in {one, other})
    for word in {word for pair in _PAIRS for word in pair[:2]}
}
"""Words that each word rules out, for completion."""


@dataclass(slots=True)
class OrderWords:
    """What has been read of an order so far.

    Attributes:
        size: The size.
        size_at: Where it stands.
        sure: Whether the size cannot be meant as a price.
        unit: The base asset's name after the size.
        symbol: The pair.
        price: The limit price.
        price_at: Where it stands.
        at: Where each word of the language stands.
        display: Slice of an iceberg.
        trigger: Price or distance after `stop`, `tp` or `trail`.
        expire: Time after `gtd`.
        start: Time after `start`.
        leverage: Number after `lev`.
        stp: Mode after `stp`.
        fee_in_base: Choice after `fee`.
        deadline_ms: Time after `deadline`.
        close: Everything after `then`.
    """

    size: Size | None = None
    size_at: int = 0
    sure: bool = False
    unit: Token | None = None
    symbol: str = ""
    price: Price | None = None
    price_at: int = 0
    at: dict[str, int] = field(default_factory=dict)
    display: Size | None = None
    trigger: Price | None = None
    expire: When | None = None
    start: When | None = None
    leverage: int = 0
    stp: Stp | None = None
    fee_in_base: bool | None = None
    deadline_ms: int = 0
    close: CloseDraft | None = None

    def has(self, word: str) -> bool:
        """Tell whether a word of the language was typed."""
        return word in self.at

    def note(self, token: Token) -> None:
        """Record a word.

        Raises:
            GrammarError: It was typed before.
        """
        if token.word in self.at:
            raise GrammarError(token.start, f"`{token.word}` a second time", "keep one")
        self.at[token.word] = token.start


def check_words(words: OrderWords) -> None:
    """Refuse words that contradict each other.

    Raises:
        GrammarError: At the later of the two.
    """
    for one, other, hint in _PAIRS:
        if one in words.at and other in words.at:
            raise GrammarError(max(words.at[one], words.at[other]), f"`{one}` and `{other}` exclude each other", hint)
    for word in ("last", "index"):
        if word in words.at and words.trigger is None:
            raise GrammarError(words.at[word] + len(word), f"`{word}` of what?", f"a trigger: `{word} stop PRICE`")


def check_size_is_no_price(words: OrderWords) -> None:
    """Refuse a bare large number in the place of the size that may be meant as the price.

    Raises:
        GrammarError: Naming both readings.
    """
    size, price = words.size, words.price if words.price is not None else words.trigger
    if size is None or words.sure or size.value < LARGE_SIZE:
        return
    number = plain(size.value)
    if price is None:
        likely = True
    elif price.ref is PriceRef.ABSOLUTE:
        likely = price.value / _LIKE_A_PRICE <= size.value <= price.value * _LIKE_A_PRICE
    else:
        likely = False
    if likely:
        raise GrammarError(
            words.size_at,
            f"{number} looks like a price where the size belongs",
            f"did you mean `@ {number}`? If it is the size, write `size {number}`",
        )
