"""Kraken's rules for an order as data: which kind takes or needs which term.

| kind | limit price | trigger | display | times in force | post-only | close |
|---|---|---|---|---|---|---|
| limit | yes | no | no | GTC GTD IOC FOK | yes | yes |
| iceberg | yes | no | yes | GTC GTD | yes | yes |
| market | no | no | no | GTC IOC | no | yes |
| stop-loss, take-profit, trailing-stop | no | yes | no | GTC GTD IOC | no | yes |
| the same with -limit | yes | yes | no | GTC GTD IOC | yes | yes |
| settle-position | no | no | no | GTC | no | no |

From `rest.md` §4.1, §5.1, §5.6 and `ws-v2.md` §9.1. The documents do not say
which of these take IOC beside limit orders, nor the words after
`EGeneral:Invalid arguments:`; both are what the local venue does, and only the
part before the last colon can be relied on.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from app.domain.instrument import Instrument, plain
from app.domain.order import CloseTemplate, OrderRequest, OrderType, PriceKind, Side, TimeInForce, TriggerRef

NS_PER_S: Final = 1_000_000_000
DISPLAY_PARTS: Final = 15
"""An iceberg shows at least this part of its size (`rest.md` §4.1)."""

EXPIRY_LEAST_S: Final = 5
EXPIRY_MOST_S: Final = 31 * 86_400
"""How far ahead an order may expire or start (`rest.md` §4.1: 5 s to a month)."""

_ARGUMENTS: Final = "EGeneral:Invalid arguments"
BAD_TIME: Final = f"{_ARGUMENTS}:timeinforce"
BAD_POST: Final = f"{_ARGUMENTS}:post_only"
BAD_PRICE: Final = f"{_ARGUMENTS}:price"
BAD_SECOND_PRICE: Final = f"{_ARGUMENTS}:price2"
BAD_TRIGGER: Final = f"{_ARGUMENTS}:trigger"
BAD_DISPLAY: Final = f"{_ARGUMENTS}:displayvol"
BAD_CASH: Final = f"{_ARGUMENTS}:viqc"
BAD_CLOSE: Final = f"{_ARGUMENTS}:close"
BAD_LEVERAGE: Final = f"{_ARGUMENTS}:leverage"
BAD_EXPIRY: Final = f"{_ARGUMENTS}:expiretm"
BAD_START: Final = f"{_ARGUMENTS}:starttm"
INDEX_UNAVAILABLE: Final = f"{_ARGUMENTS}:Index unavailable"
NOT_MARGIN: Final = "EOrder:Cannot open position"
NOT_AMENDABLE: Final = f"{_ARGUMENTS}:order is not amendable"
NOT_EDITABLE: Final = f"{_ARGUMENTS}:order is not editable"
REDUCE_ONLY_SPOT: Final = "EOrder:Reduce only:Non-PC"
NO_POSITION: Final = "EOrder:Reduce only:No position exists"

_REST: Final = frozenset({TimeInForce.GTC, TimeInForce.GTD})
_REST_OR_IOC: Final = _REST | {TimeInForce.IOC}
_IMMEDIATE: Final = frozenset({TimeInForce.IOC, TimeInForce.FOK})
_STATIC: Final = frozenset({PriceKind.STATIC})
_OFFSETS: Final = frozenset({PriceKind.PCT, PriceKind.QUOTE})


@dataclass(frozen=True, slots=True)
class KindRule:
    """What one kind of order takes; what it takes of these it needs.

    Attributes:
        times: Times in force.
        limit_kinds: How its limit may be meant; empty for kinds without one.
        trigger_kinds: How its trigger may be meant; empty for kinds without one.
        display: Whether it shows a slice.
        post_only: Whether it may be post-only.
        carries_close: Whether it may carry a conditional close.
        is_close: Whether it may be one.
    """

    times: frozenset[TimeInForce]
    limit_kinds: frozenset[PriceKind] = frozenset()
    trigger_kinds: frozenset[PriceKind] = frozenset()
    display: bool = False
    post_only: bool = False
    carries_close: bool = True
    is_close: bool = True


RULES: Final[dict[OrderType, KindRule]] = {
    OrderType.LIMIT: KindRule(frozenset(TimeInForce), limit_kinds=_STATIC, post_only=True),
    OrderType.ICEBERG: KindRule(_REST, limit_kinds=_STATIC, display=True, post_only=True, is_close=False),
    OrderType.MARKET: KindRule(frozenset({TimeInForce.GTC, TimeInForce.IOC}), is_close=False),
    OrderType.STOP_LOSS: KindRule(_REST_OR_IOC, trigger_kinds=frozenset(PriceKind)),
    OrderType.TAKE_PROFIT: KindRule(_REST_OR_IOC, trigger_kinds=frozenset(PriceKind)),
    OrderType.TRAILING_STOP: KindRule(_REST_OR_IOC, trigger_kinds=_OFFSETS),
    OrderType.STOP_LOSS_LIMIT: KindRule(
        _REST_OR_IOC, limit_kinds=_STATIC, trigger_kinds=frozenset(PriceKind), post_only=True
    ),
    OrderType.TAKE_PROFIT_LIMIT: KindRule(
        _REST_OR_IOC, limit_kinds=_STATIC, trigger_kinds=frozenset(PriceKind), post_only=True
    ),
    OrderType.TRAILING_STOP_LIMIT: KindRule(_REST_OR_IOC, limit_kinds=_OFFSETS, trigger_kinds=_OFFSETS, post_only=True),
    OrderType.SETTLE_POSITION: KindRule(frozenset({TimeInForce.GTC}), carries_close=False, is_close=False),
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that an order breaks.

    Attributes:
        error: What the venue would say.
        text: The same in plain words.
        hint: What to do.
    """

    error: str
    text: str
    hint: str


