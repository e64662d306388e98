"""Order round trips over WebSocket, REST and FIX against the local exchange, in one run.

The exchange is a process of its own, at rest; the client is in this one. An
order far from the market and its cancel go over one transport after the other,
so that all see the same machine; each round takes another pair, since a
place-and-pull costs nine points of a pair's rate counter. The exchange answers over all three from the
same matching engine, so the differences are the transports' own.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.bootstrap.brief import VenueReady
from app.bootstrap.processes import await_venue, begin_venue
from app.clock import SystemClock
from app.credentials import ApiKey
from app.domain.ids import CombIds
from app.domain.instrument import Instrument, PairStatus
from app.domain.order import OrderRequest, OrderType, Side
from app.paths import Paths
from app.protocol.ws2.frames import InstrumentFrame, MarketMessage
from app.protocol.ws2.instruments import to_instrument
from app.workers.face import FixOptions, FixUrls, VenueUrls
from app.workers.feed import Accepted, Venue, Via
from tests.bench.rig import BenchError

QUOTE = "USD"
PAIRS = 60
ROUNDS = 60
WARM_UP = 5
WAIT_S = 20.0
LOW_TICKS = 1_000
"""The order's price: so many ticks, far below any market."""

NS_PER_MS = 1_000_000


class Deaf:
    """A listener that only knows which pairs there are and when orders may go out."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.pairs: list[Instrument] = []

    def on_market(self, message: MarketMessage) -> None:
        """Keep the pairs."""
        if isinstance(message, InstrumentFrame):
            found = [to_instrument(pair) for pair in message.pairs]
            self.pairs += [one for one in found if one.quote == QUOTE and one.status is PairStatus.ONLINE]

    def on_orders_ready(self) -> None:
        """The account streams run."""
        self.ready.set()

    def __getattr__(self, name: str) -> Any:
        """Anything else is not listened to."""
        if not name.startswith("on_"):
            raise AttributeError(name)
        return lambda *_, **__: None


def run() -> dict[str, object]:
    """Return the median and 95th percentile of place and of cancel for each transport, in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="quarterdeck-bench-") as place, _exchange(Path(place)) as ready:
        trips = asyncio.run(_measure(ready, Path(place)))
    figures: dict[str, object] = {"rounds": ROUNDS}
    for via, (places, cancels) in trips.items():
        figures |= {
            f"{via.value}_place_p50_ms": _ms(places, 50),
            f"{via.value}_place_p95_ms": _ms(places, 95),
            f"{via.value}_cancel_p50_ms": _ms(cancels, 50),
        }
    base = _at(trips[Via.WS][0], 50)
    figures |= {f"{via.value}_to_ws": round(_at(trips[via][0], 50) / base, 2) for via in (Via.REST, Via.FIX)}
    return figures


@contextmanager
def _exchange(place: Path) -> Iterator[VenueReady]:
    paths = Paths(*(place / name for name in ("config", "data", "state", "run")))
    truth = place / "truth.jsonl"
    words = ["--pairs", str(PAIRS), "--speed", "0", "--tier", "pro", "--truth", str(truth)]
    starting = begin_venue(paths, words)
    process, ready = starting.process, await_venue(starting)
    try:
        yield ready
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(WAIT_S)


async def _measure(ready: VenueReady, place: Path) -> dict[Via, tuple[list[int], list[int]]]:
    clock, ear = SystemClock(), Deaf()
    chosen = ready.keys[0]
    key = ApiKey.parse(chosen.name, chosen.api_key, chosen.api_secret)
    sessions = ready.sessions(chosen)
    if sessions is None:
        raise BenchError("the exchange has no FIX")
    fix = FixOptions(FixUrls.of(sessions), key, place / "fix", place / "fixnonce")
    fix.store.mkdir()
    urls = VenueUrls(ready.rest, ready.ws_public, ready.ws_auth, ready.ws_l3)
    venue = Venue(urls, key, clock, ear, nonce_path=place / "nonce", tier="pro", fix=fix)
    ids = CombIds(clock.now_ns, secrets.randbits)
    trips: dict[Via, tuple[list[int], list[int]]] = {via: ([], []) for via in Via}
    async with asyncio.TaskGroup() as group:
        group.create_task(venue.run())
        async with asyncio.timeout(WAIT_S):
            await ear.ready.wait()
            while not (venue.fix_up() and ear.pairs):  # noqa: ASYNC110 - a plain value of the code under test
                await asyncio.sleep(0.01)
        for count in range(WARM_UP + ROUNDS):
            for via, (places, cancels) in trips.items():
                placed, cancelled = await _round(venue, via, _order(ear.pairs[count % len(ear.pairs)], ids.next()))
                if count >= WARM_UP:
                    places.append(placed)
                    cancels.append(cancelled)
        await venue.close()
    return trips


def _order(pair: Instrument, cl_ord_id: str) -> OrderRequest:
    """Return a small bid far below the market."""
    price = pair.tick * LOW_TICKS
    lots = int(max(pair.qty_min, 2 * pair.cost_min / price) / pair.lot) + 1
    return OrderRequest(cl_ord_id, pair.symbol, Side.BUY, OrderType.LIMIT, pair.lot * lots, price, post_only=True)


async def _round(venue: Venue, via: Via, request: OrderRequest) -> tuple[int, int]:
    """Place an order and cancel it; return both times in nanoseconds."""
    began = time.perf_counter_ns()
    placed = await venue.add_order(request, via=via)
    middle = time.perf_counter_ns()
    if not isinstance(placed, Accepted):
        raise BenchError(f"{via.value}: the order was not accepted: {placed}")
    cancelled = await venue.cancel_order(order_id=placed.order_id, via=via)
    if not isinstance(cancelled, Accepted):
        raise BenchError(f"{via.value}: the cancel was not accepted: {cancelled}")
    return middle - began, time.perf_counter_ns() - middle


def _at(values: Sequence[int], hundredth: int) -> int:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * hundredth // 100)]


def _ms(values: Sequence[int], hundredth: int) -> float:
    return round(_at(values, hundredth) / NS_PER_MS, 2)
