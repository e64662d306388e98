"""Help, generated from the registry of actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from app.domain.grammar_help import word_help
from app.screens.actions import ACTIONS, Group, faces
from app.screens.modal import Modal
from widgets.ladder_columns import COLUMNS

KEYS_WIDE = 12

GRAMMAR = (
    ("buy 0.5 @ 64200 post", "rest at that price, or be refused"),
    ("buy 0.5 @ bid iceberg 0.05 gtd 15m", "show a slice at a time, for a quarter of an hour"),
    ("sell 0.5 stop 60000 @ 59900", "at that limit once the last price is at 60000; without @ at the market"),
    ("sell 0.5 trail 1%", "a stop that follows the market"),
    ("buy 0.5 @ 64200 then sell tp 65000", "each fill spawns its own exit"),
    ("buy risk $100 stop 63000 @ 64000", "sized by what the stop would lose"),
    ("scale buy 5x0.2 64000..63500", "a ladder of orders; also twap, chase, bracket, batch"),
    ("pause H1 · resume H1 · stop H1", "an execution helper; u and U do it too"),
    ("close · flatten · reverse", "the position here, all of them, the other way round"),
    ("why #2 · limits · override NAME", "an order's story; the limits; passing one once"),
    ("sell 25% @ ask+2t", "a share of what is there, relative to the book"),
    ("buy $2000 @ mid-0.05%", "an amount in quote money"),
    ("buy 0.5 take", "trade at once, at the far touch and no worse"),
    ("sell 0.5 market", "trade at once at any price"),
    ("cancel #2 · cancel all · cancel bids", "one order, or all of this pair"),
    ("cancel everything", "all orders of the account"),
    ("amend #2 @ -1t", "one tick lower, in place"),
    ("kill · arm · disarm · symbol ETH/USD", "as the keys do"),
    ("release", "let orders out again after a kill"),
)
"""Examples of the `:` language and what they do."""

MARKET = (
    ("╮3 │ ╯ in time & sales", "one taker (one side, within 20 ms) went through 3 prices; 2x joins two prints"),
    ("╌╌ 3 trade numbers skipped", "prints that did not arrive, by the venue's numbers: a break in time & sales"),
    ("░ ▒ ▓ █ in the heat map", "what rested at that price at the end of that second; the legend has the sizes"),
    ("▲ ▼ ◆ ┆ in the heat map", "takers bought, takers sold, an order of yours, no believable book"),
    ("±AWAY in the depth", "what rests no farther than that from the middle, bids left and asks right"),
    ("PAST on the ladder", "the book as it was; everything else is now; Space goes back"),
)
"""Marks of the market panes and what they say."""

LATENCY = (
    "  screen 120ms: what a frame takes to this terminal and back, where that can be felt.\n"
    "  The time beside a link is from ping to pong as the engine met it: the wire, the venue, and\n"
    "  what waited in our own queue before it. A busy book makes it longer than the network is."
)

GAUGE = (
    ("41.2/125 pts", "the pair's counter and where the venue refuses; ~ before the venue has confirmed it"),
    ("-2.34/s  free in 17s", "what decays, and when it is at zero"),
    ("━━━──╌╌", "used, open, and the reserve that only cancels and closes may spend (exit_reserve)"),
    ("c #4 +8 → +6 in 1.7 s", "what the cancel key costs now and next; 300 s after creation or amend it is free"),
    ("add +1  m amend +4", "what a new order and an amend cost; an amend starts the age of the order anew"),
    ("-4:20 ▁▂▅  who y h s o", "the last minutes, and who spent the most: you, helper, script, others"),
    ("others +31/min", "another client of the account spent that in the last minute"),
    ("REST  L3  connects", "budgets of REST calls, of order-by-order subscriptions, of connection attempts"),
    ("pull in 5 s +8 (ticket)", "what cancelling the order within 5 s adds, and how often in a row that goes"),
)
"""Parts of the rate gauge and what they mean."""


ORDER_COLUMNS = (
    ("QUEUE", "orders ahead / quantity ahead, exact from the level3 feed; ~ not provable"),
    (
        "MOVED",
        "what left ahead since it joined: t traded, c cancelled, ? not attributed (yet); 1m in the last minute;"
        " est: estimated time from first to last fill, by what traded at its price in 1, 5 and 15 minutes;"
        " + seen later than it joined",
    ),
    ("CANCEL", "rate points that a cancel costs now, and when it gets cheaper"),
    ("BY", "transport that placed it; external: somebody else on the account"),
)
"""Columns of the orders pane whose numbers need a word."""


def help_content(keymap: Mapping[str, str], *, group: Group) -> Content:
    """Return the keys of one group, a line each."""
    lines = []
    for action in ACTIONS:
        if action.group is group:
            command = f"   :{action.command}" if action.command else ""
            keys = faces(action, keymap)
            head = (f"{keys:>{KEYS_WIDE}}", "bold")
            lines.append(Content.assemble(head, f"  {action.description}", (command, "dim")))
    return Content("\n").join(lines)


def words_content() -> Content:
    """Return the words of the `:` language, section by section, from its own tables."""
    lines: list[Content] = []
    for heading, words in word_help():
        lines += [Content(""), Content.styled(f"  {heading}", "underline")]
        if not any(word.means for word in words):
            lines.append(Content("  " + ", ".join(word.word for word in words)))
            continue
        for word in words:
            values = f"  ({', '.join(word.values)})" if word.values else ""
            excludes = f"  not with {', '.join(word.excludes)}" if word.excludes else ""
            lines.append(
                Content.assemble((f"{word.word:>{KEYS_WIDE}}", "bold"), f"  {word.means}{values}", (excludes, "dim"))
            )
    return Content("\n").join(lines[1:])


def columns_content() -> Content:
    """Return what every column of the ladder says, a line each."""
    return _explained((column.head or "bars", column.text) for column in COLUMNS)


def orders_content() -> Content:
    """Return what the columns of the orders say that do not say it themselves."""
    return _explained(ORDER_COLUMNS)


def _explained(columns: Iterable[tuple[str, str]]) -> Content:
    lines = [Content.assemble((f"{head:>{KEYS_WIDE}}", "bold"), f"  {text}") for head, text in columns]
    return Content("\n").join(lines)


class HelpScreen(Modal[None]):
    """All keys by group, then examples and words of the command line.

    Args:
        keymap: The user's changes of keys.
    """

    def __init__(self, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        """Build the pages."""
        with Vertical(classes="dialog tall wide") as box:
            box.border_title = "Keys"
            box.border_subtitle = "arrows scroll · Esc, q or ? closes"
            with VerticalScroll(id="help-pages"):
                for group in Group:
                    yield Static(Content.styled(f"── {group} ", "bold"), classes="help-head")
                    yield Static(help_content(self._keymap, group=group))
                yield Static(Content.styled("── Columns of the ladder ", "bold"), classes="help-head")
                yield Static(columns_content())
                yield Static(Content.styled("── Columns of the orders ", "bold"), classes="help-head")
                yield Static(orders_content())
                yield Static(Content.styled("── Command line (:) ", "bold"), classes="help-head")
                lines = [Content.assemble((f"  {text:<38}", "bold"), f"  {does}") for text, does in GRAMMAR]
                yield Static(Content("\n").join(lines))
                yield Static(Content.styled("── Words of the command line ", "bold"), classes="help-head")
                yield Static(words_content())
                yield Static(Content.styled("── Market panes ", "bold"), classes="help-head")
                marks = [Content.assemble((f"  {text:<26}", "bold"), f"  {says}") for text, says in MARKET]
                yield Static(Content("\n").join(marks))
                yield Static(Content.styled("── Status bar ", "bold"), classes="help-head")
                yield Static(Content(LATENCY))
                yield Static(Content.styled("── Rate limits (g r) ", "bold"), classes="help-head")
                parts = [Content.assemble((f"  {text:<25}", "bold"), f"  {does}") for text, does in GAUGE]
                yield Static(Content("\n").join(parts))

    def on_mount(self) -> None:
        """Let the arrows scroll at once."""
        self.query_one("#help-pages").focus()

    def on_key(self, event: events.Key) -> None:
        """Close on Esc, `q` and `?`; scroll with `j` and `k` too."""
        pages = self.query_one("#help-pages", VerticalScroll)
        match event.key:
            case "escape" | "q" | "question_mark":
                self.dismiss()
            case "j":
                pages.scroll_down(animate=False)
            case "k":
                pages.scroll_up(animate=False)
            case _:
                return
        event.stop()
