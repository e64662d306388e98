from __future__ import annotations

import secrets
import uuid

from hypothesis import given
from hypothesis import strategies as st

from app.clock import ManualClock, parse_rfc3339
from app.domain.ids import NS_PER_UNIT, CombIds, comb_time_ns


def test_the_published_id_names_its_time() -> None:
    # fix.md §2.1: the vector and the time that the formula gives for it.
    at_ns = comb_time_ns("a17d49af-1186-4984-bd10-29b8f232ee4d")
    assert at_ns // NS_PER_UNIT == 177_559_479_193_990
    assert abs(at_ns - parse_rfc3339("2026-04-07T20:46:31.9399Z")) < 1_000_000


def test_an_id_is_a_random_uuid_that_begins_with_the_time() -> None:
    clock = ManualClock(parse_rfc3339("2026-04-07T20:46:31.939900Z"))
    made = uuid.UUID(CombIds(clock.now_ns, secrets.randbits).next())
    assert made.version == 4
    assert made.variant == uuid.RFC_4122
    assert comb_time_ns(str(made)) == clock.now_ns()


@given(st.lists(st.integers(-10_000_000, 10_000_000), max_size=50))
def test_ids_grow_whatever_the_clock_does(steps: list[int]) -> None:
    clock = ManualClock()
    ids = CombIds(clock.now_ns, secrets.randbits)
    made = [ids.next()]
    for step in steps:
        clock.step_wall(step)
        made.append(ids.next())
    assert made == sorted(set(made))
