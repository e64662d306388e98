"""From checked WS parameters to the exchange's own requests (`ws-v2.md` §9)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from app.clock import NS_PER_MS, NS_PER_S, parse_rfc3339
from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core.api import AddOrder, AmendOrder, Stp
from app.venue.wire import policies, schema
from app.venue.wire.schema import BadRequest, Params

INVALID: Final = "EGeneral:Invalid arguments"

DEADLINE_MIN_NS: Final = 500 * NS_PER_MS
DEADLINE_MAX_NS: Final = 60 * NS_PER_S
USERREF_LIMIT: Final = 1 << 31
_NUMBER_EXPONENT: Final = 30
_CL_ORD_ID: Final = re.compile(
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[\x21-\x7e]{1,18}"
)


def amount(value: object, name: str) -> Decimal:
    """A positive finite number.

    Raises:
        BadRequest: It is not positive or is absurdly large or fine.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BadRequest(f"{INVALID}:{name}")
    number = Decimal(value)
    if number <= 0 or abs(number.adjusted()) >= _NUMBER_EXPONENT:
        raise BadRequest(f"{INVALID}:{name}")
    return number


def client_id(value: str) -> str:
    """A well-formed `cl_ord_id`, or empty.

    Raises:
        BadRequest: Not one of the three documented forms.
    """
    if value and not _CL_ORD_ID.fullmatch(value):
        raise BadRequest(f"{INVALID}:cl_ord_id")
    return value


def userref(value: int) -> int:
    """A 32-bit tag.

    Raises:
        BadRequest: Out of range.
    """
    if not -USERREF_LIMIT <= value < USERREF_LIMIT:
        raise BadRequest(f"{INVALID}:userref")
    return value


def deadline(value: str, now_ns: int, least_ns: int = DEADLINE_MIN_NS) -> int:
    """Wall time after which the engine must refuse; 0 when none was sent.

    A time in the past is handed on, so that the engine answers
    `EService:Deadline elapsed`.

    Args:
        value: RFC 3339 text or empty.
        now_ns: Wall time.
        least_ns: Shortest time ahead that the face allows.

    Raises:
        BadRequest: Not a time, or outside the allowed range ahead.
    """
    if not value:
        return 0
    try:
        at_ns = parse_rfc3339(value)
    except ValueError:
        raise BadRequest(f"{INVALID}:deadline") from None
    ahead = at_ns - now_ns
    if ahead > DEADLINE_MAX_NS or 0 < ahead < least_ns:
        raise BadRequest(f"{INVALID}:deadline")
    return at_ns


def _choice(value: str, name: str, options: dict[str, str]) -> str:
    if value not in options:
        raise BadRequest(f"{INVALID}:{name}")
    return options[value]


_STP: Final = {
    "cancel_newest": Stp.CANCEL_NEWEST,
    "cancel_oldest": Stp.CANCEL_OLDEST,
    "cancel_both": Stp.CANCEL_BOTH,
}
_UNSUPPORTED_ADD: Final = ("conditional", "triggers", "display_qty", "cash_order_qty", "effective_time", "stop_price")


def add_order(params: Params, now_ns: int) -> AddOrder:
    """Read `add_order`.

    Raises:
        BadRequest: A value is missing, malformed or not offered by this venue.
    """
    for name in ("order_type", "side", "symbol"):
        if name not in params:
            raise BadRequest(f"{INVALID}:{name}")
    order_type = OrderType(
        _choice(schema.text(params, "order_type"), "order_type", {str(t): str(t) for t in OrderType})
    )
    for name in _UNSUPPORTED_ADD:
        if name in params:
            raise BadRequest(f"{INVALID}:{name} is not offered by this venue yet")
    if schema.flag(params, "margin", False) or schema.flag(params, "reduce_only", False):
        raise BadRequest("EOrder:Cannot open position")
    if "order_qty" not in params:
        raise BadRequest(f"{INVALID}:order_qty")
    cl_ord_id = client_id(schema.text(params, "cl_ord_id"))
    if cl_ord_id and "order_userref" in params:
        raise BadRequest(f"{INVALID}:cl_ord_id and order_userref exclude each other")
    limit = amount(params["limit_price"], "limit_price") if "limit_price" in params else None
    if order_type is OrderType.LIMIT and limit is None:
        raise BadRequest(f"{INVALID}:limit_price")
    tif = _choice(schema.text(params, "time_in_force", "gtc").lower(), "time_in_force", {t: t for t in TimeInForce})
    preference = schema.text(params, "fee_preference", policies.FEE_PREFERENCE)
    _choice(preference, "fee_preference", {"base": "base", "quote": "quote"})
    return AddOrder(
        symbol=schema.text(params, "symbol"),
        side=Side(_choice(schema.text(params, "side"), "side", {s: s for s in Side})),
        order_type=order_type,
        qty=amount(params["order_qty"], "order_qty"),
        limit_price=limit,
        time_in_force=TimeInForce(tif),
        post_only=schema.flag(params, "post_only", False),
        stp=Stp(
            _choice(schema.text(params, "stp_type", "cancel_newest"), "stp_type", {k: str(v) for k, v in _STP.items()})
        ),
        cl_ord_id=cl_ord_id,
        userref=userref(schema.integer(params, "order_userref", 0)) if "order_userref" in params else None,
        deadline_ns=deadline(schema.text(params, "deadline"), now_ns),
        validate=schema.flag(params, "validate", False),
        fee_in_base=preference == "base",
        source="ws",
    )


def amend_order(params: Params, now_ns: int) -> AmendOrder:
    """Read `amend_order`.

    Raises:
        BadRequest: Not exactly one id, nothing to change, or a malformed value.
    """
    order_id = schema.text(params, "order_id")
    cl_ord_id = client_id(schema.text(params, "cl_ord_id"))
    if bool(order_id) == bool(cl_ord_id):
        raise BadRequest(f"{INVALID}:exactly one of order_id and cl_ord_id is needed")
    for name in ("display_qty", "trigger_price", "trigger_price_type"):
        if name in params:
            raise BadRequest(f"{INVALID}:{name} is not offered by this venue yet")
    if schema.text(params, "limit_price_type", "static") != "static":
        raise BadRequest(f"{INVALID}:limit_price_type")
    qty = amount(params["order_qty"], "order_qty") if "order_qty" in params else None
    limit = amount(params["limit_price"], "limit_price") if "limit_price" in params else None
    if qty is None and limit is None:
        raise BadRequest(f"{INVALID}:nothing to amend")
    return AmendOrder(
        order_id=order_id,
        cl_ord_id=cl_ord_id,
        qty=qty,
        limit_price=limit,
        post_only=schema.flag(params, "post_only", False),
        deadline_ns=deadline(schema.text(params, "deadline"), now_ns),
        source="ws",
    )
