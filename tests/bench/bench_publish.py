"""What a view frame costs the engine: choosing, summing, packing for the link (`performance.md` §5, goal P3).

A desk without sockets holds books that a synthetic feed changes, one message
between two frames. A frame is measured from the publisher to the bytes for
the screen; applying the message is not counted. The variants of one run take
turns, five rounds of them, and their medians are compared:

* depth 10, 100 and 1,000 of the same feed, with a window that all three fill;
* one book held and fifty;
* windows of 20 to 160 rows, to show what the cost does grow with.

The same ladder, moved away from the touch, sums what lies between; that is
the one part whose cost depends on where the window is.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

from app.clock import SystemClock
from app.domain.instrument import Instrument
from app.engine.alerts import Alerts
from app.engine.helpers.registry import Helpers
from app.engine.market import Market
from app.engine.orders import Orders
from app.engine.publisher import Publisher
from app.engine.sessions import Session
from app.engine.setup import EngineOptions, make_state
from app.engine.state import DeskState
from app.link.framing import pack
from app.link.messages import SetView, ToScreen
from app.protocol.ws2.frames import Level3Frame
from app.protocol.ws2.market import decode
from app.settings import Mode, Profile
from app.workers.face import VenueUrls
from app.workers.feed import LinkHealth, LinkState
from tests.bench.stream import Feed, Mix

SYMBOL = "BTC/USD"
PRICE_DP, QTY_DP = 1, 8
TICK = Decimal("0.1")
DEPTHS = (10, 100, 1000)
HELD = (1, 50)
ROWS = (20, 40, 80, 160)
NARROW = 16
"""A window that ten levels a side fill."""

USUAL = 40
AWAY = 400
"""Rows between the touch and a window that was moved away."""

FRAMES = 150
ROUNDS = 5
NS_PER_US = 1000
SEED = 11
DENSE = Mix(add=0.44, cancel=0.40, reach=4.0)


class NoScreen:
    """A client that reads everything at once."""

    def send(self, message: ToScreen) -> None:
        """Take a message."""

    def congested(self) -> bool:
        """Never."""
        return False

    def close(self, reason: str) -> None:
        """Nothing to close."""


@dataclass
class Desk:
    """One variant: a desk, its feed and what its screen shows."""

    state: DeskState
    publisher: Publisher
    feed: Feed
    depth: int
    view: SetView
    bytes: int = 0
    levels: int = 0

    def frames(self, count: int) -> float:
        """Publish frames; return the microseconds of one.

        Raises:
            AssertionError: The book lost its feed, or a frame had no ladder.
        """
        session = Session(NoScreen(), view=self.view)
        spent = self.bytes = self.levels = 0
        for _ in range(count):
            _apply(self.state.market, self.feed.update(), self.depth)
            started = time.perf_counter_ns()
            frame = self.publisher.frame(session)
            assert frame is not None
            packed = pack(frame)
            spent += time.perf_counter_ns() - started
            assert frame.ladder is not None
            self.bytes += len(packed)
            self.levels += len(frame.ladder.rows)
        assert self.state.market.pair(SYMBOL).synced, "the book lost its feed"
        self.bytes //= count
        self.levels //= count
        return spent / count / NS_PER_US


def _apply(market: Market, raw: bytes, depth: int) -> None:
    message = decode(raw)
    assert isinstance(message, Level3Frame)
    market.level3(message, depth)


def instrument(symbol: str = SYMBOL) -> Instrument:
    """Return a pair with the digits of the feed."""
    base, _, quote = symbol.partition("/")
    lot = Decimal(1).scaleb(-QTY_DP)
    return Instrument(symbol, base, quote, PRICE_DP, TICK, QTY_DP, lot, lot, 5, Decimal("0.5"))


def desk(folder: Path, *, depth: int, held: int, rows: int, away: int = 0) -> Desk:
    """Build a desk that holds some books and shows one."""
    options = EngineOptions(
        Profile(name="bench", mode=Mode.PRACTICE), VenueUrls("", "", "", ""), None, SystemClock(), folder / "j", folder
    )
    state = make_state(options, Orders(lambda *_: None), lambda *_: None, lambda _: None)
    state.links["l3"] = LinkHealth(LinkState.UP)
    state.links["public"] = LinkHealth(LinkState.UP)
    feed = Feed(Random(SEED), depth=depth, mix=DENSE)
    raw = feed.snapshot()
    for number in range(held):
        symbol = SYMBOL if number == 0 else f"C{number:02d}/USD"
        state.market.instruments[symbol] = instrument(symbol)
        _apply(state.market, raw.replace(SYMBOL.encode(), symbol.encode()), depth)
    top = None
    if away:
        book = state.market.pair(SYMBOL).book
        assert book is not None
        assert book.best_bid is not None
        top = book.best_bid // 10 ** (12 - PRICE_DP) - away
    helpers = Helpers(lambda work: work.close(), lambda kind, severity, text: None)
    alerts = Alerts(folder / "a", state.market, lambda severity, text, symbol: None)
    return Desk(state, Publisher(state, helpers, alerts), feed, depth, SetView(SYMBOL, rows, top))


def run(frames: int = FRAMES, rounds: int = ROUNDS) -> dict[str, object]:
    """Return microseconds of a frame, their ratios, and the size of a frame.

    Args:
        frames: Frames of each variant in a round.
        rounds: Rounds; medians count.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        desks = {f"depth_{depth}": desk(folder, depth=depth, held=1, rows=NARROW) for depth in DEPTHS}
        desks |= {f"held_{held}": desk(folder, depth=1000, held=held, rows=USUAL) for held in HELD}
        desks |= {f"rows_{rows}": desk(folder, depth=1000, held=1, rows=rows) for rows in ROWS}
        desks["away"] = desk(folder, depth=1000, held=1, rows=USUAL, away=AWAY)
        gc.collect()
        gc.freeze()
        for one in desks.values():
            one.frames(frames)
        samples: list[dict[str, float]] = [
            {label: one.frames(frames) for label, one in desks.items()} for _ in range(rounds)
        ]
        gc.unfreeze()

    def ratio(label: str, to: str) -> float:
        return round(statistics.median(sample[label] / sample[to] for sample in samples), 2)

    figures: dict[str, object] = {
        f"us_{label}": round(statistics.median(sample[label] for sample in samples), 1) for label in desks
    }
    return {
        "depth_100_to_10": ratio("depth_100", "depth_10"),
        "depth_1000_to_10": ratio("depth_1000", "depth_10"),
        "held_50_to_1": ratio("held_50", "held_1"),
        "rows_160_to_40": ratio("rows_160", "rows_40"),
        "away_to_touch": ratio("away", "rows_40"),
        **figures,
        "bytes_rows_40": desks["rows_40"].bytes,
        "levels": {label: one.levels for label, one in desks.items()},
    }
