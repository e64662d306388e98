"""Reading statements that make many orders: batch, scale, twap, chase, and what steers them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from app.domain.grammar_changes import ChangeParser
from app.domain.grammar_times import duration_text, read_duration
from app.domain.grammar_tokens import BUY_WORDS, RANGE, SELL_WORDS, GrammarError, Token
from app.domain.grammar_values import Own
from app.domain.grammar_words import OrderWords
from app.domain.order import Draft, OrderType, Price, PriceRef, Side, TimeInForce
from app.domain.statements import Batch, Chase, HelperAction, HelperControl, Scale, Twap

MAX_BATCH: Final = 15
"""Most orders of one batch (`ws-v2.md` §9.7)."""

MIN_BATCH: Final = 2
MAX_RUNGS: Final = 50
MS: Final = 1000

_LADDER: Final = re.compile(r"([0-9]{1,4})[xX]([0-9.]*)")
_HELPER_NAME: Final = re.compile(r"[hH][1-9][0-9]{0,3}")
_COMMON: Final = frozenset({"reduce", "lev", "stp", "fee", "deadline"})
_SCALE_WORDS: Final = _COMMON | {"post", "gtd", "gtc", "iceberg", "start", "then", "validate"}
_TWAP_WORDS: Final = _COMMON | {"post", "take"}
_CHASE_WORDS: Final = _COMMON | {"post"}


class HelperParser(ChangeParser):
    """Adds statements that make many orders."""

    def _batch(self, verb: Token) -> Batch:
        drafts: list[Draft] = []
        while True:
            token = self._take()
            side = self._side(token, "batch")
            drafts.append(self._order(side, token))
            if drafts[-1].symbol != drafts[0].symbol:
                raise GrammarError(token.start, f"a batch is for one pair, here {drafts[0].symbol}", "use `;` instead")
            if drafts[-1].validate or drafts[-1].deadline_ms != drafts[0].deadline_ms:
                hint = "give every order the same deadline, and check orders one by one"
                raise GrammarError(token.start, "a batch has one deadline and no `validate`", hint)
            if len(drafts) > MAX_BATCH:
                raise GrammarError(token.start, f"more than {MAX_BATCH} orders in a batch", "use fewer, or two batches")
            if not self._accept("&"):
                break
        if len(drafts) < MIN_BATCH:
            raise GrammarError(verb.start, "a batch has at least 2 orders", "put `&` between them")
        return Batch(tuple(drafts))

    def _side(self, token: Token, verb: str) -> Side:
        if token.word in BUY_WORDS:
            return Side.BUY
        if token.word in SELL_WORDS:
            return Side.SELL
        raise GrammarError(token.start, f"`{verb}` needs a side", f"`{verb} buy …` or `{verb} sell …`")

    # scale

    def _scale(self, verb: Token) -> Scale:
        side = self._side(self._take(), "scale")
        words, rungs = OrderWords(), _Rungs()
        while not self._now.is_end:
            if rungs.count == 0 and self._starts_ladder():
                self._read_ladder(words, rungs)
            elif words.size is not None and rungs.count == 0 and self._now.word == "in":
                self._read_count(rungs)
            elif rungs.end is None and words.size is not None and rungs.count and self._starts_range():
                self._accept("@")
                words.price_at = self._now.start
                words.price = self._price(Own.NONE)
                if not self._accept(RANGE):
                    raise GrammarError(self._now.start, "a ladder goes from one price to another", "`64000..63500`")
                rungs.end = self._price(Own.NONE)
            else:
                self._order_word(words, side, verb)
        if rungs.count == 0 or words.size is None:
            raise GrammarError(self._now.start, "how many of which size?", "for example `scale buy 5x0.2 64000..63500`")
        if words.price is None or rungs.end is None:
            raise GrammarError(self._now.start, "from which price to which?", "for example `64000..63500`")
        self._allow(words, _SCALE_WORDS, "scale")
        words.sure = words.sure or rungs.each
        self._check_order(words, side, verb)
        self._check_passive(side, words, rungs)
        draft = self._filled(side, words, self._kind(words), words.price, self._rest_time(words))
        return Scale(draft, rungs.count, rungs.end, rungs.each)

    def _check_passive(self, side: Side, words: OrderWords, rungs: _Rungs) -> None:
        far = PriceRef.ASK if side is Side.BUY else PriceRef.BID
        for price in (words.price, rungs.end):
            if price is not None and price.ref is far and not words.has("post"):
                hint = "add `post` to refuse taking; `take` is for single orders"
                raise GrammarError(words.price_at, f"a ladder from the {far.value} would take", hint)

    def _rest_time(self, words: OrderWords) -> TimeInForce:
        return TimeInForce.GTD if words.has("gtd") else TimeInForce.GTC

    def _starts_ladder(self) -> bool:
        return _LADDER.fullmatch(self._now.text) is not None

    def _starts_range(self) -> bool:
        token = self._now
        return token.text == "@" or token.is_number or token.word in {"bid", "ask", "mid", "last"}

    def _read_ladder(self, words: OrderWords, rungs: _Rungs) -> None:
        token = self._now
        match = _LADDER.fullmatch(token.text)
        assert match is not None
        rungs.count = self._rung_count(token, match[1])
        words.size_at = token.start
        if match[2]:
            # What follows the `x` is the size: read it as if it stood alone.
            self._tokens[self._at] = Token(match[2], token.end - len(match[2]), glued=True)
        else:
            self._at += 1
        words.size, words.sure = self._size()

    def _read_count(self, rungs: _Rungs) -> None:
        self._at += 1
        token = self._take()
        rungs.count = self._rung_count(token, token.text)
        rungs.each = False

    def _rung_count(self, token: Token, text: str) -> int:
        if not text.isdigit() or not MIN_BATCH <= int(text[:5]) <= MAX_RUNGS:
            hint = "for example `5x0.2`, or `1 in 5`"
            raise GrammarError(token.start, f"a ladder has {MIN_BATCH} to {MAX_RUNGS} orders", hint)
        return int(text)

    # twap, chase

    def _twap(self, verb: Token) -> Twap:
        side = self._side(self._take(), "twap")
        words, bounds = self._helper_words(side, verb, ("over", "every", "limit"))
        self._allow(words, _TWAP_WORDS, "twap")
        draft = self._helper_draft(side, words, verb)
        if not bounds.over_s or not bounds.every_s:
            missing = "every" if bounds.over_s else "over"
            hint = "for example `over 10m every 30s`"
            raise GrammarError(self._now.start, f"`twap` needs `{missing}`", hint)
        if bounds.every_s > bounds.over_s:
            text = f"a slice every {duration_text(bounds.every_s * MS)} never fits {duration_text(bounds.over_s * MS)}"
            raise GrammarError(verb.start, text, "make `every` shorter than `over`")
        return Twap(draft, bounds.over_s, bounds.every_s, bounds.limit)

    def _chase(self, verb: Token) -> Chase:
        side = self._side(self._take(), "chase")
        words, bounds = self._helper_words(side, verb, ("for", "limit"))
        self._allow(words, _CHASE_WORDS, "chase")
        return Chase(self._helper_draft(side, words, verb), bounds.limit, bounds.for_s)

    def _helper_words(self, side: Side, verb: Token, own: tuple[str, ...]) -> tuple[OrderWords, _Bounds]:
        words, bounds = OrderWords(), _Bounds()
        readers: Mapping[str, Callable[[_Bounds, Token], None]] = {
            "over": self._read_over,
            "every": self._read_every,
            "for": self._read_for,
            "limit": self._read_limit,
        }
        while not self._now.is_end:
            token = self._now
            if token.word in own:
                words.note(self._take())
                readers[token.word](bounds, token)
            elif token.text == "@":
                raise GrammarError(token.start, f"`{verb.word}` sets its own prices", "bound them with `limit PRICE`")
            else:
                self._order_word(words, side, verb)
        return words, bounds

    def _read_over(self, bounds: _Bounds, token: Token) -> None:
        bounds.over_s = read_duration(self._now, self._value_text(), f"`{token.word}`")

    def _read_every(self, bounds: _Bounds, token: Token) -> None:
        bounds.every_s = read_duration(self._now, self._value_text(), f"`{token.word}`")

    def _read_for(self, bounds: _Bounds, token: Token) -> None:
        bounds.for_s = read_duration(self._now, self._value_text(), f"`{token.word}`")

    def _read_limit(self, bounds: _Bounds, _token: Token) -> None:
        bounds.limit = self._price(Own.NONE)

    def _helper_draft(self, side: Side, words: OrderWords, verb: Token) -> Draft:
        self._check_order(words, side, verb)
        take = words.has("take")
        draft = self._filled(side, words, OrderType.LIMIT, None, TimeInForce.IOC if take else TimeInForce.GTC)
        return replace(draft, post_only=not take)

    def _allow(self, words: OrderWords, allowed: frozenset[str], verb: str) -> None:
        for word, at in words.at.items():
            if word not in allowed and word not in {"over", "every", "for", "limit"}:
                raise GrammarError(at, f"`{verb}` takes no `{word}`", f"it takes {', '.join(sorted(allowed))}")

    # pause, resume, stop

    def _control(self, verb: Token) -> HelperControl:
        action = HelperAction(verb.word)
        token = self._take()
        if token.word == "all":
            return HelperControl(action)
        if not _HELPER_NAME.fullmatch(token.text):
            raise GrammarError(token.start or verb.end, f"{verb.word} which helper?", f"`{verb.word} H1` or `all`")
        return HelperControl(action, token.text.upper())


class _Rungs:
    """The ladder of a scale as read so far."""

    def __init__(self) -> None:
        self.count = 0
        self.each = True
        self.end: Price | None = None


class _Bounds:
    """The bounds of a helper as read so far."""

    def __init__(self) -> None:
        self.over_s = 0
        self.every_s = 0
        self.for_s = 0
        self.limit: Price | None = None
