"""A statement that was drafted and not sent, and its line of the `:` grammar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from app.domain.grammar import format_statement
from app.domain.grammar_text import price_text, takes_by_name
from app.domain.order import Draft as Order
from app.domain.order import OffsetUnit, OrderType, Price, PriceRef, Side, TimeInForce
from app.domain.statements import Amend, Close, Place

TAKE_COLLAR: Final = Decimal("0.1")
"""How many percent through the far touch a take may reach: more than a quiet market moves between eye and venue."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What Enter would send.

    Attributes:
        symbol: Pair it is pinned to.
        side: `buy` or `sell`; empty for a close, whose side the position decides.
        statement: What it does.
        terms: Names of the terms that the order to be amended has.
    """

    symbol: str
    side: str
    statement: Place | Amend | Close
    terms: tuple[str, ...] = ()

    @property
    def order(self) -> Order | None:
        """The order to be placed, if it places one."""
        return self.statement.draft if isinstance(self.statement, Place) else None

    @property
    def number(self) -> int:
        """Short number of the order that it amends; 0 if it does not."""
        return self.statement.target.row if isinstance(self.statement, Amend) else 0

    @property
    def takes(self) -> bool:
        """Whether it is a limit at or about the far touch: meant to trade at once."""
        return self.order is not None and takes_by_name(self.order)

    @property
    def at_any_price(self) -> bool:
        """Whether it trades at once without a limit."""
        order = self.order
        kinds = {OrderType.MARKET, OrderType.SETTLE_POSITION}
        return isinstance(self.statement, Close) or (order is not None and order.order_type in kinds)

    def with_order(self, order: Order) -> Draft:
        """Return the draft with another order to place."""
        return replace(self, side=order.side.value, statement=Place(order))

    def line(self, worst: str = "") -> str:
        """Return the draft as a line of the `:` grammar.

        Args:
            worst: For one that takes: the worst price that was read, in place of the relative one.
        """
        text, order = format_statement(self.statement), self.order
        if not worst or order is None or order.price is None or not self.takes:
            return text
        return text.replace(f"@ {price_text(order.price)} ", f"@ {worst} ", 1)


def placing(order: Order) -> Draft:
    """Return a draft that places an order."""
    return Draft(order.symbol, order.side.value, Place(order))


def taking(order: Order) -> Order:
    """Return an order as one that trades at once, no further than the collar behind the far touch."""
    far = PriceRef.ASK if order.side is Side.BUY else PriceRef.BID
    reach = TAKE_COLLAR if order.side is Side.BUY else -TAKE_COLLAR
    price = Price(far, reach, OffsetUnit.PERCENT)
    return Order(order.symbol, order.side, order.size, price, time_in_force=TimeInForce.IOC)
