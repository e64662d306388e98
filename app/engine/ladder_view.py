"""From a book to the visible rows of a ladder.

The cost grows with the rows that are shown, never with the depth of the book:
only levels inside the window are looked at, plus one sum of what lies between
the touch and the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import msgspec

from app.domain.book import L2Book, L3Book
from app.domain.book_values import LevelView
from app.domain.instrument import Instrument, from_units, plain, to_units
from app.domain.order import Side
from app.link.frames import LadderRow, LadderView

AnyBook = L3Book | L2Book


@dataclass(frozen=True, slots=True)
class Scale:
    """How units of one pair become rows and lots.

    Attributes:
        row: Units of price per row.
        lot: Units of quantity per lot.
    """

    row: int
    lot: int

    @classmethod
    def of(cls, instrument: Instrument, group: int) -> Scale:
        """Return the scale of a pair at a grouping of `group` ticks a row."""
        return cls(to_units(instrument.tick) * group, to_units(instrument.lot))

    def row_of(self, side: Side, price: int) -> int:
        """Return the row of a price in units; groups round to the passive side."""
        return price // self.row if side is Side.BUY else -(-price // self.row)

    def prices_of(self, side: Side, row: int) -> tuple[int, int]:
        """Return the lowest and the highest price in units that a row stands for on a side."""
        if side is Side.BUY:
            return row * self.row, (row + 1) * self.row - 1
        return (row - 1) * self.row + 1, row * self.row


def row_of_price(scale: Scale, side: Side, price: Decimal) -> int:
    """Return the row of a trade's price: a taker that bought took the asks."""
    return scale.row_of(side.opposite, to_units(price))


def with_book(view: LadderView, book: AnyBook, scale: Scale, instrument: Instrument, rows: int) -> LadderView:
    """Fill a view with the visible rows and the inside of a book."""
    bid, ask = book.best_bid, book.best_ask
    return msgspec.structs.replace(
        view,
        rows=visible_rows(book, scale, view.top_row, rows),
        best_bid=None if bid is None else scale.row_of(Side.BUY, bid),
        best_ask=None if ask is None else scale.row_of(Side.SELL, ask),
        bid_text=price_text(bid, instrument),
        ask_text=price_text(ask, instrument),
        spread_text=spread_text(book, instrument),
        mid_text=_finer(_mid(book), instrument),
        micro_text=_finer(_micro(book), instrument),
        imbalance=_imbalance(book),
        proven=proven_rows(book, scale, view.top_row, rows),
    )


def centred(book: AnyBook, scale: Scale, rows: int) -> int | None:
    """Return the top row of a window that has the market in its middle."""
    bid, ask = book.best_bid, book.best_ask
    if bid is None and ask is None:
        return None
    low = bid if bid is not None else ask
    high = ask if ask is not None else bid
    assert low is not None
    assert high is not None
    return (low + high) // 2 // scale.row + rows // 2


def visible_rows(book: AnyBook, scale: Scale, top_row: int, rows: int) -> tuple[LadderRow, ...]:
    """Return the rows of the window that hold orders, highest price first.

    Args:
        book: Any book.
        scale: Units per row and lot.
        top_row: Uppermost row.
        rows: Height of the window.
    """
    low_row = top_row - rows + 1
    bid_low, bid_high = low_row * scale.row, (top_row + 1) * scale.row - 1
    ask_low, ask_high = (low_row - 1) * scale.row + 1, top_row * scale.row
    bids = _rows(book, Side.BUY, scale, bid_low, bid_high, book.cumulative(Side.BUY, bid_high + 1))
    asks = _rows(book, Side.SELL, scale, ask_low, ask_high, book.cumulative(Side.SELL, ask_low - 1))
    found: list[LadderRow] = []
    for row in sorted(bids.keys() | asks.keys(), reverse=True):
        bid, bid_n, bid_cum = bids.get(row, (0, 0, 0))
        ask, ask_n, ask_cum = asks.get(row, (0, 0, 0))
        found.append(LadderRow(row, bid, bid_n, bid_cum, ask, ask_n, ask_cum))
    return tuple(found)


def proven_rows(book: AnyBook, scale: Scale, top_row: int, rows: int) -> tuple[int, int] | None:
    """Return the lowest and the highest row of a window that the checksum covers whole; None if it is no proof now."""
    if not book.verified:
        return None
    low, high = book.covered(Side.BUY), book.covered(Side.SELL)
    return (
        top_row - rows + 1 if low is None else -(-low // scale.row),
        top_row if high is None else high // scale.row,
    )


def _rows(book: AnyBook, side: Side, scale: Scale, low: int, high: int, before: int) -> dict[int, tuple[int, int, int]]:
    """Sum the levels of a side by row: quantity, orders, cumulative; in lots."""
    found: dict[int, tuple[int, int, int]] = {}
    total = before
    sums: dict[int, tuple[int, int]] = {}
    level: LevelView
    for level in book.window(side, low, high):
        row = scale.row_of(side, level.price)
        qty, count = sums.get(row, (0, 0))
        sums[row] = (qty + level.qty, count + level.count)
    for row, (qty, count) in sums.items():
        total += qty
        found[row] = (qty // scale.lot, count, total // scale.lot)
    return found


def _touch(book: AnyBook) -> tuple[LevelView, LevelView] | None:
    """Return the best levels, bid first; None without both sides."""
    bids, asks = book.levels(Side.BUY, 1), book.levels(Side.SELL, 1)
    return (bids[0], asks[0]) if bids and asks else None


def _mid(book: AnyBook) -> int | None:
    touch = _touch(book)
    return None if touch is None else (touch[0].price + touch[1].price) // 2


def _micro(book: AnyBook) -> int | None:
    """Return the touch weighted by the opposite sizes, in units: it leans to where less is left to take."""
    touch = _touch(book)
    if touch is None:
        return None
    bid, ask = touch
    return (bid.price * ask.qty + ask.price * bid.qty) // (bid.qty + ask.qty)


def _imbalance(book: AnyBook) -> int | None:
    touch = _touch(book)
    if touch is None:
        return None
    bid, ask = touch
    return 100 * (bid.qty - ask.qty) // (bid.qty + ask.qty)


def _finer(units: int | None, instrument: Instrument) -> str:
    """Return a price between ticks as text, with one decimal more than a price has."""
    if units is None:
        return ""
    return plain(from_units(units).quantize(instrument.tick / 10, ROUND_HALF_EVEN))


def spread_text(book: AnyBook, instrument: Instrument) -> str:
    """Return the spread as text; empty without both sides."""
    bid, ask = book.best_bid, book.best_ask
    if bid is None or ask is None:
        return ""
    return instrument.price_text(from_units(ask - bid))


def price_text(units: int | None, instrument: Instrument) -> str:
    """Return a price in units as text; empty for None."""
    return "" if units is None else instrument.price_text(from_units(units))


def step_text(instrument: Instrument, group: int) -> str:
    """Return the price of one row as text."""
    return plain(instrument.tick * group)
