"""A small venue with three clients, driven by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

import pytest

from app.clock import ManualClock
from app.domain.instrument import UNIT
from app.domain.order import OrderType, Side
from app.venue.core.accounts import Account
from app.venue.core.api import AddOrder, AmendOrder, BookChange, BookDelta, Event, ExecType, Execution, Order
from app.venue.core.exchange import Exchange
from app.venue.core.ratelimit import INTERMEDIATE, PRO, STARTER
from app.venue.core.universe import build_universe

_E = TypeVar("_E")


@dataclass
class Venue:
    """The exchange with its clock and everything that it has told."""

    exchange: Exchange
    clock: ManualClock
    events: list[Event] = field(default_factory=list)

    def limit(self, who: str, side: Side, qty: str, price: str, **more: object) -> Order:
        request = AddOrder("BTC/USD", side, OrderType.LIMIT, Decimal(qty), Decimal(price), **more)  # type: ignore[arg-type]
        return self.exchange.add_order(who, request)

    def market(self, who: str, side: Side, qty: str, **more: object) -> Order:
        request = AddOrder("BTC/USD", side, OrderType.MARKET, Decimal(qty), **more)  # type: ignore[arg-type]
        return self.exchange.add_order(who, request)

    def order(self, who: str, side: Side, order_type: OrderType, qty: str = "1", **more: object) -> Order:
        return self.exchange.add_order(who, self.request(side, order_type, qty, **more))

    @staticmethod
    def request(side: Side, order_type: OrderType, qty: str = "1", **more: object) -> AddOrder:
        """An order whose texts in known fields become numbers."""
        for name in ("limit_price", "display_qty", "cash_qty"):
            if isinstance(more.get(name), str):
                more[name] = Decimal(str(more[name]))
        return AddOrder("BTC/USD", side, order_type, Decimal(qty), **more)  # type: ignore[arg-type]

    def last(self, price: str) -> None:
        """Let a trade happen at a price, between two house orders that leave nothing behind."""
        desk, ticks = self.exchange.desk("BTC/USD"), int(Decimal(price) * 10)
        assert desk.place(Side.SELL, ticks, 10_000) is not None
        assert desk.take(Side.BUY, ticks, 10_000) == 10_000

    def amend(
        self, who: str, order: Order, *, qty: str | None = None, price: str | None = None, post_only: bool = False
    ) -> str:
        request = AmendOrder(
            order_id=order.order_id,
            qty=None if qty is None else Decimal(qty),
            limit_price=None if price is None else Decimal(price),
            post_only=post_only,
        )
        return self.exchange.amend_order(who, request)

    def now(self, order: Order) -> Order:
        found = self.exchange.find_order(order.account_id, order.order_id)
        assert found is not None
        return found

    def of(self, kind: type[_E]) -> list[_E]:
        return [event for event in self.events if isinstance(event, kind)]

    def reports(self, order: Order) -> list[ExecType]:
        return [report.exec_type for report in self.of(Execution) if report.order.order_id == order.order_id]

    def changes(self) -> list[BookChange]:
        return [change for delta in self.of(BookDelta) for change in delta.changes]

    def queue(self, side: Side) -> list[tuple[int, list[str]]]:
        return [
            (level.price, [order.order_id for order in level.orders])
            for level in self.exchange.levels("BTC/USD", side, 0)
        ]


def _funds(usd: int, btc: int) -> dict[str, int]:
    return {"USD": usd * UNIT, "BTC": btc * UNIT}


@pytest.fixture
def make_venue() -> Callable[[], Venue]:
    def make() -> Venue:
        clock = ManualClock()
        accounts = [
            Account("ann", INTERMEDIATE, _funds(1_000_000, 100)),
            Account("bob", PRO, _funds(1_000_000, 100)),
            Account("poor", STARTER, _funds(100, 0)),
            Account("eve", PRO, _funds(100_000, 1)),
        ]
        venue = Venue(Exchange(clock, build_universe(3), accounts=accounts), clock)
        venue.exchange.listen(venue.events.append)
        return venue

    return make


@pytest.fixture
def venue(make_venue: Callable[[], Venue]) -> Venue:
    return make_venue()
