"""Reading statements about the desk: positions, pairs, help, limits to pass."""

from __future__ import annotations

from typing import Final

from app.domain.grammar_helpers import HelperParser
from app.domain.grammar_tokens import TOPICS, GrammarError, Token, nearest
from app.domain.order_terms import TRANSPORTS
from app.domain.risk_values import OVERRIDABLE
from app.domain.statements import Close, Help, Override, Reverse, Symbol, Transport

MAX_OVERRIDES: Final = 10


class DeskParser(HelperParser):
    """Adds statements about the desk."""

    def _show(self, _verb: Token) -> Symbol:
        if not self._now.is_symbol:
            raise GrammarError(self._now.start, "which pair?", "for example `symbol BTC/USD`")
        return Symbol(self._symbol(self._take()))

    def _close_position(self, verb: Token) -> Close:
        named = self._symbol(self._take()) if self._now.is_symbol else ""
        return Close(self._symbol_or_default(named, verb))

    def _reverse(self, verb: Token) -> Reverse:
        named = self._symbol(self._take()) if self._now.is_symbol else ""
        return Reverse(self._symbol_or_default(named, verb))

    def _help(self, _verb: Token) -> Help:
        if self._now.is_end:
            return Help()
        topic = self._take()
        if topic.word not in TOPICS:
            hint = nearest(topic.text, TOPICS) or f"topics: {', '.join(TOPICS)}"
            raise GrammarError(topic.start, f"no help on `{topic.text}`", hint)
        return Help(topic.word)

    def _override(self, verb: Token) -> Override:
        token = self._take()
        if token.word not in OVERRIDABLE:
            hint = nearest(token.text, OVERRIDABLE) or f"one of {', '.join(sorted(OVERRIDABLE))}"
            at = token.start if token.text else verb.end
            raise GrammarError(at, f"`{token.text}` is no limit that can be passed", hint)
        count = 1
        if self._accept("for"):
            number = self._take()
            if not number.text.isdigit() or not 0 < int(number.text[:4]) <= MAX_OVERRIDES:
                hint = f"`override {token.word} for 1`"
                raise GrammarError(number.start, f"for 1 to {MAX_OVERRIDES} orders", hint)
            count = int(number.text)
        return Override(token.word, count)

    def _transport(self, verb: Token) -> Transport:
        token = self._take()
        if token.word not in TRANSPORTS:
            at = token.start if token.text else verb.end
            raise GrammarError(at, "which transport?", f"`transport {'`, `transport '.join(TRANSPORTS)}`")
        return Transport(token.word)
