"""Evidence of hidden reserves, against an exchange that knows which orders have one."""

from __future__ import annotations

from random import Random

from app.domain.iceberg import Icebergs, Letter
from app.domain.order import OrderType
from app.domain.queue_story import WINDOW_NS
from app.venue.core.api import Order, OrderStatus
from tests.domain.venue_stream import CROWD, LOT, ME, VenueStream

KEY = 5
AT = "2026-01-01T00:00:0{}.000000001Z"
AT_NS = 1_767_225_600_000_000_001
SECOND = 10**9


def find(stream: VenueStream, order_id: str) -> Order:
    return next(order for who in (*CROWD, ME) if (order := stream.exchange.find_order(who, order_id)) is not None)


def test_only_orders_with_a_reserve_are_taken_for_icebergs_and_never_for_more_than_they_did() -> None:
    stream = VenueStream(Random(5), 3)
    for number in range(2000):
        stream.step()
        stream.hear()
        if number % 50 == 49:
            stream.settle()
    heard = stream.clock.mono_ns()
    known = stream.flow.icebergs._known
    for key in stream.flow.icebergs.levels():
        stream.flow.icebergs.at(key, heard)  # decides about what has waited
    assert len(known) > 10
    for order_id, iceberg in known.items():
        order = find(stream, order_id)
        assert order.order_type is OrderType.ICEBERG
        assert iceberg.refills > 0
        assert 0 < iceberg.executed <= order.filled * LOT
        if iceberg.letter is Letter.CANCELLED:
            assert order.status is OrderStatus.CANCELED
        if iceberg.letter is Letter.EXECUTED:
            # A cancel within milliseconds of a trade at the price cannot be told from an execution.
            assert order.status in {OrderStatus.FILLED, OrderStatus.CANCELED}
    letters = {iceberg.letter for iceberg in known.values()}
    assert {Letter.CANCELLED, Letter.EXECUTED} <= letters


def test_a_change_of_the_owner_is_no_refill() -> None:
    icebergs = Icebergs()
    icebergs.left("O1", KEY, AT.format(0), 0, 100, whole=True)
    icebergs.came("O1", KEY, 0)
    icebergs.traded(KEY, AT_NS + SECOND, SECOND)
    icebergs.traded(KEY + 1, AT_NS, SECOND)
    assert icebergs.of("O1") is None


def test_letters_follow_what_happens_in_any_order_of_the_two_feeds() -> None:
    icebergs = Icebergs()

    def letter() -> str:
        found = icebergs.at(KEY, heard)
        return f"{found.letter}{found.executed}" if found else ""

    heard = 0
    icebergs.left("O1", KEY, AT.format(0), heard, 100, whole=True)
    icebergs.came("O1", KEY, heard)
    assert letter() == ""
    icebergs.traded(KEY, AT_NS, heard)
    assert letter() == "D100"
    heard = SECOND
    icebergs.traded(KEY, AT_NS + SECOND, heard)
    icebergs.left("O1", KEY, AT.format(1), heard, 40, whole=False)
    assert letter() == "T140"
    heard = 2 * SECOND
    icebergs.left("O1", KEY, AT.format(2), heard, 60, whole=True)
    icebergs.traded(KEY, AT_NS + 2 * SECOND, heard)
    assert letter() == "E200"
    icebergs.came("O1", KEY, heard)
    assert letter() == "T200"
    heard = 3 * SECOND
    icebergs.left("O1", KEY, AT.format(3), heard, 100, whole=True)
    heard += WINDOW_NS + 1
    assert letter() == "C200"
