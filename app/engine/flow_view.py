"""What happens at the visible rows of a ladder: ages, stacking and pulling, flicker, executions.

Only for rows that are on a screen that asked for it; the cost grows with them
and with the orders at their prices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.clock import NS_PER_MS, NS_PER_S, rfc3339
from app.domain.book import L3Book
from app.domain.book_flow import BookFlow
from app.domain.iceberg import Iceberg
from app.domain.instrument import from_units, plain
from app.domain.level_flow import SPAN_S
from app.domain.order import Side
from app.engine.ladder_view import AnyBook, Scale
from app.engine.market import PairMarket
from app.link.frames import FADES_MS, FLOW_S, Gap, LevelFlow

assert FLOW_S == SPAN_S

NEW_S, MID_S = 1, 10
"""Ages that the resting quantity is told apart by, seconds."""


def _two() -> list[int]:
    """Return a sum of the buys and one of the sells."""
    return [0, 0]


@dataclass(slots=True)
class _Sums:
    """Sums of one row, units."""

    new: list[int] = field(default_factory=_two)
    mid: list[int] = field(default_factory=_two)
    stacked: list[int] = field(default_factory=_two)
    pulled: list[int] = field(default_factory=_two)
    flicked: list[int] = field(default_factory=_two)
    bought: int = 0
    sold: int = 0
    last: int = 0
    last_buy: bool = False
    last_ns: int = 0
    iceberg: str = ""


GAP_SHOWN_NS = 600 * NS_PER_S
"""How long a break in the data is worth a word."""


def gap(pair: PairMarket, mono_ns: int) -> Gap | None:
    """Return the last break in a pair's data; None if there was none lately."""
    last = pair.gap
    if last is None or mono_ns - last.ended_ns > GAP_SHOWN_NS:
        return None
    return Gap((mono_ns - last.ended_ns) // NS_PER_MS, last.lasted_ns // NS_PER_MS)


def flows(
    pair: PairMarket, book: AnyBook, scale: Scale, tick: int, top_row: int, rows: int, mono_ns: int
) -> tuple[LevelFlow, ...]:
    """Return what happens at the rows of a window, highest first; rows without news are left out.

    Args:
        pair: The pair's market.
        book: Its book.
        scale: Units per row and lot.
        tick: Units per tick.
        top_row: Uppermost row.
        rows: Height of the window.
        mono_ns: Monotonic time.
    """
    sums: dict[int, _Sums] = {}
    low, high = (top_row - rows) * scale.row, (top_row + 1) * scale.row
    if isinstance(book, L3Book):
        for side in Side:
            _resting(pair, book, side, scale, low, high, mono_ns, sums)
    for price, at in pair.volume.between(low, high, tick):
        for side, qty in ((Side.SELL, at.bought), (Side.BUY, at.sold)):
            if qty:
                row = sums.setdefault(scale.row_of(side, price), _Sums())
                row.bought += at.bought if side is Side.SELL else 0
                row.sold += at.sold if side is Side.BUY else 0
        newest = sums[scale.row_of(Side.SELL if at.last_bought else Side.BUY, price)]
        if at.last_ns >= newest.last_ns:
            newest.last, newest.last_buy, newest.last_ns = at.last_qty, at.last_bought, at.last_ns
    low_row = top_row - rows
    return tuple(
        _row(row, sums[row], scale.lot, mono_ns) for row in sorted(sums, reverse=True) if low_row < row <= top_row
    )


def _resting(
    pair: PairMarket,
    book: L3Book,
    side: Side,
    scale: Scale,
    low: int,
    high: int,
    mono_ns: int,
    sums: dict[int, _Sums],
) -> None:
    """Add up ages and flow of one side's levels."""
    now = pair.venue_ns(mono_ns)
    times = (rfc3339(now - NEW_S * NS_PER_S, 9), rfc3339(now - MID_S * NS_PER_S, 9)) if now else ("~", "~")
    flow, at = pair.flow, 0 if side is Side.BUY else 1
    sign = 1 if side is Side.BUY else -1
    now_s = now // NS_PER_S
    for price, new, mid in book.younger(side, low, high, times):
        row_no = scale.row_of(side, price)
        row = sums.get(row_no)
        if row is None:
            row = sums[row_no] = _Sums()
        row.new[at] += new
        row.mid[at] += mid
        if flow is None:
            continue
        moved = flow.levels.at(price * sign, now_s)
        row.stacked[at] += moved.added
        row.flicked[at] += moved.flicked
        if moved.removed:
            traded = pair.volume.lately(price, mono_ns, SPAN_S + 1, bids=side is Side.BUY)
            row.pulled[at] += max(0, moved.removed - traded)
    if flow is not None:
        for row_no, text in _icebergs(flow, side, scale, low, high, mono_ns):
            sums.setdefault(row_no, _Sums()).iceberg = text


def _icebergs(flow: BookFlow, side: Side, scale: Scale, low: int, high: int, mono_ns: int) -> Iterator[tuple[int, str]]:
    """Yield the rows of one side with evidence of a reserve, and what is to be said there."""
    for key in flow.icebergs.levels():
        price = key if side is Side.BUY else -key
        if low <= price <= high and (found := flow.icebergs.at(key, mono_ns)) is not None:
            yield scale.row_of(side, price), iceberg_text(found)


def iceberg_text(found: Iceberg) -> str:
    """Return the letter and what was executed so far: `T0.35`."""
    return f"{found.letter}{plain(from_units(found.executed).normalize())}"


def _row(row: int, sums: _Sums, lot: int, mono_ns: int) -> LevelFlow:
    flick = [
        min(100, 100 * gone // came) if came else -1 for gone, came in zip(sums.flicked, sums.stacked, strict=True)
    ]
    return LevelFlow(
        row,
        sums.new[0] // lot,
        sums.mid[0] // lot,
        sums.new[1] // lot,
        sums.mid[1] // lot,
        sums.stacked[0] // lot,
        sums.pulled[0] // lot,
        sums.stacked[1] // lot,
        sums.pulled[1] // lot,
        flick[0],
        flick[1],
        sums.bought // lot,
        sums.sold // lot,
        sums.last // lot,
        sums.last_buy,
        sum(mono_ns - sums.last_ns >= age_ms * NS_PER_MS for age_ms in FADES_MS) if sums.last else 0,
        sums.iceberg,
    )
