"""The engine's counter: every worked example of `ws-v2.md` §10.3 and `rest.md` §7, and its laws."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.rate_counter import RateCounter
from app.domain.ratelimit import (
    INTERMEDIATE,
    NS_PER_S,
    PRO,
    STARTER,
    TIERS,
    Tier,
    cancel_tag,
    cost_add,
    cost_amend,
    cost_batch_add,
    cost_batch_cancel,
    cost_cancel,
    cost_edit,
    wait_text,
)

D = Decimal


def s(seconds: float | str) -> int:
    return int(D(str(seconds)) * NS_PER_S)


@pytest.mark.parametrize(
    ("age", "amend", "edit", "cancel"),
    [
        ("0", 4, 7, 8),
        ("4.999999999", 4, 7, 8),
        ("5", 3, 6, 6),
        ("9.999999999", 3, 6, 6),
        ("10", 2, 5, 5),
        ("15", 1, 3, 4),
        ("44.999999999", 1, 3, 4),
        ("45", 1, 2, 2),
        ("90", 1, 1, 1),
        ("299.999999999", 1, 1, 1),
        ("300", 1, 1, 0),
        ("5000", 1, 1, 0),
    ],
)
def test_age_bands(age: str, amend: int, edit: int, cancel: int) -> None:
    assert [cost_amend(s(age)), cost_edit(s(age)), cost_cancel(s(age))] == [D(amend), D(edit), D(cancel)]


def test_add_amend_cancel_costs_eight_gross() -> None:
    assert cost_add() + cost_amend(s(7)) + cost_cancel(s(36)) == 8


def test_add_amend_cancel_with_intermediate_decay_ends_at_four() -> None:
    counter = RateCounter(INTERMEDIATE)
    assert counter.charge(0, cost_add()) == 1
    assert counter.at(s(7)) == 0
    assert counter.charge(s(7), cost_amend(s(7))) == 3
    assert counter.charge(s(43), cost_cancel(s(36))) == 4


def test_fifty_adds_then_ten_seconds() -> None:
    counter = RateCounter(INTERMEDIATE)
    for _ in range(50):
        counter.charge(0, cost_add())
    assert counter.at(s(10)) == D("26.6")


def test_starter_place_and_pull_each_second_is_first_refused_in_the_eighth_cycle() -> None:
    counter = RateCounter(STARTER)
    for cycle in range(7):
        assert counter.allows(s(cycle), cost_add() + cost_cancel(0))
        counter.charge(s(cycle), cost_add() + cost_cancel(0))
    assert counter.at(s(7)) == 56
    assert counter.charge(s(7), cost_add()) == 57
    assert not counter.allows(s(7), cost_cancel(0))


def test_batches() -> None:
    assert cost_batch_add(10) == 5
    assert cost_batch_add(3) == D("1.5")
    assert cost_batch_cancel([s(3)] * 10) == 80


def test_pro_amend_rates_are_sustainable() -> None:
    """`ws-v2.md` §10.3: Pro sustains 3.75 amends a second at 15 s of age and more."""
    assert PRO.decay / cost_amend(s(15)) == D("3.75")
    assert PRO.decay / cost_amend(s(5)) == D("1.25")


def test_burst_of_place_and_pull_per_tier() -> None:
    """`screen.md` §2: about 6, 13 or 20 in a burst."""
    assert [tier.threshold // (cost_add() + cost_cancel(0)) for tier in TIERS.values()] == [6, 13, 20]


def test_headroom_and_waits() -> None:
    counter = RateCounter(STARTER)
    counter.charge(0, D(60))
    assert counter.headroom(s(1)) == 1
    assert counter.fits_in(0, cost_cancel(0)) == s(8)
    assert counter.fits_in(s(8), cost_cancel(0)) == 0
    assert counter.fits_in(0, D(1000)) == counter.free_in(0) == s(60)


class TestCorrection:
    def test_difference_is_what_somebody_else_spent(self) -> None:
        counter = RateCounter(PRO)
        counter.charge(0, D(10))
        assert counter.correct(s(2), D("33.5")) == 31
        assert counter.at(s(2)) == D("33.5")

    def test_whole_number_may_be_rounded(self) -> None:
        counter = RateCounter(INTERMEDIATE)
        counter.charge(0, D(50))
        assert counter.correct(s(10), D(27)) == 0
        assert counter.correct(s(10), D(26)) == 0
        assert counter.at(s(10)) == D("26.6")
        assert counter.correct(s(10), D(28)) == D("1.4")

    def test_lower_report_is_taken_too(self) -> None:
        counter = RateCounter(STARTER)
        counter.charge(0, D(30))
        assert counter.correct(0, D(12)) == -18
        assert counter.at(0) == 12


class TestCancelTag:
    def test_text_names_now_next_and_free(self) -> None:
        assert cancel_tag(s("3.3")).text == "+8 → +6 in 1.7 s → free in 4:57"
        assert cancel_tag(s(91)).text == "+1 → free in 3:29"
        assert cancel_tag(s(300)).text == "free"

    def test_wait_is_rounded_up(self) -> None:
        assert [wait_text(ns) for ns in (0, 1, s("59.9"), s("59.91"), s("60.1"))] == [
            "0.0 s",
            "0.1 s",
            "59.9 s",
            "1:00",
            "1:01",
        ]

    @given(st.integers(0, 400 * NS_PER_S))
    def test_tag_keeps_its_promises(self, age: int) -> None:
        tag = cancel_tag(age)
        assert tag.cost_now == cost_cancel(age)
        assert cost_cancel(age + tag.free_in_ns) == 0
        if tag.next_cost is None:
            assert tag.cost_now == tag.free_in_ns == 0
        else:
            assert cost_cancel(age + tag.next_in_ns) == tag.next_cost
            assert cost_cancel(age + tag.next_in_ns - 1) == tag.cost_now
            assert cost_cancel(age + tag.free_in_ns - 1) == 1


def holding(tier: Tier, value: D) -> RateCounter:
    counter = RateCounter(tier)
    counter.charge(0, value)
    return counter


STEPS = st.lists(st.tuples(st.integers(0, 20 * NS_PER_S), st.integers(0, 40).map(lambda half: D(half) / 2)))


@given(st.sampled_from(list(TIERS.values())), STEPS)
def test_the_model_is_exact(tier: Tier, steps: list[tuple[int, D]]) -> None:
    """Against the published formula in unlimited precision; never below zero."""
    counter, value, now = RateCounter(tier), D(0), 0
    for wait, points in steps:
        now += wait
        value = max(D(0), value - tier.decay * wait / NS_PER_S) + points
        assert counter.charge(now, points) == value
        assert counter.headroom(now) == tier.threshold - value
        ready = counter.fits_in(now, D(8))
        assert holding(tier, value).allows(ready, D(8))
        assert ready == 0 or not holding(tier, value).allows(ready - 1, D(8))


@given(STEPS, st.integers(0, NS_PER_S))
def test_a_clock_that_steps_back_takes_nothing_away(steps: list[tuple[int, D]], back: int) -> None:
    counter, now = RateCounter(PRO), 0
    for wait, points in steps:
        now += wait
        counter.charge(now, points)
    assert counter.at(now - back) == counter.at(now)
