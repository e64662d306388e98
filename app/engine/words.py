"""Orders and their parts in words, for panes and previews."""

from __future__ import annotations

from decimal import Decimal

from app.domain.instrument import Instrument, plain
from app.domain.order import CloseTemplate, OrderType, PriceKind, Side, Trigger
from app.domain.working import WorkingOrder

_STOPS = "stop"
_PROFITS = "tp"


def trigger_text(order: WorkingOrder, instrument: Instrument | None) -> str:
    """Return `stop 63000.0 last` or `trail 1% index`; empty for an order without a trigger."""
    trigger = order.trigger
    if trigger is None:
        return ""
    kind = "trail" if order.order_type.trailing else _STOPS if "stop" in order.order_type.value else _PROFITS
    if order.trigger_price is not None:
        now = instrument.price_text(order.trigger_price) if instrument else plain(order.trigger_price)
        asked = _amount(trigger, instrument)
        return f"{kind} {asked}{'' if asked == now else f' → {now}'} {trigger.reference.value}"
    return f"{kind} {_amount(trigger, instrument)} {trigger.reference.value}"


def _amount(trigger: Trigger, instrument: Instrument | None) -> str:
    return kind_text(trigger.price, trigger.kind, instrument)


def kind_text(value: Decimal, kind: PriceKind, instrument: Instrument | None) -> str:
    """Return a price as meant: `63000.0`, `+1%`, `-50`."""
    if kind is PriceKind.PCT:
        return f"{plain(value)}%"
    if kind is PriceKind.QUOTE:
        return f"{value:+f}"
    return instrument.price_text(value) if instrument else plain(value)


def close_text(close: CloseTemplate | None, side: Side, instrument: Instrument | None) -> str:
    """Return a conditional close in words; empty without one."""
    if close is None:
        return ""
    kind = "" if close.order_type is OrderType.LIMIT else f" {close.order_type.value}"
    words = [f"each fill then {side.opposite.value}s its size:{kind}"]
    if close.trigger_price is not None:
        words.append(f"at {kind_text(close.trigger_price, close.trigger_kind, instrument)}")
    if close.limit_price is not None:
        words.append(f"limit {kind_text(close.limit_price, close.limit_kind, instrument)}")
    return " ".join(words)
