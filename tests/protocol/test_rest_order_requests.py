from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

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
from app.protocol.rest import order_requests, requests

D = Decimal
Order = Callable[..., OrderRequest]
NEXT_DAY = 1_700_086_400_000_000_000
PCT, QUOTE = PriceKind.PCT, PriceKind.QUOTE


@pytest.mark.parametrize(
    ("kind", "limit", "trigger", "prices"),
    [
        (OrderType.MARKET, None, None, {}),
        (OrderType.SETTLE_POSITION, None, None, {}),
        (OrderType.LIMIT, (D("30010.0"), PriceKind.STATIC), None, {"price": "30010.0"}),
        (OrderType.STOP_LOSS, None, (D(22000), PriceKind.STATIC), {"price": "22000"}),
        (OrderType.TAKE_PROFIT, None, (D("1.5"), PCT), {"price": "+1.5%"}),
        (
            OrderType.STOP_LOSS_LIMIT,
            (D(21000), PriceKind.STATIC),
            (D(22000), PriceKind.STATIC),
            {"price": "22000", "price2": "21000"},
        ),
        (
            OrderType.TAKE_PROFIT_LIMIT,
            (D("39900.0"), PriceKind.STATIC),
            (D("-50"), QUOTE),
            {"price": "-50", "price2": "39900.0"},
        ),
        (OrderType.TRAILING_STOP, None, (D(5), PCT), {"price": "+5%"}),
        (OrderType.TRAILING_STOP_LIMIT, (D(0), QUOTE), (D(50), QUOTE), {"price": "+50", "price2": "+0"}),
        (OrderType.TRAILING_STOP_LIMIT, (D("-0.5"), PCT), (D(5), PCT), {"price": "+5%", "price2": "-0.5%"}),
    ],
)
def test_which_price_is_which(
    order: Order,
    kind: OrderType,
    limit: tuple[Decimal, PriceKind] | None,
    trigger: tuple[Decimal, PriceKind] | None,
    prices: dict[str, str],
) -> None:
    """The table of `rest.md` §5.1 with the words of §5.2."""
    fields = order_requests.add_order(
        order(
            order_type=kind,
            limit_price=None if limit is None else limit[0],
            limit_kind=PriceKind.STATIC if limit is None else limit[1],
            trigger=None if trigger is None else Trigger(TriggerRef.INDEX, *trigger),
        )
    )
    assert {name: fields[name] for name in fields if name.startswith("price")} == prices
    assert fields.get("trigger") == (None if trigger is None else "index")


def test_every_flag_has_its_word(order: Order) -> None:
    fields = order_requests.add_order(
        order(
            order_type=OrderType.ICEBERG,
            display_qty=D("0.1"),
            post_only=True,
            time_in_force=TimeInForce.GTD,
            expire_ns=NEXT_DAY,
            start_ns=NEXT_DAY - 3600 * 10**9,
            reduce_only=True,
            leverage=5,
            stp=Stp.CANCEL_OLDEST,
            fee_in_base=True,
            validate=True,
            conditional=CloseTemplate(OrderType.STOP_LOSS_LIMIT, limit_price=D(21000), trigger_price=D(22000)),
        )
    )
    assert fields == {
        "pair": "XBT/USD",
        "type": "buy",
        "ordertype": "iceberg",
        "volume": "1.2",
        "displayvol": "0.1",
        "price": "26500.4",
        "leverage": "5",
        "reduce_only": "true",
        "stptype": "cancel-oldest",
        "oflags": "post,fcib",
        "timeinforce": "GTD",
        "starttm": "1700082800",
        "expiretm": "1700086400",
        "cl_ord_id": "2c6be801-1f53-4f79-a0bb-4ea1c95dfae9",
        "close[ordertype]": "stop-loss-limit",
        "close[price]": "22000",
        "close[price2]": "21000",
        "validate": "true",
    }


def test_a_buy_for_money_says_so_in_its_flags(order: Order) -> None:
    fields = order_requests.add_order(
        order(order_type=OrderType.MARKET, limit_price=None, cash_qty=D(200), fee_in_base=False)
    )
    assert (fields["volume"], fields["oflags"]) == ("200", "fciq,viqc")


def test_all_of_a_position_is_volume_zero(order: Order) -> None:
    fields = order_requests.add_order(
        order(order_type=OrderType.SETTLE_POSITION, side=Side.SELL, limit_price=None, qty=D("0.000"), leverage=3)
    )
    assert (fields["volume"], fields["leverage"]) == ("0", "3")


def test_a_plus_sign_reaches_the_venue(order: Order) -> None:
    trailing = order(
        order_type=OrderType.TRAILING_STOP, limit_price=None, trigger=Trigger(TriggerRef.LAST, D(5), PriceKind.PCT)
    )
    assert b"&price=%2B5%25&" in requests.form_body(1, order_requests.add_order(trailing))


def test_an_amend_of_everything() -> None:
    amend = Amend("", "c", D(2), D("-1"), QUOTE, D("0.1"), D(3), PCT, True, NEXT_DAY)
    assert requests.amend_order(amend) == {
        "cl_ord_id": "c",
        "order_qty": "2",
        "display_qty": "0.1",
        "limit_price": "-1",
        "trigger_price": "+3%",
        "post_only": "true",
        "deadline": "2023-11-15T22:13:20.000Z",
    }


def test_an_edit_knows_its_two_prices() -> None:
    trigger = Trigger(TriggerRef.LAST, D("19500.0"))
    edit = Edit(
        "OHYO67-6LP66-HMQ437",
        "BTC/GBP",
        OrderType.STOP_LOSS_LIMIT,
        qty=D("0.0003"),
        limit_price=D("19400.0"),
        display_qty=D("0.0001"),
        trigger=trigger,
        post_only=True,
        validate=True,
    )
    assert order_requests.edit_order(edit) == {
        "pair": "XBT/GBP",
        "txid": "OHYO67-6LP66-HMQ437",
        "volume": "0.0003",
        "displayvol": "0.0001",
        "price": "19500.0",
        "price2": "19400.0",
        "oflags": "post",
        "validate": "true",
    }
    limit = Edit("O1", "BTC/USD", limit_price=D(5))
    assert order_requests.edit_order(limit) == {"pair": "XBT/USD", "txid": "O1", "price": "5"}


def test_cancels_by_list_leave_out_what_is_empty() -> None:
    assert requests.cancel_batch(["O1"], []) == {"orders": ["O1"]}
    assert requests.cancel_batch([], ["a", "b"]) == {"cl_ord_ids": ["a", "b"]}
