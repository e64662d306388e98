"""Fields of `executions` rows that plain orders lack: triggers, closes, icebergs, times, margin (`ws-v2.md` §7.3)."""

from __future__ import annotations

from decimal import Decimal

from app.domain.instrument import plain
from app.venue.core.api import Conditional, Fill, Order, PriceType, TriggerState
from app.venue.wire import policies
from app.venue.wire.frames import Token, Value
from app.venue.wire.numbers import Scale, micros


def _value(value: Decimal, kind: PriceType, scale: Scale) -> Token:
    """A price with its decimals, or an offset as it was sent."""
    return Token(plain(value) if kind is PriceType.PCT else scale.instrument.price_text(value))


def limit_fields(order: Order, scale: Scale) -> dict[str, Value]:
    """`limit_price` and what it means; an offset stays one until the trigger fires."""
    if order.terms.limit_value is not None and order.waits and policies.OFFSET_LIMIT_UNTIL_TRIGGERED:
        kind = order.terms.limit_price_type
        return {"limit_price": _value(order.terms.limit_value, kind, scale), "limit_price_type": str(kind)}
    row: dict[str, Value] = {"limit_price_type": str(PriceType.STATIC)}
    if order.order_type.limited:
        row["limit_price"] = Token(scale.price(order.price))
    return row


def trigger_fields(order: Order, scale: Scale) -> dict[str, Value]:
    """`triggers` with its deprecated predecessors; only `stop_price` for kinds without a trigger."""
    state = order.trigger
    if state is None:
        return {"stop_price": Token("0.0")}
    row: dict[str, Value] = {
        "triggers": _triggers(state, scale),
        "stop_price": Token(scale.price(state.price)),
        "trigger": str(state.reference),
    }
    return row | {"triggered_price": Token(scale.price(state.last))} if state.triggered else row


def _triggers(state: TriggerState, scale: Scale) -> dict[str, Value]:
    row: dict[str, Value] = {
        "reference": str(state.reference),
        "price": _value(state.value, state.kind, scale),
        "price_type": str(state.kind),
        "actual_price": Token(scale.price(state.price)),
        "status": "triggered" if state.triggered else "untriggered",
    }
    if state.peak:
        row["peak_price"] = Token(scale.price(state.peak))
    if state.triggered:
        row |= {"last_price": Token(scale.price(state.last)), "timestamp": micros(state.ts_ns)}
    return row


def contingent(close: Conditional, scale: Scale) -> dict[str, Value]:
    """The template of a conditional close."""
    row: dict[str, Value] = {"order_type": str(close.order_type)}
    if close.trigger is not None:
        kind = close.trigger.price_type
        row |= {"trigger_price": _value(close.trigger.price, kind, scale), "trigger_price_type": str(kind)}
    if close.limit_price is not None:
        kind = close.limit_price_type
        row |= {"limit_price": _value(close.limit_price, kind, scale), "limit_price_type": str(kind)}
    return row


def iceberg_fields(order: Order, scale: Scale) -> dict[str, Value]:
    """What an iceberg shows, or would show once it rests; empty for other kinds."""
    if not order.terms.display:
        return {}
    return {
        "display_qty": Token(scale.qty(order.terms.display)),
        "display_qty_remain": Token(scale.qty(min(order.shown, order.terms.display))),
    }


def more_fields(order: Order, scale: Scale) -> dict[str, Value]:
    """All further terms of an order, each only where it has one."""
    terms = order.terms
    row = iceberg_fields(order, scale)
    if terms.cash:
        row["cash_order_qty"] = Token(scale.cost(terms.cash))
    if terms.effective_ns:
        row["effective_time"] = micros(terms.effective_ns)
    if terms.expire_ns:
        row["expire_time"] = micros(terms.expire_ns)
    if terms.close is not None:
        row["contingent"] = contingent(terms.close, scale)
    if order.parent_id:
        row["ord_ref_id"] = order.parent_id
    for name, on in (("post_only", order.post_only), ("reduce_only", terms.reduce_only), ("margin", terms.leverage)):
        if on:
            row[name] = True
    return row


def margin_fields(fill: Fill) -> dict[str, Value]:
    """What a fill did to positions; empty for a spot fill."""
    if not (fill.opened or fill.closed):
        return {}
    status = policies.POSITION_OPENED if fill.opened else policies.POSITION_CLOSING
    return {"margin": True, "margin_borrow": bool(fill.opened), "position_status": status}
