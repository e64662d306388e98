"""From REST forms to amends, edits and batch cancels (`rest.md` §4.4 to §4.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.domain.order import OrderType, Side
from app.venue.core.api import AmendOrder, EditOrder, Order, PriceType, Reference, Trigger
from app.venue.wire import changes, rest_requests, values
from app.venue.wire.changes import CANCEL_MOST, CancelList
from app.venue.wire.expressions import Expression, expression
from app.venue.wire.forms import Form
from app.venue.wire.schema import BadRequest
from app.venue.wire.values import INVALID, invalid

_AMENDABLE: Final = ("order_qty", "limit_price", "display_qty", "trigger_price")


def amend_order(form: Form, now_ns: int) -> AmendOrder:
    """Read `AmendOrder`.

    Raises:
        BadRequest: Not exactly one id, nothing to change, or a malformed value.
    """
    order_id, cl_ord_id = form.text("txid"), values.client_id(form.text("cl_ord_id"))
    if bool(order_id) == bool(cl_ord_id):
        raise invalid("txid")
    if not any(form.text(name) for name in _AMENDABLE):
        raise BadRequest(INVALID)
    limit, trigger = _offset(form, "limit_price"), _offset(form, "trigger_price")
    return AmendOrder(
        order_id=order_id,
        cl_ord_id=cl_ord_id,
        qty=_amount(form, "order_qty"),
        limit_price=limit.value if limit else None,
        limit_price_type=limit.kind if limit else PriceType.STATIC,
        display_qty=_amount(form, "display_qty"),
        trigger_price=trigger.value if trigger else None,
        trigger_price_type=trigger.kind if trigger and trigger.sign else None,
        post_only=form.flag("post_only"),
        deadline_ns=values.deadline(form.text("deadline"), now_ns, values.DEADLINE_MIN_REST_NS),
        source="rest",
    )


def edit_order(form: Form, symbol: str, now_ns: int, old: Order | None) -> EditOrder:
    """Read `EditOrder`; what its prices mean depends on the order that it edits.

    Args:
        form: The request.
        symbol: WS v2 name of the pair.
        now_ns: Wall time.
        old: The order, if it is open.

    Raises:
        BadRequest: A value is missing, malformed or contradicts another.
    """
    target = form.text("txid")
    by_tag = changes.is_tag(target)
    if not target:
        raise invalid("txid")
    order_type, side = (old.order_type, old.side) if old else (OrderType.LIMIT, Side.BUY)
    found = rest_requests.prices(form, order_type, side)
    flags = rest_requests.order_flags(form)
    around = rest_requests.envelope(form, symbol, now_ns)
    reference = old.trigger.reference if old and old.trigger else Reference.LAST
    return EditOrder(
        order_id="" if by_tag else target,
        userref_of=values.tag(target) if by_tag else None,
        symbol=symbol,
        qty=_amount(form, "volume"),
        limit_price=found.limit_value,
        limit_price_type=found.limit_type,
        trigger=_trigger(found.trigger, reference),
        display_qty=rest_requests.display(form),
        post_only="post" in flags,
        userref=values.userref(form.integer("userref")) if form.text("userref") else None,
        deadline_ns=around.deadline_ns,
        validate=around.validate,
        source="rest",
    )


def cancel_batch(form: Form) -> CancelList:
    """Read `CancelOrderBatch`: ids and tags as texts, numbers or objects, client ids apart.

    Raises:
        BadRequest: No identifier, more than 50, or a malformed one.
    """
    named: list[str] = []
    client_ids = [item for item in form.items("cl_ord_ids") if isinstance(item, str)]
    for item in form.items("orders"):
        if isinstance(item, str):
            named.append(item)
        elif item.text("txid"):
            named.append(item.text("txid"))
        else:
            client_ids.append(item.text("cl_ord_id"))
    found = changes.cancel_list(named, [values.client_id(text) for text in client_ids])
    count = len(found.order_ids) + len(found.cl_ord_ids) + len(found.userrefs)
    if not 0 < count <= CANCEL_MOST or "" in found.order_ids or "" in found.cl_ord_ids:
        raise invalid("orders")
    return found


def _trigger(found: Expression | None, reference: Reference) -> Trigger | None:
    return Trigger(found.value, found.kind, reference) if found else None


def _offset(form: Form, name: str) -> Expression | None:
    """A price or an offset; `#` has no place in an amend (§4.4)."""
    found = expression(form, name, 1)
    if found is None and form.text(name):
        raise invalid(name)
    if found is not None and found.sign == "#":
        raise invalid(name)
    return found


def _amount(form: Form, name: str) -> Decimal | None:
    return values.amount(form.decimal(name), name) if form.text(name) else None
