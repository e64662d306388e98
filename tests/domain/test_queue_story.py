"""Own orders' queues against the venue's own: the numbers after every event, and why they moved."""

from __future__ import annotations

from random import Random

import pytest

from tests.domain.venue_stream import LOT, VenueStream

PARTS = 20


def check_numbers(stream: VenueStream) -> None:
    """The client's queue numbers are the venue's."""
    for order_id, want in stream.places().items():
        at = stream.book.queue(order_id)
        assert at is not None
        assert (at.orders_ahead, at.qty_ahead // LOT, at.orders_behind, at.qty_behind // LOT) == want
        assert at.provable


def check_reasons(stream: VenueStream) -> int:
    """What left ahead is told apart as the truth log does; returns how many orders were compared."""
    now, heard = stream.clock.now_ns(), stream.clock.mono_ns()
    places = stream.places()
    for order_id, order in stream.mine().items():
        entry, ahead = stream.entries[order_id], places[order_id].ahead
        story = stream.flow.story(order_id, now, heard)
        assert story is not None
        assert story.whole
        assert (story.entry_qty // LOT, story.entry_orders) == (entry.ahead, entry.ahead_n)
        traded = stream.traded_ahead(order)
        assert story.entry.traded // LOT == traded
        assert story.entry.cancelled // LOT == entry.ahead - ahead - traded
        assert (story.entry.unknown, story.pending) == (0, 0)
    return len(places)


def run(stream: VenueStream, events: int) -> int:
    compared = 0
    for number in range(events):
        stream.step()
        stream.hear(everything=not stream.lag)
        if number % 3 == 0:
            stream.recognise()
        if not any(stream.waiting.values()):
            check_numbers(stream)
        if number % 40 == 39:
            stream.settle()
            compared += check_reasons(stream)
    return compared


@pytest.mark.parametrize(("seed", "lag"), [(1, 0), (2, 4)], ids=["in step", "two feeds out of step"])
def test_queue_numbers_and_reasons_are_the_venues_after_every_event(seed: int, lag: int) -> None:
    assert run(VenueStream(Random(seed), lag), 1500) > 100


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_hundred_thousand_events(part: int) -> None:
    """Every other part with two feeds out of step."""
    events = 100_000 // PARTS
    assert run(VenueStream(Random(9 + part), part % 2 * 4), events) > events // 20
