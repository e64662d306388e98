"""Statements survive being written down, and no text breaks the parser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.grammar import (
    Alias,
    Amend,
    Arm,
    Batch,
    Bracket,
    Cancel,
    CancelAll,
    CancelBatch,
    CancelScope,
    Chase,
    Close,
    Disarm,
    Edit,
    Flatten,
    GrammarError,
    Help,
    HelperAction,
    HelperControl,
    Kill,
    Limits,
    OrderRef,
    Override,
    Place,
    Quit,
    Release,
    Reverse,
    Scale,
    Statement,
    Symbol,
    Transport,
    Twap,
    Why,
    complete,
    explain,
    format_statement,
    parse,
)
from app.domain.grammar_tokens import RESERVED, TOPICS
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
from app.domain.order_terms import TRANSPORTS
from app.domain.risk_values import OVERRIDABLE
from tests.thorough import examples

D = Decimal

SYMBOLS = st.sampled_from(["BTC/USD", "1INCH/EUR", "DOGE/USD", "PEPE/USDT", "XRP.M/USD"])
POSITIVE = st.decimals("0.00000001", "99999999", places=8)
OFFSETS = st.one_of(
    st.tuples(st.integers(1, 500).map(D), st.just(OffsetUnit.TICKS)),
    st.tuples(POSITIVE, st.sampled_from([OffsetUnit.QUOTE, OffsetUnit.PERCENT])),
)
PERCENTS = st.decimals("0.01", "100", places=2)


@st.composite
def prices(draw: st.DrawFn, *, own: bool, limit: bool = False) -> Price:
    if draw(st.booleans()):
        return Price(PriceRef.ABSOLUTE, draw(POSITIVE))
    named = draw(st.sampled_from([PriceRef.BID, PriceRef.ASK, PriceRef.MID, PriceRef.LAST]))
    ref = PriceRef.OWN if own and draw(st.booleans()) else named
    if (ref is not PriceRef.OWN or limit) and draw(st.booleans()):
        return Price(ref, D(0))
    value, unit = draw(OFFSETS)
    return Price(ref, value if draw(st.booleans()) else -value, unit)


DISTANCES = OFFSETS.map(lambda offset: Price(PriceRef.OWN, *offset))
TRAIL_LIMITS = st.one_of(
    st.just(Price(PriceRef.OWN, D(0))), OFFSETS.map(lambda offset: Price(PriceRef.OWN, -offset[0], offset[1]))
)
SIZES = st.one_of(
    st.builds(Size, POSITIVE, st.sampled_from([SizeUnit.BASE, SizeUnit.QUOTE])),
    st.builds(Size, PERCENTS, st.sampled_from([SizeUnit.PERCENT, SizeUnit.POSITION])),
    st.builds(Size, POSITIVE, st.just(SizeUnit.RISK), st.none() | prices(own=True)),
)
SLICES = st.one_of(
    st.builds(Size, POSITIVE, st.sampled_from([SizeUnit.BASE, SizeUnit.QUOTE])),
    st.builds(Size, PERCENTS, st.just(SizeUnit.PERCENT)),
)
SECONDS = st.integers(1, 30 * 86_400)
TIMES = st.one_of(
    st.builds(When, st.just(WhenKind.AFTER), SECONDS),
    st.builds(When, st.just(WhenKind.TIME_OF_DAY), st.integers(0, 86_399)),
    st.builds(When, st.just(WhenKind.AT), st.integers(1_700_000_000, 4_000_000_000)),
)
REST = (TimeInForce.GTC, TimeInForce.GTD)
MARKET_KINDS = (OrderType.STOP_LOSS, OrderType.TAKE_PROFIT, OrderType.TRAILING_STOP)
LIMIT_KINDS = (OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT, OrderType.TRAILING_STOP_LIMIT)


@st.composite
def closes(draw: st.DrawFn) -> CloseDraft:
    kind = draw(st.sampled_from([OrderType.LIMIT, *MARKET_KINDS, *LIMIT_KINDS]))
    if kind is OrderType.LIMIT:
        return CloseDraft(kind, draw(prices(own=True)))
    trigger = draw(DISTANCES if kind.trailing else prices(own=True))
    if not kind.limited:
        return CloseDraft(kind, None, trigger)
    return CloseDraft(kind, draw(TRAIL_LIMITS if kind.trailing else prices(own=True, limit=True)), trigger)


@st.composite
def options(draw: st.DrawFn, draft: Draft, *, whole: bool = True) -> Draft:
    told = replace(
        draft,
        reduce_only=draw(st.booleans()),
        leverage=draw(st.sampled_from([0, 0, 2, 5])),
        stp=draw(st.none() | st.sampled_from(Stp)),
        fee_in_base=draw(st.none() | st.booleans()),
        deadline_ms=draw(st.sampled_from([0, 0, 500, 2000, 60_000])),
    )
    if not whole:
        return told
    settle = draft.order_type is OrderType.SETTLE_POSITION
    return replace(
        told,
        start=draw(st.none() | TIMES),
        validate=draw(st.booleans()),
        close=None if settle else draw(st.none() | closes()),
    )


@st.composite
def timed(draw: st.DrawFn, draft: Draft, kinds: Sequence[TimeInForce] = REST) -> Draft:
    tif = draw(st.sampled_from(kinds))
    return replace(draft, time_in_force=tif, expire=draw(TIMES) if tif is TimeInForce.GTD else None)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    symbol, side, size = draw(SYMBOLS), draw(st.sampled_from(Side)), draw(SIZES)
    kind = draw(st.sampled_from(OrderType))
    draft = Draft(symbol, side, size, None, kind)
    if kind in {OrderType.MARKET, OrderType.SETTLE_POSITION}:
        return draw(options(draft))
    post = kind.limited and draw(st.booleans())
    if kind.triggered:
        price = draw(DISTANCES if kind.trailing else prices(own=True))
        draft = replace(draft, trigger=TriggerDraft(price, draw(st.sampled_from(TriggerRef))))
    if kind.limited:
        own = TRAIL_LIMITS if kind.trailing else prices(own=kind.triggered, limit=kind.triggered)
        draft = replace(draft, price=draw(own), post_only=post)
    if kind is OrderType.ICEBERG:
        assert draft.price is not None
        far = PriceRef.ASK if side is Side.BUY else PriceRef.BID
        draft = replace(draft, display=draw(SLICES), post_only=post or draft.price.ref is far)
    any_time = kind is OrderType.LIMIT and not draft.post_only
    return draw(timed(draw(options(draft)), tuple(TimeInForce) if any_time else REST))


def places() -> st.SearchStrategy[Place]:
    return st.builds(Place, drafts())


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    found = draw(st.lists(drafts(), min_size=2, max_size=4))
    return Batch(tuple(replace(one, symbol=found[0].symbol, validate=False, deadline_ms=0) for one in found))


@st.composite
def scales(draw: st.DrawFn) -> Scale:
    iceberg = draw(st.booleans())
    kind = OrderType.ICEBERG if iceberg else OrderType.LIMIT
    draft = Draft(draw(SYMBOLS), draw(st.sampled_from(Side)), draw(SIZES), draw(prices(own=False)), kind, True)
    draft = draw(timed(draw(options(draft))))
    if iceberg:
        draft = replace(draft, display=draw(SLICES))
    return Scale(draft, draw(st.integers(2, 50)), draw(prices(own=False)), draw(st.booleans()))


@st.composite
def helpers(draw: st.DrawFn) -> Twap | Chase:
    draft = Draft(draw(SYMBOLS), draw(st.sampled_from(Side)), draw(SIZES), None, OrderType.LIMIT, True)
    draft = draw(options(draft, whole=False))
    limit = draw(st.none() | prices(own=False))
    if draw(st.booleans()):
        return Chase(draft, limit, draw(st.just(0) | SECONDS))
    if draw(st.booleans()):
        draft = replace(draft, post_only=False, time_in_force=TimeInForce.IOC)
    every = draw(st.integers(1, 3600))
    return Twap(draft, every * draw(st.integers(1, 100)), every, limit)


REFS = st.one_of(
    st.builds(OrderRef, st.integers(1, 999)),
    st.from_regex(r"\AO[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{6}\Z").map(lambda text: OrderRef(order_id=text)),
    st.uuids().map(lambda uuid: OrderRef(order_id=str(uuid))),
)


@st.composite
def changes(draw: st.DrawFn) -> Amend | Edit:
    price = draw(st.none() | prices(own=True))
    trigger = draw(st.none() | prices(own=True))
    trail = draw(st.none() | DISTANCES) if trigger is None else None
    display, size = draw(st.none() | SLICES), draw(st.none() | SIZES)
    if (price, trigger, trail, display, size) == (None,) * 5:
        size = draw(SIZES)
    post = price is not None and draw(st.booleans())
    target = draw(REFS)
    if draw(st.booleans()):
        return Amend(target, size, price, display, trigger, trail, post)
    return Edit(target, size, price, display, trigger, trail, post)


NAMES = st.from_regex(r"\A[a-z][a-z0-9_]{0,9}\Z").filter(lambda name: name not in RESERVED)
LINES = st.lists(drafts().map(Place) | st.just(Kill()), min_size=1, max_size=2)
ALIASES = st.builds(Alias, NAMES, LINES.map(lambda found: "; ".join(map(format_statement, found))) | st.just(""))
STATEMENTS: st.SearchStrategy[Statement] = st.one_of(
    places(),
    batches(),
    scales(),
    helpers(),
    changes(),
    st.builds(Cancel, REFS, st.booleans()),
    st.lists(REFS, min_size=2, max_size=5, unique=True).map(lambda refs: CancelBatch(tuple(refs))),
    st.builds(CancelAll, st.sampled_from([CancelScope.ALL, CancelScope.BIDS, CancelScope.ASKS]), SYMBOLS),
    st.sampled_from([CancelAll(CancelScope.EVERYTHING), CancelAll(CancelScope.SESSION)]),
    st.builds(Bracket, REFS, prices(own=True), prices(own=True), st.none() | prices(own=True, limit=True)),
    st.builds(Close, SYMBOLS),
    st.builds(Reverse, SYMBOLS),
    st.builds(HelperControl, st.sampled_from(HelperAction), st.just("") | st.integers(1, 99).map(lambda n: f"H{n}")),
    st.builds(Why, REFS),
    st.builds(Transport, st.sampled_from(TRANSPORTS)),
    st.builds(Override, st.sampled_from(sorted(OVERRIDABLE)), st.integers(1, 10)),
    st.sampled_from([Kill(), Release(), Arm(), Disarm(), Quit(), Help(), Flatten(), Limits()]),
    st.builds(Help, st.sampled_from(TOPICS)),
    st.builds(Symbol, SYMBOLS),
)


@given(STATEMENTS | ALIASES)
@settings(max_examples=examples(500))
def test_what_is_written_reads_back(statement: Statement) -> None:
    assert parse(format_statement(statement)) == (statement,)


@given(st.lists(STATEMENTS, min_size=1, max_size=4))
def test_chains_read_back(statements: list[Statement]) -> None:
    assert parse("; ".join(map(format_statement, statements)), "ETH/USD") == tuple(statements)


@given(STATEMENTS | ALIASES)
def test_every_statement_has_one_plain_line(statement: Statement) -> None:
    line = explain(statement)
    assert line.endswith(".")
    assert "\n" not in line


VOCABULARY = """
buy sell b cancel amend all everything kill max size @ $ % # + - ; bid ask mid -1t 0.5 64200 25 post ioc gtc market
take fok gtd 15m 18:30 reduce settle lev 5 iceberg stop tp trail index then stp newest fee base deadline 2s start
validate risk of position scale 5x0.2 .. in twap over every 30s limit chase for bracket batch & close flatten reverse
pause H1 why limits override collar alias = edit display trigger
family session BTC/USD btc #1 OQCLML-BW3P3-BUCMWZ help symbol / . 1INCH 2t
"""
WORDS = st.sampled_from(VOCABULARY.split())


def outcome(text: str) -> tuple[Statement, ...] | GrammarError:
    try:
        return parse(text, "BTC/USD")
    except GrammarError as error:
        return error


@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=10).map(" ".join), st.lists(WORDS).map("".join)))
@settings(max_examples=examples(500))
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
