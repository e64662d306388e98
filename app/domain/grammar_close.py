"""Reading `then …`: the conditional close of an order."""

from __future__ import annotations

from app.domain.grammar_tokens import BUY_WORDS, ORDER_WORDS, SELL_WORDS, GrammarError, nearest
from app.domain.grammar_values import Own, ValueParser
from app.domain.grammar_words import OrderWords
from app.domain.order import CloseDraft, OrderType, Price, PriceRef, Side, Size

_LIMIT_KINDS = {
    "stop": OrderType.STOP_LOSS_LIMIT,
    "tp": OrderType.TAKE_PROFIT_LIMIT,
    "trail": OrderType.TRAILING_STOP_LIMIT,
}
_MARKET_KINDS = {"stop": OrderType.STOP_LOSS, "tp": OrderType.TAKE_PROFIT, "trail": OrderType.TRAILING_STOP}


def triggered_type(word: str, *, limited: bool) -> OrderType:
    """Return the order type of `stop`, `tp` or `trail`, with or without a limit."""
    return (_LIMIT_KINDS if limited else _MARKET_KINDS)[word]


class CloseParser(ValueParser):
    """Adds the conditional close to the values."""

    def _close(self, side: Side, words: OrderWords) -> CloseDraft:
        """Read what follows `then`; it is the last part of an order."""
        self._close_side(side)
        self._close_size(words)
        close = self._close_prices()
        if not self._now.is_end:
            token = self._now
            if token.word in ORDER_WORDS:
                hint = f"write `{token.word}` before `then`: a close has only prices"
            else:
                hint = nearest(token.text, ("stop", "tp", "trail")) or "end the order here"
            raise GrammarError(token.start, f"`{token.text}` after the close means nothing", hint)
        return close

    def _close_side(self, side: Side) -> None:
        token = self._now
        if token.word in (*BUY_WORDS, *SELL_WORDS):
            self._at += 1
            same = BUY_WORDS if side is Side.BUY else SELL_WORDS
            if token.word in same:
                hint = f"`then {side.opposite.value} …`, or a second order after `;`"
                raise GrammarError(token.start, f"the close of a {side.value} is a {side.opposite.value}", hint)

    def _close_size(self, words: OrderWords) -> None:
        if not self._starts_size():
            return
        token = self._now
        size: Size = self._size()[0]
        if size != words.size:
            hint = "leave the size out: each fill is closed with its own quantity"
            raise GrammarError(token.start, "a close has the size of what fills", hint)

    def _close_prices(self) -> CloseDraft:
        token = self._now
        if token.word in _MARKET_KINDS:
            self._at += 1
            trail = token.word == "trail"
            trigger = self._distance() if trail else self._price(Own.FIELD)
            limit = self._close_limit(trail=trail) if self._accept("@") else None
            return CloseDraft(triggered_type(token.word, limited=limit is not None), limit, trigger)
        if self._accept("@"):
            return CloseDraft(OrderType.LIMIT, self._price(Own.FIELD))
        hint = "`then @ 65000`, `then stop 63000`, `then tp 65000` or `then trail 1%`"
        raise GrammarError(token.start, "close it how?", hint)

    def _close_limit(self, *, trail: bool) -> Price:
        at = self._now.start
        return self._trail_limit(at) if trail else self._price(Own.LIMIT)

    def _trail_limit(self, at: int) -> Price:
        """Read the limit of a trailing stop: an offset from its trigger."""
        price = self._price(Own.LIMIT)
        if price.ref is not PriceRef.OWN:
            hint = "write an offset from the trigger: `@ +0`, `@ -10` or `@ -0.1%`"
            raise GrammarError(at, "the limit of a trailing stop moves with it", hint)
        return price
