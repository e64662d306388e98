"""Panes made of lines: the shared base of everything that ticks.

A subclass turns its view into `Line` values, one for each row of the pane. The
base compares them with what is on screen and repaints only rows that differ;
finished strips are kept by content, so a row that comes back costs a lookup.
Styles are resolved from component classes once per style sheet, that is per
theme; an ink's rule may name the pane but no state of it or of its parents.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.content import Content
from textual.css.model import RuleSet
from textual.dom import DOMNode
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from widgets.text import clean, fit, set_width, width_of, wrap

log = logging.getLogger(__name__)

STRIPS_KEPT = 1024
"""Finished strips kept per pane before the store is emptied."""

Span = tuple[str, str]
"""A cleaned text and the name of its ink (empty: the pane's own colours)."""


class Line(NamedTuple):
    """One row of a pane.

    Attributes:
        spans: Texts with inks, left to right.
        ground: Name of the ground the row lies on; empty for the pane's own.
    """

    spans: tuple[Span, ...] = ()
    ground: str = ""


BLANK = Line()


def line(*spans: Span, ground: str = "") -> Line:
    """Build a line from spans."""
    return Line(spans, ground)


def inks(*names: str) -> set[str]:
    """Name the component classes of inks: `inks("bid")` is `{"ink--bid"}`."""
    return {f"ink--{name}" for name in names}


def grounds(*names: str) -> set[str]:
    """Name the component classes of grounds: `grounds("cursor")` is `{"ground--cursor"}`."""
    return {f"ground--{name}" for name in names}


@runtime_checkable
class RowTaker(Protocol):
    """An app that paints rows of panes itself."""

    def paint_rows(self, pane: LinePane, rows: list[int]) -> bool:
        """Take changed rows; False if the pane must refresh them."""
        ...


class LinePane(Widget):
    """A pane whose content is a list of lines.

    Subclasses implement `build` and call `show` after every change.
    """

    DEFAULT_CSS = """
    LinePane { height: 1fr; width: 1fr; }
    """
    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = inks("text", "muted", "faint", "strong", "title", "fault")

    class Faulted(Message):
        """A pane could not apply or paint its view; it shows an error plate."""

        def __init__(self, pane: Widget, text: str) -> None:
            super().__init__()
            self.pane = pane
            self.text = text

        @property
        def control(self) -> Widget:
            """The pane that failed."""
            return self.pane

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._lines: list[Line] = []
        self._extent = (-1, -1)
        self._strips: dict[Line, Strip] = {}
        self._styles_now: dict[tuple[str, str], Style] = {}
        self._rules: list[RuleSet] | None = None
        self._inks: dict[str, Style] = {}
        self._parts: dict[str, Style] = {}
        self._stale_styles = True
        self._rgb_only = False
        self._fault = ""
        self._reported = ""

    def build(self, width: int, height: int) -> list[Line]:
        """Turn the present view into lines.

        Args:
            width: Cells of a row, at least 1.
            height: Rows, at least 1.

        Returns:
            At most `height` lines; missing ones are blank.
        """
        raise NotImplementedError

    def show(self) -> None:
        """Rebuild the lines and repaint the rows that changed."""
        width, height = self.size
        if width <= 0 or height <= 0:
            return
        if (width, height) != self._extent:
            self._rebuild(width, height)
            self.refresh()
            return
        old = self._lines
        new = self._built(width, height)
        self._lines = new
        dirty = [y for y in range(height) if new[y] != old[y]]
        if not dirty or (isinstance(self.app, RowTaker) and self.app.paint_rows(self, dirty)):
            return
        if len(dirty) > height // 2:
            self.refresh(Region(0, 0, width, height))
        else:
            self.refresh(*[Region(0, y, width, 1) for y in dirty])

    def caption(self, text: str) -> None:
        """Write into the lower border if it says something else: Textual then paints the whole pane.

        Args:
            text: Plain text; empty takes the caption away.
        """
        caption = Content(text)
        if (self.border_subtitle or "") != caption.markup:
            self.border_subtitle = caption

    def fail(self, error: Exception) -> None:
        """Show the error plate until a view applies again.

        The same error is logged and reported once, not at every frame.

        Args:
            error: What was raised; its text is cleaned and shortened.
        """
        self._fault = clean(f"{type(error).__name__}: {error}")
        if self._fault != self._reported:
            self._reported = self._fault
            log.error("%s could not show its view", type(self).__name__, exc_info=error)
            self.post_message(self.Faulted(self, self._fault))

    def recover(self) -> None:
        """Forget the error; the next `show` paints the view again."""
        self._fault = ""

    @property
    def faulted(self) -> bool:
        """Whether the error plate is shown."""
        return bool(self._fault)

    def text_lines(self) -> list[str]:
        """Return the text of every row as painted, for tests and screen readers."""
        return [self.render_line(y).text for y in range(self.size.height)]

    def ink_style(self, ink: str) -> Style:
        """Return what an ink adds to the pane's colours in the present theme."""
        if self._stale_styles:
            self._resolve()
        return self._parts.get(f"ink--{ink}", Style.null())

    def render_line(self, y: int) -> Strip:
        """Return the strip of one content row.

        Args:
            y: Row from the top of the content.

        Returns:
            A strip of exactly the content's width, background on every cell.
        """
        if self._stale_styles:
            self._resolve()
        content = self.line_at(y)
        width = self.size.width
        strip = self._strips.get(content)
        if strip is None:
            if len(self._strips) >= STRIPS_KEPT:
                self._strips.clear()
            strip = self._strips[content] = self._paint(content, width)
        return strip

    def line_at(self, y: int) -> Line:
        """Return the content of a row as it is to be seen now."""
        return self.lines_at((y,))[0]

    def lines_at(self, rows: Sequence[int]) -> list[Line]:
        """Return the contents of several rows as they are to be seen now."""
        if self.size != self._extent:
            self._rebuild(*self.size)
        lines = self._lines
        return [lines[y] if 0 <= y < len(lines) else BLANK for y in rows]

    def changes(self, content: Line, old: Line | None) -> list[tuple[int, Strip]]:
        """Paint what differs between two contents of a row.

        Args:
            content: What is to be seen.
            old: What is seen; None if that is not known.

        Returns:
            Strips with the cells before them.
        """
        if self._stale_styles:
            self._resolve()
        width = self._extent[0]
        if old is None or old.ground != content.ground:
            return [(0, self._paint(content, width))]
        new, before = content.spans, old.spans
        shared = min(len(new), len(before))
        first = 0
        while first < shared and (new[first] is before[first] or new[first] == before[first]):
            first += 1
        last = 0
        while last < shared - first and (new[-1 - last] is before[-1 - last] or new[-1 - last] == before[-1 - last]):
            last += 1
        middle = new[first : len(new) - last]
        left, cells = _width(new[:first]), _width(middle)
        if cells != _width(before[first : len(before) - last]) or left + cells > width:
            return [(0, self._paint(content, width))]
        return [(left, self._paint(Line(middle, content.ground), cells))] if cells else []

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Leave out the conversion of terminal colours where the theme uses none of them."""
        filters = super().get_line_filters()
        if self._rgb_only:
            return [line_filter for line_filter in filters if not isinstance(line_filter, ANSIToTruecolor)]
        return filters

    def notify_style_update(self) -> None:
        """Start a new style epoch: colours are resolved again at the next paint."""
        super().notify_style_update()
        self._stale_styles = True

    def on_resize(self, _event: events.Resize) -> None:
        """Lay out again for the new size."""
        self.show()

    def _rebuild(self, width: int, height: int) -> None:
        """Build all lines for a new size."""
        self._extent = (width, height)
        self._strips.clear()
        self._lines = self._built(width, height)

    def _built(self, width: int, height: int) -> list[Line]:
        """Build lines inside the error boundary, padded to the height."""
        if width <= 0 or height <= 0:
            return []
        built: list[Line] = []
        if not self._fault:
            try:
                built = self.build(width, height)[:height]
            except Exception as error:  # noqa: BLE001 - a pane that fails must not end the app
                self.fail(error)
        if self._fault:
            built = self._plate(width, height)
        built.extend([BLANK] * (height - len(built)))
        return built

    def _plate(self, width: int, height: int) -> list[Line]:
        """Build the error plate."""
        words = [
            f" {type(self).__name__.upper()} FAULT",
            *(f" {part}" for part in wrap(self._fault, width - 2, max(1, height - 2))),
            " orders and the engine are not affected",
        ]
        return [Line(((fit(word, width), "fault"),)) for word in words[:height]]

    def _paint(self, content: Line, width: int) -> Strip:
        """Render a line: cut or padded to the width."""
        ground = content.ground
        segments: list[Segment] = []
        left = width
        for text, ink in content.spans:
            if not text:
                continue
            cells = width_of(text)
            if cells > left:
                text, cells = set_width(text, left), left  # noqa: PLW2901
            if cells:
                segments.append(Segment(text, self._style(ink, ground)))
            left -= cells
            if left <= 0:
                break
        if left > 0:
            segments.append(Segment(" " * left, self._style("", ground)))
        return Strip(segments, width)

    def _style(self, ink: str, ground: str) -> Style:
        """Combine the pane's colours, a ground and an ink, in that order."""
        key = (ink, ground)
        style = self._styles_now.get(key)
        if style is None:
            style = self.rich_style
            if ground:
                style += self._parts.get(f"ground--{ground}", Style.null())
            if ink:
                style += self._parts.get(f"ink--{ink}", Style.null())
            self._styles_now[key] = style
        return style

    @classmethod
    def _get_component_classes(cls) -> frozenset[str]:  # type: ignore[override] # Textual's has a cache
        """Name none: Textual would look all of them up again whenever a style class of any parent changes."""
        return frozenset()

    @classmethod
    def _ink_names(cls) -> frozenset[str]:
        """Name the inks and grounds of a pane and of its bases."""
        return super()._get_component_classes()

    def _resolve(self) -> None:
        """Resolve the component styles of this epoch; drop strips if they differ."""
        self._stale_styles = False
        if self.app.stylesheet.rules is not self._rules:
            self._rules = self.app.stylesheet.rules
            self._inks = {name: self._look_up(name) for name in self._ink_names()}
        parts = {**self._inks, "": self.rich_style}
        if parts != self._parts:
            self._parts = parts
            self._rgb_only = all(_is_rgb(style) for style in parts.values())
            self._styles_now.clear()
            self._strips.clear()

    def _look_up(self, name: str) -> Style:
        """Ask the style sheet for an ink or a ground: only what its own rules say."""
        node = DOMNode(classes=name)
        node._attach(self)
        self.app.stylesheet.apply(node, animate=False)
        return node.styles.partial_rich_style


def _width(spans: Sequence[Span]) -> int:
    """Return the cells that spans take."""
    return width_of("".join([text for text, _ in spans]))


def _is_rgb(style: Style) -> bool:
    """Say whether a style has no colour of the terminal's own and is not dim."""
    colours = [colour for colour in (style.color, style.bgcolor) if colour is not None]
    return not style.dim and all(colour.triplet is not None for colour in colours)
