from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from app.domain.order import CloseTemplate, OrderType, PriceKind, Side, Trigger, TriggerRef
from app.protocol.rest import messages
from app.protocol.rest.names import Names
from app.protocol.rest.order_rows import close_template
from app.protocol.rest.records import RestOrder

D = Decimal
PCT, QUOTE, STATIC = PriceKind.PCT, PriceKind.QUOTE, PriceKind.STATIC


def read(kind: str, price: str = "0", price2: str = "0", /, **more: Any) -> RestOrder:
    descr = {"pair": "XBTUSD", "type": "sell", "ordertype": kind, "price": price, "price2": price2}
    descr |= {"leverage": more.pop("leverage", "none"), "order": "x", "close": more.pop("close", "")}
    order = {"refid": None, "status": "open", "vol": "1.0", "descr": descr, **more}
    raw = msgspec.Raw(json.dumps({"open": {"OAAAAA-BBBBB-CCCCCC": order}}).encode())
    (found,) = messages.open_orders(raw, Names())
    return found


@pytest.mark.parametrize(
    ("kind", "price", "price2", "limit", "trigger"),
    [
        ("market", "0", "0", None, None),
        ("settle-position", "0", "0", None, None),
        ("limit", "30010.0", "0", (D(30010), STATIC), None),
        ("iceberg", "30010.0", "0", (D(30010), STATIC), None),
        ("stop-loss", "22000.0", "0", None, (D(22000), STATIC)),
        ("take-profit", "+5.0%", "0", None, (D(5), PCT)),
        ("stop-loss-limit", "22000.0", "21000.0", (D(21000), STATIC), (D(22000), STATIC)),
        ("take-profit-limit", "-50", "39900", (D(39900), STATIC), (D(-50), QUOTE)),
        ("trailing-stop", "+5.0000%", "0", None, (D(5), PCT)),
        ("trailing-stop-limit", "+50", "+0.0", (D(0), QUOTE), (D(50), QUOTE)),
        ("stop-loss", "#2%", "0", None, None),
        ("a-new-kind", "5", "6", None, None),
    ],
)
def test_the_two_prices_get_their_names(
    kind: str,
    price: str,
    price2: str,
    limit: tuple[Decimal, PriceKind] | None,
    trigger: tuple[Decimal, PriceKind] | None,
) -> None:
    order = read(kind, price, price2, trigger="index")
    assert (None if order.limit_price is None else (order.limit_price, order.limit_kind)) == limit
    assert order.trigger == (None if trigger is None else Trigger(TriggerRef.INDEX, *trigger))
    assert not order.triggered


def test_a_trailing_limit_is_an_offset_until_it_triggers() -> None:
    waiting = read("trailing-stop-limit", "+50", "-10", limitprice="63940.0", stopprice="63950.0")
    assert (waiting.limit_price, waiting.limit_kind, waiting.trigger_price) == (D(-10), QUOTE, D(63950))
    woken = read("trailing-stop-limit", "+50", "-10", limitprice="63940.0", stopprice="63950.0", misc="stopped")
    assert (woken.limit_price, woken.limit_kind, woken.triggered) == (D(63940), STATIC, True)


def test_times_leverage_flags_and_parents() -> None:
    order = read(
        "limit",
        "30010.0",
        leverage="5:1",
        refid="OQCLML-BW3P3-BUCMWZ",
        oflags="fciq,post",
        misc="partial,amended",
        starttm=1688666559,
        expiretm=1688666600.5,
        reduce_only=True,
    )
    assert (order.leverage, order.margin, order.reduce_only) == (5, True, True)
    assert (order.ref_id, order.oflags, order.misc, order.amended) == (
        "OQCLML-BW3P3-BUCMWZ", ("fciq", "post"), ("partial", "amended"), True,
    )  # fmt: skip
    assert (order.start_ns, order.expire_ns) == (1688666559 * 10**9, 1688666600_500000000)
    plain = read("limit", "30010.0")
    assert (plain.leverage, plain.margin, plain.reduce_only, plain.start_ns, plain.ref_id) == (0, False, None, 0, "")


def test_an_order_sized_in_money_is_told_in_base() -> None:
    order = read("market", vol="200.0", vol_exec="100.0", cost="100.0", price="50000.0", oflags="fciq,viqc")
    assert (order.cash_qty, order.qty, order.filled, order.cost) == (D(200), D("0.004"), D("0.002"), D(100))
    money = {"vol": "200.0", "vol_exec": "199.99967", "price": "64000.1", "oflags": "viqc"}
    done = read("market", status="closed", **money)
    assert (done.qty, done.filled) == (D("0.00312499"), D("0.00312499"))
    fresh = read("market", vol="200.0", oflags="viqc")
    assert (fresh.cash_qty, fresh.qty, fresh.filled) == (D(200), D(0), D(0))


