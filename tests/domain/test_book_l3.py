from __future__ import annotations

import zlib

import pytest

from app.domain.book import L3Book, LevelView, OrderView, QueuePosition
from app.domain.order import Side
from app.protocol.ws2.market import OrdersData
from tests.domain.book_vectors import L3_ASKS, L3_BIDS, L3_CHECKSUM, orders

UNIT = 10**12
CROSSED_CHECKSUM = zlib.crc32(b"10002000000001000100000000")
ELEVEN_CHECKSUM = zlib.crc32(b"".join(b"%d0100000000" % price for price in range(111, 101, -1)))
FINE_CHECKSUM = zlib.crc32(b"73051000000000")

STEPS = [
    (orders(asks="modify 44939.5 4.00000000 OFVLAA-HRSSP-BK75KB 12:18:05.770906486"), 3277902613),
    (
        orders(
            bids="""add 44939.4 0.05000000 ONEWA1-AAAAA-BBBBBB 12:26:45.300000000
            delete 44930.2 0.05550000 ORWVAF-LJFLY-ZWEHDQ 12:26:36.635882793"""
        ),
        2416712357,
    ),
    (
        orders(
            asks="""delete 44939.5 4.0 OFVLAA-HRSSP-BK75KB 12:26:45.4
            delete 44939.5 0.00111261 OYBAMK-O5DKX-WMPUTM 12:26:45.4
            delete 44939.5 0.001 O3DRCT-J5M2S-KYV526 12:26:45.4
            delete 44939.5 0.01 OF3X3A-72WZY-6EKA5F 12:26:45.4
            add 44980.0 1.00000000 ONEXT2-AAAAA-CCCCCC 12:26:31.000000000
            add 44980.0 0.25000000 ONEXT1-AAAAA-CCCCCC 12:20:00.000000000"""
        ),
        1120168950,
    ),
    (orders(bids="add 44945.0 0.12000000 ONEWB2-AAAAA-DDDDDD 12:26:45.500000000"), 800786314),
]


def units(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(12, "0"))


def example(price_dp: int | None = 1, qty_dp: int | None = 8) -> L3Book:
    book = L3Book("BTC/USD", 10, price_dp, qty_dp)
    assert book.snapshot(orders(bids=L3_BIDS, asks=L3_ASKS, checksum=L3_CHECKSUM)), book.fault
    return book


def with_checksum(data: OrdersData, checksum: int) -> OrdersData:
    return OrdersData(data.symbol, data.bids, data.asks, checksum)


@pytest.mark.parametrize("decimals", [(1, 8), (None, None)], ids=["instrument", "characters"])
def test_the_published_example_and_the_derived_steps_verify(decimals: tuple[int | None, int | None]) -> None:
    book = example(*decimals)
    for data, checksum in STEPS:
        assert book.apply(with_checksum(data, checksum)), book.fault
    assert (book.checksums_ok, book.checksums_bad) == (5, 0)
    assert book.best_bid == units("44945.0")
    assert book.level_at(Side.BUY, units("44901.9")) is None  # the eleventh level left without a delete


def test_adds_of_an_entering_level_queue_by_their_own_time() -> None:
    book = example()
    for data, checksum in STEPS[:3]:
        book.apply(with_checksum(data, checksum))
    assert [order.order_id for order in book.orders_at(Side.SELL, units("44980"))] == [
        "ONEXT1-AAAAA-CCCCCC",
        "ONEXT2-AAAAA-CCCCCC",
    ]


def test_array_order_of_those_adds_would_not_verify() -> None:
    book = example()
    for data, checksum in STEPS[:2]:
        book.apply(with_checksum(data, checksum))
    assert not book.apply(with_checksum(STEPS[2][0], 2600003223))


def test_a_wrong_checksum_stops_the_book_until_the_next_snapshot() -> None:
    book = example()
    assert not book.apply(with_checksum(STEPS[0][0], 1))
    assert not book.verified
    assert "the venue says 1" in book.fault
    before = book.levels(Side.SELL, 20)
    assert not book.apply(with_checksum(*STEPS[1]))
    assert book.levels(Side.SELL, 20) == before
    assert book.checksums_bad == 1
    assert book.snapshot(orders(bids=L3_BIDS, asks=L3_ASKS, checksum=L3_CHECKSUM))
    assert book.verified
    assert not book.fault


