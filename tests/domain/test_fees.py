"""Fees per fill and the tables they come from."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.fees import FeeRates, FeeSchedule, FeeTier, buy_hold, fill_fee

D = Decimal
STANDARD = FeeSchedule(
    maker=tuple(FeeTier(D(v), D(p)) for v, p in ((0, "0.25"), (10_000, "0.20"), (50_000, "0.14"))),
    taker=tuple(FeeTier(D(v), D(p)) for v, p in ((0, "0.40"), (10_000, "0.35"), (50_000, "0.24"))),
)


@pytest.mark.parametrize(
    ("volume", "maker", "taker", "missing"),
    [
        ("0", "0.25", "0.40", "10000"),
        ("9999.99", "0.25", "0.40", "0.01"),
        ("10000", "0.20", "0.35", "40000"),
        ("7000000", "0.14", "0.24", None),
    ],
)
def test_tier_by_volume(volume: str, maker: str, taker: str, missing: str | None) -> None:
    assert STANDARD.rates(D(volume)) == FeeRates(D(maker), D(taker))
    assert STANDARD.to_next_tier(D(volume)) == (None if missing is None else D(missing))


def test_table_without_a_first_step_is_refused() -> None:
    with pytest.raises(ValueError, match="no step"):
        FeeSchedule((FeeTier(D(5), D(1)),), STANDARD.taker).rates(D(1))


def test_fee_of_the_documented_fill() -> None:
    """`ws-v2.md` §7.4: 0.005 BTC at 26599.9 costs 132.9995 and, at 0.26 %, 0.3458."""
    rates = FeeRates(D("0.16"), D("0.26"))
    assert fill_fee(rates, D("26599.9"), D("0.005"), 4, maker=False) == D("0.3458")
    assert fill_fee(rates, D("26599.9"), D("0.005"), 5, maker=True) == D("0.21280")


def test_rebates_are_negative_but_never_lower_a_hold() -> None:
    rates = FeeRates(D("-0.02"), D("0"))
    assert fill_fee(rates, D(100), D(1), 5, maker=True) == D("-0.02")
    assert buy_hold(rates, D(100), D(1)) == 100


def test_a_buy_holds_the_dearer_fee_too() -> None:
    assert buy_hold(FeeRates(D("0.25"), D("0.40")), D(100), D(2)) == D("200.8")
