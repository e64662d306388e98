"""What an order would do on the book as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Protocol

from app.domain.book_values import Fillable, LevelView
from app.domain.fees import FeeRates, fill_fee, round_cost
from app.domain.instrument import from_units, to_units
from app.domain.order import OrderRequest, OrderType, Side, TimeInForce
from app.domain.quote_prices import Market
from app.domain.quote_triggers import limit_after_trigger, reference_price, wake_price
from app.domain.ratelimit import COST_ADD, cost_batch_add

_HUNDRED: Final = Decimal(100)
_ZERO: Final = Decimal(0)


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
        waits_qty: Base quantity that waits for a trigger or a start.
        wakes_at: Price at which a triggered order wakes, as things stand.
        wakes_now: Whether it would wake at once.
        shows_qty: Base quantity that others would see in the book.
        children: Orders that a conditional close could make at once, one for
            each order met; None where the book does not count them.
        later: What happens on a trigger, in one line; empty for other kinds.
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
    waits_qty: Decimal = _ZERO
    wakes_at: Decimal | None = None
    wakes_now: bool = False
    shows_qty: Decimal = _ZERO
    children: int | None = 0
    later: str = ""


def preview(request: OrderRequest, market: Market, book: Depth, fees: FeeRates) -> OrderPreview:
    """Return what a request would do on the book as it stands.

    Args:
        request: The resolved order.
        market: The pair and its prices.
        book: The pair's book.
        fees: The account's percentages.
    """
    if request.order_type.triggered:
        return _waiting(request, market, fees)
    if request.start_ns:
        return replace(_waiting(request, market, fees), later="enters the book at its start")
    if request.order_type is OrderType.SETTLE_POSITION:
        return _settling(request)
    return _at_once(request, market, book, fees)


def _at_once(request: OrderRequest, market: Market, book: Depth, fees: FeeRates) -> OrderPreview:
    dp = market.instrument.cost_dp
    limit = request.limit_price
    meets = book.walk(request.side.opposite, to_units(request.qty), None if limit is None else to_units(limit))
    would_take = meets.filled_qty > 0
    post_refused = would_take and request.post_only
    short = request.time_in_force is TimeInForce.FOK and from_units(meets.filled_qty) < request.qty
    nothing = post_refused or short
    fills = _ZERO if nothing else from_units(meets.filled_qty)
    cost = _ZERO if nothing else from_units(meets.cost)
    left = _ZERO if nothing else request.qty - fills
    stays = request.order_type is not OrderType.MARKET and request.time_in_force in {TimeInForce.GTC, TimeInForce.GTD}
    rests = left if stays and limit is not None else _ZERO
    worst = meets.worst_price if fills else None
    priced = limit or market.far(request.side) or _ZERO
    taker_fee = round_cost(cost * fees.taker / _HUNDRED, dp)
    level = None if limit is None or not rests else book.level_at(request.side, to_units(limit))
    met = meets.orders if fills else 0
    return OrderPreview(
        notional=round_cost(cost + rests * priced, dp),
        fee=taker_fee + fill_fee(fees, priced, rests, dp, maker=True),
        fee_if_maker=fill_fee(fees, priced, request.qty, dp, maker=True),
        fee_if_taker=fill_fee(fees, priced, request.qty, dp, maker=False),
        fills_qty=fills,
        fills_avg=cost / fills if fills else None,
        fills_worst=None if worst is None else from_units(worst),
        fills_orders=met,
        rests_qty=rests,
        lost_qty=request.qty - fills - rests,
        would_take=would_take,
        post_refused=post_refused,
        orders_ahead=0 if level is None else (level.count or None),
        qty_ahead=_ZERO if level is None else from_units(level.qty),
        shows_qty=rests if request.display_qty is None else min(rests, request.display_qty),
        children=0 if request.conditional is None or not fills else (met or None),
    )


def _waiting(request: OrderRequest, market: Market, fees: FeeRates) -> OrderPreview:
    """Preview an order that does nothing yet; money is reckoned at the price it would trade at."""
    dp = market.instrument.cost_dp
    wakes = wake_price(request, market)
    limit = limit_after_trigger(request, market)
    priced = limit or wakes or market.far(request.side) or _ZERO
    maker = fill_fee(fees, priced, request.qty, dp, maker=True)
    taker = fill_fee(fees, priced, request.qty, dp, maker=False)
    return OrderPreview(
        notional=round_cost(priced * request.qty, dp),
        fee=maker if request.post_only else taker,
        fee_if_maker=maker,
        fee_if_taker=taker,
        fills_qty=_ZERO,
        fills_avg=None,
        fills_worst=None,
        fills_orders=0,
        rests_qty=_ZERO,
        lost_qty=_ZERO,
        would_take=False,
        post_refused=False,
        orders_ahead=None,
        qty_ahead=_ZERO,
        waits_qty=request.qty,
        wakes_at=wakes,
        wakes_now=wakes_at_once(request, market),
        later=_later(request, market, limit),
    )


def wakes_at_once(request: OrderRequest, market: Market) -> bool:
    """Tell whether a trigger is met already (`rest.md` §5.3)."""
    wakes, trigger = wake_price(request, market), request.trigger
    reference = None if trigger is None else reference_price(trigger.reference, market)
    if wakes is None or reference is None or request.order_type.trailing:
        return False
    stop = request.order_type in {OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT}
    return reference <= wakes if (request.side is Side.SELL) == stop else reference >= wakes


def _later(request: OrderRequest, market: Market, limit: Decimal | None) -> str:
    if not request.order_type.triggered:
        return ""
    verb = "buys" if request.side is Side.BUY else "sells"
    if limit is None:
        return f"then {verb} at the market, whatever the price is"
    behind = "" if request.order_type.trailing else "; a gap beyond it leaves it resting"
    return f"then {verb} with a limit at {market.instrument.price_text(limit)}, at the back of its level{behind}"


def _settling(request: OrderRequest) -> OrderPreview:
    """Preview the settling of a margin position: it trades nothing and costs no trade fee (`rest.md` §6)."""
    none = OrderPreview(_ZERO, _ZERO, _ZERO, _ZERO, _ZERO, None, None, 0, _ZERO, _ZERO, False, False, None, _ZERO)
    return replace(none, later="settles the position by delivering or paying its principal; no trade")


@dataclass(frozen=True, slots=True)
class BatchPreview:
    """What several orders would do, each judged alone on the same book.

    Attributes:
        legs: One preview for each order, in order.
        notional: Their quote value together.
        fee: Their fees together.
        points: Counter points if they go out in batches.
        points_single: Counter points if they go out one by one.
    """

    legs: tuple[OrderPreview, ...]
    notional: Decimal
    fee: Decimal
    points: Decimal
    points_single: Decimal


def preview_many(requests: Sequence[OrderRequest], market: Market, book: Depth, fees: FeeRates) -> BatchPreview:
    """Preview a batch or a ladder; legs that would take count the same liquidity twice."""
    legs = tuple(preview(request, market, book, fees) for request in requests)
    return BatchPreview(
        legs,
        sum((leg.notional for leg in legs), _ZERO),
        sum((leg.fee for leg in legs), _ZERO),
        cost_batch_add(len(legs)),
        COST_ADD * len(legs),
    )
