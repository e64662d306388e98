"""What a ladder frame costs: CPU and bytes, changed cells only against plain painting (`performance.md` §2, goal P4).

The same frames go through the same ladder twice, interleaved: once as the
compositor sends them, once through `widgets.paint`. A frame is measured from
the view to the bytes for the terminal.
"""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import time
import zlib

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.screen import Screen

import themes
from app.link.frames import LadderRow, LadderView, Trust
from themes.palettes import DARK
from widgets.ladder import Ladder
from widgets.paint import CellDiffApp

SIZE = (186, 46)
FRAMES = 300
ROUNDS = 5
CHANGES = 12
"""Book changes between two frames: what 5,000 messages/s leave visible at 30 frames/s."""

LOT = 1_000_000
SEED = 7


class Painted(CellDiffApp[None]):
    """A ladder over the whole screen; what is written is counted."""

    CSS_PATH = themes.CSS_PATHS
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *, diffs: bool) -> None:
        super().__init__()
        self.DIFFS = diffs
        self.out: list[str] = []
        themes.register(self)
        self.theme = DARK

    @property
    def is_headless(self) -> bool:
        """Say no, so that frames are turned into bytes."""
        return False

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give the theme our variables."""
        return themes.variable_defaults()

    def compose(self) -> ComposeResult:
        """Compose the ladder alone."""
        yield Ladder(classes="pane")

    def on_mount(self) -> None:
        """Keep what is written."""
        assert self._driver is not None
        self._driver.write = self.out.append  # type: ignore[method-assign,assignment]

    def paint(self, view: LadderView) -> None:
        """Paint one frame at once, without waiting for a timer."""
        with self._context():
            ladder = self.query_one(Ladder)
            ladder.apply(view)
            if self.DIFFS:
                self._paint_pending()
                return
            screen: Screen[object] = self.screen
            screen._compositor.update_widgets({ladder})
            self._display(screen, screen._compositor.render_update())


def frames(rows: int, count: int) -> list[LadderView]:
    """Make a book that changes near its touch, as frames of one window."""
    rng = random.Random(SEED)
    middle = 642_000
    bids = {middle - depth: [rng.randint(1, 900) * LOT, rng.randint(1, 9)] for depth in range(rows // 2)}
    asks = {middle + 2 + depth: [rng.randint(1, 900) * LOT, rng.randint(1, 9)] for depth in range(rows // 2)}
    views = []
    for at in range(count):
        for _ in range(CHANGES):
            side, sign, best = (bids, -1, middle) if rng.random() < 0.5 else (asks, 1, middle + 2)
            row = best + sign * min(rows // 2 - 1, int(rng.expovariate(0.25)))
            side[row] = [max(LOT, side[row][0] + rng.randint(-90, 90) * LOT), max(1, side[row][1] + rng.randint(-1, 1))]
        levels = []
        total = 0
        for row in sorted(bids, reverse=True):
            total += bids[row][0]
            levels.append(LadderRow(row=row, bid=bids[row][0], bid_n=bids[row][1], bid_cum=total))
        total = 0
        for row in sorted(asks):
            total += asks[row][0]
            levels.append(LadderRow(row=row, ask=asks[row][0], ask_n=asks[row][1], ask_cum=total))
        views.append(_view(tuple(sorted(levels, key=lambda level: -level.row)), middle, rows, at, rng.random() < 0.5))
    return views


def _view(levels: tuple[LadderRow, ...], middle: int, rows: int, at: int, bought: bool) -> LadderView:
    """Make one frame."""
    return LadderView(
        symbol="BTC/USD", kind="L3", depth=1000, trust=Trust.VERIFIED, price_dp=1, qty_dp=8, step="0.1", group=1,
        top_row=middle + rows // 2, rows=levels, best_bid=middle, best_ask=middle + 2, bid_text="64200.0",
        ask_text="64200.2", spread_text="0.2", last_row=middle if bought else middle + 2, last_buy=bought,
        checks_ok=10_000 + at * 160,
    )  # fmt: skip


async def _measure() -> dict[str, object]:
    """Paint the frames both ways, in turns."""
    plain, diff = Painted(diffs=False), Painted(diffs=True)
    times: dict[str, list[float]] = {"plain": [], "diff": []}
    sizes = {"plain": 0, "diff": 0}
    packed = {"plain": 0, "diff": 0}
    async with plain.run_test(size=SIZE) as first, diff.run_test(size=SIZE) as second:
        await first.pause()
        await second.pause()
        views = frames(plain.query_one(Ladder).window_rows, FRAMES)
        for round_ in range(ROUNDS):
            for name, app in (("plain", plain), ("diff", diff)):
                app.paint(replace(views[0], checks_ok=round_))
                app.out.clear()
                gc.collect()
                started = time.process_time()
                for view in views[1:]:
                    app.paint(view)
                times[name].append((time.process_time() - started) * 1000 / (FRAMES - 1))
                sent = "".join(app.out).encode()
                sizes[name] = len(sent) // (FRAMES - 1)
                packed[name] = len(zlib.compress(sent, 6)) // (FRAMES - 1)
    cpu = {name: statistics.median(values) for name, values in times.items()}
    return {
        "plain_cpu_ms": round(cpu["plain"], 3),
        "diff_cpu_ms": round(cpu["diff"], 3),
        "cpu_ratio": round(cpu["diff"] / cpu["plain"], 3),
        "plain_bytes": sizes["plain"],
        "diff_bytes": sizes["diff"],
        "bytes_ratio": round(sizes["diff"] / sizes["plain"], 3),
        "plain_packed": packed["plain"],
        "diff_packed": packed["diff"],
    }


def run() -> dict[str, object]:
    """Return CPU and bytes of a frame, both ways and as ratios."""
    return asyncio.run(_measure())
