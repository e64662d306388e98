"""What must hold after any sequence of every kind of command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from app.clock import NS_PER_S
from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core.api import (
    AddOrder,
    AmendOrder,
    BookAction,
    BookDelta,
    Conditional,
    EditOrder,
    ExecType,
    Execution,
    Order,
    OrderStatus,
    PriceType,
    Reference,
    Stp,
    Trade,
    Trigger,
    VenueReject,
)
from app.venue.core.book import Book
from app.venue.core.pricing import fires

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue

WHO = ("ann", "bob", "eve", "poor")
LIVE = {OrderStatus.PENDING_NEW, OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED}
ACTIONS = (
    "limit",
    "limit",
    "limit",
    "limit",
    "market",
    "ioc",
    "fok",
    "post",
    "base",
    "gtd",
    "later",
    "iceberg",
    "iceberg",
    "cash",
    "stop",
    "stop",
    "trail",
    "trail",
    "close",
    "close",
    "margin",
    "margin",
    "reduce",
    "settle",
    "batch",
    "amend",
    "amend",
    "edit",
    "cancel",
    "cancels",
    "house",
    "house",
    "wait",
)
Step = tuple[int, int, bool, int, int, int]
STEP = st.tuples(
    st.integers(0, len(ACTIONS) - 1),
    st.integers(0, len(WHO) - 1),
    st.booleans(),
    st.integers(1, 600),
    st.integers(-12, 12),
    st.integers(0, 29),
)
STEPS = st.lists(STEP, min_size=12, max_size=40)
MIDDLE = 600_000
GRAIN = 100_000


class Player:
    """Carries out steps and keeps what the checks need."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.exchange = venue.exchange
        self.desk = venue.exchange.desk("BTC/USD")
        self.accepted: list[Order] = []

    def play(self, step: Step) -> None:
        action, who, buy, size, offset, pick = step
        self.name, self.who, self.pick = ACTIONS[action], WHO[who], pick
        self.side = Side.BUY if buy else Side.SELL
        self.lots, self.ticks = size * GRAIN, MIDDLE + offset
        self.qty = Decimal(self.lots).scaleb(-8)
        self.price = Decimal(self.ticks) / 10
        self.venue.clock.advance(s=3)
        try:
            getattr(self, f"do_{self.name}", self.do_plain)()
        except VenueReject:
            return

    def add(self, order_type: OrderType = OrderType.LIMIT, **more: object) -> Order:
        order = self.exchange.add_order(self.who, self.request(order_type, **more))
        self.accepted.append(order)
        return order

    def request(self, order_type: OrderType = OrderType.LIMIT, **more: object) -> AddOrder:
        fields: dict[str, object] = {"qty": self.qty, "stp": list(Stp)[self.pick % 3]}
        if "limit" in order_type or order_type is OrderType.ICEBERG:
            fields["limit_price"] = self.price
        return AddOrder("BTC/USD", self.side, order_type, **(fields | more))  # type: ignore[arg-type]

    def own(self) -> Order | None:
        mine = self.exchange.open_orders(self.who)
        return mine[self.pick % len(mine)] if mine else None

    def soon(self) -> int:
        return self.venue.clock.now_ns() + (5 + self.pick) * NS_PER_S

    def do_plain(self) -> None:
        self.add()

    def do_market(self) -> None:
        self.add(OrderType.MARKET)

    def do_ioc(self) -> None:
        self.add(time_in_force=TimeInForce.IOC)

    def do_fok(self) -> None:
        self.exchange.tick()
        before = [level for side in Side for level in self.venue.queue(side)]
        order = self.add(time_in_force=TimeInForce.FOK)
        assert order.filled in {0, order.qty}
        if not order.filled:
            assert order.status is OrderStatus.CANCELED
            assert [level for side in Side for level in self.venue.queue(side)] == before

    def do_post(self) -> None:
        self.add(post_only=True)

    def do_base(self) -> None:
        self.add(fee_in_base=True)

    def do_gtd(self) -> None:
        self.add(time_in_force=TimeInForce.GTD, expire_ns=self.soon())

    def do_later(self) -> None:
        self.add(OrderType.MARKET if self.pick % 2 else OrderType.LIMIT, effective_ns=self.soon())

    def do_iceberg(self) -> None:
        self.add(OrderType.ICEBERG, display_qty=Decimal(max(self.lots // (1 + self.pick % 15), 5_000)).scaleb(-8))

    def do_cash(self) -> None:
        self.add(OrderType.MARKET, qty=Decimal(0), cash_qty=Decimal(self.lots // GRAIN * 10))

    def do_stop(self) -> None:
        kinds = (
            OrderType.STOP_LOSS,
            OrderType.TAKE_PROFIT,
            OrderType.STOP_LOSS_LIMIT,
            OrderType.TAKE_PROFIT_LIMIT,
        )
        reference = Reference.INDEX if self.pick % 5 == 0 else Reference.LAST
        trigger = Trigger(Decimal(MIDDLE + self.pick - 15) / 10, PriceType.STATIC, reference)
        self.add(kinds[self.pick % 4], trigger=trigger)

    def do_trail(self) -> None:
        trigger = Trigger(Decimal(self.pick + 1) / 10, PriceType.QUOTE)
        if self.pick % 2:
            self.add(OrderType.TRAILING_STOP, trigger=trigger)
        else:
            offset = Decimal(self.pick - 15) / 10
            self.add(
                OrderType.TRAILING_STOP_LIMIT, trigger=trigger, limit_price=offset, limit_price_type=PriceType.QUOTE
            )

    def do_close(self) -> None:
        away = Decimal(self.pick - 15) / 10
        template = (
            Conditional(OrderType.LIMIT, away, PriceType.QUOTE),
            Conditional(OrderType.STOP_LOSS, trigger=Trigger(away, PriceType.QUOTE)),
            Conditional(OrderType.TAKE_PROFIT_LIMIT, self.price, trigger=Trigger(away, PriceType.QUOTE)),
            Conditional(OrderType.TRAILING_STOP, trigger=Trigger(Decimal("0.5"), PriceType.QUOTE)),
            Conditional(OrderType.ICEBERG, away, PriceType.QUOTE),
        )[self.pick % 5]
        self.add(OrderType.MARKET if self.pick % 7 == 0 else OrderType.LIMIT, close=template)

    def do_margin(self) -> None:
        self.who = "eve"
        close = Conditional(OrderType.LIMIT, Decimal("0.3"), PriceType.QUOTE) if self.pick % 5 == 0 else None
        kind = OrderType.MARKET if self.pick % 3 == 0 else OrderType.LIMIT
        self.add(kind, leverage=2 + self.pick % 4, close=close, qty=self.qty / 4)

    def do_reduce(self) -> None:
        self.who = "eve"
        kind = OrderType.MARKET if self.pick % 3 == 0 else OrderType.LIMIT
        self.add(kind, leverage=5, reduce_only=True)

    def do_settle(self) -> None:
        self.who = "eve"
        self.add(OrderType.SETTLE_POSITION, qty=Decimal(0) if self.pick % 2 else self.qty)

    def do_batch(self) -> None:
        legs = [self.request(), self.request(post_only=True), self.request(time_in_force=TimeInForce.IOC)]
        found = self.exchange.add_batch(self.who, legs)
        self.accepted += [leg.order for leg in found if leg.order]

    def do_amend(self) -> None:
        order = self.own()
        if order is None:
            return
        change: dict[str, object] = {}
        if self.pick % 3 != 0:
            change["qty"] = self.qty
        if self.pick % 2 and order.price:
            change["limit_price"] = self.price
        if self.pick % 5 == 0:
            change["display_qty"] = self.qty / 4
        if order.waits and self.pick % 4 == 0:
            change["trigger_price"] = Decimal("0.7") if order.trigger and order.trigger.peak else self.price
        self.exchange.amend_order(self.who, AmendOrder(order_id=order.order_id, **change))  # type: ignore[arg-type]

    def do_edit(self) -> None:
        order = self.own()
        if order is not None:
            limit = self.price if order.price and order.order_type is OrderType.LIMIT else None
            request = EditOrder(order.order_id, "BTC/USD", qty=self.qty, limit_price=limit)
            self.accepted.append(self.exchange.edit_order(self.who, request).order)

    def do_cancel(self) -> None:
        order = self.own()
        if order is not None:
            self.exchange.cancel_order(self.who, order_id=order.order_id)

    def do_cancels(self) -> None:
        ids = [order.order_id for order in self.exchange.open_orders(self.who)][: self.pick]
        self.exchange.cancel_batch(self.who, order_ids=ids)

    def do_house(self) -> None:
        if self.desk.place(self.side, self.ticks, self.lots) is None:
            self.desk.take(self.side, self.ticks, self.lots)

    def do_wait(self) -> None:
        self.venue.clock.advance(s=self.pick)
        self.exchange.tick()


@contextmanager
def priority_checked() -> Iterator[None]:
    """Check at every fill of a resting order that nobody was before it."""
    plain = Book.fill

    def fill(book: Book, order: Order, lots: int, ts_ns: int) -> None:
        side = book.side(order.side)
        assert order.price == side.best
        assert order.queued_ns == min(held.queued_ns for held in side.queues[order.price].orders.values())
        plain(book, order, lots, ts_ns)

    with patch.object(Book, "fill", fill):
        yield


def check_book(player: Player) -> None:
    exchange = player.exchange
    bids, asks = (exchange.levels("BTC/USD", side, 0) for side in Side)
    if bids and asks:
        assert bids[0].price < asks[0].price
    assert [level.price for level in bids] == sorted({level.price for level in bids}, reverse=True)
    assert [level.price for level in asks] == sorted({level.price for level in asks})
    shown: dict[str, int] = {}
    for level in [*bids, *asks]:
        assert level.qty == sum(order.qty for order in level.orders)
        assert all(order.qty > 0 and order.price == level.price for order in level.orders)
        shown |= {order.order_id: order.qty for order in level.orders}
    for who in WHO:
        for order in exchange.open_orders(who):
            if order.waits or order.status is OrderStatus.PENDING_NEW:
                assert order.order_id not in shown
                continue
            assert shown[order.order_id] == order.shown
            assert 0 < order.shown <= (order.terms.display or order.left)


def check_money(player: Player, before: Counter[str]) -> None:
    floor = player.exchange._floor
    after = Counter(floor.collected)
    for asset, amount in floor.pool.items():
        after[asset] += amount
    for account in floor.accounts.values():
        for asset, total in account.totals.items():
            after[asset] += total
            if account.account_id in {"ann", "bob", "poor"}:
                assert 0 <= account.holds().get(asset, 0) <= total
    assert {asset: after[asset] for asset in before} == dict(before)
    held = player.exchange.positions("eve")
    assert len({position.side for position in held}) <= 1
    lent = sum(position.left * (1 if position.side is Side.BUY else -1) for position in held)
    assert floor.pool.get("BTC", 0) == lent * floor.pairs["BTC/USD"].lot_units
    if not held:
        assert floor.pool.get("USD", 0) == 0


def check_waiting(player: Player) -> None:
    now, last = player.venue.clock.now_ns(), player.exchange.last_price("BTC/USD")
    for who in WHO:
        for order in player.exchange.open_orders(who):
            if order.waits and order.status is OrderStatus.NEW and order.trigger is not None:
                if order.trigger.reference is Reference.LAST:
                    assert not fires(order.side, order.order_type, order.trigger, last)
                if order.trigger.peak:
                    assert (order.trigger.peak <= last) if order.side is Side.BUY else (order.trigger.peak >= last)
            if player.name == "wait":
                assert not order.terms.expire_ns or order.terms.expire_ns > now
                assert order.status is not OrderStatus.PENDING_NEW or order.terms.effective_ns > now


def check_story(player: Player) -> None:
    """Read the events of the whole sequence as a client and as a reader of the book would."""
    venue, exchange = player.venue, player.exchange
    reports = venue.of(Execution)
    orders = {who: {o.order_id: o for o in [*exchange.open_orders(who), *exchange.closed_orders(who)]} for who in WHO}
    every = {order_id: order for found in orders.values() for order_id, order in found.items()}
    fired = Counter(r.order.order_id for r in reports if r.exec_type is ExecType.STATUS and not r.order.waits)
    assert all(count == 1 for count in fired.values())
    assert {order_id for order_id, order in every.items() if order.trigger and order.trigger.triggered} == set(fired)
    fills = [report.fill for report in reports if report.fill]
    filled: Counter[str] = Counter()
    sides: dict[int, list[str]] = {}
    for fill in fills:
        order = every[fill.order_id]
        filled[fill.order_id] += fill.qty
        sides.setdefault(fill.trade_id, []).append(fill.account_id)
        assert fill.maker or not order.post_only
        assert not order.waits
        assert not order.terms.expire_ns or fill.ts_ns < order.terms.expire_ns
        assert not order.terms.effective_ns or fill.ts_ns >= order.terms.effective_ns
        if order.price:
            assert fill.price <= order.price or order.side is Side.SELL or order.amended
    assert all(len(set(owners)) == len(owners) for owners in sides.values())
    for order in every.values():
        settled = order.order_type is OrderType.SETTLE_POSITION
        assert settled or order.filled == filled[order.order_id] <= order.qty
        assert (order.status in LIVE) == (order.closed_ns == 0)
        ends = [r for r in reports if r.order.order_id == order.order_id and r.order.closed_ns]
        assert len([r for r in ends if r.exec_type is not ExecType.TRADE]) == (order.closed_ns > 0)
        if order.status is OrderStatus.EXPIRED:
            assert order.closed_ns >= order.terms.expire_ns > 0
    check_families(reports, every)
    check_deltas(venue)


def check_families(reports: list[Execution], every: dict[str, Order]) -> None:
    """Each fill of an order with a conditional close has one child of its size, in order."""
    spawned: dict[str, list[tuple[int, Side, int]]] = {}
    wanted: dict[str, list[tuple[int, Side, int]]] = {}
    for report in reports:
        order = report.order
        if report.exec_type is ExecType.PENDING_NEW and order.parent_id:
            spawned.setdefault(order.parent_id, []).append((order.qty, order.side, order.terms.leverage))
            assert order.terms.close is None
        fill = report.fill
        if fill is not None and every[fill.order_id].terms.close is not None:
            wanted.setdefault(fill.order_id, []).append((fill.qty, fill.side.opposite, fill.leverage))
    assert spawned == wanted


def check_deltas(venue: Venue) -> None:
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
        levels = venue.exchange.levels("BTC/USD", side, 0)
        shown = [((side, o.order_id), (o.price, o.qty)) for level in levels for o in level.orders]
        grouped: dict[int, list[tuple[tuple[Side, str], tuple[int, int]]]] = {}
        for key, value in rebuilt.items():
            if key[0] is side:
                grouped.setdefault(value[0], []).append((key, value))
        assert [row for level in levels for row in grouped[level.price]] == shown


def play_and_check(venue: Venue, steps: list[Step]) -> None:
    player = Player(venue)
    before: Counter[str] = Counter()
    for account in venue.exchange._floor.accounts.values():
        before.update(account.totals)
    with priority_checked():
        for step in steps:
            player.play(step)
            check_book(player)
            check_money(player, before)
            check_waiting(player)
    check_story(player)
    for who in WHO:
        venue.exchange.cancel_all(who)
        assert venue.exchange.holds(who) == {}
        assert venue.exchange.margin(who).reserved == 0
    assert all(trade.qty > 0 for trade in venue.of(Trade))


QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(suppress_health_check=QUIET, max_examples=150)
@given(steps=STEPS)
def test_any_sequence_keeps_the_books(make_venue: Callable[[], Venue], steps: list[Step]) -> None:
    play_and_check(make_venue(), steps)


PARTS = 20
PART_SEQUENCES = 500


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("part", range(PARTS))
def test_ten_thousand_sequences_keep_the_books(make_venue: Callable[[], Venue], part: int) -> None:
    """In parts with seeds of their own, so that a long run says how far it came and can be taken up again."""

    @seed(part)
    @settings(suppress_health_check=QUIET, max_examples=PART_SEQUENCES, deadline=None, database=None)
    @given(steps=STEPS)
    def play(steps: list[Step]) -> None:
        play_and_check(make_venue(), steps)

    play()
