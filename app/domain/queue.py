"""Queues inside a price level: order by time, and one order's place."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.domain.book_values import QueuePosition

NS_DIGITS = 9


def in_time_order(order_ids: list[str], stamps: Mapping[str, str]) -> list[str]:
    """Sort orders by their own timestamps; equal ones keep their order.

    Args:
        order_ids: Orders to sort.
        stamps: RFC 3339 UTC times by order id, any number of fraction digits.
    """
    return sorted(order_ids, key=lambda order_id: sortable(stamps[order_id]))


def position(
    level: Mapping[str, bytes], order_id: str, units: Callable[[bytes], int], *, provable: bool
) -> QueuePosition:
    """Return where an order stands.

    Args:
        level: Order id to quantity digits, in queue order; holds the order.
        order_id: The order.
        units: Turns quantity digits into units.
        provable: Whether the checksum covers this level.
    """
    orders = [0, 0]
    quantities = [0, 0]
    behind = 0
    for other, digits in level.items():
        if other == order_id:
            behind = 1
            continue
        orders[behind] += 1
        quantities[behind] += units(digits)
    return QueuePosition(orders[0], quantities[0], orders[1], quantities[1], units(level[order_id]), provable)


def sortable(stamp: str) -> tuple[str, str]:
    """Return what compares as a timestamp does: fractions of different length compare by value."""
    whole, _, fraction = stamp.removesuffix("Z").partition(".")
    return whole, fraction.ljust(NS_DIGITS, "0")
