"""Facts in one row, from most to least important, fitted to a width."""

from __future__ import annotations

from typing import NamedTuple

from widgets.lines import Span
from widgets.text import width_of


class Item(NamedTuple):
    """One fact in several lengths.

    Attributes:
        rank: Lower ranks are shortened, and dropped, later.
        forms: Spans of the fact, longest form first; an empty form lets the
            fact go when there is no room.
    """

    rank: int
    forms: tuple[tuple[Span, ...], ...]


def spans_width(spans: tuple[Span, ...]) -> int:
    """Return how many cells some spans cover."""
    return sum(width_of(text) for text, _ in spans)


def choose_forms(items: list[Item], width: int, gap: int = 2) -> list[tuple[Span, ...]]:
    """Choose a form for every item so that all fit.

    Items of the highest rank are shortened first, one form at a time; room
    that is left over then goes back to the most important ones.

    Args:
        items: Facts in the order they are shown.
        width: Cells of the row.
        gap: Cells between two facts.

    Returns:
        One form for every item, in order. If even the shortest forms need
        more than the width they are returned as they are.
    """
    chosen = [0] * len(items)
    widths = [[spans_width(form) for form in item.forms] for item in items]

    def fits() -> bool:
        shown = [widths[at][form] for at, form in enumerate(chosen) if widths[at][form]]
        return sum(shown) + gap * max(0, len(shown) - 1) <= width

    order = sorted(range(len(items)), key=lambda at: -items[at].rank)
    for at in order:
        while not fits() and chosen[at] + 1 < len(items[at].forms):
            chosen[at] += 1
    for at in reversed(order):
        while chosen[at]:
            chosen[at] -= 1
            if not fits():
                chosen[at] += 1
                break
    return [item.forms[form] for item, form in zip(items, chosen, strict=True)]


def row_of(left: list[Item], right: list[Item], width: int) -> tuple[Span, ...]:
    """Fit two groups of facts into a row, the second one at its right end.

    Args:
        left: Facts from the left edge on.
        right: Facts that end at the right edge.
        width: Cells of the row.

    Returns:
        Spans of the row.
    """
    forms = choose_forms([*left, *right], width)
    return spread_out(joined(forms[: len(left)]), joined(forms[len(left) :]), width)


def joined(forms: list[tuple[Span, ...]], gap: str = "  ", ink: str = "") -> tuple[Span, ...]:
    """Put facts into one row of spans with a gap between them; empty ones are left out."""
    spans: list[Span] = []
    for form in forms:
        if form:
            if spans:
                spans.append((gap, ink))
            spans.extend(form)
    return tuple(spans)


def spread_out(left: tuple[Span, ...], right: tuple[Span, ...], width: int) -> tuple[Span, ...]:
    """Put facts at both ends of a row; the right end goes if there is no room."""
    room = width - spans_width(left) - spans_width(right)
    if room < 1 or not right:
        return left
    return (*left, (" " * room, ""), *right)
