"""What a draft would do, said before the key is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from app.domain.advisor import advise
from app.domain.fault_terms import term_of
from app.domain.instrument import Instrument
from app.domain.order import Draft, OrderRequest, OrderType, Side, TimeInForce
from app.domain.quote import Market, OrderPreview, QuoteError, preview, resolve
from app.domain.quote_changes import resolve_change
from app.domain.ratelimit import (
    NS_PER_S,
    PLACE_AND_PULL,
    cancel_tag,
    cost_add,
    cost_amend,
    cost_amend_away,
    cost_cancel,
    cost_edit,
    pulls_in_a_row,
    wait_text,
)
from app.domain.statements import Change, Edit
from app.domain.working import WorkingOrder
from app.engine import words
from app.engine.state import DeskState
from app.link.preview_frame import PreviewView

if TYPE_CHECKING:
    from app.engine.gate import Gate

_CENT = Decimal("0.01")
_TENTH = Decimal("0.1")


def place(state: DeskState, gate: Gate, draft: Draft, explained: str) -> PreviewView:
    """Preview a new order."""
    try:
        market = gate.market(draft.symbol)
        request = resolve(draft, market, gate.funds(draft.symbol), "", now_ns=state.clock.now_ns())
    except QuoteError as error:
        return PreviewView(False, explained, error.message, suggestion=error.hint, symbol=draft.symbol, term=error.term)
    return _of_request(state, gate, request, market, explained)


def many(
    state: DeskState, gate: Gate, requests: Sequence[OrderRequest], points: Decimal, explained: str
) -> PreviewView:
    """Preview a batch or a ladder: one line per leg, the sums, the first refusal."""
    symbol = requests[0].symbol
    market = gate.market(symbol)
    instrument = market.instrument
    verdicts = gate.check_batch(tuple(requests))
    legs, refusals = [], []
    notional = Decimal(0)
    for at, request in enumerate(requests, 1):
        refusals += [f"leg {at}: {refusal.text}: {refusal.hint}" for refusal in verdicts[at - 1].refusals[:1]]
        price = "market" if request.limit_price is None else instrument.price_text(request.limit_price)
        legs.append(f"{request.side.value} {instrument.qty_text(request.qty)} @ {price}")
        notional += request.qty * (request.limit_price or market.far(request.side) or Decimal(0))
    return PreviewView(
        not refusals,
        explained,
        refusals=tuple(refusals),
        symbol=symbol,
        side=requests[0].side.value,
        qty=instrument.qty_text(sum((request.qty for request in requests), Decimal(0))),
        notional=f"{notional.quantize(_CENT):,} {instrument.quote}",
        points=points_text(state, symbol, points),
        legs=tuple(legs),
    )


def _of_request(state: DeskState, gate: Gate, request: OrderRequest, market: Market, explained: str) -> PreviewView:
    instrument = market.instrument
    verdict = gate.check(request)
    blocked = state.blocked(request.symbol)
    refusals = [f"{refusal.text}: {refusal.hint}" for refusal in verdict.refusals]
    if blocked and not refusals:
        refusals.append(blocked)
    pair = state.market.pairs.get(request.symbol)
    book = pair.book if pair else None
    base = PreviewView(
        not refusals,
        explained,
        refusals=tuple(refusals),
        warnings=tuple(warning.text for warning in verdict.warnings),
        symbol=request.symbol,
        side=request.side.value,
        price="" if request.limit_price is None else instrument.price_text(request.limit_price),
        qty=instrument.qty_text(request.qty),
        points=points_text(state, request.symbol, cost_add()),
        pull=_pull(state, request),
        closes=words.close_text(request.conditional, request.side, instrument),
        term=next((term_of(refusal, request.order_type) for refusal in verdict.refusals[:1]), ""),
    )
    if book is None:
        return base
    fees = state.account.fee_rates(request.symbol)
    return _with_book(base, preview(request, market, book, fees), request, instrument, state)


def _pull(state: DeskState, request: OrderRequest) -> str:
    """Say what placing and pulling comes to; nothing for an order that never rests."""
    if request.order_type is OrderType.MARKET or request.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        return ""
    rates, symbol = state.rates, request.symbol
    counter = rates.pair(symbol).counter
    after = (rates.points(symbol) + PLACE_AND_PULL).quantize(_TENTH)
    count = pulls_in_a_row(counter.headroom(state.clock.mono_ns()), rates.reserve)
    each = wait_text(int(PLACE_AND_PULL * NS_PER_S / rates.tier.decay))
    return f"in 5 s +{cost_cancel(0):f} → {after}; {count} in a row, then one per {each}"


def _with_book(
    view: PreviewView, seen: OrderPreview, request: OrderRequest, instrument: Instrument, state: DeskState
) -> PreviewView:
    kind = "taker" if seen.would_take and not seen.post_refused else "maker"
    if seen.fills_qty and seen.rests_qty:
        kind = "taker + maker"
    queue = ""
    if seen.rests_qty:
        count = "?" if seen.orders_ahead is None else str(seen.orders_ahead)
        queue = f"{count} ord / {instrument.qty_text(seen.qty_ahead)} ahead"
    average = "" if seen.fills_avg is None else instrument.price_text(state.rounded(request.symbol, seen.fills_avg))
    return replace(
        view,
        notional=f"{seen.notional.quantize(_CENT):,} {instrument.quote}",
        fee=f"{seen.fee.quantize(_CENT):,} {instrument.quote} {kind}",
        fills_now=instrument.qty_text(seen.fills_qty) if seen.fills_qty else "",
        fills_avg=average,
        rests=instrument.qty_text(seen.rests_qty) if seen.rests_qty else "",
        queue=queue,
        wakes=_wakes(seen, instrument),
        closes=_children(view.closes, seen),
        effect=_effect(request, instrument, state),
    )


def _wakes(seen: OrderPreview, instrument: Instrument) -> str:
    """Say what a triggered order waits for and does then."""
    if not seen.later:
        return ""
    where = "" if seen.wakes_at is None else f"waits for {instrument.price_text(seen.wakes_at)}"
    if seen.wakes_now:
        where = f"{where}: would trigger at once"
    return f"{where}, {seen.later}" if where else seen.later


def _children(closes: str, seen: OrderPreview) -> str:
    """Say how many exits a conditional close may make: each fill makes one."""
    if not closes or seen.children == 0:
        return closes
    count = "several" if seen.children is None else f"up to {seen.children}"
    return f"{closes}; crosses the book: {count} children at once"


def _effect(request: OrderRequest, instrument: Instrument, state: DeskState) -> str:
    """Say what the position of this session becomes if all of it fills."""
    before = state.positions.get(request.symbol).qty
    after = before + (request.qty if request.side is Side.BUY else -request.qty)
    qty = instrument.qty_text
    if before == 0:
        return f"opens {after:+.{instrument.qty_dp}f}"
    if after == 0:
        return f"closes {qty(abs(before))} to flat"
    if before * after < 0:
        return f"closes {qty(abs(before))}, flips to {after:+.{instrument.qty_dp}f}"
    if abs(after) < abs(before):
        return f"reduces to {after:+.{instrument.qty_dp}f}"
    return f"adds to {after:+.{instrument.qty_dp}f}"


def change(state: DeskState, gate: Gate, statement: Change, order: WorkingOrder | None, explained: str) -> PreviewView:
    """Preview an amend or an edit: cost, and what becomes of the place in the queue."""
    if order is None or order.state.terminal:
        return PreviewView(False, explained, "there is no such working order")
    try:
        market = gate.market(order.symbol)
        changes = resolve_change(statement, order, market, gate.funds(order.symbol))
    except QuoteError as error:
        return PreviewView(False, explained, error.message, suggestion=error.hint, symbol=order.symbol, term=error.term)
    edits = isinstance(statement, Edit)
    verdict = gate.check_edit(order, changes) if edits else gate.check_amend(order, changes)
    age = state.rates.age_ns(order)
    advice = advise(order, changes, order.changed_ns + age)
    instrument = market.instrument
    ends = changes.qty is not None and changes.qty <= order.cum_qty
    new_price = order.limit_price if changes.limit_price is None else changes.limit_price
    return PreviewView(
        verdict.allowed and not changes.nothing,
        explained,
        error="nothing to change" if changes.nothing else "",
        refusals=tuple(f"{refusal.text}: {refusal.hint}" for refusal in verdict.refusals),
        warnings=tuple(warning.text for warning in verdict.warnings),
        symbol=order.symbol,
        side=order.side.value,
        price="" if new_price is None else instrument.price_text(new_price),
        qty=instrument.qty_text(order.qty if changes.qty is None else changes.qty),
        points=points_text(state, order.symbol, (cost_edit if edits else cost_amend_away if ends else cost_amend)(age)),
        advice=advice.lines,
        term=next((term_of(refusal, order.order_type) for refusal in verdict.refusals[:1]), ""),
    )


def cancel(state: DeskState, order: WorkingOrder | None, explained: str) -> PreviewView:
    """Preview a cancel: its price in points."""
    if order is None or order.state.terminal:
        return PreviewView(False, explained, "there is no such working order")
    tag = cancel_tag(state.rates.age_ns(order))
    left = state.rates.pair(order.symbol).counter.headroom(state.clock.mono_ns())
    over = f"costs {tag.cost_now:f} points and {left.quantize(_TENTH)} are left: the venue may refuse it"
    warnings = (over,) if tag.cost_now > left else ()
    return PreviewView(True, explained, warnings=warnings, symbol=order.symbol, side=order.side.value, points=tag.text)


def points_text(state: DeskState, symbol: str, cost: Decimal) -> str:
    """Return what an action costs and leaves: `+1 → 13.4/125`."""
    after = state.rates.points(symbol) + cost
    return f"+{cost.normalize():f} → {after.quantize(_TENTH)}/{state.rates.tier.threshold}"
