"""Own fills as a table: read from the journal, summed up by pair, exported.

Money stays exact: columns are decimals of a fixed scale, and averages are
divided as `Decimal` after the sums.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import polars as pl

from app.domain.order import Side
from app.domain.position import Fill, Position
from app.engine.journal import FillNote, read_records

SCALE = 12
_DIGITS = 38
_MONEY = pl.Decimal(_DIGITS, SCALE)
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "time": pl.Datetime("ns", "UTC"),
    "symbol": pl.String,
    "side": pl.String,
    "qty": _MONEY,
    "price": _MONEY,
    "cost": _MONEY,
    "fee": _MONEY,
    "fee_asset": pl.String,
    "maker": pl.Boolean,
    "exec_id": pl.String,
    "order_id": pl.String,
}
_STEP = Decimal(1).scaleb(-SCALE)
_FORMULA_STARTS = ("=", "+", "-", "@")
"""A spreadsheet would run a text cell that starts with one of these."""


@dataclass(frozen=True, slots=True)
class PairSummary:
    """One pair of the report.

    Attributes:
        symbol: Pair.
        fills: Number of fills.
        bought: Base quantity bought.
        sold: Base quantity sold.
        buy_price: Average price paid, or None.
        sell_price: Average price received, or None.
        maker_share: Part of the traded value that rested first, 0 to 1.
        fees: Fees in quote; those charged in base are valued at the fill.
        realised: Profit of what was closed, after fees.
        net: What is still open, base units.
        quote: Asset that the money is in.
    """

    symbol: str
    fills: int
    bought: Decimal
    sold: Decimal
    buy_price: Decimal | None
    sell_price: Decimal | None
    maker_share: Decimal
    fees: Decimal
    realised: Decimal
    net: Decimal
    quote: str


def load(path: Path) -> pl.DataFrame:
    """Return the fills of a journal, oldest first, each once.

    Args:
        path: The journal; need not exist.

    Raises:
        DataError: The file is no journal.
    """
    records, _ = read_records(path.read_bytes() if path.exists() else b"")
    return frame(record for record in records if isinstance(record, FillNote))


def frame(fills: Iterable[FillNote]) -> pl.DataFrame:
    """Return fills as a table with the columns of `SCHEMA`."""
    rows = [
        (
            note.ts_ns,
            note.symbol,
            note.side,
            note.qty,
            note.price,
            (note.qty * note.price).quantize(_STEP, ROUND_HALF_EVEN),
            note.fee,
            note.fee_asset,
            note.maker,
            note.exec_id,
            note.order_id,
        )
        for note in fills
    ]
    table = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return table.unique("exec_id", keep="first", maintain_order=True).sort("time", maintain_order=True)


def summarise(table: pl.DataFrame) -> list[PairSummary]:
    """Sum the fills up by pair, the most traded first."""
    buys, sells = pl.col("side") == Side.BUY.value, pl.col("side") == Side.SELL.value
    sums = table.group_by("symbol").agg(
        fills=pl.len(),
        bought=pl.col("qty").filter(buys).sum(),
        sold=pl.col("qty").filter(sells).sum(),
        paid=pl.col("cost").filter(buys).sum(),
        received=pl.col("cost").filter(sells).sum(),
        rested=pl.col("cost").filter(pl.col("maker")).sum(),
        value=pl.col("cost").sum(),
    )
    return [_pair(row, table) for row in sums.sort("value", descending=True).iter_rows(named=True)]


def _pair(row: dict[str, object], table: pl.DataFrame) -> PairSummary:
    symbol = str(row["symbol"])
    bought, sold, paid, received = (_decimal(row[name]) for name in ("bought", "sold", "paid", "received"))
    rested, value = _decimal(row["rested"]), _decimal(row["value"])
    position = _replay(symbol, table)
    return PairSummary(
        symbol,
        int(str(row["fills"])),
        bought,
        sold,
        paid / bought if bought else None,
        received / sold if sold else None,
        rested / value if value else Decimal(0),
        position.fees,
        position.realised_net,
        position.qty,
        symbol.partition("/")[2],
    )


def _replay(symbol: str, table: pl.DataFrame) -> Position:
    """Run a pair's fills through the position rules, as the engine did."""
    position = Position(symbol)
    quote = symbol.partition("/")[2]
    mine = table.filter(pl.col("symbol") == symbol).select("side", "qty", "price", "fee", "fee_asset")
    for side, qty, price, fee, asset in mine.iter_rows():
        in_quote = fee if asset in (quote, "") else fee * price
        position = position.add(Fill(Side(side), qty, price, in_quote))
    return position


def _decimal(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def write_csv(table: pl.DataFrame, path: Path) -> None:
    """Write the fills as CSV; text that a spreadsheet would run gets a quote in front."""
    texts = [name for name, kind in SCHEMA.items() if kind == pl.String]
    guarded = table.with_columns(
        pl.when(pl.col(name).str.slice(0, 1).is_in(_FORMULA_STARTS))
        .then("'" + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
    )
    guarded.write_csv(path)
