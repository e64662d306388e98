"""How long orders take, transport by transport: a histogram of round trips.

Only requests that the venue answered count: a timeout has no round trip.
"""

from __future__ import annotations

from bisect import bisect_left

from app.link.fix_frames import LatencyRow
from app.workers.outcome import Accepted, Outcome, Via

BOUNDS_US = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
"""Upper bounds of the classes; the last class is everything above."""

KEPT = 1_000
"""Round trips that the percentiles are taken of, the latest ones."""


class Latencies:
    """Round trips of orders, amends and cancels by transport."""

    def __init__(self) -> None:
        self._kept: dict[Via, list[tuple[int, int]]] = {}
        self._counts: dict[Via, list[int]] = {}

    def note(self, via: Via, outcome: Outcome) -> None:
        """Count an answered request; anything else is passed over."""
        if not isinstance(outcome, Accepted) or not outcome.rtt_us:
            return
        kept = self._kept.setdefault(via, [])
        kept.append((outcome.rtt_us, outcome.venue_us))
        del kept[:-KEPT]
        counts = self._counts.setdefault(via, [0] * (len(BOUNDS_US) + 1))
        counts[bisect_left(BOUNDS_US, outcome.rtt_us)] += 1

    def rows(self) -> tuple[LatencyRow, ...]:
        """Return a row for each transport that was used."""
        return tuple(self._row(via) for via in Via if via in self._kept)

    def _row(self, via: Via) -> LatencyRow:
        trips = sorted(trip for trip, _ in self._kept[via])
        inside = sorted(venue for _, venue in self._kept[via] if venue)
        counts = self._counts[via]

        def share(hundredths: int) -> int:
            return trips[min(len(trips) - 1, len(trips) * hundredths // 100)]

        return LatencyRow(
            via.value,
            sum(counts),
            share(50),
            share(95),
            share(99),
            trips[-1],
            inside[len(inside) // 2] if inside else -1,
            tuple(counts),
        )
