"""The table: every kind of order x flag x time in force, allowed or refused with the venue's reason.

`TIMES`, `POST` and `CLOSES` are written out on their own, from the reference,
so that a slip in `app.domain.venue_rules` shows here.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from app.domain.fees import FeeRates
from app.domain.grammar import Place, parse
from app.domain.instrument import Instrument
from app.domain.order import (
    CloseTemplate,
    OrderRequest,
    OrderType,
    PriceKind,
    Side,
    TimeInForce,
    Trigger,
    TriggerRef,
)
from app.domain.quote import Funds, Market, resolve
from app.domain.rate_counter import RateCounter
from app.domain.ratelimit import NS_PER_S, PRO
from app.domain.risk import BookTrust, RefusalCode, RiskContext, RiskGate, RiskLimits, VenueMode
from app.domain.venue_rules import broken_rule

D = Decimal
T = OrderType
NOW = 1_800_000_000 * NS_PER_S
BTC = Instrument(
    "BTC/USD", "BTC", "USD", 1, D("0.1"), 8, D("0.00000001"), D("0.0001"), 5, D("0.5"), marginable=True, has_index=True
)
MARKET = Market(BTC, D("64200.0"), D("64200.3"), D("64200.1"), D("64200.2"))
LEVERAGES = (2, 3, 5)
ARGUMENTS = "EGeneral:Invalid arguments:"

GTC, GTD, IOC, FOK = TimeInForce.GTC, TimeInForce.GTD, TimeInForce.IOC, TimeInForce.FOK
TIMES = {
    T.LIMIT: {GTC, GTD, IOC, FOK},
    T.ICEBERG: {GTC, GTD},
    T.MARKET: {GTC, IOC},
    T.STOP_LOSS: {GTC, GTD, IOC},
    T.STOP_LOSS_LIMIT: {GTC, GTD, IOC},
    T.TAKE_PROFIT: {GTC, GTD, IOC},
    T.TAKE_PROFIT_LIMIT: {GTC, GTD, IOC},
    T.TRAILING_STOP: {GTC, GTD, IOC},
    T.TRAILING_STOP_LIMIT: {GTC, GTD, IOC},
    T.SETTLE_POSITION: {GTC},
}
POST = {T.LIMIT, T.ICEBERG, T.STOP_LOSS_LIMIT, T.TAKE_PROFIT_LIMIT, T.TRAILING_STOP_LIMIT}
WITH_TRIGGER = {T.STOP_LOSS, T.STOP_LOSS_LIMIT, T.TAKE_PROFIT, T.TAKE_PROFIT_LIMIT}
TRAILING = {T.TRAILING_STOP, T.TRAILING_STOP_LIMIT}
CLOSES = set(T) - {T.MARKET, T.ICEBERG, T.SETTLE_POSITION}

WORDS = {
    T.LIMIT: "@ 64100",
    T.ICEBERG: "iceberg 0.1 @ 64100",
    T.MARKET: "market",
    T.STOP_LOSS: "stop 65000",
    T.STOP_LOSS_LIMIT: "stop 65000 @ 65010",
    T.TAKE_PROFIT: "tp 63000",
    T.TAKE_PROFIT_LIMIT: "tp 63000 @ 63010",
    T.TRAILING_STOP: "trail 1%",
    T.TRAILING_STOP_LIMIT: "trail 50 @ +0",
    T.SETTLE_POSITION: "settle lev 2",
}
TIME_WORDS = {GTC: "", GTD: "gtd 15m", IOC: "ioc", FOK: "fok"}


def plain_order(kind: OrderType) -> OrderRequest:
    """Return a right order of a kind, with nothing that it could do without."""
    order = OrderRequest("c-1", "BTC/USD", Side.BUY, kind, D("0.5"), None)
    if kind in WITH_TRIGGER:
        up = kind in {T.STOP_LOSS, T.STOP_LOSS_LIMIT}
        order = replace(order, trigger=Trigger(TriggerRef.LAST, D(65000) if up else D(63000)))
    if kind in TRAILING:
        order = replace(order, trigger=Trigger(TriggerRef.LAST, D(1), PriceKind.PCT))
    if kind in POST:
        trails = kind is T.TRAILING_STOP_LIMIT
        limit = D(0) if trails else (order.trigger.price if order.trigger else D(64100))
        order = replace(order, limit_price=limit, limit_kind=PriceKind.QUOTE if trails else PriceKind.STATIC)
    if kind is T.ICEBERG:
        order = replace(order, display_qty=D("0.1"))
    return order


def timed(order: OrderRequest, tif: TimeInForce) -> OrderRequest:
    return replace(order, time_in_force=tif, expire_ns=NOW + 900 * NS_PER_S if tif is GTD else 0)


def context() -> RiskContext:
    return RiskContext(
        now_ns=NOW,
        instrument=BTC,
        fees=FeeRates(D("0.25"), D("0.40")),
        counter=RateCounter(PRO),
        limits=RiskLimits(),
        best_bid=MARKET.bid,
        best_ask=MARKET.ask,
        last=MARKET.last,
        index=MARKET.index,
        book=BookTrust.VERIFIED,
        venue=VenueMode.ONLINE,
        reconciled=True,
        available_base=D(2),
        available_quote=D(100_000),
        wall_ns=NOW,
        leverages=LEVERAGES,
        position=D(-1),
        available_margin=D(100_000),
    )


def reason(order: OrderRequest) -> str:
    """Return the venue's reason as the gate gives it; empty if it may go out."""
    refusals = RiskGate().check(order, context()).refusals
    return refusals[0].error if refusals else ""


