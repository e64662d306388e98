"""The fields of an order draft: which its type uses, what they say, and how each is changed.

Which type takes which term is `app.domain.venue_rules.RULES`; what a field's
text may be is the grammar's. Here is only the order of the fields and what a
field starts from when another change makes it needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from app.domain.grammar_text import TRIGGER_WORDS, display_text, distance_text, price_text, size_text
from app.domain.grammar_times import duration_text, when_text
from app.domain.order import (
    CloseDraft,
    OffsetUnit,
    OrderType,
    Price,
    PriceRef,
    Side,
    Size,
    SizeUnit,
    Stp,
    TimeInForce,
    TriggerDraft,
    TriggerRef,
    When,
    WhenKind,
)
from app.domain.order import Draft as Order
from app.domain.venue_rules import RULES
from app.screens import field_values as values

DISPLAY: Final = Size(Decimal(10), SizeUnit.PERCENT)
"""Slice of an iceberg until another is typed: within Kraken's 1/15."""

EXPIRY: Final = When(WhenKind.AFTER, 15 * 60)
"""Expiry of a good-till-date order until another is typed."""

AWAY: Final = Decimal("0.5")
"""Percent from its reference at which a trigger or a close starts until another is typed."""

TRAIL: Final = Price(PriceRef.OWN, Decimal(1), OffsetUnit.PERCENT)
AT_TRIGGER: Final = Price(PriceRef.OWN, Decimal(0))
TIMES: Final = (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTD)
NO: Final = "no"
YES: Final = "yes"
USUAL: Final = "usual"
_SWITCH: Final = (NO, YES)
_STP: Final = {USUAL: None, "newest": Stp.CANCEL_NEWEST, "oldest": Stp.CANCEL_OLDEST, "both": Stp.CANCEL_BOTH}
_FEES: Final = {USUAL: None, "base": True, "quote": False}
CLOSES: Final = (NO, *(kind.value for kind in OrderType if RULES[kind].is_close))
TYPES: Final = tuple(kind.value for kind in OrderType)
_LOSS: Final = frozenset(kind for kind, word in TRIGGER_WORDS.items() if word == "stop")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form.

    Attributes:
        name: Its label.
        show: Text of the field in an order.
        read: The order with the field's text changed; raises `GrammarError` at the character that is wrong.
        used: Whether an order of this type has the field.
        options: What there is to choose from; empty for a text.
        word: What the field adds to the line of flags; None for a field with a row of its own.
        hint: What may be typed.
    """

    name: str
    show: Callable[[Order], str]
    read: Callable[[Order, str], Order]
    used: Callable[[Order], bool] = lambda _order: True
    options: Callable[[Order], tuple[str, ...]] = lambda _order: ()
    word: Callable[[Order], str] | None = None
    hint: str = ""


def times_of(order: Order) -> tuple[TimeInForce, ...]:
    """Return the times in force that an order's type takes in the grammar, in the order in which a key walks them."""
    if order.order_type is OrderType.MARKET:
        return (TimeInForce.GTC,)
    return tuple(time for time in TIMES if time in RULES[order.order_type].times)


def settled(order: Order) -> Order:
    """Return the order with terms that its type has no use for dropped, and those that it needs filled in."""
    kind, rule = order.order_type, RULES[order.order_type]
    tif = order.time_in_force if order.time_in_force in times_of(order) else TimeInForce.GTC
    rests = tif in {TimeInForce.GTC, TimeInForce.GTD}
    return replace(
        order,
        time_in_force=tif,
        expire=(order.expire or EXPIRY) if tif is TimeInForce.GTD else None,
        post_only=order.post_only and rule.post_only and rests,
        display=(order.display or DISPLAY) if rule.display else None,
        trigger=_trigger(order),
        price=_limit(order),
        close=order.close if rule.carries_close else None,
        start=None if kind is OrderType.SETTLE_POSITION else order.start,
    )


def _trigger(order: Order) -> TriggerDraft | None:
    """Return a trigger that fits the type: kept, a start value, or none."""
    kind, now = order.order_type, order.trigger
    if not kind.triggered:
        return None
    return now or TriggerDraft(TRAIL if kind.trailing else away(order.side, kind), TriggerRef.LAST)


def away(side: Side, kind: OrderType) -> Price:
    """Return where a trigger starts: on the side of its reference on which it makes sense."""
    above = (side is Side.BUY) == (kind in _LOSS)
    return Price(PriceRef.OWN, AWAY if above else -AWAY, OffsetUnit.PERCENT)


def _limit(order: Order) -> Price | None:
    """Return a limit that fits the type: kept, replaced by a start value, or none."""
    kind, now = order.order_type, order.price
    if not kind.limited:
        return None
    if kind.trailing:
        return now if now is not None and now.ref is PriceRef.OWN else AT_TRIGGER
    if kind.triggered:
        return now or AT_TRIGGER
    if now is None or now.ref is PriceRef.OWN:
        return Price(PriceRef.BID if order.side is Side.BUY else PriceRef.ASK, Decimal(0))
    return now


