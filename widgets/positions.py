"""What this session's fills made of each pair."""

from __future__ import annotations

from typing import ClassVar

from app.link.frames import PositionRow
from widgets.blotter import Blotter, Column, Row
from widgets.plate import guarded
from widgets.text import clean


class Positions(Blotter):
    """Net quantity, entry, break-even and profit of the session."""

    EMPTY = "flat: no fills in this session"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("PAIR", 8, 0, grow=10),
        Column("NET", 12, 1, right=True, grow=16),
        Column("uP&L", 10, 2, right=True, grow=14),
        Column("rP&L", 10, 3, right=True, grow=14),
        Column("BREAK-EVEN", 10, 4, right=True, grow=13),
        Column("AVERAGE", 10, 5, right=True, grow=13),
        Column("FEES", 8, 6, right=True, grow=12),
        Column("IN", 4, 7),
    )

    @guarded
    def apply(self, positions: tuple[PositionRow, ...]) -> None:
        """Show positions.

        Args:
            positions: One row a pair.
        """
        self.put(tuple(_row(position) for position in positions))


def signed_ink(text: str) -> str:
    """Choose the ink of a signed amount: its sign says the same."""
    if not text.strip("+-\u22120.,"):
        return "muted"
    return "bad" if text.startswith(("-", "\u2212")) else "good"


def _row(position: PositionRow) -> Row:
    """Turn a position into cells."""
    net = clean(position.net)
    side = "muted" if net == "flat" else "ask" if net.startswith(("-", "\u2212")) else "bid"
    return Row(
        position.symbol,
        (
            (position.symbol, "strong"),
            (net, side),
            (position.unrealised, signed_ink(clean(position.unrealised))),
            (position.realised, signed_ink(clean(position.realised))),
            (position.breakeven or "-", "text"),
            (position.average or "-", "muted"),
            (position.fees, "muted"),
            (position.quote, "muted"),
        ),
    )
