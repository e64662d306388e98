"""Assets of the account."""

from __future__ import annotations

from typing import ClassVar

from app.link.frames import BalanceRow
from widgets.blotter import Blotter, Column, Row
from widgets.plate import guarded
from widgets.text import clean


class Balances(Blotter):
    """Total, held by orders, available, and the value in USD."""

    EMPTY = "no balances: public data only, or not asked for yet"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("ASSET", 5, 0, grow=8),
        Column("AVAILABLE", 14, 1, right=True, grow=18),
        Column("HELD", 12, 3, right=True, grow=16),
        Column("TOTAL", 14, 4, right=True, grow=18),
        Column("USD", 12, 2, right=True, grow=16),
    )

    @guarded
    def apply(self, balances: tuple[BalanceRow, ...]) -> None:
        """Show balances.

        Args:
            balances: One row an asset.
        """
        self.put(tuple(_row(balance) for balance in balances))


def _row(balance: BalanceRow) -> Row:
    """Turn a balance into cells; what orders hold stands out only if it is not zero."""
    held = clean(balance.held)
    return Row(
        balance.asset,
        (
            (balance.asset, "strong"),
            (balance.available, "text"),
            (held if held.strip("0.,") else "-", "warn" if held.strip("0.,") else "faint"),
            (balance.total, "muted"),
            (balance.value, "text"),
        ),
    )
