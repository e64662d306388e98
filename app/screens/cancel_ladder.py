"""What one key can cancel, from one price level up to the whole account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.grammar_text import format_statement
from app.domain.statements import Cancel, CancelAll, CancelBatch, CancelScope, OrderRef, Statement
from app.link.frames import OrderRow, StatusView
from app.screens import key_prices
from app.screens.presenter import working
from widgets.orders import EXTERNAL

MOST_IN_BATCH = 50
"""Orders that one message may name (`ws-v2.md` §9.8)."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder.

    Attributes:
        what: What is cancelled, in words.
        line: The line that does it.
        count: Orders it reaches.
        cost: Orders, rate points and transport in words.
    """

    what: str
    line: str
    count: int
    cost: str


def rungs(
    orders: Sequence[OrderRow], chosen: OrderRow | None, symbol: str, status: StatusView | None = None
) -> list[Rung]:
    """Return the steps that reach something, each only if it reaches more than the one before.

    Args:
        orders: As in the frame.
        chosen: The selected order; its level and its side come first.
        symbol: Pair that is shown.
        status: For the time, which the cost depends on.
    """
    all_orders = working(orders)
    here = [row for row in all_orders if row.symbol == symbol]
    steps: list[tuple[str, Statement, list[OrderRow]]] = []
    if chosen is not None:
        side = [row for row in here if row.side == chosen.side]
        level = [row for row in side if (row.price, row.trigger) == (chosen.price, chosen.trigger)]
        if len(level) <= MOST_IN_BATCH:
            steps.append((f"at {chosen.price or chosen.trigger or 'market'}", _named(level), level))
        scope, name = (CancelScope.BIDS, "buys") if chosen.side == "buy" else (CancelScope.ASKS, "sells")
        steps.append((f"all {name} on {symbol}", CancelAll(scope, symbol), side))
    steps.append((f"all on {symbol}", CancelAll(CancelScope.ALL, symbol), here))
    ours = [row for row in all_orders if row.owner != EXTERNAL]
    steps.append(("this session", CancelAll(CancelScope.SESSION), ours))
    steps.append(("the whole account", CancelAll(CancelScope.EVERYTHING), all_orders))
    found: list[Rung] = []
    for what, statement, reached in steps:
        if reached and (not found or len(reached) != found[-1].count or what == "the whole account"):
            everything = statement == CancelAll(CancelScope.EVERYTHING)
            say = key_prices.everything_words if everything else key_prices.cancels_words
            found.append(Rung(what, format_statement(statement), len(reached), say(reached, status)))
    return found


def _named(orders: Sequence[OrderRow]) -> Statement:
    """Return the cancel of these orders by name."""
    refs = tuple(OrderRef(row=order.number) for order in orders)
    return CancelBatch(refs) if len(refs) > 1 else Cancel(refs[0])
