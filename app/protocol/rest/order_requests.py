"""New orders and edits over REST (`rest.md` §4.1, §4.3, §4.5).

REST has two prices without names; which is which depends on the order type
(§5.1). Relative ones are words such as `+5%` (§5.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.domain.order import CloseTemplate, OrderRequest, OrderType, PriceKind, TimeInForce
from app.protocol.changes import Edit
from app.protocol.numbers import number_text, price_text
from app.protocol.order_check import batch_deadline_ns, check_batch, check_order
from app.protocol.rest.names import rest_pair
from app.protocol.rest.requests import JsonValue
from app.protocol.wiretime import NS_PER_S, time_text_ms


def add_order(order: OrderRequest) -> dict[str, str]:
    """Return the fields of `AddOrder`, a form.

    Raises:
        ValueError: The order's parts don't go together.
    """
    check_order(order)
    fields = {"pair": rest_pair(order.symbol), **_fields(order)}
    if order.conditional is not None:
        fields |= {f"close[{name}]": text for name, text in _close(order.conditional).items()}
    if order.deadline_ns:
        fields["deadline"] = time_text_ms(order.deadline_ns)
    if order.validate:
        fields["validate"] = "true"
    return fields


def add_batch(orders: Sequence[OrderRequest]) -> dict[str, JsonValue]:
    """Return the fields of `AddOrderBatch`, a JSON call.

    Raises:
        ValueError: It is no batch, or the parts of an order don't go together.
    """
    check_batch(orders)
    fields: dict[str, JsonValue] = {
        "pair": rest_pair(orders[0].symbol),
        "orders": [_leg(order) for order in orders],
    }
    deadline_ns = batch_deadline_ns(orders)
    if deadline_ns:
        fields["deadline"] = time_text_ms(deadline_ns)
    if orders[0].validate:
        fields["validate"] = True
    return fields


def edit_order(edit: Edit) -> dict[str, str]:
    """Return the fields of `EditOrder`.

    Raises:
        ValueError: It names no order, changes nothing, or changes what only
            WS can change.
    """
    edit.check()
    if edit.reduce_only or edit.fee_in_base is not None:
        raise ValueError("an edit over REST can't change reduce-only or the fee preference")
    fields = {"pair": rest_pair(edit.symbol), "txid": edit.order_id}
    if edit.qty is not None:
        fields["volume"] = number_text(edit.qty)
    if edit.display_qty is not None:
        fields["displayvol"] = number_text(edit.display_qty)
    trigger = edit.trigger
    fields |= _prices(
        edit.order_type,
        (edit.limit_price, edit.limit_kind),
        (None, PriceKind.STATIC) if trigger is None else (trigger.price, trigger.kind),
    )
    if edit.post_only:
        fields["oflags"] = "post"
    if edit.deadline_ns:
        fields["deadline"] = time_text_ms(edit.deadline_ns)
    if edit.validate:
        fields["validate"] = "true"
    return fields


def _fields(order: OrderRequest) -> dict[str, str]:
    """Return what `AddOrder` and a leg of a batch share."""
    trigger = order.trigger
    fields = {
        "type": order.side.value,
        "ordertype": order.order_type.value,
        "volume": number_text(order.qty if order.cash_qty is None else order.cash_qty),
    }
    if order.display_qty is not None:
        fields["displayvol"] = number_text(order.display_qty)
    fields |= _prices(
        order.order_type,
        (order.limit_price, order.limit_kind),
        (None, PriceKind.STATIC) if trigger is None else (trigger.price, trigger.kind),
    )
    if trigger is not None:
        fields["trigger"] = trigger.reference.value
    if order.leverage:
        fields["leverage"] = str(order.leverage)
    if order.reduce_only:
        fields["reduce_only"] = "true"
    if order.stp is not None:
        fields["stptype"] = order.stp.value.replace("_", "-")
    flags = _flags(order)
    if flags:
        fields["oflags"] = flags
    if order.time_in_force is not TimeInForce.GTC:
        fields["timeinforce"] = order.time_in_force.value.upper()
    if order.start_ns:
        fields["starttm"] = str(order.start_ns // NS_PER_S)
    if order.expire_ns:
        fields["expiretm"] = str(order.expire_ns // NS_PER_S)
    if order.cl_ord_id:
        fields["cl_ord_id"] = order.cl_ord_id
    return fields


def _leg(order: OrderRequest) -> dict[str, JsonValue]:
    fields: dict[str, JsonValue] = {**_fields(order)}
    if order.reduce_only:
        fields["reduce_only"] = True
    if order.conditional is not None:
        fields["close"] = _close(order.conditional)
    return fields


def _flags(order: OrderRequest) -> str:
    flags = ["post"] if order.post_only else []
    if order.fee_in_base is not None:
        flags.append("fcib" if order.fee_in_base else "fciq")
    if order.cash_qty is not None:
        flags.append("viqc")
    return ",".join(flags)


def _close(close: CloseTemplate) -> dict[str, str]:
    limit, trigger = (close.limit_price, close.limit_kind), (close.trigger_price, close.trigger_kind)
    return {"ordertype": close.order_type.value, **_prices(close.order_type, limit, trigger)}


def _prices(
    kind: OrderType, limit: tuple[Decimal | None, PriceKind], trigger: tuple[Decimal | None, PriceKind]
) -> dict[str, str]:
    """Return `price` and `price2` for an order type (§5.1)."""
    first, second = (trigger, limit) if kind.triggered else (limit, trigger)
    named = {"price": first, "price2": second}
    return {name: price_text(price, how) for name, (price, how) in named.items() if price is not None}
