"""The rate gauge: points left, what the next key costs, how the counter went."""

from __future__ import annotations

from typing import ClassVar

from app.link.frames import GaugeView, OrderRow
from widgets.items import Item, choose_forms, joined, spread_out
from widgets.lines import Line, LinePane, Span, inks
from widgets.numbers import points, span
from widgets.plate import guarded
from widgets.text import clean, fit

THOUSAND = 1000
SPARKS = "▁▂▃▄▅▆▇█"
_HOT_PERCENT = 80
_SHARE_FROM = 500
"""Thousandths of a point by which someone else's use is worth a word."""


class Gauge(LinePane):
    """Rate counters of the shown pair and the account."""

    COMPONENT_CLASSES: ClassVar[set[str]] = inks("good", "warn", "bad", "reserve", "track", "spark")

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._view: GaugeView | None = None
        self._order: OrderRow | None = None
        self._keyless = False

    @guarded
    def apply(self, view: GaugeView | None, selected: OrderRow | None = None, *, keyless: bool = False) -> None:
        """Show the counters.

        Args:
            view: Counters; None keeps the last ones.
            selected: The order that `c` would cancel, for its price tag.
            keyless: Whether there is no account whose counter could be shown.
        """
        self._keyless = keyless
        self._view = self._view if view is None else view
        self._order = selected
        self.show()

    def build(self, width: int, height: int) -> list[Line]:
        """Build numbers and bar first, then price tags, history and the rest."""
        view = self._view
        if self._keyless:
            return [Line(((fit(" no key: no orders, no counter", width), "muted"),))]
        if view is None:
            return [Line(((" no counter yet", "muted"),))]
        if height == 1:
            return [_margin(_compact(view, width - 2))]
        lines = [_numbers(view, width - 2), _bar(view, width - 2)]
        tags = _tags(view, self._order, width - 2)
        rest = _rest(view, width - 2)
        spark = Line(((_spark(view, width - 2), "spark"),)) if view.history else None
        for extra in (tags, spark, rest):
            if extra is not None and len(lines) < height:
                lines.append(extra)
        return [_margin(item) for item in lines]


def _margin(item: Line) -> Line:
    """Leave a blank cell on the left."""
    return Line(((" ", ""), *item.spans), item.ground)


def _heat(view: GaugeView) -> str:
    """Choose the ink for how close the counter is to its limits."""
    limit = max(1, view.threshold * THOUSAND)
    if view.points >= limit - view.reserve * THOUSAND:
        return "bad"
    return "warn" if view.points * 100 >= limit * _HOT_PERCENT else "good"


def _count(view: GaugeView) -> tuple[Span, ...]:
    """Build `41.2/180 pts`; a `~` says that the venue has not confirmed it."""
    doubt = "" if view.reported else "~"
    return ((f"{doubt}{points(view.points)}", _heat(view)), (f"/{view.threshold} pts", "muted"))


def _numbers(view: GaugeView, width: int) -> Line:
    """Build the line of counter, decay and time until empty."""
    free: tuple[Span, ...] = (("free in ", "muted"), (span(view.free_in_ms), "text"))
    items = [
        Item(0, (_count(view),)),
        Item(3, (((f"-{points(view.decay)}/s", "muted"),), ())),
        Item(2, (free, ((span(view.free_in_ms), "text"),), ())),
        Item(4, (((clean(view.tier), "muted"),), ())),
    ]
    if view.others >= _SHARE_FROM:
        others = points(view.others)
        items.append(Item(1, (((f"others +{others}", "warn"),), ((f"+{others}", "warn"),), ())))
    return Line(joined(choose_forms(items, width)))


def _bar(view: GaugeView, width: int) -> Line:
    """Build the bar, with the reserve that ordinary keys may not spend."""
    if width <= 0:
        return Line()
    limit = max(1, view.threshold)
    full = min(width, -(-view.points * width // (limit * THOUSAND))) if view.points > 0 else 0
    reserve = min(width, view.reserve * width // limit)
    open_cells = width - reserve
    used, over = min(full, open_cells), max(0, full - open_cells)
    return Line(
        (
            ("━" * used, _heat(view)),
            ("─" * (open_cells - used), "track"),
            ("━" * over, "bad"),
            ("╌" * (reserve - over), "reserve"),
        )
    )


def _tags(view: GaugeView, order: OrderRow | None, width: int) -> Line:
    """Build the price tags of the next keys."""
    items = [Item(1, ((("add ", "muted"), (f"+{view.add_cost}", "text")),))]
    price = order.cancel if order is not None else None
    if order is not None and price is not None:
        key: Span = (f"c cancel #{order.number} ", "muted")
        now: Span = (f"+{price.now}", "text" if price.now else "good")
        free: Span = (f" → free in {span(price.free_in_ms)}", "muted")
        step: Span = (f" → +{price.next} in {span(price.next_in_ms)}", "warn")
        if price.now <= 0:
            forms: tuple[tuple[Span, ...], ...] = ((key, ("free", "good")),)
        elif price.next > 0:
            forms = ((key, now, step, free), (key, now, step), (("c ", "muted"), now, step), (("c ", "muted"), now))
        else:
            forms = ((key, now, free), (("c ", "muted"), now, free), (("c ", "muted"), now))
        items.insert(0, Item(0, forms))
        items[1] = Item(1, (*items[1].forms, ()))
    return Line(joined(choose_forms(items, width)))


def _spark(view: GaugeView, width: int) -> str:
    """Build the history as block glyphs, newest at the right."""
    limit = max(1, view.threshold * THOUSAND)
    top = len(SPARKS) - 1
    return "".join(SPARKS[min(top, max(0, value) * top // limit)] for value in view.history[-width:]).rjust(
        max(0, width)
    )


def _rest(view: GaugeView, width: int) -> Line:
    """Build the counters of REST and of connection attempts."""
    hot = view.rest * 100 >= view.rest_max * THOUSAND * _HOT_PERCENT
    left = (("REST ", "muted"), (points(view.rest), "warn" if hot else "text"), (f"/{view.rest_max}", "muted"))
    many = view.connects * 100 >= view.connects_max * _HOT_PERCENT
    right = (
        ("connects ", "muted"),
        (str(view.connects), "warn" if many else "text"),
        (f"/{view.connects_max}", "muted"),
    )
    return Line(spread_out(left, right, width))


def _compact(view: GaugeView, width: int) -> Line:
    """Build the counter and a bar in one line."""
    count = _count(view)
    bar = _bar(view, max(0, width - sum(len(text) for text, _ in count) - 1))
    return Line((*count, (" ", ""), *bar.spans))
