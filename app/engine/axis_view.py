"""What is marked on the price axis of a ladder: alerts, the position's prices, own fills."""

from __future__ import annotations

from app.domain.instrument import Instrument, to_units
from app.domain.order import Side
from app.engine.alerts import Alerts
from app.engine.ladder_view import Scale
from app.engine.state import DeskState
from app.link.frames import AxisMark


def marks(
    state: DeskState, alerts: Alerts, symbol: str, scale: Scale, instrument: Instrument, window: range
) -> tuple[AxisMark, ...]:
    """Return the marks within a window.

    Args:
        state: The desk.
        alerts: All alerts.
        symbol: Pair.
        scale: Units per row.
        instrument: The pair.
        window: Rows that are seen.
    """
    found = [AxisMark(_row(scale, alert.units), "alert") for alert in alerts.of(symbol)]
    position = state.positions.get(symbol)
    taker = state.account.fee_rates(symbol).taker
    for kind, price in (("average", position.avg_price), ("breakeven", position.break_even(taker))):
        if price is not None:
            found.append(AxisMark(_row(scale, to_units(price.quantize(instrument.tick))), kind))
    for side, price in state.positions.fills(symbol):
        found.append(AxisMark(scale.row_of(side, to_units(price)), "fill", side is Side.BUY))
    return tuple(dict.fromkeys(mark for mark in found if mark.row in window))


def _row(scale: Scale, units: int) -> int:
    """Return the row nearest to a price that belongs to no side."""
    return (units + scale.row // 2) // scale.row
