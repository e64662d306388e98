"""Working orders and the latest that ended."""

from __future__ import annotations

from typing import ClassVar

from app.link.frames import CancelPrice, OrderRow
from widgets.blotter import Blotter, Cell, Column, Row
from widgets.ladder_rows import is_unknown
from widgets.numbers import NS_PER_MS, decimal_of, short_qty, span, trimmed
from widgets.plate import guarded
from widgets.queue_text import moved_forms
from widgets.text import clean

STATE_WORDS = {
    "pending_new": ("sent", "warn"),
    "acked": ("acked", "warn"),
    "working": ("working", "text"),
    "partially_filled": ("part", "good"),
    "pending_amend": ("amending", "warn"),
    "pending_cancel": ("cancelling", "warn"),
    "unknown_new": ("? new", "bad"),
    "unknown_amend": ("? amend", "bad"),
    "unknown_cancel": ("? cancel", "bad"),
    "filled": ("filled", "good"),
    "canceled": ("cancelled", "muted"),
    "expired": ("expired", "muted"),
    "rejected": ("rejected", "bad"),
}
"""Word and ink of every state; a state that is not here is shown with a `?`."""

EXTERNAL = "external"
"""Owner of an order that was placed elsewhere on the account."""

ENDED = frozenset({"filled", "canceled", "expired", "rejected"})
_SIDES = {"buy": ("B", "bid"), "sell": ("S", "ask")}
_QTY_CELLS = 8
_PAIR_RANK = 2


class Orders(Blotter):
    """Own orders, working ones first."""

    EMPTY = "no orders: move the ladder cursor, then b or s"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("#", 3, 0, right=True),
        Column("S", 1, 0),
        Column("QTY", 8, 1, right=True, grow=11),
        Column("PRICE", 10, 1, grow=26),
        Column("LEFT", 8, 4, right=True, grow=11),
        Column("STATE", 9, 2, grow=10),
        Column("TERMS", 9, 3, grow=44),
        Column("AGE", 5, 8, right=True),
        Column("QUEUE", 7, 3, grow=13),
        Column("CANCEL", 6, 5, grow=22),
        Column("MOVED", 8, 7, grow=52),
        Column("PAIR", 7, 6, grow=10),
        Column("TYPE", 10, 9, grow=22),
        Column("AVG", 9, 10, right=True),
        Column("BY", 4, 7, grow=8),
        Column("NOTE", 12, 11, grow=60),
    )

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._orders: tuple[OrderRow, ...] = ()
        self._now_ns = 0
        self._symbol = ""

    def ranked(self) -> tuple[Column, ...]:
        """Return the columns; the pair comes early while an order of another one than the ladder's is among them."""
        if not self._symbol or all(order.symbol == self._symbol for order in self._orders):
            return self.COLUMNS
        return tuple(column._replace(rank=_PAIR_RANK) if column.name == "PAIR" else column for column in self.COLUMNS)

    @guarded
    def apply(self, orders: tuple[OrderRow, ...] | None, now_ns: int = 0, symbol: str = "") -> None:
        """Show orders.

        Args:
            orders: All of them, in order; None keeps the last ones.
            now_ns: Wall time for the ages; 0 keeps the last one.
            symbol: Pair that the ladder shows; empty keeps the last one.
        """
        self._orders = self._orders if orders is None else orders
        self._now_ns = now_ns or self._now_ns
        self._symbol = symbol or self._symbol
        self.put(tuple(self._row(order) for order in families(self._orders)))

    def order(self, key: str | None) -> OrderRow | None:
        """Return the order of a row key."""
        return next((order for order in self._orders if order.key == key), None)

    def _row(self, order: OrderRow) -> Row:
        """Turn an order into cells."""
        ended = order.state in ENDED
        letter, ink = _SIDES.get(order.side, ("?", "bad"))
        body = "muted" if ended else "text"
        shown_ink = "muted" if ended else ink
        number = f"↳{order.number}" if order.parent else f"{order.number}"
        age_ms = max(0, self._now_ns - (order.changed_ns or order.created_ns)) // NS_PER_MS
        return Row(
            order.key,
            (
                (number, body),
                (letter, shown_ink),
                (_quantity(order.qty), shown_ink),
                (price_forms(order), shown_ink),
                ("" if ended else _quantity(order.left), body),
                state_cell(order, self._now_ns),
                (term_forms(order, self._now_ns), "warn" if is_stranger(order) else "muted"),
                (span(age_ms), "muted"),
                _queue(order),
                ("", "") if ended else _cancel(order.cancel),
                (moved_forms(None if ended else order.queue), "muted"),
                (order.symbol, "muted" if order.symbol == self._symbol else body),
                (order.kind, "muted"),
                (clean(order.avg), body),
                ((order.owner, clean(order.owner)[:3]), "muted" if order.owner in {"ws", "rest", "fix"} else "warn"),
                (order.reason or cancel_way(order), "muted"),
            ),
        )


def families(orders: tuple[OrderRow, ...]) -> list[OrderRow]:
    """Return the orders with those that an order's fills made right under it.

    A child that works does not sink to a parent that has ended: working
    orders stay above the others.
    """
    places = {order.number: order.state in ENDED for order in orders}
    children: dict[int, list[OrderRow]] = {}
    rows: list[OrderRow] = []
    for order in orders:
        if places.get(order.parent) is (order.state in ENDED):
            children.setdefault(order.parent, []).append(order)
        else:
            rows.append(order)
    return [row for order in rows for row in (order, *children.get(order.number, ()))]


