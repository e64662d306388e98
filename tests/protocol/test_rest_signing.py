from __future__ import annotations

import json
from decimal import Decimal

import pytest

from app.domain.order import OrderRequest, OrderType, Side, TimeInForce
from app.protocol.changes import Amend
from app.protocol.rest import order_requests, requests
from app.protocol.rest.nonce import MAX_NONCE, next_nonce, parse_nonce
from app.protocol.rest.signing import sign

SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
NONCE = "1616492376594"


@pytest.mark.parametrize(
    ("path", "body", "signature"),
    [
        (
            "/0/private/AddOrder",
            b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25",
            "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
        ),
        (
            "/0/private/Balance",
            b"nonce=1616492376594",
            "1nH4vwR+8FHiYh1QT649xXkGd3JR3x0DWkgv3u9Ed/Qqv6KPtgQpEU4m+Emb/VgpEji3j1XNwI+HCbfXxmrTOg==",
        ),
        (
            "/0/private/AddOrder",
            b'{"nonce":"1616492376594","ordertype":"limit","pair":"XBTUSD","price":"37500","type":"buy","volume":"1.25"}',
            "r/o+GpKxXjV/mls/r5CKLu5R+yzK5psqvQ4hXxMX1nzdxTBhV+ui82QGgPZMMitpFwCOAdPEZMmXgZxD2chJEg==",
        ),
    ],
)
def test_the_published_signatures(path: str, body: bytes, signature: str) -> None:
    assert sign(SECRET, path, NONCE, body) == signature


def test_the_forms_that_were_signed_are_the_forms_that_are_sent() -> None:
    fields = {"ordertype": "limit", "pair": "XBTUSD", "price": "37500", "type": "buy", "volume": "1.25"}
    body = requests.form_body(int(NONCE), fields)
    assert body == b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
    assert json.loads(requests.json_body(int(NONCE), fields)) == {"nonce": NONCE, **fields}


def test_special_characters_are_escaped_in_forms() -> None:
    assert requests.form_body(1, {"expiretm": "+5"}) == b"nonce=1&expiretm=%2B5"


def test_a_rest_order_speaks_rest_names() -> None:
    order = OrderRequest(
        "id", "BTC/USD", Side.SELL, OrderType.LIMIT, Decimal("1E-8"), Decimal("64000.5"), True, TimeInForce.IOC
    )
    assert order_requests.add_order(order) == {
        "pair": "XBT/USD",
        "type": "sell",
        "ordertype": "limit",
        "volume": "0.00000001",
        "price": "64000.5",
        "oflags": "post",
        "timeinforce": "IOC",
        "cl_ord_id": "id",
    }
    assert requests.amend_order(Amend("O1", qty=Decimal(2), post_only=True)) == {
        "txid": "O1",
        "order_qty": "2",
        "post_only": "true",
    }


def test_nonces_follow_the_clock_but_never_go_back() -> None:
    assert next_nonce(0, 1000) == 1000
    assert next_nonce(1000, 1000) == 1001
    assert next_nonce(5000, 1000) == 5001
    with pytest.raises(ValueError, match="new key"):
        next_nonce(MAX_NONCE, 1)


def test_a_stored_nonce_is_read_strictly() -> None:
    assert parse_nonce("") == 0
    assert parse_nonce("17\n") == 17
    for text in ("-1", "1.5", "x", str(2**64), "१"):
        with pytest.raises(ValueError, match="no nonce"):
            parse_nonce(text)
