"""From what was typed to exact numbers, and what they would do right now."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, Protocol

from app.domain.book_values import Fillable, LevelView
from app.domain.fees import FeeRates, buy_hold, fill_fee, round_cost
from app.domain.instrument import Instrument, from_units, plain, to_units
from app.domain.order import (
    Draft,
    OffsetUnit,
    OrderRequest,
    OrderType,
    Price,
    PriceRef,
    Side,
    Size,
    SizeUnit,
    TimeInForce,
)
from app.errors import UsageError

_HUNDRED: Final = Decimal(100)
_ZERO: Final = Decimal(0)
NO_FEES: Final = FeeRates(_ZERO, _ZERO)


class QuoteError(UsageError):
    """A size or price that cannot be turned into a number of this market."""


@dataclass(frozen=True, slots=True)
class Market:
    """The prices that relative ones refer to; None where there is none.

    Attributes:
        instrument: The pair.
        bid: Best bid.
        ask: Best ask.
        last: Last trade.
    """

    instrument: Instrument
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None

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


@dataclass(frozen=True, slots=True)
class Funds:
    """What is free to trade with; `fees` keeps a buy's fee out of it."""

    base: Decimal
    quote: Decimal
    fees: FeeRates = NO_FEES


class Depth(Protocol):
    """The part of a book that a preview needs; sides are the book's own."""

    def walk(self, side: Side, qty: int | None = None, limit_price: int | None = None) -> Fillable:
        """Return what taking this side would fill, in units."""
        ...

    def level_at(self, side: Side, price: int) -> LevelView | None:
        """Return the level at a price in units."""
        ...


@dataclass(frozen=True, slots=True)
class OrderPreview:
    """What an order would do on the book as it is.

    Attributes:
        notional: Quote value: what fills at its prices, the rest at the limit.
        fee: Fee expected: taker on what fills now, maker on what rests.
        fee_if_maker: Fee if all of it rested and filled later.
        fee_if_taker: Fee if all of it took.
        fills_qty: Base quantity that fills at once.
        fills_avg: Average price of that, None if nothing fills.
        fills_worst: Worst price of that.
        fills_orders: Resting orders met; 0 where the book does not count them.
        rests_qty: Base quantity that goes into the book.
        lost_qty: Base quantity that would be cancelled at once.
        would_take: Whether it meets the other side.
        post_refused: Whether it is post-only and would be cancelled for that.
        orders_ahead: Orders it would queue behind; None if not known.
        qty_ahead: Their base quantity.
    """

    notional: Decimal
    fee: Decimal
    fee_if_maker: Decimal
    fee_if_taker: Decimal
    fills_qty: Decimal
    fills_avg: Decimal | None
    fills_worst: Decimal | None
    fills_orders: int
    rests_qty: Decimal
    lost_qty: Decimal
    would_take: bool
    post_refused: bool
    orders_ahead: int | None
    qty_ahead: Decimal


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


def resolve_size(size: Size, market: Market, side: Side, price: Decimal | None, funds: Funds) -> Decimal:
    """Turn a typed size into a base quantity in whole lots.

    Args:
        size: As typed; a percentage is of what the side can spend.
        market: The pair and its prices.
        side: Side of the order.
        price: Limit price; None reckons with the far touch.
        funds: What is available, and the fee that a buy must leave room for.

    Raises:
        QuoteError: Too many decimals, nothing available, less than one lot,
            or no price to reckon with.
    """
    instrument = market.instrument
    if size.unit is SizeUnit.BASE:
        return _exact_lots(size.value, instrument)
    if size.unit is SizeUnit.PERCENT and side is Side.SELL:
        qty = funds.base * size.value / _HUNDRED
        of = f"{plain(size.value)}% of {plain(funds.base)} {instrument.base}"
    else:
        reckoned = market.far(side) if price is None else price
        if reckoned is None:
            raise QuoteError(f"no price on {instrument.symbol} to reckon the size with", "type the size in base units")
        if size.unit is SizeUnit.QUOTE:
            qty, of = size.value / reckoned, f"{plain(size.value)} {instrument.quote}"
        else:
            qty = funds.quote * size.value / _HUNDRED / buy_hold(funds.fees, reckoned, Decimal(1))
            of = f"{plain(size.value)}% of {plain(funds.quote)} {instrument.quote}"
    lots = int(qty / instrument.lot)
    if lots <= 0:
        raise QuoteError(
            f"{of} is less than one lot of {plain(instrument.lot)} {instrument.base}", "type a larger size"
        )
    return instrument.qty(lots)


def _exact_lots(qty: Decimal, instrument: Instrument) -> Decimal:
    whole = instrument.qty(int(qty / instrument.lot))
    if whole != qty:
        text = f"{plain(qty)} has finer steps than the lot of {plain(instrument.lot)} {instrument.base}"
        raise QuoteError(text, f"use {plain(whole)}" if whole else "type a larger size")
    return qty


def resolve(draft: Draft, market: Market, funds: Funds, cl_ord_id: str) -> OrderRequest:
    """Turn a draft into a request with exact numbers.

    Args:
        draft: As typed.
        market: The prices right now.
        funds: What is available.
        cl_ord_id: A fresh id.

    Raises:
        QuoteError: A size or price makes no sense on this market.
    """
    price = None if draft.price is None else resolve_price(draft.price, market, draft.side)
    return OrderRequest(
        cl_ord_id=cl_ord_id,
        symbol=draft.symbol,
        side=draft.side,
        order_type=draft.order_type,
        qty=resolve_size(draft.size, market, draft.side, price, funds),
        limit_price=price,
        post_only=draft.post_only,
        time_in_force=draft.time_in_force,
    )


def preview(request: OrderRequest, market: Market, book: Depth, fees: FeeRates) -> OrderPreview:
    """Return what a request would do on the book as it stands.

    Args:
        request: The resolved order.
        market: The pair and its prices.
        book: The pair's book.
        fees: The account's percentages.
    """
    dp = market.instrument.cost_dp
    limit = request.limit_price
    meets = book.walk(request.side.opposite, to_units(request.qty), None if limit is None else to_units(limit))
    would_take = meets.filled_qty > 0
    post_refused = would_take and request.post_only
    fills = _ZERO if post_refused else from_units(meets.filled_qty)
    cost = _ZERO if post_refused else from_units(meets.cost)
    left = _ZERO if post_refused else request.qty - fills
    stays = request.order_type is not OrderType.MARKET and request.time_in_force in {TimeInForce.GTC, TimeInForce.GTD}
    rests = left if stays and limit is not None else _ZERO
    worst = meets.worst_price if fills else None
    priced = limit or market.far(request.side) or _ZERO
    taker_fee = round_cost(cost * fees.taker / _HUNDRED, dp)
    level = None if limit is None or not rests else book.level_at(request.side, to_units(limit))
    return OrderPreview(
        notional=round_cost(cost + rests * priced, dp),
        fee=taker_fee + fill_fee(fees, priced, rests, dp, maker=True),
        fee_if_maker=fill_fee(fees, priced, request.qty, dp, maker=True),
        fee_if_taker=fill_fee(fees, priced, request.qty, dp, maker=False),
        fills_qty=fills,
        fills_avg=cost / fills if fills else None,
        fills_worst=None if worst is None else from_units(worst),
        fills_orders=meets.orders if fills else 0,
        rests_qty=rests,
        lost_qty=request.qty - fills - rests,
        would_take=would_take,
        post_refused=post_refused,
        orders_ahead=0 if level is None else (level.count or None),
        qty_ahead=_ZERO if level is None else from_units(level.qty),
    )
