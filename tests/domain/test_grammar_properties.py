"""Statements survive being written down, and no text breaks the parser."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

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
from app.domain.grammar_tokens import TOPICS
from app.domain.order import Draft, OffsetUnit, OrderType, Price, PriceRef, Side, Size, SizeUnit, TimeInForce

D = Decimal

SYMBOLS = st.sampled_from(["BTC/USD", "1INCH/EUR", "DOGE/USD", "PEPE/USDT", "XRP.M/USD"])
POSITIVE = st.decimals("0.00000001", "99999999", places=8)
SIZES = st.one_of(
    st.builds(Size, POSITIVE, st.sampled_from([SizeUnit.BASE, SizeUnit.QUOTE])),
    st.builds(Size, st.decimals("0.01", "100", places=2), st.just(SizeUnit.PERCENT)),
)
OFFSETS = st.one_of(
    st.tuples(st.integers(1, 500).map(D), st.just(OffsetUnit.TICKS)),
    st.tuples(POSITIVE, st.sampled_from([OffsetUnit.QUOTE, OffsetUnit.PERCENT])),
)


@st.composite
def prices(draw: st.DrawFn, *, own: bool) -> Price:
    if draw(st.booleans()):
        return Price(PriceRef.ABSOLUTE, draw(POSITIVE))
    named = draw(st.sampled_from([PriceRef.BID, PriceRef.ASK, PriceRef.MID, PriceRef.LAST]))
    ref = PriceRef.OWN if own and draw(st.booleans()) else named
    if ref is not PriceRef.OWN and draw(st.booleans()):
        return Price(ref, D(0))
    value, unit = draw(OFFSETS)
    return Price(ref, value if draw(st.booleans()) else -value, unit)


@st.composite
def places(draw: st.DrawFn) -> Place:
    symbol, side, size = draw(SYMBOLS), draw(st.sampled_from(Side)), draw(SIZES)
    if draw(st.booleans()):
        return Place(Draft(symbol, side, size, None, OrderType.MARKET))
    post = draw(st.booleans())
    tif = TimeInForce.GTC if post else draw(st.sampled_from([TimeInForce.GTC, TimeInForce.IOC]))
    return Place(Draft(symbol, side, size, draw(prices(own=False)), OrderType.LIMIT, post, tif))


REFS = st.one_of(
    st.builds(OrderRef, st.integers(1, 999)),
    st.from_regex(r"\AO[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{6}\Z").map(lambda text: OrderRef(order_id=text)),
    st.uuids().map(lambda uuid: OrderRef(order_id=str(uuid))),
)


@st.composite
def amends(draw: st.DrawFn) -> Amend:
    size = draw(st.none() | SIZES)
    price = draw(prices(own=True)) if size is None else draw(st.none() | prices(own=True))
    return Amend(draw(REFS), size, price)


STATEMENTS: st.SearchStrategy[Statement] = st.one_of(
    places(),
    amends(),
    st.builds(Cancel, REFS),
    st.builds(CancelAll, st.sampled_from([CancelScope.ALL, CancelScope.BIDS, CancelScope.ASKS]), SYMBOLS),
    st.just(CancelAll(CancelScope.EVERYTHING)),
    st.sampled_from([Kill(), Release(), Arm(), Disarm(), Quit(), Help()]),
    st.builds(Help, st.sampled_from(TOPICS)),
    st.builds(Symbol, SYMBOLS),
)


@given(STATEMENTS)
@settings(max_examples=500)
def test_what_is_written_reads_back(statement: Statement) -> None:
    assert parse(format_statement(statement)) == (statement,)


@given(st.lists(STATEMENTS, min_size=1, max_size=4))
def test_chains_read_back(statements: list[Statement]) -> None:
    assert parse("; ".join(map(format_statement, statements)), "ETH/USD") == tuple(statements)


@given(STATEMENTS)
def test_every_statement_has_one_plain_line(statement: Statement) -> None:
    line = explain(statement)
    assert line.endswith(".")
    assert "\n" not in line


VOCABULARY = """
buy sell b cancel amend all everything kill max size @ $ % # + - ; bid ask mid -1t 0.5 64200 25 post ioc gtc market
take BTC/USD btc #1 OQCLML-BW3P3-BUCMWZ help symbol / . 1INCH 2t
"""
WORDS = st.sampled_from(VOCABULARY.split())


def outcome(text: str) -> tuple[Statement, ...] | GrammarError:
    try:
        return parse(text, "BTC/USD")
    except GrammarError as error:
        return error


@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=10).map(" ".join), st.lists(WORDS).map("".join)))
@settings(max_examples=500)
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    found = outcome(text)
    if isinstance(found, GrammarError):
        assert 0 <= found.position <= len(text)
        assert found.message
        assert str(found).isprintable()
    else:
        assert parse("; ".join(map(format_statement, found)), "BTC/USD") == found


@given(st.text(max_size=40), st.integers(0, 45))
def test_completion_never_fails(text: str, cursor: int) -> None:
    assert len(complete(text, cursor, ["BTC/USD"], rows=3)) <= 20
