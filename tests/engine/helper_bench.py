"""What tests of helpers share: their rows, their time, and hands that move the market."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from decimal import Decimal

from app.clock import ManualClock
from app.domain.order import OrderType, Side, TimeInForce
from app.engine.helpers import base, bracket, chase, scale, twap
from app.link.frames import HelperRow
from app.link.messages import Answer
from app.venue.core.api import AddOrder
from tests.engine.conftest import SYMBOL, Rig, until

QUICK_S = 0.004
D = Decimal


@dataclass
class HelperBench:
    """A rig whose helpers live in a time of their own."""

    rig: Rig
    clock: ManualClock

    @classmethod
    def of(cls, rig: Rig) -> HelperBench:
        """Give a rig's helpers a clock that stands still."""
        clock = ManualClock()
        trading = rig.engine.commands.trading
        trading._desk = replace(trading._desk, clock=clock)
        return cls(rig, clock)

    def pass_time(self, s: int) -> None:
        """Let time pass for the helpers; for the gate, whose clock does not stand still, as well."""
        self.clock.advance(s=s)
        self.rig.engine.commands.gate._recent.clear()

    async def do(self, line: str) -> Answer:
        return await self.rig.screen.do(line)

    def row(self, name: str = "H1") -> HelperRow:
        return next(row for row in self.rig.engine.commands.trading.helpers.rows() if row.name == name)

    async def state(self, wanted: str, name: str = "H1") -> HelperRow:
        await until(lambda: self.row(name).state == wanted)
        await until(lambda: wanted in {"running", "paused"} or self.row(name).note)
        return self.row(name)

    async def note(self, words: str, name: str = "H1") -> None:
        await until(lambda: words in self.row(name).note)

    async def working(self, count: int, name: str = "H1") -> None:
        """Wait until so many orders of a helper are at the venue and known to be."""
        orders = self.rig.engine.state.orders

        def there() -> bool:
            found = [orders.numbered(number) for number in self.row(name).orders]
            live = [one for one in found if one is not None and one.state.value in {"working", "partially_filled"}]
            return len(found) == len(live) == count

        await until(there)

    async def still(self, looks: int = 8) -> None:
        """Let every helper look at the market several times."""
        for _ in range(looks):
            await asyncio.sleep(QUICK_S)  # a look of a helper is a time and nothing else

    def sent(self) -> int:
        """How many new orders and amends reached the venue."""
        kinds = {"accepted", "amended", "rejected"}
        return sum(1 for row in self.rig.truth() if row["kind"] in kinds)

    def taken(self, side: Side, kind: str = "filled") -> Decimal:
        """What the venue says the account traded on one side."""
        rows = self.rig.truth(kind)
        return sum((D(str(row["qty"])) for row in rows if row["side"] == side.value), D(0))

    async def bought(self, qty: Decimal) -> None:
        await until(lambda: self.taken(Side.BUY) == qty)

    def hit(self, side: Side, price: Decimal, qty: str) -> None:
        """Trade as another account, at a price or better, and leave nothing."""
        kind, ioc = OrderType.LIMIT, TimeInForce.IOC
        self.rig.venue.exchange.add_order("second", AddOrder(SYMBOL, side, kind, D(qty), price, ioc, source="rest"))

    def rest(self, side: Side, price: Decimal, qty: str = "0.01") -> None:
        """Rest an order of the house."""
        instrument = self.rig.venue.exchange.listings[SYMBOL].instrument
        self.rig.venue.exchange.desk(SYMBOL).place(side, instrument.ticks(price), instrument.lots(D(qty)))

    def depth(self, side: Side) -> Decimal:
        """How much stands at the best price of a side."""
        level = self.rig.venue.exchange.levels(SYMBOL, side, 1)[0]
        return self.rig.venue.exchange.listings[SYMBOL].instrument.qty(level.qty)

    def best(self, side: Side) -> Decimal:
        return self.rig.price(side, 0)

    async def seen(self, side: Side) -> None:
        """Wait until the engine sees the venue's best price."""
        await until(lambda: self.rig.engine.commands.gate.market(SYMBOL).near(side) == self.best(side))

    async def clear_ask(self) -> Decimal:
        """Take the best ask away and return its price, where a sell then stands first."""
        price = self.best(Side.SELL)
        self.hit(Side.BUY, price, f"{self.depth(Side.SELL):f}")
        await self.seen(Side.SELL)
        return price


MODULES = (base, bracket, chase, scale, twap)
