"""Several orders at once, edits, quote-sized orders, and what each costs on the counter."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from app.domain.instrument import UNIT
from app.domain.order import OrderType, Side
from app.venue.core.api import (
    AddOrder,
    AmendKind,
    AmendOrder,
    BookDelta,
    EditOrder,
    Order,
    OrderStatus,
    PriceType,
    Trigger,
    VenueReject,
)

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue

SELL, BUY = Side.SELL, Side.BUY
BTC = 10**8


def _legs(venue: Venue, count: int, **more: object) -> list[AddOrder]:
    return [
        venue.request(BUY, OrderType.LIMIT, "0.1", limit_price=f"{50_000 + step}.0", **more) for step in range(count)
    ]


def _edit(venue: Venue, order: Order, **change: object) -> Order:
    fields = {name: Decimal(value) if isinstance(value, str) else value for name, value in change.items()}
    return venue.exchange.edit_order("ann", EditOrder(order.order_id, "BTC/USD", **fields)).order  # type: ignore[arg-type]


def test_a_batch_is_taken_in_order_and_costs_half_a_point_each(venue: Venue) -> None:
    legs = venue.exchange.add_batch("ann", _legs(venue, 15))
    assert [leg.order.price for leg in legs if leg.order] == [500_000 + 10 * step for step in range(15)]
    assert venue.exchange.rate_counter("ann", "BTC/USD") == Decimal("7.5")


def test_one_invalid_leg_refuses_the_whole_batch(venue: Venue) -> None:
    bad = venue.request(BUY, OrderType.LIMIT, "0.1", limit_price="50000.05")
    with pytest.raises(VenueReject, match="EOrder:Tick size check failed"):
        venue.exchange.add_batch("ann", [*_legs(venue, 3), bad])
    assert venue.events == []
    assert venue.exchange.rate_counter("ann", "BTC/USD") == 2


def test_a_leg_without_funds_fails_alone(venue: Venue) -> None:
    legs = _legs(venue, 2)
    rich = venue.request(BUY, OrderType.LIMIT, "99", limit_price="50000.0")
    found = venue.exchange.add_batch("ann", [legs[0], rich, legs[1]])
    assert [leg.error for leg in found] == ["", "EOrder:Insufficient funds", ""]
    assert len(venue.exchange.open_orders("ann")) == 2


@pytest.mark.parametrize("count", [0, 1, 16])
def test_a_batch_has_two_to_fifteen_orders(venue: Venue, count: int) -> None:
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments:orders"):
        venue.exchange.add_batch("ann", _legs(venue, count))


def test_a_batch_has_one_symbol_and_no_client_id_twice(venue: Venue) -> None:
    other = AddOrder("ETH/USD", BUY, OrderType.LIMIT, Decimal(1), Decimal(3000))
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments:orders"):
        venue.exchange.add_batch("ann", [*_legs(venue, 1), other])
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments:cl_ord_id"):
        venue.exchange.add_batch("ann", _legs(venue, 2, cl_ord_id="same"))


def test_a_validated_batch_places_nothing(venue: Venue) -> None:
    found = venue.exchange.add_batch("ann", _legs(venue, 2, validate=True))
    assert [leg.order.order_id if leg.order else None for leg in found] == ["", ""]
    assert venue.events == []
    assert venue.exchange.holds("ann") == {}


def test_a_batch_cancel_passes_over_the_unknown_and_is_never_refused(venue: Venue) -> None:
    for _ in range(50):
        venue.clock.advance(s=1)
        venue.limit("ann", BUY, "0.1", "50000.0", userref=7)
    tagged = venue.exchange.open_orders("ann")
    named = venue.limit("ann", BUY, "0.1", "50000.0", cl_ord_id="mine")
    done = venue.exchange.cancel_batch(
        "ann", order_ids=["OXXXXX-XXXXX-XXXXXX", tagged[0].order_id], cl_ord_ids=["mine", "other"], userrefs=[7]
    )
    assert {order.order_id for order in done} == {named.order_id, *(order.order_id for order in tagged)}
    assert venue.exchange.rate_counter("ann", "BTC/USD") > 125
    assert venue.exchange.cancel_batch("ann", order_ids=["OXXXXX-XXXXX-XXXXXX"]) == []


@pytest.mark.parametrize("count", [0, 51])
def test_a_batch_cancel_names_up_to_fifty(venue: Venue, count: int) -> None:
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments:orders"):
        venue.exchange.cancel_batch("ann", order_ids=[f"O{step}" for step in range(count)])


@pytest.mark.parametrize(("age", "cost"), [(4, 6), (5, 5), (10, 4), (15, 2), (45, 1), (90, 0)])
def test_an_edit_costs_one_and_its_age(venue: Venue, age: int, cost: int) -> None:
    venue.exchange._account("ann").rates.tier = type(venue.exchange._account("ann").rates.tier)("still", 125, 0, 80)
    order = venue.limit("ann", BUY, "1", "60000.0")
    venue.clock.advance(s=age)
    _edit(venue, order, qty="0.5")
    assert venue.exchange.rate_counter("ann", "BTC/USD") == 1 + 1 + cost


def test_an_edit_replaces_the_order_at_the_back_of_the_queue(venue: Venue) -> None:
    order = venue.limit("ann", BUY, "1", "60000.0", userref=5)
    other = venue.limit("eve", BUY, "1", "60000.0")
    new = _edit(venue, order, qty="0.5", userref=6)
    assert new.order_id != order.order_id
    assert (venue.now(order).status, venue.now(order).reason) == (OrderStatus.CANCELED, "Order replaced")
    assert venue.queue(BUY) == [(600_000, [other.order_id, new.order_id])]
    assert (new.qty, new.userref, new.price) == (BTC // 2, 6, 600_000)


def test_what_is_filled_counts_against_the_edited_quantity(venue: Venue) -> None:
    order = venue.limit("ann", BUY, "1", "60000.0")
    venue.limit("bob", SELL, "0.4", "60000.0")
    with pytest.raises(VenueReject, match="not editable"):
        _edit(venue, order, qty="0.4")
    assert _edit(venue, order, qty="0.9").qty == BTC // 2


def test_an_edit_keeps_what_it_does_not_name(venue: Venue) -> None:
    venue.last("60000.0")
    trailing = venue.order(
        "ann",
        SELL,
        OrderType.TRAILING_STOP_LIMIT,
        trigger=Trigger(Decimal(5), PriceType.PCT),
        limit_price="-3",
        limit_price_type=PriceType.QUOTE,
    )
    new = _edit(venue, trailing, qty="0.5")
    assert (new.trigger, new.price, new.terms) == (trailing.trigger, trailing.price, trailing.terms)
    iceberg = venue.order("ann", SELL, OrderType.ICEBERG, limit_price="70000.0", display_qty="0.2")
    assert _edit(venue, iceberg, limit_price="71000.0").terms.display == BTC // 5


@pytest.mark.parametrize(("more", "symbol"), [({"cl_ord_id": "mine"}, "BTC/USD"), ({}, "ETH/USD")])
def test_what_cannot_be_edited_stays(venue: Venue, more: dict[str, object], symbol: str) -> None:
    order = venue.limit("ann", BUY, "1", "60000.0", **more)
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments:order is not editable"):
        venue.exchange.edit_order("ann", EditOrder(order.order_id, symbol, qty=Decimal("0.5")))
    assert venue.now(order).status is OrderStatus.NEW


def test_a_fired_stop_cannot_be_edited(venue: Venue) -> None:
    venue.last("60000.0")
    order = venue.order("ann", SELL, OrderType.STOP_LOSS_LIMIT, trigger=Trigger(Decimal(60000)), limit_price="60010.0")
    with pytest.raises(VenueReject, match="not editable"):
        _edit(venue, order, qty="0.5")


def test_an_edit_that_fails_leaves_the_old_order_alone(venue: Venue) -> None:
    order = venue.limit("ann", BUY, "10", "60000.0")
    held = venue.exchange.holds("ann")
    for change in ({"qty": "30"}, {"limit_price": "0.05"}, {"validate": True}):
        if "validate" in change:
            assert _edit(venue, order, **change).order_id == ""
        else:
            with pytest.raises(VenueReject):
                _edit(venue, order, **change)
    assert venue.exchange.holds("ann") == held
    assert venue.queue(BUY) == [(600_000, [order.order_id])]
    assert len(venue.of(BookDelta)) == 1


def test_an_edit_may_use_what_the_old_order_held(venue: Venue) -> None:
    order = venue.limit("ann", BUY, "10", "60000.0")
    assert _edit(venue, order, qty="15").qty == 15 * BTC


def test_a_tag_selects_an_order_for_an_edit_when_it_is_the_only_one(venue: Venue) -> None:
    venue.limit("ann", BUY, "1", "60000.0", userref=5)
    request = EditOrder("", "BTC/USD", qty=Decimal("0.5"), userref_of=5)
    venue.exchange.edit_order("ann", request)
    with pytest.raises(VenueReject, match="EOrder:Unknown order"):
        venue.exchange.edit_order("ann", request)
    for _ in range(2):
        venue.limit("ann", BUY, "1", "60000.0", userref=5)
    with pytest.raises(VenueReject, match="EGeneral:Invalid arguments:userref"):
        venue.exchange.edit_order("ann", request)


def test_the_history_of_amends_starts_with_the_original(venue: Venue) -> None:
    order = venue.limit("ann", BUY, "1", "60000.0")
    assert [state.kind for state in venue.exchange.amends("ann", order.order_id)] == [AmendKind.ORIGINAL]
    venue.limit("bob", SELL, "0.2", "60000.0")
    first = venue.amend("ann", order, qty="0.8")
    second = venue.amend("ann", order, price="59000.0")
    states = venue.exchange.amends("ann", order.order_id)
    assert [state.amend_id for state in states[1:]] == [first, second]
    assert [(s.qty, s.left, s.price) for s in states] == [
        (BTC, BTC, 600_000),
        (BTC * 8 // 10, BTC * 6 // 10, 600_000),
        (BTC * 8 // 10, BTC * 6 // 10, 590_000),
    ]
    assert states[0].ts_ns == order.created_ns
    assert venue.exchange.amends("ann", "OXXXXX-XXXXX-XXXXXX") == []


def test_a_waiting_order_is_amended_without_touching_the_book(venue: Venue) -> None:
    order = venue.order("ann", SELL, OrderType.STOP_LOSS_LIMIT, trigger=Trigger(Decimal(50000)), limit_price="49000.0")
    request = AmendOrder(order_id=order.order_id, qty=Decimal(2), limit_price=Decimal("48000.0"))
    venue.exchange.amend_order("ann", request)
    amended = venue.now(order)
    assert (amended.qty, amended.price, amended.waits) == (2 * BTC, 480_000, True)
    assert venue.exchange.holds("ann") == {"BTC": 2 * UNIT}
    assert venue.of(BookDelta) == []


def test_a_quote_sized_buy_spends_its_amount_and_the_fee_on_top(venue: Venue) -> None:
    venue.limit("bob", SELL, "0.5", "60000.0")
    venue.limit("bob", SELL, "2", "60100.0")
    order = venue.order("ann", BUY, OrderType.MARKET, "0", cash_qty="60000")
    assert order.status is OrderStatus.FILLED
    assert 0 <= 60_000 * UNIT - order.cost < 10**9
    assert order.terms.cash == 60_000 * UNIT
    assert venue.exchange.balances("ann")["USD"] == 1_000_000 * UNIT - order.cost - order.fee


def test_a_quote_sized_buy_beyond_the_book_ends_with_a_remainder(venue: Venue) -> None:
    venue.limit("bob", SELL, "0.5", "60000.0")
    order = venue.order("ann", BUY, OrderType.MARKET, "0", cash_qty="60000")
    assert (order.filled, order.status) == (BTC // 2, OrderStatus.CANCELED)


@pytest.mark.parametrize(
    ("side", "order_type", "qty", "more", "error"),
    [
        (SELL, OrderType.MARKET, "0", {}, "EGeneral:Invalid arguments:viqc"),
        (BUY, OrderType.LIMIT, "0", {"limit_price": "60000.0"}, "EGeneral:Invalid arguments:viqc"),
        (BUY, OrderType.MARKET, "1", {}, "EGeneral:Invalid arguments:viqc"),
        (BUY, OrderType.MARKET, "0", {"leverage": 2}, "EGeneral:Invalid arguments:viqc"),
        (BUY, OrderType.MARKET, "0", {"cash_qty": "-5"}, "EGeneral:Invalid arguments:viqc"),
        (BUY, OrderType.MARKET, "0", {"cash_qty": "1"}, "EGeneral:Invalid arguments:volume minimum not met"),
        (BUY, OrderType.MARKET, "0", {"cash_qty": "50.123456"}, "EGeneral:Invalid arguments:volume"),
    ],
)
def test_only_spot_market_buys_are_quote_sized(
    venue: Venue, side: Side, order_type: OrderType, qty: str, more: dict[str, object], error: str
) -> None:
    with pytest.raises(VenueReject) as caught:
        venue.order("ann", side, order_type, qty, **({"cash_qty": "60000"} | more))
    assert caught.value.error == error