def broken_rule(
    request: OrderRequest,
    instrument: Instrument,
    *,
    wall_ns: int = 0,
    leverages: tuple[int, ...] | None = None,
    position: Decimal | None = None,
) -> Broken | None:
    """Return the first of Kraken's rules that an order breaks, None if it keeps them all.

    Args:
        request: The order.
        instrument: Its pair.
        wall_ns: The venue's wall time; 0 leaves times of start and expiry unchecked.
        leverages: What the pair offers; None if not known.
        position: The margin position on the pair; None if not known.
    """
    rule = RULES[request.order_type]
    return (
        _broken_flags(request, rule)
        or _broken_prices(request, rule, instrument)
        or _broken_amounts(request, rule, instrument)
        or _broken_margin(request, instrument, leverages, position)
        or (None if request.conditional is None else _broken_close(request, rule, request.conditional))
        or (_broken_times(request, wall_ns) if wall_ns else None)
    )


def _broken_flags(request: OrderRequest, rule: KindRule) -> Broken | None:
    kind, tif = request.order_type.value, request.time_in_force
    if tif not in rule.times:
        allowed = ", ".join(sorted(time.value for time in rule.times))
        return Broken(BAD_TIME, f"a {kind} order can't be {tif.value}", f"it takes {allowed}")
    if request.post_only and not rule.post_only:
        return Broken(BAD_POST, f"a {kind} order has no limit to rest at", "drop `post`, or add `@ PRICE`")
    if request.post_only and tif in _IMMEDIATE:
        return Broken(BAD_POST, f"post-only rests and {tif.value} does not", "drop one")
    return None


def _broken_prices(request: OrderRequest, rule: KindRule, instrument: Instrument) -> Broken | None:
    kind, trigger = request.order_type.value, request.trigger
    if trigger is None and rule.trigger_kinds:
        return Broken(BAD_PRICE, f"a {kind} order needs a trigger", "`stop PRICE`, `tp PRICE` or `trail DISTANCE`")
    if trigger is not None and not rule.trigger_kinds:
        return Broken(BAD_TRIGGER, f"a {kind} order has no trigger", "drop it")
    if request.limit_price is None and rule.limit_kinds:
        error = BAD_SECOND_PRICE if rule.trigger_kinds else BAD_PRICE
        return Broken(error, f"a {kind} order needs a price, not none", "add `@ PRICE`")
    if request.limit_price is not None and not rule.limit_kinds:
        error = BAD_SECOND_PRICE if rule.trigger_kinds else BAD_PRICE
        return Broken(error, f"a {kind} order has no limit price", "drop `@ …`")
    if trigger is not None and trigger.reference is TriggerRef.INDEX and not instrument.has_index:
        return Broken(INDEX_UNAVAILABLE, f"{instrument.symbol} has no index price to watch", "watch the last price")
    if trigger is not None and trigger.kind not in rule.trigger_kinds:
        return Broken(BAD_PRICE, f"a {kind} order trails by a distance", "`trail 1%` or `trail 50`")
    if trigger is not None and request.order_type.trailing and trigger.price <= 0:
        return Broken(BAD_PRICE, "a trailing distance is above zero", "`trail 1%` or `trail 50`")
    if request.limit_price is not None and request.limit_kind not in rule.limit_kinds:
        if request.order_type.trailing:
            return Broken(BAD_SECOND_PRICE, "the limit of a trailing stop is an offset", "`@ +0` or `@ -10`")
        return Broken(BAD_PRICE, f"the limit of a {kind} order is a price", "write the price itself")
    return None