@pytest.mark.parametrize(("kind", "tif", "post"), list(product(OrderType, TimeInForce, [False, True])))
def test_kind_time_and_post_only(kind: OrderType, tif: TimeInForce, post: bool) -> None:
    order = replace(timed(plain_order(kind), tif), post_only=post)
    if tif not in TIMES[kind]:
        assert reason(order) == ARGUMENTS + "timeinforce"
    elif post and (kind not in POST or tif in {IOC, FOK}):
        assert reason(order) == ARGUMENTS + "post_only"
    else:
        assert reason(order) == ""


@pytest.mark.parametrize(("kind", "leverage", "reduce"), list(product(OrderType, [0, 3, 4], [False, True])))
def test_kind_margin_and_reduce_only(kind: OrderType, leverage: int, reduce: bool) -> None:
    order = replace(plain_order(kind), leverage=leverage, reduce_only=reduce)
    if reduce and not leverage and kind is not T.SETTLE_POSITION:
        assert reason(order) == "EOrder:Reduce only:Non-PC"
    elif leverage == 4:
        assert reason(order) == ARGUMENTS + "leverage"
    else:
        assert reason(order) == ""


@pytest.mark.parametrize(("kind", "close"), list(product(OrderType, OrderType)))
def test_kind_and_conditional_close(kind: OrderType, close: OrderType) -> None:
    shape = plain_order(close)
    template = CloseTemplate(
        close,
        None if shape.limit_price is None else (D(0) if close in TRAILING else D(66000)),
        shape.limit_kind,
        None if shape.trigger is None else (D(1) if close in TRAILING else D(66000)),
        shape.trigger.kind if shape.trigger else PriceKind.STATIC,
    )
    order = replace(plain_order(kind), conditional=template)
    allowed = kind is not T.SETTLE_POSITION and close in CLOSES
    assert reason(order) == ("" if allowed else ARGUMENTS + "close")


@pytest.mark.parametrize(("kind", "reference", "how"), list(product(OrderType, TriggerRef, PriceKind)))
def test_kind_and_trigger(kind: OrderType, reference: TriggerRef, how: PriceKind) -> None:
    price = {PriceKind.STATIC: D(65000), PriceKind.PCT: D(1), PriceKind.QUOTE: D(50)}[how]
    order = replace(plain_order(kind), trigger=Trigger(reference, price, how))
    if order.limit_price and kind not in TRAILING and kind in {T.STOP_LOSS_LIMIT, T.TAKE_PROFIT_LIMIT}:
        order = replace(order, limit_price=D(64900))
    if kind not in WITH_TRIGGER | TRAILING:
        assert reason(order) == ARGUMENTS + "trigger"
    elif kind in TRAILING and how is PriceKind.STATIC:
        assert reason(order) == ARGUMENTS + "price"
    else:
        assert reason(order) == ""


