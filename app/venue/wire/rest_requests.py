"""From REST forms to new orders (`rest.md` §4.1, §4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.clock import NS_PER_S
from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core.api import AddOrder, Conditional, PriceType, Reference, Trigger
from app.venue.wire import policies, values
from app.venue.wire.expressions import Expression, expression, first_sign, second_sign, trail, trail_limit
from app.venue.wire.forms import Form
from app.venue.wire.values import invalid

FLAGS: Final = frozenset({"post", "fcib", "fciq", "nompp", "viqc"})
_ABSENT: Final = frozenset({"", "0"})
_SPOT: Final = _ABSENT | {"none"}
_LEAST_LEVERAGE: Final = 2
_TIME_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a batch says for all its orders, and a single order for itself.

    Attributes:
        symbol: WS v2 name of the pair.
        deadline_ns: Wall time, or 0.
        validate: Whether to check only.
        now_ns: Wall time of the request.
    """

    symbol: str
    deadline_ns: int
    validate: bool
    now_ns: int


@dataclass(frozen=True, slots=True)
class Prices:
    """The two prices of REST as what they mean for a kind of order (§5.1)."""

    limit: Expression | None
    trigger: Expression | None

    @property
    def limit_value(self) -> Decimal | None:
        """Limit price or offset."""
        return self.limit.value if self.limit else None

    @property
    def limit_type(self) -> PriceType:
        """What the limit means."""
        return self.limit.kind if self.limit else PriceType.STATIC

    def trigger_on(self, reference: Reference) -> Trigger | None:
        """The trigger, if there is one."""
        return Trigger(self.trigger.value, self.trigger.kind, reference) if self.trigger else None


def envelope(form: Form, symbol: str, now_ns: int) -> Envelope:
    """Read what stands beside the orders.

    Raises:
        BadRequest: A malformed or out-of-range deadline.
    """
    deadline_ns = values.deadline(form.text("deadline"), now_ns, values.DEADLINE_MIN_REST_NS)
    return Envelope(symbol, deadline_ns, form.flag("validate"), now_ns)


def add_order(form: Form, around: Envelope) -> AddOrder:
    """Read one order.

    Raises:
        BadRequest: A value is missing, malformed or contradicts another.
    """
    order_type = values.word(form.text("ordertype"), OrderType, "ordertype")
    side = values.word(form.text("type"), Side, "type")
    flags = order_flags(form)
    cl_ord_id = values.client_id(form.text("cl_ord_id"))
    userref = values.userref(form.integer("userref")) if form.text("userref") else None
    if cl_ord_id and userref is not None:
        raise invalid("cl_ord_id")
    values.client_id(form.text("sender_sub_id"), "sender_sub_id")
    found = prices(form, order_type, side)
    reference = _reference(form, order_type)
    leverage = _leverage(form)
    volume = form.decimal("volume")
    empties = bool(leverage) or order_type is OrderType.SETTLE_POSITION
    size = values.amount(volume, "volume", zero=empties)
    in_quote = "viqc" in flags
    return AddOrder(
        symbol=around.symbol,
        side=side,
        order_type=order_type,
        qty=Decimal(0) if in_quote else size,
        cash_qty=size if in_quote else None,
        limit_price=found.limit_value,
        limit_price_type=found.limit_type,
        trigger=found.trigger_on(reference),
        time_in_force=values.word((form.text("timeinforce") or "gtc").lower(), TimeInForce, "timeinforce"),
        post_only="post" in flags,
        stp=values.stp((form.text("stptype") or "cancel-newest").replace("-", "_"), "stptype"),
        cl_ord_id=cl_ord_id,
        userref=userref,
        deadline_ns=around.deadline_ns,
        validate=around.validate,
        fee_in_base="fcib" in flags if {"fcib", "fciq"} & flags else policies.FEE_PREFERENCE == "base",
        source="rest",
        display_qty=display(form),
        effective_ns=_moment(form, "starttm", around.now_ns),
        expire_ns=_moment(form, "expiretm", around.now_ns),
        margin=bool(leverage),
        leverage=leverage,
        reduce_only=form.flag("reduce_only"),
        close=_close(form, side, reference),
    )


def prices(form: Form, order_type: OrderType, side: Side, prefix: str = "") -> Prices:
    """Read `price` and `price2` as a kind of order means them (§5.1).

    Args:
        form: The request.
        order_type: Kind of the order.
        side: Side of the order.
        prefix: `close` for those of a conditional close.

    Raises:
        BadRequest: Malformed, or a second price for a kind with one.
    """
    first, second = (f"{prefix}[price]", f"{prefix}[price2]") if prefix else ("price", "price2")
    if not order_type.triggered:
        if form.text(second) not in _ABSENT:
            raise invalid(second)
        return Prices(expression(form, first, first_sign(order_type, side)), None)
    if order_type.trailing:
        return Prices(trail_limit(form, second), trail(form, first))
    limit = expression(form, second, second_sign(order_type, side))
    return Prices(limit, expression(form, first, first_sign(order_type, side)))


def order_flags(form: Form) -> frozenset[str]:
    """Read `oflags`.

    Raises:
        BadRequest: An unknown flag, or both fee preferences.
    """
    flags = frozenset(form.names("oflags"))
    if not flags <= FLAGS or {"fcib", "fciq"} <= flags:
        raise invalid("oflags")
    return flags


def display(form: Form) -> Decimal | None:
    """Read `displayvol`; None when absent.

    Raises:
        BadRequest: Not a positive number.
    """
    if form.text("displayvol") in _ABSENT:
        return None
    return values.amount(form.decimal("displayvol"), "displayvol")


def _leverage(form: Form) -> int:
    if form.text("leverage").lower() in _SPOT:
        return 0
    leverage = form.integer("leverage")
    if leverage < _LEAST_LEVERAGE:
        raise invalid("leverage")
    return leverage


def _reference(form: Form, order_type: OrderType) -> Reference:
    """The price that triggers watch, of the order and of its close alike (§4.1)."""
    text = form.text("trigger")
    if not text:
        return Reference.LAST
    close = form.text("close[ordertype]")
    triggers = {str(kind) for kind in OrderType if kind.triggered}
    if not order_type.triggered and close not in triggers:
        raise invalid("trigger")
    return values.word(text, Reference, "trigger")


def _moment(form: Form, name: str, now_ns: int) -> int:
    """A start or an expiry: 0, a unix time or `+seconds` (§4.1)."""
    text = form.text(name)
    if text in _ABSENT:
        return 0
    ahead = values.relative_ns(text, now_ns)
    if ahead is not None:
        return ahead
    if not (text.isascii() and text.isdigit() and len(text) <= _TIME_DIGITS):
        raise invalid(name)
    return int(text) * NS_PER_S


def _close(form: Form, side: Side, reference: Reference) -> Conditional | None:
    """The conditional close: `close[…]` keys of a form, an object in JSON (§4.1, §5.6)."""
    kind = form.text("close[ordertype]")
    if not kind:
        for name in ("close[price]", "close[price2]", "close"):
            if form.text(name):
                raise invalid("close[ordertype]")
        return None
    order_type = values.word(kind, OrderType, "close[ordertype]")
    found = prices(form, order_type, side.opposite, "close")
    return Conditional(order_type, found.limit_value, found.limit_type, found.trigger_on(reference))
