"""Stacking and pulling of the last seconds against every event written down."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.clock import NS_PER_S, rfc3339
from app.domain.level_flow import ADDED, FLICKED, REMOVED, SPAN_S, Flow, LevelFlow

START_S = 1_790_000_000
EVENT = st.tuples(
    st.sampled_from((0, 0, 1, 2, 9, 10, 11, 30)),  # seconds that pass before it
    st.sampled_from((-101, 100, 102)),
    st.sampled_from((ADDED, REMOVED, FLICKED)),
    st.integers(1, 5),
)


@given(st.lists(EVENT, max_size=40), st.integers(0, 25))
def test_a_level_has_what_came_and_went_in_the_last_seconds(
    events: list[tuple[int, int, int, int]], quiet: int
) -> None:
    flow, second = LevelFlow(), START_S
    seen: list[tuple[int, int, int, int]] = []
    for passed, key, kind, qty in events:
        second += passed
        flow.turn(rfc3339(second * NS_PER_S, 9))
        flow.cells.setdefault(key, [0, 0, 0])[kind] += qty
        seen.append((second, key, kind, qty))
        for one in (-101, 100, 102):
            assert flow.at(one, second) == expected(seen, one, second)
    for one in (-101, 100, 102):  # nothing comes any more: it ages all the same
        assert flow.at(one, second + quiet) == expected(seen, one, second + quiet)
    flow.clear()
    assert flow.at(100, second) == Flow()


def expected(seen: list[tuple[int, int, int, int]], key: int, now_s: int) -> Flow:
    sums = [0, 0, 0]
    for second, at, kind, qty in seen:
        if at == key and second > now_s - SPAN_S:
            sums[kind] += qty
    return Flow(*sums)
