"""The counter of a pair under answers and reports: what is charged, what is not, and who spent the rest."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import NS_PER_MS
from app.domain.rate_counter import LATE_NS, Charge, RateCounter
from app.domain.ratelimit import INTERMEDIATE, NS_PER_S, PRO, STARTER, cost_add

D = Decimal


def sent(counter: RateCounter, points: str, fixed: str = "0", now: int = 0) -> Charge:
    return counter.send(now, D(points), D(fixed))


def test_an_action_counts_from_the_moment_it_goes_out() -> None:
    counter = RateCounter(STARTER)
    sent(counter, "8")
    assert counter.at(0) == 8
    assert counter.headroom(0) == 52
    assert counter.at(3 * NS_PER_S) == 5


def test_what_never_reached_the_engine_is_as_if_it_had_not_been_sent() -> None:
    """Also where the counter would have been empty in between: a sum that is taken back later must not leave a debt."""
    counter = RateCounter(PRO)
    first = sent(counter, "8")
    second = sent(counter, "1", now=NS_PER_S)
    counter.accept(NS_PER_S, second)
    counter.drop(first)
    assert counter.at(NS_PER_S) == 1
    assert first.points == 0


def test_a_refused_request_keeps_its_fixed_part() -> None:
    counter = RateCounter(STARTER)
    amend = sent(counter, "4", "1")
    counter.fail(0, amend)
    assert counter.at(0) == 1


@pytest.mark.parametrize(("known", "left"), [("59.5", "60"), ("80", "80")])
def test_refusal_for_the_rate_charges_the_fixed_part_up_to_the_threshold(known: str, left: str) -> None:
    counter = RateCounter(STARTER)
    counter.charge(0, D(known))
    assert counter.refuse(0, sent(counter, "1", "1")) == 0
    assert counter.at(0) == D(left)


def test_refusal_for_the_rate_tells_of_points_that_nobody_here_spent() -> None:
    """A cancel of 8 refused by a threshold of 60 means that more than 52 were there."""
    counter = RateCounter(STARTER)
    counter.charge(0, D(20))
    assert counter.refuse(0, sent(counter, "8")) == 32
    assert counter.at(0) == 52


class TestReports:
    def test_one_that_overtakes_the_answer_is_no_stranger(self) -> None:
        counter = RateCounter(PRO)
        counter.charge(0, D(10))
        cancel = sent(counter, "8")
        assert counter.correct(0, D("10.00")) == 0
        assert counter.correct(0, D("18.00")) == 0
        counter.accept(0, cancel)
        assert counter.at(0) == 18

    def test_one_that_comes_late_takes_nothing_away(self) -> None:
        counter = RateCounter(PRO)
        for _ in range(3):
            counter.accept(0, sent(counter, "8"))
        assert counter.correct(100 * NS_PER_MS, D("7.63")) == 0
        assert counter.at(100 * NS_PER_MS) == D("23.625")
        assert counter.correct(100 * NS_PER_MS, D("23.63")) == 0

    def test_a_lower_one_is_believed_once_all_answers_are_old(self) -> None:
        counter = RateCounter(STARTER)
        counter.accept(0, sent(counter, "30"))
        assert counter.correct(LATE_NS, D("12.00")) == -17
        assert counter.at(LATE_NS) == 12

    def test_what_was_reported_is_not_taken_back_by_a_late_no(self) -> None:
        counter = RateCounter(STARTER)
        first = sent(counter, "1", "1")
        assert counter.correct(0, D("5.00")) == 4
        counter.drop(first)
        assert counter.at(0) == 5

    def test_a_report_that_was_long_on_its_way_has_decayed(self) -> None:
        counter = RateCounter(INTERMEDIATE)
        counter.charge(0, D(5))
        assert counter.correct(NS_PER_S, D("5.00"), NS_PER_S) == 0
        assert counter.at(NS_PER_S) == 5 - INTERMEDIATE.decay
        assert counter.correct(NS_PER_S, D("8.00"), NS_PER_S) == 3
        assert counter.at(NS_PER_S) == 8 - INTERMEDIATE.decay

    def test_the_last_digit_is_rounding(self) -> None:
        counter = RateCounter(INTERMEDIATE)
        counter.charge(0, D(5))
        assert counter.correct(NS_PER_S // 3, D("4.22")) == 0
        assert counter.at(NS_PER_S // 3) > D("4.22")


def test_another_tier_goes_on_from_the_same_value() -> None:
    counter = RateCounter(STARTER)
    counter.charge(0, D(30))
    counter.change_tier(2 * NS_PER_S, PRO)
    assert counter.at(2 * NS_PER_S) == 28
    assert counter.at(4 * NS_PER_S) == D("20.5")
    assert counter.headroom(2 * NS_PER_S) == 152


ACTIONS = st.lists(
    st.tuples(st.integers(0, 3 * NS_PER_S), st.integers(0, 9), st.sampled_from(["accept", "fail", "drop"])), max_size=30
)


@given(ACTIONS, st.integers(0, 2 * NS_PER_S))
def test_answers_in_any_order_lead_to_what_was_charged(actions: list[tuple[int, int, str]], delay: int) -> None:
    """Each answer comes `delay` late; at the end it is as if only what was charged had ever been sent."""
    counter, plain, now = RateCounter(PRO), RateCounter(PRO), 0
    answers: list[tuple[int, str, Charge]] = []

    def settle(until: int) -> None:
        while answers and answers[0][0] <= until:
            at, word, charge = answers.pop(0)
            match word:
                case "accept":
                    counter.accept(at, charge)
                case "fail":
                    counter.fail(at, charge)
                case _:
                    counter.drop(charge)

    for wait, points, word in actions:
        now += wait
        settle(now)
        answers.append((now + delay, word, counter.send(now, D(points), min(D(points), cost_add()))))
        due = {"accept": D(points), "fail": min(D(points), cost_add()), "drop": D(0)}[word]
        plain.charge(now, due)
    settle(now + delay)
    assert counter.at(now + delay) == plain.at(now + delay)
