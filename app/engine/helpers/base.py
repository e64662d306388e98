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
from app.domain.order import OrderRequest, Side, TimeInForce
from app.domain.quote import Market
from app.domain.quote_changes import Changes
from app.domain.risk import RefusalCode
from app.engine.entry import NotSent, Sent
from app.engine.orders import Orders
from app.engine.rates import Spender, acting
from app.engine.submit import Held, Submitter
from app.link.frames import HelperRow
from app.workers.feed import Refused, Unknown

LOOK_S = 0.1
"""How often a helper looks at the market while it waits."""

ZERO = Decimal(0)
PASSING = frozenset(
    {
        "",  # the whole desk is blocked
        *(
            code.value
            for code in (
                RefusalCode.RECONCILE,
                RefusalCode.VENUE,
                RefusalCode.PAIR,
                RefusalCode.BOOK,
                RefusalCode.NO_REFERENCE,
                RefusalCode.OPEN_ORDERS,
                RefusalCode.ORDER_RATE,
                RefusalCode.MESSAGE_RATE,
                RefusalCode.REPEATED,
                RefusalCode.DUPLICATE,
                RefusalCode.UNKNOWN_TWIN,
                RefusalCode.RATE_COUNTER,
            )
        ),
    }
)
"""What keeps an order back for now only: a helper waits for it to pass; anything else is against the order itself."""


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

    Attributes:
        state: Where it stands.
        note: What it waits for, or why it ended.
        refused: Whether the last order or change that did not go out was
            refused as such, so that sending it again is no use.
        paused_ns: For how long it was paused so far.
    """

    keeps_orders = False
    """Whether its orders stay when it fails."""

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
        self.refused = False
        self.paused_ns = 0
        self._keys: dict[str, Decimal] = {}
        self._withdrawn: set[str] = set()
        self._sending: set[str] = set()
        self._forgotten = ZERO
        self._next_ns = 0
        self._leave = False
        self._why = ""
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
        """Work until done, stopped or failed; leaves orders behind only where that is meant."""
        acting.set(Spender.HELPER)
        try:
            self.note = await self.work()
            self.state = HelperState.DONE
        except _Stopped:
            # What it was waiting for may have been written over the reason meanwhile.
            self.state, self.note = HelperState.STOPPED, self._why
            if not self._leave:
                await self.withdraw()
        except HelperFailed as failure:
            await self._fail(str(failure))
        except asyncio.CancelledError:
            self.state, self.note = HelperState.STOPPED, "the engine ended"
            raise
        except Exception as error:
            await self._fail(f"internal error: {type(error).__name__}; see the engine's log")
            raise
        finally:
            self.desk.changed()

    async def _fail(self, why: str) -> None:
        self.state, self.note = HelperState.FAILED, why
        working = self.working()
        if not self.keeps_orders:
            await self.withdraw()
        elif working:
            numbers = " ".join(f"#{self.desk.orders.number(order)}" for order in working)
            self.note = f"{why}; {numbers} stay"

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

    def stop(self, why: str, *, leave: bool = False) -> None:
        """Cancel its working orders and end.

        Args:
            why: The reason, for the row.
            leave: Leave its orders as they are: the engine ends, or somebody
                else cancels them.
        """
        if not self.state.ended:
            self.state, self.note, self._leave = HelperState.STOPPED, why, leave
            self._why = why
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

    def owns(self, key: str) -> bool:
        """Return whether it sent the order with this key."""
        return key in self._keys

    def my_orders(self) -> list[WorkingOrder]:
        """Return the orders that it sent and the desk still remembers, oldest first."""
        found = (self.desk.orders.get(key) for key in self._keys)
        return [order for order in found if order is not None]

    def working(self) -> list[WorkingOrder]:
        """Return its orders that have not ended."""
        return [order for order in self.my_orders() if not order.state.terminal]

    def filled(self) -> Decimal:
        """Return what its orders executed so far, those that the desk has forgotten included."""
        for key, before in list(self._keys.items()):
            order = self.desk.orders.get(key)
            if order is not None:
                self._keys[key] = order.cum_qty
            elif key not in self._sending:
                self._forgotten += before
                del self._keys[key]
                self._withdrawn.discard(key)
        return self._forgotten + sum(self._keys.values(), ZERO)

    def withdrew(self, order: WorkingOrder) -> bool:
        """Return whether it cancelled that order itself."""
        return order.cl_ord_id in self._withdrawn

    def taken_away(self) -> WorkingOrder | None:
        """Return an order that somebody else cancelled, None if there is none.

        What an immediate order did not fill, and a post-only one that would
        have taken, end as cancelled too; that is no one's doing.
        """
        immediate = (TimeInForce.IOC, TimeInForce.FOK)
        for order in self.my_orders():
            ours = self.withdrew(order) or order.time_in_force in immediate
            if order.state is OrderState.CANCELED and not ours and not crossed(order):
                return order
        return None

    def check_taken_away(self) -> None:
        """End when somebody else cancelled one of its orders: whoever did so wants it gone.

        Raises:
            HelperFailed: It was so; says which.
        """
        order = self.taken_away()
        if order is not None:
            reason = f" ({order.reason})" if order.reason else ""
            raise HelperFailed(f"#{self.desk.orders.number(order)} was cancelled from outside{reason}")

    def left(self) -> Decimal:
        """Return what is still to be executed."""
        return max(ZERO, self.total - self.filled())

    async def place(self, request: OrderRequest, *, leaving: bool = False) -> WorkingOrder | None:
        """Send an order through the gate, once it is not paused.

        Args:
            request: The order, with an id that was never used.
            leaving: Whether it gets out of a position that was made before:
                it is exempt from limits on size and from the repeat throttle.

        Returns:
            The order; None if the gate or the venue kept it back, which
            `note` then says, and `refused` whether that is final.

        Raises:
            HelperFailed: The outcome is unknown: sending more would be a guess.
        """
        await self._cleared()
        key = request.cl_ord_id
        self._keys[key] = ZERO
        self._sending.add(key)
        try:
            result = await self.desk.submitter.place(
                request, f"{self.name}: {self.text}", leaving=leaving, automatic=True, quiet=True
            )
        finally:
            self._sending.discard(key)
        return self._sent(result)

    async def amend(self, order: WorkingOrder, changes: Changes) -> WorkingOrder | None:
        """Change an order through the gate; as `place`."""
        await self._cleared()
        return self._sent(await self.desk.submitter.amend(order, changes))

    async def withdraw(self) -> None:
        """Cancel its working orders."""
        for order in self.working():
            await self.cancel(order)

    async def cancel(self, order: WorkingOrder) -> None:
        """Cancel one of its orders, unless that is under way."""
        self._withdrawn.add(order.cl_ord_id)
        if order.state not in (OrderState.PENDING_CANCEL, OrderState.UNKNOWN_CANCEL):
            await self.desk.submitter.cancel(order)

    async def pause_for(self, seconds: float, note: str = "") -> None:
        """Wait, shorter if something changes; longer while paused."""
        self._check()
        if note:
            self.say(note)
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
        await self._cleared()

    async def _cleared(self) -> None:
        """Wait while paused.

        Raises:
            _Stopped: It was stopped.
        """
        began = self.desk.clock.mono_ns()
        while self.state is HelperState.PAUSED:
            self._wake.clear()
            await self._wake.wait()
            now = self.desk.clock.mono_ns()
            self.paused_ns, began = self.paused_ns + now - began, now
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

    def say(self, note: str) -> None:
        """Put a note into the row."""
        if note != self.note:
            self.note = note
            self.desk.changed()

    def _sent(self, result: Sent | Held) -> WorkingOrder | None:
        why, final = _kept_back(result)
        self.refused = final
        if why:
            self.say(f"refused: {why}" if final else f"waiting: {why}")
            return None
        self.say("")
        return None if isinstance(result, Held) else result.order

    def _check(self) -> None:
        if self.state is HelperState.STOPPED:
            raise _Stopped


def _kept_back(result: Sent | Held) -> tuple[str, bool]:
    """Return why an order or a change did not go out, empty if it did, and whether that is final.

    Raises:
        HelperFailed: Nobody knows whether it did.
    """
    if isinstance(result, Held):
        return result.text, result.code not in PASSING
    match result.outcome:
        case Unknown(reason=reason):
            raise HelperFailed(f"outcome unknown ({reason}): the engine asks the venue")
        case NotSent(error=error):
            return error, False
        case Refused(error=error):
            return error, True
    order = result.order
    refused = order is not None and order.state is OrderState.REJECTED
    return (order.reason or "refused", True) if order is not None and refused else ("", False)


class _Stopped(Exception):
    """The user or the kill switch ended the helper."""


def crossed(order: WorkingOrder) -> bool:
    """Return whether a post-only order ended because it would have taken (`ws-v2.md` §9.1)."""
    return order.state.terminal and order.post_only and "post only" in order.reason.lower()


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
    return f"{plain(done.normalize())} of {plain(total.normalize())} done"
