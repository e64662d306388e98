"""Numbers as digits, whatever form a Decimal is in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protocol.numbers import number_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("84000", "84000"),
        ("0.10", "0.10"),
        ("-5.50", "-5.50"),
        ("0.000", "0"),
        ("-0", "0"),
        ("0E-8", "0"),
        ("1E+3", "1000"),
        ("1e-9", "0.000000001"),
    ],
)
def test_a_number_is_written_without_exponent_and_zero_is_plain(value: str, text: str) -> None:
    assert number_text(Decimal(value)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15))
def test_what_is_written_is_the_number(value: Decimal) -> None:
    text = number_text(value)
    assert Decimal(text) == value
    assert "E" not in text


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_not_sent(value: str) -> None:
    with pytest.raises(ValueError, match="can't be sent"):
        number_text(Decimal(value))
