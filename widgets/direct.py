"""The short way to the terminal for rows of a pane that nothing covers.

A changed row normally goes through Textual's compositor, which costs several
times what the row itself costs. When a pane lies wholly in view, on the top
screen, with nothing in front of it and no layout pending, its rows can be
handed to the painter as they are. Everything else takes the normal way; the
compositor is told that the rows changed and stays right in either case.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rich.console import Console
from textual._compositor import Compositor, CompositorUpdate
from textual.color import BLACK, Color
from textual.filter import LineFilter
from textual.geometry import Offset, Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from widgets.cells import Painter, PaneLine
from widgets.lines import Line, LinePane


class RowsUpdate(CompositorUpdate):
    """Rows of panes, compared with the picture when they are sent."""

    def __init__(self, painter: Painter, lines: list[PaneLine]) -> None:
        self._painter = painter
        self._lines = lines

    def render_segments(self, console: Console) -> str:
        """Return the sequences of what changes."""
        return self._painter.render_lines(self._lines, console)


class Clearance:
    """Knows which panes nothing covers; looks again after every layout."""

    def __init__(self) -> None:
        self._map: dict[Widget, tuple[Region, Region]] = {}
        self._origins: dict[Widget, Offset | None] = {}

    def origin(self, pane: LinePane, screen: Screen[object]) -> Offset | None:
        """Find where the content of an uncovered pane begins on the terminal.

        Args:
            pane: The pane.
            screen: The top screen.

        Returns:
            Its place, or None if the rows must go through the compositor.
        """
        if (
            pane.screen is not screen
            or screen._layout_required
            or screen._scroll_required
            or screen._repaint_required
            or pane._layout_required
            or pane.opacity != 1
        ):
            return None
        compositor: Compositor = screen._compositor
        shown = compositor.visible_widgets
        if shown is not self._map:
            self._map = shown
            self._origins = {}
        if pane not in self._origins:
            self._origins[pane] = _uncovered(pane, shown)
        return self._origins[pane]


def _uncovered(pane: LinePane, shown: dict[Widget, tuple[Region, Region]]) -> Offset | None:
    """Find the content's place of a pane if no widget is in front of it."""
    place = shown.get(pane)
    if place is None:
        return None
    region, clip = place
    content = region.shrink(pane.gutter)
    if not clip.contains_region(region) or content.size != pane.size:
        return None
    for other, (other_region, other_clip) in shown.items():
        if other is pane:
            return content.offset
        if other_region.intersection(other_clip).overlaps(content):
            return None
    return None


def pane_lines(pane: LinePane, rows: list[int], origin: Offset) -> list[PaneLine]:
    """Describe rows of a pane, and note for the compositor that they changed.

    Args:
        pane: An uncovered pane.
        rows: Rows of its content.
        origin: Where its content begins.

    Returns:
        One for each row.
    """
    top = pane.gutter.top
    width = pane.size.width
    filters = pane.get_line_filters()
    ground = pane.background_colors[1] if filters else BLACK
    lines = []
    for y, content in zip(rows, pane.lines_at(rows), strict=True):
        changes = partial(_changes, pane, content, filters, ground)
        lines.append(PaneLine(origin.x, origin.y + y, width, content, changes))
    pane._styles_cache.set_dirty(*[Region(0, y + top, 1, 1) for y in rows])
    return lines


def _changes(
    pane: LinePane, content: Line, filters: Sequence[LineFilter], ground: Color, old: Line | None
) -> list[tuple[int, Strip]]:
    """Paint the spans of a row that differ, or all of it."""
    strips = pane.changes(content, old)
    for line_filter in filters:
        strips = [(left, strip.apply_filter(line_filter, ground)) for left, strip in strips]
    return strips