def with_type(order: Order, kind: OrderType) -> Order:
    """Return the order with another type; prices that mean something else there start anew.

    Post-only does not go along to a triggered type: a stop that refuses to take would not stop anything.
    """
    before = order.order_type
    same = before.triggered == kind.triggered and before.trailing == kind.trailing
    word = TRIGGER_WORDS.get(before) == TRIGGER_WORDS.get(kind)
    return settled(
        replace(
            order,
            order_type=kind,
            price=order.price if same else None,
            post_only=order.post_only and (not kind.triggered or before.triggered),
            trigger=order.trigger if same and word else None,
        )
    )


def with_side(order: Order, side: Side) -> Order:
    """Return the order on the other side; a relative price goes to the touch of that side."""
    if side is order.side:
        return order
    price, touches = order.price, (PriceRef.BID, PriceRef.ASK)
    if price is not None and price.ref in touches:
        ref = touches[0] if price.ref is touches[1] else touches[1]
        price = Price(ref, -price.value, price.unit)
    trigger = order.trigger
    if trigger is not None and trigger.price == away(order.side, order.order_type):
        trigger = replace(trigger, price=away(side, order.order_type))
    close = order.close
    if close is not None and close == start_close(close.order_type, order.side):
        close = start_close(close.order_type, side)
    return settled(replace(order, side=side, price=price, trigger=trigger, close=close))


def start_close(kind: OrderType, side: Side) -> CloseDraft:
    """Return what a conditional close of a kind starts from.

    Args:
        kind: Kind of the children.
        side: Side of the parent.
    """
    if kind is OrderType.LIMIT:
        return CloseDraft(kind, Price(PriceRef.OWN, AWAY if side is Side.BUY else -AWAY, OffsetUnit.PERCENT))
    trigger = TRAIL if kind.trailing else away(side.opposite, kind)
    return CloseDraft(kind, AT_TRIGGER if kind.limited else None, trigger)


def with_close(order: Order, kind: str) -> Order:
    """Return the order with another kind of conditional close, or with none."""
    if kind == NO:
        return replace(order, close=None)
    chosen, now = OrderType(kind), order.close
    return (
        order if now is not None and now.order_type is chosen else replace(order, close=start_close(chosen, order.side))
    )


def with_time(order: Order, time: TimeInForce) -> Order:
    """Return the order with another time in force; one that does not rest can't be post-only."""
    return settled(replace(order, time_in_force=time))


def with_post(order: Order, *, post: bool) -> Order:
    """Return the order with post-only on or off; with it the order rests."""
    rests = order.time_in_force in {TimeInForce.GTC, TimeInForce.GTD}
    time = order.time_in_force if rests or not post else TimeInForce.GTC
    return settled(replace(order, post_only=post, time_in_force=time))


def _trigger_line(order: Order) -> str:
    """Return the words of the trigger as the limit's context: their values do not matter there."""
    kind = order.order_type
    return f"{TRIGGER_WORDS[kind]} {'1%' if kind.trailing else '1'}" if kind.triggered else ""


def _close_line(close: CloseDraft) -> str:
    kind = close.order_type
    return f"{TRIGGER_WORDS[kind]} {'1%' if kind.trailing else '1'}" if kind.triggered else ""


def _trigger_price(order: Order) -> str:
    if order.trigger is None:
        return ""
    price = order.trigger.price
    return distance_text(price) if order.order_type.trailing else price_text(price)


def _read_trigger(order: Order, text: str) -> Order:
    assert order.trigger is not None
    price = values.read_trigger(text, order.side, TRIGGER_WORDS[order.order_type])
    return replace(order, trigger=replace(order.trigger, price=price))


def _close_trigger(order: Order) -> str:
    close = order.close
    if close is None or close.trigger is None:
        return ""
    return distance_text(close.trigger) if close.order_type.trailing else price_text(close.trigger)


def _read_close_trigger(order: Order, text: str) -> Order:
    assert order.close is not None
    word = TRIGGER_WORDS[order.close.order_type]
    return replace(order, close=replace(order.close, trigger=values.read_close_trigger(text, word)))


def _read_close_limit(order: Order, text: str) -> Order:
    assert order.close is not None
    limit = values.read_close_price(text, _close_line(order.close))
    return replace(order, close=replace(order.close, limit=limit))


def _read_reference(order: Order, text: str) -> Order:
    assert order.trigger is not None
    return replace(order, trigger=replace(order.trigger, reference=TriggerRef(text)))


def _read_start(order: Order, text: str) -> Order:
    empty = text.strip().lower() in (*values.NONE, "now")
    return replace(order, start=None if empty else values.read_time(text, "start"))


def _posts(order: Order) -> bool:
    return RULES[order.order_type].post_only


def _closes(order: Order) -> bool:
    return order.close is not None


