"""Prices as typed, turned into exact ones of a market."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from app.domain.instrument import Instrument, plain
from app.domain.order import OffsetUnit, Price, PriceRef, Side
from app.errors import UsageError

_HUNDRED: Final = Decimal(100)
_ZERO: Final = Decimal(0)


class QuoteError(UsageError):
    """A size or price that cannot be turned into a number of this market.

    Attributes:
        term: Term of the order that it is about; empty if it is about none.
    """

    term = ""


@contextmanager
def about(term: str) -> Iterator[None]:
    """Say of errors within which term of the order they are about."""
    try:
        yield
    except QuoteError as error:
        error.term = error.term or term
        raise


@dataclass(frozen=True, slots=True)
class Market:
    """The prices that relative ones refer to; None where there is none.

    Attributes:
        instrument: The pair.
        bid: Best bid.
        ask: Best ask.
        last: Last trade.
        index: Index price, for triggers that watch it.
    """

    instrument: Instrument
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    index: Decimal | None = None

    @property
    def mid(self) -> Decimal | None:
        """The middle of the spread, None unless both sides are there."""
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2

    def near(self, side: Side) -> Decimal | None:
        """Return the touch that an order of this side joins."""
        return self.bid if side is Side.BUY else self.ask

    def far(self, side: Side) -> Decimal | None:
        """Return the touch that an order of this side would take."""
        return self.ask if side is Side.BUY else self.bid


def neighbours(price: Decimal, instrument: Instrument) -> tuple[Decimal, Decimal]:
    """Return the ticks below and above a price; the same twice if it is on one."""
    count = price / instrument.tick
    below = instrument.price(int(count.to_integral_value(ROUND_FLOOR)))
    above = instrument.price(int(count.to_integral_value(ROUND_CEILING)))
    return below, above


def to_passive_tick(price: Decimal, instrument: Instrument, side: Side) -> Decimal:
    """Round to a tick, away from the other side: a buy down, a sell up."""
    below, above = neighbours(price, instrument)
    return below if side is Side.BUY else above


def resolve_price(price: Price, market: Market, side: Side, own_price: Decimal | None = None) -> Decimal:
    """Turn a typed price into one on the pair's tick.

    Args:
        price: As typed.
        market: Prices it may refer to.
        side: Side of the order; relative prices round to its passive side.
        own_price: The order's present price, for amends.

    Raises:
        QuoteError: It is off tick, refers to a price that is not there, or
            is not above zero.
    """
    instrument = market.instrument
    if price.ref is PriceRef.ABSOLUTE:
        below, above = neighbours(price.value, instrument)
        if below != above:
            ticks = f"{instrument.price_text(below)} or {instrument.price_text(above)}"
            text = f"{plain(price.value)} is off the tick of {plain(instrument.tick)} on {instrument.symbol}"
            raise QuoteError(text, f"use {ticks}")
        return _above_zero(price.value, instrument)
    reference = {
        PriceRef.BID: market.bid,
        PriceRef.ASK: market.ask,
        PriceRef.MID: market.mid,
        PriceRef.LAST: market.last,
        PriceRef.OWN: own_price,
    }[price.ref]
    if reference is None:
        name = "price of its own" if price.ref is PriceRef.OWN else f"{price.ref.value} price"
        raise QuoteError(f"there is no {name} on {instrument.symbol} to refer to", "type the price itself")
    offset = {
        OffsetUnit.QUOTE: price.value,
        OffsetUnit.TICKS: price.value * instrument.tick,
        OffsetUnit.PERCENT: reference * price.value / _HUNDRED,
    }[price.unit]
    return _above_zero(to_passive_tick(reference + offset, instrument, side), instrument)


def _above_zero(price: Decimal, instrument: Instrument) -> Decimal:
    if price <= _ZERO:
        raise QuoteError(f"{plain(price)} is no price on {instrument.symbol}", "a price is above zero")
    return price
