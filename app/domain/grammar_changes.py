"""Reading statements about working orders: cancel, amend, edit, bracket, why."""

from __future__ import annotations

from typing import Final

from app.domain.grammar_orders import OrderParser
from app.domain.grammar_tokens import CHANGE_WORDS, SCOPE_WORDS, GrammarError, Token
from app.domain.grammar_values import Own
from app.domain.grammar_words import OrderWords, check_size_is_no_price
from app.domain.order import Price, Size
from app.domain.statements import (
    Amend,
    Bracket,
    Cancel,
    CancelAll,
    CancelBatch,
    CancelScope,
    Edit,
    OrderRef,
    Why,
)

MAX_BATCH_CANCEL: Final = 50
"""Most orders of one batch cancel (`ws-v2.md` §9.8)."""

_SCOPES: Final = {
    "all": CancelScope.ALL,
    "bids": CancelScope.BIDS,
    "buys": CancelScope.BIDS,
    "asks": CancelScope.ASKS,
    "sells": CancelScope.ASKS,
    "session": CancelScope.SESSION,
    "everything": CancelScope.EVERYTHING,
}


class ChangeParser(OrderParser):
    """Adds statements about working orders."""

    def _cancel(self, verb: Token) -> Cancel | CancelBatch | CancelAll:
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
        first = self._order_ref(SCOPE_WORDS)
        if self._accept("family"):
            return Cancel(first, family=True)
        return Cancel(first) if self._now.is_end else self._cancel_batch(first)

    def _cancel_batch(self, first: OrderRef) -> CancelBatch:
        targets = [first]
        while not self._now.is_end:
            token = self._now
            target = self._order_ref(("family",))
            if target in targets:
                raise GrammarError(token.start, "the same order twice", "name it once")
            if len(targets) == MAX_BATCH_CANCEL:
                raise GrammarError(token.start, f"more than {MAX_BATCH_CANCEL} orders at once", "use fewer")
            targets.append(target)
        return CancelBatch(tuple(targets))

    def _cancel_scope(self, scope: CancelScope, verb: Token) -> CancelAll:
        if scope is CancelScope.ALL and self._accept("everything"):
            scope = CancelScope.EVERYTHING
        if scope in {CancelScope.EVERYTHING, CancelScope.SESSION}:
            if self._now.is_symbol:
                hint = f"`cancel all {self._now.text.upper()}` for that pair alone"
                raise GrammarError(self._now.start, f"`{scope.value}` means all symbols", hint)
            return CancelAll(scope)
        named = self._symbol(self._take()) if self._now.is_symbol else ""
        return CancelAll(scope, self._symbol_or_default(named, verb))

    def _why(self, verb: Token) -> Why:
        if self._now.is_end:
            raise GrammarError(verb.end, "why which order?", "for example `why #2`")
        return Why(self._order_ref(()))

    # amend, edit

    def _amend(self, verb: Token) -> Amend:
        return Amend(*self._change(verb))

    def _edit(self, verb: Token) -> Edit:
        return Edit(*self._change(verb))

    def _change(
        self, verb: Token
    ) -> tuple[OrderRef, Size | None, Price | None, Size | None, Price | None, Price | None, bool]:
        if self._now.is_end:
            raise GrammarError(verb.end, f"{verb.word} which order?", f"for example `{verb.word} #2 @ -1t`")
        target = self._order_ref(())
        words = OrderWords(size_at=self._now.start)
        trail: Price | None = None
        while not self._now.is_end:
            token = self._now
            if self._starts_size() and words.size is None and words.price is None:
                words.size_at = token.start
                words.size, words.sure = self._size()
            elif token.text == "@" and words.price is None:
                self._at += 1
                words.price = self._price(Own.FIELD)
            elif token.word in {"display", "iceberg"}:
                words.note(self._take())
                words.display = self._display(token.word)
            elif token.word in {"trigger", "stop", "tp"}:
                words.note(self._take())
                words.trigger = self._price(Own.FIELD)
            elif token.word == "trail":
                words.note(self._take())
                trail = self._distance()
            elif token.word == "post":
                words.note(self._take())
            else:
                raise self._unexpected(token, CHANGE_WORDS)
        self._check_change(words, trail, verb)
        return target, words.size, words.price, words.display, words.trigger, trail, words.has("post")

    def _check_change(self, words: OrderWords, trail: Price | None, verb: Token) -> None:
        if words.has("post") and words.price is None:
            hint = f"`{verb.word} … @ PRICE post`"
            raise GrammarError(words.at["post"], "`post` goes with a new price", hint)
        if (words.size, words.price, words.display, words.trigger, trail) == (None,) * 5:
            hint = "a size, a price after `@`, or both; also `display`, `trigger`, `trail`"
            raise GrammarError(self._now.start, f"{verb.word} what of it?", hint)
        if words.trigger is not None and trail is not None:
            at = max(words.at[word] for word in words.at if word in {"trigger", "stop", "tp", "trail"})
            raise GrammarError(at, "a trigger has a price or a distance", "keep one")
        if len({"trigger", "stop", "tp"} & set(words.at)) > 1 or {"display", "iceberg"} <= set(words.at):
            raise GrammarError(max(words.at.values()), "the same term twice", "keep one")
        check_size_is_no_price(words)

    # bracket

    def _bracket(self, verb: Token) -> Bracket:
        if self._now.is_end:
            raise GrammarError(verb.end, "guard which order?", "for example `bracket #2 tp 65000 stop 63000`")
        target = self._order_ref(())
        profit: Price | None = None
        stop: Price | None = None
        stop_limit: Price | None = None
        while not self._now.is_end:
            token = self._now
            if token.word == "tp" and profit is None:
                self._at += 1
                profit = self._price(Own.FIELD)
            elif token.word == "stop" and stop is None:
                self._at += 1
                stop = self._price(Own.FIELD)
                stop_limit = self._price(Own.LIMIT) if self._accept("@") else None
            else:
                raise self._unexpected(token, ("tp", "stop"))
        if profit is None or stop is None:
            hint = "for example `bracket #2 tp 65000 stop 63000`; one exit alone is `then …` of an order"
            raise GrammarError(self._now.start, f"a bracket needs `{'tp' if profit is None else 'stop'}` too", hint)
        return Bracket(target, profit, stop, stop_limit)
