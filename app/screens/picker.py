"""The symbol picker: all pairs, narrowed while typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from app.link.frames import PairRow
from app.screens.text_modal import TextModal

SHOWN = 200
"""Matches listed at the most; more typing finds the rest."""

QUOTES = {"USD": 0, "USDT": 1, "EUR": 1}
"""Quotes that a bare base most likely means, most wanted first."""

OTHER_QUOTE = 2


class Rank(NamedTuple):
    """How well a pair matches; lower is better, from the first part on.

    Attributes:
        kind: The pair itself, its base, a beginning, a part, letters with gaps.
        offline: Whether it does not trade normally now.
        quote: Place of its quote among `QUOTES`.
        where: How far on the letters are found.
    """

    kind: int
    offline: bool = False
    quote: int = 0
    where: int = 0


def rank(query: str, pair: PairRow) -> Rank | None:
    """Rate how well a pair matches.

    Args:
        query: What was typed; the slash may be left out.
        pair: The pair.

    Returns:
        Its rank; None if it does not match.
    """
    want = query.upper().replace("/", "").replace(" ", "")
    base, _, quote = pair.symbol.upper().partition("/")
    have = base + quote
    at, gaps = -1, 0
    for letter in want:
        found = have.find(letter, at + 1)
        if found < 0:
            return None
        gaps += found - at - 1
        at = found
    tests = (want == have, want == base, have.startswith(want), want in have)
    kind = tests.index(True) if True in tests else len(tests)
    where = have.find(want) if want in have else gaps
    return Rank(kind, pair.status != "online", QUOTES.get(quote, OTHER_QUOTE), where)


def narrow(query: str, pairs: Sequence[PairRow]) -> list[PairRow]:
    """Return the pairs that match, best first; all in their order for an empty query."""
    if not query.strip():
        return list(pairs)
    rated = [(rating, at) for at, pair in enumerate(pairs) if (rating := rank(query, pair)) is not None]
    return [pairs[at] for _, at in sorted(rated)]


def pair_line(pair: PairRow) -> Content:
    """Return one row of the list."""
    words = f"{pair.symbol:<14} {pair.last or '-':>14}  tick {pair.tick:<11} min {pair.qty_min:<12} "
    return Content.assemble(words, (pair.status, "" if pair.status == "online" else "bold"))


class SymbolPicker(TextModal):
    """Chooses a pair; dismisses with its name, or with an empty text.

    Args:
        pairs: All pairs; empty until they arrive, see `fill`.
        current: Pair that is shown now.
        title: What is chosen, and for what.
    """

    def __init__(self, pairs: Sequence[PairRow], current: str, title: str = "Choose a pair") -> None:
        super().__init__()
        self._title = title
        self._pairs = pairs
        self._current = current
        self._matches: list[PairRow] = []

    def compose(self) -> ComposeResult:
        """Build the dialog."""
        with Vertical(classes="dialog tall") as box:
            box.border_title = self._title
            box.border_subtitle = "Enter takes it · Esc stays"
            yield Input(id="query", placeholder="type a part of its name", select_on_focus=False)
            yield OptionList(id="pairs", markup=False)
            yield Static(id="count")

    def on_mount(self) -> None:
        """Show all pairs at first."""
        self._draw("")

    def fill(self, pairs: Sequence[PairRow]) -> None:
        """Take the list of pairs when it arrives."""
        self._pairs = pairs
        if self.is_mounted:
            self._draw(self.query_one("#query", Input).value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        self._draw(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the highlighted pair."""
        event.stop()
        at = self.query_one("#pairs", OptionList).highlighted
        if at is not None and at < len(self._matches):
            self.dismiss(self._matches[at].symbol)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the clicked pair."""
        event.stop()
        self.dismiss(self._matches[event.option_index].symbol)

    def on_key(self, event: events.Key) -> None:
        """Move in the list without leaving the input."""
        listed = self.query_one("#pairs", OptionList)
        match event.key:
            case "escape":
                self.dismiss("")
            case "down":
                listed.action_cursor_down()
            case "up":
                listed.action_cursor_up()
            case "pagedown":
                listed.action_page_down()  # type: ignore[no-untyped-call]
            case "pageup":
                listed.action_page_up()  # type: ignore[no-untyped-call]
            case _:
                return
        event.stop()

    def _draw(self, query: str) -> None:
        found = narrow(query, self._pairs)
        self._matches = found[:SHOWN]
        listed = self.query_one("#pairs", OptionList)
        listed.clear_options()
        listed.add_options([Option(pair_line(pair)) for pair in self._matches])
        symbols = [pair.symbol for pair in self._matches]
        if self._matches:
            listed.highlighted = symbols.index(self._current) if not query and self._current in symbols else 0
        text = f"{len(found)} of {len(self._pairs)} pairs" if self._pairs else "asking for the pairs…"
        self.query_one("#count", Static).update(Content(text))
