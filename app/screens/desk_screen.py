"""What the key handlers of the trade screen share: state, panes and small services."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from textual.screen import Screen
from textual.widget import Widget

from app.clock import NS_PER_S, Clock
from app.link.frames import Event, Frame, LadderView, OrderRow, PairRow, Severity, StatusView
from app.link.messages import Origin, SetView
from app.link.past_frames import Past
from app.screens import layout, presenter
from app.screens.desk import Desk, Strip
from app.screens.guards import CapsWatch, DoublePress, Pace, Prefix, RepeatGuard, Sight
from app.screens.note import NoteLine
from app.screens.options import Left, ScreenOptions
from app.screens.preferences import Preferences
from app.screens.session import Session
from widgets.ladder import Ladder
from widgets.ladder_columns import ALL
from widgets.ticket import Ticket

EVENTS_KEPT = 2000
NOTE_NS = 12 * NS_PER_S
"""A note is taken away after this time."""


PAST_REFUSES = "PAST: no new orders here; Space goes back to now; cancels and kill work"


class DeskScreen(Screen[None]):
    """State and services of the trade screen.

    Args:
        clock: For all guards.
        options: Settings of this screen.
    """

    def __init__(self, clock: Clock, options: ScreenOptions) -> None:
        super().__init__()
        self.clock = clock
        self.options = options
        self.preferences = Preferences(options.remembered)
        self.desk = Desk(clock)
        self.strip: Strip | None = None
        self.frame = Frame(0)
        self.events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self.pairs: tuple[PairRow, ...] = ()
        self.shown = SetView("", 0)
        self.selected = 0
        self.confirmed = False
        self.cancel_guard = RepeatGuard(clock)
        self.strip_guard = RepeatGuard(clock)
        self.preview_pace = Pace(clock)
        self.kill_press = DoublePress(clock)
        self.caps = CapsWatch()
        self.sight = Sight(clock)
        self.prefix = Prefix(clock)
        self.gone = ""
        self.past: Past | None = None
        self.pane: Widget | None = None
        self.ladders = [Ladder(id="ladder", classes="pane -active")]
        self.active = 0
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """The conversation with the engine."""
        assert self._session is not None, "the screen is used before it was attached"
        return self._session

    @property
    def keymap(self) -> Mapping[str, str]:
        """The user's changes of keys."""
        return self.options.keymap

    @property
    def symbol(self) -> str:
        """The pair that is shown."""
        return self.shown.symbol

    @property
    def ladder(self) -> Ladder:
        """The ladder that the keys act on."""
        return self.ladders[self.active]

    @property
    def wanted_columns(self) -> frozenset[str]:
        """Columns of the ladders that the user wants."""
        return ALL - frozenset(self.preferences.now.hidden)

    @property
    def book(self) -> LadderView | None:
        """The newest view of the shown book, if it is of the shown pair."""
        view = self.frame.ladder
        return view if view is not None and view.symbol == self.symbol else None

    @property
    def status(self) -> StatusView | None:
        """The newest status."""
        return self.frame.status

    @property
    def orders(self) -> tuple[OrderRow, ...]:
        """Own orders, as in the newest frame."""
        return self.frame.orders or ()

    @property
    def armed(self) -> bool:
        """Whether money keys act."""
        return self.status is not None and self.status.armed and not self.gone

    @property
    def refusal(self) -> str:
        """Why no new order may be sent now; empty if it may."""
        if self.gone:
            return f"{self.gone}: nothing can be sent"
        if self.past is not None:
            return PAST_REFUSES
        return presenter.refusal(self.status, self.book, pen=self.session.pen, holder=self.session.holder)

    @property
    def unseen(self) -> str:
        """Why a draft would not be seen; empty if ladder and ticket show the present."""
        if self.past is not None:
            return PAST_REFUSES
        if layout.visible(self.ladder) and layout.visible(self.query_one(Ticket)):
            return ""
        return "ladder and ticket are out of sight: 1 shows them, or a larger terminal; : takes typed orders"

    @property
    def chosen_order(self) -> OrderRow | None:
        """The order that the order keys act on."""
        return presenter.chosen(self.orders, self.symbol, self.selected)

    def note(self, text: str, severity: Severity = Severity.INFO) -> None:
        """Say something on the note line."""
        self.query_one(NoteLine).say(text, severity)

    def send_line(self, text: str, origin: Origin, confirm: str = "") -> bool:
        """Send a line of the grammar; say so, or say that it did not leave.

        Returns:
            Whether it left.
        """
        if self.session.execute(text, self.symbol, origin, confirm):
            self.note(f"sent: {text} …")
            return True
        self.note(f"not sent: {text}: {self.gone or 'the engine is gone'}", Severity.BAD)
        return False

    def drop_draft(self) -> bool:
        """Take draft and strip away; return whether there was one."""
        had = self.desk.drop() or self.strip is not None
        self.strip = None
        self.paint_ticket()
        return had

    def focus_pane(self, pane: Widget | None, *, disarm: bool) -> None:
        """Focus a pane at once; a draft or strip does not move along.

        Args:
            pane: The pane; None where the page has none that takes keys.
            disarm: Whether leaving the pane also ends ARMED: it does when the
                focus itself was moved, not when only the page was changed.
        """
        before, self.pane = self.pane, pane
        self.set_focus(pane)
        if before is pane:
            return
        if self.drop_draft():
            self.note("dropped: the draft stays with its pane, nothing was sent")
        if disarm:
            self.disarm()

    def disarm(self) -> None:
        """Go back to VIEW if the keys are armed."""
        if self.armed:
            self.session.execute("disarm", self.symbol, Origin.KEY)

    def paint_ticket(self) -> None:
        """Show the draft, the strip and what they would do."""
        raise NotImplementedError

    def paint_orders(self) -> None:
        """Show the orders and which one is selected."""
        raise NotImplementedError

    def show_view(self, **changes: object) -> None:
        """Change what the engine sends and tell it."""
        raise NotImplementedError

    def leave(self, how: Left) -> None:
        """End the application."""
        raise NotImplementedError