def state_cell(order: OrderRow, now_ns: int) -> tuple[str, str]:
    """Return the state of an order as a word, and its ink; `waiting` until its trigger fires or its start comes."""
    if order.state == "working":
        if order.starts_ns > now_ns:
            return ("starts", "muted")
        if order.trigger:
            return ("triggered", "text") if order.triggered else ("waiting", "text")
    return STATE_WORDS.get(order.state, (f"? {clean(order.state)}", "bad"))


def price_forms(order: OrderRow) -> tuple[str, ...]:
    """Return where an order trades: its trigger and its limit, in forms with the longest first."""
    limit = clean(order.price)
    if not order.trigger:
        return (f"@{limit}",) if limit else ("@market",)
    trigger = clean(order.trigger)
    kind, _, rest = trigger.partition(" ")
    level = rest.rpartition(" ")[0] or rest
    now = level.rpartition("→")[2].strip()
    brief = (f"{kind} {level}", f"{kind} {now}", f"{kind} {trimmed(now)}", f"{kind[:1]} {trimmed(now)}")
    return (f"{trigger} @{limit}", *((f"{kind} {level} @{limit}",)), trigger, *brief) if limit else (trigger, *brief)


def term_forms(order: OrderRow, now_ns: int) -> tuple[str, ...]:
    """Return what else is agreed for an order: as many of its terms as there is room for, the gravest first."""
    left_ms = max(0, order.expires_ns - now_ns) // NS_PER_MS
    starts_ms = max(0, order.starts_ns - now_ns) // NS_PER_MS
    ended = order.state in ENDED
    terms = [
        ("external", "external") if is_stranger(order) else ("", ""),
        (f"↳#{order.parent}", "child") if order.parent else ("", ""),
        (f"in {span(starts_ms)}", "starts") if starts_ms and not ended else ("", ""),
        (f"gtd {span(left_ms)}", "gtd") if order.expires_ns and not ended else ("", ""),
        (_iceberg(order), "iceberg") if order.display else ("", ""),
        (f"{order.children} child{'ren' if order.children > 1 else ''}", "parent") if order.children else ("", ""),
        (clean(order.close), "closes"),
    ]
    said = [(full, brief) for full, brief in terms if full]
    if not said:
        return ("",)
    # The last form has no number in it that could be cut.
    return (*(" · ".join(full for full, _ in said[:count]) for count in range(len(said), 0, -1)), said[0][1])


def cancel_way(order: OrderRow) -> str:
    """Say what a cancel would go over where that is worth a word: an order of FIX, or a detour."""
    reach = clean(order.reach)
    return f"cancel over {reach}" if reach and ("fix" in (order.owner, reach) or ":" in reach) else ""


def _iceberg(order: OrderRow) -> str:
    """Say what an own iceberg shows, what it hides, and what shows next: `ice 0.1 hides 0.5 next 0.1`."""
    shown = f"ice {trimmed(clean(order.display))}"
    if not order.hidden or order.state in ENDED:
        return shown
    return f"{shown} hides {trimmed(clean(order.hidden))} next {trimmed(clean(order.refill))}"


def is_stranger(order: OrderRow) -> bool:
    """Say whether an order was placed elsewhere on the account, not made by a fill of one of ours."""
    return order.owner == EXTERNAL and not order.parent


def _quantity(text: str) -> str | tuple[str, ...]:
    """Build a quantity in full, or rounded where the column is narrow."""
    full = trimmed(clean(text))
    value = decimal_of(full)
    if value is None:
        return full
    places = max(0, -int(value.as_tuple().exponent))
    lots = int(value.scaleb(places))
    return (full, short_qty(lots, places, _QTY_CELLS))


def _queue(order: OrderRow) -> Cell:
    """Build the place in the queue: orders ahead, then quantity ahead."""
    mark = order.queue
    if mark is None or order.state in ENDED:
        return ("", "")
    if is_unknown(order.state):
        return ("?", "bad")
    if mark.ahead_n < 0:
        return ("-", "muted")
    place = f"{'' if mark.provable else '~'}{mark.ahead_n}"
    if not mark.ahead_text:
        return (place, "text")
    ahead = _quantity(mark.ahead_text)
    return ((*(f"{place}/{form}" for form in ([ahead] if isinstance(ahead, str) else ahead)), place), "text")


def _cancel(price: CancelPrice | None) -> Cell:
    """Build what a cancel costs now and next: `+8 → +6 in 1.7s`."""
    if price is None:
        return ("", "")
    if price.now <= 0:
        return ("free", "good")
    now = f"+{price.now}"
    ink = "warn" if price.now >= _DEAR else "text"
    if price.next <= 0:
        free = span(price.free_in_ms)
        return ((f"{now} → free in {free}", f"{now} →0 {free}", now), ink)
    wait = span(price.next_in_ms)
    return ((f"{now} → +{price.next} in {wait}", f"{now}→{price.next} {wait}", now), ink)


_DEAR = 5
"""Points from which a cancel is worth a second thought."""
