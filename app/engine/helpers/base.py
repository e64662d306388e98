"""What all helpers share: life, pace, orders, and how they show."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.clock import NS_PER_MS, NS_PER_S, Clock
from app.domain.instrument import Instrument, plain
from app.domain.oms import OrderState, WorkingOrder
from app.domain.order import OrderRequest, Side
from app.domain.quote import Market
from app.domain.quote_changes import Changes
from app.engine.entry import Sent
from app.engine.orders import Orders
from app.engine.submit import Held, Submitter
from app.link.frames import HelperRow
from app.workers.feed import Unknown

LOOK_S = 0.1
"""How often a helper looks at the market while it waits."""

ZERO = Decimal(0)


class HelperState(StrEnum):
    """Life of a helper."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether it does nothing any more."""
        return self in (HelperState.DONE, HelperState.STOPPED, HelperState.FAILED)


class HelperFailed(Exception):
    """The helper cannot go on; the text says why."""


@dataclass(frozen=True, slots=True)
class HelperDesk:
    """What a helper may see and do.

    Attributes:
        clock: Time.
        orders: Own orders.
        submitter: The road to the wire.
        market: Returns the prices of a pair now.
        changed: Called when its row changed.
    """

    clock: Clock
    orders: Orders
    submitter: Submitter
    market: Callable[[str], Market]
    changed: Callable[[], None]


