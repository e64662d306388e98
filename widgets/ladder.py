"""The price ladder: one widget that paints the whole book by lines.

The ladder is static. The screen decides which row is on top; the ladder only
paints the window, and says through messages where the cursor is and how many
rows it has room for.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from app.link.frames import AxisMark, LadderRow, LadderView, OwnMark, Trust
from widgets import ladder_rows as rows_of
from widgets.items import row_of
from widgets.ladder_columns import ALL, BASIC, MARKS, choose_columns
from widgets.ladder_inside import WIDTH as INSET
from widgets.ladder_inside import beside, inset
from widgets.ladder_rows import Layout, RowKey, RowPainter, round_top, whole_digits
from widgets.ladder_trust import trust_items
from widgets.lines import Line, LinePane, grounds, inks
from widgets.numbers import fixed, span
from widgets.plate import guarded
from widgets.text import clean, fit

TRUST_WORDS = {
    Trust.NONE: "NO BOOK YET",
    Trust.SYNCING: "SYNCING",
    Trust.VERIFIED: "VERIFIED",
    Trust.UNVERIFIED: "UNVERIFIED",
    Trust.STALE: "STALE",
    Trust.PAST: "PAST",
}
"""The word for every degree of trust."""

_ADVICE = {
    Trust.NONE: "waiting for the first snapshot",
    Trust.SYNCING: "waiting for a snapshot, prices may be old",
    Trust.UNVERIFIED: "the checksum does not prove this book",
    Trust.STALE: "the link is silent, prices may be gone",
    Trust.PAST: "this was the book, it is not now",
}
_BEHIND = "more comes than can be read, this is old by"
_HEAD_FROM = 4
_FOOT_FROM = 3
"""Heights from which the ladder has a header line, and a footer line."""


class Ladder(LinePane, can_focus=True):
    """Price ladder of one pair."""

    DEFAULT_CSS = """
    Ladder { height: 1fr; width: 1fr; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = (
        inks("bid", "ask", "bid-bar", "ask-bar", "bid-edge", "ask-edge", "best-bid", "best-ask", "cursor-price")
        | inks("bid-mid", "bid-new", "ask-mid", "ask-new")
        | inks("own", "last", "stale", "stale-plate", "good", "bad", "warn")
        | grounds("cursor", "spread", "head")
    )

    cursor_row: reactive[int | None] = reactive(None, repaint=False, init=False)
    """Price row of the cursor; None until it is moved: only then a price is chosen."""

    class CursorMoved(Message):
        """The cursor chose another price row, or none."""

        def __init__(self, ladder: Ladder, row: int | None) -> None:
            super().__init__()
            self.ladder = ladder
            self.row = row

        @property
        def control(self) -> Ladder:
            """The ladder."""
            return self.ladder

    class WindowChanged(Message):
        """The ladder has room for another number of price rows."""

        def __init__(self, ladder: Ladder, rows: int) -> None:
            super().__init__()
            self.ladder = ladder
            self.rows = rows

        @property
        def control(self) -> Ladder:
            """The ladder."""
            return self.ladder

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._view: LadderView | None = None
        self._step = Decimal(1)
        self._units = 1
        self._places = 0
        self._painter: RowPainter | None = None
        self._announced = -1
        self._reason = ""
        self._wanted = BASIC
        self._opened: int | None = None

    def explain(self, reason: str) -> None:
        """Say why the book is stale, for example that a recording ended; empty if the link says nothing."""
        if reason != self._reason:
            self._reason = clean(reason)
            self.show()

    def open_level(self, row: int | None) -> None:
        """Show the orders of a price row in an inset at the right, or none."""
        if row != self._opened:
            self._opened = row
            self.show()

    @property
    def opened(self) -> int | None:
        """The row whose orders are shown; None for none."""
        return self._opened

    def seen_columns(self) -> frozenset[str]:
        """Return the ids of the columns that there is room for."""
        if self._painter is None:
            return frozenset()
        columns = self._painter.layout.columns
        shown = {name for name in ALL if getattr(columns, name, 0)}
        return frozenset(shown | ({"heat"} & self._wanted))

    def want(self, columns: frozenset[str]) -> None:
        """Choose the columns, by their ids in `ladder_columns.COLUMNS`; room decides which of them are seen."""
        if columns != self._wanted:
            self._wanted = columns
            self.show()

    @guarded
    def apply(self, view: LadderView) -> None:
        """Show a book.

        Args:
            view: The window; rows outside it are ignored.
        """
        old = self._view
        if old is None or (old.symbol, old.step, old.price_dp) != (view.symbol, view.step, view.price_dp):
            self._step = Decimal(view.step)
            self._places = max(view.price_dp, -int(self._step.as_tuple().exponent))
            self._units = int(self._step.scaleb(self._places))
            if old is not None:
                self.clear_cursor()
        self._view = view
        self._name_pane(old, view)
        self.show()

    def price_text(self, row: int) -> str:
        """Return the exact price of a row; empty before a book is shown."""
        return fixed(row * self._units, self._places) if self._view is not None else ""

    def price_of(self, row: int) -> Decimal:
        """Return the exact price of a row."""
        return row * self._step

    @property
    def window_rows(self) -> int:
        """How many price rows fit now."""
        height = self.size.height
        return max(0, height - (height >= _HEAD_FROM) - (height >= _FOOT_FROM))

    def move_cursor(self, delta: int) -> None:
        """Move the cursor by price rows.

        The first move shows the cursor at the touch it points to: up at the
        best ask, down at the best bid.

        Args:
            delta: Rows; positive is up, to higher prices.
        """
        view = self._view
        if view is None or delta == 0:
            return
        row = self.cursor_row
        if row is None:
            touch = view.best_ask if delta > 0 else view.best_bid
            row = touch if touch is not None else view.top_row - self.window_rows // 2
            delta -= 1 if delta > 0 else -1
        self.cursor_row = max(1, row + delta)

    def clear_cursor(self) -> None:
        """Choose no price."""
        self.cursor_row = None

    def watch_cursor_row(self, row: int | None) -> None:
        """Repaint and say where the cursor is."""
        self.show()
        self.post_message(self.CursorMoved(self, row))

    def on_resize(self, event: events.Resize) -> None:
        """Lay out again, and tell how many rows fit."""
        super().on_resize(event)
        if self.window_rows != self._announced:
            self._announced = self.window_rows
            self.post_message(self.WindowChanged(self, self._announced))

    def build(self, width: int, height: int) -> list[Line]:
        """Build header, price rows and footer."""
        view = self._view
        if view is None:
            return [Line(((fit(" no book yet", width), "muted"),))]
        count = self.window_rows
        levels = {level.row: level for level in view.rows if 0 <= view.top_row - level.row < count}
        room = width if self._opened is None else max(1, width - INSET)
        painter = self._painter_for(view, room, levels)
        lines = []
        if height >= _HEAD_FROM:
            lines.append(self._head(view, painter.layout, width))
        own_buy, own_sell = _own_by_row(view.own)
        flows = {flow.row: flow for flow in view.flows}
        marks = axis_marks(view.marks)
        for row in range(view.top_row, view.top_row - count, -1):
            key = RowKey(
                row=row,
                price=self.price_text(row) if row > 0 else "",
                level=levels.get(row),
                own_buy=own_buy.get(row, ()),
                own_sell=own_sell.get(row, ()),
                flags=self._flags(view, row),
                flow=flows.get(row),
                mark=marks.get(row, ""),
            )
            lines.append(painter.line(key))
        if self._opened is not None and count:
            lines[-count:] = self._with_inset(view, lines[-count:], room)
        if height >= _FOOT_FROM:
            lines.append(self._foot(view, width))
        return lines

    def _with_inset(self, view: LadderView, rows: list[Line], room: int) -> list[Line]:
        """Put the orders of the opened level beside the rows."""
        inside = view.inside if view.inside is not None and view.inside.row == self._opened else None
        return [
            Line(beside(line.spans, room, spans), line.ground)
            for line, spans in zip(rows, inset(inside, len(rows), view.qty_dp), strict=True)
        ]

    def _flags(self, view: LadderView, row: int) -> int:
        """Collect what is special about a row."""
        flags = 0
        if row == view.best_bid:
            flags |= rows_of.BEST_BID
        if row == view.best_ask:
            flags |= rows_of.BEST_ASK
        if view.best_bid is not None and view.best_ask is not None and view.best_bid < row < view.best_ask:
            flags |= rows_of.SPREAD
        if view.proven is not None and not view.proven[0] <= row <= view.proven[1]:
            flags |= rows_of.BEYOND
        if row == self.cursor_row:
            flags |= rows_of.CHOSEN
        if row == view.last_row:
            flags |= rows_of.LAST | (rows_of.LAST_BOUGHT if view.last_buy else 0)
        return flags

    def _painter_for(self, view: LadderView, width: int, levels: dict[int, LadderRow]) -> RowPainter:
        """Return the painter of the present layout; a new one if it changed."""
        shown = levels.values()
        by_order = view.kind == "L3"
        doubt = view.trust is not Trust.VERIFIED
        price_cells = len(self.price_text(view.top_row))
        size_most = max((max(level.bid, level.ask) for level in shown), default=1)
        cum_most = max((max(level.bid_cum, level.ask_cum) for level in shown), default=1)
        layout = Layout(
            columns=choose_columns(
                width, price_cells, counts=by_order, orders=by_order or bool(view.own), wanted=self._wanted
            ),
            qty_dp=view.qty_dp,
            size_top=round_top(size_most),
            size_whole=whole_digits(size_most, view.qty_dp),
            cum_whole=whole_digits(cum_most, view.qty_dp),
            doubt=doubt,
            edges=not doubt and self._bars_have_colour(),
            heat=not doubt and "heat" in self._wanted,
        )
        if self._painter is None or self._painter.layout != layout:
            self._painter = RowPainter(layout)
        return self._painter

    def _bars_have_colour(self) -> bool:
        """Say whether bars are a colour behind the number, not a text style."""
        colour = self.ink_style("bid-bar").bgcolor
        return colour is not None and not colour.is_default

    def _head(self, view: LadderView, layout: Layout, width: int) -> Line:
        """Build the column names, or the plate if the book is in doubt."""
        if layout.doubt:
            word = f" ~ {TRUST_WORDS[view.trust]} ~ "
            silent = f" {span(view.behind_ms or view.age_ms)}" if view.trust is Trust.STALE else ""
            if view.trust is Trust.STALE and self._reason:
                return Line(((fit(word + self._reason, width), "stale-plate"),))
            advice = _BEHIND if view.behind_ms else _ADVICE[view.trust]
            forms = (word + advice + silent, f"{word}do not trust it{silent}", word)
            text = next((form for form in forms if len(form) <= width), word)
            return Line(((fit(text, width), "stale-plate"),))
        return Line(((fit(_names(layout), width), "muted"),), "head")

    def _foot(self, view: LadderView, width: int) -> Line:
        """Build the line of touch, spread and trust."""
        sure = view.trust is Trust.VERIFIED
        left, right = trust_items(view, TRUST_WORDS[view.trust], sure=sure)
        return Line(((" ", ""), *row_of(left, right, width - 2)))

    def _name_pane(self, old: LadderView | None, view: LadderView) -> None:
        """Put the pair into the frame."""
        if old is None or (old.symbol, old.group, old.step) != (view.symbol, view.group, view.step):
            self.border_title = Content(clean(view.symbol))
            self.border_subtitle = Content(f"step {clean(view.step)}") if view.group > 1 else None


_MARKS = ("fill", "average", "breakeven", "alert")
"""Kinds of marks; of several at a price the last of these is seen."""

MARK_FACES = {"alert": "!", "average": "=", "breakeven": "%", "fill": "•"}


def axis_marks(marks: tuple[AxisMark, ...]) -> dict[int, str]:
    """Return the character of each marked row."""
    ranked = sorted(marks, key=lambda mark: _MARKS.index(mark.kind))
    return {mark.row: MARK_FACES[mark.kind] for mark in ranked}


def _own_by_row(
    own: tuple[OwnMark, ...],
) -> tuple[dict[int, tuple[OwnMark, ...]], dict[int, tuple[OwnMark, ...]]]:
    """Sort own orders by side and row."""
    buys: dict[int, tuple[OwnMark, ...]] = {}
    sells: dict[int, tuple[OwnMark, ...]] = {}
    for mark in own:
        side = buys if mark.buy else sells
        side[mark.row] = (*side.get(mark.row, ()), mark)
    return buys, sells


def _names(layout: Layout) -> str:
    """Build the header text: a name ends where the numbers of a buy column end, and begins where those of asks do."""
    columns = layout.columns
    sides = (
        ("WORK", columns.work),
        ("CUM", columns.cum),
        ("±10s", columns.flow),
        ("FL%", columns.flick),
        ("BID", columns.size),
        ("N", columns.count),
    )
    left = "".join(f"{name[:width]:>{width}} " for name, width in sides if width)
    blank = {"CUM": rows_of.cum_blank(layout), "BID": rows_of.size_blank(layout)}
    right = "".join(
        f" {'':{blank.get(name, 0)}}{('ASK' if name == 'BID' else name)[:width]:<{width - blank.get(name, 0)}}"
        for name, width in reversed(sides)
        if width
    )
    once = (("LAST", columns.last), ("VOL", columns.vol), ("DELTA", columns.delta), ("ICE", columns.ice))
    singles = "".join(f" {name:>{width}}" for name, width in once if width)
    return f"{'':{columns.left}}{left} {'PRICE':>{columns.price - MARKS}}{'':{MARKS - 1}}{right}{singles}"
