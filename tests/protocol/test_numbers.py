from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.order import PriceKind
from app.protocol.numbers import number, number_text, parse_price, price_text

NUMBERS = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=Decimal("-1e18"), max_value=Decimal("1e18")
).filter(lambda value: not value or value.adjusted() > -20)


@given(NUMBERS)
def test_a_number_survives_the_wire_exactly(value: Decimal) -> None:
    text = bytes(number(value)).decode()
    assert "e" not in text.lower()
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal) == value


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


@given(NUMBERS.filter(lambda value: len(f"{value:f}") < 36), st.sampled_from(PriceKind))
def test_a_relative_price_survives_its_words(value: Decimal, kind: PriceKind) -> None:
    text = price_text(value, kind)
    assert "e" not in text.lower()
    if kind is PriceKind.STATIC:
        value = abs(value)  # a fixed price is never negative; with a sign it would be an offset
        text = price_text(value, kind)
    assert parse_price(text) == (value, kind)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("27500.1", PriceKind.STATIC, "27500.1"),
        ("50", PriceKind.QUOTE, "+50"),
        ("-50", PriceKind.QUOTE, "-50"),
        ("0", PriceKind.QUOTE, "+0"),
        ("-1.5", PriceKind.PCT, "-1.5%"),
        ("5", PriceKind.PCT, "+5%"),
    ],
)
def test_the_words_of_relative_prices(value: str, kind: PriceKind, text: str) -> None:
    assert price_text(Decimal(value), kind) == text
    assert parse_price(text) == (Decimal(value), kind)


@pytest.mark.parametrize("text", ["", "#50", "x", "+", "%", "NaN", "5%%"])
def test_what_is_no_price_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r"number"):
        parse_price(text)


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_not_sent(value: str) -> None:
    with pytest.raises(ValueError, match="can't be sent"):
        number(Decimal(value))
