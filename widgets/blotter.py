"""A table of rows that tick: fixed columns, virtual rows, a cursor by key.

Columns are chosen by measured width: the most important ones enter first, and
what is left over widens those that ask for it. Numbers have a column that is
wide enough or are left out; words are shortened with an ellipsis.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual import events
from textual.message import Message
from textual.reactive import reactive

from widgets.lines import Line, LinePane, Span, grounds, inks
from widgets.text import clean, fit, width_of


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        name: Header text; also the key of the cells.
        width: Cells it needs; one more separates it from the next.
        rank: Lower ranks enter first.
        right: Whether it is aligned to the right.
        grow: Most cells it takes when there is room left.
    """

    name: str
    width: int
    rank: int
    right: bool = False
    grow: int = 0


Cell = tuple[str | tuple[str, ...], str]
"""Text of a cell, or its forms with the longest first, and its ink."""


class Row(NamedTuple):
    """A row of a table.

    Attributes:
        key: Identity of the row, stable while it moves.
        cells: One cell for each column of the table, in order.
        ground: Ground of the row; empty for none.
    """

    key: str
    cells: tuple[Cell, ...]
    ground: str = ""


def choose(columns: tuple[Column, ...], width: int, widest: tuple[int, ...] = ()) -> list[tuple[int, int]]:
    """Choose which columns fit and how wide they are.

    Args:
        columns: All columns in their order.
        width: Cells of a row.
        widest: Cells of the widest content that each column had; empty lets all grow as far as they may.

    Returns:
        Index and width of every chosen column, in order.
    """
    left = width
    taken: dict[int, int] = {}
    for at in sorted(range(len(columns)), key=lambda at: columns[at].rank):
        cost = columns[at].width + (1 if taken else 0)
        if cost <= left:
            taken[at] = columns[at].width
            left -= cost
    for at in sorted(taken, key=lambda at: columns[at].rank):
        most = min(columns[at].grow, widest[at]) if widest else columns[at].grow
        more = min(left, max(0, most - taken[at]))
        taken[at] += more
        left -= more
    return sorted(taken.items())


class Blotter(LinePane, can_focus=True):
    """Table with a row cursor."""

    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    EMPTY: ClassVar[str] = "nothing here yet"
    COMPONENT_CLASSES: ClassVar[set[str]] = inks("bid", "ask", "good", "bad", "warn") | grounds("cursor", "head")

    cursor_key: reactive[str | None] = reactive(None, repaint=False, init=False)
    """Key of the chosen row; None if none is chosen."""

    class CursorMoved(Message):
        """Another row is chosen, or none."""

        def __init__(self, blotter: Blotter, key: str | None) -> None:
            super().__init__()
            self.blotter = blotter
            self.key = key

        @property
        def control(self) -> Blotter:
            """The table."""
            return self.blotter

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._rows: tuple[Row, ...] = ()
        self._widest = tuple(width_of(column.name) for column in self.COLUMNS)
        self._top = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows, top first."""
        return self._rows

    def ranked(self) -> tuple[Column, ...]:
        """Return the columns with the ranks that they have now, in their order."""
        return self.COLUMNS

    def put(self, rows: tuple[Row, ...]) -> None:
        """Show rows. The cursor stays on its key, or is lost with it.

        Args:
            rows: Rows with keys that differ.
        """
        self._rows = rows
        for row in rows:
            # Columns grow with what they had to hold and never shrink again: nothing jumps back and forth.
            self._widest = tuple(map(max, self._widest, map(_extent, row.cells)))
        if self.cursor_key is not None and self._at(self.cursor_key) is None:
            self.cursor_key = None
        self.show()

    def move_cursor(self, delta: int) -> None:
        """Move the cursor by rows; the first move chooses the first or last row.

        Args:
            delta: Rows; positive is down.
        """
        if not self._rows or delta == 0:
            return
        at, last = self._at(self.cursor_key), len(self._rows) - 1
        first = 0 if delta > 0 else last
        self.cursor_key = self._rows[first if at is None else min(max(0, at + delta), last)].key

    def clear_cursor(self) -> None:
        """Choose no row."""
        self.cursor_key = None

    def watch_cursor_key(self, key: str | None) -> None:
        """Repaint and say which row is chosen."""
        self.show()
        self.post_message(self.CursorMoved(self, key))

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the pointer."""
        offset = event.get_content_offset(self)
        if offset is not None and 0 <= (at := self._top + offset.y - 1) < len(self._rows) and offset.y > 0:
            self.cursor_key = self._rows[at].key

    def build(self, width: int, height: int) -> list[Line]:
        """Build the header and the visible rows."""
        chosen = choose(self.ranked(), width, self._widest)
        lines = [self._header(chosen)] if height > 1 else []
        room = height - len(lines)
        if not self._rows:
            return [*lines, Line(((fit(f" {self.EMPTY}", width), "muted"),))]
        self._scroll(room)
        below = len(self._rows) - self._top - room
        lines.extend(self._line(row, chosen) for row in self._rows[self._top : self._top + room])
        if below > 0 and room > 1:
            more = f" {below + 1} more"
            lines[-1] = Line(((fit(more, width), "muted"),))
        return lines

    def _scroll(self, room: int) -> None:
        """Keep the cursor's row in view."""
        at = self._at(self.cursor_key)
        self._top = max(0, min(self._top, len(self._rows) - room))
        if at is None:
            return
        last = self._top + room - 1
        hidden = 1 if len(self._rows) > self._top + room and room > 1 else 0
        if at < self._top:
            self._top = at
        elif at > last - hidden:
            self._top = min(at - room + 1 + hidden, max(0, len(self._rows) - room))

    def _at(self, key: str | None) -> int | None:
        """Find the place of a key."""
        return next((at for at, row in enumerate(self._rows) if row.key == key), None)

    def _header(self, chosen: list[tuple[int, int]]) -> Line:
        """Build the column names."""
        names = [fit(self.COLUMNS[at].name, width, right=self.COLUMNS[at].right) for at, width in chosen]
        return Line(((" ".join(names), "muted"),), "head")

    def _line(self, row: Row, chosen: list[tuple[int, int]]) -> Line:
        """Build one row."""
        spans: list[Span] = []
        for at, width in chosen:
            forms, ink = row.cells[at]
            text = forms if isinstance(forms, str) else _longest(forms, width)
            if spans:
                spans.append((" ", ""))
            spans.append((_cell(clean(text), width, self.COLUMNS[at]), ink))
        return Line(tuple(spans), "cursor" if row.key == self.cursor_key else row.ground)


def _extent(cell: Cell) -> int:
    """Return the cells of a cell's longest form."""
    forms = cell[0]
    return width_of(clean(forms if isinstance(forms, str) else forms[0] if forms else ""))


def _longest(forms: tuple[str, ...], width: int) -> str:
    """Choose the first form that fits, else the last."""
    return next((form for form in forms if width_of(form) <= width), forms[-1] if forms else "")


def _cell(text: str, width: int, column: Column) -> str:
    """Fit a cell; a number that has no room is not cut but replaced."""
    if width_of(text) > width and column.right:
        return "#" * width
    return fit(text, width, right=column.right)
