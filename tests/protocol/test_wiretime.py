from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import parse_rfc3339, rfc3339
from app.protocol.wiretime import seconds_ns, time_ns, time_text_ms


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2026-09-15T23:41:47.461426256Z", 1789515707_461426256),
        ("2023-09-21T15:49:29Z", 1695311369_000000000),
        ("2022-06-13T08:09:10.7890123", 1655107750_789012300),
        ("1970-01-01T00:00:00.000000Z", 0),
    ],
)
def test_times_of_any_precision(text: str, ns: int) -> None:
    assert time_ns(text) == ns


@given(st.integers(min_value=0, max_value=4_000_000_000_000_000_000), st.sampled_from([0, 3, 6, 9]))
def test_agrees_with_the_clock_module(ns: int, digits: int) -> None:
    text = rfc3339(ns, digits)
    assert time_ns(text) == parse_rfc3339(text)
    assert time_text_ms(ns) == rfc3339(ns, 3)


@pytest.mark.parametrize("text", ["", "0", "yesterday", "2026-09-15 23:41:47", "2026-99-15T23:41:47Z", "2026-09-15T"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|month|invalid"):
        time_ns(text)


def test_seconds_of_rest() -> None:
    assert seconds_ns(Decimal("1688666559.8974")) == 1688666559_897400000
    for bad in ("NaN", "Infinity", "1e30"):
        with pytest.raises(ValueError, match="no time"):
            seconds_ns(Decimal(bad))
