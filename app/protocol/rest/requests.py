"""Bodies of private REST calls (`rest.md` §3, §4): fields in order, the nonce first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec

from app.protocol.changes import Amend
from app.protocol.numbers import number_text, price_text
from app.protocol.wiretime import time_text_ms

Fields = Mapping[str, str]
JsonValue = str | bool | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
JsonFields = Mapping[str, JsonValue]


def form_body(nonce: int, fields: Fields) -> bytes:
    """Write a form body."""
    return urlencode({"nonce": str(nonce), **fields}).encode()


def json_body(nonce: int, fields: JsonFields) -> bytes:
    """Write a JSON body, for the calls with lists (§4.3, §4.6) and for `Level3` (§2.9)."""
    return msgspec.json.encode({"nonce": str(nonce), **fields})


def amend_order(amend: Amend) -> dict[str, str]:
    """Return the fields of `AmendOrder` (§4.4).

    Raises:
        ValueError: It names no order, or two, or changes nothing.
    """
    amend.check()
    fields = order_name(amend.order_id, amend.cl_ord_id)
    if amend.qty is not None:
        fields["order_qty"] = number_text(amend.qty)
    if amend.display_qty is not None:
        fields["display_qty"] = number_text(amend.display_qty)
    if amend.limit_price is not None:
        fields["limit_price"] = price_text(amend.limit_price, amend.limit_kind)
    if amend.trigger_price is not None:
        fields["trigger_price"] = price_text(amend.trigger_price, amend.trigger_kind)
    if amend.post_only:
        fields["post_only"] = "true"
    if amend.deadline_ns:
        fields["deadline"] = time_text_ms(amend.deadline_ns)
    return fields


def order_name(order_id: str, cl_ord_id: str) -> dict[str, str]:
    """Return the field that names one order."""
    return {"txid": order_id} if order_id else {"cl_ord_id": cl_ord_id}


def cancel_batch(order_ids: Sequence[str], cl_ord_ids: Sequence[str]) -> dict[str, JsonValue]:
    """Return the fields of `CancelOrderBatch`, a JSON call (§4.6)."""
    fields: dict[str, JsonValue] = {}
    if order_ids:
        fields["orders"] = list(order_ids)
    if cl_ord_ids:
        fields["cl_ord_ids"] = list(cl_ord_ids)
    return fields
