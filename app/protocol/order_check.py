"""What an order must have before any wire can carry it.

Only the shape is looked at: that a stop has a trigger and a market order no
limit. Whether the venue takes the order is for the risk gate and the venue.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.domain.order import CloseTemplate, OrderRequest, OrderType, PriceKind, TimeInForce, Trigger
from app.protocol.wiretime import NS_PER_S

BATCH_MIN: Final = 2
BATCH_MAX: Final = 15
"""Orders in one batch (`ws-v2.md` §9.7)."""

CANCEL_MAX: Final = 50
"""Identifiers in one batch cancel (`ws-v2.md` §9.8)."""

_NO_CLOSE: Final = frozenset({OrderType.MARKET, OrderType.SETTLE_POSITION, OrderType.ICEBERG})


def check_order(order: OrderRequest) -> None:
    """Pass an order whose parts go together (`ws-v2.md` §9.1).

    Raises:
        ValueError: One line that says which part is missing or too many.
    """
    kind = order.order_type
    # Compared before the call: this is on the way of every order.
    if (order.limit_price is not None) is not kind.limited:
        _paired(order.limit_price is not None, kind.limited, kind, "limit price")
    if (order.display_qty is not None) is not (kind is OrderType.ICEBERG):
        _paired(order.display_qty is not None, kind is OrderType.ICEBERG, kind, "display quantity")
    if (order.trigger is not None) is not kind.triggered:
        _paired(order.trigger is not None, kind.triggered, kind, "trigger")
    if (order.time_in_force is TimeInForce.GTD) != bool(order.expire_ns):
        raise ValueError("good-till-date and an expiry time go together")
    if order.cash_qty is not None and kind is not OrderType.MARKET:
        raise ValueError(f"{kind.value} orders can't be sized in quote money")
    if order.expire_ns % NS_PER_S or order.start_ns % NS_PER_S:
        raise ValueError("times of start and expiry are whole seconds")
    if order.trigger is not None:
        _trailing(kind, order.trigger)
    if kind is OrderType.TRAILING_STOP_LIMIT:
        _offset(order.limit_kind)
    if order.conditional is not None:
        _check_close(order.conditional)


def _paired(has: bool, wants: bool, kind: OrderType, what: str) -> None:
    if has != wants:
        raise ValueError(f"{kind.value} orders {'need a' if wants else 'have no'} {what}")


def _trailing(kind: OrderType, trigger: Trigger) -> None:
    if kind.trailing and (trigger.kind is PriceKind.STATIC or trigger.price <= 0):
        raise ValueError(f"{kind.value} orders need a positive distance, in percent or quote money")


def _offset(kind: PriceKind) -> None:
    if kind is PriceKind.STATIC:
        raise ValueError("the limit of a trailing-stop-limit is an offset from its trigger, in percent or quote money")


def _check_close(close: CloseTemplate) -> None:
    """Pass a conditional close (`ws-v2.md` §9.1.2).

    Raises:
        ValueError: Its parts don't go together.
    """
    kind = close.order_type
    if kind in _NO_CLOSE:
        raise ValueError(f"{kind.value} orders can't be conditional closes")
    _paired(close.limit_price is not None, kind.limited, kind, "limit price")
    _paired(close.trigger_price is not None, kind.triggered, kind, "trigger")
    if kind.trailing and (close.trigger_kind is PriceKind.STATIC or (close.trigger_price or 0) <= 0):
        raise ValueError(f"{kind.value} orders need a positive distance, in percent or quote money")
    if kind is OrderType.TRAILING_STOP_LIMIT:
        _offset(close.limit_kind)


def check_batch(orders: Sequence[OrderRequest]) -> None:
    """Pass a batch: 2 to 15 orders of one pair that agree on `validate` (`ws-v2.md` §9.7).

    Raises:
        ValueError: It is no such batch, or one of its orders is wrong.
    """
    if not BATCH_MIN <= len(orders) <= BATCH_MAX:
        raise ValueError(f"a batch holds {BATCH_MIN} to {BATCH_MAX} orders, not {len(orders)}")
    if len({order.symbol for order in orders}) != 1:
        raise ValueError("all orders of a batch are of one pair")
    if len({order.validate for order in orders}) != 1:
        raise ValueError("a batch is checked only or sent, not both")
    for number, order in enumerate(orders, 1):
        try:
            check_order(order)
        except ValueError as error:
            raise ValueError(f"order {number} of the batch: {error}") from None


def batch_deadline_ns(orders: Sequence[OrderRequest]) -> int:
    """Return the deadline of a batch, which has one only: the earliest of its orders'; 0 for none."""
    return min((order.deadline_ns for order in orders if order.deadline_ns), default=0)
