"""The daily rollover of FIX sessions at 22:00 UTC."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import rollover
from app.domain.rollover import DAY_NS, NS_PER_S, Window

MIDNIGHT = 20_000 * DAY_NS
TEN = MIDNIGHT + 22 * 3_600 * NS_PER_S


def test_it_is_at_ten_in_the_evening() -> None:
    assert rollover.until(MIDNIGHT) == 22 * 3_600 * NS_PER_S
    assert rollover.until(TEN - 1) == 1
    assert rollover.until(TEN) == DAY_NS
    assert rollover.since(TEN) == 0
    assert rollover.since(TEN + 5) == 5


@pytest.mark.parametrize(
    ("seconds", "held"), [(-61, False), (-60, True), (-1, True), (0, True), (29, True), (30, False), (3_600, False)]
)
def test_the_window_begins_before_it_and_ends_when_the_session_may_be_back(seconds: int, held: bool) -> None:
    assert Window(60 * NS_PER_S).holds(TEN + seconds * NS_PER_S) is held


@pytest.mark.parametrize(("seconds", "planned"), [(-121, False), (-120, True), (0, True), (120, True), (121, False)])
def test_a_session_that_ends_near_it_ends_because_of_it(seconds: int, planned: bool) -> None:
    assert rollover.planned(TEN + seconds * NS_PER_S) is planned


@given(st.integers(0, 2**62))
def test_the_way_there_and_the_way_since_make_a_day(now: int) -> None:
    assert 0 < rollover.until(now) <= DAY_NS
    assert rollover.until(now) + rollover.since(now) == DAY_NS
