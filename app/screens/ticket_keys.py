"""Keys of the ticket: draft, edit its fields, switch its flags, move its price and size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from msgspec import structs
from textual import events

from app.domain.order import Draft as Order
from app.domain.order import OffsetUnit, OrderType, Price, PriceRef, Side, Size
from app.domain.statements import Amend, OrderRef
from app.link.frames import OrderRow, Severity
from app.screens import amount, order_form, presenter, pricing
from app.screens.desk_screen import DeskScreen
from app.screens.draft import Draft, placing, taking
from app.screens.form import field_of
from widgets.numbers import trimmed

NO_FIELDS = "nothing to edit: b or s drafts an order, m a change of one"
_STEPS = {"down": 1, "tab": 1, "up": -1, "shift+tab": -1}
_CHOICES = {"right": 1, "left": -1}


class TicketKeys(DeskScreen):
    """Handlers of the actions in the group Ticket, and what drafting needs."""

    # Drafting

    def draft_order(self, side: Side, *, take: bool = False) -> bool:
        """Draft an order at the cursor, or at the own touch; say why if it cannot be.

        Args:
            side: Buy or sell.
            take: Whether it trades at once, within the collar.

        Returns:
            Whether there is a draft now.
        """
        reason = self.why_no_draft()
        if reason:
            self.note(reason, Severity.WARN)
            return False
        ticket = self.desk.ticket(self.symbol)
        order = taking(replace(ticket, side=side)) if take else self._priced(order_form.with_side(ticket, side))
        if order is None:
            self.note("that side of the book is empty: choose a price with the arrows", Severity.WARN)
            return False
        self.strip = None
        self.open_draft(placing(order))
        return True

    def why_no_draft(self) -> str:
        """Say why nothing can be drafted now; empty if it can."""
        if presenter.keyless(self.status):
            return presenter.NO_KEY
        if self.unseen:
            return self.unseen
        return "" if self.book is not None else f"no book of {self.symbol} yet: wait for it, then draft"

    def _priced(self, order: Order) -> Order | None:
        """Return the order at the cursor or the own touch: its limit, or its trigger; None without such a price."""
        kind = order.order_type
        chosen = self._cursor_price()
        if kind.triggered:
            now = order_form.settled(order)
            if chosen is None or kind.trailing or now.trigger is None:
                return now
            return replace(now, trigger=replace(now.trigger, price=Price(PriceRef.ABSOLUTE, chosen)))
        if not kind.limited:
            return order_form.settled(order)
        price = chosen if chosen is not None else self._touch(order.side)
        return None if price is None else order_form.settled(replace(order, price=Price(PriceRef.ABSOLUTE, price)))

    def _cursor_price(self) -> Decimal | None:
        """Return the price under the ladder's cursor, if that was moved."""
        book, row = self.book, self.ladder.cursor_row
        return presenter.price_of(book, row) if book is not None and row is not None else None

    def _touch(self, side: Side) -> Decimal | None:
        book = self.book
        return None if book is None else presenter.number_of(book.bid_text if side is Side.BUY else book.ask_text)

    def draft_change(self, order: OrderRow) -> None:
        """Draft a change of a working order: its present terms, at the cursor's price if that was moved."""
        trails = order.trigger.startswith("trail")
        waits = bool(order.trigger) and not order.triggered
        has = {
            "size": True,
            "price": bool(order.price),
            "display": bool(order.display),
            "trigger": waits and not trails,
            "trail": waits and trails,
        }
        chosen = self._cursor_price()
        price = trigger = None
        if order.price:
            price = Price(PriceRef.ABSOLUTE, Decimal(order.price) if chosen is None else chosen)
        elif has["trigger"] and chosen is not None:
            trigger = Price(PriceRef.ABSOLUTE, chosen)
        size = Size(Decimal(trimmed(order.qty)))
        change = Amend(OrderRef(row=order.number), size, price, trigger=trigger)
        self.strip = None
        terms = tuple(name for name, is_there in has.items() if is_there)
        self.open_draft(Draft(order.symbol, order.side, change, terms))

    def open_draft(self, draft: Draft) -> None:
        """Put a draft on the desk and ask what it would do."""
        self.desk.editor.leave()
        self.desk.open(draft)
        self._changed()
        if not self.armed:
            self.note("draft only: this screen is in VIEW; press A to arm, then Enter sends")

    def _changed(self) -> None:
        """Show a draft that is new or changed, and ask the engine about it."""
        self.ask_preview()
        self.paint_ticket()

    def ask_preview(self) -> None:
        """Ask what the draft would do."""
        if self.desk.draft is not None:
            self.preview_pace.begin()
            self.session.preview(self.desk.draft.line(), self.symbol)

    def refresh_preview(self) -> None:
        """Ask for the draft's present numbers if the market moved since the last time, at a bounded pace."""
        if self.desk.draft is not None and not self.session.previewing and self.preview_pace.due():
            self.ask_preview()

    # The editor

    def act_edit(self) -> None:
        """Take up the fields of the draft, the one at fault first; without a draft, draft a buy."""
        draft = self.desk.draft
        self.edit_field((draft is not None and field_of(draft, self.desk.term_at_fault)) or "type")

    def edit_field(self, name: str) -> None:
        """Take up one field of the draft, or its first if it has no such field."""
        if self.desk.draft is None and not self.draft_order(Side.BUY):
            return
        draft = self.desk.draft
        if draft is None or self.unseen:
            self.note(self.unseen or NO_FIELDS, Severity.WARN)
        elif not self.desk.editor.begin(draft, name):
            self.note("this draft has no fields: Enter sends it, Esc drops it")
        else:
            self.note("↑ ↓ field   ← → choose   type a value   Enter done   Esc back")
            self.set_class(self.desk.editor.open, "-editing")
            self.paint_ticket()

    def edit_key(self, event: events.Key) -> None:
        """Carry out a key while a field is being edited: none of them sends anything."""
        draft, editor, key = self.desk.draft, self.desk.editor, event.key
        if draft is None:
            self._end_edit()
        elif key == "enter":
            self._accept_field()
        elif key == "escape":
            self._put_back(draft)
        elif key in _STEPS:
            if not editor.move(draft, _STEPS[key]):
                self._say_error()
            self.paint_ticket()
        else:
            self._edited(self._keyed(draft, event))

    def _put_back(self, draft: Draft) -> None:
        """Give the field the value it had when it was taken up; without a change, end the edit."""
        editor = self.desk.editor
        before = editor.before
        if before is None or (before == draft and editor.error is None):
            self._end_edit()
            return
        editor.begin(before, editor.name)
        self._edited(before)

    def _keyed(self, draft: Draft, event: events.Key) -> Draft:
        """Return the draft after a key that may change the field."""
        editor, key = self.desk.editor, event.key
        if key in _CHOICES:
            return editor.choose(draft, _CHOICES[key])
        if key in {"backspace", "ctrl+h"}:
            return editor.erase(draft)
        if key in {"delete", "ctrl+u"}:
            return editor.erase(draft, all_of_it=True)
        letter = event.character or ""
        if key == "space":
            return editor.choose(draft, 1) if editor.chooses(draft) else editor.type(draft, " ")
        return editor.type(draft, letter) if letter.isprintable() and letter else draft

    def _edited(self, draft: Draft) -> None:
        if draft is not self.desk.draft:
            self.desk.edited(draft)
            self.ask_preview()
        self.paint_ticket()

    def _accept_field(self) -> None:
        self.desk.pressed_enter()
        if self.desk.editor.error is not None:
            self._say_error()
        else:
            self._end_edit()

    def _say_error(self) -> None:
        error = self.desk.editor.error
        if error is not None:
            hint = f" → {error.suggestion}" if error.suggestion else ""
            self.note(f"{self.desk.editor.name}: {error.message}{hint}; Esc puts it back", Severity.BAD)

    def _end_edit(self) -> None:
        self.desk.editor.leave()
        self.set_class(False, "-editing")
        self.note("")
        self.paint_ticket()

    # Flags and terms by one key

    def _change_order(self, change: Callable[[Order], Order]) -> bool:
        """Change the drafted order or what the next one is made of; return whether there was one to change."""
        done = self.desk.change_order(self.symbol, change)
        if done:
            self._changed()
        else:
            self.note("that is for new orders: e edits what this draft has")
        return done

    def act_post_only(self) -> None:
        """Switch post-only."""
        self._change_order(lambda order: order_form.with_post(order, post=not order.post_only))

    def act_tif(self) -> None:
        """Take the next time in force that the type has."""

        def turned(order: Order) -> Order:
            times = order_form.times_of(order)
            return order_form.with_time(order, times[(times.index(order.time_in_force) + 1) % len(times)])

        self._change_order(turned)

    def act_reduce(self) -> None:
        """Switch reduce-only."""
        if self.desk.draft is None:
            self.note("no draft: b or s drafts an order that r makes reduce-only")
        else:
            self._change_order(lambda order: replace(order, reduce_only=not order.reduce_only))

    def act_iceberg(self) -> None:
        """Turn a limit order into an iceberg and back."""

        def turned(order: Order) -> Order:
            now = order.order_type is OrderType.ICEBERG
            return order_form.with_type(order, OrderType.LIMIT if now else OrderType.ICEBERG)

        if self._change_order(turned) and self._drafted_type() is OrderType.ICEBERG:
            self.edit_field("display")

    def _drafted_type(self) -> OrderType | None:
        draft = self.desk.draft
        return draft.order.order_type if draft is not None and draft.order is not None else None

    def act_conditional(self) -> None:
        """Give the draft a conditional close and take up its fields, or take it away."""
        draft = self.desk.draft
        order = draft.order if draft is not None else None
        if order is None:
            self.note("no new order is drafted: b or s drafts one that z gives a conditional close")
        elif order.close is not None:
            self._change_order(lambda order: order_form.with_close(order, order_form.NO))
        elif self._change_order(lambda order: order_form.with_close(order, OrderType.LIMIT.value)):
            self.edit_field("close")

    # Size

    def act_size_up(self) -> None:
        """Raise the size by a step."""
        self._resize(up=True)

    def act_size_down(self) -> None:
        """Lower the size by a step."""
        self._resize(up=False)

    def _resize(self, *, up: bool) -> None:
        book = self.book
        least = presenter.least_size(book) if book is not None else Decimal(1).scaleb(-8)
        self._change_size(lambda size: amount.stepped(size, up=up, least=least))

    def act_percent(self) -> None:
        """Take a larger part of what is available: 25, 50, 75 percent, all."""
        self._change_size(amount.next_share)

    def _change_size(self, change: Callable[[Size], Size]) -> None:
        draft = self.desk.draft
        if draft is not None and isinstance(draft.statement, Amend):
            statement = draft.statement
            if statement.size is not None:
                self.desk.edited(replace(draft, statement=structs.replace(statement, size=change(statement.size))))
                self._changed()
        else:
            self._change_order(lambda order: replace(order, size=change(order.size)))

    def take_preset(self, digit: int) -> None:
        """Take a size preset, counted from 1."""
        presets = self.session.welcome.presets if self.session.welcome else ()
        if 1 <= digit <= len(presets):
            size = amount.preset(presets[digit - 1], self.symbol)
            self._change_size(lambda _size: size)
            self.note(f"size {presets[digit - 1]}")
        else:
            self.note(f"there is no size preset {digit}: 1 to {len(presets)}")

    def act_preset(self) -> None:
        """Wait for the digit of a size preset."""
        self.prefix.begin("n")
        presets = self.session.welcome.presets if self.session.welcome else ()
        self.note("size: " + "   ".join(f"{at} {size}" for at, size in enumerate(presets, 1)))

    # Price

    def act_nudge_up(self) -> None:
        """Raise the draft's price by a tick."""
        self._nudge(1)

    def act_nudge_down(self) -> None:
        """Lower the draft's price by a tick."""
        self._nudge(-1)

    def _nudge(self, ticks: int) -> None:
        book = self.book
        if book is None:
            return
        tick = presenter.tick_of(book)
        shown = self.desk.preview.price if self.desk.preview is not None else ""
        self._change_price(lambda price: pricing.nudged(price, ticks, tick, presenter.number_of(shown)))

    def act_price_last(self) -> None:
        """Put the last price into the draft."""
        self._change_price(lambda _price: Price(PriceRef.LAST, Decimal(0), OffsetUnit.QUOTE))

    def act_price_mid(self) -> None:
        """Put the middle of the spread into the draft."""
        self._change_price(lambda _price: Price(PriceRef.MID, Decimal(0), OffsetUnit.QUOTE))

    def _change_price(self, change: Callable[[Price], Price | None]) -> None:
        """Change the draft's limit, or its trigger if it has no limit."""
        draft = self.desk.draft
        changed = None if draft is None or draft.takes else pricing.repriced(draft, change)
        if changed is None:
            self.note("no draft with a price: b or s drafts one")
        else:
            self.desk.edited(changed)
            self._changed()
