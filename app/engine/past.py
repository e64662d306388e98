"""The time machine: the ladder as it was, from the recording of its book."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

from app.clock import NS_PER_MS
from app.domain.book import L3Book
from app.domain.instrument import Instrument
from app.domain.order import Side
from app.domain.working import OrderState
from app.engine import ladder_view
from app.engine.ladder_view import Scale
from app.engine.market import PairMarket
from app.engine.recorder import Chunk, Recorder, Replay
from app.engine.state import DeskState
from app.link.ladder_frames import LadderView, OwnMark, Trust
from app.link.past_frames import AskPast, Past
from app.protocol.ws2.frames import OrdersData

MAX_ROWS = 400
SAID = 3
"""Events of a message that are told in words."""


@dataclass(slots=True)
class PastDesk:
    """One screen's way through the past.

    Attributes:
        symbol: Pair that it looks at.
        replay: Its scratch book.
        turn: Held by the answer that moves it.
    """

    symbol: str = ""
    replay: Replay = field(default_factory=Replay)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


async def answer(state: DeskState, desk: PastDesk, ask: AskPast) -> Past:
    """Return the ladder that was asked for, or why there is none; lets others work meanwhile."""
    async with desk.turn:
        return await _answer(state, desk, ask)


async def _answer(state: DeskState, desk: PastDesk, ask: AskPast) -> Past:
    pair = state.market.pairs.get(ask.symbol)
    instrument = state.market.instruments.get(ask.symbol)
    recorder = pair.recorder if pair is not None else None
    if pair is None or instrument is None or recorder is None or (reach := recorder.reach) is None:
        kind = pair.kind if pair is not None else ""
        needs = 'fix.book = "l3"' if state.book_over_fix else "a key"
        reason = f"only books by order (L3) are recorded, and that needs {needs}" if kind == "L2" else ""
        return Past(ask.id, ask.symbol, reason=reason or f"nothing of {ask.symbol} is recorded yet: wait for its book")
    if desk.symbol != ask.symbol:
        desk.symbol, desk.replay = ask.symbol, Replay()
    chunk = recorder.chunk_of(ask.state) if ask.state else recorder.chunk_at(ask.at_ns)
    assert chunk is not None, "a recording that reaches back has chunks"
    book = await desk.replay.book_at(chunk, ask.state or chunk.at(ask.at_ns))
    number = desk.replay.number
    at_ns = chunk.time_of(number)
    return Past(
        ask.id,
        ask.symbol,
        _ladder(state, pair, instrument, book, ask, at_ns),
        state=number,
        at_ns=at_ns,
        first=reach.first,
        first_ns=reach.first_ns,
        last=reach.last,
        last_ns=reach.last_ns,
        what=_what(chunk.message(number), instrument) if number > chunk.first else "",
        gap_ms=_gap_ms(recorder, chunk, number),
    )


def _gap_ms(recorder: Recorder, chunk: Chunk, number: int) -> int:
    """Return how long the data was broken after a state; 0 if it was not."""
    if not chunk.broken or number < chunk.last:
        return 0
    after = recorder.chunk_of(chunk.last + 1)
    return (after.start_ns - chunk.last_ns) // NS_PER_MS if after is not None and after is not chunk else 0


def _ladder(
    state: DeskState, pair: PairMarket, instrument: Instrument, book: L3Book, ask: AskPast, at_ns: int
) -> LadderView:
    """Build the view of a past book."""
    scale = Scale.of(instrument, max(1, ask.group))
    rows = max(1, min(ask.rows, MAX_ROWS))
    top = ask.top_row
    if top is None:
        top = ladder_view.centred(book, scale, rows) or rows
    last = pair.tape.before(at_ns)
    base = LadderView(
        ask.symbol,
        "L3",
        book.depth,
        Trust.PAST if book.verified else Trust.UNVERIFIED,
        instrument.price_dp,
        instrument.qty_dp,
        ladder_view.step_text(instrument, max(1, ask.group)),
        max(1, ask.group),
        top,
        own=_marks(state, book, scale, ask.symbol, instrument),
        last_row=ladder_view.row_of_price(scale, Side.BUY if last.buy else Side.SELL, last.price) if last else None,
        last_buy=last is not None and last.buy,
        last_qty=instrument.whole_lots(last.qty) if last else 0,
        checks_ok=book.checksums_ok,
        checks_bad=book.checksums_bad,
    )
    return ladder_view.with_book(base, book, scale, instrument, rows)


def _marks(state: DeskState, book: L3Book, scale: Scale, symbol: str, instrument: Instrument) -> tuple[OwnMark, ...]:
    """Return the marks of own orders that rested then, also of those that have ended since."""
    found: list[OwnMark] = []
    for order in state.orders:
        queue = book.queue(order.order_id) if order.symbol == symbol and order.order_id else None
        place = book.find(order.order_id) if queue is not None and order.order_id else None
        if queue is None or place is None:
            continue
        side, price = place
        found.append(
            OwnMark(
                scale.row_of(side, price),
                side is Side.BUY,
                state.orders.number(order),
                queue.own_qty // scale.lot,
                OrderState.WORKING.value,
                queue.orders_ahead,
                queue.qty_ahead // scale.lot,
                queue.orders_behind,
                queue.qty_behind // scale.lot,
                queue.provable,
                qty_dp=instrument.qty_dp,
            )
        )
    return tuple(found)


def _what(data: OrdersData, instrument: Instrument) -> str:
    """Say what a message did: side, event, price and quantity of its first events."""
    events = [("bid", row) for row in data.bids] + [("ask", row) for row in data.asks]
    said = []
    for side, row in events[:SAID]:
        price = instrument.price_text(Decimal(bytes(row.limit_price).decode()))
        qty = "" if row.event == "delete" else f" {Decimal(bytes(row.order_qty).decode()).normalize():f}"
        said.append(f"{row.event} {side} {price}{qty}")
    more = f" +{len(events) - SAID} more" if len(events) > SAID else ""
    return ", ".join(said) + more
