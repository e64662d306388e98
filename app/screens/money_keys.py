"""Keys that draft, send, amend and cancel. Each ends in a line of the `:` grammar."""

from __future__ import annotations

from app.domain.order import Side
from app.domain.statements import Close
from app.domain.working import OrderState
from app.link.frames import Severity
from app.link.messages import Origin
from app.screens import cancel_ladder, key_prices, presenter
from app.screens.desk import TOO_SOON, Held, Strip
from app.screens.dialogs import PhraseDialog
from app.screens.draft import Draft
from app.screens.ticket_keys import TicketKeys
from widgets.helpers import PAUSED, Helpers


class MoneyKeys(TicketKeys):
    """Handlers of the actions in the group Orders."""

    def act_arm(self) -> None:
        """Arm the money keys, or disarm them."""
        if self.armed:
            self.session.execute("disarm", self.symbol, Origin.KEY)
            return
        if not self.session.pen:
            self.note(self.refusal, Severity.WARN)
            return
        welcome = self.session.welcome
        if welcome is not None and welcome.confirm and not self.confirmed:
            self.app.push_screen(PhraseDialog(welcome.confirm, welcome.profile), self._arm_with)
            return
        self.desk.unseen()
        self.send_line("arm", Origin.KEY)

    def _arm_with(self, phrase: str | None) -> None:
        if phrase:
            self.send_line("arm", Origin.KEY, confirm=phrase)
        else:
            self.note("not armed")

    def act_buy(self) -> None:
        """Draft a buy at the cursor, or at the best bid."""
        self.draft_order(Side.BUY)

    def act_sell(self) -> None:
        """Draft a sell at the cursor, or at the best ask."""
        self.draft_order(Side.SELL)

    def act_take_buy(self) -> None:
        """Draft a buy that trades at once."""
        self.draft_order(Side.BUY, take=True)

    def act_take_sell(self) -> None:
        """Draft a sell that trades at once."""
        self.draft_order(Side.SELL, take=True)

    def act_send(self) -> None:
        """Send the draft, or do what the strip names."""
        if self.strip is not None:
            self._confirm_strip()
            return
        verdict = self.desk.enter(armed=self.armed, symbol=self.symbol, refusal=self.unseen or self.refusal)
        if isinstance(verdict, Held):
            if verdict.reason:
                self.note(verdict.reason, Severity.WARN)
        else:
            self.send_line(verdict, Origin.KEY)
        self.paint_ticket()

    def act_back(self) -> None:
        """Drop the draft, close the strip; without either, forget the cursor."""
        if self.drop_draft():
            self.note("dropped: nothing was sent")
        elif self.ladder.cursor_row is not None:
            self.ladder.clear_cursor()
        else:
            self.note("")

    def act_cancel(self) -> None:
        """Cancel the selected order."""
        fresh = self.cancel_guard.fresh()
        order = presenter.cancellable(self.orders, self.symbol, self.selected)
        if not fresh:
            return
        if order is None:
            self.note(f"no working order on {self.symbol} to cancel")
        elif order.state == OrderState.PENDING_CANCEL:
            self.note(f"#{order.number} is being cancelled already")
        else:
            self.send_line(f"cancel #{order.number}", Origin.KEY)

    def act_cancel_all(self) -> None:
        """Ask whether to cancel all orders of the pair; the same key again does it."""
        if self.strip is not None:
            self._confirm_strip()
            return
        rows = presenter.working(self.orders, self.symbol)
        known = self.status is not None and self.status.reconciled
        if not rows and known and not self.query_one(Helpers).lives_on(self.symbol):
            self.note(f"no orders on {self.symbol}")
            return
        cost = key_prices.cancels_words(rows, self.status)
        self._ask(f"CANCEL ALL {len(rows)} on {self.symbol} ({cost}): Enter or C does it", f"cancel all {self.symbol}")

    def act_cancel_wider(self) -> None:
        """Ask for a wider cancel than the one the strip names, beginning with the selected order's level."""
        if not self.strip_guard.fresh():
            return
        rungs = cancel_ladder.rungs(self.orders, self.chosen_order, self.symbol, self.status)
        if not rungs:
            self.note("no working orders to cancel")
            return
        lines = [rung.line for rung in rungs]
        now = self.strip.line if self.strip is not None else ""
        at = min(lines.index(now) + 1, len(rungs) - 1) if now in lines else 0
        rung = rungs[at]
        wider = f", X: {rungs[at + 1].what}" if at + 1 < len(rungs) else ""
        self.desk.drop()
        text = f"CANCEL {rung.what}: {rung.cost}"
        self.strip = Strip(f"{text}: Enter does it{wider}, Esc does not", rung.line, self.symbol)
        self.paint_ticket()

    def _confirm_strip(self) -> None:
        strip = self.strip
        if strip is None:
            return
        if not self.strip_guard.fresh():
            self.note(TOO_SOON, Severity.WARN)
            return
        self.strip = None
        self.paint_ticket()
        self.send_line(strip.line, Origin.KEY)

    def act_helper_pause(self) -> None:
        """Pause the selected helper, or resume it."""
        helper = self.query_one(Helpers).chosen()
        if helper is None:
            self.note("no helper is running: :twap, :chase, :scale or :bracket starts one")
        elif self.cancel_guard.fresh():
            self.send_line(f"{'resume' if helper.state == PAUSED else 'pause'} {helper.name}", Origin.KEY)

    def act_helper_stop(self) -> None:
        """Ask whether to stop the selected helper; the same key again does it."""
        helper = self.query_one(Helpers).chosen()
        if self.strip is not None:
            self._confirm_strip()
        elif helper is None:
            self.note("no helper is running")
        else:
            what = f"{helper.name} {helper.kind} {helper.side}".strip()
            self._ask(f"STOP {what}, {helper.done} of {helper.total} done: Enter or U does it", f"stop {helper.name}")

    def _ask(self, text: str, line: str) -> None:
        """Open a strip: what it names waits for a second key."""
        self.desk.drop()
        self.strip_guard.fresh()
        self.strip = Strip(f"{text}, Esc does not", line, self.symbol)
        self.paint_ticket()

    def act_kill(self) -> None:
        """On the second press within a second cancel everything and refuse new orders."""
        if not self.kill_press.press():
            self.app.bell()
            rows = presenter.working(self.orders)
            cost = key_prices.everything_words(rows, self.status)
            self.note(f"KILL: Ctrl+K once more within a second cancels everything: {cost}", Severity.BAD)
            return
        self.drop_draft()
        self.send_line("kill", Origin.KEY)

    def act_amend(self) -> None:
        """Draft a change of the selected order: its terms are in the ticket, the advice under them."""
        order = self.chosen_order
        if self.unseen:
            self.note(self.unseen, Severity.WARN)
        elif order is None:
            self.note(f"no working order on {self.symbol} to amend")
        else:
            self.draft_change(order)

    def act_close(self) -> None:
        """Draft the close of the position on this pair."""
        reason = self.why_no_draft()
        if reason:
            self.note(reason, Severity.WARN)
            return
        self.strip = None
        self.open_draft(Draft(self.symbol, "", Close(self.symbol)))

    def act_order_previous(self) -> None:
        """Select the own order before."""
        self._select(-1)

    def act_order_next(self) -> None:
        """Select the own order after."""
        self._select(1)

    def _select(self, step: int) -> None:
        now = self.chosen_order
        self.selected = presenter.neighbour(self.orders, self.symbol, now.number if now else 0, step)
        if not self.selected:
            self.note(f"no working orders on {self.symbol}")
        self.paint_orders()
