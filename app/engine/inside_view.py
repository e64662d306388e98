"""The orders of one price, in priority, for a screen that opened that level."""

from __future__ import annotations

from collections.abc import Mapping

from app.clock import NS_PER_MS
from app.domain.book import L3Book
from app.domain.book_values import OrderView
from app.domain.instrument import Instrument
from app.domain.order import Side
from app.domain.queue_story import when
from app.engine.flow_view import iceberg_text
from app.engine.ladder_view import Scale, price_text
from app.engine.market import PairMarket
from app.link.frames import LevelInside, QueuedOrder
from app.link.messages import SetView

TAIL = 6
"""Characters of an order id that tell two orders of one level apart."""


def inside(
    pair: PairMarket,
    book: L3Book,
    scale: Scale,
    instrument: Instrument,
    view: SetView,
    own: Mapping[str, int],
    mono_ns: int,
) -> LevelInside | None:
    """Return the orders at the price row that a screen opened; None if nothing rests there.

    A row of several ticks lists them price by price, the best first, so that
    what trades first still stands in front.

    Args:
        pair: The pair's market.
        book: Its book.
        scale: Units per row and lot.
        instrument: The pair.
        view: What the screen shows.
        own: Short numbers of own orders by the venue's id.
        mono_ns: Monotonic time.
    """
    row = view.inside or 0
    for side in Side:
        first, last = scale.prices_of(side, row)
        levels = book.window(side, first, last)
        if levels:
            orders = list(enumerate((one for level in levels for one in book.orders_at(side, level.price)), 1))
            now = pair.venue_ns(mono_ns)
            return LevelInside(
                price_text(row * scale.row, instrument),
                row,
                side is Side.BUY,
                len(orders),
                sum(level.qty for level in levels) // scale.lot,
                tuple(
                    _order(place, one, scale.lot, own, now, _evidence(pair, one.order_id))
                    for place, one in _shown(orders, own, view.inside_rows)
                ),
            )
    return None


def _shown(orders: list[tuple[int, OrderView]], own: Mapping[str, int], rows: int) -> list[tuple[int, OrderView]]:
    """Choose the orders that there is room for: own ones, then the first in the queue."""
    ours = [at for at, (_, order) in enumerate(orders) if order.order_id in own][:rows]
    others = [at for at in range(len(orders)) if at not in ours][: rows - len(ours)]
    return [orders[at] for at in sorted([*ours, *others])]


def _evidence(pair: PairMarket, order_id: str) -> str:
    """Return the evidence that an order has a reserve; empty without."""
    found = pair.flow.icebergs.of(order_id) if pair.flow is not None else None
    return iceberg_text(found) if found is not None else ""


def _order(place: int, order: OrderView, lot: int, own: Mapping[str, int], now_ns: int, evidence: str) -> QueuedOrder:
    born = when(order.timestamp_text)
    age = max(0, now_ns - born) // NS_PER_MS if born and now_ns else -1
    return QueuedOrder(place, order.order_id[-TAIL:], order.qty_units // lot, age, own.get(order.order_id, 0), evidence)
