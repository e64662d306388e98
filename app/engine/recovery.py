"""What the journal says of the orders of an earlier engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.oms import LinkLost, OrderState, WorkingOrder, new_order, reduce
from app.engine.journal import AmendIntent, Intent, Kill, Mark, Record, StateNote

ZERO = Decimal(0)
_ENDED = {state.value for state in OrderState if state.terminal}


@dataclass(frozen=True, slots=True)
class Recovered:
    """Orders to ask the venue about, with their short numbers.

    Attributes:
        orders: Number and order; all in an unknown or open state.
        last_number: Highest short number ever given.
        killed: Whether the kill switch was engaged and never released.
    """

    orders: tuple[tuple[int, WorkingOrder], ...]
    last_number: int
    killed: bool = False


def recover(records: Iterable[Record], now_ns: int) -> Recovered:
    """Rebuild what was open or in doubt when the last engine ended.

    Args:
        records: The journal, oldest first.
        now_ns: Wall time.

    Returns:
        Orders without a proven end. They are in an unknown state until the
        venue shows them: an intent without an outcome may have been sent.
    """
    numbers: dict[str, int] = {}
    orders: dict[str, WorkingOrder] = {}
    ended: set[str] = set()
    last = 0
    killed = False
    for record in records:
        match record:
            case Intent():
                key = record.request.cl_ord_id
                numbers[key] = record.number
                orders[key] = new_order(record.request, record.ts_ns, record.owner)
                last = max(last, record.number)
            case StateNote():
                _note(orders, ended, record)
            case AmendIntent():
                order = orders.get(record.cl_ord_id)
                if order is not None:
                    orders[record.cl_ord_id] = replace(order, changed_ns=record.ts_ns)
            case Mark():
                last = max(last, record.number)
            case Kill():
                killed = record.engaged
            case _:
                continue
    found = [(numbers[key], reduce(order, LinkLost(now_ns))[0]) for key, order in orders.items() if key not in ended]
    return Recovered(tuple(found), last, killed)


def _note(orders: dict[str, WorkingOrder], ended: set[str], note: StateNote) -> None:
    order = orders.get(note.cl_ord_id)
    if order is None:
        return
    # An order presumed refused may turn out to live (`app.domain.oms`): the last word counts.
    (ended.add if note.state in _ENDED else ended.discard)(note.cl_ord_id)
    orders[note.cl_ord_id] = replace(
        order, order_id=note.order_id or order.order_id, cum_qty=max(order.cum_qty, note.cum_qty)
    )
