"""Which pair a few letters mean."""

from __future__ import annotations

import pytest

from app.link.frames import PairRow
from app.screens.picker import narrow, pair_line

LISTED = (
    ("SOL/BTC", "online"),
    ("SOL/USDT", "online"),
    ("SOLV/USD", "online"),
    ("SOL/EUR", "cancel_only"),
    ("SOL/USD", "online"),
    ("GSOL/USD", "online"),
    ("MSOL/USD", "maintenance"),
    ("SUPEROL/USD", "online"),
)
PAIRS = tuple(PairRow(symbol, state, 2, "0.01", "0.001") for symbol, state in LISTED)


def test_a_bare_base_means_its_most_usual_pair_that_trades() -> None:
    assert [pair.symbol for pair in narrow("sol", PAIRS)] == [
        "SOL/USD",
        "SOL/USDT",
        "SOL/BTC",
        "SOL/EUR",
        "SOLV/USD",
        "GSOL/USD",
        "MSOL/USD",
        "SUPEROL/USD",
    ]


@pytest.mark.parametrize(("query", "first"), [("solbtc", "SOL/BTC"), ("sol/eur", "SOL/EUR"), ("solv", "SOLV/USD")])
def test_the_pair_itself_comes_first_whatever_its_quote(query: str, first: str) -> None:
    assert narrow(query, PAIRS)[0].symbol == first


def test_the_last_price_is_shown_when_it_is_known() -> None:
    assert "152.31" in str(pair_line(PairRow("SOL/USD", "online", 2, "0.01", "0.02", "152.31")))
