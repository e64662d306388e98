"""Changed cells only: a diff between Textual's compositor and the terminal.

The compositor sends every cell of a dirty region again, changed or not. Here
its update is compared with the picture that the terminal shows, and only what
differs is sent. It sits behind the compositor, so overlays, resizes and theme
changes need no special case: whatever the compositor wants painted is what the
terminal will show, cell by cell. Rows of panes that nothing covers skip the
compositor (`widgets.direct`) and meet the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar, cast

import textual
from rich.console import Console, RenderableType
from textual import events
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual._time import get_time, sleep
from textual.app import App
from textual.geometry import Region
from textual.screen import Screen
from textual.timer import Timer

from widgets.cells import Painter, PaneLine, Piece
from widgets.direct import Clearance, RowsUpdate, pane_lines
from widgets.lines import LinePane
from widgets.receipts import WHERE, Receipts

PROVEN_WITH = "8.2.8"
"""The Textual whose updates this module knows; any other one paints plainly."""

WAITING, WAITING_BRACKETED = 2, 4
"""Writes that may wait for the terminal: one frame and the question behind it, the frame in brackets where the
terminal knows synchronised updates."""

LEAVE_S = 0.3
"""The terminal is given back no later than this after the last frame."""

RETRY_S = 0.01
"""Time until a frame that was left out is tried again."""

RETURN = TypeVar("RETURN")


def _layout_pieces(update: LayoutUpdate) -> Iterable[Piece]:
    """List the strips of a full update."""
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            yield Piece(x, y, strip)
            x += strip.cell_length


def _chop_pieces(update: ChopsUpdate) -> Iterable[Piece]:
    """List the strips that the spans of a partial update overlap, whole.

    Those are composed to their ends. A strip that only begins where a span
    ends is not: panes there were not rendered, and it may hold the ground
    behind them.
    """
    for y, left, right in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < right and end > left:
                yield Piece(x, y, strip)


class DiffUpdate(CompositorUpdate):
    """An update that is compared with the picture when it is really sent."""

    def __init__(self, painter: Painter, update: LayoutUpdate | ChopsUpdate) -> None:
        self._painter = painter
        self._update = update

    def render_segments(self, console: Console) -> str:
        """Return the sequences of what changes."""
        update = self._update
        if isinstance(update, LayoutUpdate):
            return self._painter.render_whole(_layout_pieces(update), update.region.size, console)
        return self._painter.render(_chop_pieces(update), console)


class CellDiffApp(App[RETURN], Generic[RETURN]):
    """An app that sends changed cells only, and no more frames than the terminal takes.

    Textual queues whole frames for a terminal that reads slowly and stops
    altogether when the queue is full, keys included. Here a frame is left out
    while earlier ones still wait, or are on their way by the terminal's own
    word (`widgets.receipts`). Textual counts it as shown, so the next one is
    the whole screen as it is then, whatever asked for it.

    With another Textual than the proven one it is a plain app.

    Attributes:
        frames: Frames that were sent so far.
    """

    DIFFS: bool = textual.__version__ == PROVEN_WITH
    """Whether updates are compared; False paints plainly."""

    _painter: Painter | None = None
    _clearance: Clearance | None = None
    _pending: dict[LinePane, set[int]] | None = None
    _catching_up = False
    _held: Timer | None = None
    frames: int = 0
    _receipts: Receipts | None = None

    @property
    def receipts(self) -> Receipts:
        """Which frames the terminal has shown."""
        if self._receipts is None:
            self._receipts = Receipts()
        return self._receipts

    @property
    def behind(self) -> bool:
        """Whether frames wait for the terminal to read, or to show them."""
        if self.DIFFS and self.receipts.full(get_time()):
            return True
        writer = getattr(self._driver, "_writer_thread", None) if self.DIFFS else None
        waiting = WAITING_BRACKETED if self._sync_available else WAITING
        return writer is not None and writer._queue.qsize() > waiting

    def bell(self) -> None:
        """Ring, unless nobody would hear it in time."""
        if not self.behind:
            super().bell()

    def paint_rows(self, pane: LinePane, rows: list[int]) -> bool:
        """Take changed rows of a pane, to be painted as soon as the present message is dealt with.

        Args:
            pane: The pane.
            rows: Rows of its content.

        Returns:
            Whether they are taken; if not the pane refreshes them itself.
        """
        if not self.DIFFS or self.is_headless or self.is_inline:
            return False
        if self._pending is None:
            self._pending = {}
            self.call_next(self._paint_pending)
        self._pending.setdefault(pane, set()).update(rows)
        return True

    def repaint_all(self) -> None:
        """Paint the whole terminal again, whatever it shows now."""
        self.painter.forget()
        self._catch_up()

    @property
    def painter(self) -> Painter:
        """The picture of this app's terminal."""
        if self._painter is None:
            self._painter = Painter()
        return self._painter

    def on_mount(self) -> None:
        """Forget the picture when the terminal comes back from elsewhere."""
        self.app_resume_signal.subscribe(self, lambda _: self.repaint_all())

    def on_resize(self, _event: events.Resize) -> None:
        """Forget the picture: a terminal may do anything to it while it is resized."""
        self.painter.forget()
        self._catch_up_later()

    def _paint_pending(self) -> None:
        """Paint the rows taken since the last time: the short way, or through the compositor."""
        self._held = None
        if self.behind:
            self._held = self.set_timer(RETRY_S, self._paint_pending)
            return
        pending, self._pending = self._pending or {}, None
        if not self._screen_stack:
            return
        if self._clearance is None:
            self._clearance = Clearance()
        screen: Screen[object] = self.screen
        lines: list[PaneLine] = []
        for pane, rows in pending.items():
            width, height = pane.size
            kept = sorted(y for y in rows if y < height)
            if not pane.is_attached or not kept:
                continue
            origin = None if self._batch_count else self._clearance.origin(pane, screen)
            if origin is None:
                pane.refresh(*[Region(0, y, width, 1) for y in kept])
            else:
                lines.extend(pane_lines(pane, kept, origin))
        if lines:
            self._display(screen, cast("RenderableType", RowsUpdate(self.painter, lines)))

    def _catch_up_later(self) -> None:
        """See to it that the whole screen is shown soon, also if nothing changes any more."""
        if not self._catching_up:
            self._catching_up = True
            self.set_timer(RETRY_S, self._catch_up)

    def _catch_up(self) -> None:
        """Show the whole screen if it is owed to the terminal and the terminal takes it."""
        self._catching_up = False
        if not self.painter.owed or not self._screen_stack:
            return
        if self.behind or self._batch_count:
            self._catch_up_later()
            return
        screen: Screen[object] = self.screen
        self._display(screen, self._whole(screen))

    def _whole(self, screen: Screen[object]) -> RenderableType | None:
        """Render all of the top screen."""
        return screen._compositor.render_update(full=True, screen_stack=self._background_screens)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if not self.DIFFS or self.is_headless or not isinstance(renderable, LayoutUpdate | ChopsUpdate | RowsUpdate):
            super()._display(screen, renderable)
            return
        if self.behind or self._batch_count:
            self.painter.owed = True
            self._catch_up_later()
            return
        if self.painter.owed and not isinstance(renderable, LayoutUpdate):
            renderable = self._whole(screen)
        self.frames += 1
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            renderable = cast("RenderableType", DiffUpdate(self.painter, renderable))
        super()._display(screen, renderable)
        self._ask()

    def _ask(self) -> None:
        """Ask the terminal for a receipt of the frame that was written last."""
        if self._driver is not None and self._running and not self._exit:
            self._driver.write(WHERE)
            self.receipts.asked(get_time())

    def on_cursor_position(self, _event: events.CursorPosition) -> None:
        """Take a receipt, and paint what waited for it."""
        self.receipts.answered(get_time())
        if self._held and not self.behind:
            self._held.stop()
            self._paint_pending()
        elif self.painter.owed:
            self._catch_up()

    async def on_unmount(self) -> None:
        """Let the answers come in that would else be typed into the shell."""
        if self.receipts.awaited:
            await sleep(min(LEAVE_S, 2 * self.receipts.trip_s))
