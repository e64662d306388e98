"""From own orders to their marks on the ladder: the place in the queue, and why it moved."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from app.domain.book import L3Book
from app.domain.book_values import QueuePosition
from app.domain.fill_time import SPANS_S, fill_time
from app.domain.instrument import Instrument, from_units, to_units
from app.domain.order import Side
from app.domain.working import WorkingOrder
from app.engine.ladder_view import Scale
from app.engine.market import PairMarket
from app.link.frames import OwnMark, QueueMoves


def marks(
    pair: PairMarket | None,
    scale: Scale,
    orders: Iterable[tuple[WorkingOrder, int]],
    instrument: Instrument,
    mono_ns: int,
) -> tuple[OwnMark, ...]:
    """Return the marks of all own working orders of a pair.

    Args:
        pair: The pair's market, or None without one.
        scale: Units per row and lot.
        orders: Working orders and their short numbers.
        instrument: The pair.
        mono_ns: Monotonic time.
    """
    found = (_mark(pair, scale, order, number, instrument, mono_ns) for order, number in orders)
    return tuple(mark for mark in found if mark is not None)


def reserve(pair: PairMarket | None, order: WorkingOrder) -> tuple[Decimal, Decimal] | None:
    """Return what an own iceberg hides and its next slice; None if its visible slice is not in the book."""
    book = pair.book if pair is not None else None
    if order.display_qty is None or not isinstance(book, L3Book) or not order.order_id:
        return None
    queue = book.queue(order.order_id)
    if queue is None:
        return None
    hidden = max(Decimal(0), order.open_qty - from_units(queue.own_qty))
    return hidden, min(order.display_qty, hidden)


def _mark(
    pair: PairMarket | None, scale: Scale, order: WorkingOrder, number: int, instrument: Instrument, mono_ns: int
) -> OwnMark | None:
    """Return the mark of an own order, with its queue if the book shows it; None for one without a price."""
    if order.limit_price is None:
        return None
    row = scale.row_of(order.side, to_units(order.limit_price))
    left = int(order.worst_case_open_qty / instrument.lot)
    book = pair.book if pair is not None else None
    queue = book.queue(order.order_id) if isinstance(book, L3Book) and order.order_id else None
    if queue is None or pair is None:
        return OwnMark(row, order.side is Side.BUY, number, left, order.state.value, qty_dp=instrument.qty_dp)
    return OwnMark(
        row,
        order.side is Side.BUY,
        number,
        left,
        order.state.value,
        queue.orders_ahead,
        queue.qty_ahead // scale.lot,
        queue.orders_behind,
        queue.qty_behind // scale.lot,
        queue.provable,
        instrument.qty_text(from_units(queue.qty_ahead)),
        _moves(pair, scale, order, queue, mono_ns),
        instrument.qty_dp,
    )


def _moves(
    pair: PairMarket, scale: Scale, order: WorkingOrder, queue: QueuePosition, mono_ns: int
) -> QueueMoves | None:
    """Return why an own order's queue moved; None if nobody looked."""
    flow, limit = pair.flow, order.limit_price
    story = flow.story(order.order_id or "", pair.venue_ns(mono_ns), mono_ns) if flow is not None else None
    if story is None or limit is None:
        return None
    lot, price = scale.lot, to_units(limit)
    bids = order.side is Side.BUY
    traded = tuple(pair.volume.lately(price, mono_ns, span, bids=bids) for span in SPANS_S)
    own = to_units(order.worst_case_open_qty)
    guess = fill_time(queue.qty_ahead, own, traded, story.minute.cancelled)
    return QueueMoves(
        story.entry_orders,
        story.entry_qty // lot,
        story.whole,
        story.entry.traded // lot,
        story.entry.cancelled // lot,
        story.entry.unknown // lot,
        story.minute.traded // lot,
        story.minute.cancelled // lot,
        story.pending // lot,
        guess.soonest if guess else -1,
        guess.latest if guess else -1,
    )
