"""What must hold after any sequence of commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.order import Side, TimeInForce
from app.venue.core.api import BookAction, BookDelta, Order, OrderStatus, Stp, Trade, VenueReject

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue

Step = tuple[str, str, Side, int, int, int]

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["limit", "limit", "limit", "market", "ioc", "post", "base", "amend", "cancel", "house"]),
        st.sampled_from(["ann", "bob", "poor"]),
        st.sampled_from(list(Side)),
        st.integers(1, 40_000_001),
        st.integers(599_990, 600_010),
        st.integers(0, 10),
    ),
    max_size=40,
)


FLAVOURS: dict[str, dict[str, object]] = {
    "ioc": {"time_in_force": TimeInForce.IOC},
    "post": {"post_only": True},
    "base": {"fee_in_base": True},
}


def run(venue: Venue, steps: list[Step]) -> list[Order]:
    """Carry out the steps that the venue takes; returns the orders it accepted."""
    desk = venue.exchange.desk("BTC/USD")
    orders: list[Order] = []
    for kind, who, side, lots, ticks, pick in steps:
        venue.clock.advance(s=5)
        qty, price = str(Decimal(lots).scaleb(-8)), str(Decimal(ticks) / 10)
        try:
            if kind == "house":
                if desk.place(side, ticks, lots) is None:
                    desk.take(side, ticks, lots)
            elif kind == "market":
                orders.append(venue.market(who, side, qty, stp=list(Stp)[pick % 3]))
            elif kind in {"amend", "cancel"}:
                own = venue.exchange.open_orders(who)
                if own and kind == "cancel":
                    venue.exchange.cancel_order(who, order_id=own[pick % len(own)].order_id)
                elif own:
                    venue.amend(who, own[pick % len(own)], qty=qty, price=price)
            else:
                orders.append(venue.limit(who, side, qty, price, stp=list(Stp)[pick % 3], **FLAVOURS.get(kind, {})))
        except VenueReject:
            continue
        check_book(venue)
        check_money(venue)
    return orders


def check_book(venue: Venue) -> None:
    bids, asks = venue.queue(Side.BUY), venue.queue(Side.SELL)
    assert [price for price, _ in bids] == sorted({price for price, _ in bids}, reverse=True)
    assert [price for price, _ in asks] == sorted({price for price, _ in asks})
    assert not bids or not asks or bids[0][0] < asks[0][0]
    for side in Side:
        for level in venue.exchange.levels("BTC/USD", side, 0):
            times = [order.ts_ns for order in level.orders]
            assert times == sorted(set(times)), "queue order is the order of the shown times"
            assert level.qty == sum(order.qty for order in level.orders)
            assert all(order.qty > 0 for order in level.orders)


def check_money(venue: Venue) -> None:
    for who in ("ann", "bob", "poor"):
        totals = venue.exchange.balances(who)
        holds = venue.exchange.holds(who)
        for asset, total in totals.items():
            assert 0 <= holds.get(asset, 0) <= total
        assert set(holds) <= set(totals)
        assert bool(holds) == bool(venue.exchange.open_orders(who))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(steps=STEPS)
def test_books_never_cross_and_no_money_appears_or_is_lost(make_venue: Callable[[], Venue], steps: list[Step]) -> None:
    venue = make_venue()
    floor = venue.exchange._floor
    before = sum((Counter(account.totals) for account in floor.accounts.values()), Counter())
    run(venue, steps)
    after: Counter[str] = Counter(floor.collected)
    for account in floor.accounts.values():
        for asset, total in account.totals.items():
            after[asset] += total
    assert +after == +before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(steps=STEPS)
def test_the_deltas_rebuild_the_book_exactly(make_venue: Callable[[], Venue], steps: list[Step]) -> None:
    venue = make_venue()
    run(venue, steps)
    rebuilt: dict[tuple[Side, str], tuple[int, int]] = {}
    for delta in venue.of(BookDelta):
        for change in delta.changes:
            key = (change.side, change.order_id)
            if change.action is BookAction.ADD:
                assert key not in rebuilt
                rebuilt[key] = (change.price, change.qty)
            elif change.action is BookAction.MODIFY:
                assert rebuilt[key][0] == change.price
                rebuilt[key] = (change.price, change.qty)
            else:
                assert rebuilt.pop(key) == (change.price, change.qty)
    for side in Side:
        queues: dict[int, list[str]] = {}
        for (held, order_id), (price, _) in rebuilt.items():
            if held is side:
                queues.setdefault(price, []).append(order_id)
        assert queues == dict(venue.queue(side))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(steps=STEPS)
def test_fills_add_up_to_orders_and_trades(make_venue: Callable[[], Venue], steps: list[Step]) -> None:
    venue = make_venue()
    orders = run(venue, steps)
    filled: Counter[str] = Counter()
    per_trade: Counter[int] = Counter()
    for who in ("ann", "bob", "poor"):
        for fill in venue.exchange.fills(who):
            filled[fill.order_id] += fill.qty
            per_trade[fill.trade_id] += fill.qty
    for order in orders:
        if order.order_id:
            final = venue.now(order)
            assert final.filled == filled[order.order_id] <= final.qty
            assert (final.status is OrderStatus.FILLED) == (final.filled == final.qty and final.reason == "")
    for trade in venue.of(Trade):
        assert per_trade[trade.trade_id] in {0, trade.qty, 2 * trade.qty}
