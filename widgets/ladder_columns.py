"""The columns of a ladder: what each says, and which ones a width has room for.

The two sides are mirrored around the price, so a column of a side is always
bought twice; the others stand once, at the right end. Columns enter by
priority and then grow by priority; a number that would not fit its column is
shortened by rule, never clipped.
"""

from __future__ import annotations

from dataclasses import dataclass

MARKS = 3
"""Cells beside the price: cursor on its left, last trade and a mark on its right."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column, or one way to paint a column.

    Attributes:
        id: Its name.
        head: What stands above it; empty if it has no place of its own.
        text: What it says, for help.
        sides: Whether both sides have it.
        fixed: Whether it cannot be left out.
    """

    id: str
    head: str
    text: str
    sides: bool = True
    fixed: bool = False


COLUMNS: tuple[Column, ...] = (
    Column(
        "work",
        "WORK",
        "own orders: #number, size left, Q orders/quantity ahead; ~ not provable (outside the ten checksummed levels, "
        "or the book is unverified), ? outcome unknown, + more orders; an iceberg's reserve is in no feed",
        fixed=True,
    ),
    Column("cum", "CUM", "quantity from the touch to this price"),
    Column("flow", "±10s", "stacked less pulled: joined, less what left without being executed, in 10 seconds"),
    Column("flick", "FL%", "flicker: share of what joined in 10 seconds that lived for less than one"),
    Column("size", "BID ASK", "resting quantity over its bar (square root scale); ┃ own place in it", fixed=True),
    Column("count", "N", "number of resting orders"),
    Column(
        "price",
        "PRICE",
        "▸ cursor, ▲▼ last trade bought or sold, ! alert, = average entry, % break-even with fees, • own fill; "
        "grey: beyond the ten levels a side that the checksum proves",
        sides=False,
        fixed=True,
    ),
    Column("last", "LAST", "last executed quantity at this price, ▲ bought ▼ sold; it fades within a minute", False),
    Column("vol", "VOL", "executed at this price since the engine listens", False),
    Column("delta", "DELTA", "of that, taken by buyers less taken by sellers", False),
    Column("ice", "ICE", "iceberg evidence, an inference: D detected, T traded, E executed, C cancelled", False),
    Column("heat", "", "the bar tells ages: solid over 10 s, ▒ 1 to 10 s, ░ at its end under 1 s"),
)
"""All columns, in the order of help."""

ALL = frozenset(column.id for column in COLUMNS)
BASIC = frozenset({"work", "cum", "size", "count", "price"})
"""Columns that need nothing but the book."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the columns, in cells; 0 means absent.

    Attributes:
        work: Own working order with its place in the queue.
        cum: Cumulative quantity.
        size: Quantity, with its bar behind it.
        count: Number of orders.
        price: The price with its marks.
        left: Blank cells before the first column.
        flow: Stacked less pulled.
        flick: Flicker.
        last: Last executed quantity.
        vol: Volume at price.
        delta: Buy less sell volume.
        ice: Iceberg evidence.
    """

    work: int
    cum: int
    size: int
    count: int
    price: int
    left: int
    flow: int = 0
    flick: int = 0
    last: int = 0
    vol: int = 0
    delta: int = 0
    ice: int = 0

    @property
    def sides(self) -> int:
        """Cells of all columns of one side with their gaps."""
        return sum(cells + 1 for cells in (self.work, self.cum, self.flow, self.flick, self.size, self.count) if cells)

    @property
    def singles(self) -> int:
        """Cells of the columns that stand once, with their gaps."""
        return sum(cells + 1 for cells in (self.last, self.vol, self.delta, self.ice) if cells)


_BUYING = (
    ("size", 5),
    ("work", 2),
    ("work", 5),
    ("count", 3),
    ("size", 7),
    ("cum", 6),
    ("last", 6),
    ("vol", 6),
    ("flow", 6),
    ("work", 7),
    ("size", 10),
    ("cum", 7),
    ("ice", 6),
    ("delta", 7),
    ("work", 11),
    ("flick", 3),
    ("size", 12),
    ("cum", 9),
    ("work", 17),
    ("count", 4),
    ("vol", 8),
    ("size", 18),
    ("cum", 11),
    ("size", 26),
    ("work", 27),
    ("size", 34),
)
"""What room is spent on, most wanted first: a column and the width it gets."""

_ONCE = frozenset(column.id for column in COLUMNS if not column.sides)
_OF_ORDERS = frozenset({"count", "flow", "flick"})
"""Columns that only a book of orders has."""

MIN_PRICE = 5
"""Cells of the price column before any price is known."""


def choose_columns(
    width: int, price_cells: int, *, counts: bool, orders: bool = True, wanted: frozenset[str] = BASIC
) -> Columns:
    """Spend a width on columns.

    Args:
        width: Cells of a row.
        price_cells: Cells of the longest price in the window.
        counts: Whether the book knows orders (L3).
        orders: Whether there may be own orders to show.
        wanted: Columns that the user wants.

    Returns:
        Columns that together need no more than the width, unless even the
        price alone does.
    """
    price = max(price_cells, MIN_PRICE) + MARKS
    have = {name: 0 for name, _ in _BUYING}
    left = width - price
    absent = (set() if counts else _OF_ORDERS) | (set() if orders else {"work"}) | (ALL - wanted)
    for name, cells in _BUYING:
        if name in absent:
            continue
        gap = 0 if have[name] else 1
        cost = (cells - have[name] + gap) * (1 if name in _ONCE else 2)
        if cost <= left:
            have[name] = cells
            left -= cost
    return Columns(price=price, left=max(0, left) // 2, **have)
