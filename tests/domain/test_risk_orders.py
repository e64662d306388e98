"""The gate on every kind of order: limits, exemptions, overrides, collars, amends and batches."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.fees import FeeRates
from app.domain.grammar import Place, parse
from app.domain.instrument import Instrument, PairStatus
from app.domain.order import OrderRequest, OrderType
from app.domain.quote import Funds, Market, resolve
from app.domain.quote_changes import Changes
from app.domain.rate_counter import RateCounter
from app.domain.ratelimit import NS_PER_S, PRO, STARTER
from app.domain.risk import (
    BookTrust,
    CautionCode,
    Overrides,
    RecentOrder,
    RefusalCode,
    RepeatThrottle,
    RiskContext,
    RiskGate,
    RiskLimits,
    VenueMode,
)
from app.domain.risk_values import OVERRIDABLE
from app.domain.working import WorkingOrder, new_order

D = Decimal
C = RefusalCode
NOW = 1_800_000_000 * NS_PER_S
BTC = Instrument(
    "BTC/USD", "BTC", "USD", 1, D("0.1"), 8, D("0.00000001"), D("0.0001"), 5, D("0.5"), marginable=True, has_index=True
)
MARKET = Market(BTC, D("64200.0"), D("64200.3"), D("64200.1"))
GATE = RiskGate()


def context(**changes: object) -> RiskContext:
    good = RiskContext(
        now_ns=NOW,
        instrument=BTC,
        fees=FeeRates(D("0.25"), D("0.40")),
        counter=RateCounter(PRO),
        limits=RiskLimits(),
        best_bid=MARKET.bid,
        best_ask=MARKET.ask,
        last=MARKET.last,
        book=BookTrust.VERIFIED,
        venue=VenueMode.ONLINE,
        reconciled=True,
        available_base=D(2),
        available_quote=D(100_000),
        wall_ns=NOW,
    )
    return replace(good, **changes)  # type: ignore[arg-type]


def order(text: str) -> OrderRequest:
    (statement,) = parse(text, "BTC/USD")
    assert isinstance(statement, Place)
    return resolve(statement.draft, MARKET, Funds(D(2), D(100_000)), "c-1", now_ns=NOW)


def codes(text: str, **changes: object) -> list[RefusalCode]:
    return [refusal.code for refusal in GATE.check(order(text), context(**changes)).refusals]


class TestCollar:
    @pytest.mark.parametrize(
        "text",
        [
            "buy 0.1 stop 70000 @ 71000",
            "sell 0.1 stop 60000 @ 59000",
            "sell 0.1 stop 60000",
            "buy 0.1 @ 64100 then @ 66000",
            "buy 0.1 @ 64100 then stop 63000 @ 62900",
            "sell 0.1 trail 1% @ -50",
        ],
    )
    def test_limits_near_what_they_are_measured_from_pass(self, text: str) -> None:
        assert codes(text) == []

    @pytest.mark.parametrize(
        "text",
        [
            "buy 0.1 stop 70000 @ 74000",
            "sell 0.1 stop 60000 @ 56000",
            "buy 0.1 @ 64100 then @ 60000",
            "buy 0.1 @ 64100 then stop 63000 @ 59000",
            "buy 0.1 stop 60000 @ 68000",
        ],
    )
    def test_limits_far_beyond_it_do_not(self, text: str) -> None:
        assert codes(text) == [C.COLLAR]

    def test_a_near_collar_holds_only_if_set(self) -> None:
        assert codes("buy 0.1 @ 60000") == []
        assert codes("buy 0.1 @ 60000", limits=RiskLimits(near_collar_pct=D(5))) == [C.COLLAR]
        assert codes("sell 0.1 @ 68000 post", limits=RiskLimits(near_collar_pct=D(5))) == [C.COLLAR]
        assert codes("buy 0.1 @ 63000", limits=RiskLimits(near_collar_pct=D(5))) == []


class TestSizeLimits:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"limits": RiskLimits(max_qty=D("0.4"))}, C.MAX_QTY),
            ({"limits": RiskLimits(max_notional=D(30_000))}, C.MAX_NOTIONAL),
            ({"limits": RiskLimits(max_exposure=D(40_000)), "exposure": D(10_000)}, C.MAX_EXPOSURE),
            ({"limits": RiskLimits(max_symbol_qty=D(1)), "open_qty": D("0.6")}, C.MAX_SYMBOL_QTY),
            ({"limits": RiskLimits(max_session_qty=D(3)), "session_qty": D("2.6")}, C.MAX_SESSION_QTY),
            (
                {"limits": RiskLimits(max_session_notional=D(90_000)), "session_notional": D(60_000)},
                C.MAX_SESSION_NOTIONAL,
            ),
        ],
    )
    def test_each_refuses_by_name_and_spares_what_reduces_or_leaves(
        self, changes: dict[str, object], code: RefusalCode
    ) -> None:
        assert codes("buy 0.5 @ 64100", **changes) == [code]
        reducing = {**changes, "position": D(-1), "available_margin": D(100_000)}
        assert codes("buy 0.5 @ 64100 reduce lev 2", **reducing) == []
        assert GATE.check(order("buy 0.5 @ 64100"), context(**changes), leaving=True).allowed
        passed = GATE.check(order("buy 0.5 @ 64100"), context(**changes), overrides={code.value})
        assert passed.allowed
        assert passed.overridden == (code.value,)
        assert passed.warnings[-1].code is CautionCode.OVERRIDDEN

    def test_a_stop_is_valued_at_its_trigger(self) -> None:
        assert codes("buy 0.5 stop 70000", limits=RiskLimits(max_notional=D(34_000))) == [C.MAX_NOTIONAL]

    def test_money_sizes_are_valued_by_their_money(self) -> None:
        assert codes("buy $2000 market", limits=RiskLimits(max_notional=D(1999))) == [C.MAX_NOTIONAL]
        assert codes("buy $2000 market", available_quote=D(2007)) == [C.FUNDS]
        assert codes("buy $2000 market", available_quote=D(2008)) == []


class TestMargin:
    def test_only_the_margin_is_needed(self) -> None:
        poor = {"available_quote": D(0), "available_margin": D(7000)}
        assert codes("buy 0.5 @ 64100 lev 5", **poor) == []
        assert codes("buy 0.6 @ 64100 lev 5", **poor) == [C.FUNDS]

    def test_turning_a_position_is_said(self) -> None:
        verdict = GATE.check(order("sell 0.5 @ 64300 lev 2"), context(position=D("0.2"), available_margin=D(10**6)))
        assert [(warning.code, warning.text) for warning in verdict.warnings] == [
            (CautionCode.FLIPS, "closes 0.2 and opens 0.3 the other way")
        ]


class TestModes:
    def test_a_pair_that_only_reduces(self) -> None:
        changes: dict[str, object] = {"instrument": replace(BTC, status=PairStatus.REDUCE_ONLY), "position": D(-1)}
        assert codes("buy 0.5 @ 64100", **changes) == [C.PAIR]
        assert codes("buy 0.5 @ 64100 lev 2 reduce", **changes) == []

    def test_a_pair_that_takes_limits_only(self) -> None:
        changes: dict[str, object] = {"instrument": replace(BTC, status=PairStatus.LIMIT_ONLY)}
        assert codes("sell 0.5 stop 63000", **changes) == [C.PAIR]
        assert codes("sell 0.5 stop 63000 @ 62900", **changes) == []


class TestRepeats:
    def test_the_same_price_with_another_trigger_is_another_order(self) -> None:
        sent = RecentOrder.of(order("sell 0.5 stop 63000"), NOW)
        assert codes("sell 0.5 stop 63000", recent=(sent,)) == [C.DUPLICATE]
        assert codes("sell 0.5 stop 62000", recent=(sent,)) == []
        assert codes("sell 0.5 tp 65000", recent=(sent,)) == []

    def test_message_rate(self) -> None:
        limits = RiskLimits(max_message_rate=5)
        assert codes("buy 0.1 @ 64100", limits=limits, messages=4) == []
        assert codes("buy 0.1 @ 64100", limits=limits, messages=5) == [C.MESSAGE_RATE]

    def test_automatic_orders_shut_themselves_off_until_a_person_lets_them_out(self) -> None:
        throttle = RepeatThrottle(most=3, window_ns=60 * NS_PER_S)
        shut = [throttle.note_fill("BTC/USD", NOW + n * NS_PER_S) for n in range(6)]
        assert shut == [False, False, False, True, False, False]
        ctx = context(repeats=throttle.why("BTC/USD"))
        automatic = GATE.check(order("buy 0.1 @ 64100"), ctx, automatic=True)
        assert [refusal.code for refusal in automatic.refusals] == [C.REPEATED]
        assert "4 fills of automatic orders within 60 s" in automatic.refusals[0].text
        assert GATE.check(order("buy 0.1 @ 64100"), ctx).allowed
        throttle.note_person("BTC/USD")
        assert throttle.why("BTC/USD")
        throttle.release("BTC/USD")
        assert not throttle.why("BTC/USD")
        assert not throttle.note_fill("BTC/USD", NOW)

    def test_slow_fills_never_shut_anything_off(self) -> None:
        throttle = RepeatThrottle(most=3, window_ns=60 * NS_PER_S)
        assert not any(throttle.note_fill("BTC/USD", NOW + n * 30 * NS_PER_S) for n in range(50))
        assert not throttle.why("ETH/USD")


class TestOverrides:
    def test_granted_once_used_once_and_logged(self) -> None:
        overrides = Overrides()
        assert overrides.grant("max_qty") == "override of max_qty granted for 1"
        verdict = GATE.check(
            order("buy 0.5 @ 64100"), context(limits=RiskLimits(max_qty=D("0.1"))), overrides=overrides.active
        )
        assert verdict.allowed
        lines = overrides.spend(verdict.overridden, order("buy 0.5 @ 64100"))
        assert lines == ("override of max_qty used by buy 0.5 BTC/USD, 0 left",)
        assert overrides.active == frozenset()

    def test_an_order_that_needs_none_uses_none(self) -> None:
        overrides = Overrides()
        overrides.grant("max_qty", 2)
        verdict = GATE.check(order("buy 0.5 @ 64100"), context(), overrides=overrides.active)
        assert overrides.spend(verdict.overridden, order("buy 0.5 @ 64100")) == ()
        assert overrides.left("max_qty") == 2

    def test_other_refusals_stay(self) -> None:
        everything = frozenset(code.value for code in C)
        ctx = context(book=BookTrust.STALE, limits=RiskLimits(max_qty=D("0.1")))
        verdict = GATE.check(order("buy 0.5 @ 64100"), ctx, overrides=everything)
        assert [refusal.code for refusal in verdict.refusals] == [C.BOOK]

    @pytest.mark.parametrize("name", sorted({code.value for code in C} - OVERRIDABLE))
    def test_what_the_venue_or_the_state_forbids_has_no_override(self, name: str) -> None:
        with pytest.raises(ValueError, match="can't be overridden"):
            Overrides().grant(name)


class TestChanges:
    def working(self, text: str, **known: object) -> WorkingOrder:
        return replace(new_order(order(text), NOW - 7 * NS_PER_S), **known)  # type: ignore[arg-type]

    def refused(self, working: WorkingOrder, changes: Changes) -> list[tuple[RefusalCode, str]]:
        verdict = GATE.check_amend(working, None, None, context(), changes=changes)
        return [(refusal.code, refusal.error) for refusal in verdict.refusals]

    def test_an_order_with_a_close_is_not_amended(self) -> None:
        working = self.working("buy 0.5 @ 64100 then stop 63000")
        error = "EGeneral:Invalid arguments:order is not amendable"
        assert self.refused(working, Changes(qty=D("0.4"))) == [(C.RULES, error)]

    def test_the_slice_is_measured_by_what_is_left(self) -> None:
        working = self.working("buy 1.5 iceberg 0.1 @ 64100", cum_qty=D("0.75"))
        assert self.refused(working, Changes(display_qty=D("0.05"))) == []
        small = Changes(display_qty=D("0.049"))
        assert self.refused(working, small) == [(C.RULES, "EGeneral:Invalid arguments:displayvol")]
        last = replace(working, cum_qty=D("1.45"))
        assert self.refused(last, Changes(limit_price=D(64000))) == []

    def test_a_new_trigger_is_on_the_tick_and_its_limit_in_the_collar(self) -> None:
        working = self.working("sell 0.5 stop 63000 @ 62900")
        assert self.refused(working, Changes(trigger_price=D("62000.05")))[0][0] is C.TICK
        assert self.refused(working, Changes(limit_price=D(50_000))) == [(C.COLLAR, "")]
        assert self.refused(working, Changes(trigger_price=D(62000), limit_price=D(61900))) == []

    def test_an_order_of_someone_else_with_unknown_terms_may_be_amended(self) -> None:
        working = self.working("sell 0.5 stop 63000", trigger=None, trigger_price=None, external=True)
        assert self.refused(working, Changes(qty=D("0.4"))) == []

    def test_only_orders_without_client_id_are_edited(self) -> None:
        working = self.working("buy 0.5 @ 64100")
        changes = Changes(limit_price=D(64000))
        refused = GATE.check_edit(working, changes, context()).refusals
        assert [refusal.error for refusal in refused] == ["EGeneral:Invalid arguments:order is not editable"]
        assert GATE.check_edit(replace(working, cl_ord_id=""), changes, context()).allowed

    def test_an_edit_costs_more_than_an_amend(self) -> None:
        working = self.working("buy 0.5 @ 64100", cl_ord_id="")
        counter = RateCounter(STARTER)
        counter.charge(NOW, D(43))
        ctx = context(counter=counter)
        assert GATE.check_amend(working, D(64000), None, ctx).allowed
        edit = GATE.check_edit(working, Changes(limit_price=D(64000)), ctx)
        assert [refusal.code for refusal in edit.refusals] == [C.RATE_COUNTER]


def test_a_batch_is_judged_as_if_those_before_were_open() -> None:
    orders = (order("buy 0.8 @ 64100"), order("buy 0.8 @ 64000"), order("sell 0.5 @ 64300"))
    verdicts = GATE.check_batch(orders, context())
    assert [[refusal.code for refusal in verdict.refusals] for verdict in verdicts] == [[], [C.FUNDS], []]
    limited = GATE.check_batch(orders, context(limits=RiskLimits(max_open_orders=2), available_quote=D(10**6)))
    assert [verdict.allowed for verdict in limited] == [True, True, False]


def test_the_orders_of_a_batch_are_no_burst_and_no_duplicates() -> None:
    verdicts = GATE.check_batch((order("buy 0.01 @ 64100"),) * 15, context(limits=RiskLimits(max_order_rate=1)))
    assert all(verdict.allowed for verdict in verdicts)


@given(st.sampled_from(OrderType), st.sampled_from(BookTrust), st.integers(0, 400))
def test_a_cancel_of_any_kind_is_never_blocked(kind: OrderType, book: BookTrust, points: int) -> None:
    counter = RateCounter(STARTER)
    counter.charge(NOW, D(points))
    working = new_order(OrderRequest("c", "BTC/USD", order("buy 1 @ 64100").side, kind, D(1), None), NOW)
    ctx = context(counter=counter, book=book, repeats="off", messages=999, limits=RiskLimits(max_message_rate=0))
    assert GATE.check_cancel(working, ctx).allowed
