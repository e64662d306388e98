from __future__ import annotations

import zlib

import pytest

from app.domain.book import L2Book, LevelView
from app.domain.order import Side
from app.protocol.ws2.market import LevelsData
from tests.domain.book_vectors import (
    L2_ASKS,
    L2_BIDS,
    L2_CHECKSUM,
    MATIC_ASKS,
    MATIC_BIDS,
    MATIC_CHECKSUMS,
    ZEROS_ASKS,
    ZEROS_BIDS,
    ZEROS_CHECKSUM,
    levels,
)

UNIT = 10**12

STEPS = [
    (levels(bids="45283.5 0.00000000\n45275.0 0.50000000"), 2464679375),
    (levels(asks="45285.9 0.01000000"), 538212671),
    (
        levels(
            bids="45283.4 1.00000000\n45283.4 0.25000000",
            asks="45285.2 0.00000000\n45299.5 0.18772827",
        ),
        3755304485,
    ),
]


def signed(data: LevelsData, checksum: int | None) -> LevelsData:
    return LevelsData(data.symbol, data.bids, data.asks, checksum)


def example(price_dp: int | None = 1, qty_dp: int | None = 8) -> L2Book:
    book = L2Book("BTC/USD", 10, price_dp, qty_dp)
    assert book.snapshot(levels(bids=L2_BIDS, asks=L2_ASKS, checksum=L2_CHECKSUM)), book.fault
    return book


@pytest.mark.parametrize("decimals", [(1, 8), (None, None), (None, 8)])
def test_the_published_example_and_the_derived_steps_verify(decimals: tuple[int | None, int | None]) -> None:
    book = example(*decimals)
    for data, checksum in STEPS:
        assert book.apply(signed(data, checksum)), book.fault
    assert book.checksums_ok == 4


@pytest.mark.parametrize("decimals", [(4, 8), (None, None), (4, None)])
def test_stripped_zeros_are_padded_to_the_instrument_or_to_the_longest_number(
    decimals: tuple[int | None, int | None],
) -> None:
    book = L2Book("MATIC/USD", 10, *decimals)
    assert book.snapshot(levels(bids=MATIC_BIDS, asks=MATIC_ASKS, checksum=MATIC_CHECKSUMS[0])), book.fault
    assert book.apply(levels(bids="0.5657 1098.3947558", checksum=MATIC_CHECKSUMS[1])), book.fault


@pytest.mark.parametrize("decimals", [(5, 8), (None, None)])
def test_leading_zeros_are_dropped(decimals: tuple[int | None, int | None]) -> None:
    book = L2Book("X/USD", 10, *decimals)
    assert book.snapshot(levels(bids=ZEROS_BIDS, asks=ZEROS_ASKS, checksum=ZEROS_CHECKSUM)), book.fault


def test_an_exponent_is_the_same_number() -> None:
    book = L2Book("X/USD", 10, 5, 8)
    bids = ZEROS_BIDS.replace("0.00000500", "5e-06")
    assert book.snapshot(levels(bids=bids, asks=ZEROS_ASKS, checksum=ZEROS_CHECKSUM)), book.fault
    assert book.levels(Side.BUY, 1) == [LevelView(UNIT // 20, 5_000_000, 0)]


def test_a_thin_book_verifies_with_what_it_has() -> None:
    book = L2Book("GST/EUR", 25, 1, 2)
    assert book.snapshot(levels(bids="100.1 4.50", asks="101.3 0.01", checksum=zlib.crc32(b"101311001450")))
    assert book.apply(levels(bids="100.1 0.00", checksum=zlib.crc32(b"10131")))
    assert book.best_bid is None
    assert book.apply(levels(asks="101.3 0.00", checksum=0))
    assert book.best_ask is None


def test_removal_of_an_unknown_price_is_ignored() -> None:
    book = example()
    assert book.apply(levels(bids="45000.0 0.00000000", checksum=L2_CHECKSUM)), book.fault


def test_levels_pushed_out_are_forgotten() -> None:
    book = example()
    for data, checksum in STEPS[:2]:
        book.apply(signed(data, checksum))
    assert book.depth_held(Side.SELL) == 10
    assert book.level_at(Side.SELL, 45299_500_000_000_000) is None


def test_a_change_below_the_top_ten_keeps_the_checksum() -> None:
    book = L2Book("BTC/USD", 25, 1, 8)
    assert book.snapshot(levels(bids=L2_BIDS, asks=L2_ASKS, checksum=L2_CHECKSUM))
    assert book.apply(levels(bids="45000.0 1.00000000", checksum=L2_CHECKSUM)), book.fault
    assert book.apply(levels(bids="45000.0 2.00000000", checksum=L2_CHECKSUM)), book.fault
    removed = signed(levels(bids="45283.5 0.00000000"), None)
    book.apply(removed)
    assert book.levels(Side.BUY, 25)[-1] == LevelView(45000 * UNIT, 2 * UNIT, 0)


@pytest.mark.parametrize("row", ["0.0 1.00000000", "-1.0 1.00000000", "45000.0 -1", '45000.0 "1"', "45000.0 [1]"])
def test_rows_that_cannot_be_lose_the_book(row: str) -> None:
    book = example()
    assert not book.apply(levels(bids=row, checksum=L2_CHECKSUM))
    assert not book.following


def test_a_snapshot_without_a_checksum_is_followed_until_an_update_proves_it() -> None:
    book = L2Book("BTC/USD", 10)
    assert not book.snapshot(signed(levels(bids=L2_BIDS, asks=L2_ASKS), None))
    assert book.following
    assert book.apply(signed(*STEPS[0]))
    assert book.verified
    assert not book.fault