@pytest.mark.parametrize(
    ("text", "close"),
    [
        ("", None),
        ("close position @ limit 31000.0", CloseTemplate(OrderType.LIMIT, D(31000))),
        ("close position @ stop loss 22000.0", CloseTemplate(OrderType.STOP_LOSS, None, STATIC, D(22000))),
        (
            "close position @ stop loss 22000.0 -> limit 21000.0",
            CloseTemplate(OrderType.STOP_LOSS_LIMIT, D(21000), STATIC, D(22000)),
        ),
        ("close position @ take profit +5.0%", CloseTemplate(OrderType.TAKE_PROFIT, None, STATIC, D(5), PCT)),
        (
            "close position @ trailing stop +5.0000% -> limit +0.0",
            CloseTemplate(OrderType.TRAILING_STOP_LIMIT, D(0), QUOTE, D(5), PCT),
        ),
        ("close position @ limit 1 -> limit 2", None),
        ("close position @ something else 5", None),
        ("close position @ stop loss 1.2.3", None),
    ],
)
def test_a_close_is_read_from_its_words_or_not_at_all(text: str, close: CloseTemplate | None) -> None:
    assert close_template(text) == close
    assert read("limit", "30010.0", close=text).close_text == text


# The samples of rest.md §3.8, §3.11, §3.12, as published.
AMENDS = msgspec.Raw(
    b'{"amends":[{"amend_id":"TSUN4B-EX2XN-WQ6GKG","amend_type":"original","order_qty":"0.01000000","remaining_qty":'
    b'"0.01000000","limit_price":"61032.8","timestamp":1724158070287557853},{"amend_id":"TF6VAW-UVWMX-6SXTCH",'
    b'"amend_type":"restated","order_qty":"0.005","reason":"it shrank","timestamp":1724158071287557853}],"count":2}'
)
POSITIONS = msgspec.Raw(
    b'{"TF5GVO-T7ZZ2-6NBKBI":{"ordertxid":"OLWNFG-LLH4R-D6SFFP","posstatus":"open","pair":"XXBTZUSD","time":'
    b'1605280097.8294,"type":"buy","ordertype":"limit","cost":"104610.52842","fee":"289.06565","vol":"8.82412861",'
    b'"vol_closed":"0.20200000","margin":"20922.10568","value":"258797.5","net":"+154186.9728","terms":'
    b'"0.0100% per 4 hours","rollovertm":"1616672637","misc":"","oflags":""}}'
)
LEDGER = msgspec.Raw(
    b'{"ledger":{"L4UESK-KG3EQ-UFO4T5":{"refid":"TJKLXF-PGMUI-4NTLXU","time":1688464484.1787,"type":"trade","subtype":'
    b'"","aclass":"currency","asset":"ZGBP","amount":"-24.5000","fee":"0.0490","balance":"459567.9171"}},"count":2}'
)


def test_the_published_amends() -> None:
    first, second = messages.amends(AMENDS)
    assert (first.kind, first.qty, first.limit_price, first.at_ns) == (
        "original", D("0.01"), D("61032.8"), 1724158070287557853,
    )  # fmt: skip
    assert (second.kind, second.qty, second.limit_price, second.reason) == (
        "restated", D("0.005"), None, "it shrank",
    )  # fmt: skip


def test_the_published_position() -> None:
    (position,) = messages.positions(POSITIONS, Names())
    assert (position.position_id, position.side, position.qty, position.closed_qty) == (
        "TF5GVO-T7ZZ2-6NBKBI", Side.BUY, D("8.82412861"), D("0.202"),
    )  # fmt: skip
    assert (position.net, position.margin) == (D("154186.9728"), D("20922.10568"))
    assert (position.rollover_ns, position.terms) == (1616672637 * 10**9, "0.0100% per 4 hours")


def test_the_published_ledger_entry() -> None:
    (entry,), count = messages.ledger(LEDGER, Names())
    assert (count, entry.ref_id, entry.kind, entry.amount, entry.fee) == (
        2, "TJKLXF-PGMUI-4NTLXU", "trade", D("-24.5"), D("0.049"),
    )  # fmt: skip