class Helper(ABC):
    """One helper.

    Args:
        desk: What it may see and do.
        name: `H1`.
        kind: `twap`, `chase` …
        text: The line that started it.
        symbol: Pair.
        side: Side of its orders; None for a bracket.
        total: Quantity wanted in all.
    """

    def __init__(
        self, desk: HelperDesk, name: str, kind: str, text: str, symbol: str, side: Side | None, total: Decimal
    ) -> None:
        self.desk = desk
        self.name = name
        self.kind = kind
        self.text = text
        self.symbol = symbol
        self.side = side
        self.total = total
        self.state = HelperState.RUNNING
        self.note = ""
        self.keys: list[str] = []
        self._next_ns = 0
        self._wake = asyncio.Event()

    @abstractmethod
    async def work(self) -> str:
        """Do the work.

        Returns:
            What it came to, in words.

        Raises:
            HelperFailed: It cannot go on.
        """

    async def run(self) -> None:
        """Work until done, stopped or failed; never leaves orders behind on stop."""
        try:
            self.note = await self.work()
            self.state = HelperState.DONE
        except HelperFailed as failure:
            self.state, self.note = HelperState.FAILED, str(failure)
            await self.withdraw()
        except _Stopped:
            self.state = HelperState.STOPPED
            await self.withdraw()
        finally:
            self.desk.changed()

    def pause(self) -> None:
        """Send nothing new until resumed; working orders stay."""
        if self.state is HelperState.RUNNING:
            self.state = HelperState.PAUSED
            self.desk.changed()

    def resume(self) -> None:
        """Go on."""
        if self.state is HelperState.PAUSED:
            self.state = HelperState.RUNNING
            self.poke()
            self.desk.changed()

    def stop(self, why: str) -> None:
        """Cancel its working orders and end."""
        if not self.state.ended:
            self.state, self.note = HelperState.STOPPED, why
            self.poke()
            self.desk.changed()

    def poke(self) -> None:
        """Something changed that it may wait for."""
        self._wake.set()

    # -- for the kinds -------------------------------------------------------

    @property
    def instrument(self) -> Instrument:
        """The pair."""
        return self.desk.market(self.symbol).instrument

    def my_orders(self) -> list[WorkingOrder]:
        """Return all orders that it sent, oldest first."""
        found = (self.desk.orders.get(key) for key in self.keys)
        return [order for order in found if order is not None]

    def working(self) -> list[WorkingOrder]:
        """Return its orders that have not ended."""
        return [order for order in self.my_orders() if not order.state.terminal]

    def filled(self) -> Decimal:
        """Return what its orders executed so far."""
        return sum((order.cum_qty for order in self.my_orders()), ZERO)

    def left(self) -> Decimal:
        """Return what is still to be executed."""
        return max(ZERO, self.total - self.filled())

    async def place(self, request: OrderRequest) -> WorkingOrder | None:
        """Send an order through the gate.

        Returns:
            The order; None if the gate or the venue kept it back, which
            `note` then says.

        Raises:
            HelperFailed: The outcome is unknown: sending more would be a guess.
        """
        self._check()
        self.keys.append(request.cl_ord_id)
        result = await self.desk.submitter.place(request, f"{self.name}: {self.text}", automatic=True)
        return self._sent(result)

    async def amend(self, order: WorkingOrder, changes: Changes) -> WorkingOrder | None:
        """Change an order through the gate; as `place`."""
        self._check()
        return self._sent(await self.desk.submitter.amend(order, changes))

    async def withdraw(self) -> None:
        """Cancel its working orders."""
        for order in self.working():
            if order.state not in (OrderState.PENDING_CANCEL, OrderState.UNKNOWN_CANCEL):
                await self.desk.submitter.cancel(order)

    async def pause_for(self, seconds: float, note: str = "") -> None:
        """Wait, shorter if something changes; longer while paused."""
        self._check()
        if note and note != self.note:
            self.note = note
            self.desk.changed()
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
        while self.state is HelperState.PAUSED:
            self._wake.clear()
            await self._wake.wait()
        self._check()

    async def settled(self, order: WorkingOrder) -> WorkingOrder:
        """Wait until an order has ended; unknown outcomes are waited out, not guessed."""
        while True:
            now = self.desk.orders.get(order.cl_ord_id)
            if now is None or now.state.terminal:
                return now or order
            await self.pause_for(LOOK_S)

    def due_in(self, seconds: float) -> None:
        """Say when the next action is due, for the row."""
        self._next_ns = self.desk.clock.mono_ns() + int(seconds * NS_PER_S)
        self.desk.changed()

    def row(self) -> HelperRow:
        """Return the helper's row."""
        instrument = self.instrument
        wait = max(0, self._next_ns - self.desk.clock.mono_ns()) // NS_PER_MS if self._next_ns else -1
        numbers = tuple(self.desk.orders.number(order) for order in self.working())
        return HelperRow(
            self.name,
            self.kind,
            self.symbol,
            self.side.value if self.side else "",
            self.text,
            self.state.value,
            instrument.qty_text(self.filled()),
            instrument.qty_text(self.total),
            -1 if self.state is not HelperState.RUNNING else wait,
            self.note,
            numbers,
        )

    def _sent(self, result: Sent | Held) -> WorkingOrder | None:
        if isinstance(result, Held):
            self.note = f"waiting: {result.text}"
            self.desk.changed()
            return None
        if isinstance(result.outcome, Unknown):
            raise HelperFailed(f"outcome unknown ({result.outcome.reason}): the engine asks the venue")
        order = result.order
        if order is None or order.state is OrderState.REJECTED:
            self.note = f"refused: {order.reason}" if order else "not sent"
            self.desk.changed()
            return None
        self.note = ""
        self.desk.changed()
        return order

    def _check(self) -> None:
        if self.state is HelperState.STOPPED:
            raise _Stopped


class _Stopped(Exception):
    """The user or the kill switch ended the helper."""


def bounded(price: Decimal, limit: Decimal | None, side: Side) -> Decimal:
    """Return a price no worse than a limit: not above it for a buy, not below for a sell."""
    if limit is None:
        return price
    return min(price, limit) if side is Side.BUY else max(price, limit)


def beyond(price: Decimal, limit: Decimal | None, side: Side) -> bool:
    """Return whether a price is worse than a limit."""
    return limit is not None and (price > limit if side is Side.BUY else price < limit)


def summary(done: Decimal, total: Decimal) -> str:
    """Return `0.4 of 1.2 done`."""
    return f"{plain(done)} of {plain(total)} done"
