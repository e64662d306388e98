from __future__ import annotations

from decimal import Decimal

import pytest
import simplefix

from app.clock import NS_PER_S, parse_rfc3339
from app.domain.order import OrderRequest, OrderType, PriceKind, Side, Stp, TimeInForce, Trigger, TriggerRef
from app.protocol.changes import Amend
from app.protocol.fix import orders
from app.protocol.fix.message import Encoder, FieldError, Message, fields, shown
from app.protocol.fix.orders import SentOrder
from app.protocol.fix.password import password
from app.protocol.fix.reports import business_fault, report_of, session_fault
from app.protocol.fix.times import utc_ns, utc_text
from app.protocol.rest.errors import Layer
from tests.protocol.fix.peer import SAMPLES, parsed

D = Decimal
KEY = "KRKNFIXDEMOKEY000000000000000000000000000000000000000001"
NOW_NS = parse_rfc3339("2026-04-07T14:32:05Z")
SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="


@pytest.mark.parametrize(
    ("secret", "seq", "sender", "target", "key", "nonce", "signed"),
    [
        (
            SECRET, 1, "CLIENT", "KRAKEN-TRD", KEY, "1775572321000",
            "fBwROXNn6QE43kcO9m7/I0vmjWjJ+MhW0wW/zmTGYVOFBcufluGRdJBJzELnI/aJuWQHb31kfIzLSa6DOQbiCQ==",
        ),
        (
            SECRET, 1, "CLIENT-DRV", "KRAKEN-DRV-TRD", KEY, "1775572321000",
            "NUOMi+iGLevbg6CLy4Wi0x15ytaRO4eMU83YOYYwaI9l+9jlRjtlCm4SfqeZQF977ouIjQLMD/wi09E6JZ8AIQ==",
        ),
        (
            "c2VjcmV0", 7, "CLIENT", "KRAKEN-TRD", "APIKEY", "1724512345678",
            "MwX+M7nvuHXxD5aGI/TFpghXxg2iblxXYyz7lRzLCPMA4UJYI3osNrUKWCiI3fDnOLkEQ5WKSK58Mp3nvu1Klw==",
        ),
    ],
)  # fmt: skip
def test_the_password_is_the_published_one(
    secret: str, seq: int, sender: str, target: str, key: str, nonce: str, signed: str
) -> None:
    assert password(secret, seq, sender, target, key, nonce) == signed


def test_an_encoded_message_is_what_simplefix_writes() -> None:
    other = simplefix.FixMessage()
    for tag, value in ((8, "FIX.4.4"), (35, "D"), (34, 12), (49, "CLIENT"), (56, "KRAKEN-TRD")):
        other.append_pair(tag, value)
    other.append_pair(52, "20260407-14:32:05.000")
    other.append_pair(11, "1")
    other.append_pair(58, "größer")
    ours = Encoder("CLIENT", "KRAKEN-TRD").encode("D", 12, NOW_NS, fields(("11", 1), ("58", "größer")))
    assert ours == other.encode()


def test_no_value_can_forge_a_field() -> None:
    with pytest.raises(ValueError, match="control character"):
        fields(("58", "x\x0111=other"))
    with pytest.raises(ValueError, match="control character"):
        orders.new_order(order(cl_ord_id="1\x0138=1000"), NOW_NS)


def test_secrets_are_hidden_where_messages_are_shown() -> None:
    logon = next(frame for frame in SAMPLES if b"554=" in frame)
    text = str(shown(logon))
    assert "KRKN" not in text
    assert "fBwROX" not in text
    assert "1775572321000" not in text


def test_times() -> None:
    assert utc_text(NOW_NS + 7_000_000) == "20260407-14:32:05.007"
    assert utc_ns("20260407-14:32:05.007") == NOW_NS + 7_000_000
    assert utc_ns("20260407-14:32:05") == NOW_NS
    for bad in ("", "20260407", "20261307-14:32:05", "now"):
        with pytest.raises(ValueError, match=r"time|day|month"):
            utc_ns(bad)


def order(kind: OrderType = OrderType.LIMIT, **changes: object) -> OrderRequest:
    given: dict[str, object] = {
        "cl_ord_id": "1744036325000000",
        "symbol": "BTC/USD",
        "side": Side.BUY,
        "order_type": kind,
        "qty": D("0.001"),
        "limit_price": D(84000) if kind.limited else None,
    }
    return OrderRequest(**(given | changes))  # type: ignore[arg-type]


