"""Which panes are seen: five pages, and four sizes that style classes stand for."""

from __future__ import annotations

from dataclasses import dataclass

from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

TINY = Size(60, 16)
"""Below this only the status and the kill key are left."""

MEDIUM = Size(108, 32)
LARGE = Size(170, 48)
PAGES = (1, 2, 3, 4, 5)
LADDERS = 5
"""The page of ladders side by side."""

MIN_LADDER = 36
"""Cells of a ladder below which another one is left out."""

BESIDE_LADDERS = {"-small": 30, "-medium": 44, "-large": 44}
"""Cells of the column of the ticket on that page, by size."""


@dataclass(frozen=True, slots=True)
class Pane:
    """One pane that can be gone to.

    Attributes:
        letter: Pressed after `g`.
        name: For people.
        id: Widget id.
        page: Page that has it at every size.
        medium: Whether page 1 has it from the medium size on.
        large: Whether page 1 has it at the large size.
        ladders: Whether the page of ladders has it: at every size if page 1 does, else from the medium size on.
    """

    letter: str
    name: str
    id: str
    page: int
    medium: bool = True
    large: bool = True
    ladders: bool = True


PANES: tuple[Pane, ...] = (
    Pane("l", "Ladder", "ladder", 1),
    Pane("t", "Ticket", "ticket", 1),
    Pane("o", "Orders", "orders", 2),
    Pane("h", "Helpers", "helpers", 2, medium=False, ladders=False),
    Pane("e", "Events", "events", 2),
    Pane("b", "Balances", "balances", 3, medium=False, ladders=False),
    Pane("p", "Positions", "positions", 3, medium=False, ladders=False),
    Pane("r", "Rate limits", "gauge", 3),
    Pane("s", "Time & sales", "tape", 3),
    Pane("m", "Heat map", "heat", 4, medium=False, ladders=False),
    Pane("d", "Depth", "depth", 4, medium=False, ladders=False),
)


def size_class(size: Size) -> str:
    """Return the style class of a terminal size."""
    if size.width < TINY.width or size.height < TINY.height:
        return "-tiny"
    if size.width >= LARGE.width and size.height >= LARGE.height:
        return "-large"
    if size.width >= MEDIUM.width and size.height >= MEDIUM.height:
        return "-medium"
    return "-small"


def too_small(size: Size) -> str:
    """Say what to do about a terminal in which no pane fits."""
    return (
        f"This terminal has {size.width}x{size.height} cells: enlarge it to {TINY.width}x{TINY.height} or more, "
        "or choose a smaller font.\nCtrl+K twice still cancels everything."
    )


def set_size(screen: Screen[None], size: Size) -> None:
    """Give the screen the style class of its size and no other."""
    now = size_class(size)
    screen.update_classes({name: name == now for name in ("-tiny", "-small", "-medium", "-large")})


def set_page(screen: Screen[None], page: int) -> None:
    """Give the screen the style class of a page and no other."""
    screen.update_classes({f"-page-{number}": number == page for number in PAGES})


def page_of(screen: Screen[None]) -> int:
    """Return the page that is shown."""
    return next((number for number in PAGES if screen.has_class(f"-page-{number}")), 1)


def first_pane(page: int) -> str:
    """Return the id of the pane that gets the focus with a page."""
    return "ladder" if page == LADDERS else next(pane.id for pane in PANES if pane.page == page)


def ladders_that_fit(screen: Screen[None]) -> int:
    """Return how many ladders fit side by side on their page."""
    beside = next((cells for name, cells in BESIDE_LADDERS.items() if screen.has_class(name)), 0)
    return max(1, (screen.size.width - beside) // MIN_LADDER)


def on_page(screen: Screen[None], pane: Pane) -> bool:
    """Say whether the shown page has a pane at this size."""
    page = page_of(screen)
    if page == pane.page:
        return True
    if page == LADDERS:
        return pane.ladders and (pane.page == 1 or screen.has_class("-medium", "-large"))
    if page != 1:
        return False
    return (screen.has_class("-medium") and pane.medium) or (screen.has_class("-large") and pane.large)


def visible(widget: Widget) -> bool:
    """Say whether a widget and all that it lies in are displayed."""
    return all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))
