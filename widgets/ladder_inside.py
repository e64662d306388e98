"""The orders of one level, in priority, as an inset at the right of the ladder.

The inset takes columns from the ladder, never rows: no price moves up or down.
"""

from __future__ import annotations

from app.link.frames import LevelInside, QueuedOrder
from widgets.lines import Span
from widgets.numbers import MS_PER_S, short_qty, span
from widgets.text import clean, fit, set_width, width_of

WIDTH = 24
"""Cells of the inset with the rule on its left."""

HEADS = 2
"""Rows of the inset above its first order."""

_QTY, _AGE = 8, 5
_LEAST = 3
_YOUNG_MS, _MID_MS = MS_PER_S, 10 * MS_PER_S


def inset(inside: LevelInside | None, height: int, qty_dp: int) -> list[tuple[Span, ...]]:
    """Lay out the inset.

    Args:
        inside: The level, or None if nothing rests at the opened price.
        height: Rows of the ladder's body.
        qty_dp: Decimals of a lot.

    Returns:
        Exactly `height` rows of `WIDTH` cells.
    """
    rows: list[tuple[Span, ...]] = []
    if inside is None:
        rows.append(_row((" nothing rests here", "muted")))
    else:
        side = ("B", "bid") if inside.buy else ("S", "ask")
        head, count = f" {side[0]} {clean(inside.price)}", f" {inside.count} ord "
        room = WIDTH - 1 - len(head) - len(count)
        total = short_qty(inside.qty, qty_dp, room) if room > _LEAST else ""
        rows.append(_row((head, side[1]), (count + total, "muted")))
        rows.append(_row(("   # SIZE       AGE OWN", "muted")))
        rows += [_order(order, qty_dp, side[1]) for order in inside.orders]
        more = inside.count - len(inside.orders)
        if more > 0 and len(rows) < height:
            rows.append(_row((f"   … {more} more", "muted")))
    blank = _row()
    return [*rows[:height], *[blank] * (height - len(rows))]


def beside(spans: tuple[Span, ...], room: int, right: tuple[Span, ...]) -> tuple[Span, ...]:
    """Put the inset's row behind a row of the ladder that gets exactly so many cells."""
    shown: list[Span] = []
    left = room
    for text, ink in spans:
        part = set_width(text, min(left, width_of(text)))
        shown.append((part, ink))
        left -= width_of(part)
    return (*shown, (" " * left, ""), *right) if left else (*shown, *right)


def _row(*spans: Span) -> tuple[Span, ...]:
    """Fill a row behind the rule to the width; the last span is cut if need be."""
    left = WIDTH - 1
    shown: list[Span] = [("│", "faint")]
    for text, ink in spans:
        part = text if len(text) <= left else fit(text, left)
        shown.append((part, ink))
        left -= len(part)
    return (*shown, (" " * left, "")) if left else tuple(shown)


def _order(order: QueuedOrder, qty_dp: int, side: str) -> tuple[Span, ...]:
    age = "" if order.age_ms < 0 else span(order.age_ms)
    ink = "warn" if 0 <= order.age_ms < _YOUNG_MS else "text" if order.age_ms < _MID_MS else "muted"
    own = f"#{order.own}" if order.own else clean(order.iceberg)
    return _row(
        (f"{order.place:>4} ", "muted"),
        (f"{short_qty(order.qty, qty_dp, _QTY):<{_QTY}}", "own" if order.own else side),
        (f" {age:>{_AGE}}", ink),
        (f" {own}", "own" if order.own else "warn"),
    )
