"""The engine counter: the worked examples of `ws-v2.md` §10.3 and `rest.md` §7.2."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from app.clock import NS_PER_S
from app.domain.order import Side
from app.venue.core.api import Execution, VenueReject
from app.venue.core.ratelimit import (
    AMEND_AGE_COST,
    CANCEL_AGE_COST,
    INTERMEDIATE,
    PRO,
    STARTER,
    RateCounters,
    Tier,
    age_cost,
)

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue

NO_DECAY = Tier("none", 1_000, 0, 1_000)
PAIR = "BTC/USD"


@pytest.mark.parametrize(
    ("age_s", "amend", "cancel"),
    [
        ("0", 3, 8),
        ("4.999", 3, 8),
        ("5", 2, 6),
        ("10", 1, 5),
        ("15", 0, 4),
        ("45", 0, 2),
        ("90", 0, 1),
        ("300", 0, 0),
    ],
)
def test_age_bands_start_where_the_table_says(age_s: str, amend: int, cancel: int) -> None:
    age = int(Decimal(age_s) * NS_PER_S)
    assert age_cost(AMEND_AGE_COST, age) == amend
    assert age_cost(CANCEL_AGE_COST, age) == cancel


@pytest.mark.parametrize(("tier", "after"), [(NO_DECAY, [1, 4, 8]), (INTERMEDIATE, [1, 3, 4])])
def test_add_amend_after_7_s_cancel_36_s_later(tier: Tier, after: list[int]) -> None:
    counters, seen = RateCounters(tier), []
    amend, cancel = age_cost(AMEND_AGE_COST, 7 * NS_PER_S), age_cost(CANCEL_AGE_COST, 36 * NS_PER_S)
    steps = [(0, 1, 0), (7, 1, amend), (43, 0, cancel)]
    for at_s, fixed, extra in steps:
        counters.charge(PAIR, at_s * NS_PER_S, fixed, extra)
        seen.append(counters.value(PAIR, at_s * NS_PER_S))
    assert seen == after


def test_fifty_adds_decay_to_26_6_in_ten_seconds() -> None:
    counters = RateCounters(INTERMEDIATE)
    for _ in range(50):
        counters.charge(PAIR, 0, 1)
    assert counters.value(PAIR, 0) == 50
    assert counters.value(PAIR, 10 * NS_PER_S) == Decimal("26.6")
    assert counters.value(PAIR, 60 * NS_PER_S) == 0


def test_starter_that_adds_and_cancels_each_second_is_first_refused_a_cancel() -> None:
    counters, refused = RateCounters(STARTER), None
    for second in range(20):
        for extra in (0, 8):
            try:
                counters.charge(PAIR, second * NS_PER_S, 0 if extra else 1, extra)
            except VenueReject as reject:
                refused = refused or (second, extra, reject.error)
    assert refused == (7, 8, "EOrder:Rate limit exceeded")


def test_a_refusal_charges_the_fixed_part_but_never_beyond_the_threshold() -> None:
    counters = RateCounters(STARTER)
    counters.charge(PAIR, 0, 58)
    with pytest.raises(VenueReject):
        counters.charge(PAIR, 0, 1, 3)
    assert counters.value(PAIR, 0) == 59
    counters.charge(PAIR, 0, 1)
    with pytest.raises(VenueReject):
        counters.charge(PAIR, 0, 1)
    assert counters.value(PAIR, 0) == 60
    counters.charge(PAIR, 1 * NS_PER_S, 1)


def test_what_may_not_be_refused_passes_the_threshold() -> None:
    counters = RateCounters(PRO)
    counters.charge(PAIR, 0, 179)
    counters.charge(PAIR, 0, 0, 80, refusable=False)
    assert counters.value(PAIR, 0) == 259
    with pytest.raises(VenueReject):
        counters.charge(PAIR, 0, 1)
    assert counters.value(PAIR, 0) == 259


def test_pairs_have_their_own_counters() -> None:
    counters = RateCounters(STARTER)
    counters.charge(PAIR, 0, 60)
    counters.charge("ETH/USD", 0, 1)
    assert counters.value("ETH/USD", 0) == 1


def test_reports_carry_the_counter_right_after(venue: Venue) -> None:
    order = venue.limit("ann", Side.BUY, "1", "60000.0")
    venue.clock.advance(s=1)
    venue.amend("ann", order, price="60001.0")
    venue.clock.advance(s=6)
    venue.exchange.cancel_order("ann", order_id=order.order_id)
    assert [report.counter for report in venue.of(Execution)] == [1, 1, 4, 6]
    assert venue.exchange.rate_counter("ann", PAIR) == 6


def test_the_exchange_refuses_the_order_too_many_and_takes_it_after_the_decay(venue: Venue) -> None:
    for _ in range(60):
        with pytest.raises(VenueReject, match="EOrder:Invalid price"):
            venue.limit("poor", Side.BUY, "0.001", "-1")
    with pytest.raises(VenueReject, match="EOrder:Rate limit exceeded"):
        venue.limit("poor", Side.BUY, "0.001", "60000.0")
    venue.clock.advance(s=1)
    assert venue.limit("poor", Side.BUY, "0.001", "60000.0").order_id


def test_cancel_all_works_over_the_limit(venue: Venue) -> None:
    venue.limit("poor", Side.BUY, "0.001", "60000.0")
    for _ in range(60):
        with pytest.raises(VenueReject):
            venue.limit("poor", Side.BUY, "0.001", "-1")
    (order,) = venue.exchange.open_orders("poor")
    with pytest.raises(VenueReject, match="EOrder:Rate limit exceeded"):
        venue.exchange.cancel_order("poor", order_id=order.order_id)
    assert len(venue.exchange.cancel_all("poor")) == 1