@pytest.mark.parametrize("kind", OrderType)
def test_terms_that_a_kind_needs_or_has_not(kind: OrderType) -> None:
    order = plain_order(kind)
    second = ARGUMENTS + ("price2" if kind in WITH_TRIGGER | TRAILING else "price")
    assert reason(replace(order, limit_price=None)) == (second if kind in POST else "")
    if kind not in POST:
        assert reason(replace(order, limit_price=D(64100))) == second
    if kind in WITH_TRIGGER | TRAILING:
        assert reason(replace(order, trigger=None)) == ARGUMENTS + "price"
    shown = None if kind is T.ICEBERG else D("0.1")
    assert reason(replace(order, display_qty=shown)) == ARGUMENTS + "displayvol"
    cash = replace(order, cash_qty=D(100))
    assert reason(cash) == ("" if kind is T.MARKET else ARGUMENTS + "viqc")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"display_qty": D("0.03333333")}, ARGUMENTS + "displayvol"),
        ({"display_qty": D("0.03333334")}, ""),
        ({"display_qty": D("0.5")}, ""),
        ({"display_qty": D("0.6")}, ARGUMENTS + "displayvol"),
        ({"display_qty": D(0)}, ARGUMENTS + "displayvol"),
    ],
)
def test_an_iceberg_shows_a_fifteenth_at_least(change: dict[str, Decimal], error: str) -> None:
    assert reason(replace(plain_order(T.ICEBERG), **change)) == error  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "expire", "error"),
    [
        (0, 4, "expiretm"),
        (0, 5, ""),
        (0, 31 * 86_400, ""),
        (0, 31 * 86_400 + 1, "expiretm"),
        (60, 60, "expiretm"),
        (60, 61, ""),
        (32 * 86_400, 40, "starttm"),
    ],
)
def test_times_ahead(start: int, expire: int, error: str) -> None:
    order = replace(
        plain_order(T.LIMIT),
        time_in_force=GTD,
        expire_ns=NOW + expire * NS_PER_S,
        start_ns=NOW + start * NS_PER_S if start else 0,
    )
    assert reason(order) == (ARGUMENTS + error if error else "")


def test_gtd_and_its_expiry_go_together() -> None:
    assert reason(replace(plain_order(T.LIMIT), time_in_force=GTD)) == ARGUMENTS + "expiretm"
    assert reason(replace(plain_order(T.LIMIT), expire_ns=NOW + 900 * NS_PER_S)) == ARGUMENTS + "expiretm"


def test_what_the_pair_does_not_offer() -> None:
    bare = replace(BTC, marginable=False, has_index=False)
    spot = broken_rule(replace(plain_order(T.LIMIT), leverage=2), bare)
    index = broken_rule(replace(plain_order(T.STOP_LOSS), trigger=Trigger(TriggerRef.INDEX, D(65000))), bare)
    assert spot is not None
    assert spot.error == "EOrder:Cannot open position"
    assert index is not None
    assert index.error == ARGUMENTS + "Index unavailable"


def test_reduce_only_needs_something_to_reduce() -> None:
    sell = replace(plain_order(T.LIMIT), side=Side.SELL, limit_price=D(64300), leverage=2, reduce_only=True)
    assert reason(sell) == "EOrder:Reduce only:No position exists"
    assert reason(replace(sell, side=Side.BUY, limit_price=D(64100))) == ""


def test_money_sizes_are_for_spot_market_buys() -> None:
    buy = replace(plain_order(T.MARKET), cash_qty=D(100))
    assert reason(buy) == ""
    assert reason(replace(buy, side=Side.SELL)) == ARGUMENTS + "viqc"
    assert reason(replace(buy, leverage=2)) == ARGUMENTS + "viqc"
    assert reason(replace(buy, cash_qty=D(0))) == ARGUMENTS + "viqc"
    assert reason(replace(buy, start_ns=NOW + 60 * NS_PER_S)) == ARGUMENTS + "starttm"


TYPED = [
    (kind, tif, post)
    for kind, tif, post in product(OrderType, TimeInForce, [False, True])
    if tif in TIMES[kind]
    and not (post and (kind not in POST or tif in {IOC, FOK}))
    # A market order takes at once whatever is typed, so the grammar has no word for it.
    and not (kind is T.MARKET and tif is IOC)
]


@pytest.mark.parametrize(("kind", "tif", "post"), TYPED)
def test_everything_allowed_can_be_typed(kind: OrderType, tif: TimeInForce, post: bool) -> None:
    line = f"buy 0.5 BTC/USD {WORDS[kind]} {TIME_WORDS[tif]} {'post' if post else ''}"
    (statement,) = parse(line)
    assert isinstance(statement, Place)
    order = resolve(statement.draft, MARKET, Funds(D(2), D(100_000)), "c-1", now_ns=NOW)
    assert (order.order_type, order.time_in_force, order.post_only) == (kind, tif, post)
    assert reason(order) == ""


def test_refusals_say_what_to_do() -> None:
    for kind, tif, post in product(OrderType, TimeInForce, [False, True]):
        order = replace(timed(plain_order(kind), tif), post_only=post)
        for refusal in RiskGate().check(order, context()).refusals:
            assert refusal.code is RefusalCode.RULES
            assert refusal.text
            assert refusal.hint
            assert refusal.layer == "guard"
