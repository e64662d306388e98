"""The rate gauge: points left, what the next keys cost, how the counter went and who spent it."""

from __future__ import annotations

from typing import ClassVar

from app.link.frames import GaugeView
from widgets.items import Item, choose_forms, joined
from widgets.lines import Line, LinePane, Span, inks
from widgets.models import KeyPrices
from widgets.numbers import fixed, points, span
from widgets.plate import guarded
from widgets.text import clean, fit

THOUSAND = 1000
MS_PER_S = 1000
SPARKS = "▁▂▃▄▅▆▇█"
_HOT_PERCENT = 80
_SHARE_FROM = 500
"""Thousandths of a point by which someone else's use is worth a word."""

_SCALE_CELLS = 6
"""Cells before the history strip: how far back it reaches."""

_WHOLE_SPENT = 3
"""Spenders that are named one by one."""


class Gauge(LinePane):
    """Rate counters of the shown pair and the account."""

    COMPONENT_CLASSES: ClassVar[set[str]] = inks("good", "warn", "bad", "reserve", "track", "spark")

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._view: GaugeView | None = None
        self._prices: KeyPrices | None = None
        self._keyless = False

    @guarded
    def apply(self, view: GaugeView | None, prices: KeyPrices | None = None, *, keyless: bool = False) -> None:
        """Show the counters.

        Args:
            view: Counters; None keeps the last ones.
            prices: What the keys on the selected order cost now.
            keyless: Whether there is no account whose counter could be shown.
        """
        self._keyless = keyless
        self._view = self._view if view is None else view
        self._prices = prices
        self.show()

    def build(self, width: int, height: int) -> list[Line]:
        """Build as many lines as there is room for, the most important ones first to stay."""
        view = self._view
        if self._keyless:
            return [Line(((fit(" no key: no orders, no counter", width), "muted"),))]
        if view is None:
            return [Line(((" no counter yet", "muted"),))]
        room = width - 2
        if height == 1:
            return [_margin(_compact(view, room))]
        rows = [
            (0, _numbers(view, room)),
            (1, _bar(view, room)),
            (2, _cancel(self._prices, room)),
            (7, _keys(view, self._prices, room)),
            (3, _spark(view, room)),
            (5, _spenders(view, room)),
            (6, _spent(view, room)),
            (4, _budgets(view, room)),
            (8, _derivatives(view)),
        ]
        least = sorted(rank for rank, _ in rows)[: max(0, height)]
        return [_margin(line) for rank, line in rows if rank in least]


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
    """Build the line of counter, decay and time until empty, and what somebody else spent."""
    free: tuple[Span, ...] = (("free in ", "muted"), (span(view.free_in_ms), "text"))
    items = [
        Item(0, (_count(view),)),
        Item(3, (((f"-{fixed(view.decay, 3).rstrip('0').rstrip('.')}/s", "muted"),), ())),
        Item(2, (free, ((span(view.free_in_ms), "text"),), ())),
        Item(4, (((clean(view.tier), "muted"),), ())),
    ]
    if view.others >= _SHARE_FROM:
        spent = points(view.others)
        items.append(Item(1, (((f"others +{spent}/min", "warn"),), ((f"others +{spent}", "warn"),), ())))
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


def _cancel(prices: KeyPrices | None, width: int) -> Line:
    """Build the price tag of the cancel key: `c cancel #4 +8 → +6 in 1.7 s → free in 4:51`."""
    if prices is None:
        return Line((("c cancel: no order", "muted"),))
    now, *later = clean(prices.cancel).split(" → ")
    ink = "good" if not later else "bad" if prices.over else "text"
    tails = [tuple((f" → {step}", "muted") for step in later[:count]) for count in range(len(later), -1, -1)]
    heads = [(f"{words} ", "muted") for words in (f"c cancel #{prices.number}", f"c #{prices.number}", "c")]
    over: tuple[Span, ...] = ((" over the limit: as a batch", "bad"),) if prices.over else ()
    forms = [(head, (now, ink), *over, *tail) for tail in tails for head in heads]
    return Line(joined(choose_forms([Item(0, tuple(forms))], width)))


