"""Keys that draft, send, amend and cancel. Each ends in a line of the `:` grammar."""

from __future__ import annotations

from decimal import Decimal

from app.domain.working import OrderState
from app.link.frames import Severity
from app.link.messages import Origin
from app.screens import presenter
from app.screens.amount import Amount
from app.screens.desk import TOO_SOON, Draft, Held, Strip, Verb
from app.screens.desk_screen import DeskScreen
from app.screens.dialogs import PhraseDialog
from widgets.helpers import PAUSED, Helpers


class MoneyKeys(DeskScreen):
    """Handlers of the actions in the groups Orders and Ticket."""

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
        self.desk.change()
        self.send_line("arm", Origin.KEY)

    def _arm_with(self, phrase: str | None) -> None:
        if phrase:
            self.send_line("arm", Origin.KEY, confirm=phrase)
        else:
            self.note("not armed")

    def act_buy(self) -> None:
        """Draft a buy at the cursor, or at the best bid."""
        self._draft(Verb.BUY)

    def act_sell(self) -> None:
        """Draft a sell at the cursor, or at the best ask."""
        self._draft(Verb.SELL)

    def act_take_buy(self) -> None:
        """Draft a buy that trades at once."""
        self._draft(Verb.BUY, take=True)

    def act_take_sell(self) -> None:
        """Draft a sell that trades at once."""
        self._draft(Verb.SELL, take=True)

    def _draft(self, verb: Verb, *, take: bool = False) -> None:
        book = self.book
        if presenter.keyless(self.status):
            self.note(presenter.NO_KEY, Severity.WARN)
            return
        if self.unseen:
            self.note(self.unseen, Severity.WARN)
            return
        if book is None:
            self.note(f"no book of {self.symbol} yet: wait for it, then draft", Severity.WARN)
            return
        price = None if take else self._price_for(verb)
        if price is None and not take:
            self.note("that side of the book is empty: choose a price with the arrows", Severity.WARN)
            return
        ticket = self.desk.ticket
        self.strip = None
        self._open(Draft(verb, self.symbol, ticket.size, price, post=ticket.post and not take, tif=ticket.tif))

    def _price_for(self, verb: Verb) -> Decimal | None:
        """Return the cursor's price, or the own touch if the cursor was not moved."""
        book, row = self.book, self.ladder.cursor_row
        if book is None:
            return None
        if row is not None:
            return presenter.price_of(book, row)
        return presenter.number_of(book.bid_text if verb is Verb.BUY else book.ask_text)

    def _open(self, draft: Draft) -> None:
        self.desk.open(draft)
        self._ask_preview()
        self.paint_ticket()
        if not self.armed:
            self.note("draft only: this screen is in VIEW; press A to arm, then Enter sends")

    def _ask_preview(self) -> None:
        if self.desk.draft is not None:
            self.preview_pace.begin()
            self.session.preview(self.desk.draft.line(), self.symbol)

    def refresh_preview(self) -> None:
        """Ask for the draft's present numbers if the market moved since the last time, at a bounded pace."""
        if self.desk.draft is not None and not self.session.previewing and self.preview_pace.due():
            self._ask_preview()

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
        count = len(presenter.working(self.orders, self.symbol))
        self._ask(f"CANCEL ALL {count} on {self.symbol}: Enter or C does it", f"cancel all {self.symbol}")

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
            self.note("KILL: Ctrl+K once more within a second cancels everything on the account", Severity.BAD)
            return
        self.drop_draft()
        self.send_line("kill", Origin.KEY)

    def act_amend(self) -> None:
        """Draft a change of the selected order: its price and size are in the ticket."""
        order = self.chosen_order
        if self.unseen:
            self.note(self.unseen, Severity.WARN)
        elif order is None:
            self.note(f"no working order on {self.symbol} to amend")
        elif not order.price:
            self.note(f"#{order.number} has no price to amend", Severity.WARN)
        else:
            verb = Verb.AMEND
            price, row = Decimal(order.price), self.ladder.cursor_row
            if row is not None and self.book is not None:
                price = presenter.price_of(self.book, row)
            self.strip = None
            self._open(Draft(verb, order.symbol, Amount(Decimal(order.qty)), price, post=False, number=order.number))

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

    def act_size_up(self) -> None:
        """Raise the size by a step."""
        self._resize(up=True)

    def act_size_down(self) -> None:
        """Lower the size by a step."""
        self._resize(up=False)

    def _resize(self, *, up: bool) -> None:
        draft, ticket, book = self.desk.draft, self.desk.ticket, self.book
        least = presenter.least_size(book) if book is not None else Decimal(1).scaleb(-8)
        self.set_size((draft.size if draft else ticket.size).step(up=up, least=least))

    def set_size(self, size: Amount) -> None:
        """Take a size into the ticket and the draft."""
        draft = self.desk.draft
        if draft is None or not draft.number:
            self.desk.ticket.size = size
        self.desk.change(size=size)
        self._ask_preview()
        self.paint_ticket()

    def take_preset(self, digit: int) -> None:
        """Take a size preset, counted from 1."""
        presets = self.session.welcome.presets if self.session.welcome else ()
        if 1 <= digit <= len(presets):
            self.set_size(Amount.parse(presets[digit - 1]))
            self.note(f"size {presets[digit - 1]}")
        else:
            self.note(f"there is no size preset {digit}: 1 to {len(presets)}")

    def act_preset(self) -> None:
        """Wait for the digit of a size preset."""
        self.prefix.begin("n")
        presets = self.session.welcome.presets if self.session.welcome else ()
        self.note("size: " + "   ".join(f"{at} {size}" for at, size in enumerate(presets, 1)))

    def act_nudge_up(self) -> None:
        """Raise the draft's price by a tick."""
        self._nudge(1)

    def act_nudge_down(self) -> None:
        """Lower the draft's price by a tick."""
        self._nudge(-1)

    def _nudge(self, ticks: int) -> None:
        draft, book = self.desk.draft, self.book
        if draft is None or book is None or draft.price is None:
            self.note("no draft with a price: b or s drafts one")
            return
        price = draft.price + presenter.tick_of(book) * ticks
        if price > 0:
            self.desk.change(price=price)
            self._ask_preview()
            self.paint_ticket()

    def act_post_only(self) -> None:
        """Switch post-only."""
        self.desk.ticket.toggle_post()
        self._flags_changed()

    def act_tif(self) -> None:
        """Switch the time in force."""
        self.desk.ticket.toggle_tif()
        self._flags_changed()

    def _flags_changed(self) -> None:
        ticket, draft = self.desk.ticket, self.desk.draft
        if draft is not None and not draft.takes and not draft.number:
            self.desk.change(post=ticket.post, tif=ticket.tif)
            self._ask_preview()
        self.paint_ticket()
