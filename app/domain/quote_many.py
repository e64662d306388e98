"""Statements that make several orders, resolved: ladders, batches, exits, closing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from app.domain.fees import buy_hold
from app.domain.instrument import plain
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
from app.domain.quote import resolve
from app.domain.quote_prices import Market, QuoteError, resolve_price, to_passive_tick
from app.domain.quote_sizes import Funds, resolve_size
from app.domain.statements import Batch, Bracket, Scale
from app.domain.working import WorkingOrder

CLOSE_REACH_PCT: Final = Decimal("0.5")
"""How far beyond the far touch `close`, `flatten` and `reverse` may pay, percent."""

_TWICE: Final = 2
_ZERO: Final = Decimal(0)


def resolve_ladder(
    scale: Scale, market: Market, funds: Funds, new_id: Callable[[], str], *, now_ns: int = 0
) -> tuple[OrderRequest, ...]:
    """Turn a ladder into its orders, first rung first.

    Prices are even steps, rounded to the passive tick. A total is shared in
    whole lots: what an even share leaves over goes to the first rungs, one
    lot each, so that the rungs add up to it.

    Args:
        scale: As typed.
        market: The prices right now.
        funds: What is available.
        new_id: Makes a fresh client id.
        now_ns: Wall time, for expiries.

    Raises:
        QuoteError: A size or price makes no sense on this market, or the
            range has fewer ticks than rungs.
    """
    prices = _rungs(scale, market)
    quantities = _each(scale, market, funds, prices) if scale.each else _shares(scale, market, funds, prices)
    orders = []
    for price, qty in zip(prices, quantities, strict=True):
        draft = replace(scale.draft, price=Price(PriceRef.ABSOLUTE, price), size=Size(qty))
        orders.append(resolve(draft, market, funds, new_id(), now_ns=now_ns))
    return tuple(orders)


def _rungs(scale: Scale, market: Market) -> list[Decimal]:
    side, instrument = scale.draft.side, market.instrument
    assert scale.draft.price is not None
    first = resolve_price(scale.draft.price, market, side)
    last = resolve_price(scale.end, market, side)
    steps = scale.count - 1
    prices = [to_passive_tick(first + (last - first) * step / steps, instrument, side) for step in range(steps)]
    prices.append(last)
    if len(set(prices)) < scale.count:
        text = f"{scale.count} orders do not fit between {plain(first)} and {plain(last)}"
        raise QuoteError(text, f"the tick is {plain(instrument.tick)}: use fewer orders or a wider range")
    return prices


def _each(scale: Scale, market: Market, funds: Funds, prices: list[Decimal]) -> list[Decimal]:
    return [resolve_size(_with_stop(scale.draft), market, scale.draft.side, price, funds) for price in prices]


def _with_stop(draft: Draft) -> Size:
    size = draft.size
    if size.unit is SizeUnit.RISK and size.stop is None and draft.close is not None:
        return replace(size, stop=draft.close.trigger)
    return size


def _shares(scale: Scale, market: Market, funds: Funds, prices: list[Decimal]) -> list[Decimal]:
    size, side, instrument = scale.draft.size, scale.draft.side, market.instrument
    money = size.unit is SizeUnit.QUOTE or (size.unit is SizeUnit.PERCENT and side is Side.BUY)
    if money:
        whole = size.value if size.unit is SizeUnit.QUOTE else funds.quote * size.value / 100
        hold = [price if size.unit is SizeUnit.QUOTE else buy_hold(funds.fees, price, Decimal(1)) for price in prices]
        lots = [int(whole / scale.count / each / instrument.lot) for each in hold]
    else:
        middle = sum(prices, _ZERO) / len(prices)
        total = instrument.lots(resolve_size(_with_stop(scale.draft), market, side, middle, funds))
        share, over = divmod(total, scale.count)
        lots = [share + (1 if rung < over else 0) for rung in range(scale.count)]
    if min(lots) <= 0:
        text = f"less than one lot of {plain(instrument.lot)} {instrument.base} for each of {scale.count} orders"
        raise QuoteError(text, "use a larger size or fewer orders")
    return [instrument.qty(count) for count in lots]


def resolve_batch(
    batch: Batch, market: Market, funds: Funds, new_id: Callable[[], str], *, now_ns: int = 0
) -> tuple[OrderRequest, ...]:
    """Turn a batch into its orders; each is resolved as if it stood alone.

    Raises:
        QuoteError: A size or price makes no sense on this market.
    """
    return tuple(resolve(draft, market, funds, new_id(), now_ns=now_ns) for draft in batch.drafts)


@dataclass(frozen=True, slots=True)
class BracketPrices:
    """The exits of a bracket in exact prices.

    Attributes:
        take_profit: Limit of the exit in profit.
        stop: Trigger of the exit at a loss.
        stop_limit: Limit of that exit, None for the market.
    """

    take_profit: Decimal
    stop: Decimal
    stop_limit: Decimal | None = None


def resolve_bracket(bracket: Bracket, order: WorkingOrder, market: Market) -> BracketPrices:
    """Return the exits that guard an order.

    Args:
        bracket: As typed; bare offsets count from the order's price.
        order: The order.
        market: Prices they may refer to.

    Raises:
        QuoteError: A price makes no sense, or an exit is on the wrong side.
    """
    entry = order.avg_price or order.static_limit or market.last
    side = order.side.opposite
    profit = resolve_price(bracket.take_profit, market, side, entry)
    stop = resolve_price(bracket.stop, market, side, entry)
    limit = None if bracket.stop_limit is None else resolve_price(bracket.stop_limit, market, side, stop)
    long = order.side is Side.BUY
    if (profit <= stop) if long else (profit >= stop):
        where = "above" if long else "below"
        text = f"take-profit {plain(profit)} must be {where} the stop {plain(stop)} to guard a {order.side.value}"
        raise QuoteError(text, "swap them?")
    return BracketPrices(profit, stop, limit)


def closing_draft(symbol: str, position: Decimal, *, reverse: bool = False, leverage: int = 0) -> Draft:
    """Return the order that closes (or turns) a position: a limit a little beyond the far touch that does not rest.

    Args:
        symbol: The pair.
        position: Its position, negative when short.
        reverse: Whether to open the same size the other way.
        leverage: The position's leverage; 0 for coins held outright.

    Raises:
        QuoteError: There is no position.
    """
    if not position:
        raise QuoteError(f"the position on {symbol} is flat", "there is nothing to close")
    side = Side.SELL if position > _ZERO else Side.BUY
    size = Size(abs(position) * (_TWICE if reverse else 1))
    buy = side is Side.BUY
    reach = Price(
        PriceRef.ASK if buy else PriceRef.BID, CLOSE_REACH_PCT if buy else -CLOSE_REACH_PCT, OffsetUnit.PERCENT
    )
    draft = Draft(symbol, side, size, reach, OrderType.LIMIT, time_in_force=TimeInForce.IOC, leverage=leverage)
    return replace(draft, reduce_only=leverage > 0 and not reverse)
