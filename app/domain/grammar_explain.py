"""What a statement does, in one plain sentence."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.domain.grammar_text import ref_text, takes_by_name
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
from app.domain.statements import (
    Alias,
    Amend,
    Arm,
    Batch,
    Bracket,
    Cancel,
    CancelAll,
    CancelBatch,
    CancelScope,
    Chase,
    Close,
    Disarm,
    Edit,
    Flatten,
    Help,
    HelperAction,
    HelperControl,
    Kill,
    Limits,
    Override,
    Place,
    Quit,
    Release,
    Reverse,
    Scale,
    Statement,
    Symbol,
    Twap,
    Why,
)

_WHOLE: Final = Decimal(100)
_SIMPLE: Final[dict[type, str]] = {
    Kill: "Cancel every order of the account, disarm and refuse new orders.",
    Release: "Let new orders out again after the kill switch.",
    Arm: "Arm: money keys act.",
    Disarm: "Disarm: back to VIEW.",
    Quit: "Close the screen; the engine says what happens to open orders.",
    Flatten: "Close the positions on all pairs, taking from the books.",
    Limits: "Show the limits and what is used of them.",
}
_SCOPES: Final = {
    CancelScope.ALL: "Cancel all orders on {}.",
    CancelScope.BIDS: "Cancel all buy orders on {}.",
    CancelScope.ASKS: "Cancel all sell orders on {}.",
    CancelScope.SESSION: "Cancel every order that this engine placed, on all symbols.",
    CancelScope.EVERYTHING: "Cancel every order of the account, on all symbols.",
}
_KINDS: Final = {
    OrderType.STOP_LOSS: "stop",
    OrderType.STOP_LOSS_LIMIT: "stop",
    OrderType.TAKE_PROFIT: "take-profit",
    OrderType.TAKE_PROFIT_LIMIT: "take-profit",
    OrderType.TRAILING_STOP: "trailing stop",
    OrderType.TRAILING_STOP_LIMIT: "trailing stop",
}
_STP: Final = {
    Stp.CANCEL_NEWEST: "the newer",
    Stp.CANCEL_OLDEST: "the older",
    Stp.CANCEL_BOTH: "both",
}


def _size_words(size: Size, symbol: str, side: Side | None) -> str:
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


def _offset_words(price: Price) -> str:
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
    return f"{_offset_words(price)} {'above' if price.value > 0 else 'below'} {name}"


def _trigger_words(kind: OrderType, trigger: Price, watched: str) -> str:
    if kind.trailing:
        return f"once the {watched} price is {_offset_words(trigger)} off its best"
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


def _stay_words(draft: Draft) -> str:
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


def _option_words(draft: Draft) -> list[str]:
    words = [f"on margin, leverage {draft.leverage}"] if draft.leverage else []
    words += ["only reduces a margin position"] if draft.reduce_only else []
    words += [f"against an own order cancels {_STP[draft.stp]}"] if draft.stp else []
    if draft.fee_in_base is not None:
        base, _, quote = draft.symbol.partition("/")
        words.append(f"fee in {base if draft.fee_in_base else quote}")
    words += [f"refused if it is not matched within {duration_text(draft.deadline_ms)}"] if draft.deadline_ms else []
    words += [f"starts {when_words(draft.start)}"] if draft.start else []
    return words


def _close_words(draft: Draft, close: CloseDraft) -> str:
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


def _draft_words(draft: Draft, what: str = "") -> str:
    verb = "Buy" if draft.side is Side.BUY else "Sell"
    size = what or _size_words(draft.size, draft.symbol, draft.side)
    parts = [f"{verb} {size} on {draft.symbol} {_shape_words(draft)}", _stay_words(draft), *_option_words(draft)]
    if draft.close is not None:
        parts.append(_close_words(draft, draft.close))
    text = "; ".join(part for part in parts if part)
    return f"Ask the venue, without placing it: {text}" if draft.validate else text


def _scale_words(scale: Scale) -> str:
    draft = scale.draft
    size = _size_words(draft.size, draft.symbol, draft.side)
    what = f"{scale.count} times {size}" if scale.each else f"{size} in {scale.count} orders"
    verb = "Buy" if draft.side is Side.BUY else "Sell"
    first = "" if draft.price is None else price_words(draft.price)
    parts = [f"{verb} {what} on {draft.symbol} at limits from {first} to {price_words(scale.end)}", _stay_words(draft)]
    parts += _option_words(draft)
    parts += [] if draft.close is None else [_close_words(draft, draft.close)]
    return "; ".join(part for part in parts if part)


def _helper_words(helper: Twap | Chase) -> str:
    draft = helper.draft
    verb = "Buy" if draft.side is Side.BUY else "Sell"
    text = f"{verb} {_size_words(draft.size, draft.symbol, draft.side)} on {draft.symbol}"
    bound = "" if helper.limit is None else f", never beyond {price_words(helper.limit)}"
    if isinstance(helper, Chase):
        time = f", for {duration_text(helper.for_s * MS)} at most" if helper.for_s else ""
        parts = [f"{text} with a post-only order that follows the touch{bound}{time}"]
    else:
        how = "taking at the far touch" if draft.time_in_force is TimeInForce.IOC else "joining the near touch"
        span = f"over {duration_text(helper.over_s * MS)}, a slice every {duration_text(helper.every_s * MS)}"
        parts = [f"{text} {span}, {how}{bound}"]
    return "; ".join([*parts, *_option_words(draft)])


def _change_words(change: Amend | Edit) -> str:
    changes = [] if change.size is None else [f"size to {_size_words(change.size, '', None).rstrip()}"]
    changes += [] if change.display is None else [f"shown slice to {_size_words(change.display, '', None).rstrip()}"]
    changes += [] if change.trigger is None else [f"trigger to {price_words(change.trigger)}"]
    changes += [] if change.trail is None else [f"trailing distance to {_offset_words(change.trail)}"]
    changes += [] if change.price is None else [f"price to {price_words(change.price)}"]
    text = " and ".join(changes) + (", refused if it would take" if change.post_only else "")
    if isinstance(change, Edit):
        return f"Replace order {ref_text(change.target)} by a new one: {text}; its place in the queue is lost"
    return f"Amend order {ref_text(change.target)}: {text}"


def _bracket_words(bracket: Bracket) -> str:
    stop = f"{price_words(bracket.stop, 'its price')}"
    limit = (
        "" if bracket.stop_limit is None else f" with a limit at {price_words(bracket.stop_limit, 'the trigger price')}"
    )
    return (
        f"Guard order {ref_text(bracket.target)}: exit in profit at {price_words(bracket.take_profit, 'its price')} "
        f"or at a stop of {stop}{limit}; the engine cancels the other, and both may fill first"
    )


def explain(stmt: Statement) -> str:
    """Say in one plain line what a statement does."""
    match stmt:
        case Place(draft):
            return f"{_draft_words(draft)}."
        case Batch(drafts):
            return f"In one batch: {' and '.join(map(_draft_words, drafts))}."
        case Amend() | Edit():
            return f"{_change_words(stmt)}."
        case Scale():
            return f"{_scale_words(stmt)}."
        case Twap() | Chase():
            return f"{_helper_words(stmt)}."
        case Bracket():
            return f"{_bracket_words(stmt)}."
        case Cancel() | CancelBatch() | CancelAll():
            return _cancel_words(stmt)
        case _:
            return _other_words(stmt)


def _cancel_words(stmt: Cancel | CancelBatch | CancelAll) -> str:
    match stmt:
        case Cancel(target, family):
            return f"Cancel order {ref_text(target)}{' and all that its fills made' if family else ''}."
        case CancelBatch(targets):
            return f"Cancel {len(targets)} orders in one batch: {', '.join(map(ref_text, targets))}."
        case CancelAll(scope, symbol):
            return _SCOPES[scope].format(symbol)


def _other_words(stmt: Statement) -> str:
    match stmt:
        case Close(symbol):
            return f"Close the position on {symbol}, taking from the book."
        case Reverse(symbol):
            return f"Turn the position on {symbol} into its opposite, taking from the book."
        case HelperControl(action, name):
            whose = "its" if name else "their"
            end = f"; {whose} orders are cancelled" if action is HelperAction.STOP else ""
            return f"{action.value.capitalize()} {f'helper {name}' if name else 'all helpers'}{end}."
        case Why(target):
            return f"Show all that is known of order {ref_text(target)}."
        case Override(name, count):
            return f"Let the next {f'{count} orders' if count > 1 else 'order'} pass the {name} limit; it is logged."
        case Alias(name, line):
            return f"Let {name} stand for: {line}." if line else f"Forget the alias {name}."
        case Help(topic):
            return f"Show help on {topic}." if topic else "Show help."
        case Symbol(symbol):
            return f"Show {symbol}."
        case _:
            return _SIMPLE[type(stmt)]
