"""The `:` language: what is understood, what is refused and what the refusal says."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.grammar import (
    Amend,
    Arm,
    Cancel,
    CancelAll,
    CancelScope,
    Disarm,
    GrammarError,
    Help,
    Kill,
    OrderRef,
    Place,
    Quit,
    Release,
    Statement,
    Symbol,
    complete,
    explain,
    format_statement,
    parse,
)
from app.domain.order import Draft, OffsetUnit, OrderType, Price, PriceRef, Side, Size, SizeUnit, TimeInForce

D = Decimal

BTC = "BTC/USD"
ABS = PriceRef.ABSOLUTE


def one(text: str, symbol: str = BTC) -> Statement:
    (statement,) = parse(text, symbol)
    return statement


def draft(text: str) -> Draft:
    statement = one(text)
    assert isinstance(statement, Place)
    return statement.draft


def refused(text: str, symbol: str = BTC) -> GrammarError:
    with pytest.raises(GrammarError) as caught:
        parse(text, symbol, {"BTC/USD", "ETH/USD", "DOGE/USD", "AAPLx/USD"})
    return caught.value


def test_the_documented_order() -> None:
    assert one("buy 0.5 BTC/USD @ 64200 post", "") == Place(
        Draft(BTC, Side.BUY, Size(D("0.5")), Price(ABS, D(64200)), OrderType.LIMIT, True, TimeInForce.GTC)
    )


@pytest.mark.parametrize(
    "text",
    [
        "b 0.5 @ 64200 post",
        "BUY .5 @64200 Post",
        "buy btc/usd 0.5 @ 64200 post",
        "buy 0.5 xbt/usd post @ 64200",
        "  buy   0.5 btc @ 64200. post gtc ; ",
    ],
)
def test_many_ways_to_write_it(text: str) -> None:
    assert one(text) == one("buy 0.5 BTC/USD @ 64200 post")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0.5", Size(D("0.5"))),
        ("$200", Size(D(200), SizeUnit.QUOTE)),
        ("200$", Size(D(200), SizeUnit.QUOTE)),
        ("25%", Size(D(25), SizeUnit.PERCENT)),
        ("max", Size(D(100), SizeUnit.PERCENT)),
        ("size 5000", Size(D(5000))),
        ("5000 BTC", Size(D(5000))),
    ],
)
def test_sizes(text: str, size: Size) -> None:
    assert draft(f"sell {text} market").size == size


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("64200.5", Price(ABS, D("64200.5"))),
        ("bid", Price(PriceRef.BID, D(0))),
        ("bid-2t", Price(PriceRef.BID, D(-2), OffsetUnit.TICKS)),
        ("bid - 2T", Price(PriceRef.BID, D(-2), OffsetUnit.TICKS)),
        ("mid-0.05%", Price(PriceRef.MID, D("-0.05"), OffsetUnit.PERCENT)),
        ("last+1.5", Price(PriceRef.LAST, D("1.5"))),
        ("bid+0t", Price(PriceRef.BID, D(0))),
    ],
)
def test_prices(text: str, price: Price) -> None:
    assert draft(f"buy 1 @ {text}").price == price


def test_take_is_a_limit_at_the_far_touch_that_does_not_rest() -> None:
    buy, sell = draft("buy 0.5 take"), draft("sell 0.5 take")
    assert (buy.order_type, buy.price, buy.time_in_force) == (
        OrderType.LIMIT,
        Price(PriceRef.ASK, D(0)),
        TimeInForce.IOC,
    )
    assert sell.price == Price(PriceRef.BID, D(0))
    assert draft("buy 0.5 @ ask+5t take gtc").time_in_force is TimeInForce.GTC


def test_nothing_is_market_like_without_the_word() -> None:
    assert draft("buy 0.5 market").order_type is OrderType.MARKET
    error = refused("buy 0.5")
    assert "needs a price" in error.message
    assert "@ bid" in error.suggestion
    assert "`take`" in refused("buy 0.5 @ ask").suggestion
    assert "`take`" in refused("sell 0.5 @ bid+2t").suggestion
    assert draft("buy 0.5 @ ask post").post_only


@pytest.mark.parametrize(
    ("text", "position", "suggestion"),
    [
        ("buy 64200", 4, "did you mean `@ 64200`?"),
        ("buy 64200 market", 4, "did you mean `@ 64200`?"),
        ("buy 64200 @ 64000", 4, "did you mean `@ 64200`?"),
        ("buy 0.5 64200", 8, "did you mean `@ 64200`?"),
        ("amend #2 64200", 9, "did you mean `@ 64200`?"),
    ],
)
def test_a_bare_large_number_is_not_taken_for_a_size(text: str, position: int, suggestion: str) -> None:
    error = refused(text)
    assert error.position == position
    assert suggestion in error.suggestion


def test_a_large_size_far_from_the_price_is_a_size() -> None:
    assert draft("buy 5000 DOGE/USD @ 0.12").size == Size(D(5000))


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("cancel #3", Cancel(OrderRef(row=3))),
        ("cancel OQCLML-BW3P3-BUCMWZ", Cancel(OrderRef(order_id="OQCLML-BW3P3-BUCMWZ"))),
        (
            "cancel 2c6be801-1f53-4f79-a0bb-4ea1c95dfae9",
            Cancel(OrderRef(order_id="2c6be801-1f53-4f79-a0bb-4ea1c95dfae9")),
        ),
        ("cancel all", CancelAll(CancelScope.ALL, BTC)),
        ("cancel all ETH/USD", CancelAll(CancelScope.ALL, "ETH/USD")),
        ("cancel bids", CancelAll(CancelScope.BIDS, BTC)),
        ("cancel sells", CancelAll(CancelScope.ASKS, BTC)),
        ("cancel everything", CancelAll(CancelScope.EVERYTHING)),
        ("cancel all everything", CancelAll(CancelScope.EVERYTHING)),
        ("amend #2 @ -1t", Amend(OrderRef(row=2), None, Price(PriceRef.OWN, D(-1), OffsetUnit.TICKS))),
        ("amend #2 0.3", Amend(OrderRef(row=2), Size(D("0.3")))),
        ("amend #2 0.3 @ 64100", Amend(OrderRef(row=2), Size(D("0.3")), Price(ABS, D(64100)))),
        ("kill", Kill()),
        ("release", Release()),
        ("arm", Arm()),
        ("disarm", Disarm()),
        ("help", Help()),
        ("help cancel", Help("cancel")),
        ("symbol xdg/usd", Symbol("DOGE/USD")),
        ("QUIT", Quit()),
        ("exit", Quit()),
    ],
)
def test_other_statements(text: str, statement: Statement) -> None:
    assert one(text) == statement


def test_cancel_all_reaches_other_symbols_only_by_name() -> None:
    assert one("cancel all", "ETH/USD") == CancelAll(CancelScope.ALL, "ETH/USD")
    assert "symbol" in refused("cancel all", symbol="").message


def test_chains_run_in_order() -> None:
    chain = parse("cancel bids; buy 1 @ bid post;; arm", BTC)
    assert [type(statement) for statement in chain] == [CancelAll, Place, Arm]


@pytest.mark.parametrize(
    ("text", "position", "message", "suggestion"),
    [
        ("", 0, "nothing to do", "help"),
        (" ; ", 0, "nothing to do", "help"),
        ("bu 1 @ 5", 0, "`bu` means nothing", "`buy`"),
        ("buy", 3, "how much", "buy 0.5"),
        ("buy 1 @ bid psot", 12, "`psot`", "`post`"),
        ("buy 1 @ bdi", 8, "expected a price", "`bid`"),
        ("buy 1 @", 7, "expected a price", "@ 64200"),
        ("buy 1 @ 64,200", 10, "','", "thousands"),
        ("buy 0 @ 5", 4, "zero is no size", "above 0"),
        ("buy 1 @ 0", 8, "zero is no price", "above 0"),
        ("buy -1 @ 5", 4, "no sign", "direction"),
        ("buy 101% @ bid", 4, "more than there is", "max"),
        ("buy 1 @ 5 @ 6", 10, "second price", "one"),
        ("buy 1 $5 @ 6", 6, "second size", "one"),
        ("buy @ 5 1", 8, "size comes before", "buy 0.5"),
        ("buy 1 BTC/USD ETH/USD @ 5", 14, "second symbol", "BTC/USD"),
        ("buy 1 @ -1t", 8, "only in amend", "bid-2t"),
        ("buy 1 @ bid-1.5t", 12, "ticks are whole", "1t"),
        ("buy 1 @ bid+", 12, "expected an offset", "plain number"),
        ("buy 1 @ 5 market", 10, "no price", "drop"),
        ("buy 1 market post", 13, "exclude", "drop one"),
        ("buy 1 @ 5 post ioc", 15, "exclude", "drop one"),
        ("buy 1 take post", 11, "exclude", "drop one"),
        ("buy 1 ETC/USD @ 5", 6, "no pair ETC/USD", "`ETH/USD`"),
        ("buy 1 ETH @ 5", 6, "`ETH`", "`ETH/USD`"),
        ("buy 1 ETH ETH/EUR @ 5", 10, "no pair ETH/EUR", "`ETH/USD`"),
        ("cancel", 6, "cancel what", "cancel all"),
        ("cancel evrything", 7, "names no order", "`everything`"),
        ("cancel #0", 7, "row number", "#1"),
        ("cancel # 1", 7, "row number", "#1"),
        ("cancel BTC/USD", 7, "which orders", "cancel all BTC/USD"),
        ("cancel everything ETH/USD", 18, "all symbols", "cancel all ETH/USD"),
        ("cancel all now", 11, "`now`", "help"),
        ("amend", 5, "which order", "amend #2"),
        ("amend #2", 8, "amend what", "size"),
        ("amend #2 @ +0t", 11, "changes nothing", "-1t"),
        ("help prce", 5, "no help", "`price`"),
        ("symbol BTC", 7, "which pair", "symbol BTC/USD"),
        ("buy 1 @ 5; sel", 11, "`sel`", "`sell`"),
        ("buy 1 @ 5 \x1b[31m", 10, "means nothing", ""),
        ("buy 1e5 @ 5", 4, "`1e5` means nothing", ""),
        ("buy " + "9" * 41 + " @ 5", 4, "too long", "shorter"),
    ],
)
def test_refusals_say_where_what_and_what_instead(text: str, position: int, message: str, suggestion: str) -> None:
    error = refused(text)
    assert error.position == position
    assert message in error.message
    assert suggestion in error.suggestion
    assert "\n" not in str(error)
    assert "\x1b" not in str(error)


def test_lines_without_end_are_refused() -> None:
    assert "longer than" in refused("buy 1 @ 5 " * 600).message
    assert "statements" in refused("arm;" * 21).message


def test_known_pairs_keep_their_own_spelling() -> None:
    assert parse("symbol aaplX/usd", "", {"AAPLx/USD"}) == (Symbol("AAPLx/USD"),)


def test_explanations_name_amount_price_and_what_happens() -> None:
    lines = {text: explain(one(text)) for text in ("buy 0.5 @ bid-1t post", "sell max take", "cancel everything")}
    assert lines["buy 0.5 @ bid-1t post"] == (
        "Buy 0.5 BTC on BTC/USD with a limit at 1 tick below the best bid; post-only: refused rather than taking."
    )
    assert "all of the available BTC" in lines["sell max take"]
    assert "the rest is cancelled" in lines["sell max take"]
    assert "all symbols" in lines["cancel everything"]


class TestCompletion:
    def test_verbs_first(self) -> None:
        assert complete("", 0)[:2] == ["buy", "sell"]
        assert complete("ca", 2) == ["cancel"]
        assert complete("buy 1 @ bid; am", 15) == ["amend"]

    def test_after_at_come_references(self) -> None:
        assert complete("buy 1 @ ", 8) == ["bid", "ask", "mid", "last"]
        assert complete("buy 1 @m", 8) == ["mid"]

    def test_flags_that_exclude_each_other_are_not_offered(self) -> None:
        offered = complete("buy 1 @ bid post ", 17)
        assert {"gtc", "gtd", "iceberg", "then"} <= set(offered)
        assert not {"post", "ioc", "fok", "market", "take", "settle", "@"} & set(offered)
        assert "@" not in complete("buy 1 market ", 13, [BTC])

    def test_symbols_and_rows(self) -> None:
        assert complete("symbol e", 8, [BTC, "ETH/USD"]) == ["ETH/USD"]
        assert complete("cancel #", 8, [], rows=2) == ["#1", "#2"]
        assert complete("buy b", 5, [BTC]) == [BTC]

    @pytest.mark.parametrize("text", ["buy 1 @ bid ", "sell max ", "cancel ", "buy 1 take ", "amend #1 ", "help "])
    def test_every_candidate_leads_somewhere(self, text: str) -> None:
        """No candidate is refused at its own place."""
        for candidate in complete(text, len(text), [BTC], rows=1):
            assert error_position(text + candidate) >= len(text) + len(candidate), (text, candidate)


def error_position(text: str) -> int:
    try:
        parse(text, BTC)
    except GrammarError as error:
        return error.position
    return len(text)


def test_formatting_is_canonical() -> None:
    for text in ("buy 0.5 BTC/USD @ bid post", "sell max BTC/USD @ bid take", "sell size 5000 DOGE/USD market"):
        assert format_statement(one(text)) == text
