"""Every fill of the account counted once, also those that happened while nobody listened.

The snapshot of the account stream shows the latest 50 fills only (`ws-v2.md`
§7.1). Unless it reaches back to a fill that is known, or to before this
session, the rest is fetched from the history before new orders may go out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from decimal import Decimal

from app.clock import NS_PER_S, Clock
from app.domain.instrument import plain
from app.domain.working import WorkingOrder
from app.engine.executions import fill_note
from app.engine.journal import FillNote, Journal
from app.engine.orders import Orders, key_of
from app.engine.positions import Positions
from app.engine.trail import Trails
from app.protocol.ws2.private import ExecKind, ExecutionRow
from app.workers.feed import ReadError, RestTrade, Venue

log = logging.getLogger(__name__)

ASK_FIRST_S = 0.5
ASK_MOST_S = 8.0

GIVE_UP_NS = 60 * NS_PER_S
"""So long the history may lag behind the snapshot, or refuse to answer, before the desk opens without it."""

OVERLAP_NS = 10 * NS_PER_S
"""The history is asked for from so long before the latest known fill, as its times have whole seconds."""


class Fills:
    """Counts fills into the session's positions.

    Args:
        clock: Time.
        venue: Connections.
        orders: Store of orders.
        positions: What the fills make.
        journal: Keeps each fill.
        trails: The stories of orders.
        say: Called with a line when missed fills were taken in.
        warn: Called with a line when they could not be.
    """

    def __init__(
        self,
        clock: Clock,
        venue: Venue,
        orders: Orders,
        positions: Positions,
        journal: Journal,
        trails: Trails,
        say: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._venue = venue
        self._orders = orders
        self._positions = positions
        self._journal = journal
        self._trails = trails
        self._say = say
        self._warn = warn
        self._began_ns = clock.now_ns()
        self._latest_ns = self._began_ns
        self._since_ns = self._began_ns
        self._wake = asyncio.Event()
        self._joined = False
        self._oldest: FillNote | None = None
        self._wanted: set[str] | None = None

    @property
    def done(self) -> bool:
        """Whether no fill can be missing from the positions."""
        return self._wanted is None

    def news(self, at_ns: int) -> bool:
        """Return whether something that happened then is of this session."""
        return at_ns >= self._began_ns

    def begin(self) -> None:
        """The account stream is being set up anew: a snapshot of the latest fills comes."""
        self._joined, self._oldest = False, None
        if self.done:
            # What comes from now on may lie behind a gap: only older fills prove that none is missing.
            self._since_ns = self._latest_ns

    def report(self, row: ExecutionRow, order: WorkingOrder | None, *, snapshot: bool) -> None:
        """Take in a fill that the account stream tells.

        Args:
            row: Any report; only fills count.
            order: Its order, if known.
            snapshot: Whether it belongs to the latest fills of a snapshot.
        """
        note = fill_note(row, order)
        if note is None:
            if row.kind is ExecKind.TRADE and row.exec_id is not None and self.news(row.at_ns):
                self._want({row.exec_id})  # it says too little of itself
            return
        if snapshot:
            if not self.news(note.ts_ns) or (note.ts_ns <= self._since_ns and self._positions.knows(note.exec_id)):
                self._joined = True
            elif self._oldest is None or note.ts_ns < self._oldest.ts_ns:
                self._oldest = note
        if self.news(note.ts_ns):
            self._count(note)

    def snapshot_complete(self) -> None:
        """All that the snapshot has was told: fetch the rest if something may lie between."""
        if not self._joined:
            self._want(set() if self._oldest is None else {self._oldest.exec_id})

    def _want(self, exec_ids: set[str]) -> None:
        """Fetch until the history shows these fills."""
        self._wanted = exec_ids | (self._wanted or set())
        self._wake.set()

    async def run(self) -> None:
        """Fetch missed fills whenever there may be some."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._fetch()

    async def _fetch(self) -> None:
        """Ask until the history reaches the oldest fill of the snapshot."""
        began, pause = self._clock.mono_ns(), ASK_FIRST_S
        while self._wanted is not None:
            wanted, reached = self._wanted, False
            try:
                missed = await self._venue.trades_since(self._since_ns - OVERLAP_NS)
            except ReadError as error:
                log.info("missed fills: %s", error)
            else:
                self._take_in(missed)
                reached = wanted <= {trade.exec_id for trade in missed}
            if self._wanted is not wanted:
                continue  # another snapshot came meanwhile
            if reached:
                self._wanted = None
            elif self._clock.mono_ns() - began > GIVE_UP_NS:
                self._wanted = None
                self._warn("fills of the outage may be missing from the positions: compare them with the venue")
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, ASK_MOST_S)

    def _take_in(self, trades: Iterable[RestTrade]) -> None:
        taken = [note for note in map(_noted, trades) if self.news(note.ts_ns) and self._count(note)]
        if not taken:
            return
        sums: dict[tuple[str, str], Decimal] = {}
        for note in taken:
            sums[note.symbol, note.side] = sums.get((note.symbol, note.side), Decimal(0)) + note.qty
            order = self._orders.locate(note.order_id)
            if order is not None:
                text = f"fill of the outage: {plain(note.qty)} @ {plain(note.price)}, {note.exec_id}"
                self._trails.add(key_of(order), text)
        parts = ", ".join(f"{symbol} {side} {plain(qty)}" for (symbol, side), qty in sorted(sums.items()))
        self._say(f"{len(taken)} fills of the outage taken in: {parts}")

    def _count(self, note: FillNote) -> bool:
        """Count a fill; returns whether it was news."""
        if not self._positions.fill(note):
            return False
        self._journal.note(note)
        self._latest_ns = max(self._latest_ns, note.ts_ns)
        return True


def _noted(trade: RestTrade) -> FillNote:
    quote = trade.symbol.partition("/")[2]
    return FillNote(
        trade.exec_id,
        trade.order_id,
        trade.symbol,
        trade.side.value,
        trade.qty,
        trade.price,
        trade.fee,
        quote,
        trade.maker,
        trade.at_ns,
    )