def _keys(view: GaugeView, prices: KeyPrices | None, width: int) -> Line:
    """Build the prices of the other keys, and from when on a new order may go out."""
    add: Span = (f"+{view.add_cost}", "text")
    room = view.threshold * THOUSAND - view.reserve * THOUSAND - view.points - view.add_cost * THOUSAND
    if room < 0 < view.decay:
        add = (f"in {span(-(room * MS_PER_S // view.decay))}", "bad")
    items = [Item(1, ((("b s add ", "muted"), add), (("add ", "muted"), add)))]
    if prices is not None:
        steps = clean(prices.amend).split(" → ")
        forms = [(("m amend ", "muted"), (" → ".join(steps[:count]), "text")) for count in range(len(steps), 0, -1)]
        items.append(Item(3, (*forms, ())))
    kept = [((words, "muted"),) for words in (f"keeps {view.reserve} for the exit", f"keeps {view.reserve}")]
    items.append(Item(2, (*kept, ())))
    return Line(joined(choose_forms(items, width)))


def _strip(view: GaugeView, width: int) -> int:
    """Return how many cells of history there is room for."""
    return max(0, min(len(view.history), width - _SCALE_CELLS))


def _spark(view: GaugeView, width: int) -> Line:
    """Build the history as block glyphs, newest at the right, and how far back it reaches."""
    limit, top = max(1, view.threshold * THOUSAND), len(SPARKS) - 1
    shown = view.history[len(view.history) - _strip(view, width) :]
    cells = "".join(SPARKS[min(top, max(0, value) * top // limit)] for value in shown)
    back = f"-{span(len(shown) * view.bin_s * MS_PER_S)}" if shown else ""
    return Line(((fit(back, _SCALE_CELLS), "muted"), (cells.rjust(max(0, width - _SCALE_CELLS)), "spark")))


def _spenders(view: GaugeView, width: int) -> Line:
    """Build a letter under each cell of history: who spent the most then."""
    shown = view.spenders[len(view.spenders) - _strip(view, width) :] if view.spenders else ""
    letters = clean(shown).rjust(max(0, width - _SCALE_CELLS)) if shown.strip() else ""
    return Line(((fit("who", _SCALE_CELLS), "muted"), (letters, "text")))


def _spent(view: GaugeView, width: int) -> Line:
    """Build who spent what in the last minute, the most first."""
    sums: dict[str, int] = {}
    for row in view.spent:
        sums[row.who] = sums.get(row.who, 0) + row.points
    if not sums:
        return Line((("last minute: nobody spent", "muted"),))
    items = [Item(0, ((("last minute", "muted"),), ()))]
    for at, who in enumerate(sorted(sums, key=lambda name: -sums[name])):
        total: tuple[Span, ...] = ((f"{clean(who)} ", "muted"), (f"+{points(sums[who])}", "text"))
        kinds = [f"{clean(row.action)} {points(row.points)}" for row in view.spent if row.who == who and row.action]
        items.append(Item(at + 1, (total, ())))
        if kinds:
            items.append(Item(at + 1 + len(sums), (((f"({', '.join(kinds[:_WHOLE_SPENT])})", "muted"),), ())))
    return Line(joined(choose_forms(items, width)))


def _budgets(view: GaugeView, width: int) -> Line:
    """Build the budgets of the account beside the counter: REST, order-by-order books, connections."""
    rest = _budget("REST", points(view.rest), view.rest_max, hot=_hot(view.rest, view.rest_max * THOUSAND))
    books = _budget("L3", str(view.l3), view.l3_max, hot=_hot(view.l3, view.l3_max))
    hot = _hot(view.connects, view.connects_max)
    connects = [_budget(name, str(view.connects), view.connects_max, hot=hot) for name in ("connects", "conn")]
    return Line(joined(choose_forms([Item(0, (rest,)), Item(1, (books, ())), Item(2, (*connects, ()))], width)))


def _derivatives(view: GaugeView) -> Line:
    """Build the bucket of the derivatives, which have counters of their own."""
    if view.derivs < 0:
        return Line((("derivatives: not connected", "muted"),))
    return Line(_budget("derivatives", str(view.derivs), view.derivs_max, hot=_hot(view.derivs, view.derivs_max)))


def _budget(name: str, used: str, most: int, *, hot: bool) -> tuple[Span, ...]:
    return ((f"{name} ", "muted"), (used, "warn" if hot else "text"), (f"/{most}", "muted"))


def _hot(used: int, most: int) -> bool:
    return used * 100 >= most * _HOT_PERCENT


def _compact(view: GaugeView, width: int) -> Line:
    """Build the counter and a bar in one line."""
    count = _count(view)
    bar = _bar(view, max(0, width - sum(len(text) for text, _ in count) - 1))
    return Line((*count, (" ", ""), *bar.spans))
