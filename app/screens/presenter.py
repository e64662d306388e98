"""Pure functions from frames to what panes and lines show."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from app.domain.working import OrderState
from app.link.frames import Event, Frame, GaugeView, HelperRow, LadderView, LinkState, OrderRow, StatusView, Trust
from widgets.helpers import LIVE
from widgets.models import KeyPrices
from widgets.numbers import points, trimmed
from widgets.orders import STATE_WORDS, price_forms
from widgets.text import clean

EDGE_ROWS = 2
"""The market is about to leave a window when fewer rows are left before it."""

STALE_MS = 2000
"""A book without a message for so long is not traded on."""


def price_of(view: LadderView, row: int) -> Decimal:
    """Return the price of a ladder row, exact."""
    return Decimal(view.step) * row


def tick_of(view: LadderView) -> Decimal:
    """Return the tick of the shown pair."""
    return Decimal(view.step) / view.group


def least_size(view: LadderView) -> Decimal:
    """Return the smallest quantity the pair can count."""
    return Decimal(1).scaleb(-view.qty_dp)


def number_of(text: str) -> Decimal | None:
    """Read a formatted price; None if there is none."""
    return Decimal(text) if text else None


def working(orders: Sequence[OrderRow], symbol: str = "") -> list[OrderRow]:
    """Return the orders that may still trade, oldest first.

    Args:
        orders: As in the frame.
        symbol: Only those of this pair; empty for all.
    """
    rows = [order for order in orders if not OrderState(order.state).terminal and symbol in ("", order.symbol)]
    return sorted(rows, key=lambda order: order.number)


def chosen(orders: Sequence[OrderRow], symbol: str, number: int) -> OrderRow | None:
    """Return the order that the order keys act on.

    Args:
        orders: As in the frame.
        symbol: Pair that is shown.
        number: What the user selected; 0 for nothing.

    Returns:
        The selected order while it works, else the newest working one of the pair.
    """
    rows = working(orders, symbol)
    for order in rows:
        if order.number == number:
            return order
    return rows[-1] if rows else None


def cancellable(orders: Sequence[OrderRow], symbol: str, number: int) -> OrderRow | None:
    """Return the order that the cancel key means.

    As `chosen`, but an order that is being cancelled already gives way to the
    newest that is not, so that pressing again takes the next one.
    """
    order = chosen(orders, symbol, number)
    if order is None or order.state != OrderState.PENDING_CANCEL:
        return order
    rest = [row for row in working(orders, symbol) if row.state != OrderState.PENDING_CANCEL]
    return rest[-1] if rest else order


def neighbour(orders: Sequence[OrderRow], symbol: str, number: int, step: int) -> int:
    """Return the number of the own order before or after one, round and round; 0 without any."""
    numbers = [order.number for order in working(orders, symbol)]
    if not numbers:
        return 0
    if number not in numbers:
        return numbers[-1] if step < 0 else numbers[0]
    return numbers[(numbers.index(number) + step) % len(numbers)]


PUBLIC = "PUBLIC"
"""Mode of an engine without a key."""


NO_KEY = "view only: public data, no key: nothing can be traded here"


def view_only(mode: str, holder: str) -> str:
    """Say why this screen may only look, and what to do about it.

    Args:
        mode: Mode of the engine.
        holder: Who holds the pen; empty if nobody does.
    """
    if mode == PUBLIC:
        return NO_KEY
    return f"view only: {holder or 'nobody'} holds the pen; P takes it"


def refusal(status: StatusView | None, ladder: LadderView | None, *, pen: bool, holder: str) -> str:
    """Say why no new order may be sent now.

    The engine's gate decides; this only spares the way there and says it at once.

    Args:
        status: Status bar.
        ladder: Shown book.
        pen: Whether this screen may trade.
        holder: Who may, if another does.

    Returns:
        One line with what to do, or an empty text.
    """
    if not pen:
        return view_only(status.mode if status is not None else "", holder)
    if status is None or ladder is None:
        return "nothing received yet: wait for the book"
    if status.killed:
        return "the kill switch is engaged: type :release, then A arms again"
    if status.blocked:
        return status.blocked
    if ladder.trust is not Trust.VERIFIED or ladder.age_ms > STALE_MS:
        return book_warning(ladder)
    return ""


def book_warning(view: LadderView) -> str:
    """Say what is wrong with the shown book; empty if nothing is."""
    match view.trust:
        case Trust.NONE:
            return f"no book of {view.symbol} yet"
        case Trust.SYNCING:
            return f"the book of {view.symbol} is being loaded: no new orders until it is verified"
        case Trust.UNVERIFIED:
            return f"the book of {view.symbol} is not verified: no new orders"
        case Trust.STALE:
            old = f" ({view.behind_ms / 1000:.1f} s behind the venue)" if view.behind_ms else ""
            return f"the book of {view.symbol} is stale{old}: no new orders; cancels work"
        case _:
            seconds = view.age_ms // 1000
            return f"no word on {view.symbol} for {seconds} s: no new orders" if view.age_ms > STALE_MS else ""


def aged(frame: Frame) -> Frame:
    """Return book and status as they are to be shown without an engine: stale, disarmed, no link known to be up."""
    book, status = frame.ladder, frame.status
    if book is not None:
        book = msgspec.structs.replace(book, trust=Trust.STALE)
    if status is not None:
        links = tuple(
            row if row.state is LinkState.OFF else msgspec.structs.replace(row, state=LinkState.STALE, rtt_us=-1)
            for row in status.links
        )
        status = msgspec.structs.replace(status, armed=False, pen="", dead_man_ms=-1, links=links)
    return Frame(frame.no, ladder=book, status=status)


def centred(view: LadderView, height: int) -> bool:
    """Say whether the market lies in the middle half of a window of so many rows."""
    rows = [row for row in (view.best_bid, view.best_ask) if row is not None]
    depths = [view.top_row - row for row in rows]
    return bool(depths) and all(height // 4 <= depth <= height - height // 4 for depth in depths)


def market_outside(view: LadderView, height: int) -> str:
    """Say where the market is if it left the window, or is about to: `above`, `below` or nothing."""
    edge = min(EDGE_ROWS, height // 4)
    if view.best_ask is not None and view.best_ask > view.top_row - edge:
        return "above"
    if view.best_bid is not None and view.best_bid <= view.top_row - height + edge:
        return "below"
    return ""


def keyless(status: StatusView | None) -> bool:
    """Say whether there is no key, so that nothing can be traded or counted."""
    return status is not None and status.mode == PUBLIC


def stale_reason(status: StatusView | None) -> str:
    """Return what a stale link says about itself, such as the end of a recording; empty if nothing."""
    links = status.links if status is not None else ()
    return next((link.note for link in links if link.state is LinkState.STALE and link.note), "")


def dead_man_words(status: StatusView | None) -> str:
    """Say what the venue's timer will do; empty if it is off."""
    if status is None or status.dead_man_ms < 0:
        return ""
    return f"Without an engine the venue cancels everything in {status.dead_man_ms // 1000} s."


