"""Reading orders: size, pair, price and words into a draft."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from app.domain.grammar_close import CloseParser, triggered_type
from app.domain.grammar_times import MS, duration_ms, duration_text, read_when
from app.domain.grammar_tokens import FLAG_WORDS, ORDER_WORDS, SIZE_WORDS, GrammarError, Token, nearest
from app.domain.grammar_values import Own, asset_name
from app.domain.grammar_words import LARGE_SIZE, OrderWords, check_size_is_no_price, check_words
from app.domain.order import (
    Draft,
    OrderType,
    Price,
    PriceRef,
    Side,
    SizeUnit,
    Stp,
    TimeInForce,
    TriggerDraft,
    TriggerRef,
    When,
)

__all__ = ["LARGE_SIZE", "OrderParser", "OrderWords"]

_ZERO: Final = Decimal(0)
MIN_DEADLINE_MS: Final = 500
MAX_DEADLINE_MS: Final = 60 * MS
MAX_LEVERAGE: Final = 100
_MIN_LEVERAGE: Final = 2
_STP: Final = {"newest": Stp.CANCEL_NEWEST, "oldest": Stp.CANCEL_OLDEST, "both": Stp.CANCEL_BOTH}
_TIMES: Final = {"ioc": TimeInForce.IOC, "fok": TimeInForce.FOK, "gtd": TimeInForce.GTD}


class OrderParser(CloseParser):
    """Adds whole orders to the values."""

    def _order(self, side: Side, verb: Token) -> Draft:
        words = OrderWords()
        while not self._now.is_end:
            self._order_word(words, side, verb)
        self._check_order(words, side, verb)
        return self._draft(side, words, verb)

    def _check_order(self, words: OrderWords, side: Side, verb: Token) -> None:
        if words.size is None:
            raise GrammarError(verb.end, f"{side.value} how much?", f"for example `{side.value} 0.5 @ 64200`")
        words.symbol = self._symbol_or_default(words.symbol, verb)
        self._check_unit(words)
        check_words(words)
        check_size_is_no_price(words)

    def _order_word(self, words: OrderWords, side: Side, verb: Token) -> None:
        token = self._now
        fields: dict[str, Callable[[OrderWords], None]] = {
            "iceberg": self._read_iceberg,
            "gtd": self._read_expiry,
            "start": self._read_start,
            "lev": self._read_leverage,
            "stop": self._read_trigger,
            "tp": self._read_trigger,
            "trail": self._read_trail,
            "stp": self._read_stp,
            "fee": self._read_fee,
            "deadline": self._read_deadline,
        }
        if token.text == "@":
            self._read_price(words)
        elif self._starts_size() or token.text in {"+", "-"}:
            self._read_size(words)
        elif token.is_symbol:
            if words.symbol:
                raise GrammarError(token.start, "a second symbol", f"`{words.symbol}` is already named")
            words.symbol = self._symbol(self._take())
        elif token.word in (*FLAG_WORDS, "last", "index"):
            words.note(self._take())
        elif token.word in fields:
            words.note(self._take())
            fields[token.word](words)
        elif token.word == "then":
            words.note(self._take())
            words.close = self._close(side, words)
        elif words.size is not None and words.unit is None and token.text.isalnum():
            self._unit_or_error(words, token, verb)
        else:
            raise self._unexpected(token, (*ORDER_WORDS, *SIZE_WORDS))

    # Parts

    def _read_price(self, words: OrderWords) -> None:
        token = self._take()
        if words.price is not None:
            raise GrammarError(token.start, "a second price", "keep one `@`")
        words.price_at = self._now.start
        # Whether an offset means anything is known once all words are read.
        own = Own.LIMIT if words.trigger is not None or self._trigger_follows() else Own.NONE
        words.price = self._price(own)

    def _trigger_follows(self) -> bool:
        for token in self._tokens[self._at :]:
            if token.is_end or token.word == "then":
                return False
            if token.word in {"stop", "tp", "trail"}:
                return True
        return False

    def _read_size(self, words: OrderWords) -> None:
        token = self._now
        if words.size is not None:
            if token.is_number:
                hint = f"did you mean `@ {token.text}`?"
                raise GrammarError(token.start, f"{token.text} after the size means nothing", hint)
            raise GrammarError(token.start, "a second size", "keep one")
        if words.price is not None:
            raise GrammarError(token.start, "the size comes before the price", "for example `buy 0.5 @ 64200`")
        words.size_at = token.start
        words.size, words.sure = self._size()

    def _unit_or_error(self, words: OrderWords, token: Token, verb: Token) -> None:
        symbol = words.symbol or self._following_symbol() or self._default
        base = symbol.partition("/")[0]
        if base and asset_name(token.text) == base.upper() and words.size and words.size.unit is SizeUnit.BASE:
            words.unit = self._take()
            words.sure = True
            return
        # Capitals are how assets are written: ETH is no slip for `then`.
        hint = "" if token.text.isupper() else nearest(token.text, ORDER_WORDS)
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

    def _check_unit(self, words: OrderWords) -> None:
        base = words.symbol.partition("/")[0]
        if words.unit is not None and asset_name(words.unit.text) != base.upper():
            text = f"`{words.unit.text}` is not the base asset of {words.symbol}"
            raise GrammarError(words.unit.start, text, f"sizes count {base}")

    # Words with a value

    def _read_iceberg(self, words: OrderWords) -> None:
        words.display = self._display("iceberg")

    def _when(self, word: str) -> When:
        token = self._now
        return read_when(token, self._value_text(), word)

    def _read_expiry(self, words: OrderWords) -> None:
        words.expire = self._when("gtd")

    def _read_start(self, words: OrderWords) -> None:
        words.start = self._when("start")

    def _read_leverage(self, words: OrderWords) -> None:
        token = self._take()
        number = token.word.removesuffix("x")
        if not number.isdigit() or not _MIN_LEVERAGE <= int(number[:4]) <= MAX_LEVERAGE:
            raise GrammarError(token.start, "`lev` takes a whole number from 2", "for example `lev 5`; none is spot")
        words.leverage = int(number)

    def _read_trigger(self, words: OrderWords) -> None:
        words.trigger = self._price(Own.FIELD)

    def _read_trail(self, words: OrderWords) -> None:
        words.trigger = self._distance()

    def _read_stp(self, words: OrderWords) -> None:
        token = self._take()
        if token.word not in _STP:
            raise GrammarError(token.start, "`stp` cancels which order?", "`stp newest`, `stp oldest` or `stp both`")
        words.stp = _STP[token.word]

    def _read_fee(self, words: OrderWords) -> None:
        token = self._take()
        if token.word not in {"base", "quote"}:
            raise GrammarError(token.start, "`fee` in which asset?", "`fee base` or `fee quote`")
        words.fee_in_base = token.word == "base"

    def _read_deadline(self, words: OrderWords) -> None:
        token = self._now
        ms = duration_ms(self._value_text())
        if ms is None:
            raise GrammarError(token.start, "`deadline` needs a time", "for example `deadline 2s`")
        if not MIN_DEADLINE_MS <= ms <= MAX_DEADLINE_MS:
            span = f"{duration_text(MIN_DEADLINE_MS)} to {duration_text(MAX_DEADLINE_MS)}"
            raise GrammarError(token.start, f"a deadline is {span} away", "for example `deadline 2s`")
        words.deadline_ms = ms

    # The draft

    def _draft(self, side: Side, words: OrderWords, verb: Token) -> Draft:
        kind = self._kind(words)
        self._check_prices(kind, words)
        price = self._limit(kind, side, words, verb)
        unnamed = TimeInForce.IOC if words.has("take") and not words.has("gtc") else TimeInForce.GTC
        tif = next((tif for word, tif in _TIMES.items() if words.has(word)), unnamed)
        return self._filled(side, words, kind, price, tif)

    def _filled(self, side: Side, words: OrderWords, kind: OrderType, price: Price | None, tif: TimeInForce) -> Draft:
        assert words.size is not None
        reference = TriggerRef.INDEX if words.has("index") else TriggerRef.LAST
        return Draft(
            symbol=words.symbol,
            side=side,
            size=words.size,
            price=price,
            order_type=kind,
            post_only=words.has("post"),
            time_in_force=tif,
            trigger=None if words.trigger is None else TriggerDraft(words.trigger, reference),
            display=words.display,
            expire=words.expire,
            start=words.start,
            reduce_only=words.has("reduce"),
            leverage=words.leverage,
            stp=words.stp,
            fee_in_base=words.fee_in_base,
            close=words.close,
            deadline_ms=words.deadline_ms,
            validate=words.has("validate"),
        )

    def _kind(self, words: OrderWords) -> OrderType:
        for word in ("stop", "tp", "trail"):
            if words.has(word):
                return triggered_type(word, limited=words.price is not None)
        if words.has("iceberg"):
            return OrderType.ICEBERG
        if words.has("settle"):
            return OrderType.SETTLE_POSITION
        return OrderType.MARKET if words.has("market") else OrderType.LIMIT

    def _check_prices(self, kind: OrderType, words: OrderWords) -> None:
        if kind is OrderType.MARKET and words.price is not None:
            hint = "drop `@ …`, or `market` for a limit order"
            raise GrammarError(words.at["market"], "a market order has no price", hint)
        if kind is OrderType.SETTLE_POSITION and words.price is not None:
            raise GrammarError(words.at["settle"], "settling has no price", "drop `@ …`")
        if words.has("post") and not kind.limited:
            hint = "add `@ PRICE` for a limit, or drop `post`"
            raise GrammarError(self._now.start, "`post` needs a limit price to rest at", hint)
        if kind is OrderType.TRAILING_STOP_LIMIT and words.price and words.price.ref is not PriceRef.OWN:
            hint = "write an offset from the trigger: `@ +0`, `@ -10` or `@ -0.1%`"
            raise GrammarError(words.price_at, "the limit of a trailing stop moves with it", hint)

    def _limit(self, kind: OrderType, side: Side, words: OrderWords, verb: Token) -> Price | None:
        price = words.price
        if kind not in {OrderType.LIMIT, OrderType.ICEBERG}:
            return price
        far = PriceRef.ASK if side is Side.BUY else PriceRef.BID
        take = words.has("take")
        if price is None:
            if not take:
                hint = f"add `@ {'bid' if side is Side.BUY else 'ask'}` to join, or the word `take` or `market`"
                what = "an iceberg" if kind is OrderType.ICEBERG else "a limit order"
                raise GrammarError(self._now.start, f"{what} needs a price", hint)
            return Price(far, _ZERO)
        if price.ref is far and not take and not words.has("post"):
            text = f"{verb.word} @ {far.value} would take"
            raise GrammarError(self._now.start, text, "add `take` to mean it, or `post` to refuse taking")
        return price
