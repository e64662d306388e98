"""Bodies of private REST calls (`rest.md` §3, §4): form fields in order, the nonce first."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import urlencode

import msgspec

from app.domain.instrument import plain
from app.domain.order import OrderRequest, TimeInForce
from app.protocol.rest.names import rest_pair
from app.protocol.wiretime import time_text_ms
from app.protocol.ws2.requests import check_order

Fields = Mapping[str, str]


def form_body(nonce: int, fields: Fields) -> bytes:
    """Write a form body."""
    return urlencode({"nonce": str(nonce), **fields}).encode()


def json_body(nonce: int, fields: Fields) -> bytes:
    """Write a JSON body, for calls whose form is unconfirmed (`Level3`, §2.9)."""
    return msgspec.json.encode({"nonce": str(nonce), **fields})


def add_order(order: OrderRequest) -> dict[str, str]:
    """Return the fields of `AddOrder`.

    Raises:
        ValueError: The order needs parameters that an `OrderRequest` does not have.
    """
    check_order(order)
    fields = {
        "pair": rest_pair(order.symbol),
        "type": order.side.value,
        "ordertype": order.order_type.value,
        "volume": plain(order.qty),
    }
    if order.limit_price is not None:
        fields["price"] = plain(order.limit_price)
    if order.post_only:
        fields["oflags"] = "post"
    if order.time_in_force is not TimeInForce.GTC:
        fields["timeinforce"] = order.time_in_force.value.upper()
    if order.cl_ord_id:
        fields["cl_ord_id"] = order.cl_ord_id
    if order.deadline_ns:
        fields["deadline"] = time_text_ms(order.deadline_ns)
    return fields


def amend_order(
    *,
    order_id: str = "",
    cl_ord_id: str = "",
    qty: Decimal | None = None,
    limit_price: Decimal | None = None,
    post_only: bool = False,
    deadline_ns: int = 0,
) -> dict[str, str]:
    """Return the fields of `AmendOrder`."""
    fields = order_name(order_id, cl_ord_id)
    if qty is not None:
        fields["order_qty"] = plain(qty)
    if limit_price is not None:
        fields["limit_price"] = plain(limit_price)
    if post_only:
        fields["post_only"] = "true"
    if deadline_ns:
        fields["deadline"] = time_text_ms(deadline_ns)
    return fields


def order_name(order_id: str, cl_ord_id: str) -> dict[str, str]:
    """Return the field that names one order."""
    return {"txid": order_id} if order_id else {"cl_ord_id": cl_ord_id}
