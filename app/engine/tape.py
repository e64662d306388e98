"""Time & sales of one pair: every print as it came, joined only for who looks."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from app.clock import NS_PER_MS
from app.domain.instrument import Instrument
from app.domain.order import Side
from app.link.frames import TapeJoin, TapePrint

PRINTS_KEPT = 2000
JOIN_NS = 20 * NS_PER_MS
"""Prints of one side, each no further than this from the one before and at no better price, are one sweep."""


class Print(NamedTuple):
    """One public trade.

    Attributes:
        ts_ns: Venue's wall time.
        price: Price.
        qty: Base quantity.
        buy: Whether the taker bought.
        sweep: Number of the sweep it belongs to.
        level: Price levels that the sweep had reached with it.
        skipped: Trade numbers between the one before and this that never came.
    """

    ts_ns: int
    price: Decimal
    qty: Decimal
    buy: bool
    sweep: int
    level: int
    skipped: int = 0


class Tape:
    """The latest prints of a pair, newest first, a bounded number of them.

    Attributes:
        version: Changes with every print.
    """

    def __init__(self) -> None:
        self._prints: deque[Print] = deque(maxlen=PRINTS_KEPT)
        self._written: dict[tuple[Print, ...], TapePrint] = {}
        self._instrument: Instrument | None = None
        self.version = 0

    def add(self, ts_ns: int, price: Decimal, qty: Decimal, side: Side, skipped: int = 0) -> None:
        """Add the newest print.

        Args:
            ts_ns: Venue's wall time.
            price: Price.
            qty: Base quantity.
            side: Of the taker.
            skipped: Trade numbers between the one before and this that never came.
        """
        buy = side is Side.BUY
        sweep, level = 1, 1
        if self._prints:
            last = self._prints[0]
            sweep = last.sweep + 1
            onward = price >= last.price if buy else price <= last.price
            if not skipped and last.buy == buy and onward and 0 <= ts_ns - last.ts_ns < JOIN_NS:
                sweep, level = last.sweep, last.level + (price != last.price)
        self._prints.appendleft(Print(ts_ns, price, qty, buy, sweep, level, skipped))
        self.version += 1

    def before(self, ts_ns: int) -> Print | None:
        """Return the newest print that is not younger than a wall time; None if it is not kept."""
        return next((item for item in self._prints if item.ts_ns <= ts_ns), None)

    def lines(self, join: TapeJoin, least_lots: int, most: int, instrument: Instrument | None) -> tuple[TapePrint, ...]:
        """Return the newest lines.

        Args:
            join: What is added up into one line.
            least_lots: Smallest quantity of a line that is wanted.
            most: Lines that fit.
            instrument: For the texts, if the pair is known.
        """
        if instrument is not self._instrument:
            self._instrument = instrument
            self._written.clear()
        before, self._written = self._written, {}
        found: list[TapePrint] = []
        for group in self._groups(join):
            if len(found) >= most:
                break
            qty = sum((item.qty for item in group), Decimal(0))
            if not least_lots or instrument is None or instrument.whole_lots(qty) >= least_lots:
                prints = tuple(group)
                line = self._written[prints] = before.get(prints) or _line(group, qty, instrument)
                found.append(line)
            if group[-1].skipped:
                found.append(TapePrint(group[-1].ts_ns, "", "", group[-1].buy, skipped=group[-1].skipped))
        return tuple(found[:most])

    def _groups(self, join: TapeJoin) -> Iterator[list[Print]]:
        """Yield what is one line, newest first."""
        group: list[Print] = []
        for item in self._prints:
            if group and _one_line(join, group[-1], item):
                group.append(item)
                continue
            if group:
                yield group
            group = [item]
        if group:
            yield group


def _one_line(join: TapeJoin, newer: Print, older: Print) -> bool:
    """Say whether two neighbours are added up."""
    if join is TapeJoin.NONE or newer.sweep != older.sweep:
        return False
    return join is TapeJoin.SWEEP or newer.price == older.price


def _line(group: list[Print], qty: Decimal, instrument: Instrument | None) -> TapePrint:
    """Write a line of prints, the newest first."""
    newest, oldest = group[0], group[-1]
    price = instrument.price_text if instrument else str
    return TapePrint(
        newest.ts_ns,
        price(newest.price),
        instrument.qty_text(qty) if instrument else str(qty),
        newest.buy,
        len(group),
        start="" if oldest.price == newest.price else price(oldest.price),
        sweep=newest.sweep,
        level=newest.level,
    )
