from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from app.domain.order import CloseTemplate, OrderRequest, OrderType, PriceKind, TimeInForce, Trigger, TriggerRef
from app.protocol.order_check import check_batch, check_order

D = Decimal
STOP = Trigger(TriggerRef.LAST, D(25000))
TRAIL = Trigger(TriggerRef.LAST, D(1), PriceKind.PCT)
TSL = {"order_type": OrderType.TRAILING_STOP_LIMIT, "limit_price": D(0)}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"limit_price": None}, "limit orders need a limit price"),
        ({"order_type": OrderType.MARKET}, "market orders have no limit price"),
        ({"order_type": OrderType.SETTLE_POSITION}, "settle-position orders have no limit price"),
        ({"order_type": OrderType.ICEBERG}, "iceberg orders need a display quantity"),
        ({"display_qty": D(1)}, "limit orders have no display quantity"),
        ({"order_type": OrderType.STOP_LOSS_LIMIT}, "stop-loss-limit orders need a trigger"),
        ({"trigger": STOP}, "limit orders have no trigger"),
        ({"time_in_force": TimeInForce.GTD}, "good-till-date and an expiry time go together"),
        ({"expire_ns": 10**18}, "good-till-date and an expiry time go together"),
        ({"start_ns": 10**18 + 1}, "whole seconds"),
        ({"cash_qty": D(1)}, "can't be sized in quote money"),
        ({"order_type": OrderType.TRAILING_STOP, "limit_price": None, "trigger": STOP}, "need a positive distance"),
        ({**TSL, "trigger": TRAIL}, "is an offset from its trigger"),
        ({"conditional": CloseTemplate(OrderType.MARKET)}, "can't be conditional closes"),
        ({"conditional": CloseTemplate(OrderType.ICEBERG, D(1))}, "can't be conditional closes"),
        ({"conditional": CloseTemplate(OrderType.LIMIT)}, "limit orders need a limit price"),
        ({"conditional": CloseTemplate(OrderType.STOP_LOSS)}, "stop-loss orders need a trigger"),
        ({"conditional": CloseTemplate(OrderType.TRAILING_STOP, trigger_price=D(1))}, "need a positive distance"),
        (
            {"conditional": CloseTemplate(OrderType.TRAILING_STOP_LIMIT, D(0), PriceKind.STATIC, D(1), PriceKind.PCT)},
            "is an offset from its trigger",
        ),
    ],
)
def test_an_order_whose_parts_do_not_go_together_is_refused_in_words(
    order: Callable[..., OrderRequest], fields: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        check_order(order(**fields))


def test_a_batch_is_two_to_fifteen_orders_of_one_pair(order: Callable[..., OrderRequest]) -> None:
    one = order()
    check_batch([one] * 2)
    check_batch([one] * 15)
    for orders, words in (
        ([one], "2 to 15"),
        ([one] * 16, "not 16"),
        ([one, order(symbol="ETH/USD")], "one pair"),
        ([one, order(validate=True)], "not both"),
        ([one, order(limit_price=None)], "order 2 of the batch: limit orders need"),
    ):
        with pytest.raises(ValueError, match=words):
            check_batch(orders)
