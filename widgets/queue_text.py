"""An own order's queue in words: its place, why it moved, when it may fill."""

from __future__ import annotations

from app.link.frames import OwnMark, QueueMoves
from widgets.numbers import MS_PER_S, short_qty, span

MOVED_CELLS = 6
"""Cells of each quantity in `t1.2 c0.4`."""


def moved_forms(mark: OwnMark | None) -> tuple[str, ...]:
    """Say what left ahead of an order and when it may fill, the longest form first.

    Returns:
        `t1.2 c0.4 1m t0.1 c0 est 2:10-9:00`: traded and cancelled since entry,
        then in the last minute, then the estimate; `?0.3` is what is not
        attributed, `+` in front says that it was seen later than it joined.
        A single empty text if nothing is known.
    """
    moves = mark.moves if mark is not None else None
    if mark is None or moves is None:
        return ("",)
    since = "" if moves.whole else "+"
    entry = f"{since}t{_lots(moves.traded, mark)} c{_lots(moves.cancelled, mark)}"
    minute = f"1m t{_lots(moves.traded_1m, mark)} c{_lots(moves.cancelled_1m, mark)}"
    unsure = moves.pending + moves.unknown
    sure = f"{entry} ?{_lots(unsure, mark)}" if unsure else entry
    guess = f"est {_range(moves)}"
    return (f"{sure} {minute} {guess}", f"{sure} {guess}", sure, f"{entry}?" if unsure else entry, "")


def _range(moves: QueueMoves) -> str:
    if moves.soonest_s < 0:
        return "?"
    soonest = span(moves.soonest_s * MS_PER_S)
    return f">{soonest}" if moves.latest_s < 0 else f"{soonest}-{span(moves.latest_s * MS_PER_S)}"


def _lots(lots: int, mark: OwnMark) -> str:
    return short_qty(lots, mark.qty_dp, MOVED_CELLS)
