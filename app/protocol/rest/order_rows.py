"""One order as REST describes it, read into a `RestOrder` (`rest.md` §3.5, §4.2).

REST has two prices without names and texts for people; here they get the
names and kinds of WS v2. What can't be read is left unsaid, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from app.domain.order import CloseTemplate, OrderType, PriceKind, Side, Trigger, TriggerRef
from app.domain.text import clean
from app.protocol.checks import Checked
from app.protocol.numbers import parse_price
from app.protocol.rest.names import Names
from app.protocol.rest.records import RestOrder
from app.protocol.wiretime import seconds_ns

_ZERO = Decimal(0)
_CASH_DP = Decimal("1E-8")
_WOKEN = frozenset({"stopped", "touched"})
_PRICE = r"([+-]?[0-9.]+%?)"
_CLOSE_TEXT = re.compile(
    rf"^close position @ (?P<kind>limit|stop loss|take profit|trailing stop) (?P<first>{_PRICE})"
    rf"(?: -> limit (?P<second>{_PRICE}))?$"
)
_Price = tuple[Decimal, PriceKind]


class Descr(Checked, frozen=True):
    """`descr` of an order."""

    pair: str
    type: Side
    ordertype: str
    price: str = "0"
    price2: str = "0"
    leverage: str = "none"
    close: str = ""


class Order(Checked, frozen=True):
    """An order as REST sends it."""

    status: str
    descr: Descr
    vol: Decimal
    vol_exec: Decimal = _ZERO
    cost: Decimal = _ZERO
    fee: Decimal = _ZERO
    price: Decimal = _ZERO
    stopprice: Decimal = _ZERO
    limitprice: Decimal = _ZERO
    displayvol: Decimal | None = None
    opentm: Decimal = _ZERO
    closetm: Decimal = _ZERO
    starttm: Decimal = _ZERO
    expiretm: Decimal = _ZERO
    refid: str | None = None
    cl_ord_id: str | None = None
    userref: int | None = None
    trigger: str | None = None
    oflags: str = ""
    misc: str = ""
    time_in_force: str = ""
    margin: bool | None = None
    reduce_only: bool | None = None
    amended: bool | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Terms:
    """The prices of an order, by name."""

    limit: _Price | None
    trigger: _Price | None


def record(order_id: str, order: Order, names: Names) -> RestOrder:
    """Return an order in the client's terms."""
    kind, flags, misc = order.descr.ordertype, order.oflags.split(","), order.misc.split(",")
    terms = _terms(kind, order.descr.price, order.descr.price2)
    triggered = kind in _TRIGGERED and (not _WOKEN.isdisjoint(misc) or order.vol_exec > 0)
    limit = _limit_now(order, terms, triggered)
    in_money = "viqc" in flags
    filled = _base(order, order.vol_exec) if in_money else order.vol_exec
    leverage = _leverage(order.descr.leverage)
    return RestOrder(
        order_id=clean(order_id),
        cl_ord_id=order.cl_ord_id or "",
        userref=order.userref,
        symbol=names.symbol(order.descr.pair),
        side=order.descr.type,
        order_type=kind,
        status=order.status,
        qty=_base_total(order, filled) if in_money else order.vol,
        filled=filled,
        limit_price=None if limit is None else limit[0],
        limit_kind=PriceKind.STATIC if limit is None else limit[1],
        avg_price=order.price if order.vol_exec else None,
        cost=order.cost,
        fee=order.fee,
        post_only="post" in flags,
        time_in_force=order.time_in_force.lower(),
        reason=order.reason or "",
        opened_ns=seconds_ns(order.opentm),
        closed_ns=seconds_ns(order.closetm),
        start_ns=seconds_ns(order.starttm),
        expire_ns=seconds_ns(order.expiretm),
        trigger=None if terms.trigger is None else Trigger(_reference(order.trigger), *terms.trigger),
        trigger_price=order.stopprice or None,
        triggered=triggered,
        display_qty=order.displayvol or None,
        cash_qty=order.vol if in_money else None,
        leverage=leverage,
        margin=order.margin if order.margin is not None else leverage > 0,
        reduce_only=order.reduce_only,
        oflags=tuple(flag for flag in flags if flag),
        misc=tuple(word for word in misc if word),
        amended=bool(order.amended) or "amended" in misc,
        ref_id=order.refid or "",
        close_text=order.descr.close,
        conditional=close_template(order.descr.close),
    )


_TRIGGERED = frozenset(kind.value for kind in OrderType if kind.triggered)
_LIMITED = frozenset(kind.value for kind in OrderType if kind.limited)


def close_template(text: str) -> CloseTemplate | None:
    """Read the words about a conditional close (§4.2); None if there is none or it is put in other words."""
    found = _CLOSE_TEXT.match(text.strip())
    if found is None:
        return None
    first, second = _price(found["first"]), _price(found["second"] or "")
    words = found["kind"].replace(" ", "-")
    try:
        kind = OrderType(words if second is None else f"{words}-limit")
    except ValueError:
        return None
    if first is None:
        return None
    if kind is OrderType.LIMIT:
        return CloseTemplate(kind, *first)
    limit, limit_kind = second or (None, PriceKind.STATIC)
    return CloseTemplate(kind, limit, limit_kind, *first)


def _terms(kind: str, price: str, price2: str) -> _Terms:
    """Give the two prices their names (§5.1)."""
    if kind not in _TRIGGERED:
        return _Terms(_price(price) if kind in _LIMITED else None, None)
    return _Terms(_price(price2) if kind in _LIMITED else None, _price(price))


def _limit_now(order: Order, terms: _Terms, triggered: bool) -> _Price | None:
    """Return the limit as it stands: a trailing offset becomes a price when it triggers."""
    if terms.limit is not None and terms.limit[1] is not PriceKind.STATIC and not triggered:
        return terms.limit
    if order.limitprice:
        return order.limitprice, PriceKind.STATIC
    return terms.limit


def _price(text: str) -> _Price | None:
    """Read a price; an unsigned zero stands for none."""
    try:
        value, kind = parse_price(text)
    except ValueError:
        return None
    return None if not value and kind is PriceKind.STATIC else (value, kind)


def _reference(word: str | None) -> TriggerRef:
    return TriggerRef.INDEX if word == TriggerRef.INDEX else TriggerRef.LAST


def _leverage(text: str) -> int:
    """Read `5:1`; `none` is 0."""
    head = text.partition(":")[0]
    return int(head) if head.isascii() and head.isdigit() and len(head) <= len("9999") else 0


def _base_total(order: Order, filled: Decimal) -> Decimal:
    """Return the base size of an order sized in quote money: once it has ended, what it filled."""
    return filled if order.status == "closed" else _base(order, order.vol)


def _base(order: Order, money: Decimal) -> Decimal:
    """Turn quote money into base at the average price; 0 before the first fill (§3.5, `viqc`)."""
    return (money / order.price).quantize(_CASH_DP) if order.price else _ZERO
