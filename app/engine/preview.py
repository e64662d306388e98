"""What a draft would do, said before the key is pressed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from app.domain.instrument import Instrument
from app.domain.order import Draft, OrderRequest, Side
from app.domain.quote import OrderPreview, QuoteError, preview, resolve
from app.domain.ratelimit import cancel_tag, cost_add, cost_amend
from app.domain.statements import Amend
from app.domain.working import WorkingOrder
from app.engine.state import DeskState
from app.link.frames import PreviewView

if TYPE_CHECKING:
    from app.engine.gate import Gate

_CENT = Decimal("0.01")
_TENTH = Decimal("0.1")


def place(state: DeskState, gate: Gate, draft: Draft, explained: str) -> PreviewView:
    """Preview a new order."""
    try:
        market = gate.market(draft.symbol)
        request = resolve(draft, market, gate.funds(draft.symbol), "")
    except QuoteError as error:
        return PreviewView(False, explained, error.message, suggestion=error.hint, symbol=draft.symbol)
    instrument = market.instrument
    verdict = gate.check(request)
    blocked = state.blocked(draft.symbol)
    refusals = [f"{refusal.text}: {refusal.hint}" for refusal in verdict.refusals]
    if blocked and not refusals:
        refusals.append(blocked)
    pair = state.market.pairs.get(draft.symbol)
    book = pair.book if pair else None
    base = PreviewView(
        not refusals,
        explained,
        refusals=tuple(refusals),
        warnings=tuple(warning.text for warning in verdict.warnings),
        symbol=draft.symbol,
        side=draft.side.value,
        price="" if request.limit_price is None else instrument.price_text(request.limit_price),
        qty=instrument.qty_text(request.qty),
        points=points_text(state, draft.symbol, cost_add()),
    )
    if book is None:
        return base
    fees = state.account.fee_rates(draft.symbol)
    return _with_book(base, preview(request, market, book, fees), request, instrument, state)


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
        effect=_effect(request, instrument, state),
    )


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


def amend(state: DeskState, gate: Gate, statement: Amend, order: WorkingOrder | None, explained: str) -> PreviewView:
    """Preview an amend: cost, and what becomes of the place in the queue."""
    if order is None or order.state.terminal:
        return PreviewView(False, explained, "there is no such working order")
    try:
        market = gate.market(order.symbol)
        price, qty = gate.amended(order, statement)
    except QuoteError as error:
        return PreviewView(False, explained, error.message, suggestion=error.hint, symbol=order.symbol)
    verdict = gate.check_amend(order, price, qty)
    back = price is not None or (qty is not None and qty > order.qty)
    keeps = "goes to the back of the queue" if back else "keeps its place in the queue"
    instrument = market.instrument
    age = state.clock.now_ns() - order.changed_ns
    new_price = order.limit_price if price is None else price
    return PreviewView(
        verdict.allowed,
        explained,
        refusals=tuple(f"{refusal.text}: {refusal.hint}" for refusal in verdict.refusals),
        warnings=(keeps, "restarts the cancel-cost clock"),
        symbol=order.symbol,
        side=order.side.value,
        price="" if new_price is None else instrument.price_text(new_price),
        qty=instrument.qty_text(order.qty if qty is None else qty),
        points=points_text(state, order.symbol, cost_amend(age)),
    )


def cancel(state: DeskState, order: WorkingOrder | None, explained: str) -> PreviewView:
    """Preview a cancel: its price in points."""
    if order is None or order.state.terminal:
        return PreviewView(False, explained, "there is no such working order")
    tag = cancel_tag(state.clock.now_ns() - order.changed_ns)
    return PreviewView(True, explained, symbol=order.symbol, side=order.side.value, points=tag.text)


def points_text(state: DeskState, symbol: str, cost: Decimal) -> str:
    """Return what an action costs and leaves: `+1 → 13.4/125`."""
    after = state.rates.points(symbol) + cost
    return f"+{cost.normalize():f} → {after.quantize(_TENTH)}/{state.rates.tier.threshold}"
