"""The trade screen: panes, keys, and what arrives from the engine."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from app.clock import Clock
from app.domain.grammar import parse
from app.domain.grammar_tokens import GrammarError
from app.domain.statements import Arm, Help, OrderRef, Quit, Symbol, Why
from app.link.frames import Event, Frame, PairRow, Severity
from app.link.link import merge_frames
from app.link.messages import Answer, FixAnswer, Limits, Origin, Outcome, SetView, Welcome
from app.link.messages import Why as WhyAnswer
from app.link.preview_frame import PreviewView
from app.screens import amount, key_prices, layout, presenter, ticket_view
from app.screens.actions import BY_COMMAND, bindings
from app.screens.command_line import CommandBar
from app.screens.desk import Fault
from app.screens.fix_page import FixPage
from app.screens.guards import RepeatGuard
from app.screens.market_keys import MarketKeys
from app.screens.note import HintBar, NoteLine
from app.screens.options import Left, ScreenOptions
from app.screens.page import TextPage, limits_content, why_content
from app.screens.past_keys import PastKeys
from app.screens.past_strip import PastStrip
from app.screens.picker import SymbolPicker
from app.screens.session import STOP, Pending, Session
from app.screens.tape_keys import TapeKeys
from widgets.balances import Balances
from widgets.blotter import Blotter
from widgets.commandline import CommandLine
from widgets.depth import Depth
from widgets.events import Events
from widgets.gauge import Gauge
from widgets.heat import HeatMap
from widgets.helpers import Helpers
from widgets.ladder import Ladder
from widgets.ladder_inside import HEADS
from widgets.lines import LinePane
from widgets.orders import Orders
from widgets.paint import CellDiffApp
from widgets.positions import Positions
from widgets.statusbar import StatusBar
from widgets.tape import Tape
from widgets.text import clean
from widgets.ticket import Ticket

TICK_S = 0.1
PIN_TRIES = 10
"""A ladder that was to be centred is pinned after so many frames even if it is not."""

BELL_MS = 1000
"""Bad news closer together than this ring once."""

MIN_PINNED = 3
"""Rows from which a window is worth holding."""

_SEVERITY = {Outcome.ACCEPTED: Severity.GOOD, Outcome.REFUSED: Severity.BAD, Outcome.UNKNOWN: Severity.WARN}


class TradeScreen(PastKeys, TapeKeys, MarketKeys):
    """The one screen that is always there; it shows what the session brings.

    Args:
        clock: For all guards.
        options: Settings of this screen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    AUTO_FOCUS = ""

    def __init__(self, clock: Clock, options: ScreenOptions) -> None:
        super().__init__(clock, options)
        self._pin_tries = 0
        self._bell = RepeatGuard(clock, BELL_MS)

    def compose(self) -> ComposeResult:
        """Build the panes; what is seen of them is known first, so that they are styled once."""
        layout.set_size(self, self.app.size)
        layout.set_page(self, 1)
        yield StatusBar(id="status")
        with Horizontal(id="upper"):
            with Vertical(id="left"):
                yield Balances(id="balances", classes="pane")
                yield Positions(id="positions", classes="pane")
                yield HeatMap(id="heat", classes="pane")
            yield self.ladder
            with Vertical(id="right"):
                yield Ticket(id="ticket", classes="pane")
                yield Gauge(id="gauge", classes="pane")
                yield Depth(id="depth", classes="pane")
                yield Tape(id="tape", classes="pane")
        with Horizontal(id="lower"):
            yield Orders(id="orders", classes="pane")
            yield Helpers(id="helpers", classes="pane")
            yield Events(id="events", classes="pane")
        yield Static(id="tiny", markup=False)
        yield Static(id="brief", markup=False)
        yield NoteLine(self.clock)
        yield CommandBar(self.clock)
        yield HintBar(self.keymap)
        yield PastStrip()
        yield Static(id="plate", markup=False)

    @property
    def closing(self) -> bool:
        """Whether the program is taking the screen down; its panes go before it does."""
        return not self.app.is_running

    def attach(self, session: Session) -> None:
        """Give the screen its conversation with the engine; before it is mounted."""
        self._session = session

    def on_mount(self) -> None:
        """Start on page 1 with the ladder in focus, then read the link."""
        for pane in layout.PANES[1:]:
            self.query_one(f"#{pane.id}").border_title = Content(pane.name)
        self.focus_pane(self.ladder, disarm=False)
        self.set_interval(TICK_S, self._tick)
        self.app.run_worker(self.session.run(), name="link", group="link")

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout for the new size."""
        layout.set_size(self, event.size)
        self.place_ladders()
        self.query_one("#tiny", Static).update(Content(layout.too_small(event.size)))
        if self.ladder.cursor_row is None and self.desk.draft is None:
            self.shown = msgspec.structs.replace(self.shown, top_row=None)

    def _tick(self) -> None:
        """Ten times a second: notice stalls, age the note, end the beat on the ticket."""
        if isinstance(self.app, CellDiffApp) and self.sight.lost(behind=self.app.behind, frames=self.app.frames):
            self.desk.unseen()
        if isinstance(self.app, CellDiffApp):
            self.query_one(StatusBar).terminal(round(self.app.receipts.trip_s * 1000))
        if self.desk.heartbeat() and self.desk.draft is not None:
            self.note("the picture stood still: the draft waits anew", Severity.WARN)
        self.query_one(NoteLine).age()
        self.paint_past()
        self.want_market()
        self.want_beside()
        self.refresh_preview()
        if self.desk.draft is not None:
            self.paint_ticket()

    # Keys

    def typed(self, event: events.Key | events.Paste) -> bool:
        """Take a key or a paste of the terminal before any binding; in the order of typing.

        Args:
            event: What was typed.

        Returns:
            Whether it is done with: it went into the command line, or was the
            second key of a sequence.
        """
        if self.armed:
            self.session.touch()
        bar = self.query_one(CommandBar)
        if bar.is_open:
            bar.typed(event)
            return True
        if isinstance(event, events.Paste):
            return False
        if self.desk.editor.open:
            self.edit_key(event)
            return True
        first = self.prefix.take()
        if first:
            self._second_key(first, event)
            return True
        if self.caps.suspect(event.character) and self.strip is None:
            self.note("two capitals in a row: is Caps Lock on?", Severity.WARN)
        return False

    def _second_key(self, first: str, event: events.Key) -> None:
        letter = event.character or ""
        if event.key == "enter":
            self.desk.pressed_enter()  # held on, it must not send the draft either
        if event.key == "escape":
            self.note("")
        elif first == "n" and letter.isdigit():
            self.take_preset(int(letter))
        elif first == "g":
            self.go_to_pane(letter)
        else:
            self.note(f"{first} {letter or event.key}: nothing is there")

    def on_paste(self, event: events.Paste) -> None:
        """Ignore pastes outside inputs: a pasted text is not a row of decisions."""
        event.stop()
        self.note("a paste was ignored: open the command line with : first", Severity.WARN)

    def action_act(self, name: str) -> None:
        """Carry out an action of the registry."""
        getattr(self, f"act_{name}")()

    @on(events.DescendantFocus)
    def _focus_moved(self, event: events.DescendantFocus) -> None:
        """Follow a focus that no key moved: a click, or a pane that was hidden by a new size."""
        if isinstance(event.widget, LinePane) and event.widget is self.focused:
            self.focus_pane(event.widget, disarm=True)

    # The command line

    @on(CommandLine.Changed)
    def _line_changed(self, event: CommandLine.Changed) -> None:
        self.query_one(CommandBar).touch()
        if event.value.strip():
            self.session.preview(event.value, self.symbol)

    @on(CommandBar.Held)
    def _line_held(self) -> None:
        self.note("Enter came with the text or was held: look at the line, then Enter", Severity.WARN)

    @on(CommandBar.Left)
    def _line_left(self) -> None:
        self._refocus()

    @on(CommandLine.Submitted)
    def _line_entered(self, event: CommandLine.Submitted) -> None:
        text = event.value.strip().removeprefix(":").strip()
        if not self.query_one(CommandBar).accept(text):
            return
        self.desk.pressed_enter()  # held on, it must not send the draft under the line
        self._refocus()
        if not text:
            return
        action = BY_COMMAND.get(text.lower())
        if action is not None:
            self.action_act(action.id)
            return
        try:
            statements = parse(text, self.symbol)
        except GrammarError as error:
            self.open_line(text)
            self.note(f"not sent: {error}", Severity.BAD)
            return
        match statements:
            case (Symbol(symbol),):
                self.switch_symbol(symbol)
            case (Help(),):
                self.act_help()
            case (Why(target),):
                self._why(target)
            case (Quit(),):
                self.act_quit()
            case (Arm(),) if not self.armed:
                self.act_arm()
            case _:
                self.send_line(text, Origin.LINE)

    def _why(self, target: OrderRef) -> None:
        number = target.row or presenter.numbered(self.orders, target.order_id)
        if number:
            self.show_why(number)
        else:
            self.note(f"no order {target.order_id} is known here: name it by its number", Severity.WARN)

    def _refocus(self) -> None:
        self.remove_class("-typing")
        self.set_focus(self.pane)

    # The ladder's window

    @on(Ladder.WindowChanged)
    def _window_changed(self, event: Ladder.WindowChanged) -> None:
        if event.rows > 0 and event.ladder is self.ladder:
            self.show_view(rows=event.rows, inside_rows=max(0, event.rows - HEADS))

    @on(Ladder.CursorMoved)
    def _cursor_moved(self, event: Ladder.CursorMoved) -> None:
        """Scroll the window when the cursor leaves it."""
        if event.ladder is not self.ladder:
            return
        top, rows, row = self.shown.top_row, self.shown.rows, event.row
        if self.past is not None and row is not None:
            self.past_cursor(row)
            return
        if row is not None and self.ladder.opened is not None:
            self.open_level(row)
        if row is None or top is None:
            return
        if row > top:
            self.show_view(top_row=row + rows // 4)
        elif row <= top - rows:
            self.show_view(top_row=row + rows - 1 - rows // 4)

    def show_view(self, **changes: object) -> None:
        """Change what the engine sends and tell it."""
        old = self.shown
        self.shown = msgspec.structs.replace(old, fps=self.options.fps, **changes)
        if self.shown.top_row is None:
            self._pin_tries = PIN_TRIES
        if self.shown.symbol and self.shown.rows > 0 and not self.gone:
            self.session.show(self.shown)
        self.window_of_past(changes)

    def _pin(self) -> None:
        """Hold the window where it is once it is centred: prices must not move under the cursor."""
        book = self.book
        if self.shown.top_row is not None or self.shown.rows < MIN_PINNED or book is None or not book.rows:
            return
        self._pin_tries -= 1
        if presenter.centred(book, self.shown.rows) or self._pin_tries <= 0:
            self.shown = msgspec.structs.replace(self.shown, top_row=book.top_row)
            self.session.show(self.shown)

    # What the session brings

    def on_welcome(self, welcome: Welcome) -> None:
        """Attached: ask for a view, say who trades."""
        self.gone = ""
        self.remove_class("-gone")
        self.desk.beat_ms = welcome.beat_ms
        if not self.symbol:
            if welcome.presets:
                self.desk.first_size = amount.preset(welcome.presets[0], welcome.symbol)
            self.shown = SetView(self.options.symbol or welcome.symbol, self.shown.rows)
            self.restore_beside()
            self.want_columns()
        self.show_view(rows=self.ladder.window_rows or self.shown.rows or int(self.has_class("-tiny")))
        if welcome.missed:
            self.note(f"{welcome.missed} events happened meanwhile and are no longer kept", Severity.WARN)
        elif not welcome.pen:
            self.note(presenter.view_only(welcome.mode, welcome.holder), Severity.WARN)
        self.paint_ticket()

    def on_gone(self, reason: str, attempt: int) -> None:
        """Say that the engine is away, grey the book, drop the draft."""
        if not self.children:
            return  # the screen is being taken down
        self.gone = clean(reason)
        self.drop_draft()
        self.leave_past()
        self.add_class("-gone")
        text = f"ENGINE AWAY  {self.gone}\nOrders at the venue stay as they are. Trying again ({attempt}); q leaves."
        self.query_one("#plate", Static).update(Content(text))
        self.remove_class("-armed")
        self._paint_book(presenter.aged(self.frame))
        self.age_beside()

    def on_frame(self, frame: Frame) -> None:
        """Paint what changed."""
        self.frame = merge_frames(self.frame, frame)
        self.set_class(self.armed, "-armed")
        self.set_class(self.status is not None and self.status.mode == "REAL", "-real")
        with self.app.batch_update():
            self._paint_book(frame)
            self._paint_rest(frame)
        if frame.status is not None or frame.ladder is not None:
            self.paint_ticket()
        if frame.ladder is not None or frame.balances is not None or frame.gauge is not None:
            self.preview_pace.change()
            self.refresh_preview()

    def _paint_book(self, frame: Frame) -> None:
        if frame.status is not None:
            for ladder in self.ladders:
                ladder.explain(presenter.stale_reason(frame.status))
        self.paint_beside(frame)
        if frame.ladder is not None and frame.ladder.symbol == self.symbol and self.past is None:
            self.ladder.apply(frame.ladder)
            self._pin()
            self.follow(frame.ladder)
        trust = frame.ladder.trust if frame.ladder is not None else None
        if frame.status is not None or trust is not None:
            self.query_one(StatusBar).apply(frame.status, trust)

    def _paint_rest(self, frame: Frame) -> None:
        if frame.orders is not None or frame.status is not None:
            self.paint_orders()
        if frame.helpers is not None:
            self.query_one(Helpers).apply(frame.helpers)
            self.query_one(Orders).caption(presenter.helper_words(frame.helpers))
            self._paint_brief()
        if frame.tape is not None:
            self.tape.apply(frame.tape)
            self.name_tape()
        self.paint_market(frame)
        if frame.balances is not None:
            self.query_one(Balances).apply(frame.balances)
        if frame.positions is not None:
            self.query_one(Positions).apply(frame.positions)
        if frame.gauge is not None:
            prices = key_prices.of_order(self.chosen_order, self.status, frame.gauge)
            self.query_one(Gauge).apply(frame.gauge, prices, keyless=presenter.keyless(self.status))

    def on_event_line(self, event: Event) -> None:
        """Keep and show an event."""
        self.events.append(event)
        self.query_one(Events).apply((event,))
        self._paint_brief()
        if event.severity is Severity.BAD and self._bell.fresh():
            self.app.bell()

    def on_answer(self, request: Pending, answer: Answer) -> None:
        """Say what became of a line."""
        if request.text == STOP:
            self.leave(Left.STOPPED)
            return
        if request.text == "arm" and answer.outcome is Outcome.ACCEPTED:
            self.confirmed = True
        sign = "? " if answer.outcome is Outcome.UNKNOWN else ""
        layer = f" [{answer.layer}]" if answer.layer and answer.outcome is not Outcome.ACCEPTED else ""
        hint = f" → {answer.hint}" if answer.hint else ""
        if answer.outcome is Outcome.REFUSED and answer.term and not self.unseen:
            self._take_back(request, answer)
        self.note(f"{sign}{request.text}: {answer.text}{layer}{hint}", _SEVERITY[answer.outcome])
        self.paint_ticket()

    def _take_back(self, request: Pending, answer: Answer) -> None:
        """Put a refused draft back into the ticket, its field at fault marked; nothing is lost."""
        if self.desk.take_back(request.text, self.symbol, Fault(answer.term, answer.text)):
            self.ask_preview()

    def on_preview(self, text: str, view: PreviewView) -> None:
        """Show what a text would do: in the ticket, or above the command line."""
        if self.desk.draft is not None and self.desk.draft.line() == text:
            if self.desk.previewed(view):
                self.note(f"it got worse: {view.qty} at {view.price or 'the market'} now; look again, then Enter")
            self.paint_ticket()
        else:
            bar = self.query_one(CommandBar)
            if bar.is_open and bar.value == text:
                bar.apply(view)

    def on_page(self, page: WhyAnswer | Limits | FixAnswer) -> None:
        """Fill the page that asked."""
        if isinstance(page, FixAnswer):
            if isinstance(opened := self.app.screen, FixPage):
                opened.fill(page)
            return
        if isinstance(shown := self.app.screen, TextPage) and shown.request == page.id:
            shown.fill(why_content(page) if isinstance(page, WhyAnswer) else limits_content(page))

    def on_pairs(self, pairs: tuple[PairRow, ...]) -> None:
        """Keep the pairs and hand them to the picker."""
        self.pairs = pairs
        if isinstance(picker := self.app.screen, SymbolPicker):
            picker.fill(pairs)

    def on_pen(self, *, mine: bool, holder: str) -> None:
        """Say who may trade now."""
        if mine:
            self.note("this screen holds the pen now", Severity.GOOD)
        else:
            self.drop_draft()
            self.note(f"{holder or 'nobody'} took the pen: view only; P takes it back", Severity.WARN)

    # Painting

    def paint_ticket(self) -> None:
        """Show the draft, the strip and what they would do."""
        draft = ticket_view.draft_view(
            self.desk,
            symbol=self.symbol,
            armed=self.armed,
            sending=any(request.text.startswith(("buy", "sell", "amend")) for request in self.session.waiting),
            presets=self.session.welcome.presets if self.session.welcome else (),
            view_only=presenter.NO_KEY if presenter.keyless(self.status) else "",
        )
        self.set_class(self.desk.editor.open, "-editing")
        ticket = self.query_one(Ticket)
        ticket.caption(ticket_view.ticket_words(self.desk.ticket(self.symbol)))
        ticket.apply(draft, self.desk.preview)
        self.query_one(NoteLine).ask(ticket_view.strip_text(self.desk, self.strip))

    def paint_orders(self) -> None:
        """Show the orders and which one is selected."""
        pane = self.query_one(Orders)
        pane.apply(self.frame.orders, self.status.now_ns if self.status else 0, self.symbol)
        order = self.chosen_order
        with pane.prevent(Blotter.CursorMoved):
            pane.cursor_key = order.key if order is not None else None
        self._paint_brief()

    @on(Blotter.CursorMoved)
    def _order_chosen(self, event: Blotter.CursorMoved) -> None:
        if isinstance(event.blotter, Orders) and (order := event.blotter.order(event.key)) is not None:
            self.selected = order.number

    def _paint_brief(self) -> None:
        last = self.events[-1] if self.events else None
        gauge = None if presenter.keyless(self.status) else self.frame.gauge
        prices = key_prices.of_order(self.chosen_order, self.status, gauge)
        text = presenter.brief(self.chosen_order, last, self.frame.helpers or (), gauge, prices)
        self.query_one("#brief", Static).update(Content(text), layout=False)

    def leave(self, how: Left) -> None:
        """End the application."""
        self.app.exit(how)