def _broken_amounts(request: OrderRequest, rule: KindRule, instrument: Instrument) -> Broken | None:
    kind, display = request.order_type.value, request.display_qty
    if (display is not None) != rule.display:
        if display is None:
            return Broken(BAD_DISPLAY, "an iceberg needs the size that it shows", "`iceberg SIZE`")
        return Broken(BAD_DISPLAY, f"a {kind} order shows all of itself", "drop the display size")
    if display is not None and request.cash_qty is None and not 0 < display <= request.qty:
        return Broken(BAD_DISPLAY, f"showing {plain(display)} of {plain(request.qty)}", "show at most the whole order")
    if display is not None and display * DISPLAY_PARTS < request.qty:
        text = f"showing {plain(display)} of {plain(request.qty)} is less than 1/{DISPLAY_PARTS}"
        lots = (request.qty / DISPLAY_PARTS / instrument.lot).to_integral_value(ROUND_CEILING)
        return Broken(BAD_DISPLAY, text, f"show at least {plain(instrument.lot * lots)}")
    if request.cash_qty is None:
        return None
    if request.order_type is not OrderType.MARKET or request.side is not Side.BUY or request.leverage:
        return Broken(BAD_CASH, "only spot market buys are sized in quote money", "type the size in base units")
    if request.cash_qty <= 0:
        return Broken(BAD_CASH, "nothing to spend", "type an amount above zero")
    return None


def _broken_margin(
    request: OrderRequest, instrument: Instrument, leverages: tuple[int, ...] | None, position: Decimal | None
) -> Broken | None:
    settles = request.order_type is OrderType.SETTLE_POSITION
    on_margin = request.leverage > 0 or settles
    if request.reduce_only and not on_margin:
        return Broken(REDUCE_ONLY_SPOT, "reduce-only is for margin positions", "add `lev N`, or drop `reduce`")
    if on_margin and not (instrument.marginable or leverages):
        return Broken(NOT_MARGIN, f"{instrument.symbol} takes no margin orders", "drop `lev`")
    if request.leverage and leverages is not None and request.leverage not in leverages:
        offered = ", ".join(map(str, leverages)) or "none"
        return Broken(BAD_LEVERAGE, f"leverage {request.leverage} is not offered here", f"it takes {offered}")
    if request.reduce_only and position is not None and not request.order_type.triggered:
        reduces = position < 0 if request.side is Side.BUY else position > 0
        if not reduces:
            text = f"no position that a {request.side.value} would reduce"
            return Broken(NO_POSITION, text, "drop `reduce` to open one")
    return None


def _broken_close(request: OrderRequest, rule: KindRule, close: CloseTemplate) -> Broken | None:
    kind = close.order_type
    own = RULES[kind]
    if not rule.carries_close:
        return Broken(BAD_CLOSE, f"a {request.order_type.value} order takes no conditional close", "drop `then …`")
    if not own.is_close:
        return Broken(BAD_CLOSE, f"a conditional close can't be a {kind.value} order", "use a limit or a trigger")
    if (close.trigger_price is None) == bool(own.trigger_kinds):
        return Broken(BAD_CLOSE, f"a close of kind {kind.value} and its trigger don't go together", "mend `then …`")
    if (close.limit_price is None) == bool(own.limit_kinds):
        return Broken(BAD_CLOSE, f"a close of kind {kind.value} and its limit don't go together", "mend `then …`")
    if close.trigger_price is not None and close.trigger_kind not in own.trigger_kinds:
        return Broken(BAD_PRICE, f"a close of kind {kind.value} trails by a distance", "`then trail 1%`")
    if kind.trailing and close.trigger_price is not None and close.trigger_price <= 0:
        return Broken(BAD_PRICE, "a trailing distance is above zero", "`then trail 1%`")
    if close.limit_price is not None and kind.trailing and close.limit_kind not in own.limit_kinds:
        return Broken(BAD_SECOND_PRICE, "the limit of a trailing stop is an offset", "`then trail 1% @ +0`")
    return None


def _broken_times(request: OrderRequest, wall_ns: int) -> Broken | None:
    most = wall_ns + EXPIRY_MOST_S * NS_PER_S
    settles = request.order_type is OrderType.SETTLE_POSITION
    if request.start_ns and (request.cash_qty is not None or settles):
        return Broken(BAD_START, "such an order can't wait for a start", "drop `start`")
    if request.start_ns > most:
        return Broken(BAD_START, "the start is more than a month ahead", "choose an earlier one")
    if (request.time_in_force is TimeInForce.GTD) != bool(request.expire_ns):
        return Broken(BAD_EXPIRY, "good-till-date and an expiry go together", "`gtd 15m`")
    least = max(wall_ns + EXPIRY_LEAST_S * NS_PER_S, request.start_ns + 1)
    if request.expire_ns and request.expire_ns < least:
        text = "the expiry is before the start" if request.start_ns >= request.expire_ns else "the expiry is too near"
        return Broken(BAD_EXPIRY, text, f"at least {EXPIRY_LEAST_S} s ahead")
    if request.expire_ns > most:
        return Broken(BAD_EXPIRY, "the expiry is more than a month ahead", "choose an earlier one, or gtc")
    return None
