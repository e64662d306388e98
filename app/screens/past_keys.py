"""The time machine: keys that step the ladder through the recorded past.

The engine goes on, and so do all other panes: only the ladder stands still.
While it does, no order can be drafted or armed; cancels and kill work.
"""

from __future__ import annotations

from app.clock import NS_PER_MS, NS_PER_S, Clock
from app.link.frames import Severity
from app.link.past_frames import AskPast, Past
from app.screens import presenter
from app.screens.beside_keys import BesideKeys
from app.screens.desk_screen import PAST_REFUSES
from app.screens.ladder_keys import LadderKeys
from app.screens.money_keys import MoneyKeys
from app.screens.options import ScreenOptions
from app.screens.past_strip import PastStrip

FAR_S = 10
FILL_LEAD_NS = 2 * NS_PER_S
"""How long before a fill `past_fill` goes."""


class PastKeys(MoneyKeys, LadderKeys, BesideKeys):
    """Handlers of the actions in the group Time machine, and what the past changes about others.

    Args:
        clock: For all guards.
        options: Settings of this screen.
    """

    def __init__(self, clock: Clock, options: ScreenOptions) -> None:
        super().__init__(clock, options)
        self._asked = 0
        self._next: AskPast | None = None
        self._want_ns = 0
        self._want_state = 0
        self._by_event = False
        self._past_top: int | None = None

    # Keys

    def act_past(self) -> None:
        """Go to the past, or back to now."""
        if self.past is not None:
            self.leave_past()
        elif self.status is not None:
            self._go(at_ns=self.status.now_ns - NS_PER_S)

    def act_past_fill(self) -> None:
        """Go to 2 s before the newest own fill on the pair."""
        at_ns = presenter.last_fill_ns(self.events, self.symbol)
        if at_ns:
            self._go(at_ns=at_ns - FILL_LEAD_NS)
        else:
            self.note(f"no fill of yours on {self.symbol} in this session")

    def act_past_back(self) -> None:
        """Go 1 s back."""
        self._step(-1)

    def act_past_on(self) -> None:
        """Go 1 s on."""
        self._step(1)

    def act_past_back_far(self) -> None:
        """Go 10 s back."""
        self._step(-FAR_S)

    def act_past_on_far(self) -> None:
        """Go 10 s on."""
        self._step(FAR_S)

    def act_nudge_down(self) -> None:
        """One event back in the past, else the draft's price down."""
        if self.past is not None:
            self._step_event(-1)
        else:
            super().act_nudge_down()

    def act_nudge_up(self) -> None:
        """One event on in the past, else the draft's price up."""
        if self.past is not None:
            self._step_event(1)
        else:
            super().act_nudge_up()

    def act_recentre(self) -> None:
        """Back to now, else centre the ladder."""
        if self.past is not None:
            self.leave_past()
        else:
            super().act_recentre()

    def act_back(self) -> None:
        """Close a strip, step back to now, else what Esc does in the present."""
        if self.past is not None and self.strip is None:
            self.leave_past()
        else:
            super().act_back()

    def act_inside(self) -> None:
        """Refuse in the past, which knows levels as a whole."""
        if self.past is not None:
            self.note("the past shows levels, not the orders inside: Space goes back to now", Severity.WARN)
        else:
            super().act_inside()

    def act_arm(self) -> None:
        """Refuse in the past."""
        if self.past is not None:
            self.note(PAST_REFUSES, Severity.WARN)
        else:
            super().act_arm()

    def switch_symbol(self, symbol: str, *, group: int = 1, top_row: int | None = None) -> None:
        """Show another pair as it is now."""
        self.leave_past()
        super().switch_symbol(symbol, group=group, top_row=top_row)

    def activate(self, at: int) -> None:
        """Go to another ladder as it is now."""
        self.leave_past()
        super().activate(at)

    # Moving

    def _step(self, seconds: int) -> None:
        past = self.past
        if past is None:
            self.note("T goes to the past; these keys step through it")
            return
        last_ns = max(past.last_ns, self.status.now_ns if self.status is not None else 0)
        wanted = self._want_ns + seconds * NS_PER_S
        if not past.first_ns <= wanted <= last_ns:
            self.note("the present: nothing is later" if wanted > last_ns else "the recording begins here")
        self._go(at_ns=max(past.first_ns, min(wanted, last_ns)))

    def _step_event(self, events: int) -> None:
        past = self.past
        if past is None:
            return
        wanted = self._want_state + events
        if wanted < past.first:
            self.note("the recording begins here")
        self._go(state=max(past.first, wanted))

    def _go(self, *, at_ns: int = 0, state: int = 0) -> None:
        """Ask for a moment; while an answer is due only the newest wish is kept."""
        if self.gone:
            self.note(f"not asked: {self.gone}", Severity.BAD)
            return
        if self.past is None:
            self._past_top = self.shown.top_row
        self._by_event = bool(state)
        self._want_ns, self._want_state = at_ns or self._want_ns, state or self._want_state
        self._ask_past(AskPast(0, self.symbol, self.shown.rows, state, at_ns, self._past_top, self.shown.group))

    def _ask_past(self, ask: AskPast) -> None:
        if self._asked:
            self._next = ask
        else:
            self._asked = self.session.ask_past(ask)

    def review_past(self, top_row: int | None) -> None:
        """Ask for the same moment in another window."""
        if self.past is not None:
            self._past_top = top_row
            self._go(state=self._want_state)

    def past_cursor(self, row: int) -> None:
        """Scroll the past when the cursor leaves the window."""
        top, rows = self._past_top, self.shown.rows
        if top is not None and row > top:
            self.review_past(row + rows // 4)
        elif top is not None and row <= top - rows:
            self.review_past(row + rows - 1 - rows // 4)

    def on_past(self, past: Past) -> None:
        """Show a moment of the past, or say why there is none."""
        if past.id != self._asked or past.symbol != self.symbol:
            return
        self._asked = 0
        if past.ladder is None:
            self.note(past.reason, Severity.WARN)
            self.leave_past()
            return
        if self._next is not None:
            ask, self._next = self._next, None
            self._asked = self.session.ask_past(ask)
        else:
            self._arrived(past)
        first = self.past is None
        self.past = past
        if first:
            self.drop_draft()
            self.disarm()
            if self.ladder.opened is not None:
                self.open_level(None)
            self.add_class("-past")
            self.note("the ladder shows the past, all else is now; cancels and kill work")
        self.ladder.apply(past.ladder)
        self.ladder.caption("PAST")
        self.paint_past()

    def _arrived(self, past: Past) -> None:
        """Note where we are; show the market of then if it is out of the window."""
        assert past.ladder is not None
        self._want_state = past.state
        if self._by_event:
            self._want_ns = past.at_ns
        if self._past_top is None:
            self._past_top = past.ladder.top_row
        elif self.ladder.cursor_row is None and presenter.market_outside(past.ladder, self.shown.rows):
            self._past_top = None
            self._go(state=past.state)

    def leave_past(self) -> None:
        """Show now again, at once: the newest view is here already."""
        self._asked, self._next = 0, None
        if self.past is None:
            return
        self.past = None
        self.remove_class("-past")
        self.note("back: the ladder shows now")
        book = self.book
        self.ladder.caption("")
        if book is not None:
            self.ladder.apply(book)
        self.paint_ticket()

    def paint_past(self) -> None:
        """Say how far back the ladder is, and by which keys it moves."""
        past, status = self.past, self.status
        if past is None or status is None:
            return
        age_ms = max(0, status.now_ns - self._want_ns) // NS_PER_MS
        self.query_one(PastStrip).tell(past, age_ms)

    def window_of_past(self, changes: dict[str, object]) -> None:
        """Follow a change of the window while the past is shown."""
        if self.past is not None and {"rows", "group", "top_row"} & changes.keys():
            fixed = "group" not in changes and "top_row" not in changes
            self.review_past(self._past_top if fixed else None)
