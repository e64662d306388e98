"""Questions to a venue over REST, answered with v2 names. Asking twice is safe."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from app.clock import NS_PER_S, Clock
from app.protocol.rest import messages
from app.protocol.rest.errors import Retry
from app.protocol.rest.messages import NotRestError
from app.protocol.rest.names import Names, rest_pair
from app.protocol.rest.records import (
    FeeRates,
    KeyInfo,
    RestAmend,
    RestBalance,
    RestLedger,
    RestLevel3,
    RestOrder,
    RestPosition,
    RestTrade,
)
from app.workers.outcome import ReadError
from app.workers.rest import Answer, RestClient

QUERY_MAX = 50
"""Ids in one `QueryOrders` (`rest.md` §3.7)."""

PAGES_MAX = 20
_NS_PER_US = 1000
_T = TypeVar("_T")


class Questions:
    """Everything that is asked of one venue.

    Args:
        rest: The client.
        clock: Time.
    """

    def __init__(self, rest: RestClient, clock: Clock) -> None:
        self._rest = rest
        self._clock = clock
        self._names = Names()

    async def names(self) -> Names:
        """Return the table of names, fetched once."""
        if not self._names.loaded:
            answer = await self._rest.public("AssetPairs")
            self._names.load(_usable(lambda: messages.pair_names(answer.result)))
        return self._names

    async def open_orders(self) -> tuple[RestOrder, ...]:
        """Return all open orders."""
        names = await self.names()
        answer = await self._rest.read("OpenOrders")
        return _usable(lambda: messages.open_orders(answer.result, names))

    async def query_orders(self, txids: Sequence[str]) -> tuple[RestOrder, ...]:
        """Return those of the named orders that the venue knows.

        Whether an unknown id fails the whole call is UNCONFIRMED (§3.7); an
        answer that calls the ids invalid counts as none known.
        """
        names = await self.names()
        found: list[RestOrder] = []
        for start in range(0, len(txids), QUERY_MAX):
            part = txids[start : start + QUERY_MAX]
            try:
                answer = await self._rest.read("QueryOrders", {"txid": ",".join(part)})
            except ReadError as error:
                if "EOrder:Invalid order" in error.message or "EOrder:Unknown order" in error.message:
                    continue
                raise
            found.extend(_usable(lambda raw=answer.result: messages.queried_orders(raw, names)))  # type: ignore[misc]
        return tuple(found)

    async def orders_by_cl_ord_id(self, cl_ord_id: str) -> tuple[RestOrder, ...]:
        """Return the open and closed orders with this id: a closed one may share it (`faults.md` §1.5)."""
        names = await self.names()
        fields = {"cl_ord_id": cl_ord_id}
        # One answer alone proves nothing: half the question must not use up what the whole needs.
        self._rest.expect("OpenOrders", "ClosedOrders")
        still = await self._rest.read("OpenOrders", fields)
        gone = await self._rest.read("ClosedOrders", fields)
        opened = _usable(lambda: messages.open_orders(still.result, names))
        closed, _ = _usable(lambda: messages.closed_orders(gone.result, names))
        # A venue that ignores the filter must not make us take another order for ours.
        return tuple(order for order in opened + closed if order.cl_ord_id == cl_ord_id)

    async def closed_orders(self, since_ns: int) -> tuple[RestOrder, ...]:
        """Return the orders that ended after a wall time, newest first."""
        names = await self.names()
        fields = {"start": str(since_ns // NS_PER_S), "closetime": "close"}

        async def page(offset: int) -> tuple[tuple[RestOrder, ...], int]:
            answer = await self._rest.read("ClosedOrders", fields | {"ofs": str(offset)})
            return _usable(lambda: messages.closed_orders(answer.result, names))

        return await _pages(page)

    async def trades_since(self, since_ns: int) -> tuple[RestTrade, ...]:
        """Return own fills after a wall time, newest first, taker fills not merged."""
        names = await self.names()
        fields = {"start": str(since_ns // NS_PER_S), "consolidate_taker": "false"}

        async def page(offset: int) -> tuple[tuple[RestTrade, ...], int]:
            answer = await self._rest.read("TradesHistory", fields | {"ofs": str(offset)})
            return _usable(lambda: messages.trades(answer.result, names))

        return await _pages(page)

    async def order_amends(self, order_id: str) -> tuple[RestAmend, ...]:
        """Return the states of an order, oldest first."""
        answer = await self._rest.read("OrderAmends", {"order_id": order_id})
        return _usable(lambda: messages.amends(answer.result))

    async def positions(self) -> tuple[RestPosition, ...]:
        """Return open margin positions with their present value."""
        names = await self.names()
        answer = await self._rest.read("OpenPositions", {"docalcs": "true"})
        return _usable(lambda: messages.positions(answer.result, names))

    async def ledger_since(self, since_ns: int) -> tuple[RestLedger, ...]:
        """Return ledger entries after a wall time, newest first."""
        names = await self.names()
        fields = {"start": str(since_ns // NS_PER_S)}

        async def page(offset: int) -> tuple[tuple[RestLedger, ...], int]:
            answer = await self._rest.read("Ledgers", fields | {"ofs": str(offset)})
            return _usable(lambda: messages.ledger(answer.result, names))

        return await _pages(page)

    async def balances_ex(self) -> tuple[RestBalance, ...]:
        """Return balances with what orders hold."""
        names = await self.names()
        answer = await self._rest.read("BalanceEx")
        return _usable(lambda: messages.balances_ex(answer.result, names))

    async def fee_rates(self, symbol: str) -> FeeRates:
        """Return the account's present fees of a pair."""
        answer = await self._rest.read("TradeVolume", {"pair": rest_pair(symbol)})
        return _usable(lambda: messages.fee_rates(answer.result, symbol))

    async def level3(self, symbol: str, depth: int) -> RestLevel3:
        """Return a book order by order; sent as JSON, as a form is UNCONFIRMED (`rest.md` §2.9)."""
        names = await self.names()
        answer = await self._rest.read("Level3", {"pair": symbol, "depth": str(depth)}, as_json=True)
        return _usable(lambda: messages.level3(answer.result, names))

    async def key_info(self) -> KeyInfo:
        """Return the rights of the key."""
        answer = await self._rest.read("GetApiKeyInfo")
        return _usable(lambda: messages.key_info(answer.result))

    async def server_offset_us(self) -> int:
        """Return venue clock minus ours; `Time` has whole seconds, so good to half a second."""
        answer: Answer = await self._rest.public("Time")
        venue = _usable(lambda: messages.decode_result(answer.result, messages.Time)).unixtime
        middle_ns = self._clock.now_ns() - answer.rtt_us * _NS_PER_US // 2
        return (venue * NS_PER_S + NS_PER_S // 2 - middle_ns) // _NS_PER_US

    async def system_status(self) -> str:
        """Return the state of the venue."""
        answer = await self._rest.public("SystemStatus")
        return _usable(lambda: messages.decode_result(answer.result, messages.SystemStatus)).status


def _usable(read: Callable[[], _T]) -> _T:
    """Read a result; an unreadable one is a failed question."""
    try:
        return read()
    except (NotRestError, ValueError) as error:
        raise ReadError(str(error), "", Retry.BACK_OFF) from None


async def _pages(page: Callable[[int], Awaitable[tuple[tuple[_T, ...], int]]]) -> tuple[_T, ...]:
    """Gather all pages of a history, up to a bound.

    Raises:
        ReadError: There are more pages than anybody should fetch.
    """
    rows: list[_T] = []
    for _ in range(PAGES_MAX):
        part, count = await page(len(rows))
        rows.extend(part)
        if not part or len(rows) >= count:
            return tuple(rows)
    raise ReadError(f"more than {PAGES_MAX} pages of history", "ask from a later time on")
