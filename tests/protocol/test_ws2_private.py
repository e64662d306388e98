from __future__ import annotations

from decimal import Decimal

import pytest

from app.protocol.ws2.private import ExecKind, balance_rows, decode_account, execution_rows

# The samples of ws-v2.md §7.4 and §8, as published.
PENDING = (
    b'{"channel":"executions","type":"update","data":[{"order_id":"OVN7VD-7VYHS-APBKHA","symbol":"BTC/USDT","order_qty":'
    b'0.00010000,"cum_cost":0.00000,"time_in_force":"GTC","exec_type":"pending_new","side":"buy","order_type":"limit",'
    b'"cl_ord_id":"b17c7bb34d000200","limit_price_type":"static","limit_price":80000.0,"stop_price":0.0,"order_status":'
    b'"pending_new","fee_usd_equiv":0.0000,"fee_ccy_pref":"fciq","timestamp":"2026-01-22T06:06:19.833306Z"}],"sequence":2}'
)
NEW = (
    b'{"channel":"executions","type":"update","data":[{"timestamp":"2026-01-22T06:06:19.833306Z","order_status":"new",'
    b'"exec_type":"new","cl_ord_id":"b17c7bb34d000200","order_id":"OVN7VD-7VYHS-APBKHA"}],"sequence":3}'
)
TRADE = (
    b'{"channel":"executions","type":"update","data":[{"order_id":"OK4GJX-KSTLS-7DZZO5","order_userref":3,"exec_id":'
    b'"TGBB7L-HT5LX-J3BZ4A","exec_type":"trade","trade_id":62887576,"symbol":"BTC/USD","side":"sell","last_qty":0.005,'
    b'"last_price":26599.9,"liquidity_ind":"t","cost":132.9995,"order_type":"limit","timestamp":'
    b'"2023-09-22T10:33:05.709993Z","order_status":"partially_filled","cum_qty":0.005,"cum_cost":132.9995,"avg_price":'
    b'26599.9,"fee_usd_equiv":0.3458,"fees":[{"asset":"USD","qty":0.3458}]}],"sequence":10}'
)
STOP = (
    b'{"channel":"executions","type":"update","data":[{"order_id":"AHOJQ8-1E72C-8M2VQH","symbol":"ADX/USD","order_qty":'
    b'81.36256082,"cum_cost":0,"time_in_force":"GTC","exec_type":"pending_new","side":"buy","order_type":'
    b'"stop-loss-limit","order_userref":0,"limit_price_type":"static","triggers":{"price":0.2,"price_type":"static",'
    b'"reference":"index","status":"untriggered"},"stop_price":0.2,"limit_price":0.2,"trigger":"index","order_status":'
    b'"pending_new","fee_usd_equiv":0,"fee_ccy_pref":"fciq","timestamp":"2024-05-18T12:01:56.165888Z"}],"sequence":120}'
)
BALANCES = (
    b'{"channel":"balances","type":"snapshot","data":[{"asset":"BTC","asset_class":"currency","balance":1.2,"wallets":'
    b'[{"type":"spot","id":"main","balance":1.2}]},{"asset":"MATIC","asset_class":"currency","balance":500,"wallets":'
    b'[{"type":"spot","id":"main","balance":300},{"type":"earn","id":"flex","balance":200}]}],"sequence":1}'
)
LEDGER = (
    b'{"channel":"balances","type":"update","data":[{"ledger_id":"A5KS77-LQRMP-SMMN4B","ref_id":"AGBB7L-HT5LX-J3BB4A",'
    b'"timestamp":"2023-09-22T10:33:05.710082Z","type":"trade","asset":"USD","asset_class":"currency","category":"trade",'
    b'"wallet_type":"spot","wallet_id":"main","amount":132.9995,"fee":0.3458,"balance":500}],"sequence":10}'
)


def test_a_full_description_keeps_every_digit() -> None:
    head = decode_account(PENDING)
    rows, bad = execution_rows(head)
    assert bad == []
    (row,) = rows
    assert head.sequence == 2
    assert row.kind is ExecKind.PENDING_NEW
    assert (row.symbol, row.side, row.time_in_force) == ("BTC/USDT", "buy", "GTC")
    assert str(row.order_qty) == "0.00010000"
    assert row.limit_price == Decimal(80000)
    assert row.at_ns == 1769061979_833306000


