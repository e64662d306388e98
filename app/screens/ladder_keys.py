"""Keys of the ladder beyond its cursor: inside a level, columns, following, alerts. None of them trades."""

from __future__ import annotations

from app.link.frames import LadderView, Severity
from app.screens import presenter
from app.screens.columns import ColumnsDialog
from app.screens.desk_screen import DeskScreen
from app.screens.preferences import FOLLOW_WORDS, Follow
from widgets.ladder_columns import ALL, BASIC
from widgets.ladder_inside import HEADS

OF_FLOW = ALL - BASIC
"""Columns that need more of the engine than the book."""


class LadderKeys(DeskScreen):
    """Handlers of the ladder's own actions."""

    def act_inside(self) -> None:
        """Show the orders of a price in priority, or close them."""
        if self.ladder.opened is not None:
            self.open_level(None)
            return
        book = self.book
        if book is None:
            self.note("no book yet: no level to look into", Severity.WARN)
        elif book.kind != "L3":
            needs = 'fix.book = "l3" in the profile' if book.over_fix else "the level3 feed, and a key"
            self.note(f"this book has prices only: the orders inside need {needs}", Severity.WARN)
        else:
            self.open_level(self._level_meant(book))

    def _level_meant(self, book: LadderView) -> int | None:
        """Return the row at the cursor, else that of the chosen own order, else the best bid."""
        if self.ladder.cursor_row is not None:
            return self.ladder.cursor_row
        order = self.chosen_order
        mark = next((mark for mark in book.own if order is not None and mark.number == order.number), None)
        return mark.row if mark is not None else book.best_bid

    def open_level(self, row: int | None) -> None:
        """Look into another level, or into none."""
        self.ladder.open_level(row)
        self.show_view(inside=row, inside_rows=max(0, self.ladder.window_rows - HEADS))

    def act_columns(self) -> None:
        """Choose the ladder's columns."""
        hidden = frozenset(self.preferences.now.hidden)
        self.app.push_screen(ColumnsDialog(hidden, self.ladder.seen_columns, self._hide))

    def _hide(self, hidden: frozenset[str]) -> None:
        trouble = self.preferences.keep(hidden=tuple(sorted(hidden)))
        self.want_columns()
        if trouble:
            self.note(trouble, Severity.WARN)

    def want_columns(self) -> None:
        """Show the columns that are remembered, and ask the engine for what they need."""
        for ladder in self.ladders:
            ladder.want(self.wanted_columns)
        self.show_view(flow=bool(self.wanted_columns & OF_FLOW))

    def act_follow(self) -> None:
        """Choose when the ladder recentres by itself."""
        ways = list(Follow)
        follow = ways[(ways.index(self.preferences.now.follow) + 1) % len(ways)]
        trouble = self.preferences.keep(follow=follow)
        self.note(trouble or f"follow {follow}: {FOLLOW_WORDS[follow]}", Severity.WARN if trouble else Severity.INFO)

    def follow(self, book: LadderView) -> None:
        """Centre anew as is remembered, but never while a price is chosen or a draft is open: then only say it."""
        where = presenter.market_outside(book, self.shown.rows)
        held = self.ladder.cursor_row is not None or self.desk.draft is not None
        way = self.preferences.now.follow
        still = held or way is Follow.OFF
        self.ladder.caption(f"market {where}: Space" if where and still else "")
        if still or self.shown.top_row is None:
            return
        if where or (way is Follow.CENTRED and not presenter.centred(book, self.shown.rows)):
            self.show_view(top_row=None)

    def act_alert(self) -> None:
        """Set an alert at the cursor price, or take it away."""
        row = self.ladder.cursor_row
        if row is None:
            self.note("alert where? move the cursor to a price first", Severity.WARN)
        elif not self.session.toggle_alert(self.symbol, self.ladder.price_text(row)):
            self.note(f"no alert: {self.gone or 'the engine is gone'}", Severity.BAD)
