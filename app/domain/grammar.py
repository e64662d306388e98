"""The `:` language: what a trader types, read into statements.

    buy|b|sell|s SIZE [SYMBOL] [@ PRICE] [post] [ioc|gtc] [market|take]
    cancel #N | ID | all|bids|asks [SYMBOL] | everything
    amend #N | ID [SIZE] [@ PRICE]
    kill   release   arm   disarm   help [TOPIC]   symbol SYMBOL   quit

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
from typing import Final

from app.domain.grammar_complete import complete
from app.domain.grammar_orders import OrderParser, OrderWords
from app.domain.grammar_text import explain, format_statement
from app.domain.grammar_tokens import (
    BUY_WORDS,
    SCOPE_WORDS,
    SELL_WORDS,
    SIZE_WORDS,
    TOPICS,
    VERBS,
    GrammarError,
    Token,
    nearest,
)
from app.domain.order import Price, Side, Size
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
    Release,
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
    "Release",
    "Statement",
    "Symbol",
    "complete",
    "explain",
    "format_statement",
    "parse",
]

MAX_STATEMENTS: Final = 20
_SIMPLE: Final[dict[str, Statement]] = {
    "kill": Kill(),
    "release": Release(),
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


class _Parser(OrderParser):
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
        self._check_size_is_no_price(OrderWords(size=size, size_at=at, sure=sure, price=price))
        return Amend(target, size, price)