def test_what_a_delta_leaves_out_is_absent_and_not_zero() -> None:
    ((row,), _) = execution_rows(decode_account(NEW))
    assert row.kind is ExecKind.NEW
    assert (row.symbol, row.side, row.order_qty, row.limit_price, row.cum_qty) == (None, None, None, None, None)


def test_a_fill_carries_its_id_and_fees() -> None:
    ((row,), _) = execution_rows(decode_account(TRADE))
    assert row.kind is ExecKind.TRADE
    assert (row.exec_id, row.last_qty, row.last_price) == ("TGBB7L-HT5LX-J3BZ4A", Decimal("0.005"), Decimal("26599.9"))
    assert row.fees is not None
    assert [(fee.asset, fee.qty) for fee in row.fees] == [("USD", Decimal("0.3458"))]


def test_triggers_are_read_and_deprecated_doubles_are_not() -> None:
    ((row,), _) = execution_rows(decode_account(STOP))
    assert row.triggers is not None
    assert (row.triggers.price, row.triggers.status) == (Decimal("0.2"), "untriggered")
    assert not hasattr(row, "stop_price")


def test_a_child_names_its_parent_and_a_parent_its_template() -> None:
    raw = STOP.replace(
        b'"order_userref":0',
        b'"ord_ref_id":"OPARNT-AAAAA-BBBBBB","contingent":{"order_type":"stop-loss-limit","trigger_price":28410,'
        b'"trigger_price_type":"static","limit_price":28400.0}',
    )
    ((row,), bad) = execution_rows(decode_account(raw))
    assert (row.ord_ref_id, bad) == ("OPARNT-AAAAA-BBBBBB", [])
    assert row.contingent is not None
    assert (row.contingent.order_type, row.contingent.trigger_price, row.contingent.limit_price_type) == (
        "stop-loss-limit", Decimal(28410), None,
    )  # fmt: skip


def test_an_unknown_kind_counts_as_a_status_report() -> None:
    head = decode_account(NEW.replace(b'"exec_type":"new"', b'"exec_type":"triggered"'))
    ((row,), _) = execution_rows(head)
    assert row.kind is ExecKind.STATUS
    assert row.exec_type == "triggered"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"order_id":"OVN', b'"ratecount":12.5,"order_id":"OVN'),
        (b'"order_id":"OVN', b'"ratecounter":12.5,"order_id":"OVN'),
        (b'"sequence":3', b'"sequence":3,"ratecount":12.5'),
    ],
)
def test_the_rate_counter_is_found_wherever_the_venue_puts_it(old: bytes, new: bytes) -> None:
    ((row,), _) = execution_rows(decode_account(NEW.replace(old, new)))
    assert row.rate_count == Decimal("12.5")


def test_balances_with_their_wallets() -> None:
    rows, bad = balance_rows(decode_account(BALANCES))
    assert bad == []
    assert [(row.asset, row.balance) for row in rows] == [("BTC", Decimal("1.2")), ("MATIC", Decimal(500))]
    assert [wallet.id for wallet in rows[1].wallets] == ["main", "flex"]


def test_a_ledger_row_carries_change_fee_and_new_balance() -> None:
    ((row,), _) = balance_rows(decode_account(LEDGER))
    assert (row.amount, row.fee, row.balance) == (Decimal("132.9995"), Decimal("0.3458"), Decimal(500))
    assert row.ref_id == "AGBB7L-HT5LX-J3BB4A"


def test_hostile_text_is_harmless() -> None:
    raw = NEW.replace(b'"order_status":"new"', rb'"order_status":"new","reason":"\u001b]52;c;x\u0007 \u202egone[/b]"')
    ((row,), _) = execution_rows(decode_account(raw))
    assert row.reason == "]52;c;x gone[/b]"


@pytest.mark.parametrize("number", [b'"NaN"', b'"Infinity"', b"1e999999", b"9" * 60, b'"x"', b"true"])
def test_a_number_that_is_none_costs_its_row_only(number: bytes) -> None:
    raw = NEW.replace(b'"order_status":"new"', b'"cum_qty":' + number)
    rows, bad = execution_rows(decode_account(raw))
    assert rows == []
    assert len(bad) == 1