LAST = TriggerRef.LAST
DAY_NS = 86_400 * NS_PER_S
CASES: dict[str, tuple[OrderRequest, dict[int, str | None]]] = {
    "limit GTC": (order(), {}),
    "market": (order(OrderType.MARKET), {40: "1", 44: None}),
    "market, quote": (order(OrderType.MARKET, cash_qty=D(100)), {40: "1", 44: None, 38: "100", 18: "v"}),
    "IOC": (order(time_in_force=TimeInForce.IOC), {59: "3"}),
    "FOK": (order(time_in_force=TimeInForce.FOK), {59: "4"}),
    "GTD": (order(time_in_force=TimeInForce.GTD, expire_ns=NOW_NS + DAY_NS), {59: "6", 126: "20260408-14:32:05"}),
    "scheduled": (order(start_ns=NOW_NS + 60 * NS_PER_S), {168: "20260407-14:33:05.000"}),
    "post-only": (
        order(post_only=True, stp=Stp.CANCEL_NEWEST, deadline_ns=NOW_NS + 10 * NS_PER_S),
        {18: "P", 7928: "1", 62: "20260407-14:32:15.000"},
    ),
    "stop-loss": (
        order(OrderType.STOP_LOSS, trigger=Trigger(LAST, D(80000))),
        {40: "3", 99: "80000", 388: "5", 44: None},
    ),
    "take-profit-limit": (
        order(OrderType.TAKE_PROFIT_LIMIT, trigger=Trigger(TriggerRef.INDEX, D(90000))),
        {40: "T", 99: "90000", 388: "1"},
    ),
    "trailing-stop": (
        order(OrderType.TRAILING_STOP, trigger=Trigger(LAST, D(2000), PriceKind.QUOTE)),
        {40: "U", 99: "2000", 388: "5", 44: None},
    ),
    "iceberg": (order(OrderType.ICEBERG, display_qty=D("0.0001")), {1138: "0.0001"}),
    "flags": (order(post_only=True, reduce_only=True, fee_in_base=True), {18: "P E f"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_order_says_what_it_is(name: str) -> None:
    request, changes = CASES[name]
    said = parsed(Encoder("CLIENT", "KRAKEN-TRD").encode("D", 2, NOW_NS, orders.new_order(request, NOW_NS)))
    plain = {
        11: "1744036325000000",
        55: "BTC/USD",
        54: "1",
        40: "2",
        38: "0.001",
        44: "84000",
        59: "1",
        60: utc_text(NOW_NS),
    }
    expected = {tag: value for tag, value in (plain | changes).items() if value is not None}
    assert {tag: value for tag, value in said.items() if tag not in {8, 9, 35, 34, 49, 56, 52, 10}} == expected


def test_numbers_are_never_written_with_an_exponent() -> None:
    assert "38=0.00000001\x01" in orders.new_order(order(qty=D("1E-8")), NOW_NS)


def test_a_deadline_that_fix_cannot_say_is_refused() -> None:
    for ahead_s in (1, 61):
        with pytest.raises(ValueError, match="2 to 60 s"):
            orders.new_order(order(deadline_ns=NOW_NS + ahead_s * NS_PER_S), NOW_NS)


def test_an_amend_repeats_what_stays_and_names_the_last_request() -> None:
    sent = SentOrder.of(order(), 1)
    with pytest.raises(ValueError, match="not named"):
        orders.replace(sent, Amend(order_id="O1", qty=D("0.002")), "9", NOW_NS)
    sent.order_id, sent.last_id = "OQNCZM-NVAVC-AVD2LO", "8"
    body = orders.replace(sent, Amend(order_id="O1", qty=D("0.002")), "9", NOW_NS)
    said = dict(part.split("=", 1) for part in body.split("\x01") if part)
    assert said == {
        "11": "9", "37": "OQNCZM-NVAVC-AVD2LO", "41": "8", "54": "1", "55": "BTC/USD",
        "60": utc_text(NOW_NS), "38": "0.002", "40": "2", "59": "1", "44": "84000",
    }  # fmt: skip
    with pytest.raises(ValueError, match="percent"):
        orders.replace(sent, Amend(order_id="O1", limit_price=D(1), limit_kind=PriceKind.PCT), "9", NOW_NS)


def test_every_report_of_the_reference_is_read() -> None:
    reports = [report_of(Message(frame)) for frame in SAMPLES if b"\x0135=8\x01" in frame]
    kinds = {report.exec_type: report.row.kind.value for report in reports}
    assert kinds == {
        "0": "new", "F": "trade", "4": "canceled", "5": "amended", "C": "expired", "I": "status", "D": "restated",
    }  # fmt: skip
    partial = next(report for report in reports if report.status == "1")
    row = partial.row
    assert (row.exec_id, row.last_qty, row.last_price, row.cum_cost, row.liquidity_ind) == (
        "TKH2SE-M7IF5-CFI7LT", D("0.0004"), D(84000), D("33.6"), "t",
    )  # fmt: skip
    assert row.at_ns == parse_rfc3339("2026-04-07T14:32:05.130Z")
    restated = next(report for report in reports if report.exec_type == "D")
    assert restated.row.triggers is not None
    assert (restated.row.order_type, restated.row.triggers.actual_price) == ("market", D("79998.5"))
    # Replaced is no end (§11 trap 8).
    assert [report.ended for report in reports if report.exec_type == "5"] == [False]


def test_a_number_that_is_none_is_named() -> None:
    frame = next(frame for frame in SAMPLES if b"\x0132=0.0004" in frame)
    for bad in (b"1e400", b"NaN", b"x"):
        with pytest.raises(FieldError) as caught:
            report_of(Message(frame.replace(b"32=0.0004", b"32=" + bad)))
        assert (caught.value.tag, caught.value.reason) == ("32", 6)


def test_who_refused_is_told_apart() -> None:
    for text, layer in (
        ("EOrder:Insufficient funds", Layer.BALANCE),
        ("1688738737 : EOrder:Insufficient funds", Layer.BALANCE),
        ("ClOrdID a17d4971-f00d-4f67-94d1-e7d604104ed2 : EOrder:Insufficient funds", Layer.BALANCE),
        ("EOrder:Rate limit exceeded", Layer.RATE),
        ("IOC_WOULD_ENTER_BOOK", Layer.VALIDATION),
    ):
        fault = business_fault(text, "0")
        assert fault.layer is layer, text
        assert fault.error == text.rpartition(" : ")[2]
    assert business_fault("", "101").error == "unknown order"
    rejects = [Message(frame) for frame in SAMPLES if b"\x0135=3\x01" in frame]
    assert [session_fault(one).layer for one in rejects] == [Layer.VALIDATION] * 3
    assert "54" in session_fault(rejects[0]).hint
    assert session_fault(Message(b"8=FIX.4.4\x019=5\x0135=3\x0145=1\x0110=000\x01")).layer is Layer.GATEWAY