FIELDS: Final[tuple[Field, ...]] = (
    Field("side", lambda o: o.side.value, lambda o, t: with_side(o, Side(t)), options=lambda _o: ("buy", "sell")),
    Field(
        "type",
        lambda o: o.order_type.value,
        lambda o, t: with_type(o, OrderType(t)),
        options=lambda _o: TYPES,
        word=lambda o: o.order_type.value,
    ),
    Field(
        "size",
        lambda o: size_text(o.size),
        lambda o, t: replace(o, size=values.read_size(t, o.side, o.symbol)),
        hint="0.5  $200  25%  max  risk $100",
    ),
    Field(
        "trigger",
        _trigger_price,
        _read_trigger,
        used=lambda o: o.order_type.triggered and not o.order_type.trailing,
        hint="63000  -0.5%  last-50  -10t",
    ),
    Field("trail", _trigger_price, _read_trigger, used=lambda o: o.order_type.trailing, hint="1%  50  10t"),
    Field(
        "watches",
        lambda o: o.trigger.reference.value if o.trigger else "",
        _read_reference,
        used=lambda o: o.order_type.triggered,
        options=lambda _o: tuple(ref.value for ref in TriggerRef),
    ),
    Field(
        "price",
        lambda o: price_text(o.price) if o.price else "",
        lambda o, t: replace(o, price=values.read_price(t, o.side, _trigger_line(o))),
        used=lambda o: o.order_type.limited,
        hint="64200  bid-2t  mid-0.05%  ask",
    ),
    Field(
        "display",
        lambda o: display_text(o.display) if o.display else "",
        lambda o, t: replace(o, display=values.read_display(t)),
        used=lambda o: RULES[o.order_type].display,
        hint="0.05  10%: at least 1/15",
    ),
    Field(
        "post",
        lambda o: YES if o.post_only else NO,
        lambda o, t: with_post(o, post=t == YES),
        used=_posts,
        options=lambda _o: _SWITCH,
        word=lambda o: "post" if o.post_only else "",
    ),
    Field(
        "tif",
        lambda o: o.time_in_force.value,
        lambda o, t: with_time(o, TimeInForce(t)),
        used=lambda o: len(times_of(o)) > 1,
        options=lambda o: tuple(time.value for time in times_of(o)),
        word=lambda o: o.time_in_force.value,
    ),
    Field(
        "expires",
        lambda o: when_text(o.expire) if o.expire else "",
        lambda o, t: replace(o, expire=values.read_time(t, "gtd")),
        used=lambda o: o.time_in_force is TimeInForce.GTD,
        hint="15m  1h30m  18:30 (UTC)",
    ),
    Field(
        "starts",
        lambda o: when_text(o.start) if o.start else "now",
        _read_start,
        used=lambda o: o.order_type is not OrderType.SETTLE_POSITION,
        hint="15m  18:30 (UTC)  now",
    ),
    Field(
        "close",
        lambda o: o.close.order_type.value if o.close else NO,
        with_close,
        used=lambda o: RULES[o.order_type].carries_close,
        options=lambda _o: CLOSES,
    ),
    Field(
        "· trigger",
        _close_trigger,
        _read_close_trigger,
        used=lambda o: o.close is not None and o.close.trigger is not None,
        hint="63000  -0.5%; trail 1%",
    ),
    Field(
        "· price",
        lambda o: price_text(o.close.limit) if o.close and o.close.limit else "",
        _read_close_limit,
        used=lambda o: o.close is not None and o.close.limit is not None,
        hint="65000  +0.5%  +10t",
    ),
    Field(
        "reduce",
        lambda o: YES if o.reduce_only else NO,
        lambda o, t: replace(o, reduce_only=t == YES),
        options=lambda _o: _SWITCH,
        word=lambda o: "reduce" if o.reduce_only else "",
    ),
    Field(
        "leverage",
        lambda o: str(o.leverage) if o.leverage else NO,
        lambda o, t: replace(o, leverage=values.read_leverage(t)),
        word=lambda o: f"lev {o.leverage}" if o.leverage else "",
        hint="2, 3, 5 …; no is spot",
    ),
    Field(
        "stp",
        lambda o: next(name for name, mode in _STP.items() if mode is o.stp),
        lambda o, t: replace(o, stp=_STP[t]),
        options=lambda _o: tuple(_STP),
        word=lambda o: f"stp {next(name for name, mode in _STP.items() if mode is o.stp)}" if o.stp else "",
    ),
    Field(
        "fee in",
        lambda o: next(name for name, base in _FEES.items() if base is o.fee_in_base),
        lambda o, t: replace(o, fee_in_base=_FEES[t]),
        options=lambda _o: tuple(_FEES),
        word=lambda o: "" if o.fee_in_base is None else f"fee {'base' if o.fee_in_base else 'quote'}",
    ),
    Field(
        "deadline",
        lambda o: duration_text(o.deadline_ms) if o.deadline_ms else NO,
        lambda o, t: replace(o, deadline_ms=values.read_deadline(t)),
        word=lambda o: f"deadline {duration_text(o.deadline_ms)}" if o.deadline_ms else "",
        hint="500ms to 60s; no is the usual",
    ),
    Field(
        "validate",
        lambda o: YES if o.validate else NO,
        lambda o, t: replace(o, validate=t == YES),
        options=lambda _o: _SWITCH,
        word=lambda o: "validate" if o.validate else "",
    ),
)
"""All fields, in the order in which the keys walk them."""
