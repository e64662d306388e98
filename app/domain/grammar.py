"""The `:` language: what a trader types, read into statements.

    buy|b|sell|s SIZE [SYMBOL] [@ PRICE] [post] [ioc|gtc] [market|take]
    cancel #N | ID | all|bids|asks [SYMBOL] | everything
    amend #N | ID [SIZE] [@ PRICE]
    kill   arm   disarm   help [TOPIC]   symbol SYMBOL   quit

    SIZE    0.5   $200   200$   25%   max   size 5000
    PRICE   64200   ask   bid-2t   mid-0.05%   last+1.5   (amend: -1t, +5, -0.1%)

Statements may be chained with `;`. Sizes come first and a price only after
`@` (`screen.md` §1). `cancel all` means the symbol in view; only the word
`everything` reaches the others. An order takes from the book only with the
word `market` or `take`: `take` is a limit at the far touch that does not
rest, so it never pays more than was seen. Words are case-insensitive.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.domain.grammar_complete import complete
from app.domain.grammar_text import explain, format_statement
from app.domain.grammar_tokens import (
    BUY_WORDS,
    FLAG_WORDS,
    SCOPE_WORDS,
    SELL_WORDS,
    SIZE_WORDS,
    TOPICS,
    VERBS,
    GrammarError,
    Token,
    nearest,
)
from app.domain.grammar_values import ValueParser, asset_name
from app.domain.instrument import plain
from app.domain.order import Draft, OrderType, Price, PriceRef, Side, Size, SizeUnit, TimeInForce
from app.domain.statements import (
    Amend,
    Arm,
    Cancel,
    CancelAll,
    CancelScope,
    Disarm,
    Help,
    Kill,
    OrderRef,
    Place,
    Quit,
    Statement,
    Symbol,
)

__all__ = [
    "Amend",
    "Arm",
    "Cancel",
    "CancelAll",
    "CancelScope",
    "Disarm",
    "GrammarError",
    "Help",
    "Kill",
    "OrderRef",
    "Place",
    "Quit",
    "Statement",
    "Symbol",
    "complete",
    "explain",
    "format_statement",
    "parse",
]

LARGE_SIZE: Final = Decimal(100)
"""From here on a bare number in the place of a size may be a price."""

MAX_STATEMENTS: Final = 20
_LIKE_A_PRICE: Final = Decimal(2)  # within this factor of the price
_SIMPLE: Final[dict[str, Statement]] = {
    "kill": Kill(),
    "arm": Arm(),
    "disarm": Disarm(),
    "quit": Quit(),
    "exit": Quit(),
}
_SCOPES: Final = {
    "all": CancelScope.ALL,
    "bids": CancelScope.BIDS,
    "buys": CancelScope.BIDS,
    "asks": CancelScope.ASKS,
    "sells": CancelScope.ASKS,
    "everything": CancelScope.EVERYTHING,
}


def parse(text: str, default_symbol: str = "", known: Collection[str] | None = None) -> tuple[Statement, ...]:
    """Read a command line.

    Args:
        text: What was typed, without the leading `:`.
        default_symbol: The pair in view, for statements that name none;
            empty if there is none.
        known: Names of all pairs, to refuse others; None to take any.

    Returns:
        At least one statement, in order.

    Raises:
        GrammarError: It cannot be understood; says where, what and what to type.
    """
    return _Parser(text, default_symbol, known).statements()


@dataclass(slots=True)
class _OrderWords:
    """What has been read of a `buy` or `sell` so far."""

    size: Size | None = None
    size_at: int = 0
    sure: bool = False  # the size cannot be meant as a price
    unit: Token | None = None
    symbol: str = ""
    price: Price | None = None
    flags: dict[str, int] | None = None  # word -> position

    def flag(self, word: str) -> bool:
        return self.flags is not None and word in self.flags


class _Parser(ValueParser):
    # Statements

    def statements(self) -> tuple[Statement, ...]:
        found: list[Statement] = []
        while True:
            while self._accept(";"):
                pass
            if not self._now.text:
                break
            if len(found) == MAX_STATEMENTS:
                raise GrammarError(self._now.start, f"more than {MAX_STATEMENTS} statements", "use fewer")
            found.append(self._statement())
            if not self._now.is_end:
                raise self._unexpected(self._now, ())
        if not found:
            raise GrammarError(0, "nothing to do", "type `help`")
        return tuple(found)

    def _statement(self) -> Statement:
        verb = self._take()
        if verb.word in BUY_WORDS:
            return self._place(Side.BUY, verb)
        if verb.word in SELL_WORDS:
            return self._place(Side.SELL, verb)
        if verb.word in _SIMPLE:
            return _SIMPLE[verb.word]
        match verb.word:
            case "cancel":
                return self._cancel(verb)
            case "amend":
                return self._amend(verb)
            case "help":
                return self._help()
            case "symbol":
                if not self._now.is_symbol:
                    raise GrammarError(self._now.start, "which pair?", "for example `symbol BTC/USD`")
                return Symbol(self._symbol(self._take()))
            case _:
                raise self._unexpected(verb, VERBS)

    def _help(self) -> Help:
        if self._now.is_end:
            return Help()
        topic = self._take()
        if topic.word not in TOPICS:
            hint = nearest(topic.text, TOPICS) or f"topics: {', '.join(TOPICS)}"
            raise GrammarError(topic.start, f"no help on `{topic.text}`", hint)
        return Help(topic.word)

    # buy, sell

    def _place(self, side: Side, verb: Token) -> Place:
        words = _OrderWords(flags={})
        while not self._now.is_end:
            self._order_word(words, verb)
        if words.size is None:
            raise GrammarError(verb.end, f"{side.value} how much?", f"for example `{side.value} 0.5 @ 64200`")
        symbol = self._symbol_or_default(words.symbol, verb)
        self._check_unit(words, symbol)
        self._check_flags(words)
        self._check_size_is_no_price(words)
        return Place(self._draft(side, symbol, words, verb))

    def _order_word(self, words: _OrderWords, verb: Token) -> None:
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

    def _unit_or_error(self, words: _OrderWords, token: Token, verb: Token) -> None:
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

    def _read_size(self, words: _OrderWords) -> None:
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

    def _check_unit(self, words: _OrderWords, symbol: str) -> None:
        base = symbol.partition("/")[0]
        if words.unit is not None and asset_name(words.unit.text) != base.upper():
            text = f"`{words.unit.text}` is not the base asset of {symbol}"
            raise GrammarError(words.unit.start, text, f"sizes count {base}")

    def _check_flags(self, words: _OrderWords) -> None:
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

    def _check_size_is_no_price(self, words: _OrderWords) -> None:
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

    def _draft(self, side: Side, symbol: str, words: _OrderWords, verb: Token) -> Draft:
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

    # cancel, amend

    def _cancel(self, verb: Token) -> Cancel | CancelAll:
        token = self._now
        if token.is_end:
            raise GrammarError(
                verb.end, "cancel what?", "`cancel #1`, `cancel all`, `cancel bids`, `cancel everything`"
            )
        if token.word in _SCOPES:
            self._at += 1
            return self._cancel_scope(_SCOPES[token.word], verb)
        if token.is_symbol:
            name = self._symbol(token)
            raise GrammarError(token.start, f"which orders of {name}?", f"did you mean `cancel all {name}`?")
        return Cancel(self._order_ref(SCOPE_WORDS))

    def _cancel_scope(self, scope: CancelScope, verb: Token) -> CancelAll:
        if scope is CancelScope.ALL and self._accept("everything"):
            scope = CancelScope.EVERYTHING
        if scope is CancelScope.EVERYTHING:
            if self._now.is_symbol:
                hint = f"`cancel all {self._now.text.upper()}` for that pair alone"
                raise GrammarError(self._now.start, "`everything` means all symbols", hint)
            return CancelAll(scope)
        named = self._symbol(self._take()) if self._now.is_symbol else ""
        return CancelAll(scope, self._symbol_or_default(named, verb))

    def _amend(self, verb: Token) -> Amend:
        if self._now.is_end:
            raise GrammarError(verb.end, "amend which order?", "for example `amend #2 @ -1t`")
        target = self._order_ref(())
        size: Size | None = None
        price: Price | None = None
        at = self._now.start
        sure = True
        if self._now.text == "$" or self._now.is_number or self._now.word in SIZE_WORDS:
            size, sure = self._size()
        if self._accept("@"):
            price = self._price(own=True)
        if size is None and price is None:
            raise GrammarError(self._now.start, "amend what of it?", "a size, a price after `@`, or both")
        self._check_size_is_no_price(_OrderWords(size=size, size_at=at, sure=sure, price=price))
        return Amend(target, size, price)
