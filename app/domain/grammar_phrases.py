"""Sizes, prices, triggers and whole orders in plain words."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.domain.grammar_text import takes_by_name
from app.domain.grammar_times import MS, duration_text, when_words
from app.domain.instrument import plain
from app.domain.order import (
    CloseDraft,
    Draft,
    OffsetUnit,
    OrderType,
    Price,
    PriceRef,
    Side,
    Size,
    SizeUnit,
    Stp,
    TimeInForce,
    TriggerRef,
    When,
    WhenKind,
)

_WHOLE: Final = Decimal(100)
_STP: Final = {
    Stp.CANCEL_NEWEST: "the newer",
    Stp.CANCEL_OLDEST: "the older",
    Stp.CANCEL_BOTH: "both",
}


def size_words(size: Size, symbol: str, side: Side | None) -> str:
    """Say a size in words; without a symbol or a side as far as that goes."""
    base, _, quote = symbol.partition("/")
    number = plain(size.value)
    match size.unit:
        case SizeUnit.BASE:
            return f"{number} {base}".rstrip()
        case SizeUnit.QUOTE:
            return f"{base} for {number} {quote}".strip()
        case SizeUnit.POSITION:
            return f"{number}% of the position"
        case SizeUnit.RISK:
            stop = "the stop of its close" if size.stop is None else f"a stop at {price_words(size.stop, 'the price')}"
            return f"as much {base} as loses {number} {quote} down to {stop}".replace("  ", " ")
        case _:
            share = "all" if size.value == _WHOLE else f"{number}%"
            return f"{share} of the available {quote if side is Side.BUY else base}"


def offset_words(price: Price) -> str:
    """Say how far an offset reaches."""
    unit = {OffsetUnit.QUOTE: "", OffsetUnit.TICKS: " ticks", OffsetUnit.PERCENT: " %"}[price.unit]
    if price.unit is OffsetUnit.TICKS and abs(price.value) == 1:
        unit = " tick"
    return f"{plain(abs(price.value))}{unit}"


def price_words(price: Price, own: str = "its present price") -> str:
    """Say a price in words.

    Args:
        price: As typed.
        own: What an offset without a reference counts from.
    """
    if price.ref is PriceRef.ABSOLUTE:
        return plain(price.value)
    name = {
        PriceRef.BID: "the best bid",
        PriceRef.ASK: "the best ask",
        PriceRef.MID: "the mid price",
        PriceRef.LAST: "the last price",
        PriceRef.OWN: own,
    }[price.ref]
    if price.value == 0:
        return name
    return f"{offset_words(price)} {'above' if price.value > 0 else 'below'} {name}"


def _trigger_words(kind: OrderType, trigger: Price, watched: str) -> str:
    if kind.trailing:
        return f"once the {watched} price is {offset_words(trigger)} off its best"
    return f"once the {watched} price reaches {price_words(trigger, f'the {watched} price')}"


def _then_trades(limit: Price | None) -> str:
    return "at the market" if limit is None else f"with a limit at {price_words(limit, 'the trigger price')}"


def _shape_words(draft: Draft) -> str:
    """Say how an order trades: price, trigger, what shows."""
    if draft.order_type is OrderType.SETTLE_POSITION:
        return "to settle the margin position"
    if draft.trigger is not None:
        watched = "index" if draft.trigger.reference is TriggerRef.INDEX else "last"
        trades = _then_trades(draft.price)
        return f"{trades} {_trigger_words(draft.order_type, draft.trigger.price, watched)}"
    if draft.price is None:
        return "at the market, at once and at any price"
    limit = f"with a limit at {price_words(draft.price)}"
    if draft.display is None:
        return limit
    shown = "%" if draft.display.unit is SizeUnit.PERCENT else ""
    money = "$" if draft.display.unit is SizeUnit.QUOTE else ""
    return f"{limit}, showing {money}{plain(draft.display.value)}{shown} at a time"


def stay_words(draft: Draft) -> str:
    """Say how long an order stays and whether it may take; empty if it goes without saying."""
    until = "" if draft.expire is None else _until(draft.expire)
    if draft.post_only:
        return f"post-only: refused rather than taking{',' + until if until else ''}"
    if draft.time_in_force is TimeInForce.FOK:
        return "fills whole at once or not at all"
    if draft.time_in_force is TimeInForce.IOC:
        return "takes what is there at once, the rest is cancelled"
    if draft.trigger is not None:
        return f"waits{until or ' until cancelled'}"
    if draft.price is None:
        return ""
    if takes_by_name(draft):
        return f"takes what is there at once, the rest stays in the book{until}"
    return f"rests{until or ' until cancelled'}, takes if it crosses"


def _until(expire: When) -> str:
    if expire.kind is WhenKind.AFTER:
        return f" for {duration_text(expire.seconds * MS)}"
    return f" until {when_words(expire)}"


def option_words(draft: Draft) -> list[str]:
    """Say each option of an order that is not as usual."""
    words = [f"on margin, leverage {draft.leverage}"] if draft.leverage else []
    words += ["only reduces a margin position"] if draft.reduce_only else []
    words += [f"against an own order cancels {_STP[draft.stp]}"] if draft.stp else []
    if draft.fee_in_base is not None:
        base, _, quote = draft.symbol.partition("/")
        words.append(f"fee in {base if draft.fee_in_base else quote}")
    words += [f"refused if it is not matched within {duration_text(draft.deadline_ms)}"] if draft.deadline_ms else []
    words += [f"starts {when_words(draft.start)}"] if draft.start else []
    return words


def close_words(draft: Draft, close: CloseDraft) -> str:
    """Say what each fill of an order makes."""
    verb = "sells" if draft.side is Side.BUY else "buys back"
    text = f"each fill then {verb} its quantity"
    if close.trigger is None:
        assert close.limit is not None
        return f"{text} at {price_words(close.limit, 'the price')}"
    trades = _then_trades(close.limit)
    watched = "last" if draft.trigger is None else draft.trigger.reference.value
    if close.order_type.trailing:
        return f"{text} {trades} {_trigger_words(close.order_type, close.trigger, watched)}"
    return f"{text} {trades} once the {watched} price reaches {price_words(close.trigger, 'the price')}"


def draft_words(draft: Draft, what: str = "") -> str:
    """Say what an order does; `what` stands for its size if given."""
    verb = "Buy" if draft.side is Side.BUY else "Sell"
    size = what or size_words(draft.size, draft.symbol, draft.side)
    parts = [f"{verb} {size} on {draft.symbol} {_shape_words(draft)}", stay_words(draft), *option_words(draft)]
    if draft.close is not None:
        parts.append(close_words(draft, draft.close))
    text = "; ".join(part for part in parts if part)
    return f"Ask the venue, without placing it: {text}" if draft.validate else text
