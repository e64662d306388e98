"""What keys cost in rate points, before they are pressed."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.advisor import price_tag
from app.domain.ratelimit import COST_CANCEL_ALL, cancel_tag, cost_amend
from app.link.frames import GaugeView, LinkState, OrderRow, StatusView
from app.screens.presenter import working
from widgets.models import KeyPrices

_MILLI = 1000


def age_ns(order: OrderRow, status: StatusView | None) -> int:
    """Return the age that the venue prices, as of the status bar's time."""
    return max(0, status.now_ns - order.changed_ns) if status is not None else 0


def of_order(order: OrderRow | None, status: StatusView | None, gauge: GaugeView | None) -> KeyPrices | None:
    """Price the keys that act on an order; None without one.

    Args:
        order: The selected order.
        status: For the time.
        gauge: For what is left.
    """
    if order is None:
        return None
    age = age_ns(order, status)
    tag = cancel_tag(age)
    left = None if gauge is None or gauge.symbol != order.symbol else gauge.threshold * _MILLI - gauge.points
    over = left is not None and tag.cost_now * _MILLI > left
    return KeyPrices(order.number, tag.text, price_tag(cost_amend, age).text, over)


def of_cancels(orders: Sequence[OrderRow], status: StatusView | None) -> int:
    """Return the points of cancelling these orders one by one, now."""
    return sum(int(cancel_tag(age_ns(order, status)).cost_now) for order in orders)


def of_everything(orders: Sequence[OrderRow]) -> int:
    """Return the points of cancelling all orders of the account in one message."""
    return int(COST_CANCEL_ALL) * len({order.symbol for order in working(orders)})


def cancels_words(orders: Sequence[OrderRow], status: StatusView | None) -> str:
    """Say what it takes to cancel these orders one by one: `3 orders, +17 points over WS`."""
    ways = sorted({order.reach.partition(":")[0] for order in orders if order.reach}) or ["ws"]
    return _words(len(orders), of_cancels(orders, status), "+".join(ways))


def everything_words(orders: Sequence[OrderRow], status: StatusView | None) -> str:
    """Say what it takes to cancel all orders of the account in one message."""
    links = status.links if status is not None else ()
    up = any(link.name == "auth" and link.state is LinkState.UP for link in links)
    return _words(len(working(orders)), of_everything(orders), "ws" if up else "rest")


def _words(count: int, points: int, way: str) -> str:
    return f"{count} order{'' if count == 1 else 's'}, +{points} point{'' if points == 1 else 's'} over {way.upper()}"
