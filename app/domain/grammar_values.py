"""Reading the parts of a statement: sizes, prices, order references, pairs."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from decimal import Decimal
from typing import Final

from app.domain.grammar_tokens import ASSET_ALIASES, PRICE_WORDS, GrammarError, Token, nearest, tokenize
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


class ValueParser:
    """A cursor over the tokens of a line that reads the values in it.

    Args:
        text: The line.
        default_symbol: The pair in view, empty if there is none.
        known: Names of all pairs, None to take any.
    """

    def __init__(self, text: str, default_symbol: str, known: Collection[str] | None) -> None:
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

    def _size(self) -> tuple[Size, bool]:
        """Read a size; also tell whether it cannot be a price by mistake."""
        token = self._take()
        if token.word == "max":
            return Size(WHOLE, SizeUnit.PERCENT), True
        if token.text == "$":
            return Size(self._positive("an amount after `$`"), SizeUnit.QUOTE), True
        if token.word == "size":
            return Size(self._positive("a number after `size`")), True
        if not token.is_number:
            raise GrammarError(token.start, "a size has no sign", "buy or sell says the direction")
        self._at -= 1
        value = self._positive("a size")
        if self._accept_glued("$"):
            return Size(value, SizeUnit.QUOTE), True
        if self._accept_glued("%"):
            if value > WHOLE:
                raise GrammarError(token.start, f"{plain(value)}% is more than there is", "use `max` or at most 100%")
            return Size(value, SizeUnit.PERCENT), True
        return Size(value), False

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

    # Prices

    def _price(self, *, own: bool) -> Price:
        token = self._now
        if token.text in {"+", "-"}:
            if not own:
                hint = "write `bid-2t`, `mid-0.05%` or `last+1.5`"
                raise GrammarError(token.start, "a bare offset works only in amend", hint)
            value, unit = self._offset()
            if value == 0:
                raise GrammarError(token.start, "an offset of zero changes nothing", "for example `@ -1t`")
            return Price(PriceRef.OWN, value, unit)
        if token.word in PRICE_WORDS:
            self._at += 1
            value, unit = self._offset() if self._now.text in {"+", "-"} else (Decimal(0), OffsetUnit.QUOTE)
            return Price(PriceRef(token.word), value, unit if value else OffsetUnit.QUOTE)
        if not token.is_number:
            hint = nearest(token.text, PRICE_WORDS) or "for example `@ 64200`, `@ bid` or `@ mid-0.05%`"
            raise GrammarError(token.start, "expected a price after `@`", hint)
        value = self._number(self._take(), "a price")
        if value == 0:
            raise GrammarError(token.start, "zero is no price", "give a number above 0")
        if self._now.glued and self._now.text in {"%", "$"}:
            raise GrammarError(self._now.start, f"a price has no `{self._now.text}`", f"write `@ {token.text}`")
        return Price(PriceRef.ABSOLUTE, value)

    def _offset(self) -> tuple[Decimal, OffsetUnit]:
        negative = self._take().text == "-"
        token = self._take()
        text, unit = token.text, OffsetUnit.QUOTE
        if text[-1:] in {"t", "T"}:
            text, unit = text[:-1], OffsetUnit.TICKS
        value = self._number(Token(text, token.start, token.glued), "an offset such as 2t, 0.05% or 1.5")
        if unit is OffsetUnit.QUOTE and self._accept_glued("%"):
            unit = OffsetUnit.PERCENT
        if unit is OffsetUnit.TICKS and value != int(value):
            raise GrammarError(token.start, f"{text} ticks: ticks are whole", f"for example `{int(value) or 1}t`")
        return (-value if negative and value else value), unit

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
