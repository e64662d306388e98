"""Round trips of orders by transport."""

from __future__ import annotations

from app.engine.latency import BOUNDS_US, KEPT, Latencies
from app.protocol.rest.errors import Layer
from app.workers.outcome import Accepted, Refused, Unknown, Via


def test_only_answers_count_and_each_transport_has_its_own_row() -> None:
    book = Latencies()
    for trip in range(1, 101):
        book.note(Via.WS, Accepted(rtt_us=trip * 100, venue_us=40))
    book.note(Via.FIX, Accepted(rtt_us=700))
    book.note(Via.REST, Unknown("no answer"))
    book.note(Via.REST, Refused("no", Layer.LINK))
    ws, fix = book.rows()
    assert (ws.via, ws.count, ws.p50, ws.p95, ws.p99) == ("ws", 100, 5_100, 9_600, 10_000)
    assert (ws.worst, ws.venue) == (10_000, 40)
    assert (fix.via, fix.count, fix.p50, fix.venue) == ("fix", 1, 700, -1)
    assert sum(ws.classes) == 100
    assert len(ws.classes) == len(BOUNDS_US) + 1
    assert ws.classes[0] == 5  # up to half a millisecond


def test_old_round_trips_leave_the_percentiles_and_stay_counted() -> None:
    book = Latencies()
    book.note(Via.WS, Accepted(rtt_us=900_000))
    for _ in range(KEPT):
        book.note(Via.WS, Accepted(rtt_us=1_000))
    [row] = book.rows()
    assert (row.count, row.worst) == (KEPT + 1, 1_000)
