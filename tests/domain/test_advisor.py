"""Ways to change an order: their price now and later, and the place in the queue."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.advisor import Priority, Way, advise, cost_replace, price_tag
from app.domain.grammar import Amend, parse
from app.domain.instrument import Instrument
from app.domain.order import CloseTemplate, OrderRequest, OrderType, PriceKind, Side, Trigger, TriggerRef
from app.domain.quote import Funds, Market, QuoteError
from app.domain.quote_changes import Changes, resolve_change
from app.domain.ratelimit import NS_PER_S, cost_amend, cost_cancel, cost_edit
from app.domain.working import WorkingOrder, new_order

D = Decimal
S = NS_PER_S
NOW = 1_000 * S
BTC = Instrument("BTC/USD", "BTC", "USD", 1, D("0.1"), 8, D("0.00000001"), D("0.0001"), 5, D("0.5"))
MARKET = Market(BTC, D("64200.0"), D("64200.3"), D("64200.1"))


def working(kind: OrderType = OrderType.LIMIT, **terms: object) -> WorkingOrder:
    request = OrderRequest("c-1", "BTC/USD", Side.BUY, kind, D(1), D(64000))
    return new_order(replace(request, **terms), NOW)  # type: ignore[arg-type]


def at(age_s: int, changes: Changes, order: WorkingOrder | None = None) -> tuple[str, ...]:
    return advise(order or working(), changes, NOW + age_s * S).lines


def test_a_new_price_is_cheapest_by_amend() -> None:
    assert at(3, Changes(limit_price=D(63990))) == (
        "▸ amend: +4 → +1 in 12.0 s, to the back, clock restarts, same id",
        "  edit: no, the venue edits no order that has a client id, and this one has",
        "  cancel+new: +9 → +1 in 4:57, to the back, clock restarts, a gap, new id",
    )


def test_less_keeps_the_place_and_more_offers_a_second_order() -> None:
    assert "keeps its place" in at(400, Changes(qty=D("0.5")))[0]
    more = advise(working(), Changes(qty=D("1.5")), NOW)
    assert more.options[0].priority is Priority.LOST
    assert more.second_qty == D("0.5")
    assert more.lines[-1] == "  or a second order of 0.5: +1, the first keeps its place"
    assert advise(working(), Changes(qty=D("1.5"), limit_price=D(1)), NOW).second_qty is None


def test_another_slice_keeps_the_place() -> None:
    order = working(OrderType.ICEBERG, display_qty=D("0.1"))
    assert advise(order, Changes(display_qty=D("0.2")), NOW).options[0].priority is Priority.KEPT


def test_a_trigger_has_no_place_to_lose() -> None:
    order = working(OrderType.STOP_LOSS, limit_price=None, trigger=Trigger(TriggerRef.LAST, D(65000)))
    advice = advise(order, Changes(trigger_price=D(65100)), NOW)
    assert {option.priority for option in advice.options} == {Priority.NONE}
    assert advice.best is Way.AMEND
    fired = replace(order, triggered=True)
    assert advise(fired, Changes(qty=D(2)), NOW).options[0].priority is Priority.LOST


def test_an_order_with_a_close_can_only_be_replaced() -> None:
    order = working(conditional=CloseTemplate(OrderType.LIMIT, D(65000)))
    advice = advise(order, Changes(qty=D("0.5")), NOW)
    assert advice.best is Way.REPLACE
    assert "amend: no, an order with a conditional close" in advice.lines[0]


def test_an_order_placed_elsewhere_can_be_edited() -> None:
    order = replace(working(), cl_ord_id="", cum_qty=D("0.3"))
    assert not advise(order, Changes(qty=D("0.4")), NOW).options[1].why_not
    assert "filled already" in advise(order, Changes(qty=D("0.3")), NOW).options[1].why_not


@pytest.mark.parametrize(
    ("age_ms", "text"),
    [
        (0, "+9 → +7 in 5.0 s → +1 in 5:00"),
        (3300, "+9 → +7 in 1.7 s → +1 in 4:57"),
        (60_000, "+3 → +2 in 30.0 s → +1 in 4:00"),
        (100_000, "+2 → +1 in 3:20"),
        (300_000, "+1"),
    ],
)
def test_tags_fall_with_age(age_ms: int, text: str) -> None:
    assert price_tag(cost_replace, age_ms * 1_000_000).text == text


@given(st.integers(0, 400 * S), st.sampled_from([cost_amend, cost_edit, cost_cancel, cost_replace]))
def test_a_tag_says_what_will_be_charged(age: int, cost: object) -> None:
    assert callable(cost)
    tag = price_tag(cost, age)
    assert tag.now == cost(age)
    assert tag.least == cost(age + tag.least_in_ns)
    assert cost(age + 10**12) == tag.least
    if tag.later is not None:
        assert cost(age + tag.later_in_ns) == tag.later < cost(age + tag.later_in_ns - 1) == tag.now


def change(text: str, order: WorkingOrder) -> Changes:
    (statement,) = parse(text, "BTC/USD")
    assert isinstance(statement, Amend)
    return resolve_change(statement, order, MARKET, Funds(D(2), D(100_000)))


class TestResolving:
    STOP = working(OrderType.STOP_LOSS_LIMIT, limit_price=D(65010), trigger=Trigger(TriggerRef.LAST, D(65000)))
    TRAIL = working(OrderType.TRAILING_STOP, limit_price=None, trigger=Trigger(TriggerRef.LAST, D(1), PriceKind.PCT))

    def test_offsets_count_from_the_own_prices(self) -> None:
        assert change("amend #1 0.4 @ -1t post", working()) == Changes(
            qty=D("0.4"), limit_price=D("63999.9"), post_only=True
        )
        moved = change("amend #1 trigger -10 @ +5", self.STOP)
        assert (moved.trigger_price, moved.limit_price) == (D(64990), D(65015))

    def test_a_new_distance(self) -> None:
        assert change("amend #1 trail 50", self.TRAIL) == Changes(trigger_price=D(50), trigger_kind=PriceKind.QUOTE)
        assert change("amend #1 trail 1%", self.TRAIL).nothing

    def test_what_is_the_same_is_no_change(self) -> None:
        assert change("amend #1 1 @ 64000", working()).nothing

    @pytest.mark.parametrize(
        ("text", "kind", "why"),
        [
            ("amend #1 display 0.1", OrderType.LIMIT, "shows all of itself"),
            ("amend #1 trigger 5", OrderType.LIMIT, "no trigger price"),
            ("amend #1 trail 1%", OrderType.LIMIT, "does not trail"),
            ("amend #1 @ 5", OrderType.MARKET, "no limit price"),
        ],
    )
    def test_terms_that_the_order_has_not(self, text: str, kind: OrderType, why: str) -> None:
        with pytest.raises(QuoteError, match=why):
            change(text, working(kind))

    def test_a_trigger_that_fired_is_past(self) -> None:
        with pytest.raises(QuoteError, match="has triggered already"):
            change("amend #1 trigger 65100", replace(self.STOP, triggered=True))
