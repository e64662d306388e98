"""Statements back to text: the canonical form, and one plain line."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.domain.instrument import plain
from app.domain.order import Draft, OffsetUnit, OrderType, Price, PriceRef, Side, Size, SizeUnit, TimeInForce
from app.domain.statements import (
    Amend,
    Arm,
    Cancel,
    CancelAll,
    CancelScope,
    Disarm,
    Help,
    Kill,
    OrderRef,
    Place,
    Quit,
    Release,
    Statement,
    Symbol,
)

_WHOLE: Final = Decimal(100)
_LARGE: Final = Decimal(100)
_OFFSET_SUFFIX: Final = {OffsetUnit.QUOTE: "", OffsetUnit.TICKS: "t", OffsetUnit.PERCENT: "%"}
_SIMPLE: Final[dict[type, tuple[str, str]]] = {
    Kill: ("kill", "Cancel every order of the account, disarm and refuse new orders."),
    Release: ("release", "Let new orders out again after the kill switch."),
    Arm: ("arm", "Arm: money keys act."),
    Disarm: ("disarm", "Disarm: back to VIEW."),
    Quit: ("quit", "Close the screen; the engine says what happens to open orders."),
}


def size_text(size: Size) -> str:
    """Format a size the way it is typed."""
    number = plain(size.value)
    if size.unit is SizeUnit.QUOTE:
        return f"${number}"
    if size.unit is SizeUnit.PERCENT:
        return "max" if size.value == _WHOLE else f"{number}%"
    return number if size.value < _LARGE else f"size {number}"


def price_text(price: Price) -> str:
    """Format a price the way it is typed after `@`."""
    if price.ref is PriceRef.ABSOLUTE:
        return plain(price.value)
    ref = "" if price.ref is PriceRef.OWN else price.ref.value
    if price.value == 0:
        return ref
    return f"{ref}{price.value:+f}{_OFFSET_SUFFIX[price.unit]}"


def takes_by_name(draft: Draft) -> bool:
    """Tell whether a draft is a limit at or about the far touch, not post-only."""
    far = PriceRef.ASK if draft.side is Side.BUY else PriceRef.BID
    return draft.price is not None and draft.price.ref is far and not draft.post_only


def _ref_text(ref: OrderRef) -> str:
    return f"#{ref.row}" if ref.row else ref.order_id


def _place_text(draft: Draft) -> str:
    parts = [draft.side.value, size_text(draft.size), draft.symbol]
    if draft.order_type is OrderType.MARKET or draft.price is None:
        return " ".join([*parts, "market"])
    parts += ["@", price_text(draft.price)]
    take = takes_by_name(draft)
    if draft.post_only:
        parts.append("post")
    if draft.time_in_force is TimeInForce.IOC and not take:
        parts.append("ioc")
    if draft.time_in_force is TimeInForce.GTC and take:
        parts.append("gtc")
    if take:
        parts.append("take")
    return " ".join(parts)


def format_statement(stmt: Statement) -> str:
    """Return the canonical text, which parses to the same statement."""
    match stmt:
        case Place(draft):
            return _place_text(draft)
        case Cancel(target):
            return f"cancel {_ref_text(target)}"
        case CancelAll(scope, symbol):
            return f"cancel {scope.value} {symbol}".rstrip()
        case Amend(target, size, price):
            parts = ["amend", _ref_text(target)]
            parts += [] if size is None else [size_text(size)]
            parts += [] if price is None else ["@", price_text(price)]
            return " ".join(parts)
        case Help(topic):
            return f"help {topic}".rstrip()
        case Symbol(symbol):
            return f"symbol {symbol}"
        case _:
            return _SIMPLE[type(stmt)][0]


def _size_words(size: Size, symbol: str, side: Side | None) -> str:
    base, _, quote = symbol.partition("/")
    number = plain(size.value)
    if size.unit is SizeUnit.BASE:
        return f"{number} {base}".rstrip()
    if size.unit is SizeUnit.QUOTE:
        return f"{base} for {number} {quote}".strip()
    share = "all" if size.value == _WHOLE else f"{number}%"
    return f"{share} of the available {quote if side is Side.BUY else base}"


def _price_words(price: Price) -> str:
    if price.ref is PriceRef.ABSOLUTE:
        return plain(price.value)
    name = {
        PriceRef.BID: "the best bid",
        PriceRef.ASK: "the best ask",
        PriceRef.MID: "the mid price",
        PriceRef.LAST: "the last price",
    }.get(price.ref, "its present price")
    if price.value == 0:
        return name
    unit = {OffsetUnit.QUOTE: "", OffsetUnit.TICKS: " ticks", OffsetUnit.PERCENT: " %"}[price.unit]
    if price.unit is OffsetUnit.TICKS and abs(price.value) == 1:
        unit = " tick"
    return f"{plain(abs(price.value))}{unit} {'above' if price.value > 0 else 'below'} {name}"


def _explain_place(draft: Draft) -> str:
    verb = "Buy" if draft.side is Side.BUY else "Sell"
    what = f"{verb} {_size_words(draft.size, draft.symbol, draft.side)} on {draft.symbol}"
    if draft.price is None:
        return f"{what} at the market, at once and at any price."
    line = f"{what} with a limit at {_price_words(draft.price)}"
    if draft.post_only:
        return f"{line}; post-only: refused rather than taking."
    if draft.time_in_force is TimeInForce.IOC:
        return f"{line}; takes what is there at once, the rest is cancelled."
    if takes_by_name(draft):
        return f"{line}; takes what is there at once, the rest stays in the book."
    return f"{line}; rests until cancelled, takes if it crosses."


def explain(stmt: Statement) -> str:
    """Say in one plain line what a statement does."""
    match stmt:
        case Place(draft):
            return _explain_place(draft)
        case Cancel(target):
            return f"Cancel order {_ref_text(target)}."
        case CancelAll(scope, symbol):
            return {
                CancelScope.ALL: f"Cancel all orders on {symbol}.",
                CancelScope.BIDS: f"Cancel all buy orders on {symbol}.",
                CancelScope.ASKS: f"Cancel all sell orders on {symbol}.",
                CancelScope.EVERYTHING: "Cancel every order of the account, on all symbols.",
            }[scope]
        case Amend(target, size, price):
            changes = [] if size is None else [f"size to {_size_words(size, '', None).rstrip()}"]
            changes += [] if price is None else [f"price to {_price_words(price)}"]
            return f"Amend order {_ref_text(target)}: {' and '.join(changes)}."
        case Help(topic):
            return f"Show help on {topic}." if topic else "Show help."
        case Symbol(symbol):
            return f"Show {symbol}."
        case _:
            return _SIMPLE[type(stmt)][1]
