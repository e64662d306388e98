"""Number tokens and REST spellings."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.instrument import UNIT
from app.venue.core.universe import build_universe
from app.venue.wire.names import Names
from app.venue.wire.numbers import Scale, epoch, fixed, units_text


@given(st.integers(min_value=-(10**20), max_value=10**20), st.integers(min_value=0, max_value=12))
def test_fixed_is_exact_and_padded(value: int, dp: int) -> None:
    text = fixed(value, dp)
    assert Decimal(text) == Decimal(value).scaleb(-dp)
    assert len(text.partition(".")[2]) == dp


@pytest.mark.parametrize(
    ("units", "dp", "expected"),
    [
        (UNIT // 2, 0, "1"),
        (-UNIT // 2, 0, "-1"),
        (UNIT * 1234567 // 1000, 2, "1234.57"),
        (1, 12, "0.000000000001"),
        (UNIT, 14, "1.00000000000000"),
    ],
)
def test_units_round_half_away_from_zero(units: int, dp: int, expected: str) -> None:
    assert units_text(units, dp) == expected


def test_the_average_price_of_nothing_is_zero_and_else_rounded_to_price_decimals() -> None:
    scale = Scale(build_universe(1).listings["BTC/USD"].instrument)
    assert scale.average(0, 0) == "0.0"
    assert scale.average(10 * UNIT, 3 * 10**8) == "3.3"
    assert (scale.price_digits(5), scale.qty_digits(0)) == ("5", "")


def test_epoch_keeps_leading_zeros_of_the_fraction() -> None:
    assert epoch(1_688_666_559_000_400_000) == "1688666559.0004"


def test_every_listed_pair_is_found_by_its_own_names_only() -> None:
    universe = build_universe()
    names = Names(universe.assets, universe.listings)
    for symbol, listing in universe.listings.items():
        spellings = (symbol, listing.pair_id, listing.altname, listing.wsname)
        assert [names.symbol(spelling) for spelling in spellings] == [symbol] * 4, spellings
    assert names.symbol("NO/PE") is None
