"""What this session's fills made, pair by pair."""

from __future__ import annotations

from collections import deque
from decimal import ROUND_HALF_EVEN, Decimal

from app.domain.instrument import Instrument
from app.domain.order import Side
from app.domain.position import Fill, Position
from app.engine.account import Account
from app.engine.journal import FillNote
from app.engine.market import Market
from app.link.frames import PositionRow

ZERO = Decimal(0)
_CENT = Decimal("0.01")
_DOLLARS = {"USD", "USDT", "USDC"}
_SEEN = 10_000
_FILLS = 100


class Positions:
    """Session positions; spot has none at the venue, so they start flat."""

    def __init__(self) -> None:
        self._positions: dict[str, Position] = {}
        self._seen: dict[str, None] = {}
        self._fills: dict[str, deque[tuple[Side, Decimal]]] = {}
        self.version = 0

    def knows(self, exec_id: str) -> bool:
        """Return whether a fill was counted."""
        return exec_id in self._seen

    def same(self, exec_id: str, counted: frozenset[str]) -> None:
        """Know a fill by another id too: another transport told it first, and it is among the counted ones.

        Args:
            exec_id: The other id.
            counted: Ids of the order's fills; unless one of them was counted here, this fill is news.
        """
        if any(one in self._seen for one in counted):
            self._seen[exec_id] = None

    def fill(self, note: FillNote) -> bool:
        """Count one fill; returns whether it was news: a repeated report counts once."""
        if note.exec_id in self._seen:
            return False
        self._seen[note.exec_id] = None
        if len(self._seen) > _SEEN:
            del self._seen[next(iter(self._seen))]
        self._fills.setdefault(note.symbol, deque(maxlen=_FILLS)).append((Side(note.side), note.price))
        quote = note.symbol.partition("/")[2]
        fee = note.fee * note.price if note.fee_asset not in ("", quote) else note.fee
        before = self.get(note.symbol)
        self._positions[note.symbol] = before.add(Fill(Side(note.side), note.qty, note.price, fee))
        self.version += 1
        return True

    def get(self, symbol: str) -> Position:
        """Return the position of a pair."""
        return self._positions.get(symbol, Position(symbol))

    def fills(self, symbol: str) -> tuple[tuple[Side, Decimal], ...]:
        """Return side and price of the latest fills of a pair, the newest last."""
        return tuple(self._fills.get(symbol, ()))

    def open_symbols(self) -> tuple[str, ...]:
        """Return the pairs that are not flat."""
        return tuple(symbol for symbol, position in self._positions.items() if not position.flat)

    def rows(self, market: Market, account: Account) -> tuple[PositionRow, ...]:
        """Return all pairs traded in this session, as texts."""
        rows: list[PositionRow] = []
        for symbol, position in sorted(self._positions.items()):
            instrument = market.instruments.get(symbol)
            if instrument is not None:
                rows.append(_row(position, instrument, _mark(market, position), account))
        return tuple(rows)

    def total_text(self, market: Market) -> str:
        """Return realised and unrealised together, after fees, in dollars; empty without fills."""
        total, known = ZERO, False
        for symbol, position in self._positions.items():
            mark = _mark(market, position)
            if symbol.partition("/")[2] in _DOLLARS and mark is not None:
                total, known = total + position.net(mark), True
        return _signed(total) if known else ""


def _mark(market: Market, position: Position) -> Decimal | None:
    """Return the price to value a position at: the mid, else the last trade."""
    pair = market.pairs.get(position.symbol)
    if pair is None:
        ticker = market.tickers.get(position.symbol)
        return ticker.last if ticker else None
    middle = pair.mid()
    if middle is not None:
        return middle
    return pair.last.price if pair.last else None


def _row(position: Position, instrument: Instrument, mark: Decimal | None, account: Account) -> PositionRow:
    def price(value: Decimal | None) -> str:
        return "" if value is None else instrument.price_text(value.quantize(instrument.tick, ROUND_HALF_EVEN))

    taker = account.fee_rates(position.symbol).taker
    return PositionRow(
        position.symbol,
        "flat" if position.flat else f"{position.qty:+.{instrument.qty_dp}f}",
        price(position.avg_price),
        price(position.break_even(taker)),
        "" if mark is None else _signed(position.unrealised(mark)),
        _signed(position.realised),
        f"{position.fees.quantize(_CENT, ROUND_HALF_EVEN)}",
        instrument.quote,
    )


def _signed(value: Decimal) -> str:
    return f"{value.quantize(_CENT, ROUND_HALF_EVEN):+,}"
