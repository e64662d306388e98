"""Orders, helpers and changes of the `:` language: what is understood and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

import pytest

from app.domain.grammar import (
    Alias,
    Amend,
    Batch,
    Bracket,
    Cancel,
    CancelAll,
    CancelBatch,
    CancelScope,
    Chase,
    Close,
    Edit,
    Flatten,
    GrammarError,
    HelperAction,
    HelperControl,
    Limits,
    OrderRef,
    Override,
    Place,
    Reverse,
    Scale,
    Statement,
    Transport,
    Twap,
    Why,
    complete,
    explain,
    format_statement,
    parse,
)
from app.domain.order import (
    CloseDraft,
    Draft,
    OffsetUnit,
    OrderType,
    Price,
    PriceRef,
    Side,
    Size,
    SizeUnit,
    Stp,
    TimeInForce,
    TriggerDraft,
    TriggerRef,
    When,
    WhenKind,
)

D = Decimal
BTC = "BTC/USD"
ABS, OWN = PriceRef.ABSOLUTE, PriceRef.OWN


def one(text: str) -> Statement:
    (statement,) = parse(text, BTC)
    return statement


def draft(text: str) -> Draft:
    statement = one(text)
    assert isinstance(statement, Place)
    return statement.draft


def price(value: str | int) -> Price:
    return Price(ABS, D(value))


@pytest.mark.parametrize(
    ("text", "kind", "trigger", "limit"),
    [
        ("sell 1 stop 63000", OrderType.STOP_LOSS, price(63000), None),
        ("sell 1 stop 63000 @ 62900", OrderType.STOP_LOSS_LIMIT, price(63000), price(62900)),
        ("sell 1 @ 62900 stop 63000", OrderType.STOP_LOSS_LIMIT, price(63000), price(62900)),
        ("sell 1 tp 65000", OrderType.TAKE_PROFIT, price(65000), None),
        ("sell 1 tp +2% @ -5t", OrderType.TAKE_PROFIT_LIMIT, Price(OWN, D(2), OffsetUnit.PERCENT), None),
        ("sell 1 trail 1%", OrderType.TRAILING_STOP, Price(OWN, D(1), OffsetUnit.PERCENT), None),
        ("sell 1 trail +50", OrderType.TRAILING_STOP, Price(OWN, D(50)), None),
        ("sell 1 trail 10t @ +0", OrderType.TRAILING_STOP_LIMIT, Price(OWN, D(10), OffsetUnit.TICKS), Price(OWN, D(0))),
    ],
)
def test_triggers(text: str, kind: OrderType, trigger: Price, limit: Price | None) -> None:
    found = draft(text)
    assert found.order_type is kind
    assert found.trigger == TriggerDraft(trigger, TriggerRef.LAST)
    if limit is not None:
        assert found.price == limit


def test_a_trigger_may_watch_the_index() -> None:
    assert draft("sell 1 index stop 63000").trigger == TriggerDraft(price(63000), TriggerRef.INDEX)
    assert draft("sell 1 last stop 63000") == draft("sell 1 stop 63000")


def test_every_word_of_an_order() -> None:
    text = (
        "buy 1 @ 64100 post iceberg 0.1 gtd 15m reduce lev 5x stp newest fee quote deadline 500ms start +30s validate"
    )
    assert draft(text) == Draft(
        BTC,
        Side.BUY,
        Size(D(1)),
        price(64100),
        OrderType.ICEBERG,
        post_only=True,
        time_in_force=TimeInForce.GTD,
        display=Size(D("0.1")),
        expire=When(WhenKind.AFTER, 900),
        start=When(WhenKind.AFTER, 30),
        reduce_only=True,
        leverage=5,
        stp=Stp.CANCEL_NEWEST,
        fee_in_base=False,
        deadline_ms=500,
        validate=True,
    )


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("15m", When(WhenKind.AFTER, 900)),
        ("1h30m", When(WhenKind.AFTER, 5400)),
        ("2d", When(WhenKind.AFTER, 172_800)),
        ("18:30", When(WhenKind.TIME_OF_DAY, 66_600)),
        ("8:30:15", When(WhenKind.TIME_OF_DAY, 30_615)),
        ("2026-12-01T10:00", When(WhenKind.AT, 1_796_119_200)),
        ("2026-12-01t10:00:30z", When(WhenKind.AT, 1_796_119_230)),
    ],
)
def test_times(text: str, when: When) -> None:
    assert draft(f"buy 1 @ 64100 gtd {text}").expire == when


@pytest.mark.parametrize(
    ("text", "close"),
    [
        ("then sell @ 65000", CloseDraft(OrderType.LIMIT, price(65000))),
        ("then sell 1 @ 65000", CloseDraft(OrderType.LIMIT, price(65000))),
        ("then @ 65000", CloseDraft(OrderType.LIMIT, price(65000))),
        ("then stop 63000", CloseDraft(OrderType.STOP_LOSS, None, price(63000))),
        ("then stop 63000 @ 62900", CloseDraft(OrderType.STOP_LOSS_LIMIT, price(62900), price(63000))),
        ("then tp 65000", CloseDraft(OrderType.TAKE_PROFIT, None, price(65000))),
        (
            "then trail 1% @ +0",
            CloseDraft(OrderType.TRAILING_STOP_LIMIT, Price(OWN, D(0)), Price(OWN, D(1), OffsetUnit.PERCENT)),
        ),
    ],
)
def test_closes(text: str, close: CloseDraft) -> None:
    assert draft(f"buy 1 @ 64100 {text}").close == close


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("25% of position", Size(D(25), SizeUnit.POSITION)),
        ("size 25% of pos", Size(D(25), SizeUnit.POSITION)),
        ("risk $100 stop 63000", Size(D(100), SizeUnit.RISK, price(63000))),
        ("size risk 100 stop -1%", Size(D(100), SizeUnit.RISK, Price(OWN, D(-1), OffsetUnit.PERCENT))),
        ("risk $100", Size(D(100), SizeUnit.RISK)),
    ],
)
def test_sizes(text: str, size: Size) -> None:
    assert draft(f"sell {text} @ 64300").size == size


LIMIT = Draft(BTC, Side.BUY, Size(D("0.2")), price(64000))
JOIN = Draft(BTC, Side.BUY, Size(D(2)), None, post_only=True)


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("scale buy 5x0.2 64000..63500", Scale(LIMIT, 5, price(63500))),
        ("scale buy 5x 0.2 @ 64000 .. 63500", Scale(LIMIT, 5, price(63500))),
        ("scale buy 0.2 in 5 64000..63500", Scale(LIMIT, 5, price(63500), each=False)),
        ("twap buy 2 over 10m every 30s limit 64300", Twap(JOIN, 600, 30, price(64300))),
        ("twap buy 2 every 30s over 10m", Twap(JOIN, 600, 30)),
        (
            "twap buy 2 take over 10m every 30s",
            Twap(Draft(BTC, Side.BUY, Size(D(2)), None, time_in_force=TimeInForce.IOC), 600, 30),
        ),
        ("chase buy 2 limit 64300 for 5m", Chase(JOIN, price(64300), 300)),
        ("chase buy 2", Chase(JOIN)),
        ("bracket #2 tp 65000 stop 63000", Bracket(OrderRef(2), price(65000), price(63000))),
        (
            "bracket #2 stop 63000 @ 62900 tp 65000",
            Bracket(OrderRef(2), price(65000), price(63000), price(62900)),
        ),
        ("batch buy 0.2 @ 64000 & buy 0.2 @ 64000", Batch((LIMIT, LIMIT))),
        ("cancel #1 #3", CancelBatch((OrderRef(1), OrderRef(3)))),
        ("cancel #2 family", Cancel(OrderRef(2), family=True)),
        ("cancel session", CancelAll(CancelScope.SESSION)),
        ("close", Close(BTC)),
        ("close eth/usd", Close("ETH/USD")),
        ("flatten", Flatten()),
        ("reverse", Reverse(BTC)),
        ("pause h1", HelperControl(HelperAction.PAUSE, "H1")),
        ("resume all", HelperControl(HelperAction.RESUME)),
        ("stop H12", HelperControl(HelperAction.STOP, "H12")),
        ("why #2", Why(OrderRef(2))),
        ("limits", Limits()),
        ("override collar for 2", Override("collar", 2)),
        ("transport FIX", Transport("fix")),
        ("override max_qty", Override("max_qty", 1)),
        ("alias Dip = buy 0.1 @ bid-50t post; cancel asks", Alias("dip", "buy 0.1 @ bid-50t post; cancel asks")),
        ("alias dip =", Alias("dip", "")),
        ("amend #2 display 0.1", Amend(OrderRef(2), display=Size(D("0.1")))),
        ("amend #2 trigger -1t", Amend(OrderRef(2), trigger=Price(OWN, D(-1), OffsetUnit.TICKS))),
        ("amend #2 trail 2%", Amend(OrderRef(2), trail=Price(OWN, D(2), OffsetUnit.PERCENT))),
        ("amend #2 @ 64000 post", Amend(OrderRef(2), price=price(64000), post_only=True)),
        ("edit #2 0.4 @ 64000", Edit(OrderRef(2), Size(D("0.4")), price(64000))),
    ],
)
def test_statements(text: str, statement: Statement) -> None:
    assert one(text) == statement
    assert parse(format_statement(statement)) == (statement,)


@pytest.mark.parametrize(
    ("text", "position", "message", "suggestion"),
    [
        ("sell 1 stop", 11, "expected a price after `stop`", "stop 64200"),
        ("sell 1 stop 63000 tp 65000", 18, "exclude", "one"),
        ("sell 1 stop 63000 market", 18, "exclude", "drop `market`"),
        ("sell 1 stop 63000 post", 22, "needs a limit price", "@ PRICE"),
        ("sell 1 stop 63000 stop 62000", 18, "second time", "one"),
        ("sell 1 trail 1% @ 63000", 18, "moves with it", "@ +0"),
        ("sell 1 trail -1%", 13, "by how much", "trail 1%"),
        ("sell 1 index @ 64300", 12, "of what", "index stop"),
        ("buy 1 @ -10t post", 8, "only in amend", "bid-2t"),
        ("buy 1 iceberg @ 64000", 14, "how much", "iceberg 0.1"),
        ("buy 1 @ 64000 iceberg 0.1 fok", 26, "exclude", "drop"),
        ("buy 1 @ 64000 gtd", 17, "needs a time", "15m"),
        ("buy 1 @ 64000 gtd 25:00", 18, "needs a time", "18:30"),
        ("buy 1 @ 64000 gtd 2026-02-30T10:00", 18, "no date", "UTC"),
        ("buy 1 @ 64000 gtd 1.5s", 18, "whole seconds", "1s"),
        ("buy 1 @ 64000 gtd 5m ioc", 21, "exclude", "one"),
        ("buy 1 @ 64000 lev 1", 18, "from 2", "spot"),
        ("buy 1 @ 64000 lev", 17, "from 2", "lev 5"),
        ("buy 1 @ 64000 stp all", 18, "which order", "stp both"),
        ("buy 1 @ 64000 fee eur", 18, "which asset", "fee base"),
        ("buy 1 @ 64000 deadline 61s", 23, "500ms to 1m", "2s"),
        ("buy 1 @ 64000 then", 18, "close it how", "then stop"),
        ("buy 1 @ 64000 then buy @ 65000", 19, "is a sell", "then sell"),
        ("buy 1 @ 64000 then 2 @ 65000", 19, "size of what fills", "leave the size out"),
        ("buy 1 @ 64000 then @ 65000 post", 27, "after the close", "before `then`"),
        ("buy 1 then stop 63000 @ 62900", 29, "needs a price", "@ bid"),
        ("buy 1 settle @ 64000 lev 2", 6, "no price", "drop"),
        ("sell 25% of balance @ 64300", 12, "of what", "of position"),
        ("buy risk stop 63000 @ 64000", 9, "money at risk", "number"),
        ("scale buy 5x0.2", 15, "from which price", "64000..63500"),
        ("scale buy 1 64000..63500", 12, "after the size", "@ 64000"),
        ("scale buy 1x0.2 64000..63500", 10, "2 to 50", "5x0.2"),
        ("scale buy 5x0.2 64000", 21, "from one price to another", ".."),
        ("scale buy 5x0.2 bid..ask", 16, "would take", "post"),
        ("scale buy 5x0.2 64000..63500 ioc", 29, "takes no `ioc`", "gtd"),
        ("scale 5x0.2 64000..63500", 6, "needs a side", "scale buy"),
        ("twap buy 2 over 10m", 19, "needs `every`", "every 30s"),
        ("twap buy 2 over 10s every 1m", 0, "never fits", "shorter"),
        ("twap buy 2 over 10m every 30s market", 30, "takes no `market`", "take"),
        ("twap buy 2 @ 64000 over 10m every 30s", 11, "its own prices", "limit"),
        ("chase buy 2 stop 63000", 12, "takes no `stop`", "reduce"),
        ("bracket #2 tp 65000", 19, "needs `stop`", "then"),
        ("batch buy 1 @ 64000", 0, "at least 2", "&"),
        ("batch buy 1 @ 64000 & buy 1 ETH/USD @ 3000", 22, "one pair", ";"),
        ("buy 1 @ 64000 & sell 1 @ 65000", 14, "orders of a batch", "batch"),
        ("cancel #1 #1", 10, "twice", "once"),
        ("cancel session BTC/USD", 15, "all symbols", "cancel all BTC/USD"),
        ("pause", 5, "which helper", "pause H1"),
        ("why", 3, "which order", "why #2"),
        ("override colar", 9, "no limit", "`collar`"),
        ("override book", 9, "no limit", "one of collar"),
        ("override collar for 99", 20, "1 to 10", "for 1"),
        ("alias buy = kill", 6, "word of the language", "x"),
        ("alias x buy 1 @ bid", 8, "stands for what", "="),
        ("alias x = buy 1 @ bdi", 18, "expected a price", "`bid`"),
        ("alias x = alias y = kill", 10, "can't make an alias", "one line"),
        ("amend #2 post", 9, "goes with a new price", "@ PRICE"),
        ("amend #2 trigger 5 trail 1%", 19, "price or a distance", "one"),
        ("amend #2 trigger 5 stop 6", 19, "twice", "one"),
    ],
)
def test_refusals_say_where_what_and_what_instead(text: str, position: int, message: str, suggestion: str) -> None:
    with pytest.raises(GrammarError) as caught:
        parse(text, BTC)
    assert caught.value.position == position
    assert message in caught.value.message
    assert suggestion in caught.value.suggestion


class TestAliases:
    ALIASES: ClassVar = {"dip": "buy 0.1 @ bid-50t", "out": "cancel all; disarm", "loop": "loop", "bad": "buy 0.1 @"}

    def test_one_stands_for_its_line_and_takes_more_words(self) -> None:
        assert parse("dip post", BTC, aliases=self.ALIASES) == parse("buy 0.1 @ bid-50t post", BTC)
        assert len(parse("out; dip post", BTC, aliases=self.ALIASES)) == 3

    def test_errors_point_at_it(self) -> None:
        with pytest.raises(GrammarError) as caught:
            parse("dip post; bad", BTC, aliases=self.ALIASES)
        assert caught.value.position <= len("dip post; bad")
        with pytest.raises(GrammarError, match="`loop` means nothing"):
            parse("loop", BTC, aliases=self.ALIASES)

    def test_a_word_of_the_language_can_not_be_taken_over(self) -> None:
        assert parse("kill", BTC, aliases={"kill": "buy 1 market"}) == parse("kill")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sell 1 stop 63000", "Sell 1 BTC on BTC/USD at the market once the last price reaches 63000; waits until"),
        ("sell 1 stop 63000 @ -5t", "with a limit at 5 ticks below the trigger price once"),
        ("buy 1 @ 64000 gtd 18:30", "rests until 18:30 UTC, takes if it crosses"),
        ("buy 1 iceberg 0.1 @ 64000", "showing 0.1 at a time"),
        (
            "buy 1 @ 64000 then stop 63000",
            "each fill then sells its quantity at the market once the last price",
        ),
        ("buy 1 @ 64000 validate", "Ask the venue, without placing it"),
        ("bracket #2 tp 65000 stop 63000", "both may fill first"),
        ("twap buy 2 over 10m every 30s take", "taking at the far touch"),
        ("buy risk $100 stop 63000 @ 64000", "loses 100 USD down to a stop at 63000"),
        ("edit #2 @ 64000", "its place in the queue is lost"),
    ],
)
def test_explanations(text: str, said: str) -> None:
    assert said in explain(one(text))


def refused_at(line: str) -> int:
    """Return where a line is refused; its length if it is not."""
    try:
        parse(line, BTC)
    except GrammarError as error:
        return error.position
    return len(line)


class TestCompletion:
    @pytest.mark.parametrize(
        "text",
        [
            *(
                "buy 1 @ 64000 ",
                "buy 1 @ 64000 post ",
                "buy 1 stop 63000 ",
                "buy 1 @ 64000 then ",
                "buy 1 @ 64000 stp ",
            ),
            *("buy 1 @ 64000 fee ", "buy 1 @ 64000 gtd ", "buy 1 @ 64000 deadline ", "sell 1 index ", "twap buy 1 "),
            *("scale buy ", "chase sell 1 limit ", "amend #1 @ 5 ", "edit #1 ", "bracket #1 ", "override ", "pause "),
            *("cancel #1 ", "batch ", "twap buy 1 over ", "sell 1 trail "),
        ],
    )
    def test_no_candidate_is_refused_at_its_own_place(self, text: str) -> None:
        found = complete(text, len(text), [BTC], rows=2)
        assert found
        for candidate in found:
            line = text + candidate
            assert refused_at(line) >= len(line), line

    def test_orders_of_a_batch_are_completed_like_others(self) -> None:
        assert complete("batch buy 1 @ 5 & ", 18) == ["buy", "sell"]
        assert "bid" in complete("batch buy 1 @ 5 & sell 1 @ ", 27)

    def test_aliases_are_verbs(self) -> None:
        assert complete("di", 2, aliases=["dip"]) == ["disarm", "dip"]
