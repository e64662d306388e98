"""What a ladder frame costs: CPU and bytes, changed cells only against plain painting (`performance.md` §2, goal P4).

The same frames go through the same ladder twice, interleaved: once as the
compositor sends them, once through `widgets.paint`. A frame is measured from
the view to the bytes for the terminal.

ncurses paints the same pictures in turn with them (`paint_ncurses.c`): it gets
them laid out, while ours begin at the view (`lay_out_ms` is that part of
`diff_cpu_ms`), and its 256 colours take fewer bytes than the exact ones that
both of ours send.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import statistics
import time
import zlib

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.screen import Screen
from textual.strip import Strip

import themes
from app.link.frames import LadderRow, LadderView, Trust
from tests.bench.native import LeftOut
from tests.bench.ncurses import Ncurses, painting
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
        self.laying_out = 0.0
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
            started = time.process_time()
            ladder.apply(view)
            self.laying_out += time.process_time() - started
            if self.DIFFS:
                self._paint_pending()
                return
            screen: Screen[object] = self.screen
            screen._compositor.update_widgets({ladder})
            self._display(screen, screen._compositor.render_update())

    def picture(self, view: LadderView) -> list[Strip]:
        """Return the whole screen with a view, and paint nothing."""
        with self._context():
            self.query_one(Ladder).apply(view)
            return self.screen._compositor.render_strips()


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


class Meter:
    """What the ways of painting took.

    Args:
        plain: Paints as the compositor does.
        diff: Paints changed cells.
        views: The frames; the first one is not counted.
    """

    def __init__(self, plain: Painted, diff: Painted, views: list[LadderView]) -> None:
        self._apps = {"plain": plain, "diff": diff}
        self._views = views
        self.ms: dict[str, list[float]] = {}
        self.laying_out: dict[str, list[float]] = {}
        self.bytes: dict[str, int] = {}
        self.packed: dict[str, int] = {}

    def one_round(self, number: int, ncurses: Ncurses | None) -> None:
        """Paint all frames in each way."""
        first, *views = self._views
        for name, app in self._apps.items():
            app.paint(replace(first, checks_ok=number))
            app.out.clear()
            app.laying_out = 0.0
            gc.collect()
            started = time.process_time()
            for view in views:
                app.paint(view)
            self.laying_out.setdefault(name, []).append(app.laying_out * 1000 / len(views))
            self.ms.setdefault(name, []).append((time.process_time() - started) * 1000 / len(views))
            self._sent(name, "".join(app.out).encode())
        if ncurses is not None:
            ncurses.first()
            took, painted = ncurses.rest()
            self.ms.setdefault("ncurses", []).append(took)
            self._sent("ncurses", painted)

    def _sent(self, name: str, data: bytes) -> None:
        self.bytes[name] = len(data) // (len(self._views) - 1)
        self.packed[name] = len(zlib.compress(data, 6)) // (len(self._views) - 1)

    def ratio(self, name: str, to: str) -> float:
        """Return what one way takes of another's CPU, the median of the rounds."""
        pairs = zip(self.ms[name], self.ms[to], strict=True)
        return round(statistics.median(one / other for one, other in pairs), 3)

    def figures(self) -> dict[str, object]:
        """Return CPU and bytes of a frame, and ratios."""
        found: dict[str, object] = {
            "cpu_ratio": self.ratio("diff", "plain"),
            "bytes_ratio": round(self.bytes["diff"] / self.bytes["plain"], 3),
        }
        if "ncurses" in self.ms:
            found["cpu_to_ncurses"] = self.ratio("diff", "ncurses")
            found["bytes_to_ncurses"] = round(self.bytes["diff"] / self.bytes["ncurses"], 3)
        found |= {f"{name}_cpu_ms": round(statistics.median(values), 3) for name, values in self.ms.items()}
        found["lay_out_ms"] = round(statistics.median(self.laying_out["diff"]), 3)
        found |= {f"{name}_bytes": size for name, size in self.bytes.items()}
        return found | {f"{name}_packed": size for name, size in self.packed.items()}


async def _measure(rounds: int, count: int) -> dict[str, object]:
    """Paint the frames all ways, in turns."""
    plain, diff = Painted(diffs=False), Painted(diffs=True)
    left_out: dict[str, object] = {}
    async with plain.run_test(size=SIZE) as first, diff.run_test(size=SIZE) as second:
        await first.pause()
        await second.pause()
        views = frames(plain.query_one(Ladder).window_rows, count)
        meter = Meter(plain, diff, views)
        with contextlib.ExitStack() as stack:
            ncurses = None
            try:
                ncurses = stack.enter_context(painting([plain.picture(view) for view in views], SIZE))
            except LeftOut as error:
                left_out["left_out"] = {"ncurses": str(error)}
            for number in range(rounds):
                meter.one_round(number, ncurses)
    return meter.figures() | left_out


def run(rounds: int = ROUNDS, count: int = FRAMES) -> dict[str, object]:
    """Return CPU and bytes of a frame, each way and as ratios.

    Args:
        rounds: Rounds of all ways.
        count: Frames of a round.
    """
    return asyncio.run(_measure(rounds, count))
