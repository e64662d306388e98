"""Statements back to text: the canonical form, which reads back the same."""

from __future__ import annotations

from typing import Final

from app.domain.grammar_times import MS, duration_text, when_text
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
    Chase,
    Close,
    Disarm,
    Edit,
    Flatten,
    Help,
    HelperControl,
    Kill,
    Limits,
    OrderRef,
    Override,
    Place,
    Quit,
    Release,
    Reverse,
    Scale,
    Statement,
    Symbol,
    Transport,
    Twap,
    Why,
)

_WHOLE: Final = 100
_LARGE: Final = 100
_OFFSET_SUFFIX: Final = {OffsetUnit.QUOTE: "", OffsetUnit.TICKS: "t", OffsetUnit.PERCENT: "%"}
_STP: Final = {Stp.CANCEL_NEWEST: "newest", Stp.CANCEL_OLDEST: "oldest", Stp.CANCEL_BOTH: "both"}
_SIMPLE: Final[dict[type, str]] = {
    Kill: "kill",
    Release: "release",
    Arm: "arm",
    Disarm: "disarm",
    Quit: "quit",
    Flatten: "flatten",
    Limits: "limits",
}
TRIGGER_WORDS: Final = {
    OrderType.STOP_LOSS: "stop",
    OrderType.STOP_LOSS_LIMIT: "stop",
    OrderType.TAKE_PROFIT: "tp",
    OrderType.TAKE_PROFIT_LIMIT: "tp",
    OrderType.TRAILING_STOP: "trail",
    OrderType.TRAILING_STOP_LIMIT: "trail",
}


def size_text(size: Size) -> str:
    """Format a size the way it is typed."""
    number = plain(size.value)
    match size.unit:
        case SizeUnit.QUOTE:
            return f"${number}"
        case SizeUnit.PERCENT:
            return "max" if size.value == _WHOLE else f"{number}%"
        case SizeUnit.POSITION:
            return f"{number}% of position"
        case SizeUnit.RISK:
            return f"risk ${number}" + ("" if size.stop is None else f" stop {price_text(size.stop)}")
        case _:
            return number if size.value < _LARGE else f"size {number}"


def display_text(size: Size) -> str:
    """Format the slice of an iceberg the way it is typed."""
    if size.unit is SizeUnit.QUOTE:
        return f"${plain(size.value)}"
    return plain(size.value) + ("%" if size.unit is SizeUnit.PERCENT else "")


def price_text(price: Price) -> str:
    """Format a price the way it is typed."""
    if price.ref is PriceRef.ABSOLUTE:
        return plain(price.value)
    if price.ref is PriceRef.OWN:
        return f"{price.value:+f}{_OFFSET_SUFFIX[price.unit]}"
    if price.value == 0:
        return price.ref.value
    return f"{price.ref.value}{price.value:+f}{_OFFSET_SUFFIX[price.unit]}"


def distance_text(price: Price) -> str:
    """Format a trailing distance the way it is typed."""
    return f"{plain(price.value)}{_OFFSET_SUFFIX[price.unit]}"


def takes_by_name(draft: Draft) -> bool:
    """Tell whether a draft is a limit at or about the far touch, not post-only."""
    far = PriceRef.ASK if draft.side is Side.BUY else PriceRef.BID
    plain_limit = draft.order_type is OrderType.LIMIT and draft.price is not None
    return plain_limit and draft.price is not None and draft.price.ref is far and not draft.post_only


def ref_text(ref: OrderRef) -> str:
    """Format an order's name the way it is typed."""
    return f"#{ref.row}" if ref.row else ref.order_id


def _trigger_words(kind: OrderType, trigger: Price | None) -> list[str]:
    if trigger is None or kind not in TRIGGER_WORDS:
        return []
    return [TRIGGER_WORDS[kind], distance_text(trigger) if kind.trailing else price_text(trigger)]


def _time_words(draft: Draft) -> list[str]:
    take = takes_by_name(draft)
    match draft.time_in_force:
        case TimeInForce.GTD:
            return ["gtd", when_text(draft.expire)] if draft.expire else ["gtd"]
        case TimeInForce.IOC:
            return [] if take else ["ioc"]
        case TimeInForce.FOK:
            return ["fok"]
        case _:
            return ["gtc"] if take else []


def _option_words(draft: Draft) -> list[str]:
    """Return the words that every order takes."""
    words = ["reduce"] if draft.reduce_only else []
    words += ["lev", str(draft.leverage)] if draft.leverage else []
    words += ["stp", _STP[draft.stp]] if draft.stp else []
    words += [] if draft.fee_in_base is None else ["fee", "base" if draft.fee_in_base else "quote"]
    words += ["deadline", duration_text(draft.deadline_ms)] if draft.deadline_ms else []
    words += ["start", when_text(draft.start)] if draft.start else []
    words += ["validate"] if draft.validate else []
    return words


