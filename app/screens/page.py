"""Pages of text over the panes: the story of an order, the limits."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from app.link.messages import Limits, Why
from app.screens.modal import Modal
from widgets.text import clean, fit, width_of


class TextPage(Modal[None]):
    """A page that the engine fills; it scrolls and closes with Esc, `q` or its own key.

    Args:
        title: Heading.
        key: Textual name of the key that opened it and closes it too.
        request: Number of the question; only its answer is shown.
    """

    def __init__(self, title: str, key: str, request: int) -> None:
        super().__init__()
        self._title = title
        self._key = key
        self.request = request
        self._content = Content("asking the engine …")

    def compose(self) -> ComposeResult:
        """Build the page."""
        with Vertical(classes="dialog tall wide") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = "arrows scroll · Esc or q closes"
            with VerticalScroll(id="page"):
                yield Static(self._content, id="page-text")

    def on_mount(self) -> None:
        """Let the arrows scroll at once; show an answer that came while the page was built."""
        self.query_one("#page").focus()
        self.query_one("#page-text", Static).update(self._content)

    def fill(self, content: Content) -> None:
        """Show what the engine answered; it may do so before the page is built."""
        self._content = content
        for text in self.query("#page-text").results(Static):
            text.update(content)

    def on_key(self, event: events.Key) -> None:
        """Close, or scroll with `j` and `k` too."""
        page = self.query_one("#page", VerticalScroll)
        match event.key:
            case "escape" | "q":
                self.dismiss()
            case "j":
                page.scroll_down(animate=False)
            case "k":
                page.scroll_up(animate=False)
            case key if key == self._key:
                self.dismiss()
            case _:
                return
        event.stop()


def why_content(message: Why) -> Content:
    """Return the story of an order: its headline, then a line each."""
    head = Content.styled(clean(message.title), "bold")
    return Content("\n").join([head, Content(""), *(Content(clean(line)) for line in message.lines)])


def limits_content(message: Limits) -> Content:
    """Return the limits of the risk gate as a table."""
    head = ("limit", "value", "used", "from")
    rows: Sequence[tuple[str, ...]] = [
        (clean(row.name), clean(row.limit), clean(row.used) or "-", clean(row.source)) for row in message.rows
    ]
    widths = [max(width_of(row[at]) for row in (head, *rows)) for at in range(len(head))]
    lines = [Content.styled("  ".join(map(fit, head, widths)), "dim")]
    for row, cells in zip(message.rows, rows, strict=True):
        mark = ("  passed by the next order", "bold $warn") if row.overridden else ""
        lines.append(Content.assemble("  ".join(map(fit, cells, widths)), mark))
    note = "`:override NAME` lets the next order pass one of our own limits; that is said, counted and logged."
    return Content("\n").join([*lines, Content(""), Content.styled(note, "dim")])
