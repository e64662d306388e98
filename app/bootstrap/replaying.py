"""`quarterdeck replay FILE` on the screen: an engine that a recording feeds."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from app.bootstrap.brief import EngineBrief
from app.bootstrap.processes import start_engine
from app.bootstrap.sessions import begin, open_screen
from app.domain.instrument import Instrument, from_units, parse_number, to_units
from app.errors import DataError, UnavailableError
from app.link.server import engine_answers
from app.protocol.ws2.frames import BookFrame, InstrumentFrame, Level3Frame, MethodResponse, OrdersData
from app.protocol.ws2.instruments import to_instrument
from app.protocol.ws2.market import DecodeError, decode
from app.replay import L2_DEPTHS, L3_DEPTHS, legal_depth, numbered, unreadable
from app.settings import Mode, Profile

if TYPE_CHECKING:
    from app.engine.engine import Engine

PROFILE = Profile(name="replay", mode=Mode.PUBLIC)
SCANNED = 5_000
"""Frames looked at for what a recording holds: the snapshots come first."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a recording holds.

    Attributes:
        instruments: Its pairs, from the instrument frame or read off the digits.
        depths: Depth of each pair's book.
    """

    instruments: dict[str, Instrument]
    depths: dict[str, int]


def replay_screen(args: argparse.Namespace) -> int:
    """Play a recording in the ladder.

    Args:
        args: The command line: `file`, `speed` and the common options.

    Returns:
        Exit code.

    Raises:
        DataError: The file is no recording or holds no book.
        UnavailableError: Another replay runs.
    """
    paths, settings = begin()
    path = args.file.absolute()
    contents = scan(path)
    if engine_answers(paths.socket(PROFILE.name)):
        raise UnavailableError("another replay is running", "end it with q on its screen")
    symbol = next(iter(contents.depths))
    start_engine(paths, EngineBrief(PROFILE.name, symbol=symbol, replay=str(path), speed=str(args.speed)))
    return open_screen(paths, settings, PROFILE.name, args)


def scan(path: Path) -> Contents:
    """Find out which books a recording holds.

    Raises:
        DataError: None, or the file is no recording.
    """
    acked: dict[str, int] = {}
    found: dict[str, Instrument] = {}
    guessed: dict[str, Instrument] = {}
    depths: dict[str, int] = {}
    for number, _, raw in islice(numbered(path), SCANNED):
        try:
            message = decode(raw)
        except DecodeError as error:
            raise unreadable(path, number, error) from None
        match message:
            case MethodResponse(symbol=symbol, depth=int(depth)):
                acked[symbol] = depth
            case InstrumentFrame(pairs=pairs):
                found.update((pair.symbol, to_instrument(pair)) for pair in pairs)
            case BookFrame(type="snapshot", data=books):
                for book in books:
                    levels = max(len(book.bids), len(book.asks))
                    depths[book.symbol] = acked.get(book.symbol) or legal_depth(levels, L2_DEPTHS)
                    rows = [*book.bids, *book.asks]
                    guessed[book.symbol] = _guess(
                        book.symbol, [bytes(row.price) for row in rows], [bytes(row.qty) for row in rows]
                    )
            case Level3Frame(type="snapshot", data=books3):
                for orders in books3:
                    events = [*orders.bids, *orders.asks]
                    prices = [bytes(event.limit_price) for event in events]
                    depths[orders.symbol] = acked.get(orders.symbol) or legal_depth(_levels(orders), L3_DEPTHS)
                    guessed[orders.symbol] = _guess(orders.symbol, prices, [bytes(event.order_qty) for event in events])
            case _:
                continue
    if not depths:
        raise DataError(f"{path} holds no book snapshot", "record one with `quarterdeck record`")
    return Contents({**guessed, **found}, depths)


def install(engine: Engine, contents: Contents) -> None:
    """Tell an engine what the recording that feeds it holds."""
    engine.state.market.instruments.update(contents.instruments)
    engine.watch.depths.update(contents.depths)
    engine.state.market.recorded = True


def _levels(data: OrdersData) -> int:
    return max(len({bytes(event.limit_price) for event in side}) for side in (data.bids, data.asks))


def _decimals(tokens: list[bytes]) -> int:
    return max((len(token.partition(b".")[2]) for token in tokens), default=0)


def _guess(symbol: str, prices: list[bytes], quantities: list[bytes]) -> Instrument:
    """Read an instrument off the digits of its first snapshot."""
    base, _, quote = symbol.partition("/")
    price_dp, qty_dp = _decimals(prices), _decimals(quantities)
    lot = Decimal(1).scaleb(-qty_dp)
    steps = math.gcd(*(to_units(parse_number(token.decode())) for token in prices))
    tick = from_units(steps or to_units(Decimal(1).scaleb(-price_dp))).normalize()
    return Instrument(symbol, base, quote, price_dp, tick, qty_dp, lot, lot, price_dp, Decimal(0))
