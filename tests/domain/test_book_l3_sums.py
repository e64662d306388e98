"""Orders that are verified by the sums of their levels, as over FIX."""

from __future__ import annotations

import zlib

from app.domain.book import SummedBook
from app.domain.order import Side
from app.protocol.ws2.market import OrdersData
from tests.domain.book_vectors import L3_ASKS, L3_BIDS, orders

ADD = orders(bids="add 44939.4 0.05000000 ONEWA1-AAAAA-BBBBBB 12:26:45.300000000")
MORE = orders(bids="add 44939.4 0.10000000 ONEWA2-AAAAA-BBBBBB 12:26:46.300000000")


def with_checksum(data: OrdersData, checksum: int | None) -> OrdersData:
    return OrdersData(data.symbol, data.bids, data.asks, checksum)


def example() -> SummedBook:
    book = SummedBook("BTC/USD", 10, 1, 8)
    assert not book.snapshot(with_checksum(orders(bids=L3_BIDS, asks=L3_ASKS), None))
    assert book.following
    return book


def summed(book: SummedBook) -> int:
    """The published rule of the L2 feed, from what the book shows."""
    levels = [one for side in (Side.SELL, Side.BUY) for one in book.levels(side, 10)]
    return zlib.crc32("".join(f"{one.price // 10**11}{one.qty // 10**4}" for one in levels).encode())


def after(*updates: OrdersData) -> int:
    """The checksum of the example after some updates."""
    book = example()
    for update in updates:
        book.apply(with_checksum(update, None))
    return summed(book)


def test_an_update_proves_a_snapshot_that_carries_no_checksum() -> None:
    book = example()
    assert book.apply(with_checksum(ADD, after(ADD)))
    assert book.verified
    assert book.apply(with_checksum(MORE, after(ADD, MORE)))
    assert book.checksums_ok == 2


def test_a_rule_that_never_held_proves_nothing_and_is_no_fault() -> None:
    book = example()
    assert not book.apply(with_checksum(ADD, 1))
    assert book.following
    assert not book.verified
    assert book.checksums_bad == 0
    assert book.apply(with_checksum(MORE, after(ADD, MORE)))


def test_a_rule_that_held_once_is_held_to() -> None:
    book = example()
    book.apply(with_checksum(ADD, after(ADD)))
    assert not book.apply(with_checksum(MORE, 1))
    assert not book.following
    assert book.checksums_bad == 1


def test_a_past_book_is_checked_by_the_same_rule() -> None:
    book = example()
    book.apply(with_checksum(ADD, after(ADD)))
    past = SummedBook.thaw(book.freeze())
    assert past.apply(with_checksum(MORE, after(ADD, MORE)))