def fates(orders: Sequence[OrderRow]) -> tuple[str, ...]:
    """Say of every working order what becomes of it if the link dies now, those of one fate together."""
    ends: dict[str, list[str]] = {}
    for row in working(orders):
        if row.dies:
            what = f"#{row.number} {row.side[:1].upper()} {trimmed(row.left)} {price_forms(row)[0]} {row.symbol}"
            ends.setdefault(row.dies, []).append(what)
    return tuple(line for end, rows in ends.items() for line in (f"{end}:", *(f"  {row}" for row in rows)))


def state_word(order: OrderRow) -> str:
    """Return the state of an order as the blotter says it."""
    word, _ = STATE_WORDS.get(order.state, (f"? {order.state}", ""))
    return word


def last_fill_ns(events: Sequence[Event], symbol: str) -> int:
    """Return the wall time of the newest own fill on a pair; 0 if none is known."""
    return next((event.ts_ns for event in reversed(events) if event.kind == "fill" and event.symbol == symbol), 0)


def numbered(orders: Sequence[OrderRow], name: str) -> int:
    """Return the short number of the order with an id of ours or of the venue; 0 if it is not among these."""
    return next((order.number for order in orders if name in (order.key, order.order_id)), 0)


def helper_words(helpers: Sequence[HelperRow]) -> str:
    """Return the live helpers in a few words, for places that have no pane of them; empty without any."""
    live = [helper for helper in helpers if helper.state in LIVE]
    said = [f"{row.name} {row.kind} {row.state} {trimmed(row.done)}/{trimmed(row.total)}" for row in live[:1]]
    return "  ".join([*said, *([f"+{len(live) - 1} more"] if len(live) > 1 else [])])


def brief(
    order: OrderRow | None,
    event: Event | None,
    helpers: Sequence[HelperRow] = (),
    gauge: GaugeView | None = None,
    prices: KeyPrices | None = None,
) -> str:
    """Return one line for screens without room for orders, gauge and events: counter, order, its cancel, the news."""
    parts = []
    if gauge is not None:
        parts.append(f"{points(gauge.points)}/{gauge.threshold}")
    if order is not None:
        queue = order.queue
        place = f" queue {queue.ahead_n} ahead" if queue is not None and queue.ahead_n >= 0 else ""
        side = order.side[:1].upper()
        left = trimmed(clean(order.left))
        parts.append(f"#{order.number} {side} {left}@{order.price or 'market'} {state_word(order)}{place}")
    if prices is not None:
        parts.append("c " + " → ".join(prices.cancel.split(" → ")[:2]))
    if words := helper_words(helpers):
        parts.append(words)
    if event is not None:
        parts.append(clean(event.text))
    return " " + "   ".join(parts) if parts else " no orders"
