"""Keys of time & sales: what is added up, how small it may be, whether it stands still."""

from __future__ import annotations

from decimal import Decimal

from app.link.frames import TapeJoin, TapePrint
from app.screens.desk_screen import DeskScreen
from widgets.numbers import decimal_of
from widgets.tape import Tape

JOINS = (TapeJoin.PRICE, TapeJoin.SWEEP, TapeJoin.NONE)
JOIN_WORDS = {TapeJoin.PRICE: "by price", TapeJoin.SWEEP: "by sweep", TapeJoin.NONE: "every print"}
STEPS = 4
"""Powers of ten that the size filter offers below the largest print seen."""


def next_least(least: Decimal, prints: tuple[TapePrint, ...]) -> Decimal:
    """Return the size filter after this one: powers of ten up to the largest shown print, then none.

    Args:
        least: The filter now; zero is none.
        prints: What is shown with it.
    """
    sizes = [size for size in (decimal_of(item.qty) for item in prints) if size is not None and size > 0]
    if not sizes:
        return Decimal(0)
    top = max(sizes).adjusted()
    if not least:
        return Decimal(1).scaleb(top - STEPS + 1)
    return least * 10 if (least * 10).adjusted() <= top else Decimal(0)


class TapeKeys(DeskScreen):
    """Handlers of the actions in the group Time & sales."""

    @property
    def tape(self) -> Tape:
        """The pane."""
        return self.query_one(Tape)

    def act_tape_join(self) -> None:
        """Add prints up in the next way."""
        join = JOINS[(JOINS.index(self.shown.tape_join) + 1) % len(JOINS)]
        self.show_view(tape_join=join)
        self._tell_tape()

    def act_tape_least(self) -> None:
        """Ask for larger lines only, at the end for all again."""
        book = self.book
        if book is None:
            self.note("no book yet: sizes are not known")
            return
        least = next_least(Decimal(self.shown.tape_least).scaleb(-book.qty_dp), self.frame.tape or ())
        self.show_view(tape_least=int(least.scaleb(book.qty_dp)))
        self._tell_tape()

    def act_tape_hold(self) -> None:
        """Hold the prints still, or let them go on."""
        self.tape.hold(on=not self.tape.held)
        self._tell_tape()

    def name_tape(self) -> str:
        """Name the mode on the pane; return it."""
        words = [JOIN_WORDS[self.shown.tape_join]]
        book = self.book
        if self.shown.tape_least and book is not None:
            words.append(f"{Decimal(self.shown.tape_least).scaleb(-book.qty_dp).normalize():f} or more")
        mode = ", ".join(words)
        self.tape.explain("" if mode == JOIN_WORDS[TapeJoin.PRICE] else mode, filtered=bool(self.shown.tape_least))
        return mode

    def _tell_tape(self) -> None:
        """Name the mode on the pane, and on the note line for where the pane is out of sight."""
        self.note(f"time & sales: {self.name_tape()}{', held: ; lets it go on' if self.tape.held else ''}")
