"""Every kind of order as typed, in exact numbers, and what it would do."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.book_values import Fillable, LevelView
from app.domain.fees import FeeRates
from app.domain.grammar import Batch, Bracket, Place, Scale, parse
from app.domain.instrument import Instrument, to_units
from app.domain.order import (
    CloseTemplate,
    OrderRequest,
    OrderType,
    PriceKind,
    Side,
    Stp,
    TimeInForce,
    Trigger,
    TriggerRef,
)
from app.domain.quote import Funds, Market, QuoteError, preview, preview_many, resolve
from app.domain.quote_many import closing_draft, resolve_batch, resolve_bracket, resolve_ladder
from app.domain.working import WorkingOrder, new_order

D = Decimal
S = 1_000_000_000
NOW = 1_800_000_000 * S + 123_456_789  # 08:00:00.123 UTC
BTC = Instrument("BTC/USD", "BTC", "USD", 1, D("0.1"), 8, D("0.00000001"), D("0.0001"), 5, D("0.5"))
MARKET = Market(BTC, D("64200.0"), D("64200.3"), D("64200.1"))
FEES = FeeRates(D("0.25"), D("0.40"))
FUNDS = Funds(D("1.5"), D(10_000), FEES, position=D("0.8"))
LAST, INDEX = TriggerRef.LAST, TriggerRef.INDEX
STATIC, PCT, QUOTE = PriceKind.STATIC, PriceKind.PCT, PriceKind.QUOTE


def request(text: str, market: Market = MARKET, funds: Funds = FUNDS) -> OrderRequest:
    (statement,) = parse(text, "BTC/USD")
    assert isinstance(statement, Place)
    return resolve(statement.draft, market, funds, "c-1", now_ns=NOW)


def refused(text: str, market: Market = MARKET, funds: Funds = FUNDS) -> str:
    with pytest.raises(QuoteError) as caught:
        request(text, market, funds)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "trigger", "limit", "kind"),
    [
        ("sell 1 stop 63000", Trigger(LAST, D(63000)), None, STATIC),
        ("sell 1 index stop 63000 @ 62900", Trigger(INDEX, D(63000)), D(62900), STATIC),
        ("sell 1 stop -2%", Trigger(LAST, D(-2), PCT), None, STATIC),
        ("sell 1 stop -150", Trigger(LAST, D(-150), QUOTE), None, STATIC),
        ("sell 1 stop -20t", Trigger(LAST, D("-2.0"), QUOTE), None, STATIC),
        ("sell 1 stop bid-20t", Trigger(LAST, D("64198.0")), None, STATIC),
        ("sell 1 stop 63000 @ -10t", Trigger(LAST, D(63000)), D(62999), STATIC),
        ("buy 1 tp -1% @ +0", Trigger(LAST, D("63558.0")), D("63558.0"), STATIC),
        ("sell 1 trail 1%", Trigger(LAST, D(1), PCT), None, STATIC),
        ("sell 1 trail 500t @ -0.5%", Trigger(LAST, D("50.0"), QUOTE), D("-0.5"), PCT),
        ("sell 1 trail 50 @ +0", Trigger(LAST, D(50), QUOTE), D(0), QUOTE),
    ],
)
def test_triggers_and_the_limits_behind_them(
    text: str, trigger: Trigger, limit: Decimal | None, kind: PriceKind
) -> None:
    order = request(text)
    assert (order.trigger, order.limit_price, order.limit_kind) == (trigger, limit, kind)


def test_offsets_that_can_not_be_reckoned_are_refused() -> None:
    assert "index price is not known" in refused("sell 1 index stop -1% @ -10t")
    assert "off the tick" in refused("sell 1 stop -0.05")
    assert "off the tick" in refused("sell 1 stop 63000.05")


@pytest.mark.parametrize(
    ("text", "close"),
    [
        ("then sell @ 65000", CloseTemplate(OrderType.LIMIT, D(65000))),
        ("then @ +1%", CloseTemplate(OrderType.LIMIT, D("64741.0"))),
        ("then stop 63000", CloseTemplate(OrderType.STOP_LOSS, None, STATIC, D(63000), STATIC)),
        ("then stop -2%", CloseTemplate(OrderType.STOP_LOSS, None, STATIC, D(-2), PCT)),
        ("then tp 65000 @ -5", CloseTemplate(OrderType.TAKE_PROFIT_LIMIT, D(64995), STATIC, D(65000), STATIC)),
        ("then stop -2% @ -10t", CloseTemplate(OrderType.STOP_LOSS_LIMIT, D("62817.0"), STATIC, D(62818), STATIC)),
        ("then trail 1%", CloseTemplate(OrderType.TRAILING_STOP, None, STATIC, D(1), PCT)),
        ("then trail 50 @ -1", CloseTemplate(OrderType.TRAILING_STOP_LIMIT, D(-1), QUOTE, D(50), QUOTE)),
    ],
)
def test_conditional_closes(text: str, close: CloseTemplate) -> None:
    assert request(f"buy 1 @ 64100 {text}").conditional == close


def test_every_flag_reaches_the_request() -> None:
    order = request("buy 1 @ 64100 post reduce lev 3 stp both fee base deadline 2s validate")
    assert (order.reduce_only, order.leverage, order.stp, order.fee_in_base, order.validate) == (
        True,
        3,
        Stp.CANCEL_BOTH,
        True,
        True,
    )
    assert order.deadline_ns == NOW + 2 * S
    assert request("buy 1 @ 64100").stp is None


@pytest.mark.parametrize(
    ("text", "expires"),
    [
        ("15m", 1_800_000_001 + 900),
        ("08:30", 1_800_000_000 + 1800),
        ("07:30", 1_800_000_000 - 1800 + 86_400),
        ("2027-01-15T09:00:30", 1_800_000_000 + 3630),
    ],
)
def test_expiries_are_whole_seconds_in_utc(text: str, expires: int) -> None:
    order = request(f"buy 1 @ 64100 gtd {text}")
    assert (order.time_in_force, order.expire_ns) == (TimeInForce.GTD, expires * S)
    assert request(f"buy 1 @ 64100 start {text}").start_ns == expires * S


def test_a_time_that_has_passed_is_refused() -> None:
    assert "has passed" in refused("buy 1 @ 64100 gtd 2027-01-15T07:59")
    (statement,) = parse("buy 1 @ 64100 gtd 15m", "BTC/USD")
    assert isinstance(statement, Place)
    with pytest.raises(QuoteError, match="not known yet"):
        resolve(statement.draft, MARKET, FUNDS, "c-1")


class TestSizes:
    @pytest.mark.parametrize(
        ("text", "qty"),
        [
            ("buy risk $100 stop 64000 @ 64200", "0.5"),
            ("buy risk $100 stop -1% @ 64200", "0.15576323"),
            ("sell risk $100 stop 64400.3 @ 64200.3 post", "0.5"),
            ("buy risk $100 @ 64200 then stop 63900", "0.33333333"),
            ("sell 25% of position market", "0.2"),
            ("buy $642 @ 64200", "0.01"),
        ],
    )
    def test_relative_sizes(self, text: str, qty: str) -> None:
        assert request(text).qty == D(qty)

    @given(st.integers(1, 100_000), st.integers(1, 50_000))
    def test_the_stop_never_loses_more_than_the_money_at_risk(self, risk: int, ticks: int) -> None:
        stop = D(64200) - D(ticks) / 10
        order = request(f"buy risk ${risk} stop {stop} @ 64200")
        assert order.qty * (D(64200) - stop) <= risk < (order.qty + BTC.lot) * (D(64200) - stop)

    def test_risk_needs_a_stop_on_the_losing_side(self) -> None:
        assert "loses nothing" in refused("buy risk $100 stop 64300 @ 64200")
        assert "needs a stop" in refused("buy risk $100 @ 64200")

    def test_a_position_is_needed_for_a_share_of_it(self) -> None:
        assert "is flat" in refused("sell 25% of position market", funds=replace(FUNDS, position=D(0)))
        assert "not known" in refused("sell 25% of position market", funds=replace(FUNDS, position=None))

    def test_a_market_buy_for_money_spends_exactly_that(self) -> None:
        order = request("buy $200 market")
        assert order.cash_qty == 200
        assert order.qty == D("0.00311525")
        assert request("sell $200 market").cash_qty is None
        assert request("buy $200 market lev 2").cash_qty is None
        assert "decimals" in refused("buy $0.1234567 market")

    def test_money_at_risk_is_no_share_of_a_margin_balance(self) -> None:
        assert "margin order" in refused("buy 25% @ 64100 lev 2")

    @pytest.mark.parametrize(("shown", "display"), [("0.1", "0.1"), ("7%", "0.035"), ("$6410", "0.1")])
    def test_slices_of_an_iceberg(self, shown: str, display: str) -> None:
        assert request(f"buy 0.5 iceberg {shown} @ 64100").display_qty == D(display)

    def test_settling_all_has_no_quantity(self) -> None:
        assert request("sell max settle lev 2").qty == 0
        assert request("sell 0.1 settle lev 2").qty == D("0.1")


def ladder(text: str, funds: Funds = FUNDS) -> tuple[OrderRequest, ...]:
    (statement,) = parse(text, "BTC/USD")
    assert isinstance(statement, Scale)
    ids = (f"c-{number}" for number in itertools.count())
    return resolve_ladder(statement, MARKET, funds, lambda: next(ids), now_ns=NOW)


class TestLadder:
    def test_even_rungs_of_one_size(self) -> None:
        orders = ladder("scale buy 5x0.2 64000..63500 post gtd 1h")
        assert [order.limit_price for order in orders] == [D(64000), D(63875), D(63750), D(63625), D(63500)]
        assert {order.qty for order in orders} == {D("0.2")}
        assert len({order.cl_ord_id for order in orders}) == 5
        assert all(order.post_only and order.expire_ns for order in orders)

    @given(st.integers(2, 50), st.integers(1, 10_000), st.integers(50, 5_000), st.sampled_from(["buy", "sell"]))
    def test_a_total_is_conserved_to_the_lot(self, count: int, lots: int, ticks: int, side: str) -> None:
        total = (D(lots) + count) * BTC.lot
        orders = ladder(f"scale {side} size {total:f} in {count} 64000..{64000 + D(ticks) / 10}")
        assert sum(order.qty for order in orders) == total
        assert max(order.qty for order in orders) - min(order.qty for order in orders) <= BTC.lot
        prices = [order.limit_price or D(0) for order in orders]
        assert prices == sorted(set(prices))
        assert (prices[0], prices[-1]) == (D(64000), 64000 + D(ticks) / 10)

    @given(st.integers(2, 20), st.decimals("50", "5000", places=2))
    def test_money_is_never_overspent(self, count: int, money: Decimal) -> None:
        orders = ladder(f"scale buy ${money} in {count} 64000..63000")
        assert sum((order.qty * (order.limit_price or 0) for order in orders), D(0)) <= money

    def test_a_ladder_that_does_not_fit_is_refused(self) -> None:
        with pytest.raises(QuoteError, match="5 orders do not fit"):
            ladder("scale buy 5x0.2 64000..63999.8")
        with pytest.raises(QuoteError, match="less than one lot"):
            ladder("scale buy 0.00000003 in 5 64000..63000")

    def test_icebergs_and_closes_go_with_every_rung(self) -> None:
        orders = ladder("scale buy 3x0.3 64000..63000 iceberg 0.1 then stop -1%")
        assert {order.order_type for order in orders} == {OrderType.ICEBERG}
        assert {order.display_qty for order in orders} == {D("0.1")}
        assert all(order.conditional for order in orders)


def test_a_batch_keeps_its_order() -> None:
    (statement,) = parse("batch buy 0.1 @ bid post & sell 0.2 @ ask post & buy 0.1 stop 65000", "BTC/USD")
    assert isinstance(statement, Batch)
    ids = iter("abc")
    orders = resolve_batch(statement, MARKET, FUNDS, lambda: next(ids))
    assert [(order.cl_ord_id, order.side, order.qty) for order in orders] == [
        ("a", Side.BUY, D("0.1")),
        ("b", Side.SELL, D("0.2")),
        ("c", Side.BUY, D("0.1")),
    ]


def working(text: str) -> WorkingOrder:
    return new_order(request(text), NOW)


class TestBracket:
    def prices(self, text: str, order: str) -> tuple[Decimal, Decimal, Decimal | None]:
        (statement,) = parse(text, "BTC/USD")
        assert isinstance(statement, Bracket)
        found = resolve_bracket(statement, working(order), MARKET)
        return found.take_profit, found.stop, found.stop_limit

    def test_offsets_count_from_the_order(self) -> None:
        assert self.prices("bracket #1 tp +1% stop -1% @ -5", "buy 1 @ 64000") == (D(64640), D(63360), D(63355))
        assert self.prices("bracket #1 tp 63000 stop 65000", "sell 1 @ 64300") == (D(63000), D(65000), None)

    def test_exits_on_the_wrong_side_are_refused(self) -> None:
        with pytest.raises(QuoteError, match="must be above the stop"):
            self.prices("bracket #1 tp 63000 stop 65000", "buy 1 @ 64000")


class TestClosing:
    def test_it_takes_a_little_beyond_the_touch_and_never_rests(self) -> None:
        order = resolve(closing_draft("BTC/USD", D("0.8")), MARKET, FUNDS, "c-1")
        assert (order.side, order.qty, order.time_in_force) == (Side.SELL, D("0.8"), TimeInForce.IOC)
        assert order.limit_price == D("63879.0")

    def test_turning_sells_twice_as_much(self) -> None:
        assert resolve(closing_draft("BTC/USD", D(-1), reverse=True), MARKET, FUNDS, "c").qty == 2

    def test_a_margin_position_is_only_reduced(self) -> None:
        draft = closing_draft("BTC/USD", D(1), leverage=3)
        assert (draft.reduce_only, draft.leverage) == (True, 3)

    def test_nothing_to_close(self) -> None:
        with pytest.raises(QuoteError, match="is flat"):
            closing_draft("BTC/USD", D(0))


class Book:
    """Six orders of 0.1 at the ask, six at the bid."""

    def walk(self, side: Side, qty: int | None = None, limit_price: int | None = None) -> Fillable:
        price = to_units(D("64200.3") if side is Side.SELL else D("64200.0"))
        beyond = limit_price is not None and (price > limit_price if side is Side.SELL else price < limit_price)
        there = 0 if beyond else min(to_units(D("0.6")), qty or 0)
        worst = None if beyond else price
        orders = -(-there // to_units(D("0.1")))
        return Fillable(there, there * price // to_units(D(1)), worst, orders, 1 if there else 0)

    def level_at(self, side: Side, price: int) -> LevelView | None:
        return None


class TestPreview:
    def seen(self, text: str) -> dict[str, object]:
        found = preview(request(text), MARKET, Book(), FEES)
        return {name: getattr(found, name) for name in found.__slots__}

    def test_a_stop_waits_and_says_what_comes_then(self) -> None:
        seen = self.seen("sell 1 stop 63000")
        assert (seen["waits_qty"], seen["fills_qty"], seen["rests_qty"]) == (1, 0, 0)
        assert (seen["wakes_at"], seen["wakes_now"]) == (D(63000), False)
        assert seen["later"] == "then sells at the market, whatever the price is"
        assert seen["notional"] == D(63000)

    def test_a_stop_limit_can_be_left_behind(self) -> None:
        seen = self.seen("sell 1 stop 63000 @ 62900")
        assert seen["later"] == (
            "then sells with a limit at 62900.0, at the back of its level; a gap beyond it leaves it resting"
        )

    @pytest.mark.parametrize(
        ("text", "now"),
        [
            ("sell 1 stop 65000", True),
            ("buy 1 stop 63000", True),
            ("buy 1 tp 65000", True),
            ("sell 1 tp 63000", True),
            ("sell 1 tp 65000", False),
            ("buy 1 stop +1%", False),
            ("sell 1 trail 1%", False),
        ],
    )
    def test_a_trigger_that_is_met_already_is_told(self, text: str, now: bool) -> None:
        assert self.seen(text)["wakes_now"] is now

    def test_a_trailing_stop_wakes_below_the_last_price(self) -> None:
        assert self.seen("sell 1 trail 100")["wakes_at"] == D("64100.1")
        assert self.seen("buy 1 trail 100")["wakes_at"] == D("64300.1")

    def test_a_crossing_parent_may_have_as_many_children_as_orders_met(self) -> None:
        assert self.seen("buy 0.55 @ 64201 then stop 63000")["children"] == 6
        assert self.seen("buy 0.5 @ 64100 then stop 63000")["children"] == 0
        assert self.seen("buy 0.5 @ 64201")["children"] == 0

    def test_fill_or_kill_that_does_not_fit_does_nothing(self) -> None:
        assert self.seen("buy 1 @ 64201 fok")["lost_qty"] == 1
        assert self.seen("buy 0.6 @ 64201 fok")["fills_qty"] == D("0.6")

    def test_an_iceberg_shows_its_slice(self) -> None:
        seen = self.seen("buy 0.5 iceberg 0.1 @ 64100")
        assert (seen["rests_qty"], seen["shows_qty"]) == (D("0.5"), D("0.1"))

    def test_a_scheduled_order_waits(self) -> None:
        seen = self.seen("buy 0.5 @ 64201 start 5m")
        assert (seen["waits_qty"], seen["fills_qty"]) == (D("0.5"), 0)

    def test_batches_cost_half_the_points(self) -> None:
        seen = preview_many(ladder("scale buy 4x0.01 64000..63000"), MARKET, Book(), FEES)
        assert (seen.points, seen.points_single, len(seen.legs)) == (D(2), D(4), 4)
        assert seen.notional == sum(leg.notional for leg in seen.legs)

    @pytest.mark.parametrize(
        "text",
        [
            *("buy 1 @ 64100", "buy 1 @ 64201", "buy 1 market", "buy 1 @ 64201 ioc", "buy 1 @ 64201 fok"),
            *("sell 1 stop 63000", "sell 1 trail 1% @ +0", "buy 1 iceberg 0.1 @ 64201", "buy 1 @ 64100 start 1m"),
            "buy $100 market",
        ],
    )
    def test_every_part_of_the_quantity_goes_somewhere(self, text: str) -> None:
        found = preview(request(text), MARKET, Book(), FEES)
        assert found.fills_qty + found.rests_qty + found.waits_qty + found.lost_qty == request(text).qty
