"""Several ladders side by side: which pairs, which of them the keys act on.

One ladder is active: cursor, ticket, orders, prints and gauge are of its pair.
The others only show their books. A ladder keeps its place when another one
becomes active, so that the eye finds a pair where it was. Changing the active
ladder is a change of pair: it drops the draft and disarms.
"""

from __future__ import annotations

from msgspec.structs import replace
from textual.containers import Horizontal
from textual.widget import Widget

from app.clock import Clock
from app.link.frames import Frame, LadderView, Severity, Trust
from app.link.messages import MAX_BESIDE, BesideView
from app.screens import layout, presenter
from app.screens.options import ScreenOptions
from app.screens.picker import SymbolPicker
from app.screens.view_keys import ViewKeys
from widgets.ladder import Ladder

MOST = MAX_BESIDE + 1


class BesideKeys(ViewKeys):
    """Handlers of the actions that concern more than one ladder.

    Args:
        clock: For all guards.
        options: Settings of this screen.
    """

    def __init__(self, clock: Clock, options: ScreenOptions) -> None:
        super().__init__(clock, options)
        self._windows = [BesideView("", 0)]
        self._views: dict[str, LadderView] = {}

    @property
    def slots(self) -> list[str]:
        """The pairs of the ladders, from left to right; the active one is the pair that is shown."""
        return [self.symbol if at == self.active else window.symbol for at, window in enumerate(self._windows)]

    # Keys

    def act_layout_ladders(self) -> None:
        """Show the ladders side by side."""
        self.show_page(layout.LADDERS)
        hidden = len(self._windows) - len(self._seen())
        if hidden:
            self.note(
                f"{len(self._windows)} ladders, {hidden} out of sight: \\ goes to the next, more width shows more"
            )
        elif len(self._windows) == 1:
            self.note("one ladder so far: | puts another pair beside it")

    def act_beside(self) -> None:
        """Choose a pair to put beside, or to take away."""
        self.session.list_pairs()
        title = "Put a pair beside, or take away one that is there"
        self.app.push_screen(SymbolPicker(self.pairs, "", title), self._put)

    def act_ladder_next(self) -> None:
        """Make the next ladder the active one."""
        if len(self._windows) == 1:
            self.note("there is one ladder: | puts another pair beside it")
        else:
            self.activate((self.active + 1) % len(self._windows))

    def _put(self, symbol: str | None) -> None:
        slots = self.slots
        if not symbol:
            return
        if symbol in slots:
            self._take_away(slots.index(symbol))
        elif len(slots) == MOST:
            self.note(f"{MOST} ladders are the most: choose one of them to take it away", Severity.WARN)
            return
        else:
            self._windows.append(BesideView(symbol, 0))
            self.show_page(layout.LADDERS)
            self.note(f"{symbol} beside {self.symbol}: \\ or Tab goes to it")
        self._remember()

    def _take_away(self, at: int) -> None:
        """Take a ladder away; of the active one its neighbour takes over."""
        if len(self._windows) == 1:
            self.note("the last ladder stays: / shows another pair in it")
            return
        gone = self.slots[at]
        if at == self.active:
            self.activate(at - 1 if at else 1)
        ladder = self.ladders.pop(at)
        self._windows.pop(at)
        if at < self.active:
            self.active -= 1
        ladder.remove()
        self._views.pop(gone, None)
        self.place_ladders()
        self.note(f"{gone} is taken away")

    def _remember(self) -> None:
        beside = tuple(symbol for at, symbol in enumerate(self.slots) if at != self.active)
        if trouble := self.preferences.keep(beside=beside):
            self.note(trouble, Severity.WARN)

    # The active ladder

    def activate(self, at: int) -> None:
        """Make another ladder the active one: draft dropped, keys disarmed, its window kept as it was."""
        if at == self.active:
            return
        before, window = self.ladder, self._windows[at]
        before.clear_cursor()
        before.open_level(None)
        before.caption("")
        self._windows[self.active] = BesideView(self.symbol, self.shown.rows, self.shown.top_row, self.shown.group)
        if (book := self.book) is not None:
            self._views[self.symbol] = book
        self.active = at
        self.place_ladders()
        self.switch_symbol(window.symbol, group=window.group, top_row=window.top_row)
        if self.pane in self.ladders and self.pane is not self.ladder:
            self.focus_pane(self.ladder, disarm=False)

    def turn_to(self, page: int) -> None:
        """Show a page with the ladders that it has."""
        super().turn_to(page)
        self.place_ladders()

    def focus_pane(self, pane: Widget | None, *, disarm: bool) -> None:
        """Focus a pane; a ladder that gets the focus becomes the active one."""
        super().focus_pane(pane, disarm=disarm)
        if isinstance(pane, Ladder) and pane in self.ladders:
            self.activate(self.ladders.index(pane))

    def switch_symbol(self, symbol: str, *, group: int = 1, top_row: int | None = None) -> None:
        """Show a pair; one that another ladder has is gone to there."""
        slots = self.slots
        if symbol in slots and symbol != self.symbol:
            self.activate(slots.index(symbol))
            return
        super().switch_symbol(symbol, group=group, top_row=top_row)

    # What is seen

    def restore_beside(self) -> None:
        """Put the remembered pairs beside the first one."""
        beside = [symbol for symbol in self.preferences.now.beside if symbol != self.symbol]
        self._windows += [BesideView(symbol, 0) for symbol in dict.fromkeys(beside[:MAX_BESIDE])]

    def _seen(self) -> range:
        """Return the places of the ladders that are seen; the active one is always among them."""
        room = layout.ladders_that_fit(self) if layout.page_of(self) == layout.LADDERS else 1
        first = max(0, self.active - room + 1)
        return range(first, min(len(self._windows), first + room))

    def place_ladders(self) -> None:
        """Show the ladders there is room for and mark the active one; one is made when it is first seen."""
        seen = self._seen()
        upper = self.query_one("#upper", Horizontal)
        while len(self.ladders) < seen.stop:
            ladder = Ladder(classes="pane")
            ladder.want(self.wanted_columns)
            self.ladders.append(ladder)
            upper.mount(ladder, before="#right")
        for at, ladder in enumerate(self.ladders):
            ladder.set_class(at not in seen, "-out")
            ladder.set_class(at == self.active, "-active")

    def want_beside(self) -> None:
        """Ask for the books of the ladders that are seen beside the active one."""
        windows = []
        for at in self._seen():
            if at != self.active and at < len(self.ladders):
                self._windows[at] = replace(self._windows[at], rows=self.ladders[at].window_rows)
                if self._windows[at].rows:
                    windows.append(self._windows[at])
        if self.symbol and tuple(windows) != self.shown.beside:
            self.show_view(beside=tuple(windows))

    def paint_beside(self, frame: Frame) -> None:
        """Show what came of the other pairs, each held where it is until its market leaves the window."""
        for view in frame.beside or ():
            slots = self.slots
            at = slots.index(view.symbol) if view.symbol in slots else self.active
            if at == self.active or at >= len(self.ladders):
                continue
            self._views[view.symbol] = view
            self.ladders[at].apply(view)
            window = self._windows[at]
            if window.top_row is None:
                if presenter.centred(view, window.rows):
                    self._windows[at] = replace(window, top_row=view.top_row)
            elif presenter.market_outside(view, window.rows):
                self._windows[at] = replace(window, top_row=None)

    def age_beside(self) -> None:
        """Grey the other books: there is no engine."""
        for at, symbol in enumerate(self.slots):
            view = self._views.get(symbol)
            if at != self.active and at < len(self.ladders) and view is not None:
                self.ladders[at].apply(replace(view, trust=Trust.STALE))