def test_updates_before_the_snapshot_are_left_out() -> None:
    book = L3Book("BTC/USD", 10, 1, 8)
    assert not book.apply(with_checksum(*STEPS[0]))
    assert book.levels(Side.SELL, 5) == []
    assert book.checksums_bad == 0


@pytest.mark.parametrize(
    ("bids", "asks", "reason"),
    [
        ("delete 44939.4 1.0 ONONE-AAAAA-BBBBBB 12:00:00.0", "", "unknown order ONONE-AAAAA-BBBBBB deleted"),
        ("modify 44939.4 1.0 ONONE-AAAAA-BBBBBB 12:00:00.0", "", "unknown order ONONE-AAAAA-BBBBBB modified"),
        ("add 44939.4 1.0 OTCFZG-YOE2Q-LQKNM3 12:00:00.0", "", "OTCFZG-YOE2Q-LQKNM3 added twice"),
        ("", "delete 44939.4 0.88968699 OTCFZG-YOE2Q-LQKNM3 12:00:00.0", "unknown order"),
        ("", "modify 44939.4 0.5 OTCFZG-YOE2Q-LQKNM3 12:00:00.0", "unknown order"),
        ("replace 44939.4 1.0 OTCFZG-YOE2Q-LQKNM3 12:00:00.0", "", "unknown event 'replace'"),
        ("add 44939.4 0.00000000 ONONE-AAAAA-BBBBBB 12:00:00.0", "", "no quantity"),
        ("add 44939.4 -1.0 ONONE-AAAAA-BBBBBB 12:00:00.0", "", "not a number of at least zero"),
        ("add 0.0 1.00000000 ONONE-AAAAA-BBBBBB 12:00:00.0", "", "price zero"),
        ('add "44939.4" 1.0 ONONE-AAAAA-BBBBBB 12:00:00.0', "", "not a number"),
        ("add null 1.0 ONONE-AAAAA-BBBBBB 12:00:00.0", "", "not a number"),
        ("add 1e999999999 1.0 ONONE-AAAAA-BBBBBB 12:00:00.0", "", "number"),
        ("add 1e-20 1.0 ONONE-AAAAA-BBBBBB 12:00:00.0", "", "more than 12 decimals"),
        (f"add 44939.4 {'9' * 5000}.00000000 ONONE-AAAAA-BBBBBB 12:00:00.0", "", "5009 characters"),
    ],
)
def test_an_event_that_does_not_fit_loses_the_book_and_says_why(bids: str, asks: str, reason: str) -> None:
    book = example()
    assert not book.apply(orders(bids=bids, asks=asks))
    assert reason in book.fault
    assert not book.verified
    assert not book.following


def test_an_order_that_left_the_window_comes_back_with_its_id() -> None:
    bids = "\n".join(f"{price}.0 1.00000000 OB{price}-AAAAA-BBBBBB 12:00:00.000000001" for price in range(109, 99, -1))
    book = L3Book("X/USD", 10, 1, 8)
    book.snapshot(unsigned(orders(bids=bids)))
    book.apply(unsigned(orders(bids="add 110.0 1.00000000 ONEW-AAAAA-BBBBBB 12:00:01.000000001")))
    assert book.find("OB100-AAAAA-BBBBBB") is None
    book.apply(
        unsigned(
            orders(
                bids="""delete 110.0 1.00000000 ONEW-AAAAA-BBBBBB 12:00:02.000000001
                add 100.0 1.00000000 OB100-AAAAA-BBBBBB 12:00:00.000000001"""
            )
        )
    )
    assert book.following
    assert book.find("OB100-AAAAA-BBBBBB") == (Side.BUY, 100 * UNIT)
    assert book.depth_held(Side.BUY) == 10


def unsigned(data: OrdersData) -> OrdersData:
    """Without a checksum, which leaves the book unverified but following."""
    return OrdersData(data.symbol, data.bids, data.asks, None)


def small(bids: str, asks: str = "") -> L3Book:
    book = L3Book("X/USD", 10, 1, 8)
    assert not book.snapshot(unsigned(orders(bids=bids, asks=asks)))
    assert book.following, book.fault
    return book


def test_sides_that_touch_are_crossed_though_the_checksum_is_right() -> None:
    bids, asks = "100.0 1.00000000 OB-AAAAA-BBBBBB 12:00:00.1", "100.0 2.00000000 OA-AAAAA-BBBBBB 12:00:00.1"
    book = L3Book("X/USD", 10, 1, 8)
    assert not book.snapshot(orders(bids=bids, asks=asks, checksum=CROSSED_CHECKSUM))
    assert book.checksums_bad == 0
    assert book.fault == "the sides cross"


