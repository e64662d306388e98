"""From WS parameters to amends, edits and batch cancels (`ws-v2.md` §9.2, §9.3, §9.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.domain.order import OrderType
from app.venue.core.api import AmendOrder, EditOrder, PriceType
from app.venue.wire import orders, policies, schema, values
from app.venue.wire.schema import BadRequest, Params
from app.venue.wire.values import INVALID, invalid

CANCEL_LEAST: Final = 2
CANCEL_MOST: Final = 50
_AMENDABLE: Final = ("order_qty", "limit_price", "display_qty", "trigger_price")


@dataclass(frozen=True, slots=True)
class CancelList:
    """Identifiers of a batch cancel, each once, in the order sent."""

    order_ids: tuple[str, ...]
    cl_ord_ids: tuple[str, ...]
    userrefs: tuple[int, ...]


def amend_order(params: Params, now_ns: int, kind_of: Callable[[str, str], OrderType | None]) -> AmendOrder:
    """Read checked parameters of `amend_order`.

    Args:
        params: As sent.
        now_ns: Wall time.
        kind_of: Kind of the order with that order id or client id, if it is open.

    Raises:
        BadRequest: Not exactly one id, nothing to change, or a malformed value.
    """
    order_id = schema.text(params, "order_id")
    cl_ord_id = values.client_id(schema.text(params, "cl_ord_id"))
    if bool(order_id) == bool(cl_ord_id):
        raise BadRequest(f"{INVALID}:exactly one of order_id and cl_ord_id is needed")
    if not any(name in params for name in _AMENDABLE):
        raise BadRequest(f"{INVALID}:nothing to amend")
    trailing_limit = kind_of(order_id, cl_ord_id) is OrderType.TRAILING_STOP_LIMIT
    limit_type = values.word(
        schema.text(params, "limit_price_type", "quote" if trailing_limit else "static"), PriceType, "limit_price_type"
    )
    trigger_type = (
        values.word(schema.text(params, "trigger_price_type"), PriceType, "trigger_price_type")
        if "trigger_price_type" in params
        else None
    )
    return AmendOrder(
        order_id=order_id,
        cl_ord_id=cl_ord_id,
        qty=_amount(params, "order_qty"),
        limit_price=_price(params, "limit_price", limit_type),
        limit_price_type=limit_type,
        display_qty=_amount(params, "display_qty"),
        trigger_price=_price(params, "trigger_price", trigger_type),
        trigger_price_type=trigger_type,
        post_only=schema.flag(params, "post_only", False),
        deadline_ns=values.deadline(schema.text(params, "deadline"), now_ns, values.DEADLINE_MIN_WS_NS),
        source="ws",
    )


def edit_order(params: Params, now_ns: int, kind_of: Callable[[str, str], OrderType | None]) -> EditOrder:
    """Read checked parameters of `edit_order`.

    Args:
        params: As sent.
        now_ns: Wall time.
        kind_of: Kind of the order with that order id, if it is open.

    Raises:
        BadRequest: A value is missing, malformed or contradicts another.
    """
    for name in ("order_id", "symbol"):
        if not schema.text(params, name):
            raise invalid(name)
    if "price" in params and "limit_price" in params:
        raise invalid("price")
    order_id = schema.text(params, "order_id")
    trailing_limit = kind_of(order_id, "") is OrderType.TRAILING_STOP_LIMIT
    limit_type = PriceType.QUOTE if trailing_limit else PriceType.STATIC
    limit = _price(params, "limit_price" if "limit_price" in params else "price", limit_type)
    return EditOrder(
        order_id=order_id,
        symbol=schema.text(params, "symbol"),
        qty=_amount(params, "order_qty"),
        limit_price=limit,
        limit_price_type=limit_type,
        trigger=orders.triggers(params, "edit_order"),
        display_qty=_amount(params, "display_qty"),
        post_only=schema.flag(params, "post_only", False),
        reduce_only=schema.flag(params, "reduce_only", False),
        fee_in_base=orders.fee_choice(params),
        userref=values.userref(schema.integer(params, "order_userref", 0)) if "order_userref" in params else None,
        deadline_ns=values.deadline(schema.text(params, "deadline"), now_ns, values.DEADLINE_MIN_WS_NS),
        validate=schema.flag(params, "validate", False),
        source="ws",
    )


def batch_cancel(params: Params) -> CancelList:
    """Read checked parameters of `batch_cancel`: order ids and tags as text, client ids apart.

    Raises:
        BadRequest: Fewer than 2 or more than 50 identifiers.
    """
    named, client_ids = schema.strings(params, "orders"), schema.strings(params, "cl_ord_id")
    if not named and not policies.BATCH_CANCEL_TAKES_CLIENT_IDS_ALONE:
        raise invalid("orders")
    found = cancel_list(named, client_ids)
    if not CANCEL_LEAST <= len(found.order_ids) + len(found.cl_ord_ids) + len(found.userrefs) <= CANCEL_MOST:
        raise invalid("orders")
    return found


def cancel_list(named: list[str], client_ids: list[str]) -> CancelList:
    """Sort identifiers by what they are; a whole number is a tag.

    Raises:
        BadRequest: A tag is out of range.
    """
    tags = [name for name in named if is_tag(name)]
    return CancelList(
        order_ids=tuple(dict.fromkeys(name for name in named if not is_tag(name))),
        cl_ord_ids=tuple(dict.fromkeys(client_ids)),
        userrefs=tuple(dict.fromkeys(values.tag(text) for text in tags)),
    )


def is_tag(text: str) -> bool:
    """Whether an identifier is a tag rather than an order id."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit()


def _amount(params: Params, name: str) -> Decimal | None:
    return values.amount(params[name], name) if name in params else None


def _price(params: Params, name: str, kind: PriceType | None) -> Decimal | None:
    if name not in params:
        return None
    signed = kind is not None and kind is not PriceType.STATIC
    return values.number(params[name], name) if signed else values.amount(params[name], name)
