"""Keys that move about: ladder, panes, dialogs, session. None of them trades."""

from __future__ import annotations

import themes
from app.link.frames import Severity
from app.screens import layout, presenter
from app.screens.command_line import CommandBar
from app.screens.desk_screen import DeskScreen
from app.screens.dialogs import Leave, QuitDialog
from app.screens.fix_page import FixPage
from app.screens.help import HelpScreen
from app.screens.log import LogScreen
from app.screens.options import Left
from app.screens.page import TextPage
from app.screens.picker import SymbolPicker
from widgets.blotter import Blotter
from widgets.depth import Depth
from widgets.events import Events
from widgets.heat import HeatMap
from widgets.paint import CellDiffApp
from widgets.tape import Tape

GROUPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Ticks per ladder row."""

STOP_S = 5.0
"""An engine that was told to end has this time to answer."""


class ViewKeys(DeskScreen):
    """Handlers of the actions in the groups Ladder, Screen and Session."""

    def act_cursor_up(self) -> None:
        """Move the cursor of the pane in focus up."""
        self._move(1)

    def act_cursor_down(self) -> None:
        """Move the cursor of the pane in focus down."""
        self._move(-1)

    def act_page_up(self) -> None:
        """Move the cursor up by half a page."""
        self._move(max(1, self.ladder.window_rows // 2))

    def act_page_down(self) -> None:
        """Move the cursor down by half a page."""
        self._move(-max(1, self.ladder.window_rows // 2))

    def _move(self, rows: int) -> None:
        pane = self.focused
        if isinstance(pane, Blotter):
            pane.move_cursor(-rows)
        elif isinstance(pane, Events):
            pane.scroll_back(rows)
        else:
            self.ladder.move_cursor(rows)

    def act_recentre(self) -> None:
        """Centre the ladder on the market and forget the cursor."""
        self.ladder.clear_cursor()
        self.show_view(top_row=None)

    def act_group_less(self) -> None:
        """Show finer rows."""
        self._regroup(-1)

    def act_group_more(self) -> None:
        """Show coarser rows."""
        self._regroup(1)

    def _regroup(self, step: int) -> None:
        at = GROUPS.index(self.shown.group) if self.shown.group in GROUPS else 0
        group = GROUPS[max(0, min(len(GROUPS) - 1, at + step))]
        if group != self.shown.group:
            self.ladder.clear_cursor()
            self.ladder.open_level(None)
            self.show_view(group=group, top_row=None, inside=None)
            self.note(f"{group} tick{'s' if group > 1 else ''} a row")

    def act_help(self) -> None:
        """Show all keys."""
        self.app.push_screen(HelpScreen(self.keymap))

    def act_command(self) -> None:
        """Open the command line."""
        self.open_line("")

    def open_line(self, text: str) -> None:
        """Open the command line with a text in it."""
        line = self.query_one(CommandBar)
        line.symbols = [self.symbol, *(pair.symbol for pair in self.pairs)]
        line.rows = max((order.number for order in self.orders), default=0)
        self.add_class("-typing")
        line.open(text)

    def act_symbol(self) -> None:
        """Choose a pair."""
        self.session.list_pairs()
        self.app.push_screen(SymbolPicker(self.pairs, self.symbol), self._picked)

    def _picked(self, symbol: str | None) -> None:
        if symbol:
            self.switch_symbol(symbol)

    def switch_symbol(self, symbol: str, *, group: int = 1, top_row: int | None = None) -> None:
        """Show another pair: the draft is dropped and the keys are disarmed."""
        if symbol == self.symbol:
            return
        self.drop_draft()
        self.disarm()
        self.selected = 0
        self.ladder.clear_cursor()
        self.ladder.open_level(None)
        self.query_one(Tape).hold(on=False)
        self.query_one(HeatMap).apply(None)
        self.query_one(Depth).apply(None)
        self.show_view(symbol=symbol, group=group, top_row=top_row, inside=None, tape_least=0)
        self.note(f"{symbol}: keys are disarmed after a change of pair")

    def act_layout_trade(self) -> None:
        """Show the trading panes."""
        self.show_page(1)

    def act_layout_orders(self) -> None:
        """Show orders and events."""
        self.show_page(2)

    def act_layout_account(self) -> None:
        """Show balances, positions and limits."""
        self.show_page(3)

    def act_layout_market(self) -> None:
        """Show heat map, depth profile, time & sales."""
        self.show_page(4)

    def show_page(self, page: int) -> None:
        """Show one of the pages and focus its first pane; the keys stay armed, a draft is dropped."""
        self.turn_to(page)
        name = layout.first_pane(page)
        first = self.ladder if name == "ladder" else self.query_one(f"#{name}")
        self.focus_pane(first if first.can_focus else None, disarm=False)

    def turn_to(self, page: int) -> None:
        """Show a page; the focus stays."""
        layout.set_page(self, page)

    def act_pane(self) -> None:
        """Wait for the letter of a pane."""
        self.prefix.begin("g")
        self.note("go to: " + "  ".join(f"{pane.letter} {pane.name}" for pane in layout.PANES))

    def go_to_pane(self, letter: str) -> None:
        """Focus the pane of a letter, on the page that has it."""
        for pane in layout.PANES:
            if pane.letter == letter:
                widget = self.ladder if pane.id == "ladder" else self.query_one(f"#{pane.id}")
                if not layout.on_page(self, pane):
                    self.turn_to(pane.page)
                self.note("")
                self.focus_pane(widget if widget.can_focus else self.pane, disarm=True)
                return
        self.note(f"no pane {letter!r}: " + " ".join(pane.letter for pane in layout.PANES))

    def act_pane_next(self) -> None:
        """Focus the next pane."""
        self.focus_pane(self.focus_next(".pane"), disarm=True)

    def act_pane_previous(self) -> None:
        """Focus the pane before."""
        self.focus_pane(self.focus_previous(".pane"), disarm=True)

    def act_log(self) -> None:
        """Show all events."""
        self.app.push_screen(LogScreen(tuple(self.events)))

    def act_why(self) -> None:
        """Show the story of the selected order, also after it ended."""
        order = next((row for row in self.orders if row.number == self.selected), self.chosen_order)
        number = order.number if order is not None else max((row.number for row in self.orders), default=0)
        if number:
            self.show_why(number)
        else:
            self.note("no orders yet: nothing to tell")

    def show_why(self, number: int) -> None:
        """Ask for the story of an order and open its page."""
        request = self.session.ask_why(number)
        if request:
            self.app.push_screen(TextPage(f"Why #{number}", "w", request))
        else:
            self.note(f"not asked: {self.gone}", Severity.BAD)

    def act_limits(self) -> None:
        """Show the limits of the risk gate."""
        request = self.session.ask_limits(self.symbol)
        if request:
            self.app.push_screen(TextPage(f"Limits on {self.symbol}", "L", request))
        else:
            self.note(f"not asked: {self.gone}", Severity.BAD)

    def act_fix(self) -> None:
        """Show the FIX sessions and their messages."""
        self.app.push_screen(FixPage(self.session.ask_fix, "F"))

    def act_copy(self) -> None:
        """Copy the draft, or the selected order's ids."""
        order = self.chosen_order
        if self.desk.draft is not None:
            text = self.desk.draft.line()
        elif order is not None:
            text = f"{order.key} {order.order_id}".strip()
        else:
            self.note("nothing to copy: neither a draft nor an order")
            return
        self.app.copy_to_clipboard(text)
        self.note(f"copied: {text}")

    def act_repaint(self) -> None:
        """Paint the whole terminal again, whatever disturbed it."""
        if isinstance(self.app, CellDiffApp):
            self.app.repaint_all()

    def act_theme(self) -> None:
        """Change to the next theme."""
        names = themes.names()
        now = self.app.theme
        self.app.theme = names[(names.index(now) + 1) % len(names)] if now in names else names[0]
        self.note(f"theme {self.app.theme}")

    def act_pen(self) -> None:
        """Take the pen."""
        if self.session.pen:
            self.note("this screen holds the pen")
        elif self.session.take_pen():
            self.note("asking for the pen …")
        else:
            self.note(f"not asked: {self.gone}", Severity.BAD)

    def act_detach(self) -> None:
        """Leave; the engine goes on. With working orders, say first what becomes of them."""
        count = len(presenter.working(self.orders))
        if self.session.attached and self.session.pen and count:
            self._ask_to_leave(count, detach=True)
        else:
            self._let_go()

    def _let_go(self) -> None:
        there = self.session.attached
        self.session.detach()
        self.leave(Left.DETACHED if there else Left.GONE)

    def act_quit(self) -> None:
        """End the session; ask first what to do with working orders. Without a key there are none, and no pen."""
        may_end = self.session.pen or presenter.keyless(self.status)
        if not self.session.attached or not may_end:
            self.act_detach()
            return
        count = len(presenter.working(self.orders))
        if self.status is not None:
            count = max(count, self.status.working)
        if count == 0:
            self.end_session(cancel=False)
            return
        self._ask_to_leave(count, detach=False)

    def _ask_to_leave(self, count: int, *, detach: bool) -> None:
        """Ask what to do with working orders, and say what becomes of each if the link dies."""
        dialog = QuitDialog(
            count,
            practice=self.status is not None and self.status.mode == "PRACTICE",
            dead_man=presenter.dead_man_words(self.status),
            fates=presenter.fates(self.orders),
            detach=detach,
        )
        self.app.push_screen(dialog, self._quit_choice)

    def _quit_choice(self, choice: Leave | None) -> None:
        if choice is Leave.STOP:
            self.end_session(cancel=True)
        elif choice is Leave.KEEP:
            self._let_go()

    def end_session(self, *, cancel: bool) -> None:
        """Tell the engine to end; leave when it answered, went, or stayed silent too long."""
        if not self.session.stop_engine(cancel=cancel):
            self.leave(Left.GONE)
            return
        self.note("ending the session …" if not cancel else "cancelling the orders and ending the session …")
        self.set_timer(STOP_S, lambda: self.leave(Left.UNANSWERED))