def test_a_modify_with_a_new_price_goes_to_the_back_there() -> None:
    book = small(
        """100.0 1.00000000 OA-AAAAA-BBBBBB 12:00:00.1
        99.0 2.00000000 OB-AAAAA-BBBBBB 12:00:00.2
        99.0 3.00000000 OC-AAAAA-BBBBBB 12:00:00.3"""
    )
    book.apply(unsigned(orders(bids="modify 99.0 1.50000000 OA-AAAAA-BBBBBB 12:00:01.0")))
    assert book.orders_at(Side.BUY, 99 * UNIT) == [
        OrderView("OB-AAAAA-BBBBBB", 2 * UNIT, "2024-01-08T12:00:00.2Z"),
        OrderView("OC-AAAAA-BBBBBB", 3 * UNIT, "2024-01-08T12:00:00.3Z"),
        OrderView("OA-AAAAA-BBBBBB", UNIT * 3 // 2, "2024-01-08T12:00:01.0Z"),
    ]
    assert book.level_at(Side.BUY, 100 * UNIT) is None
    assert book.best_bid == 99 * UNIT


def test_a_partial_fill_keeps_the_place_in_the_queue() -> None:
    book = small("100.0 1.0 OA-AAAAA-BBBBBB 12:00:00.1\n100.0 2.0 OB-AAAAA-BBBBBB 12:00:00.2")
    book.apply(unsigned(orders(bids="modify 100.0 0.25000000 OA-AAAAA-BBBBBB 12:00:00.1")))
    assert book.queue("OB-AAAAA-BBBBBB") == QueuePosition(1, UNIT // 4, 0, 0, 2 * UNIT, provable=False)


def test_queue_position_counts_both_ways() -> None:
    book = example()
    place = book.queue("OFGP5R-B3E7G-54EZD6")
    assert place is not None
    assert (place.orders_ahead, place.qty_ahead, place.orders_behind) == (1, units("0.88968699"), 6)
    assert place.own_qty == units("0.4521")
    assert place.provable
    level = book.level_at(Side.BUY, units("44939.4"))
    assert level == LevelView(units("44939.4"), place.qty_ahead + place.own_qty + place.qty_behind, 8)
    assert book.queue("ONONE-AAAAA-BBBBBB") is None


def test_a_queue_below_the_tenth_level_is_not_provable() -> None:
    bids = "\n".join(f"{price}.0 1.00000000 OB{price}-AAAAA-BBBBBB 12:00:00.1" for price in range(111, 100, -1))
    book = L3Book("X/USD", 100, 1, 8)
    assert book.snapshot(orders(bids=bids, checksum=ELEVEN_CHECKSUM)), book.fault
    tenth, eleventh = book.queue("OB102-AAAAA-BBBBBB"), book.queue("OB101-AAAAA-BBBBBB")
    assert tenth is not None
    assert tenth.provable
    assert eleventh is not None
    assert not eleventh.provable


def test_exponents_and_whole_numbers_are_read_exactly() -> None:
    book = small("100 5e-05 OA-AAAAA-BBBBBB 12:00:00.1\n99.5 1E2 OB-AAAAA-BBBBBB 12:00:00.1")
    assert book.levels(Side.BUY, 2) == [
        LevelView(100 * UNIT, 50_000_000, 1),
        LevelView(99 * UNIT + UNIT // 2, 100 * UNIT, 1),
    ]


def test_prices_finer_than_the_instrument_keep_their_characters() -> None:
    book = L3Book("REQ/USD", 10, 4, 8)
    assert book.snapshot(orders(bids="0.07305 10.00000000 OA-AAAAA-BBBBBB 12:00:00.1", checksum=FINE_CHECKSUM)), (
        book.fault
    )
    assert book.best_bid == 73_050_000_000


def test_an_order_twice_in_a_snapshot_is_refused() -> None:
    book = L3Book("X/USD", 10, 1, 8)
    row = "100.0 1.0 OA-AAAAA-BBBBBB 12:00:00.1"
    assert not book.snapshot(orders(bids=f"{row}\n{row}"))
    assert "twice" in book.fault


def test_a_depth_or_precision_that_cannot_be_verified_is_refused() -> None:
    with pytest.raises(ValueError, match="depth 5"):
        L3Book("X/USD", 5)
    with pytest.raises(ValueError, match="decimals 13/8"):
        L3Book("X/USD", 10, 13, 8)
