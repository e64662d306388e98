"""`quarterdeck report`: what this profile's last session traded."""

from __future__ import annotations

import argparse
import sys
from decimal import ROUND_HALF_EVEN, Decimal

from app.analytics.fills import PairSummary, load, summarise, write_csv
from app.config_file import load as load_config
from app.config_file import profile_named
from app.domain.instrument import plain
from app.errors import UnavailableError
from app.paths import Paths

_HEAD = ("pair", "fills", "bought", "at", "sold", "at", "maker", "fees", "realised", "open", "")
_CENT = Decimal("0.01")
_PERCENT = Decimal(100)


def run(args: argparse.Namespace) -> int:
    """Print one line per pair, and write the fills as CSV if asked.

    Args:
        args: The command line: `profile`, `csv`.

    Returns:
        Exit code.

    Raises:
        UnavailableError: There are no fills, or the file cannot be written.
    """
    paths = Paths.from_environment()
    name = args.profile or "practice"
    profile_named(load_config(paths).settings, name)
    table = load(paths.journal(name))
    if table.is_empty():
        raise UnavailableError(f"profile {name} has no fills yet", "trade first; the journal keeps every fill")
    rows = [_HEAD, *(_row(pair) for pair in summarise(table))]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD))]
    for row in rows:
        cells = [
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
    if args.csv is not None:
        try:
            write_csv(table, args.csv)
        except OSError as error:
            raise UnavailableError(f"{args.csv} cannot be written: {error.strerror}", "choose another --csv") from None
        sys.stdout.write(f"{table.height} fills written to {args.csv}\n")
    return 0


def _row(pair: PairSummary) -> tuple[str, ...]:
    return (
        pair.symbol,
        str(pair.fills),
        _amount(pair.bought),
        _price(pair.buy_price),
        _amount(pair.sold),
        _price(pair.sell_price),
        f"{(pair.maker_share * _PERCENT).quantize(Decimal(1), ROUND_HALF_EVEN)}%",
        f"{pair.fees.quantize(_CENT, ROUND_HALF_EVEN):,}",
        f"{pair.realised.quantize(_CENT, ROUND_HALF_EVEN):+,}",
        _amount(pair.net) if pair.net else "flat",
        pair.quote,
    )


def _amount(value: Decimal) -> str:
    return plain(value.normalize()) if value else "-"


def _price(value: Decimal | None) -> str:
    """Format an average price with six significant digits beyond what is needed."""
    return "-" if value is None else plain(value.quantize(_CENT if value >= 1 else Decimal("1e-8"), ROUND_HALF_EVEN))
