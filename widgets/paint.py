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
from textual.app import App
from textual.geometry import Region
from textual.screen import Screen

from widgets.cells import Painter, PaneLine, Piece
from widgets.direct import Clearance, RowsUpdate, pane_lines
from widgets.lines import LinePane

PROVEN_WITH = "8.2.8"
"""The Textual whose updates this module knows; any other one paints plainly."""

WAITING, WAITING_BRACKETED = 1, 3
"""Writes that may wait for the terminal: one frame, in brackets where the terminal knows synchronised updates."""

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
    """List what the spans of a partial update cover.

    Beyond the end of a span a chop may hold the ground behind a pane that was not rendered.
    """
    for y, left, right in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < right and end > left:
                yield Piece(x, y, strip if end <= right else strip.crop(0, right - x))


class DiffUpdate(CompositorUpdate):
    """An update that is compared with the picture when it is really sent."""

    def __init__(self, painter: Painter, update: LayoutUpdate | ChopsUpdate) -> None:
        self._painter = painter
        self._update = update

    def render_segments(self, console: Console) -> str:
        """Return the sequences of what changes."""
        update = self._update
        pieces = _layout_pieces(update) if isinstance(update, LayoutUpdate) else _chop_pieces(update)
        return self._painter.render(pieces, console)


class CellDiffApp(App[RETURN], Generic[RETURN]):
    """An app that sends changed cells only, and no more frames than the terminal takes.

    Textual queues whole frames for a terminal that reads slowly and stops
    altogether when the queue is full, keys included. Here a frame is left out
    while earlier ones still wait; the next one shows the present.

    With another Textual than the proven one it is a plain app.

    Attributes:
        frames: Frames that were sent so far.
    """

    DIFFS: bool = textual.__version__ == PROVEN_WITH
    """Whether updates are compared; False paints plainly."""

    _painter: Painter | None = None
    _clearance: Clearance | None = None
    _pending: dict[LinePane, set[int]] | None = None
    _left_out = False
    frames: int = 0

    @property
    def behind(self) -> bool:
        """Whether frames wait for the terminal to read."""
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
        self.screen.refresh(layout=True)

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

    def _paint_pending(self) -> None:
        """Paint the rows taken since the last time: the short way, or through the compositor."""
        if self.behind:
            self.set_timer(RETRY_S, self._paint_pending)
            return
        pending, self._pending = self._pending or {}, None
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

    def _catch_up(self) -> None:
        """Show the present as soon as the terminal takes it."""
        if self.behind:
            self.set_timer(RETRY_S, self._catch_up)
            return
        self._left_out = False
        self.screen.refresh()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if renderable is not None and self.behind:
            if not self._left_out:
                self._left_out = True
                self.set_timer(RETRY_S, self._catch_up)
            return
        self.frames += 1
        if self.DIFFS and isinstance(renderable, LayoutUpdate | ChopsUpdate):
            super()._display(screen, cast("RenderableType", DiffUpdate(self.painter, renderable)))
        else:
            super()._display(screen, renderable)
