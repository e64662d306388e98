from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.numbers import fixed, latency, plain, points, short_qty, span, trimmed_all

LETTERS = {"k": 3, "M": 6, "B": 9, "T": 12}


def read(text: str) -> Decimal:
    """Read a shortened quantity back."""
    if text[-1] in LETTERS:
        return Decimal(text[:-1]).scaleb(LETTERS[text[-1]])
    return Decimal(text)


@pytest.mark.parametrize(
    ("lots", "dp", "width", "text"),
    [
        (41_200_000, 8, 8, "0.412"),
        (41_200_000, 8, 4, "0.41"),
        (1, 8, 6, "<0.001"),
        (1, 8, 10, "0.00000001"),
        (1_234_567_890_000, 6, 5, "1.23M"),
        (99_999, 5, 4, "1"),
        (150, 0, 3, "150"),
        (1_500, 0, 3, "2k"),
        (0, 8, 5, "0"),
    ],
)
def test_quantities_are_shortened_to_the_column(lots: int, dp: int, width: int, text: str) -> None:
    assert short_qty(lots, dp, width) == text


@given(st.integers(1, 10**22), st.integers(0, 10), st.integers(3, 12))
def test_a_shortened_quantity_is_near_and_never_zero(lots: int, dp: int, width: int) -> None:
    text = short_qty(lots, dp, width)
    assert len(text) <= width
    if text.startswith("#"):
        return
    if text.startswith("<"):
        assert Decimal(lots).scaleb(-dp) < Decimal(text[1:])
        return
    digits = text.rstrip("kMBT").partition(".")[2]
    step = Decimal(1).scaleb(LETTERS.get(text[-1], 0) - len(digits))
    assert read(text) > 0
    assert abs(read(text) - Decimal(lots).scaleb(-dp)) <= step / 2


@given(st.integers(-(10**20), 10**20), st.integers(0, 12))
def test_fixed_numbers_are_exact(value: int, places: int) -> None:
    assert Decimal(fixed(value, places)) == Decimal(value).scaleb(-places)
    assert Decimal(plain(value, places)) == Decimal(value).scaleb(-places)


def test_times_read_naturally() -> None:
    assert [span(ms) for ms in (0, 1_740, 42_000, 291_000, 11_100_000, 200_000_000)] == [
        "0.0s", "1.7s", "42s", "4:51", "3h05", "2d",
    ]  # fmt: skip
    assert [latency(us) for us in (-1, 400, 11_900, 1_300_000)] == ["", "0.4ms", "11ms", "1.3s"]
    assert points(41_249) == "41.2"


def test_zeros_at_the_end_go_from_every_number_of_a_text() -> None:
    assert trimmed_all("2 ord / 0.50000000 ahead") == "2 ord / 0.5 ahead"
    assert trimmed_all("closes 1.00000000, flips to +0.25000000") == "closes 1, flips to +0.25"
    assert trimmed_all("100 and 10.0") == "100 and 10"
