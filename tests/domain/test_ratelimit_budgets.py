"""REST counter, L3 subscriptions and connection attempts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.budget import (
    CONNECT_WINDOW_NS,
    RestCounter,
    RollingBudget,
    connection_budget,
    derivatives_cost,
    derivatives_counter,
    l3_budget,
    l3_cost,
    rest_cost,
)
from app.domain.ratelimit import NS_PER_S, PRO, STARTER

D = Decimal


def test_starter_sixteenth_balance_call_fails_until_one_point_has_decayed() -> None:
    counter = RestCounter(STARTER)
    assert all(counter.try_call(0, "Balance") for _ in range(15))
    assert not counter.try_call(0, "Balance")
    assert counter.at(0) == 15
    wait = counter.wait_ns(0, "Balance")
    assert 3.03 < wait / NS_PER_S < 3.04
    assert counter.try_call(wait, "Balance")


def test_history_costs_two_and_orders_nothing() -> None:
    assert [rest_cost(name) for name in ("TradesHistory", "ClosedOrders", "Balance", "AddOrder")] == [2, 2, 1, 0]
    counter = RestCounter(STARTER)
    counter.charge(0, D(15))
    assert counter.try_call(0, "CancelOrder")


def test_connections_per_ten_minutes() -> None:
    budget = connection_budget()
    assert all(budget.try_spend(second * NS_PER_S) for second in range(150))
    now = 200 * NS_PER_S
    assert not budget.try_spend(now)
    assert budget.wait_ns(now) == CONNECT_WINDOW_NS - now
    assert budget.try_spend(CONNECT_WINDOW_NS)
    assert not budget.try_spend(CONNECT_WINDOW_NS)


@pytest.mark.parametrize(("depth", "standard", "pro"), [(10, 40, 100), (100, 8, 20), (1000, 2, 5)])
def test_level3_symbols_per_second(depth: int, standard: int, pro: int) -> None:
    for tier, most in ((STARTER, standard), (PRO, pro)):
        budget = l3_budget(tier)
        assert sum(budget.try_spend(0, l3_cost(depth)) for _ in range(200)) == most
        assert budget.try_spend(NS_PER_S, l3_cost(depth))


def test_derivatives_sustain_five_orders_a_second_after_a_burst_of_fifty() -> None:
    """`futures.md` §9: 500 points in 10 s, 10 for an order; a batch of ten costs 19."""
    bucket, cost = derivatives_counter(), derivatives_cost("sendorder")
    for _ in range(50):
        assert bucket.allows(0, cost)
        bucket.charge(0, cost)
    assert not bucket.allows(0, cost)
    assert bucket.fits_in(0, cost) == NS_PER_S // 5
    assert bucket.free_in(0) == 10 * NS_PER_S
    assert [derivatives_cost("batchorder", 10), derivatives_cost("cancelallorders")] == [19, 25]
    with pytest.raises(ValueError, match="no cost is known of somewhere"):
        derivatives_cost("somewhere")


def test_level3_has_three_depths() -> None:
    with pytest.raises(ValueError, match="no depth 25; use 10, 100, 1000"):
        l3_cost(25)


def test_cost_above_the_budget_never_fits() -> None:
    with pytest.raises(ValueError, match="never fits"):
        RollingBudget(10, 5).wait_ns(0, 11)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10))))
def test_no_window_ever_holds_more_than_the_limit(steps: list[tuple[int, int]]) -> None:
    budget, now = RollingBudget(10, 50), 0
    spent: list[tuple[int, int]] = []
    for wait, cost in steps:
        now += wait
        ready = budget.wait_ns(now, cost)
        fits = sum(c for at, c in spent if at > now - 50) + cost <= 10
        assert fits == (ready == 0)
        now += ready
        assert budget.try_spend(now, cost)
        spent.append((now, cost))
        assert budget.spent(now) == sum(c for at, c in spent if at > now - 50) <= 10
        assert budget.left(now) == 10 - budget.spent(now)
