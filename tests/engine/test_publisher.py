"""What a screen is sent: the visible part, what changed, nothing that is not true."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from app.domain.book import L3Book
from app.domain.book_base import Book
from app.domain.instrument import to_units
from app.domain.order import OrderType, Side
from app.engine.publisher import Publisher
from app.link.frames import Frame, LadderView, QueueMoves, Trust
from app.link.messages import BesideView, Outcome
from app.venue.core.api import AddOrder, AmendOrder, VenueReject
from tests.engine.conftest import SYMBOL, Rig, until


def parts(frame: Frame) -> set[str]:
    return {name for name in Frame.__struct_fields__ if name != "no" and getattr(frame, name) is not None}


class Still:
    """A clock that stands."""

    def __init__(self, now: int, mono: int) -> None:
        self._now, self._mono = now, mono

    def now_ns(self) -> int:
        return self._now

    def mono_ns(self) -> int:
        return self._mono


async def test_only_what_changed_is_sent(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    state, session = rig.engine.state, rig.engine.clients._sessions[rig.screen]
    clock = Still(state.clock.now_ns(), state.clock.mono_ns())
    monkeypatch.setattr(state, "clock", clock)
    publisher = Publisher(state, rig.engine.commands.trading.helpers, rig.engine.alerts)
    publisher.frame(session)
    assert publisher.frame(session) is None
    state.account.set_total("USD", Decimal(7))
    frame = publisher.frame(session)
    assert frame is not None
    assert parts(frame) == {"balances"}
    state.market.pair(SYMBOL).version += 1
    frame = publisher.frame(session)
    assert frame is not None
    assert parts(frame) == {"ladder"}
    assert publisher.frame(session) is None


async def test_a_screen_without_a_view_gets_no_frame(rig: Rig) -> None:
    session = rig.engine.clients._sessions[rig.screen]
    session.view = None
    assert rig.engine.publisher.frame(session) is None
    rig.engine.clients.urgent()
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED


async def test_a_burst_costs_few_frames(rig: Rig) -> None:
    rig.screen.view(fps=10)
    await until(lambda: rig.engine.clients._sessions[rig.screen].frame_no)
    began, frames = rig.engine.state.clock.mono_ns(), len(rig.screen.frames)
    messages = rig.engine.state.market.messages
    for index in range(200):
        rig.stranger(Side.BUY, "0.001", 20 + index)
    await until(lambda: rig.engine.state.market.messages >= messages + 20)
    spent_s = (rig.engine.state.clock.mono_ns() - began) / 1e9
    assert len(rig.screen.frames) - frames <= 2 + 10 * spent_s


def levels_touched(monkeypatch: pytest.MonkeyPatch, rig: Rig, view: LadderView) -> int:
    """Count the levels that one ladder looks at."""
    count = 0
    real = Book.window

    def window(self: Book[object], side: Side, low: int, high: int) -> list[object]:
        nonlocal count
        found = real(self, side, low, high)
        count += len(found)
        return found  # type: ignore[return-value]

    session = rig.engine.clients._sessions[rig.screen]
    assert session.view is not None
    with monkeypatch.context() as patch:
        patch.setattr(Book, "window", window)
        made = rig.engine.publisher.ladder(session.view, rig.engine.state.market.pair(SYMBOL), Trust.VERIFIED, ())
    assert made is not None
    assert made.top_row == view.top_row
    return count


async def test_the_cost_of_a_view_does_not_grow_with_the_book(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.screen.view(rows=20)
    await until(lambda: any(frame.ladder for frame in rig.screen.frames))
    session = rig.engine.clients._sessions[rig.screen]
    pair = rig.engine.state.market.pair(SYMBOL)
    assert session.view is not None
    view = rig.engine.publisher.ladder(session.view, pair, Trust.VERIFIED, ())
    assert view is not None
    book = pair.book
    assert isinstance(book, L3Book)
    assert book.depth_held(Side.BUY) + book.depth_held(Side.SELL) > 100
    assert 0 < levels_touched(monkeypatch, rig, view) <= 2 * 20


async def test_queue_numbers_are_the_venues_own(rig: Rig) -> None:
    rng = random.Random(5)
    exchange, state = rig.venue.exchange, rig.engine.state
    theirs: list[str] = []
    for number in range(1, 5):
        assert (await rig.screen.do(rig.bid(f"0.0{number}", ticks=number // 2))).outcome is Outcome.ACCEPTED
    for step in range(300):
        try:
            dice = rng.random()
            side = rng.choice((Side.BUY, Side.SELL))
            if dice < 0.6 or not theirs:
                qty = Decimal(rng.randint(1, 50)) / 1000
                price = rig.price(side, rng.randint(0, 4))
                order = AddOrder(SYMBOL, side, OrderType.LIMIT, qty, price, post_only=True)
                theirs.append(exchange.add_order("second", order).order_id)
            elif dice < 0.8:
                exchange.cancel_order("second", order_id=theirs.pop(rng.randrange(len(theirs))))
            elif dice < 0.93:
                change = AmendOrder(order_id=rng.choice(theirs), qty=Decimal(rng.randint(1, 50)) / 1000)
                exchange.amend_order("second", change)
            else:
                rig.stranger(rng.choice((Side.BUY, Side.SELL)), "0.05", -30)
        except VenueReject:
            continue
        if step % 60 == 59:
            await compare(rig)
    await compare(rig)
    assert not rig.screen.told("book not verified")
    assert state.market.pairs[SYMBOL].resyncs == 0


async def compare(rig: Rig) -> None:
    """Wait until every own mark shows the queue of the exchange."""
    exchange = rig.venue.exchange

    def expected() -> dict[str, tuple[int, int, int, int]]:
        places = {}
        mine = {order.order_id for order in rig.open_at_venue()}
        for level in exchange.levels(SYMBOL, Side.BUY, 0):
            for at, order in enumerate(level.orders):
                if order.order_id in mine:
                    ahead, behind = level.orders[:at], level.orders[at + 1 :]
                    places[order.order_id] = (
                        len(ahead),
                        sum(one.qty for one in ahead),
                        len(behind),
                        sum(one.qty for one in behind),
                    )
        return places

    def shown() -> dict[str, tuple[int, int, int, int]]:
        session = rig.engine.clients._sessions[rig.screen]
        assert session.view is not None
        found = {}
        for mark in rig.engine.publisher._marks(session.view):
            order = rig.engine.state.orders.numbered(mark.number)
            assert order is not None
            assert Decimal(mark.ahead_text or 0) == mark.ahead * rig.engine.state.market.instruments[SYMBOL].lot
            found[order.order_id or ""] = (mark.ahead_n, mark.ahead, mark.behind_n, mark.behind)
        return found

    await until(lambda: shown() == expected())


async def test_what_left_ahead_is_told_apart_on_the_orders_row(rig: Rig) -> None:
    taken = {level.price for level in rig.venue.exchange.levels(SYMBOL, Side.BUY, 0)}
    ticks = next(ticks for ticks in range(1, 2000) if max(taken) - ticks not in taken)
    price = rig.price(Side.BUY, ticks)
    ahead = [rig.stranger(Side.BUY, qty, ticks) for qty in ("0.05", "0.02", "0.03")]
    answer = await rig.screen.do(f"buy 0.1 {SYMBOL} @ {price:f} post")
    assert answer.outcome is Outcome.ACCEPTED
    number = answer.orders[0].number

    def moves() -> QueueMoves | None:
        rows = next((frame.orders for frame in reversed(rig.screen.frames) if frame.orders), ())
        mark = next((row.queue for row in rows if row.number == number), None)
        return mark.moves if mark is not None else None

    await until(lambda: (found := moves()) is not None and found.entry_n == 3)
    cancelled, traded = ahead[1], ahead[0]
    assert cancelled is not None
    assert traded is not None
    rig.venue.exchange.cancel_order("second", order_id=cancelled.order_id)
    await until(lambda: (found := moves()) is not None and found.cancelled == 2_000_000)
    better = [level.qty for level in rig.venue.exchange.levels(SYMBOL, Side.BUY, 0) if level.price > traded.price]
    rig.venue.exchange.desk(SYMBOL).take(Side.SELL, traded.price, sum(better) + traded.qty)
    await until(lambda: (found := moves()) is not None and found.traded == 5_000_000)
    found = moves()
    assert found is not None
    assert (found.whole, found.entry, found.unknown, found.pending) == (True, 10_000_000, 0, 0)
    assert (found.traded_1m, found.cancelled_1m) == (5_000_000, 2_000_000)
    assert found.soonest_s == 26  # 0.03 ahead at 0.05 traded and 0.02 cancelled a minute


async def test_a_broken_checksum_shows_at_once_and_blocks(rig: Rig) -> None:
    frames = len(rig.screen.frames)
    rig.fault("corrupt", channel="level3", symbol=SYMBOL, count=1)
    rig.stranger(Side.BUY, "0.01", 2)
    await until(lambda: rig.screen.told("book not verified"))
    await until(lambda: any(f.ladder and f.ladder.trust is not Trust.VERIFIED for f in rig.screen.frames[frames:]))
    first = next(f for f in rig.screen.frames[frames:] if f.ladder and f.ladder.checks_bad)
    assert first.ladder is not None
    await rig.ready()
    await until(lambda: rig.screen.told("book verified")[1:])
    best = rig.engine.state.market.pairs[SYMBOL].book
    assert best is not None
    assert best.best_bid == to_units(rig.price(Side.BUY, 0))


async def test_pairs_beside_are_watched_verified_and_sent_only_when_they_change(rig: Rig) -> None:
    rig.screen.view(beside=(BesideView("ETH/USD", 9), BesideView("NO/SUCH", 9), BesideView(SYMBOL, 9)))
    seen: dict[str, LadderView] = {}

    def verified() -> bool:
        for frame in rig.screen.frames:
            seen.update({view.symbol: view for view in frame.beside or ()})
        return sum(view.trust is Trust.VERIFIED for view in seen.values()) == 1

    await until(verified)
    assert set(seen) == {"ETH/USD"}
    assert len(seen["ETH/USD"].rows) <= 9
    assert seen["ETH/USD"].best_bid is not None
    session = rig.engine.clients._sessions[rig.screen]
    await until(lambda: (frame := rig.engine.publisher.frame(session)) is None or frame.beside is None)
    placed = await rig.screen.do("buy 1 ETH/USD @ 3000 post")
    assert placed.outcome is Outcome.ACCEPTED
    await until(
        lambda: any(mark.number for frame in rig.screen.frames for view in frame.beside or () for mark in view.own)
    )
    await until(lambda: any(row.queue is not None for frame in rig.screen.frames for row in frame.orders or ()))


async def test_leaving_the_pairs_beside_ends_their_watch(rig: Rig) -> None:
    rig.screen.view(beside=(BesideView("ETH/USD", 12),))
    await until(lambda: any(frame.beside for frame in rig.screen.frames))
    rig.screen.view()
    assert rig.engine.clients.symbols() == {SYMBOL}
