"""Which columns a ladder of some width has, and how wide each is.

Both sides are mirrored around the price, so a column is always bought twice.
Columns enter by priority and then grow by priority; a number that would not
fit its column is shortened by rule, never clipped.
"""

from __future__ import annotations

from dataclasses import dataclass

MARKS = 2
"""Cells beside the price: cursor on its left, last trade on its right."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the columns of one side, in cells; 0 means absent.

    Attributes:
        work: Own working order with its place in the queue.
        cum: Cumulative quantity.
        size: Quantity, with its bar behind it.
        count: Number of orders.
        price: The price with its two marks.
        left: Blank cells before the first column.
    """

    work: int
    cum: int
    size: int
    count: int
    price: int
    left: int


_BUYING = (
    ("size", 5),
    ("work", 2),
    ("work", 5),
    ("count", 3),
    ("size", 7),
    ("cum", 6),
    ("work", 7),
    ("size", 10),
    ("cum", 7),
    ("work", 11),
    ("size", 12),
    ("cum", 9),
    ("work", 17),
    ("count", 4),
    ("size", 18),
    ("cum", 11),
    ("size", 26),
    ("work", 22),
    ("size", 34),
)
"""What room is spent on, most wanted first: a column and the width it gets."""

MIN_PRICE = 5
"""Cells of the price column before any price is known."""


def choose_columns(width: int, price_cells: int, *, counts: bool, orders: bool = True) -> Columns:
    """Spend a width on columns.

    Args:
        width: Cells of a row.
        price_cells: Cells of the longest price in the window.
        counts: Whether the book knows numbers of orders (L3).
        orders: Whether there may be own orders to show.

    Returns:
        Columns that together need no more than the width, unless even the
        price alone does.
    """
    price = max(price_cells, MIN_PRICE) + MARKS
    have = {"work": 0, "cum": 0, "size": 0, "count": 0}
    left = width - price
    absent = {name for name, wanted in (("count", counts), ("work", orders)) if not wanted}
    for name, wanted in _BUYING:
        if name in absent:
            continue
        gap = 0 if have[name] else 1
        cost = 2 * (wanted - have[name] + gap)
        if cost <= left:
            have[name] = wanted
            left -= cost
    return Columns(price=price, left=max(0, left) // 2, **have)