def _close_words(close: CloseDraft | None, side: Side) -> list[str]:
    if close is None:
        return []
    words = ["then", side.opposite.value, *_trigger_words(close.order_type, close.trigger)]
    return words + ([] if close.limit is None else ["@", price_text(close.limit)])


def _draft_text(draft: Draft) -> str:
    parts = [draft.side.value, size_text(draft.size), draft.symbol]
    parts += ["market"] if draft.order_type is OrderType.MARKET else []
    parts += ["settle"] if draft.order_type is OrderType.SETTLE_POSITION else []
    parts += _shape_words(draft)
    parts += [] if draft.price is None else ["@", price_text(draft.price)]
    parts += ["post"] if draft.post_only else []
    parts += _time_words(draft)
    parts += ["take"] if takes_by_name(draft) else []
    return " ".join([*parts, *_option_words(draft), *_close_words(draft.close, draft.side)])


def _shape_words(draft: Draft) -> list[str]:
    words = [] if draft.display is None else ["iceberg", display_text(draft.display)]
    if draft.trigger is None:
        return words
    words += ["index"] if draft.trigger.reference is TriggerRef.INDEX else []
    return words + _trigger_words(draft.order_type, draft.trigger.price)


def _scale_text(scale: Scale) -> str:
    draft = scale.draft
    size = size_text(draft.size)
    glue = "" if size[0] in "$.0123456789" else " "
    ladder = f"{scale.count}x{glue}{size}" if scale.each else f"{size} in {scale.count}"
    first = "" if draft.price is None else price_text(draft.price)
    parts = ["scale", draft.side.value, ladder, draft.symbol, f"{first}..{price_text(scale.end)}"]
    parts += _shape_words(draft)
    parts += ["post"] if draft.post_only else []
    parts += _time_words(draft)
    return " ".join([*parts, *_option_words(draft), *_close_words(draft.close, draft.side)])


def _helper_text(statement: Twap | Chase) -> str:
    draft = statement.draft
    parts = ["twap" if isinstance(statement, Twap) else "chase", draft.side.value, size_text(draft.size), draft.symbol]
    parts += ["take"] if draft.time_in_force is TimeInForce.IOC else []
    if isinstance(statement, Twap):
        parts += ["over", duration_text(statement.over_s * MS), "every", duration_text(statement.every_s * MS)]
    parts += [] if statement.limit is None else ["limit", price_text(statement.limit)]
    if isinstance(statement, Chase) and statement.for_s:
        parts += ["for", duration_text(statement.for_s * MS)]
    return " ".join([*parts, *_option_words(draft)])


def _change_text(change: Amend | Edit) -> str:
    parts = ["amend" if isinstance(change, Amend) else "edit", ref_text(change.target)]
    parts += [] if change.size is None else [size_text(change.size)]
    parts += [] if change.display is None else ["display", display_text(change.display)]
    parts += [] if change.trigger is None else ["trigger", price_text(change.trigger)]
    parts += [] if change.trail is None else ["trail", distance_text(change.trail)]
    parts += [] if change.price is None else ["@", price_text(change.price)]
    return " ".join([*parts, *(["post"] if change.post_only else [])])


def _bracket_text(bracket: Bracket) -> str:
    text = f"bracket {ref_text(bracket.target)} tp {price_text(bracket.take_profit)} stop {price_text(bracket.stop)}"
    return text if bracket.stop_limit is None else f"{text} @ {price_text(bracket.stop_limit)}"


def format_statement(stmt: Statement) -> str:
    """Return the canonical text, which parses to the same statement."""
    match stmt:
        case Place(draft):
            return _draft_text(draft)
        case Batch(drafts):
            return "batch " + " & ".join(map(_draft_text, drafts))
        case Cancel(target, family):
            return f"cancel {ref_text(target)}{' family' if family else ''}"
        case CancelBatch(targets):
            return "cancel " + " ".join(map(ref_text, targets))
        case CancelAll(scope, symbol):
            return f"cancel {scope.value} {symbol}".rstrip()
        case Amend() | Edit():
            return _change_text(stmt)
        case Scale():
            return _scale_text(stmt)
        case Twap() | Chase():
            return _helper_text(stmt)
        case Bracket():
            return _bracket_text(stmt)
        case _:
            return _other_text(stmt)


def _other_text(stmt: Statement) -> str:
    match stmt:
        case Close(symbol):
            return f"close {symbol}"
        case Reverse(symbol):
            return f"reverse {symbol}"
        case HelperControl(action, name):
            return f"{action.value} {name or 'all'}"
        case Why(target):
            return f"why {ref_text(target)}"
        case Override(name, count):
            return f"override {name} for {count}"
        case Transport(name):
            return f"transport {name}"
        case Alias(name, line):
            return f"alias {name} = {line}".rstrip()
        case Help(topic):
            return f"help {topic}".rstrip()
        case Symbol(symbol):
            return f"symbol {symbol}"
        case _:
            return _SIMPLE[type(stmt)]
