"""View frames of a market beside its ladder: the heat map and the depth profile."""

from __future__ import annotations

from msgspec import Struct


class HeatColumn(Struct, frozen=True, gc=False, array_like=True):
    """One second of the heat map; rows are counted from the top of its window.

    Attributes:
        second: Engine's wall time in seconds.
        cells: Resting quantity of each row at the end of the second, lots.
        bid: Row of the best bid, also outside the window; None without one.
        ask: Row of the best ask.
        bought: Rows at which takers bought in the second.
        sold: Rows at which takers sold.
        own: Rows at which own orders rested.
        broken: There was no believable book.
    """

    second: int
    cells: tuple[int, ...]
    bid: int | None = None
    ask: int | None = None
    bought: tuple[int, ...] = ()
    sold: tuple[int, ...] = ()
    own: tuple[int, ...] = ()
    broken: bool = False


class HeatView(Struct, frozen=True, gc=False):
    """Resting size over time in a window of prices.

    Attributes:
        symbol: Pair.
        price_dp: Decimals of a price.
        qty_dp: One lot is `10**-qty_dp`.
        step: Price of one row as text.
        top_row: Uppermost row in steps of it.
        rows: Rows.
        columns: A second each, oldest first.
    """

    symbol: str
    price_dp: int
    qty_dp: int
    step: str
    top_row: int
    rows: int
    columns: tuple[HeatColumn, ...] = ()


class DepthRow(Struct, frozen=True, gc=False, array_like=True):
    """Quantity up to one distance from the middle.

    Attributes:
        away: The distance as text.
        bid: Buy quantity no farther away, lots.
        ask: Sell quantity no farther away.
        bps: The distance in hundredths of a percent of the middle.
    """

    away: str
    bid: int
    ask: int
    bps: int


class DepthView(Struct, frozen=True, gc=False):
    """The depth profile.

    Attributes:
        symbol: Pair.
        qty_dp: One lot is `10**-qty_dp`.
        rows: Distances, the nearest first.
    """

    symbol: str
    qty_dp: int
    rows: tuple[DepthRow, ...]
