from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.order import (
    CloseTemplate,
    OrderRequest,
    OrderType,
    PriceKind,
    Side,
    Stp,
    TimeInForce,
    Trigger,
    TriggerRef,
)
from app.protocol.changes import Amend, Edit
from app.protocol.ws2 import order_requests

AT = 1_700_000_000_123_456_789
NEXT_DAY = 1_700_086_400_000_000_000
LONG_ID = "2c6be801-1f53-4f79-a0bb-4ea1c95dfae9"
D = Decimal
Order = Callable[..., OrderRequest]


def params(frame: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(frame, parse_float=D)["params"]
    assert found.pop("token") == "tok"
    return found


def sent(order: OrderRequest) -> dict[str, Any]:
    return params(order_requests.add_order(order, "tok", 7))


def test_a_limit_order_on_the_wire(order: Order) -> None:
    frame = order_requests.add_order(order(post_only=True, deadline_ns=AT), "tok", 7)
    assert json.loads(frame) == {
        "method": "add_order",
        "req_id": 7,
        "params": {
            "order_type": "limit",
            "side": "buy",
            "symbol": "BTC/USD",
            "order_qty": 1.2,
            "limit_price": 26500.4,
            "time_in_force": "gtc",
            "post_only": True,
            "cl_ord_id": LONG_ID,
            "deadline": "2023-11-14T22:13:20.123Z",
            "token": "tok",
        },
    }


def test_a_market_order_has_no_price_and_no_post_only(order: Order) -> None:
    found = sent(order(order_type=OrderType.MARKET, limit_price=None, time_in_force=TimeInForce.IOC))
    assert "limit_price" not in found
    assert "post_only" not in found
    assert found["time_in_force"] == "ioc"


def test_the_published_stop_and_trailing_stop(order: Order) -> None:
    """The samples of `ws-v2.md` §9.1, but for the time in force that we always say."""
    stop = order(
        cl_ord_id="",
        symbol="MATIC/USD",
        side=Side.SELL,
        order_type=OrderType.STOP_LOSS,
        qty=D(100),
        limit_price=None,
        trigger=Trigger(TriggerRef.LAST, D("-2.0"), PriceKind.PCT),
    )
    assert sent(stop) == {
        "order_type": "stop-loss",
        "side": "sell",
        "order_qty": 100,
        "symbol": "MATIC/USD",
        "triggers": {"reference": "last", "price": D("-2.0"), "price_type": "pct"},
        "time_in_force": "gtc",
    }
    trailing = replace(
        stop,
        side=Side.BUY,
        order_type=OrderType.TRAILING_STOP,
        trigger=Trigger(TriggerRef.LAST, D("1.0"), PriceKind.PCT),
    )
    assert sent(trailing)["triggers"] == {"reference": "last", "price": D("1.0"), "price_type": "pct"}
    assert sent(trailing)["order_type"] == "trailing-stop"


def test_the_published_conditional_close(order: Order) -> None:
    parent = order(
        limit_price=D(28440),
        conditional=CloseTemplate(OrderType.STOP_LOSS_LIMIT, limit_price=D(28400), trigger_price=D(28410)),
    )
    assert sent(parent)["limit_price"] == 28440
    assert sent(parent)["conditional"] == {
        "order_type": "stop-loss-limit",
        "trigger_price": 28410,
        "limit_price": 28400,
    }


def test_a_trailing_close_says_how_its_offsets_are_meant(order: Order) -> None:
    close = CloseTemplate(OrderType.TRAILING_STOP_LIMIT, D(0), PriceKind.QUOTE, D("1.5"), PriceKind.PCT)
    assert sent(order(conditional=close))["conditional"] == {
        "order_type": "trailing-stop-limit",
        "limit_price": 0,
        "limit_price_type": "quote",
        "trigger_price": D("1.5"),
        "trigger_price_type": "pct",
    }


def test_every_flag_has_its_word(order: Order) -> None:
    full = order(
        order_type=OrderType.ICEBERG,
        display_qty=D("0.1"),
        time_in_force=TimeInForce.GTD,
        expire_ns=NEXT_DAY,
        start_ns=NEXT_DAY - 3600 * 10**9,
        reduce_only=True,
        leverage=5,
        stp=Stp.CANCEL_BOTH,
        fee_in_base=True,
        validate=True,
    )
    found = sent(full)
    assert {name: found[name] for name in found.keys() - {"order_type", "side", "symbol", "order_qty"}} == {
        "limit_price": D("26500.4"),
        "display_qty": D("0.1"),
        "time_in_force": "gtd",
        "expire_time": "2023-11-15T22:13:20Z",
        "effective_time": "2023-11-15T21:13:20Z",
        "reduce_only": True,
        "margin": True,
        "stp_type": "cancel_both",
        "fee_preference": "base",
        "validate": True,
        "cl_ord_id": LONG_ID,
    }
    assert sent(order(fee_in_base=False))["fee_preference"] == "quote"


def test_money_takes_the_place_of_the_quantity(order: Order) -> None:
    found = sent(order(order_type=OrderType.MARKET, limit_price=None, cash_qty=D(200)))
    assert found["cash_order_qty"] == 200
    assert "order_qty" not in found


def test_all_of_a_position_is_settled_with_quantity_zero(order: Order) -> None:
    found = sent(order(order_type=OrderType.SETTLE_POSITION, limit_price=None, qty=D("0E+3"), leverage=3))
    assert (found["order_qty"], found["margin"]) == (0, True)


@pytest.mark.parametrize(
    ("qty", "text"), [("1E-8", "0.00000001"), ("5E+3", "5000"), ("0.10000000", "0.10000000"), ("28440", "28440")]
)
def test_numbers_keep_their_digits_and_never_get_an_exponent(order: Order, qty: str, text: str) -> None:
    assert f'"order_qty":{text},'.encode() in order_requests.add_order(order(qty=D(qty)), "tok", 1)


def test_an_amend_names_one_order_and_only_what_changes() -> None:
    frame = order_requests.amend_order(Amend(cl_ord_id="abc", limit_price=D(490795)), "tok", 3)
    assert params(frame) == {"cl_ord_id": "abc", "limit_price": 490795}
    frame = order_requests.amend_order(Amend("OAIYAU-LGI3M-PFM5VW", qty=D("1.2"), post_only=True), "tok", 3)
    assert params(frame) == {"order_id": "OAIYAU-LGI3M-PFM5VW", "order_qty": D("1.2"), "post_only": True}


def test_an_amend_of_everything() -> None:
    amend = Amend(
        "O1",
        limit_price=D("-1"),
        limit_kind=PriceKind.QUOTE,
        display_qty=D("0.1"),
        trigger_price=D(2),
        trigger_kind=PriceKind.PCT,
        deadline_ns=AT,
    )
    assert params(order_requests.amend_order(amend, "tok", 3)) == {
        "order_id": "O1",
        "limit_price": -1,
        "limit_price_type": "quote",
        "display_qty": D("0.1"),
        "trigger_price": 2,
        "trigger_price_type": "pct",
        "deadline": "2023-11-14T22:13:20.123Z",
    }


@pytest.mark.parametrize("amend", [Amend(), Amend("O1"), Amend("O1", "c", qty=D(1)), Amend(qty=D(1), display_qty=D(1))])
def test_an_amend_of_nothing_or_of_two_orders_is_not_sent(amend: Amend) -> None:
    with pytest.raises(ValueError, match="one id and something to change"):
        order_requests.amend_order(amend, "tok", 3)


def test_the_published_edit() -> None:
    edit = Edit("ORDERX-IDXXX-XXXXX1", "BTC/USD", qty=D("0.2123456789"))
    frame = order_requests.edit_order(edit, "tok", 1234567890)
    assert params(frame) == {"order_id": "ORDERX-IDXXX-XXXXX1", "order_qty": D("0.2123456789"), "symbol": "BTC/USD"}


def test_an_edit_of_everything_but_a_relative_limit() -> None:
    edit = Edit(
        "O1",
        "BTC/USD",
        OrderType.STOP_LOSS_LIMIT,
        limit_price=D(1),
        display_qty=D(2),
        trigger=Trigger(TriggerRef.INDEX, D(3)),
        post_only=True,
        reduce_only=True,
        fee_in_base=False,
        validate=True,
    )
    assert params(order_requests.edit_order(edit, "tok", 1)) == {
        "order_id": "O1",
        "symbol": "BTC/USD",
        "limit_price": 1,
        "display_qty": 2,
        "triggers": {"reference": "index", "price": 3, "price_type": "static"},
        "fee_preference": "quote",
        "post_only": True,
        "reduce_only": True,
        "validate": True,
    }
    with pytest.raises(ValueError, match="fixed limit price only"):
        order_requests.edit_order(replace(edit, limit_kind=PriceKind.PCT), "tok", 1)
    with pytest.raises(ValueError, match="something to change"):
        order_requests.edit_order(Edit("O1", "BTC/USD"), "tok", 1)


def test_a_batch_in_the_published_shape(order: Order) -> None:
    buy = order(cl_ord_id="", qty=D("0.123456789"), limit_price=D("1010.10"), deadline_ns=AT)
    sell = replace(buy, side=Side.SELL, qty=D("0.987654321"), limit_price=D("2020.20"), stp=Stp.CANCEL_BOTH)
    later = replace(sell, deadline_ns=AT + 10**9)
    assert params(order_requests.batch_add([buy, later], "tok", 1)) == {
        "deadline": "2023-11-14T22:13:20.123Z",
        "orders": [
            {
                "limit_price": D("1010.10"),
                "order_qty": D("0.123456789"),
                "order_type": "limit",
                "side": "buy",
                "time_in_force": "gtc",
            },
            {
                "limit_price": D("2020.20"),
                "order_qty": D("0.987654321"),
                "order_type": "limit",
                "side": "sell",
                "stp_type": "cancel_both",
                "time_in_force": "gtc",
            },
        ],
        "symbol": "BTC/USD",
    }
