"""Conditional closes: every fill of the primary has a child of its own."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.clock import ManualClock
from app.domain.order import OrderType, Side
from app.venue.core.api import (
    AddOrder,
    AmendOrder,
    Conditional,
    EditOrder,
    ExecType,
    Order,
    OrderStatus,
    PriceType,
    Trigger,
    VenueReject,
)
from app.venue.core.exchange import Exchange
from app.venue.core.truth import TruthLog
from app.venue.core.universe import build_universe

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue

SELL, BUY = Side.SELL, Side.BUY
BTC = 10**8
QUOTE, PCT, STATIC = PriceType.QUOTE, PriceType.PCT, PriceType.STATIC
TARGET = Conditional(OrderType.LIMIT, Decimal(100), QUOTE)


def _children(venue: Venue, parent: Order) -> list[Order]:
    found = [*venue.exchange.open_orders(parent.account_id), *venue.exchange.closed_orders(parent.account_id)]
    return sorted((o for o in found if o.parent_id == parent.order_id), key=lambda order: order.created_ns)


def test_each_fill_has_its_own_close_of_its_size(venue: Venue) -> None:
    parent = venue.limit("ann", BUY, "1", "60000.0", close=TARGET)
    assert _children(venue, parent) == []
    for qty in ("0.3", "0.00000001", "0.5"):
        venue.exchange.desk("BTC/USD").take(SELL, 600_000, int(Decimal(qty) * BTC))
    children = _children(venue, parent)
    assert [child.qty for child in children] == [BTC * 3 // 10, 1, BTC // 2]
    assert {(c.side, c.order_type, c.price, c.status) for c in children} == {
        (SELL, OrderType.LIMIT, 601_000, OrderStatus.NEW)
    }
    assert venue.reports(children[0]) == [ExecType.PENDING_NEW, ExecType.NEW]
    assert venue.queue(SELL) == [(601_000, [child.order_id for child in children])]


def test_children_outlive_their_parent(venue: Venue) -> None:
    parent = venue.limit("ann", BUY, "1", "60000.0", close=TARGET)
    venue.limit("bob", SELL, "0.4", "60000.0")
    venue.exchange.cancel_order("ann", order_id=parent.order_id)
    assert [child.status for child in _children(venue, parent)] == [OrderStatus.NEW]


@pytest.mark.parametrize(
    ("close", "price", "trigger"),
    [
        (Conditional(OrderType.LIMIT, Decimal("61000.5"), STATIC), 610_005, None),
        (Conditional(OrderType.LIMIT, Decimal(2), PCT), 612_000, None),
        (Conditional(OrderType.ICEBERG, Decimal(50), QUOTE), 600_500, None),
        (Conditional(OrderType.STOP_LOSS, trigger=Trigger(Decimal(-100), QUOTE)), 0, 599_000),
        (Conditional(OrderType.TAKE_PROFIT, trigger=Trigger(Decimal(1), PCT)), 0, 606_000),
        (
            Conditional(OrderType.STOP_LOSS_LIMIT, Decimal("58900.0"), STATIC, Trigger(Decimal("59000.0"))),
            589_000,
            590_000,
        ),
        (Conditional(OrderType.TAKE_PROFIT_LIMIT, Decimal(90), QUOTE, Trigger(Decimal(100), QUOTE)), 600_900, 601_000),
        (Conditional(OrderType.TRAILING_STOP, trigger=Trigger(Decimal(100), QUOTE)), 0, 599_000),
        (
            Conditional(OrderType.TRAILING_STOP_LIMIT, Decimal(-5), QUOTE, Trigger(Decimal(100), QUOTE)),
            598_950,
            599_000,
        ),
    ],
)
def test_every_kind_of_close_is_placed_relative_to_the_primarys_price(
    venue: Venue, close: Conditional, price: int, trigger: int | None
) -> None:
    parent = venue.limit("ann", BUY, "1", "60000.0", close=close)
    venue.limit("bob", SELL, "0.5", "60000.0")
    (child,) = _children(venue, parent)
    assert (child.order_type, child.price, child.trigger.price if child.trigger else None) == (
        close.order_type,
        price,
        trigger,
    )
    assert (child.status, child.qty) == (OrderStatus.NEW, BTC // 2)


def test_the_close_of_a_market_order_counts_from_its_fill(venue: Venue) -> None:
    venue.limit("bob", SELL, "0.5", "60000.0")
    venue.limit("bob", SELL, "0.5", "60010.0")
    parent = venue.market("ann", BUY, "1", close=TARGET)
    assert [child.price for child in _children(venue, parent)] == [601_000, 601_100]


def test_a_child_without_funds_is_told_and_ended(venue: Venue) -> None:
    venue.limit("bob", SELL, "0.001", "60000.0")
    parent = venue.market("poor", BUY, "0.001", fee_in_base=True, close=Conditional(OrderType.LIMIT, Decimal(1), PCT))
    (child,) = _children(venue, parent)
    assert venue.reports(child) == [ExecType.PENDING_NEW, ExecType.CANCELED]
    assert child.reason == "Insufficient funds"


def test_a_child_inherits_margin_and_closes_the_position(venue: Venue) -> None:
    parent = venue.limit("eve", BUY, "1", "60000.0", leverage=3, close=TARGET)
    venue.limit("bob", SELL, "1", "60000.0")
    (child,) = _children(venue, parent)
    assert child.terms.leverage == 3
    venue.limit("bob", BUY, "1", "60100.0")
    assert venue.exchange.positions("eve") == []


@pytest.mark.parametrize(
    "close",
    [
        Conditional(OrderType.MARKET),
        Conditional(OrderType.SETTLE_POSITION),
        Conditional(OrderType.LIMIT),
        Conditional(OrderType.STOP_LOSS),
        Conditional(OrderType.STOP_LOSS, Decimal(5), trigger=Trigger(Decimal(5))),
        Conditional(OrderType.LIMIT, Decimal(5), trigger=Trigger(Decimal(5))),
    ],
)
def test_a_malformed_template_is_refused(venue: Venue, close: Conditional) -> None:
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments:close"):
        venue.limit("ann", BUY, "1", "60000.0", close=close)


def test_an_order_with_close_terms_can_be_neither_amended_nor_edited(venue: Venue) -> None:
    order = venue.limit("ann", BUY, "1", "60000.0", close=TARGET)
    with pytest.raises(VenueReject, match="not amendable"):
        venue.exchange.amend_order("ann", AmendOrder(order_id=order.order_id, qty=Decimal("0.5")))
    with pytest.raises(VenueReject, match="not editable"):
        venue.exchange.edit_order("ann", EditOrder(order.order_id, "BTC/USD", qty=Decimal("0.5")))


def test_the_truth_log_knows_the_family_and_the_trigger(tmp_path: Path) -> None:
    truth = TruthLog(tmp_path / "truth.jsonl")
    exchange = Exchange(ManualClock(), build_universe(1), truth=truth, keys_seed="seed")
    stop = Conditional(OrderType.STOP_LOSS, trigger=Trigger(Decimal(-100), QUOTE))
    parent = exchange.add_order(
        "practice", AddOrder("BTC/USD", BUY, OrderType.LIMIT, Decimal(1), Decimal("60000.0"), close=stop)
    )
    desk = exchange.desk("BTC/USD")
    desk.take(SELL, 600_000, BTC)
    desk.place(BUY, 598_000, BTC)
    desk.place(BUY, 599_000, BTC)
    desk.take(SELL, 599_000, BTC)
    rows = [json.loads(line) for line in truth.path.read_text().splitlines()]
    truth.close()
    spawned, triggered = (next(row for row in rows if row["kind"] == kind) for kind in ("spawned", "triggered"))
    assert (spawned["parent"], spawned["qty"], spawned["trigger"]) == (parent.order_id, "1.00000000", "59900.0")
    assert (triggered["order_id"], triggered["triggered_at"]) == (spawned["order_id"], "59900.0")
