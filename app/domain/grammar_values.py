"""Reading the parts of a statement: sizes, prices, distances, order references, pairs."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from decimal import Decimal
from enum import StrEnum
from typing import Final

from app.domain.grammar_tokens import ASSET_ALIASES, PRICE_WORDS, SIZE_WORDS, GrammarError, Token, nearest, tokenize
from app.domain.instrument import parse_number, plain
from app.domain.order import OffsetUnit, Price, PriceRef, Size, SizeUnit
from app.domain.statements import OrderRef

WHOLE: Final = Decimal(100)
"""All there is, in percent."""

_MIN_ID: Final = 6
_NEAR_PAIR: Final = 0.6  # similarity from which a pair is suggested


def asset_name(name: str) -> str:
    """Return the WS v2 name of an asset typed in any case or by its old name."""
    upper = name.upper()
    return ASSET_ALIASES.get(upper, upper)


class Own(StrEnum):
    """What an offset without a reference means at a place."""

    NONE = "none"  # nothing: it is refused
    FIELD = "field"  # an offset from the field's own price; zero is refused
    LIMIT = "limit"  # an offset from the trigger; zero is the trigger itself


class ValueParser:
    """A cursor over the tokens of a line that reads the values in it.

    Args:
        text: The line.
        default_symbol: The pair in view, empty if there is none.
        known: Names of all pairs, None to take any.
    """

    def __init__(self, text: str, default_symbol: str, known: Collection[str] | None) -> None:
        self._text = text
        self._tokens = tokenize(text)
        self._at = 0
        self._default = default_symbol
        self._known = None if known is None else {name.upper(): name for name in known}

    # Cursor

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        if token.text:
            self._at += 1
        return token

    def _accept(self, *words: str) -> bool:
        if self._now.word in words:
            self._at += 1
            return True
        return False

    def _accept_glued(self, word: str) -> bool:
        return self._now.glued and self._accept(word)

    def _starts_size(self) -> bool:
        return self._now.text == "$" or self._now.is_number or self._now.word in SIZE_WORDS

    def _size(self) -> tuple[Size, bool]:
        """Read a size; also tell whether it cannot be a price by mistake."""
        token = self._take()
        if token.word == "size":
            if not self._starts_size():
                raise GrammarError(self._now.start, "expected a number after `size`", "a plain number such as 0.5")
            return self._size()[0], True
        if token.word == "max":
            return Size(WHOLE, SizeUnit.PERCENT), True
        if token.word == "risk":
            return self._risk_size(), True
        if token.text == "$":
            return Size(self._positive("an amount after `$`"), SizeUnit.QUOTE), True
        if not token.is_number:
            raise GrammarError(token.start, "a size has no sign", "buy or sell says the direction")
        self._at -= 1
        value = self._positive("a size")
        if self._accept_glued("$"):
            return Size(value, SizeUnit.QUOTE), True
        if self._accept_glued("%"):
            return self._percent_size(value, token), True
        return Size(value), False

    def _percent_size(self, value: Decimal, token: Token) -> Size:
        if value > WHOLE:
            raise GrammarError(token.start, f"{plain(value)}% is more than there is", "use `max` or at most 100%")
        if not self._accept("of"):
            return Size(value, SizeUnit.PERCENT)
        if not self._accept("position", "pos"):
            raise GrammarError(self._now.start, f"{plain(value)}% of what?", f"`{plain(value)}% of position`")
        return Size(value, SizeUnit.POSITION)

    def _risk_size(self) -> Size:
        self._accept("$")
        value = self._positive("the money at risk after `risk`")
        self._accept_glued("$")
        if not self._accept("stop"):
            return Size(value, SizeUnit.RISK)
        return Size(value, SizeUnit.RISK, self._price(Own.FIELD))

    def _display(self, word: str) -> Size:
        """Read the visible slice of an iceberg: a quantity, money, or percent of the order."""
        token = self._now
        if not self._starts_size() or token.word in {"max", "risk"}:
            raise GrammarError(token.start, f"`{word}` how much?", f"for example `{word} 0.1` or `{word} 10%`")
        size, _ = self._size()
        if size.unit in {SizeUnit.POSITION, SizeUnit.RISK}:
            raise GrammarError(token.start, "a slice is a quantity or a part of the order", f"`{word} 10%`")
        return size

    def _positive(self, what: str) -> Decimal:
        token = self._take()
        value = self._number(token, what)
        if value == 0:
            raise GrammarError(token.start, "zero is no size", "give a number above 0")
        return value

    def _number(self, token: Token, what: str) -> Decimal:
        if not token.is_number:
            raise GrammarError(token.start, f"expected {what}", "a plain number such as 0.5")
        try:
            return parse_number(token.text)
        except ValueError as error:
            raise GrammarError(token.start, str(error), "use a shorter number") from None

    def _value_text(self) -> str:
        """Take what stands here up to the next blank, as one text."""
        text = self._take().text
        while text and self._now.glued and not self._now.is_end:
            text += self._take().text
        return text

    # Prices

    def _price(self, own: Own) -> Price:
        """Read a price; `own` says what a bare offset is good for here."""
        token = self._now
        if token.text in {"+", "-"}:
            if own is Own.NONE:
                hint = "write `bid-2t`, `mid-0.05%` or `last+1.5`"
                raise GrammarError(token.start, "a bare offset works only in amend", hint)
            value, unit = self._offset()
            if value == 0:
                if own is not Own.LIMIT:
                    raise GrammarError(token.start, "an offset of zero changes nothing", "for example `@ -1t`")
                unit = OffsetUnit.QUOTE
            return Price(PriceRef.OWN, value, unit)
        if token.word in PRICE_WORDS:
            self._at += 1
            value, unit = self._offset() if self._now.text in {"+", "-"} else (Decimal(0), OffsetUnit.QUOTE)
            return Price(PriceRef(token.word), value, unit if value else OffsetUnit.QUOTE)
        if not token.is_number:
            hint = nearest(token.text, PRICE_WORDS) or "for example `@ 64200`, `@ bid` or `@ mid-0.05%`"
            after = self._tokens[self._at - 1].text
            raise GrammarError(token.start, f"expected a price after `{after}`", hint.replace("@", after))
        value = self._number(self._take(), "a price")
        if value == 0:
            raise GrammarError(token.start, "zero is no price", "give a number above 0")
        if self._now.glued and self._now.text in {"%", "$"}:
            raise GrammarError(self._now.start, f"a price has no `{self._now.text}`", f"write `@ {token.text}`")
        return Price(PriceRef.ABSOLUTE, value)

    def _distance(self) -> Price:
        """Read a trailing distance: `1%`, `50` or `10t`."""
        self._accept("+")
        token = self._now
        if not token.text[:1].isdigit() and token.text[:1] != ".":
            raise GrammarError(token.start, "`trail` by how much?", "for example `trail 1%`, `trail 50` or `trail 10t`")
        value, unit = self._amount()
        if value == 0:
            raise GrammarError(token.start, "zero is no distance", "for example `trail 1%`")
        return Price(PriceRef.OWN, value, unit)

    def _offset(self) -> tuple[Decimal, OffsetUnit]:
        negative = self._take().text == "-"
        value, unit = self._amount()
        return (-value if negative and value else value), unit

    def _amount(self) -> tuple[Decimal, OffsetUnit]:
        token = self._take()
        text, unit = token.text, OffsetUnit.QUOTE
        if text[-1:] in {"t", "T"}:
            text, unit = text[:-1], OffsetUnit.TICKS
        value = self._number(Token(text, token.start, token.glued), "an offset such as 2t, 0.05% or 1.5")
        if unit is OffsetUnit.QUOTE and self._accept_glued("%"):
            unit = OffsetUnit.PERCENT
        if unit is OffsetUnit.TICKS and value != int(value):
            raise GrammarError(token.start, f"{text} ticks: ticks are whole", f"for example `{int(value) or 1}t`")
        return value, unit

    def _order_ref(self, words: tuple[str, ...]) -> OrderRef:
        token = self._take()
        if token.text == "#":
            number = self._take()
            if not number.text.isdigit() or not number.glued or int(number.text) == 0:
                raise GrammarError(token.start, "`#` takes a row number", "for example `#1`")
            return OrderRef(row=int(number.text))
        start, text = token.start, token.text
        while self._now.glued and (self._now.text == "-" or self._now.text[:1].isalnum()):
            text += self._take().text
        marked = "-" in text or any(char.isdigit() for char in text)
        if len(text) < _MIN_ID or not marked or not text.replace("-", "").isalnum():
            hint = nearest(text, words) or "use `#N` for a row of the orders pane, or the order's id"
            raise GrammarError(start, f"`{text}` names no order", hint)
        return OrderRef(order_id=text)

    # Symbols and errors

    def _symbol(self, token: Token) -> str:
        base, _, quote = token.text.partition("/")
        name = f"{asset_name(base)}/{asset_name(quote)}"
        if self._known is None:
            return name
        if name not in self._known:
            near = difflib.get_close_matches(name, list(self._known), n=1, cutoff=_NEAR_PAIR)
            hint = f"did you mean `{self._known[near[0]]}`?" if near else "`/` lists the pairs"
            raise GrammarError(token.start, f"there is no pair {name}", hint)
        return self._known[name]

    def _symbol_or_default(self, symbol: str, verb: Token) -> str:
        if symbol or self._default:
            return symbol or self._default
        raise GrammarError(verb.end, "which symbol?", "name the pair, for example `BTC/USD`")

    def _unexpected(self, token: Token, words: tuple[str, ...]) -> GrammarError:
        text = f"`{token.text}` means nothing here"
        return GrammarError(token.start, text, nearest(token.text, words) or "type `help` for the words")
