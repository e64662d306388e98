"""Sizes as typed, turned into exact quantities of a market."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from app.domain.fees import FeeRates, buy_hold
from app.domain.instrument import Instrument, plain
from app.domain.order import Side, Size, SizeUnit
from app.domain.quote_prices import Market, QuoteError, resolve_price

_HUNDRED: Final = Decimal(100)
_ZERO: Final = Decimal(0)
NO_FEES: Final = FeeRates(_ZERO, _ZERO)


@dataclass(frozen=True, slots=True)
class Funds:
    """What is there to trade with.

    Attributes:
        base: Free base units.
        quote: Free quote units.
        fees: The account's percentages; a buy keeps its fee out of `quote`.
        position: The position on the pair, negative when short; None if not known.
    """

    base: Decimal
    quote: Decimal
    fees: FeeRates = NO_FEES
    position: Decimal | None = None


def resolve_size(size: Size, market: Market, side: Side, price: Decimal | None, funds: Funds) -> Decimal:
    """Turn a typed size into a base quantity in whole lots.

    Args:
        size: As typed; a percentage is of what the side can spend.
        market: The pair and its prices.
        side: Side of the order.
        price: Price that the order trades at; None reckons with the far touch.
        funds: What is available, and the fee that a buy must leave room for.

    Raises:
        QuoteError: Too many decimals, nothing available, less than one lot,
            or no price to reckon with.
    """
    instrument = market.instrument
    if size.unit is SizeUnit.BASE:
        return exact_lots(size.value, instrument)
    if size.unit is SizeUnit.POSITION:
        return _position_size(size, instrument, funds)
    if size.unit is SizeUnit.PERCENT and side is Side.SELL:
        qty = funds.base * size.value / _HUNDRED
        return down_to_lots(qty, instrument, f"{plain(size.value)}% of {plain(funds.base)} {instrument.base}")
    reckoned = market.far(side) if price is None else price
    if reckoned is None:
        raise QuoteError(f"no price on {instrument.symbol} to reckon the size with", "type the size in base units")
    if size.unit is SizeUnit.RISK:
        return _risk_size(size, market, side, reckoned)
    if size.unit is SizeUnit.QUOTE:
        return down_to_lots(size.value / reckoned, instrument, f"{plain(size.value)} {instrument.quote}")
    qty = funds.quote * size.value / _HUNDRED / buy_hold(funds.fees, reckoned, Decimal(1))
    return down_to_lots(qty, instrument, f"{plain(size.value)}% of {plain(funds.quote)} {instrument.quote}")


def _position_size(size: Size, instrument: Instrument, funds: Funds) -> Decimal:
    if not funds.position:
        why = "is not known" if funds.position is None else "is flat"
        raise QuoteError(f"the position on {instrument.symbol} {why}", "type the size itself")
    held = abs(funds.position)
    return down_to_lots(held * size.value / _HUNDRED, instrument, f"{plain(size.value)}% of {plain(held)} held")


def _risk_size(size: Size, market: Market, side: Side, entry: Decimal) -> Decimal:
    """Size an order so that the stop loses the money at risk; fees and slippage come on top."""
    instrument = market.instrument
    if size.stop is None:
        raise QuoteError("risk needs a stop to measure to", "`risk $100 stop PRICE`, or close with `then stop PRICE`")
    stop = resolve_price(size.stop, market, side.opposite, entry)
    distance = entry - stop if side is Side.BUY else stop - entry
    if distance <= _ZERO:
        where = "below" if side is Side.BUY else "above"
        text = f"a stop at {instrument.price_text(stop)} loses nothing from {instrument.price_text(entry)}"
        raise QuoteError(text, f"put it {where} the entry")
    what = f"{plain(size.value)} {instrument.quote} over a stop {plain(distance)} away"
    return down_to_lots(size.value / distance, instrument, what)


def down_to_lots(qty: Decimal, instrument: Instrument, what: str) -> Decimal:
    """Round a quantity down to whole lots.

    Raises:
        QuoteError: It is less than one.
    """
    lots = int(qty / instrument.lot)
    if lots > 0:
        return instrument.qty(lots)
    text = f"{what} is less than one lot of {plain(instrument.lot)} {instrument.base}"
    raise QuoteError(text, "type a larger size")


def exact_lots(qty: Decimal, instrument: Instrument) -> Decimal:
    """Pass a quantity that is in whole lots.

    Raises:
        QuoteError: It has finer steps.
    """
    whole = instrument.qty(int(qty / instrument.lot))
    if whole != qty:
        text = f"{plain(qty)} has finer steps than the lot of {plain(instrument.lot)} {instrument.base}"
        raise QuoteError(text, f"use {plain(whole)}" if whole else "type a larger size")
    return qty


def resolve_display(size: Size, market: Market, side: Side, qty: Decimal, price: Decimal | None) -> Decimal:
    """Turn the typed slice of an iceberg into a base quantity.

    A part of the order is rounded up to a lot, so that it stays at or above
    the venue's least part.

    Raises:
        QuoteError: Too many decimals or no price to reckon with.
    """
    if size.unit is not SizeUnit.PERCENT:
        return resolve_size(size, market, side, price, Funds(_ZERO, _ZERO))
    lots = (qty * size.value / _HUNDRED / market.instrument.lot).to_integral_value(ROUND_CEILING)
    return market.instrument.qty(int(lots))


def resolve_cash(size: Size, instrument: Instrument) -> Decimal:
    """Return the quote money that a buy is to spend.

    Raises:
        QuoteError: It has more decimals than the pair counts in.
    """
    step = Decimal(1).scaleb(-instrument.cost_dp)
    if size.value % step:
        text = f"{plain(size.value)} {instrument.quote} has more than {instrument.cost_dp} decimals"
        raise QuoteError(text, f"use {plain(size.value - size.value % step)}")
    return size.value
