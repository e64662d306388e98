"""Statements that trade: resolved against the market, judged, sent.

One method per statement. Whether this client may trade at all is asked in
`app.engine.commands`, before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.clock import NS_PER_MS
from app.domain.order import Draft, OrderRequest, Price
from app.domain.quote import QuoteError, resolve, resolve_price
from app.domain.quote_changes import Changes, resolve_change
from app.domain.quote_many import closing_draft, resolve_batch, resolve_bracket, resolve_ladder
from app.domain.statements import Batch, Bracket, Change, Chase, Edit, HelperControl, Scale, Twap
from app.domain.working import WorkingOrder
from app.engine.batches import Batches
from app.engine.entry import Entry, Sent
from app.engine.gate import Gate
from app.engine.helpers.base import Helper, HelperDesk
from app.engine.helpers.bracket import Bracket as BracketHelper
from app.engine.helpers.bracket import Exits
from app.engine.helpers.chase import Chase as ChaseHelper
from app.engine.helpers.registry import Helpers
from app.engine.helpers.scale import Scale as ScaleHelper
from app.engine.helpers.twap import Twap as TwapHelper
from app.engine.state import DeskState
from app.engine.submit import Held, Submitter
from app.engine.watch import Watch
from app.link.frames import Severity, Trust
from app.workers.feed import Venue

BOOK_WAIT_S = 3.0
"""How long a pair that no screen shows may take until its book is verified."""


class Trading:
    """Sends what statements ask for.

    Args:
        state: The desk.
        gate: The risk gate.
        entry: The wire for single orders.
        venue: Connections.
        watch: Subscriptions, for pairs that nobody shows.
        spawn: Runs a task that the engine owns.
        say: Adds an event: kind, severity, text.
    """

    def __init__(
        self,
        state: DeskState,
        gate: Gate,
        entry: Entry,
        venue: Venue,
        watch: Watch,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        say: Callable[[str, Severity, str], object],
    ) -> None:
        self._state = state
        self._say = say
        self._gate = gate
        self._batches = Batches(state, venue, entry)
        self._watch = watch
        self._news = asyncio.Event()
        self.submitter = Submitter(state, gate, entry, self._kept_back)
        self.helpers = Helpers(spawn, say)
        self._desk = HelperDesk(state.clock, state.orders, self.submitter, gate.market, self.helpers.changed)

    async def place(self, draft: Draft, text: str, *, automatic: bool = False) -> Sent | Held:
        """Send one order.

        Args:
            draft: What is asked for.
            text: The line.
            automatic: Whether a script asks, not a person.

        Raises:
            QuoteError: A size or price makes no sense on this market.
        """
        await self._ready(draft.symbol)
        return await self.submitter.place(self._resolved(draft), text, automatic=automatic)

    async def batch(self, statement: Batch, text: str, *, automatic: bool = False) -> tuple[Sent, ...] | Held:
        """Send 2 to 15 orders in one message; the gate lets all pass or none.

        Args:
            statement: What is asked for.
            text: The line.
            automatic: Whether a script asks, not a person.

        Raises:
            QuoteError: A size or price makes no sense on this market.
        """
        await self._ready(statement.drafts[0].symbol)
        requests = self.legs(statement)
        held = self.submitter.judge_batch(requests, automatic=automatic)
        if held is not None:
            self._kept_back(f"not sent: {held.text}", requests[0].symbol)
            return held
        dated = [replace(request, deadline_ns=self.submitter.deadline(request)) for request in requests]
        return await self._batches.place(dated, text)

    def changes(self, statement: Change, order: WorkingOrder) -> Changes:
        """Return the exact new terms that an amend or edit asks for.

        Raises:
            QuoteError: One of them makes no sense.
        """
        return resolve_change(statement, order, self._gate.market(order.symbol), self._gate.funds(order.symbol))

    async def change(self, statement: Change, order: WorkingOrder) -> Sent | Held:
        """Change an order: in place, or by an edit if that is asked for.

        Raises:
            QuoteError: A term makes no sense, or nothing would change.
        """
        changes = self.changes(statement, order)
        if changes.nothing:
            raise QuoteError("nothing to change", "give a new size, a price after @, a display size or a trigger")
        if isinstance(statement, Edit):
            return await self.submitter.edit(order, changes)
        return await self.submitter.amend(order, changes)

    async def close(self, symbol: str, text: str, *, reverse: bool = False) -> Sent | Held:
        """Close (or turn) this session's position on a pair.

        Raises:
            QuoteError: It is flat, or there is no price.
        """
        await self._ready(symbol)
        request = self._resolved(self.closing(symbol, reverse=reverse))
        return await self.submitter.place(request, text, leaving=not reverse)

    def closing(self, symbol: str, *, reverse: bool = False) -> Draft:
        """Return the order that closes (or turns) this session's position.

        Raises:
            QuoteError: It is flat.
        """
        return closing_draft(symbol, self._state.positions.get(symbol).qty, reverse=reverse)

    def legs(self, statement: Batch) -> tuple[OrderRequest, ...]:
        """Return the orders of a batch.

        Raises:
            QuoteError: A size or price makes no sense.
        """
        symbol = statement.drafts[0].symbol
        market, funds = self._gate.market(symbol), self._gate.funds(symbol)
        return resolve_batch(statement, market, funds, self.submitter.fresh_id, now_ns=self._venue_now())

    def rungs(self, statement: Scale) -> tuple[OrderRequest, ...]:
        """Return the orders of a ladder.

        Raises:
            QuoteError: A size or price makes no sense.
        """
        symbol = statement.draft.symbol
        market, funds = self._gate.market(symbol), self._gate.funds(symbol)
        return resolve_ladder(statement, market, funds, self.submitter.fresh_id, now_ns=self._venue_now())

    def open_symbols(self) -> tuple[str, ...]:
        """Return the pairs with a position of this session."""
        return self._state.positions.open_symbols()

    async def scale(self, statement: Scale, text: str) -> str | Held:
        """Start a ladder; returns the helper's name, or why it can't start.

        Raises:
            QuoteError: A size or price makes no sense.
        """
        held = await self._startable(statement.draft.symbol)
        return held or self._start(ScaleHelper(self._desk, self.helpers.next_name(), text, self.rungs(statement)))

    async def twap(self, statement: Twap, text: str) -> str | Held:
        """Start a TWAP; as `scale`."""
        held = await self._startable(statement.draft.symbol)
        if held is not None:
            return held
        request, limit = self._bounded(statement.draft, statement.limit)
        name = self.helpers.next_name()
        return self._start(TwapHelper(self._desk, name, text, request, statement.over_s, statement.every_s, limit))

    async def chase(self, statement: Chase, text: str) -> str | Held:
        """Start a chase; as `scale`."""
        held = await self._startable(statement.draft.symbol)
        if held is not None:
            return held
        request, limit = self._bounded(statement.draft, statement.limit)
        name = self.helpers.next_name()
        return self._start(ChaseHelper(self._desk, name, text, request, limit, statement.for_s))

    async def bracket(self, statement: Bracket, order: WorkingOrder, text: str) -> str:
        """Start a bracket around an order; returns the helper's name.

        It starts on a blocked desk as well: whatever has filled waits for its guard.

        Raises:
            QuoteError: A price makes no sense or is on the wrong side.
        """
        await self._ready(order.symbol)
        prices = resolve_bracket(statement, order, self._gate.market(order.symbol))
        exits = Exits(prices.take_profit, prices.stop, prices.stop_limit)
        return self._start(BracketHelper(self._desk, self.helpers.next_name(), text, order, exits))

    async def _startable(self, symbol: str) -> Held | None:
        """Return why no new helper may start now; None if one may.

        One that started under an engaged kill switch would send once that is released.
        """
        await self._ready(symbol)
        blocked = self._state.blocked(symbol)
        return Held(blocked, "start it once that is over") if blocked else None

    def _start(self, helper: Helper) -> str:
        self.helpers.start(helper)
        return helper.name

    def _bounded(self, draft: Draft, limit: Price | None) -> tuple[OrderRequest, Decimal | None]:
        request = self._resolved(draft)
        market = self._gate.market(request.symbol)
        return request, None if limit is None else resolve_price(limit, market, request.side)

    def control(self, statement: HelperControl) -> str:
        """Pause, resume or stop helpers; returns what was done, empty if none was meant."""
        return self.helpers.control(statement)

    def _kept_back(self, text: str, symbol: str) -> None:
        self._say("reject", Severity.WARN, f"{symbol}: {text}")

    def _resolved(self, draft: Draft) -> OrderRequest:
        market, funds = self._gate.market(draft.symbol), self._gate.funds(draft.symbol)
        return resolve(draft, market, funds, self.submitter.fresh_id(), now_ns=self._venue_now())

    def _venue_now(self) -> int:
        return self._state.clock.now_ns() + (self._state.offset_ms() or 0) * NS_PER_MS

    def book_back(self) -> None:
        """A book is verified (again): whoever waits for it looks."""
        self._news.set()

    async def _ready(self, symbol: str) -> None:
        """Have a verified book of a pair that no screen shows; the gate says no if that fails.

        A book that is there and in doubt is refused at once: an order must
        not leave when nobody expects it any more.
        """
        state = self._state
        if symbol not in state.market.instruments or state.trust(symbol) not in (Trust.NONE, Trust.SYNCING):
            return
        self._watch.show(symbol)
        try:
            async with asyncio.timeout(BOOK_WAIT_S):
                while state.trust(symbol) is not Trust.VERIFIED:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return
