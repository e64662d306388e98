"""Reading `buy` and `sell`: size, pair, price and flags into a draft."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.domain.grammar_tokens import FLAG_WORDS, SIZE_WORDS, GrammarError, Token, nearest
from app.domain.grammar_values import ValueParser, asset_name
from app.domain.instrument import plain
from app.domain.order import Draft, OrderType, Price, PriceRef, Side, Size, SizeUnit, TimeInForce
from app.domain.statements import Place

LARGE_SIZE: Final = Decimal(100)
"""From here on a bare number in the place of a size may be a price."""

_LIKE_A_PRICE: Final = Decimal(2)  # within this factor of the price


@dataclass(slots=True)
class OrderWords:
    """What has been read of a `buy` or `sell` so far."""

    size: Size | None = None
    size_at: int = 0
    sure: bool = False  # the size cannot be meant as a price
    unit: Token | None = None
    symbol: str = ""
    price: Price | None = None
    flags: dict[str, int] | None = None  # word -> position

    def flag(self, word: str) -> bool:
        """Tell whether a word of the statement was typed."""
        return self.flags is not None and word in self.flags


class OrderParser(ValueParser):
    """Adds the order statements to the values."""

    def _place(self, side: Side, verb: Token) -> Place:
        words = OrderWords(flags={})
        while not self._now.is_end:
            self._order_word(words, verb)
        if words.size is None:
            raise GrammarError(verb.end, f"{side.value} how much?", f"for example `{side.value} 0.5 @ 64200`")
        symbol = self._symbol_or_default(words.symbol, verb)
        self._check_unit(words, symbol)
        self._check_flags(words)
        self._check_size_is_no_price(words)
        return Place(self._draft(side, symbol, words, verb))

    def _order_word(self, words: OrderWords, verb: Token) -> None:
        token = self._now
        if token.text == "@":
            if words.price is not None:
                raise GrammarError(token.start, "a second price", "keep one `@`")
            self._at += 1
            words.price = self._price(own=False)
        elif token.text == "$" or token.is_number or token.word in SIZE_WORDS or token.text in {"+", "-"}:
            self._read_size(words)
        elif token.is_symbol:
            if words.symbol:
                raise GrammarError(token.start, "a second symbol", f"`{words.symbol}` is already named")
            words.symbol = self._symbol(self._take())
        elif token.word in FLAG_WORDS and words.flags is not None:
            words.flags[token.word] = token.start
            self._at += 1
        elif words.size is not None and words.unit is None and token.text.isalnum() and self._at > 0:
            self._unit_or_error(words, token, verb)
        else:
            raise self._unexpected(token, (*FLAG_WORDS, *SIZE_WORDS))

    def _unit_or_error(self, words: OrderWords, token: Token, verb: Token) -> None:
        symbol = words.symbol or self._following_symbol() or self._default
        base = symbol.partition("/")[0]
        if base and asset_name(token.text) == base.upper() and words.size and words.size.unit is SizeUnit.BASE:
            words.unit = self._take()
            words.sure = True
            return
        hint = nearest(token.text, FLAG_WORDS)
        if not hint and token.text.isalpha():
            hint = f"name the pair in full, for example `{token.text.upper()}/USD`"
        raise GrammarError(token.start, f"`{token.text}` is no word of `{verb.text}`", hint)

    def _following_symbol(self) -> str:
        for token in self._tokens[self._at :]:
            if token.is_end:
                break
            if token.is_symbol:
                return self._symbol(token)
        return ""

    def _read_size(self, words: OrderWords) -> None:
        token = self._now
        if words.size is not None:
            if token.is_number:
                raise GrammarError(
                    token.start, f"{token.text} after the size means nothing", f"did you mean `@ {token.text}`?"
                )
            raise GrammarError(token.start, "a second size", "keep one")
        if words.price is not None:
            raise GrammarError(token.start, "the size comes before the price", "for example `buy 0.5 @ 64200`")
        words.size_at = token.start
        words.size, words.sure = self._size()

    def _check_unit(self, words: OrderWords, symbol: str) -> None:
        base = symbol.partition("/")[0]
        if words.unit is not None and asset_name(words.unit.text) != base.upper():
            text = f"`{words.unit.text}` is not the base asset of {symbol}"
            raise GrammarError(words.unit.start, text, f"sizes count {base}")

    def _check_flags(self, words: OrderWords) -> None:
        flags = words.flags or {}
        for one, other, hint in (
            ("market", "take", "`market` takes at any price, `take` at the far touch: keep one"),
            ("market", "post", "a market order cannot rest: drop one"),
            ("market", "ioc", "a market order needs no time in force: drop it"),
            ("market", "gtc", "a market order needs no time in force: drop it"),
            ("take", "post", "`post` refuses to take: drop one"),
            ("ioc", "post", "`post` rests and `ioc` does not: drop one"),
            ("ioc", "gtc", "keep one"),
        ):
            if one in flags and other in flags:
                raise GrammarError(max(flags[one], flags[other]), f"`{one}` and `{other}` exclude each other", hint)

    def _check_size_is_no_price(self, words: OrderWords) -> None:
        size, price = words.size, words.price
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

    def _draft(self, side: Side, symbol: str, words: OrderWords, verb: Token) -> Draft:
        size, price = words.size, words.price
        assert size is not None
        if words.flag("market"):
            if price is not None:
                at = (words.flags or {})["market"]
                raise GrammarError(at, "a market order has no price", "drop `@ …`, or `market` for a limit order")
            return Draft(symbol, side, size, None, OrderType.MARKET)
        far = PriceRef.ASK if side is Side.BUY else PriceRef.BID
        take = words.flag("take")
        if price is None:
            if not take:
                hint = f"add `@ {'bid' if side is Side.BUY else 'ask'}` to join, or the word `take` or `market`"
                raise GrammarError(self._now.start, "a limit order needs a price", hint)
            price = Price(far, Decimal(0))
        if price.ref is far and not take and not words.flag("post"):
            text = f"{verb.word} @ {far.value} would take"
            raise GrammarError(self._now.start, text, "add `take` to mean it, or `post` to refuse taking")
        ioc = words.flag("ioc") or (take and not words.flag("gtc"))
        tif = TimeInForce.IOC if ioc else TimeInForce.GTC
        return Draft(symbol, side, size, price, OrderType.LIMIT, words.flag("post"), tif)
