"""The risk gate: what it refuses, with which numbers, and what it never stops."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.fees import FeeRates
from app.domain.instrument import Instrument, PairStatus
from app.domain.order import OrderRequest, OrderType, Side, TimeInForce
from app.domain.rate_counter import RateCounter
from app.domain.ratelimit import NS_PER_S, PRO, STARTER
from app.domain.risk import (
    BookTrust,
    CautionCode,
    RecentOrder,
    RefusalCode,
    RiskContext,
    RiskGate,
    RiskLimits,
    VenueMode,
    Verdict,
)
from app.domain.working import WorkingOrder, new_order

D = Decimal
MS = 1_000_000
NOW = 1_000 * NS_PER_S
BTC = Instrument("BTC/USD", "BTC", "USD", 1, D("0.1"), 8, D("0.00000001"), D("0.0001"), 5, D("0.5"))
GATE = RiskGate()
C = RefusalCode


def context(**changes: object) -> RiskContext:
    good = RiskContext(
        now_ns=NOW,
        instrument=BTC,
        fees=FeeRates(D("0.25"), D("0.40")),
        counter=RateCounter(PRO),
        limits=RiskLimits(),
        best_bid=D("64200.0"),
        best_ask=D("64200.3"),
        last=D("64200.1"),
        book=BookTrust.VERIFIED,
        venue=VenueMode.ONLINE,
        reconciled=True,
        available_base=D(2),
        available_quote=D(100_000),
    )
    return replace(good, **changes)  # type: ignore[arg-type]


def order(price: str | None = "64200.0", qty: str = "0.5", side: Side = Side.BUY, *, post: bool = True) -> OrderRequest:
    kind = OrderType.MARKET if price is None else OrderType.LIMIT
    limit = None if price is None else D(price)
    return OrderRequest("c-1", "BTC/USD", side, kind, D(qty), limit, post, TimeInForce.GTC)


def only(verdict: Verdict, code: RefusalCode) -> tuple[str, str]:
    assert [refusal.code for refusal in verdict.refusals] == [code]
    assert verdict.refusals[0].layer == "guard"
    return verdict.refusals[0].text, verdict.refusals[0].hint


def test_a_good_order_passes_without_a_word() -> None:
    assert GATE.check(order(), context()) == Verdict()


@pytest.mark.parametrize(
    ("changes", "code", "text", "hint"),
    [
        ({"reconciled": False}, C.RECONCILE, "not yet compared", "wait"),
        ({"venue": VenueMode.MAINTENANCE}, C.VENUE, "the venue is maintenance", "cancels work"),
        ({"venue": VenueMode.CANCEL_ONLY}, C.VENUE, "no new orders", "cancels work"),
        ({"venue": VenueMode.UNKNOWN}, C.VENUE, "unknown", "wait"),
        ({"instrument": replace(BTC, status=PairStatus.CANCEL_ONLY)}, C.PAIR, "BTC/USD is cancel_only", "cancels"),
        ({"instrument": replace(BTC, status=PairStatus.DELISTED)}, C.PAIR, "delisted", "another pair"),
        ({"instrument": replace(BTC, status=PairStatus.UNKNOWN)}, C.PAIR, "unknown", "wait"),
        ({"book": BookTrust.UNVERIFIED}, C.BOOK, "unverified", "verified"),
        ({"book": BookTrust.STALE}, C.BOOK, "stale", "verified"),
        ({"book": BookTrust.NONE}, C.BOOK, "not there", "verified"),
        ({"book_age_ns": 2_500 * MS}, C.BOOK, "2.5 s old, the limit is 2.0 s", "feed"),
        ({"best_bid": D("64200.4")}, C.BOOK, "crossed: bid 64200.4 over ask 64200.3", "resync"),
        ({"available_quote": D(32_000)}, C.FUNDS, "needs 32228.40 USD with the fee, 32000 is", "smaller"),
        ({"limits": RiskLimits(max_qty=D("0.1"))}, C.MAX_QTY, "0.5 BTC is above your limit of 0.1", "max_qty"),
        ({"limits": RiskLimits(max_notional=D(1000))}, C.MAX_NOTIONAL, "32100 USD is above your limit of 1000", ""),
        (
            {"limits": RiskLimits(max_exposure=D(40_000)), "exposure": D(10_000)},
            C.MAX_EXPOSURE,
            "42100 USD in open orders would pass your limit of 40000",
            "cancel",
        ),
        ({"open_orders": 225}, C.OPEN_ORDERS, "225 open orders on BTC/USD, the pro tier's limit is 225", "cancel"),
        ({"open_orders": 3, "limits": RiskLimits(max_open_orders=3)}, C.OPEN_ORDERS, "your limit is 3", "cancel"),
    ],
)
def test_state_and_limits(changes: dict[str, object], code: RefusalCode, text: str, hint: str) -> None:
    said = only(GATE.check(order(), context(**changes)), code)
    assert text in said[0]
    assert hint in said[1]


@pytest.mark.parametrize(
    ("request_", "code", "text", "hint"),
    [
        (order("64200.05"), C.TICK, "64200.05 is off the tick of 0.1", "use 64200.0 or 64200.1"),
        (order(qty="0.123456789"), C.LOT, "finer steps", "use 0.12345678"),
        (order(qty="0.00009"), C.QTY_MIN, "0.00009 BTC is below the minimum of 0.0001", "at least 0.0001 BTC"),
        (order(qty="2.1", side=Side.SELL, price="64300"), C.FUNDS, "needs 2.1 BTC, 2 is available", "smaller"),
        (order("67410.4", qty="0.1"), C.COLLAR, "5.00% above 64200.3, the collar is 5%", "use 67410.3 or less"),
        (
            order("60000", side=Side.SELL, post=False),
            C.COLLAR,
            "6.54% below 64200.0, the collar is 5%",
            "use 60990.0 or more",
        ),
        (
            OrderRequest("c", "BTC/USD", Side.BUY, OrderType.LIMIT, D(1), None),
            C.RULES,
            "a limit order needs a price",
            "@ PRICE",
        ),
    ],
)
def test_numbers(request_: OrderRequest, code: RefusalCode, text: str, hint: str) -> None:
    said = only(GATE.check(request_, context()), code)
    assert text in said[0]
    assert hint in said[1]


def test_cost_minimum_names_the_smallest_size_that_passes() -> None:
    cheap = replace(BTC, symbol="PEPE/USD", base="PEPE", tick=D("0.0000001"), lot=D(1), qty_min=D(10), cost_min=D(5))
    ctx = context(instrument=cheap, best_bid=D("0.01"), best_ask=D("0.0100003"), last=None)
    said = only(GATE.check(order("0.0099999", "499"), ctx), C.COST_MIN)
    assert "4.99 USD is below the minimum of 5" in said[0]
    assert said[1] == "order at least 501 PEPE"
    assert GATE.check(order("0.0099999", "501"), ctx).allowed


class TestModes:
    def test_post_only_mode_takes_only_post_only(self) -> None:
        for ctx in (
            context(venue=VenueMode.POST_ONLY),
            context(instrument=replace(BTC, status=PairStatus.POST_ONLY)),
        ):
            assert GATE.check(order(), ctx).allowed
            assert GATE.check(order(post=False), ctx).refusals[0].hint == "add `post`"

    def test_limit_only_mode_takes_no_market_orders(self) -> None:
        ctx = context(venue=VenueMode.LIMIT_ONLY)
        assert GATE.check(order(post=False), ctx).allowed
        assert "@" in GATE.check(order(None, post=False), ctx).refusals[0].hint


class TestCollarReference:
    """Far touch, then near touch, then last trade; with none of them nothing goes out."""

    @pytest.mark.parametrize(
        ("gone", "reference"),
        [((), "64200.3"), (("best_ask",), "64200.0"), (("best_ask", "best_bid"), "64200.1")],
    )
    def test_falls_back_in_order(self, gone: tuple[str, ...], reference: str) -> None:
        ctx = context(**dict.fromkeys(gone))
        assert f"above {reference}," in only(GATE.check(order("70000.0"), ctx), C.COLLAR)[0]

    def test_without_any_price_nothing_goes_out(self) -> None:
        ctx = context(best_bid=None, best_ask=None, last=None)
        assert only(GATE.check(order(), ctx), C.NO_REFERENCE)[1] == "wait for the book"

    def test_market_order_needs_the_other_side(self) -> None:
        ctx = context(best_ask=None)
        assert "no ask to buy from" in only(GATE.check(order(None, post=False), ctx), C.NO_REFERENCE)[0]

    def test_a_price_far_behind_the_market_is_only_a_warning(self) -> None:
        verdict = GATE.check(order("6420.0"), context())
        assert verdict.allowed
        assert [(warning.code, warning.text) for warning in verdict.warnings] == [
            (CautionCode.FAR, "90% away from 64200.0")
        ]


class TestRepeats:
    def test_the_same_order_within_the_window_is_a_slip(self) -> None:
        recent = (RecentOrder.of(order(), NOW - 120 * MS),)
        said = only(GATE.check(order(), context(recent=recent)), C.DUPLICATE)
        assert said == ("the same order went out 120 ms ago", "repeat it after 300 ms")

    @pytest.mark.parametrize(
        "other",
        [order(qty="0.6"), order("64199.9"), order("64300", side=Side.SELL)],
    )
    def test_another_order_is_none(self, other: OrderRequest) -> None:
        assert GATE.check(other, context(recent=(RecentOrder.of(order(), NOW),))).allowed

    def test_after_the_window_it_may_go_again(self) -> None:
        assert GATE.check(order(), context(recent=(RecentOrder.of(order(), NOW - 300 * MS),))).allowed

    def test_an_order_in_doubt_at_the_price_blocks_a_twin_for_as_long_as_it_lasts(self) -> None:
        twin = replace(RecentOrder.of(order(qty="0.7"), NOW - 3600 * NS_PER_S), unknown=True)
        assert "in doubt: 0.7 BTC" in only(GATE.check(order(), context(recent=(twin,))), C.UNKNOWN_TWIN)[0]
        assert GATE.check(order("64199.0"), context(recent=(twin,))).allowed

    def test_key_repeat_sends_one(self) -> None:
        """`faults.md` H2: 10 Hz for five seconds; each press within the window of the one before."""
        limits = RiskLimits(duplicate_window_ns=300 * MS)
        sent: list[RecentOrder] = []
        for press in range(3):
            at = NOW + press * 100 * MS
            if GATE.check(order(), context(now_ns=at, recent=tuple(sent), limits=limits)).allowed:
                sent.append(RecentOrder.of(order(), at))
        assert len(sent) == 1

    def test_more_orders_than_a_person_sends(self) -> None:
        recent = tuple(RecentOrder.of(order(f"6419{n}.0"), NOW - n * MS) for n in range(10))
        assert "10 orders in the last 1.0 s" in only(GATE.check(order(), context(recent=recent)), C.ORDER_RATE)[0]


class TestRateCounter:
    def test_a_reserve_is_kept_for_leaving(self) -> None:
        counter = RateCounter(STARTER)
        counter.charge(NOW, D("53"))
        ctx = context(counter=counter, limits=RiskLimits(reserve_points=D(20)))
        text, hint = only(GATE.check(order(), ctx), C.RATE_COUNTER)
        assert text == "costs 1 and would leave 6 points, the reserve is 20"
        assert hint == "wait 14.0 s; cancels work"
        assert GATE.check(order(), ctx, leaving=True).allowed
        assert GATE.check(order(), replace(ctx, now_ns=NOW + 14 * NS_PER_S)).allowed

    def test_reserve_is_a_fifth_of_the_threshold_unless_set(self) -> None:
        counter = RateCounter(STARTER)
        counter.charge(NOW, D(47))
        assert GATE.check(order(), context(counter=counter)).allowed
        counter.charge(NOW, D("0.5"))
        assert not GATE.check(order(), context(counter=counter)).allowed


class TestWarnings:
    def test_taking_is_said(self) -> None:
        verdict = GATE.check(order("64200.3", post=False), context())
        assert verdict.allowed
        assert verdict.warnings[0].text == "buys from the ask at 64200.3 at once"

    def test_post_only_that_would_cross_is_said(self) -> None:
        verdict = GATE.check(order("64200.0", side=Side.SELL), context())
        assert [warning.code for warning in verdict.warnings] == [CautionCode.POST_WOULD_CROSS]

    def test_unknown_balances_are_said(self) -> None:
        assert GATE.check(order(), context(available_quote=None)).warnings[0].code is CautionCode.FUNDS_UNKNOWN


class TestAmend:
    def working(self, qty: str = "0.5", price: str = "64200.0") -> WorkingOrder:
        return new_order(order(price, qty), NOW - 7 * NS_PER_S)

    def test_only_the_addition_needs_funds(self) -> None:
        ctx = context(available_quote=D(100))
        assert GATE.check_amend(self.working(), D("64150.0"), None, ctx).allowed
        refused = GATE.check_amend(self.working(), None, D(1), ctx)
        assert [refusal.code for refusal in refused.refusals] == [C.FUNDS]

    def test_a_sell_gives_back_what_it_holds(self) -> None:
        selling = new_order(order("64300.0", "0.5", Side.SELL), NOW - 7 * NS_PER_S)
        ctx = context(available_base=D(0))
        assert GATE.check_amend(selling, D("64310.0"), None, ctx).allowed
        refused = GATE.check_amend(selling, None, D("0.6"), ctx)
        assert "needs 0.6 BTC, 0.5 is available" in only(refused, C.FUNDS)[0]

    def test_collar_and_tick_hold_for_amends(self) -> None:
        refused = GATE.check_amend(self.working(), D("77000.05"), None, context())
        assert [refusal.code for refusal in refused.refusals] == [C.TICK, C.COLLAR]

    def test_it_is_priced_by_age(self) -> None:
        counter = RateCounter(STARTER)
        counter.charge(NOW, D(38))
        ctx = context(counter=counter, limits=RiskLimits(reserve_points=D(20)))
        said = only(GATE.check_amend(self.working(), D("64199.0"), None, ctx), C.RATE_COUNTER)
        assert said[0] == "costs 3 and would leave 19 points, the reserve is 20"

    def test_a_full_pair_can_still_be_amended(self) -> None:
        assert GATE.check_amend(self.working(), D("64199.0"), None, context(open_orders=225)).allowed


@given(
    st.sampled_from(BookTrust),
    st.sampled_from(VenueMode),
    st.sampled_from(PairStatus),
    st.booleans(),
    st.integers(0, 400),
    st.integers(0, 10**13),
    st.none() | st.just(D(5)),
)
def test_a_cancel_is_never_blocked(
    book: BookTrust,
    venue: VenueMode,
    status: PairStatus,
    reconciled: bool,
    points: int,
    age: int,
    price: Decimal | None,
) -> None:
    counter = RateCounter(STARTER)
    counter.charge(NOW, D(points))
    ctx = context(
        counter=counter,
        book=book,
        venue=venue,
        instrument=replace(BTC, status=status),
        reconciled=reconciled,
        book_age_ns=age,
        best_bid=price,
        best_ask=price,
        last=price,
        open_orders=999,
        exposure=D(10**9),
        limits=RiskLimits(D(0), D(0), D(0), max_order_rate=0),
        recent=(RecentOrder.of(order(), NOW),) * 20,
    )
    assert GATE.check_cancel(new_order(order(), NOW - age), ctx).allowed


def test_a_cancel_over_the_counter_is_warned_about() -> None:
    counter = RateCounter(STARTER)
    counter.charge(NOW, D(57))
    verdict = GATE.check_cancel(new_order(order(), NOW), context(counter=counter))
    assert verdict.allowed
    assert "costs 8 points and 3 are left" in verdict.warnings[0].text


@given(
    st.decimals("-10", "200000", places=2),
    st.decimals("-1", "3", places=9),
    st.sampled_from(Side),
    st.sampled_from([D(0), D("64200.0"), None]),
)
def test_any_numbers_get_a_verdict_in_single_lines(
    price: Decimal, qty: Decimal, side: Side, bid: Decimal | None
) -> None:
    verdict = GATE.check(order(str(price), str(qty), side), context(best_bid=bid, best_ask=None))
    for refusal in verdict.refusals:
        assert refusal.text
        assert refusal.hint
        assert "\n" not in refusal.text + refusal.hint
    if verdict.allowed:
        assert qty >= BTC.qty_min
        assert price > 0
