"""What a statement does, in one plain sentence."""

from __future__ import annotations

from typing import Final

from app.domain.grammar_phrases import (
    close_words,
    draft_words,
    offset_words,
    option_words,
    price_words,
    size_words,
    stay_words,
)
from app.domain.grammar_text import ref_text
from app.domain.grammar_times import MS, duration_text
from app.domain.order import Side, TimeInForce
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
    Transport,
    Twap,
    Why,
)

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


def _scale_words(scale: Scale) -> str:
    draft = scale.draft
    size = size_words(draft.size, draft.symbol, draft.side)
    what = f"{scale.count} times {size}" if scale.each else f"{size} in {scale.count} orders"
    verb = "Buy" if draft.side is Side.BUY else "Sell"
    first = "" if draft.price is None else price_words(draft.price)
    parts = [f"{verb} {what} on {draft.symbol} at limits from {first} to {price_words(scale.end)}", stay_words(draft)]
    parts += option_words(draft)
    parts += [] if draft.close is None else [close_words(draft, draft.close)]
    return "; ".join(part for part in parts if part)


def _helper_words(helper: Twap | Chase) -> str:
    draft = helper.draft
    verb = "Buy" if draft.side is Side.BUY else "Sell"
    text = f"{verb} {size_words(draft.size, draft.symbol, draft.side)} on {draft.symbol}"
    bound = "" if helper.limit is None else f", never beyond {price_words(helper.limit)}"
    if isinstance(helper, Chase):
        time = f", for {duration_text(helper.for_s * MS)} at most" if helper.for_s else ""
        parts = [f"{text} with a post-only order that follows the touch{bound}{time}"]
    else:
        how = "taking at the far touch" if draft.time_in_force is TimeInForce.IOC else "joining the near touch"
        span = f"over {duration_text(helper.over_s * MS)}, a slice every {duration_text(helper.every_s * MS)}"
        parts = [f"{text} {span}, {how}{bound}"]
    return "; ".join([*parts, *option_words(draft)])


def _change_words(change: Amend | Edit) -> str:
    changes = [] if change.size is None else [f"size to {size_words(change.size, '', None).rstrip()}"]
    changes += [] if change.display is None else [f"shown slice to {size_words(change.display, '', None).rstrip()}"]
    changes += [] if change.trigger is None else [f"trigger to {price_words(change.trigger)}"]
    changes += [] if change.trail is None else [f"trailing distance to {offset_words(change.trail)}"]
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
            return f"{draft_words(draft)}."
        case Batch(drafts):
            return f"In one batch: {' and '.join(map(draft_words, drafts))}."
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
        case Transport(name):
            return f"Send new orders over {name.upper()} from now on."
        case Alias(name, line):
            return f"Let {name} stand for: {line}." if line else f"Forget the alias {name}."
        case Help(topic):
            return f"Show help on {topic}." if topic else "Show help."
        case Symbol(symbol):
            return f"Show {symbol}."
        case _:
            return _SIMPLE[type(stmt)]
